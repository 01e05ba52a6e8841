"""How long callers wait, by one timer for all of them: one for each cost a tenth of the time of a kept plan."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any


class Patience:
    """Ends the waiting of those who have waited for `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._waiting: deque[tuple[float, asyncio.Future[Any]]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, waiter: asyncio.Future[Any]) -> None:
        """Has a future, which is not done by then, raise TimeoutError."""
        while self._waiting and self._waiting[0][1].done():
            self._waiting.popleft()
        loop = waiter.get_loop()
        self._waiting.append((loop.time() + self._seconds, waiter))
        if self._timer is None:
            self._timer = loop.call_at(self._waiting[0][0], self._end, loop)

    def close(self) -> None:
        """Ends nobody's waiting any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _end(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = loop.time()
        while self._waiting and (self._waiting[0][0] <= now or self._waiting[0][1].done()):
            _, waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_exception(TimeoutError())
        if self._waiting:
            self._timer = loop.call_at(self._waiting[0][0], self._end, loop)
