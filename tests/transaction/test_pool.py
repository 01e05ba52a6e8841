"""The pool of sessions: bounded, fair, and whole again after whatever happens to those who wait."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from gatepost.errors import Masked, Unavailable
from gatepost.transaction.pool import Pool, Session
from tests.transaction.conftest import GUEST, MEMBER, Vault


class Gated(asyncpg.Connection):  # type: ignore[misc]  # asyncpg tells no types, so its classes are Any
    """A connection whose taking of a role can be held up."""

    gate: asyncio.Event

    async def fetchval(self, *arguments: Any, **options: Any) -> Any:
        await self.gate.wait()
        return await super().fetchval(*arguments, **options)


class Sessions:
    """Makes pools and their connections, and counts what is open."""

    def __init__(self, vault: Vault) -> None:
        self.vault = vault
        self.gate = asyncio.Event()
        self.gate.set()
        self.connecting = asyncio.Event()
        self.connecting.set()
        self.made: list[Any] = []
        self.pools: list[Pool] = []
        self.refuse = False

    def pool(self, size: int = 1, timeout: float = 60.0) -> Pool:
        pool = Pool(self.connect, size, timeout)
        self.pools.append(pool)
        return pool

    async def connect(self) -> Any:
        await self.connecting.wait()
        if self.refuse:
            raise ConnectionRefusedError("no server")
        connection = await asyncpg.connect(self.vault.settings.database_url, connection_class=Gated)
        connection.gate = self.gate
        self.made.append(connection)
        return connection

    @property
    def open(self) -> int:
        return sum(not connection.is_closed() for connection in self.made)


@pytest.fixture
async def sessions(vault: Vault) -> AsyncIterator[Sessions]:
    sessions = Sessions(vault)
    yield sessions
    sessions.gate.set()
    sessions.connecting.set()
    for pool in sessions.pools:
        await pool.close()
    assert sessions.open == 0


async def has_all(pool: Pool, size: int) -> bool:
    """Whether the pool still gives out all its sessions, and no more."""
    async with asyncio.timeout(60):
        taken = [await pool.acquire(MEMBER) for _ in range(size)]
    beyond = asyncio.create_task(pool.acquire(MEMBER))
    await asyncio.sleep(0.02)
    waits = not beyond.done()
    beyond.cancel()
    await asyncio.wait([beyond])
    for session in taken:
        pool.release(session)
    return waits and len({id(session) for session in taken}) == size


async def cancel(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def turns(count: int = 5) -> None:
    """Lets the other tasks go on until they wait."""
    for _ in range(count):
        await asyncio.sleep(0)


async def test_no_more_sessions_than_its_size(sessions: Sessions) -> None:
    pool = sessions.pool(3)

    async def use() -> None:
        session = await pool.acquire(MEMBER)
        await session.connection.fetchval("select pg_sleep(0.002)")
        pool.release(session)

    await asyncio.gather(*(use() for _ in range(60)))
    assert len(sessions.made) == 3


async def test_who_waits_longest_comes_next(sessions: Sessions) -> None:
    pool = sessions.pool()
    order: list[int] = []
    first = await pool.acquire(MEMBER)

    async def use(number: int) -> None:
        session = await pool.acquire(MEMBER)
        order.append(number)
        await asyncio.sleep(0)
        pool.release(session)

    tasks = []
    for number in range(20):
        tasks.append(asyncio.create_task(use(number)))
        await turns()
    pool.release(first)
    # A newcomer, which asks while the session is between two hands.
    newcomer = asyncio.create_task(use(99))
    await asyncio.gather(*tasks, newcomer)
    assert order == [*range(20), 99]


async def test_who_waits_too_long_is_told_that_it_is_busy(sessions: Sessions) -> None:
    pool = sessions.pool(timeout=0.1)
    session = await pool.acquire(MEMBER)
    began = time.monotonic()
    with pytest.raises(Unavailable) as raised:
        await pool.acquire(MEMBER)
    assert raised.value.code == "BUSY"
    assert 0.1 <= time.monotonic() - began < 30
    pool.release(session)
    assert await has_all(pool, 1)


async def test_cancelled_while_waiting(sessions: Sessions) -> None:
    pool = sessions.pool()
    session = await pool.acquire(MEMBER)
    waiting = asyncio.create_task(pool.acquire(MEMBER))
    await turns()
    await cancel(waiting)
    pool.release(session)
    assert await has_all(pool, 1)


@pytest.mark.parametrize("cancelled_first", [True, False])
async def test_cancelled_in_the_moment_of_being_served(sessions: Sessions, cancelled_first: bool) -> None:
    pool = sessions.pool()
    session = await pool.acquire(MEMBER)
    waiting, next_one = (asyncio.create_task(pool.acquire(MEMBER)) for _ in range(2))
    await turns()
    if cancelled_first:
        waiting.cancel()
    pool.release(session)
    if not cancelled_first:
        waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    pool.release(await asyncio.wait_for(next_one, 30))
    assert await has_all(pool, 1)


async def test_cancelled_while_opening(sessions: Sessions) -> None:
    pool = sessions.pool()
    sessions.connecting.clear()
    opening, waiting = (asyncio.create_task(pool.acquire(MEMBER)) for _ in range(2))
    await turns()
    await cancel(opening)
    sessions.connecting.set()
    pool.release(await asyncio.wait_for(waiting, 30))
    assert await has_all(pool, 1)


async def test_cancelled_while_taking_the_role(sessions: Sessions) -> None:
    pool = sessions.pool()
    sessions.gate.clear()
    taking, waiting = (asyncio.create_task(pool.acquire(MEMBER)) for _ in range(2))
    while not sessions.made:
        await asyncio.sleep(0.001)
    await turns()
    await cancel(taking)
    sessions.gate.set()
    session = await asyncio.wait_for(waiting, 30)
    assert await session.connection.fetchval("select current_user") == MEMBER
    pool.release(session)
    assert await has_all(pool, 1)


async def test_cancelled_at_any_moment(sessions: Sessions) -> None:
    pool = sessions.pool(3)
    chance = random.Random(7)  # noqa: S311 (a seed, so that a failure comes back)

    async def use() -> None:
        role = chance.choice((MEMBER, GUEST))
        session = await pool.acquire(role)
        try:
            assert await session.connection.fetchval("select current_user from pg_sleep(0.001)") == role
        except BaseException:
            pool.recover(session)
            raise
        if chance.random() < 0.1:
            session.connection.terminate()
        pool.release(session)

    tasks = []
    for _ in range(500):
        task = asyncio.create_task(use())
        if chance.random() < 0.5:
            asyncio.get_running_loop().call_later(chance.random() * 0.02, task.cancel)
        tasks.append(task)
        await asyncio.sleep(chance.random() * 0.002)
        assert sessions.open <= 3
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {type(None), asyncio.CancelledError}
    assert await has_all(pool, 3)


async def test_a_broken_session_gives_its_place_on(sessions: Sessions) -> None:
    pool = sessions.pool()
    session = await pool.acquire(MEMBER)
    waiting, next_one = (asyncio.create_task(pool.acquire(MEMBER)) for _ in range(2))
    await turns()
    pool.release(session, broken=True)
    # A newcomer does not get the place that was promised.
    newcomer = asyncio.create_task(pool.acquire(MEMBER))
    fresh = await asyncio.wait_for(waiting, 30)
    assert fresh is not session
    assert session.connection.is_closed()
    assert not next_one.done()
    pool.release(fresh)
    assert await asyncio.wait_for(next_one, 30) is fresh
    pool.release(fresh)
    assert await asyncio.wait_for(newcomer, 30) is fresh
    pool.release(fresh)
    assert len(sessions.made) == 2


async def test_a_session_lost_while_idle_is_replaced(sessions: Sessions) -> None:
    pool = sessions.pool()
    session = await pool.acquire(MEMBER)
    pool.release(session)
    await sessions.vault.admin.fetch("select pg_terminate_backend($1)", session.connection.get_server_pid())
    # As another role, at once: the loss may or may not be known by now.
    again = await pool.acquire(GUEST)
    assert again is not session
    assert await again.connection.fetchval("select current_user") == GUEST
    pool.release(again)
    assert await has_all(pool, 1)


async def test_refused_connections_keep_no_place(sessions: Sessions) -> None:
    pool = sessions.pool(2)
    sessions.refuse = True
    outcomes = await asyncio.gather(*(pool.acquire(MEMBER) for _ in range(6)), return_exceptions=True)
    assert [getattr(outcome, "code", outcome) for outcome in outcomes] == ["UNAVAILABLE"] * 6
    sessions.refuse = False
    assert await has_all(pool, 2)


async def test_a_role_that_cannot_be_taken_keeps_no_session(sessions: Sessions) -> None:
    pool = sessions.pool()
    for _ in range(3):
        with pytest.raises(Masked):
            await pool.acquire("postgres")
    assert len(sessions.made) == 1
    assert await has_all(pool, 1)


async def test_sessions_change_their_role_only_when_they_must(sessions: Sessions) -> None:
    pool = sessions.pool(2)

    async def served(role: str) -> Session:
        session = await pool.acquire(role)
        assert await session.connection.fetchval("select current_user") == role
        pool.release(session)
        return session

    member, guest = await served(MEMBER), await served(GUEST)
    assert member is not guest
    for _ in range(3):
        assert await served(MEMBER) is member
        assert await served(GUEST) is guest
    held = await pool.acquire(MEMBER)
    assert await served(MEMBER) is guest
    pool.release(held)


@pytest.mark.parametrize("cancelled", [True, False])
async def test_closing_ends_everything(sessions: Sessions, cancelled: bool) -> None:
    pool = sessions.pool(2)
    idle, at_work = await pool.acquire(MEMBER), await pool.acquire(MEMBER)
    waiting = asyncio.create_task(pool.acquire(MEMBER))
    await turns()
    pool.release(at_work)
    pool.release(await waiting)
    at_work = await pool.acquire(MEMBER)
    pool.release(idle)
    idle_too = await pool.acquire(GUEST)
    waiting = asyncio.create_task(pool.acquire(MEMBER))
    await turns()
    closing = asyncio.create_task(pool.close())
    await asyncio.sleep(0)
    if cancelled:
        waiting.cancel()
    await closing
    with pytest.raises(asyncio.CancelledError if cancelled else Unavailable):
        await waiting
    for session in (idle_too, at_work):
        pool.release(session)
    assert sessions.open == 0
    with pytest.raises(Unavailable):
        await pool.acquire(MEMBER)


async def test_a_session_that_opens_while_the_pool_closes_is_ended(sessions: Sessions) -> None:
    pool = sessions.pool()
    sessions.connecting.clear()
    opening = asyncio.create_task(pool.acquire(MEMBER))
    await turns()
    await pool.close()
    sessions.connecting.set()
    with pytest.raises(Unavailable):
        await opening
    assert sessions.open == 0


async def test_one_who_asks_for_much_keeps_nobody_else_waiting(sessions: Sessions) -> None:
    pool = sessions.pool()
    session = await pool.acquire(MEMBER, "ada")
    served: list[str] = []

    async def use(caller: str) -> None:
        session = await pool.acquire(MEMBER, caller)
        served.append(caller)
        pool.release(session)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(50):
            tasks.create_task(use("ada"))
        await turns()
        tasks.create_task(use("bob"))
        await turns()
        pool.release(session)
    assert served.index("bob") <= 2
    assert len(served) == 51
