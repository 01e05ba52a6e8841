"""Who waits for a session: callers take turns."""

from __future__ import annotations

import asyncio

from gatepost.transaction.queue import Queue


async def test_callers_take_turns_and_keep_their_order() -> None:
    queue: Queue[int] = Queue()
    names: dict[asyncio.Future[int], str] = {}
    for name in ("a1", "a2", "a3", "b1", "c1", "b2", "a4"):
        waiter: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        names[waiter] = name
        queue.add(name[0], waiter)
    served = []
    while (waiting := queue.next()) is not None:
        served.append(names[waiting])
    assert served == ["a1", "b1", "c1", "a2", "b2", "a3", "a4"]


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
