"""Asks the catalog what the doctor wants to know: the SQL of `queries/`, one a kind of finding, and of `facts/`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from importlib.resources import files
from typing import Any

import asyncpg

from gatepost.doctor.findings import KINDS, Finding
from gatepost.dsn import SESSION, for_driver
from gatepost.errors import SetUpError
from gatepost.settings import Settings

Row = Any
"""A row of an answer: its columns by their names."""


@cache
def _text(folder: str, name: str) -> str:
    """The SQL of one file, with what all of them begin with."""
    room = files("gatepost.doctor")
    begin = (room / "queries" / "common.sql").read_text(encoding="utf-8").rstrip()
    query = (room / folder / f"{name}.sql").read_text(encoding="utf-8")
    if query.startswith("with "):
        recursive = query.startswith("with recursive ")
        begin = begin.replace("with api as", "with recursive api as", 1) if recursive else begin
        query = f", {query.removeprefix('with recursive ' if recursive else 'with ')}"
    return f"{begin}\n{query}"


class Reader:
    """One snapshot of a database's catalog, asked for what concerns these settings."""

    def __init__(self, connection: Any, settings: Settings, login: str) -> None:
        self._connection = connection
        self._common = (list(settings.schemas), sorted(settings.token_roles), login)
        self._further: dict[str, tuple[object, ...]] = {
            "login-role-grant": (settings.trusted_documents_table,),
            "login-role-member": (settings.resolvers is not None,),
        }

    async def findings(self, id_: str) -> list[Finding]:
        """The findings of a kind that SQL finds by itself."""
        rows = await self._connection.fetch(_text("queries", id_), *self._common, *self._further.get(id_, ()))
        return [Finding(id_, row["object"], row["reason"], row["sql"], row.get("severity") or "") for row in rows]

    async def facts(self, name: str, *values: object) -> list[Row]:
        found: list[Row] = await self._connection.fetch(_text("facts", name), *self._common, *values)
        return found


def by_sql() -> list[str]:
    """The kinds of findings that have a query of their own."""
    room = files("gatepost.doctor") / "queries"
    return [id_ for id_ in KINDS if (room / f"{id_}.sql").is_file()]


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Reader]:
    """A reader over a connection of its own. Raises SetUpError where there is none."""
    session = {**SESSION, "statement_timeout": "0", "search_path": ""}
    try:
        connection = await asyncpg.connect(for_driver(settings.database_url), server_settings=session)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise SetUpError(f"cannot connect to the database: {error or type(error).__name__}") from None
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            # What is joined here has no statistics: Postgres takes it for a row or two.
            await connection.execute("set local enable_nestloop = off")
            known = "select rolname from pg_catalog.pg_roles where rolname = coalesce($1, session_user)"
            login = await connection.fetchval(known, settings.login_role)
            if login is None:
                raise SetUpError(f"there is no database role {settings.login_role}")
            yield Reader(connection, settings, login)
    finally:
        await connection.close()
