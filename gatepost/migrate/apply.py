"""Runs what has not run yet: under an advisory lock, in one transaction, recorded in `gatepost.scripts`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import asyncpg

from gatepost.dsn import for_driver
from gatepost.errors import SetUpError
from gatepost.migrate.password import verifier
from gatepost.migrate.scripts import Kind, Script, read
from gatepost.migrate.statements import Statement, split

OLDEST_SERVER = 15
"""The oldest major version of Postgres that is supported."""

# Any number will do, as long as it stays: "gatepost" in ASCII.
_LOCK = "select pg_catalog.pg_advisory_xact_lock(7449354448960123764)"

_RECORD = """
create schema if not exists gatepost;
comment on schema gatepost is 'Gatepost: which scripts were applied.';
create table if not exists gatepost.scripts (
  name        text primary key,
  checksum    text not null,
  applied_at  timestamptz not null default pg_catalog.now(),
  applied_by  text not null default session_user
);
comment on table gatepost.scripts is 'The SQL scripts that gatepost migrate applied.';
comment on column gatepost.scripts.name is 'Path below the folder of scripts.';
comment on column gatepost.scripts.checksum is 'SHA-256 of the text that was applied, in hexadecimal.';
comment on column gatepost.scripts.applied_at is 'When the transaction that applied it began.';
comment on column gatepost.scripts.applied_by is 'The role that applied it.';
"""

_IS_RECORDED = "select pg_catalog.to_regclass('gatepost.scripts') is not null"
_RECORDED = "select name, checksum from gatepost.scripts"
_NOTE = """
insert into gatepost.scripts (name, checksum)
values ($1, $2)
    on conflict (name) do update
   set checksum = excluded.checksum,
       applied_at = pg_catalog.now(),
       applied_by = session_user
"""

# What an extension brought does not count: a provider may install some in every new database.
_IS_EMPTY = r"""
select not exists (
         select
           from pg_catalog.pg_class as c
           join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
          where n.nspname !~ '^pg_'
            and n.nspname not in ('information_schema', 'gatepost')
            and not exists (
                  select
                    from pg_catalog.pg_depend as d
                   where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                     and d.objid = c.oid
                     and d.deptype = 'e'
                )
       )
"""

_PASSWORD = "select pg_catalog.format('alter role %I with login password %L', $1::text, $2::text)"

# A script's own `set` must not reach the next one; `reset all` leaves the role alone.
_RESET = "reset role; reset all"

_TRANSACTIONS = ("begin", "start", "commit", "end", "rollback", "abort")


@dataclass(frozen=True)
class Step:
    """A script and why it runs."""

    script: Script
    reason: str


async def up(url: str, folder: Path, *, login_role: str | None = None, login_password: str | None = None) -> list[Step]:
    """Brings the database up to the scripts of `folder` and returns what ran; all of it is there afterwards, or none.

    With a login role and its password, that role gets the password in the same transaction. A second call at the same
    time waits for the first.

    Raises SetUpError with one line that names file and line when a script fails, when an applied script was edited
    since, when the database is not empty and yet nothing is recorded, and when the server cannot be reached or is too
    old.
    """
    return await _run(url, folder, login_role, login_password, keep=True)


async def check(url: str, folder: Path) -> list[Step]:
    """Runs what `up` would run and rolls it back; raises what `up` would raise."""
    return await _run(url, folder, None, None, keep=False)


async def status(url: str, folder: Path) -> list[Step]:
    """What `up` would run, without running it; raises what `up` would raise before it ran anything."""
    scripts = read(folder)
    connection = await _connect(url)
    try:
        return await _pending(connection, scripts)
    finally:
        await connection.close()


async def _run(url: str, folder: Path, login_role: str | None, login_password: str | None, *, keep: bool) -> list[Step]:
    scripts = read(folder)
    secret = verifier(login_password) if login_role and login_password else None
    connection = await _connect(url)
    try:
        transaction = connection.transaction()
        await transaction.start()
        # However long another deploy takes, wait for it; the scripts run under the server's own limits.
        await connection.execute("set statement_timeout = 0; set lock_timeout = 0")
        await connection.execute(_LOCK)
        await connection.execute("reset all")
        steps = await _pending(connection, scripts)
        if steps:
            await connection.execute("set client_min_messages = warning")
            await connection.execute(_RECORD)
            await connection.execute("reset all")
        for step in steps:
            await _apply(connection, folder, step.script)
            await connection.execute(_NOTE, step.script.name, step.script.checksum)
        if secret is not None:
            await connection.execute(await connection.fetchval(_PASSWORD, login_role, secret))
        await (transaction.commit() if keep else transaction.rollback())
        return steps
    except asyncpg.PostgresError as error:
        raise SetUpError(f"migrate: {error}") from error
    finally:
        await connection.close()


async def _connect(url: str) -> asyncpg.Connection:
    try:
        connection = await asyncpg.connect(for_driver(url))
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise SetUpError(f"cannot connect to the database: {error or type(error).__name__}") from error
    version = connection.get_server_version()
    if version.major < OLDEST_SERVER:
        await connection.close()
        raise SetUpError(f"PostgreSQL {OLDEST_SERVER} or newer is needed; this server is {version.major}")
    return connection


async def _pending(connection: asyncpg.Connection, scripts: list[Script]) -> list[Step]:
    recorded: dict[str, str] = {}
    if await connection.fetchval(_IS_RECORDED):
        recorded = {row["name"]: row["checksum"] for row in await connection.fetch(_RECORDED)}
    steps = []
    for script in scripts:
        before = recorded.get(script.name)
        if before is None:
            steps.append(Step(script, "new"))
        elif before != script.checksum and script.kind is Kind.FUNCTIONS:
            steps.append(Step(script, "changed"))
        elif before != script.checksum:
            raise SetUpError(
                f"{script.name} was edited after it was applied: undo that, and write a new migration "
                "(or start with an empty database; the embedded one is in .gatepost/data)"
            )
    starts = any(step.script.kind is Kind.SCHEMA for step in steps)
    if starts and not await connection.fetchval(_IS_EMPTY):
        raise SetUpError("schema.sql was never applied here, and the database is not empty")
    return steps


async def _apply(connection: asyncpg.Connection, folder: Path, script: Script) -> None:
    for statement in split(script.text):
        where = f"{folder / script.name}:{statement.line}"
        if statement.text.startswith("\\"):
            raise SetUpError(f"{where}: psql's own commands do not work here")
        if statement.words[:1] and statement.words[0] in _TRANSACTIONS:
            raise SetUpError(f"{where}: the deploy is one transaction already, so no {statement.words[0]}")
        try:
            await connection.execute(statement.text)
        except asyncpg.PostgresError as error:
            raise SetUpError(_told(error, folder, script, statement)) from error
    await connection.execute(_RESET)


def _told(error: asyncpg.PostgresError, folder: Path, script: Script, statement: Statement) -> str:
    """One line: file, line, what Postgres says, and its detail and hint."""
    line = statement.line
    if error.position is not None:
        line += statement.text.count("\n", 0, int(error.position) - 1)
    parts = [str(error.args[0]), error.detail, error.hint]
    said = ". ".join(" ".join(part.split()).rstrip(".") for part in parts if part)
    return f"{folder / script.name}:{line}: {said}"
