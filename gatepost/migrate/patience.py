"""How long a deploy waits for a lock: briefly, so that nobody waits long behind it, and then again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg

from gatepost.migrate.reading import LockTaken

Result = TypeVar("Result")

_LOCK_TIMEOUT = "500ms"
"""Where the session has none. Whoever comes later for the same table waits behind a deploy that waits; and where two
wait for each other, it is to be the deploy that gives up, so this is less than deadlock_timeout (one second)."""
_LONGEST_PAUSE = 5.0
"""Seconds."""

# However long it takes, it is wanted; only waiting for others has a bound.
_UNBOUNDED = """
select pg_catalog.set_config(s.name, '0', false)
  from pg_catalog.pg_settings as s
 where s.name in ('statement_timeout', 'transaction_timeout', 'idle_session_timeout')
"""


class Patience:
    """Runs what may find a lock taken, again and again, for at most `seconds`."""

    def __init__(self, seconds: float, lock_timeout: str, tell: Callable[[str], None]) -> None:
        self._seconds = seconds
        self._tell = tell
        self.lock_timeout = lock_timeout

    async def reset(self, connection: asyncpg.Connection, *, bounded: bool = True) -> None:
        """Undoes what a script has set; what runs next is `bounded` by the server's own limits, or by none."""
        await connection.execute("reset role; reset all")
        await connection.execute("select pg_catalog.set_config('lock_timeout', $1, false)", self.lock_timeout)
        if not bounded:
            await connection.execute(_UNBOUNDED)

    async def keep_trying(self, attempt: Callable[[], Awaitable[Result]]) -> Result:
        """The result of `attempt`, made again while it raises LockTaken; once the time is over, that is raised."""
        until = time.monotonic() + self._seconds
        pause = 0.1
        while True:
            try:
                return await attempt()
            except LockTaken as taken:
                if time.monotonic() + pause > until:
                    raise
                self._tell(f"{taken.message}; trying again in {pause:.1f} s")
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)


async def patient(connection: asyncpg.Connection, seconds: float, tell: Callable[[str], None]) -> Patience:
    """With the lock_timeout of the session if its URL, role or database has one, else with half a second."""
    given = await connection.fetchval("show lock_timeout")
    return Patience(seconds, _LOCK_TIMEOUT if given == "0" else given, tell)
