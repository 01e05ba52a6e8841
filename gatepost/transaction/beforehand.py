"""What is looked at once, when a process starts: whether a database can be served, and what its sessions need."""

from __future__ import annotations

from contextlib import suppress

import asyncpg
import sqlalchemy as sa
from sqlalchemy.engine import URL
from sqlalchemy.sql import quoted_name
from sqlalchemy.sql.functions import Function

from gatepost.errors import SetUpError
from gatepost.settings import Settings

# Without its schema on the path, an extension's operator gives way to another type's: `=` of citext to that of text.
_SEARCH_PATH = """
select pg_catalog.concat_ws(', ', pg_catalog.current_setting('search_path'),
                            pg_catalog.string_agg(distinct pg_catalog.quote_ident(n.nspname), ', '))
  from pg_catalog.pg_extension as e
  join pg_catalog.pg_namespace as n on n.oid = e.extnamespace
 where n.nspname <> 'pg_catalog'
   and n.nspname <> all (pg_catalog.current_schemas(false))
having count(*) > 0
"""
# A statement whose gateway has died ends; not every system that Postgres runs on can tell.
_CHECKED = {"client_connection_check_interval": "1s"}
_FUNCTION = """
select p.oid, p.pronamespace
  from pg_catalog.pg_proc as p
  join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
 where n.nspname = $1 and p.proname = $2 and p.pronargs = 0 and p.prokind = 'f'
"""
_MAY_EXECUTE = """
select pg_catalog.has_function_privilege($1, $2::oid, 'execute')
       and pg_catalog.has_schema_privilege($1, $3::oid, 'usage')
"""


async def more_settings(connection: asyncpg.Connection[asyncpg.Record]) -> dict[str, str]:
    """What sessions of this database have beside the settings that are the same for all."""
    more = {}
    if (path := await connection.fetchval(_SEARCH_PATH)) is not None:
        more["search_path"] = path
    for name, value in _CHECKED.items():
        with suppress(asyncpg.PostgresError):
            await connection.fetchval("select set_config($1, $2, false)", name, value)
            more[name] = value
    return more


async def pre_request(connection: asyncpg.Connection[asyncpg.Record], settings: Settings) -> str | None:
    """The statement that calls the settings' function. Raises SetUpError where a role cannot call it."""
    if settings.pre_request is None:
        return None
    schema, _, name = settings.pre_request.rpartition(".")
    found = await connection.fetchrow(_FUNCTION, schema, name)
    if not schema or found is None:
        raise SetUpError(f"pre_request: there is no function {settings.pre_request} without arguments (schema.name)")
    for role in sorted(settings.token_roles):
        if not await connection.fetchval(_MAY_EXECUTE, role, found["oid"], found["pronamespace"]):
            raise SetUpError(f"pre_request: grant {role} execute on {settings.pre_request}, and usage on its schema")
    function: Function[object] = Function(quoted_name(name, True), packagenames=(quoted_name(schema, True),))
    return str(sa.select(function).compile(dialect=URL.create("postgresql+asyncpg").get_dialect()()))


async def check_roles(connection: asyncpg.Connection[asyncpg.Record], settings: Settings) -> None:
    """Raises SetUpError where a role that requests take is not there, or the log-in role may not act as it."""
    # Since version 16 a membership can come without the right to act as the role (its manual, GRANT).
    privilege = "set" if connection.get_server_version().major >= 16 else "member"
    for role in sorted(settings.token_roles):
        known = await connection.fetchval(
            "select pg_catalog.pg_has_role(r.oid, $2) from pg_catalog.pg_roles as r where r.rolname = $1",
            role,
            privilege,
        )
        if known is None:
            raise SetUpError(f"There is no database role {role}.")
        if not known:
            raise SetUpError(f"The log-in role may not act as {role}: grant it that role.")
