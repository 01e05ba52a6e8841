"""Who waits for a session: callers take turns, and the requests of one caller keep their order."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Queue(Generic[T]):
    """Futures by caller, each caller's in the order in which they came."""

    def __init__(self) -> None:
        self._callers: OrderedDict[str, deque[asyncio.Future[T]]] = OrderedDict()

    def add(self, caller: str, waiter: asyncio.Future[T]) -> None:
        """A caller who is new here comes last."""
        self._callers.setdefault(caller, deque()).append(waiter)

    def remove(self, caller: str, waiter: asyncio.Future[T]) -> None:
        """Takes a future out, if it is still in."""
        waiters = self._callers.get(caller)
        if waiters is None or waiter not in waiters:
            return
        waiters.remove(waiter)
        if not waiters:
            del self._callers[caller]

    def next(self) -> asyncio.Future[T] | None:
        """Takes out the future whose turn it is, one that is not done; None: nobody waits."""
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
