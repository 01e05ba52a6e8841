"""Who waits for a session: callers take turns, and every other session goes to who waits longest of all.

By turns alone, those who are one caller together, as all who have no token are, would wait the longer the more others
there are; by age alone, everybody would wait for all that one caller has asked for at once. So nobody waits for more
than twice what is before them either way.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Queue(Generic[T]):
    """Futures by caller, each caller's in the order in which they came, and all in that order."""

    def __init__(self) -> None:
        self._callers: OrderedDict[str, deque[asyncio.Future[T]]] = OrderedDict()
        # Those that were taken out otherwise stay until they are the first.
        self._by_age: deque[tuple[str, asyncio.Future[T]]] = deque()
        self._in_turn = False

    def add(self, caller: str, waiter: asyncio.Future[T]) -> None:
        """A caller who is new here comes last."""
        self._callers.setdefault(caller, deque()).append(waiter)
        self._by_age.append((caller, waiter))

    def remove(self, caller: str, waiter: asyncio.Future[T]) -> None:
        """Takes a future out, if it is still in."""
        waiters = self._callers.get(caller)
        if waiters is None or waiter not in waiters:
            return
        waiters.remove(waiter)
        if not waiters:
            del self._callers[caller]
        if not self._callers:
            self._by_age.clear()

    def next(self) -> asyncio.Future[T] | None:
        """Takes out the future whose turn it is, one that is not done; None: nobody waits."""
        self._in_turn = not self._in_turn
        waiter = self._next_in_turn() if self._in_turn else self._oldest()
        if not self._callers:
            self._by_age.clear()
        return waiter

    def _next_in_turn(self) -> asyncio.Future[T] | None:
        while self._callers:
            caller, waiters = next(iter(self._callers.items()))
            waiter = waiters.popleft()
            if not waiters:
                del self._callers[caller]
            if not waiter.done():
                if waiters:
                    self._callers.move_to_end(caller)
                return waiter
        return None

    def _oldest(self) -> asyncio.Future[T] | None:
        while self._by_age:
            caller, waiter = self._by_age.popleft()
            # A caller's oldest is the first of theirs; another was taken out before.
            waiters = self._callers.get(caller)
            if waiters and waiters[0] is waiter:
                waiters.popleft()
                if not waiters:
                    del self._callers[caller]
                if not waiter.done():
                    return waiter
        return None
