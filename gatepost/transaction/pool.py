"""A bounded, fair pool of sessions, each under the database role that it last took.

Fair: a newcomer never passes those who wait, and callers take turns, so that one who sends a thousand requests at once
keeps nobody else waiting for all of them. asyncpg's own pool lets newcomers pass, which at 32 callers over 8
connections made the 99th percentile thirty times as long.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

import asyncpg

from gatepost.outline import outline
from gatepost.transaction.failures import busy, closing, is_lost, masked, unreachable
from gatepost.transaction.patience import Patience
from gatepost.transaction.queue import Queue

logger = logging.getLogger("gatepost.pool")

Connect = Callable[[], Awaitable["asyncpg.Connection[asyncpg.Record]"]]
_RECOVERY_TIMEOUT = 5.0
"""Seconds that a session may take to become usable after its statement was cancelled."""
_TAKE_ROLE = "select set_config('role', $1, false)"
_TAKE_ROLE_AND_LIMITS = """
select set_config('role', $1, false),
       (select count(set_config(l.name, l.value, false)) from unnest($2::text[], $3::text[]) as l (name, value))
"""


class Session:
    """A connection and the role it has taken; None: none yet.

    `record` is a class of records for each role, since asyncpg keeps prepared statements by text and record class. A
    plan is good for the role that it was made for: Postgres checks the right to execute a function that it inlined when
    it plans and not when it runs, and plans anew at every change of role what row-level security is part of.
    """

    __slots__ = ("connection", "record", "role")

    def __init__(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        self.connection = connection
        self.record = asyncpg.Record
        self.role: str | None = None


class Pool:
    """At most `size` sessions; a caller waits at most `timeout` seconds for one."""

    def __init__(self, connect: Connect, size: int, timeout: float) -> None:
        self._connect = connect
        self._patience = Patience(timeout)
        self.limits: Mapping[str, Mapping[str, str]] = {}
        """Role → settings that its sessions get with the role, the same ones for each; empty where none has any."""
        self.resets = False
        """Whether a session is reset after each use, since functions leave something in it: see `leftovers`."""
        self._idle: dict[str | None, list[Session]] = {}
        self._waiting: Queue[Session | None] = Queue()
        self._sessions: set[Session] = set()
        self._records: dict[str, type[asyncpg.Record]] = {}
        # Places for new sessions; one that was promised to a caller is not among them, so that no newcomer takes it.
        self._places = size
        self._recoveries: set[asyncio.Task[None]] = set()
        self._stale: set[Session] = set()
        self._closed = False
        self._unreachable = False

    def take(self, role: str) -> Session | None:
        """A session that is idle under this role already; None where `acquire` has to be awaited."""
        idle = self._idle.get(role)
        while idle:
            session = idle.pop()
            if not session.connection.is_closed():
                return session
            self._throw_away(session)
        return None

    async def acquire(self, role: str, caller: str = "") -> Session:
        """A session under this role. Raises Unavailable when none comes free in time or Postgres cannot be reached.

        `caller` is whoever waits, as far as turns go.
        """
        while True:
            session = self.take(role) or await self._any(caller)
            if session.role == role or await self._change_role(session, role):
                return session

    async def _change_role(self, session: Session, role: str) -> bool:
        """Whether the session took the role; False: it was lost while idle, and another may do."""
        was_idle, session.role = session.role is not None, None
        try:
            await self._take_role(session, role)
        except Exception as error:
            lost = is_lost(error)
            self.release(session, lost)
            if lost and was_idle:
                return False
            raise (unreachable() if lost else masked(error)) from error
        except BaseException:
            self.recover(session)
            raise
        session.role = role
        if role not in self._records:
            self._records[role] = type("Record", (asyncpg.Record,), {"__slots__": ()})
        session.record = self._records[role]
        return True

    async def _take_role(self, session: Session, role: str) -> None:
        limits = self.limits.get(role)
        if limits is None:
            await session.connection.fetchval(_TAKE_ROLE, role)
        else:
            await session.connection.fetchval(_TAKE_ROLE_AND_LIMITS, role, list(limits), list(limits.values()))

    async def _any(self, caller: str) -> Session:
        if self._closed:
            raise closing()
        # Nobody waits while a session is idle or a place is free: whatever comes free goes to those who wait.
        for idle in () if self._places else self._idle.values():
            while idle:
                session = idle.pop()
                if not session.connection.is_closed():
                    return session
                self._throw_away(session)
        if self._places:
            self._places -= 1
            return await self._open()
        waiter: asyncio.Future[Session | None] = asyncio.get_running_loop().create_future()
        self._waiting.add(caller, waiter)
        self._patience.add(waiter)
        try:
            session_or_place = await waiter
        except BaseException as error:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._pass_on(waiter.result())
            else:
                self._waiting.remove(caller, waiter)
            if isinstance(error, TimeoutError):
                raise busy() from None
            raise
        return session_or_place or await self._open()

    async def _open(self) -> Session:
        """A new session, in a place that is the caller's."""
        try:
            session = Session(await self._connect())
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            if not self._unreachable:  # a line for each caller would hide all others
                logger.warning("cannot connect to the database: %s", error)
            self._unreachable = True
            self._pass_on(None)
            raise unreachable() from error
        except BaseException:
            self._pass_on(None)
            raise
        if self._unreachable:
            logger.warning("connected to the database again")
            self._unreachable = False
        if self._closed:
            session.connection.terminate()
            raise closing()
        self._sessions.add(session)
        return session

    def release(self, session: Session, broken: bool = False) -> None:
        """Gives a session back: to whoever's turn it is, else to the idle ones. A `broken` one is thrown away."""
        if self.resets and not broken and not self._closed:
            self.recover(session)
        else:
            self._give_back(session, broken)

    def _give_back(self, session: Session, broken: bool) -> None:
        if broken or self._closed or session in self._stale or session.connection.is_closed():
            self._throw_away(session)
        else:
            self._pass_on(session)

    def recover(self, session: Session) -> None:
        """Gives back a session when it was reset, once a cancelled statement has come to its end."""
        task = asyncio.get_running_loop().create_task(self._recover(session))
        self._recoveries.add(task)
        task.add_done_callback(self._recoveries.discard)

    async def _recover(self, session: Session) -> None:
        broken = True
        try:
            async with asyncio.timeout(_RECOVERY_TIMEOUT):
                await session.connection.reset()
                if self.resets:
                    await session.connection.execute("discard temp")
                if session.role is not None and (self.limits or self.resets):
                    await self._take_role(session, session.role)  # the reset took its limits, a function the role
            broken = False
        except Exception as error:
            logger.warning("a session could not be recovered: %s", outline(error))
        finally:
            self._give_back(session, broken)

    def _throw_away(self, session: Session) -> None:
        self._sessions.discard(session)
        self._stale.discard(session)
        session.connection.terminate()
        self._pass_on(None)

    def _pass_on(self, session: Session | None) -> None:
        """Hands a session, or the place for a new one (None), to whoever's turn it is."""
        if (waiter := self._waiting.next()) is not None:
            waiter.set_result(session)
        elif session is None:
            self._places += 1
        else:
            self._idle.setdefault(session.role, []).append(session)

    def renew(self) -> None:
        """Has new sessions take the place of those that are open, each as soon as it is idle."""
        self._stale |= self._sessions
        idle = [session for sessions in self._idle.values() for session in sessions]
        self._idle.clear()
        for session in idle:
            self._throw_away(session)

    async def close(self) -> None:
        """Ends every session; those at work are ended too."""
        self._closed = True
        self._patience.close()
        while (waiter := self._waiting.next()) is not None:
            waiter.set_exception(closing())
        if self._recoveries:
            await asyncio.wait(self._recoveries)
        idle = [session for sessions in self._idle.values() for session in sessions]
        self._idle.clear()
        for session in self._sessions - set(idle):
            session.connection.terminate()
        await asyncio.gather(*(_end(session) for session in idle))
        self._sessions.clear()


async def _end(session: Session) -> None:
    try:
        await session.connection.close(timeout=2)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        session.connection.terminate()
