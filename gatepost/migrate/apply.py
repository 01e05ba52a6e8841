"""Runs what has not run yet: under an advisory lock, in one transaction if it can, recorded in `gatepost.scripts`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path

import asyncpg

from gatepost.dsn import for_driver
from gatepost.errors import SetUpError
from gatepost.migrate import online
from gatepost.migrate.locks import Locks
from gatepost.migrate.password import verifier
from gatepost.migrate.patience import Patience, patient
from gatepost.migrate.reading import TAKEN, LockTaken, execute, failed, statements
from gatepost.migrate.scripts import Kind, Script, read
from gatepost.migrate.statements import Statement

OLDEST_SERVER = 15
"""The oldest major version of Postgres that is supported."""
PATIENCE = 600.0
"""Seconds."""

# Any number will do, as long as it stays: "gatepost" in ASCII. The session's, as it outlasts transactions; and asked
# for again and again, since an index that is built concurrently would wait for a session that waits for this.
_LOCK = "select pg_catalog.pg_try_advisory_lock(7449354448960123764)"
_LOCK_PAUSE = 0.1
"""Seconds."""

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


@dataclass(frozen=True)
class Step:
    """A script and why it runs."""

    script: Script
    reason: str


def _silent(_: object) -> None:
    pass


async def up(
    url: str,
    folder: Path,
    *,
    login_role: str | None = None,
    login_password: str | None = None,
    patience: float = PATIENCE,
    applied: Callable[[Step], None] = _silent,
    tell: Callable[[str], None] = _silent,
) -> list[Step]:
    """Brings the database up to the scripts of `folder` and returns what ran.

    All of it is there afterwards, or none; only a migration that runs outside the transaction has what is before it
    committed first, and may end half-way. It is then run again by the next call. With a login role and its password,
    that role gets the password in the last transaction. A second call at the same time waits for the first.

    Where another session holds a lock, it waits for the session's lock_timeout (half a second if there is none),
    lets those through who wait behind it, and tries again for `patience` seconds. `applied` is called with each step
    that is committed, `tell` with lines that say how far it is.

    Raises SetUpError with one line that names file and line when a script fails, when an applied script was edited
    since, when the database is not empty and yet nothing is recorded, and when the server cannot be reached or is too
    old.
    """
    secret = verifier(login_password) if login_role and login_password else None
    login = (login_role, secret) if login_role and secret else None
    return await _run(url, folder, login, patience, applied, tell)


async def check(url: str, folder: Path) -> list[Step]:
    """Runs what `up` would run and rolls it back; raises what `up` would raise.

    Of a migration that runs outside the transaction the statements are parsed only, and the names in its queries looked
    up.
    """
    scripts = read(folder)
    connection = await _connect(url)
    try:
        await _lock(connection)
        trying = await patient(connection, 0, _silent)
        steps = await _pending(connection, scripts)
        transaction = connection.transaction()
        await transaction.start()
        for step in steps:
            path = folder / step.script.name
            if step.script.is_online:
                await trying.reset(connection)
                await _look_at(connection, path, step.script.text)
            else:
                await _apply(connection, path, step.script.text, statements(path, step.script.text), trying)
        await transaction.rollback()
        return steps
    except asyncpg.PostgresError as error:
        raise SetUpError(f"migrate: {error}") from error
    finally:
        await connection.close()


async def status(url: str, folder: Path) -> list[Step]:
    """What `up` would run, without running it; raises what `up` would raise before it ran anything."""
    scripts = read(folder)
    connection = await _connect(url)
    try:
        steps = []
        for step in await _pending(connection, scripts):
            if not step.script.is_online:
                steps.append(step)
                continue
            broken = await online.broken_indexes(connection, folder / step.script.name, step.script.text)
            reasons = [f"the index {index} is half built, and will be built again" for index in broken]
            steps.append(Step(step.script, "; ".join([step.reason, "outside the transaction", *reasons])))
        return steps
    finally:
        await connection.close()


async def _run(
    url: str,
    folder: Path,
    login: tuple[str, str] | None,
    seconds: float,
    applied: Callable[[Step], None],
    tell: Callable[[str], None],
) -> list[Step]:
    scripts = read(folder)
    connection = await _connect(url)
    try:
        await _lock(connection)
        trying, locks = await patient(connection, seconds, tell), Locks(url, seconds)
        steps = await _pending(connection, scripts)
        groups = [list(group) for _, group in groupby(steps, key=lambda step: step.script.is_online)]
        together = [place for place, group in enumerate(groups) if not group[0].script.is_online]
        if not together:
            groups, together = [[], *groups], [0]
        for place, group in enumerate(groups):
            if place in together:
                secret = login if place == together[-1] else None
                if steps or secret:
                    await trying.keep_trying(partial(_together, connection, folder, group, trying, locks, secret))
            for step in group:
                if place not in together:
                    await online.run(connection, folder / step.script.name, step.script.text, trying, tell, url)
                    await connection.execute(_NOTE, step.script.name, step.script.checksum)
                applied(step)
        return steps
    except asyncpg.PostgresError as error:
        raise SetUpError(f"migrate: {error}") from error
    finally:
        await connection.close()


async def _lock(connection: asyncpg.Connection) -> None:
    while True:
        if await connection.fetchval(_LOCK):
            return
        await asyncio.sleep(_LOCK_PAUSE)


async def _together(
    connection: asyncpg.Connection,
    folder: Path,
    steps: list[Step],
    trying: Patience,
    locks: Locks,
    login: tuple[str, str] | None,
) -> None:
    """One transaction: what cannot run leaves nothing."""
    scripts = [(folder / step.script.name, step.script) for step in steps]
    found = [statements(path, script.text) for path, script in scripts]
    async with locks.learnt(connection), connection.transaction():
        await trying.reset(connection)
        await locks.take(connection)
        await connection.execute("set client_min_messages = warning")
        await connection.execute(_RECORD)
        for (path, script), its_statements in zip(scripts, found, strict=True):
            await _apply(connection, path, script.text, its_statements, trying)
        await trying.reset(connection)
        await connection.executemany(_NOTE, [(script.name, script.checksum) for _, script in scripts])
        if login is not None:
            await connection.execute(await connection.fetchval(_PASSWORD, *login))


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
        elif before not in (script.checksum, *script.earlier):
            raise SetUpError(
                f"{script.name} was edited after it was applied: undo that, and write a new migration "
                "(or start with an empty database; the embedded one is in .gatepost/data)"
            )
    starts = any(step.script.kind is Kind.SCHEMA for step in steps)
    if starts and not await connection.fetchval(_IS_EMPTY):
        raise SetUpError("schema.sql was never applied here, and the database is not empty")
    return steps


async def _apply(
    connection: asyncpg.Connection, path: Path, text: str, found: list[Statement], trying: Patience
) -> None:
    """All statements of a script at once, as tables are locked meanwhile; one by one where one fails, to say which."""
    await trying.reset(connection)
    await connection.execute("savepoint script")
    try:
        await connection.execute(f"{text}\n; release savepoint script")
        return
    except asyncpg.PostgresError as error:
        if isinstance(error, TAKEN):
            raise LockTaken(f"{path}: {error.args[0]}") from error
        await connection.execute("rollback to savepoint script")
        for statement in found:
            await execute(connection, path, statement)
    await connection.execute("release savepoint script")


async def _look_at(connection: asyncpg.Connection, path: Path, text: str) -> None:
    """Has Postgres parse the statements of a migration that runs outside the transaction."""
    for statement in online.parsed(path, text):
        if statement.words[:1] in (("set",), ("reset",)):
            await execute(connection, path, statement)
            continue
        try:
            await connection.prepare(statement.text)
        except asyncpg.PostgresError as error:
            raise failed(path, statement, error) from error
