"""Who waits for a session: callers take turns."""

from __future__ import annotations

import asyncio

from gatepost.transaction.queue import Queue


def filled(*names: str) -> tuple[Queue[int], dict[asyncio.Future[int], str]]:
    """A queue in which these wait, each called by the caller and a number."""
    queue: Queue[int] = Queue()
    waiting: dict[asyncio.Future[int], str] = {}
    for name in names:
        waiter: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        waiting[waiter] = name
        queue.add(name[0], waiter)
    return queue, waiting


async def test_callers_take_turns_and_every_other_time_it_is_who_waits_longest() -> None:
    queue, names = filled("a1", "a2", "a3", "b1", "c1", "b2", "a4", "a5")
    served = []
    while (waiting := queue.next()) is not None:
        served.append(names[waiting])
    assert served == ["a1", "a2", "b1", "a3", "c1", "b2", "a4", "a5"]
    assert queue.next() is None


async def test_a_flood_keeps_nobody_else_waiting() -> None:
    queue, names = filled(*["a"] * 300, "b")
    served = [names[found] for _ in range(301) if (found := queue.next()) is not None]
    assert served.index("b") <= 3
    assert len(served) == 301


async def test_those_who_are_one_caller_are_served_by_their_age() -> None:
    """Twenty who have no token wait with a crowd that always comes anew."""
    queue, names = filled(*["a"] * 20)
    served = []
    for number in range(60):
        waiter: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        names[waiter] = f"member {number}"
        queue.add(names[waiter], waiter)
        found = queue.next()
        assert found is not None
        served.append(names[found])
    assert served[:45].count("a") == 20


async def test_who_has_given_up_is_passed_over() -> None:
    queue: Queue[int] = Queue()
    first, second, third, fourth = (asyncio.get_running_loop().create_future() for _ in range(4))
    for caller, waiter in (("a", first), ("a", second), ("b", third), ("b", fourth)):
        queue.add(caller, waiter)
    first.cancel()
    queue.remove("b", third)
    queue.remove("b", third)
    queue.remove("c", third)
    assert [queue.next(), queue.next(), queue.next()] == [second, fourth, None]
