"""Runs a migration outside the deploy's transaction, each statement by itself, while the database is in use."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from gatepost.dsn import for_driver
from gatepost.errors import SetUpError
from gatepost.migrate.patience import Patience
from gatepost.migrate.reading import execute, statements
from gatepost.migrate.scripts import NO_TRANSACTION, WAS
from gatepost.migrate.statements import Statement

_SILENCE = 5.0
"""Seconds after which a statement that still runs is told of, again and again."""

_BATCHES = re.compile(r"batches of (\d+) by (\S+)\.([^\s.]+)")
_CONCURRENTLY = re.compile(r"\bconcurrently\b", re.IGNORECASE)
_NAME = r'(?:[^\W\d][\w$]*|"(?:[^"]|"")+")'
_BUILDS_INDEX = re.compile(
    rf"create\s+(?:unique\s+)?index\s+concurrently\s+(?P<if_not_exists>if\s+not\s+exists\s+)?(?P<index>{_NAME})"
    rf"\s+on\s+(?:only\s+)?(?P<table>{_NAME}(?:\s*\.\s*{_NAME})?)",
    re.IGNORECASE,
)

# A build that was broken off, or failed, leaves an index that every write keeps and no query uses.
_BROKEN = """
select pg_catalog.format('drop index concurrently %s', i.indexrelid::pg_catalog.regclass)
  from pg_catalog.pg_index as i
  join pg_catalog.pg_class as c on c.oid = i.indexrelid
 where i.indrelid = pg_catalog.to_regclass($2)
   and c.relname = (pg_catalog.parse_ident($1))[1]
   and not i.indisvalid
"""

_ENDS = "select pg_catalog.format('select min(%1$I), max(%1$I) from %2$s', $2::text, $1::pg_catalog.regclass)"

_PROGRESS = """
select case
         when cardinality(b.pids) > 0 then 'waits for process ' || b.pids[1]
         when p.current_locker_pid > 0 then p.phase || ', process ' || p.current_locker_pid
         when p.tuples_total > 0 then p.phase || ', ' || 100 * p.tuples_done / p.tuples_total || ' %'
         when p.blocks_total > 0 then p.phase || ', ' || 100 * p.blocks_done / p.blocks_total || ' %'
         else coalesce(p.phase, 'at work')
       end
  from (select pg_catalog.pg_blocking_pids($1) as pids) as b
  left join pg_catalog.pg_stat_progress_create_index as p on p.pid = $1
"""


@dataclass(frozen=True)
class _Batches:
    size: int
    table: str
    column: str


async def run(
    connection: asyncpg.Connection,
    path: Path,
    text: str,
    patience: Patience,
    tell: Callable[[str], None],
    url: str | None = None,
) -> None:
    """Runs all statements of a script, each as a transaction of its own.

    An index that an earlier run left half built is dropped first. With a `url`, a second session tells how far a long
    statement is. Raises SetUpError that names file and line; what ran before it stays.
    """
    await patience.reset(connection, bounded=False)
    for statement in parsed(path, text):
        if batches := _batches(path, statement):
            await _in_batches(connection, path, statement, batches, patience, tell)
        else:
            async with _told(connection, f"{path}:{statement.line}", url, tell):
                await _alone(connection, path, statement, patience)
    await patience.reset(connection)


def parsed(path: Path, text: str) -> list[Statement]:
    """The statements of a script that runs outside the deploy's transaction.

    Raises SetUpError that names file and line for what cannot be run that way, or not again after a break.
    """
    found = statements(path, text, online=True)
    for statement in found:
        _batches(path, statement)
        build = _BUILDS_INDEX.match(statement.text)
        if build and not build["if_not_exists"]:
            raise SetUpError(
                f"{path}:{statement.line}: write `create index concurrently if not exists`, "
                "as what was broken off is run again"
            )
    return found


async def broken_indexes(connection: asyncpg.Connection, path: Path, text: str) -> list[str]:
    """The names of the indexes that an earlier run of the script left half built."""
    builds = [match for statement in parsed(path, text) if (match := _BUILDS_INDEX.match(statement.text))]
    return [build["index"] for build in builds if await connection.fetchval(_BROKEN, build["index"], build["table"])]


def _batches(path: Path, statement: Statement) -> _Batches | None:
    said = [said for said in statement.directives if said != NO_TRANSACTION and not said.startswith(WAS)]
    if not said:
        return None
    match = _BATCHES.fullmatch(said[0])
    if match is None or len(said) > 1 or not int(match[1]):
        raise SetUpError(
            f"{path}:{statement.line}: `-- gatepost: {said[-1]}` is not known; "
            "there is `batches of 5000 by schema.table.id`"
        )
    return _Batches(int(match[1]), match[2], match[3])


async def _alone(connection: asyncpg.Connection, path: Path, statement: Statement, patience: Patience) -> None:
    build = _BUILDS_INDEX.match(statement.text)

    async def attempt() -> None:
        if build:
            await _drop_broken(connection, build["index"], build["table"])
        if not _CONCURRENTLY.search(statement.text):
            await execute(connection, path, statement)
            return
        # It waits for whoever is at work in the table, and nobody who reads or writes waits for it.
        limit = await connection.fetchval("show lock_timeout")
        await connection.execute("set lock_timeout = 0")
        try:
            await execute(connection, path, statement)
        except SetUpError:
            if build and not connection.is_closed():
                await _drop_broken(connection, build["index"], build["table"])
            raise
        finally:
            if not connection.is_closed():
                await connection.execute("select pg_catalog.set_config('lock_timeout', $1, false)", limit)

    await patience.keep_trying(attempt)


async def _drop_broken(connection: asyncpg.Connection, index: str, table: str) -> None:
    if drop := await connection.fetchval(_BROKEN, index, table):
        await connection.execute(drop)


async def _in_batches(
    connection: asyncpg.Connection,
    path: Path,
    statement: Statement,
    batches: _Batches,
    patience: Patience,
    tell: Callable[[str], None],
) -> None:
    """Runs the statement for one range of keys after the other, $1 to $2; rows that come later are not its business."""
    first, last = await connection.fetchrow(await connection.fetchval(_ENDS, batches.table, batches.column))
    if first is None:
        return
    rows, since = 0, time.monotonic()
    for low in range(first, last + 1, batches.size):
        high = min(low + batches.size - 1, last)

        async def attempt(low: int = low, high: int = high) -> str:
            return await execute(connection, path, statement, low, high)

        rows += int((await patience.keep_trying(attempt)).rpartition(" ")[2])
        if time.monotonic() - since > _SILENCE:
            since = time.monotonic()
            tell(f"{path}:{statement.line}: {100 * (high - first + 1) // (last - first + 1)} %, {rows:,} rows")


@contextlib.asynccontextmanager
async def _told(
    connection: asyncpg.Connection, place: str, url: str | None, tell: Callable[[str], None]
) -> AsyncIterator[None]:
    """Tells how far the statement is that the connection runs meanwhile, if that takes long."""
    if url is None:
        yield
        return
    task = asyncio.create_task(_watch(connection.get_server_pid(), place, url, tell))
    try:
        yield
    finally:
        task.cancel()
        # Not to be able to look on is no reason to fail.
        with contextlib.suppress(asyncio.CancelledError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await task


async def _watch(pid: int, place: str, url: str, tell: Callable[[str], None]) -> None:
    await asyncio.sleep(_SILENCE)
    began = time.monotonic() - _SILENCE
    watcher = await asyncpg.connect(for_driver(url))
    try:
        while True:
            tell(f"{place}: {await watcher.fetchval(_PROGRESS, pid)}, {time.monotonic() - began:.0f} s")
            await asyncio.sleep(_SILENCE)
    finally:
        await watcher.close()
