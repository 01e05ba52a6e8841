"""The tables that a deploy locks: found out where it had to wait, and then taken all at once or not at all.

Who takes them one by one under load does not get them: whoever waits for the first holds the second meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import asyncpg

from gatepost.dsn import for_driver
from gatepost.migrate.reading import LockTaken

_LOOK = 0.05
"""Seconds between two looks at what the deploy waits for."""
_FIRST_WAIT = 0.02
_GROWTH = 1.25
"""How long all tables together are waited for, at first and then each time more: as others' statements last."""
_SPELL = 20.0
"""Seconds after which the deploy rests for a while."""

# Tables that the deploy makes are not seen by another session. Weaker locks keep nobody from reading or writing. The
# locks are looked at while it waits and not before: they are many, and all who lock wait for whoever counts them.
_HELD = """
select distinct c.oid
  from pg_catalog.pg_locks as l
  join pg_catalog.pg_class as c on c.oid = l.relation
 where l.pid = $1
   and l.locktype = 'relation'
   and l.mode in ('ShareRowExclusiveLock', 'AccessExclusiveLock')
   and l.database = (select d.oid from pg_catalog.pg_database as d where d.datname = pg_catalog.current_database())
   and c.relkind in ('r', 'p')
   and exists (
         select
           from pg_catalog.pg_stat_get_activity($1) as a
          where a.wait_event_type = 'Lock'
       )
"""
_LIMIT = "select s.setting::integer from pg_catalog.pg_settings as s where s.name = 'lock_timeout'"
_TAKE = """
select c.oid::pg_catalog.regclass::text as name,
       pg_catalog.format('lock table only %s in access exclusive mode', c.oid::pg_catalog.regclass) as statement
  from unnest($1::pg_catalog.oid[]) with ordinality as t (oid, place)
  join pg_catalog.pg_class as c on c.oid = t.oid
 order by t.place
"""


class Locks:
    """The tables that one deploy was seen to lock, over all its attempts."""

    def __init__(self, url: str, patience: float) -> None:
        self._url = url
        self._spell = min(patience, _SPELL)
        self._tables: list[int] = []

    @contextlib.asynccontextmanager
    async def learnt(self, connection: asyncpg.Connection) -> AsyncIterator[None]:
        """Notes which tables the connection holds or wants meanwhile, whenever it waits."""
        task = asyncio.create_task(self._watch(connection.get_server_pid()))
        try:
            yield
        finally:
            task.cancel()
            # Not to be able to look on is no reason to fail.
            with contextlib.suppress(asyncio.CancelledError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await task

    async def _watch(self, pid: int) -> None:
        # Most deploys wait for nobody.
        await asyncio.sleep(_LOOK)
        watcher = await asyncpg.connect(for_driver(self._url))
        try:
            while True:
                found = [row["oid"] for row in await watcher.fetch(_HELD, pid)]
                self._tables += [table for table in found if table not in self._tables]
                await asyncio.sleep(_LOOK)
        finally:
            await watcher.close()

    async def take(self, connection: asyncpg.Connection) -> None:
        """Takes all of them, in a transaction that goes on with them.

        Whoever comes meanwhile waits for less than lock_timeout. Raises LockTaken where they are never free together.
        """
        if not self._tables:
            return
        until = time.monotonic() + self._spell
        limit = await connection.fetchval(_LIMIT)
        wait = _FIRST_WAIT
        while True:
            tables = await connection.fetch(_TAKE, self._tables)
            taken = 0
            await connection.execute("savepoint untaken")
            try:
                over = time.monotonic() + wait
                for table in tables:
                    left = max(int((over - time.monotonic()) * 1000), 1)
                    await connection.execute(f"set local lock_timeout = {left:d}; {table['statement']}")
                    taken += 1
            except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
                await connection.execute("rollback to savepoint untaken")
            else:
                await connection.execute(f"set local lock_timeout = {limit:d}")
                return
            if time.monotonic() > until:
                names = ", ".join(table["name"] for table in tables)
                raise LockTaken(f"migrate: others use {names}, which the deploy has to lock")
            # Who has this one waits for another that the deploy has, so others take it first: so will the deploy.
            self._tables.insert(0, self._tables.pop(taken))
            await asyncio.sleep(wait / 2)
            wait = min(wait * _GROWTH, limit / 1000)
