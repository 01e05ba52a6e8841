"""The access log: one JSON line a request on standard output, and never a query, a variable or a token in it."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from queue import SimpleQueue
from threading import Thread
from time import time as now

import orjson
from aiohttp.abc import AbstractAccessLogger
from aiohttp.web import BaseRequest, StreamResponse

from gatepost.http.request_id import Trace, trace_of

FLUSH_INTERVAL = 0.2
"""Seconds that a line may wait."""
MAX_WAITING = 50_000
"""Lines that may wait while nobody reads standard output; beyond that they are counted and dropped."""
_ATOMIC = 4096
"""Bytes that a pipe takes whole (PIPE_BUF on Linux), so that the lines of several processes do not mix."""

_Line = tuple[float, Trace | None, str, str, int, int, float | None]


class AccessLog:
    """Collects lines and writes them from a thread of its own; a slow reader of the log never holds up a request."""

    def __init__(self, file_descriptor: int = 1) -> None:
        self._file_descriptor = file_descriptor
        self._lines: list[_Line] = []
        self._dropped = 0
        self._timer: asyncio.TimerHandle | None = None
        self._queue: SimpleQueue[tuple[list[_Line], int] | None] = SimpleQueue()
        # A daemon, so that a pipe that nobody reads cannot keep the process from ending.
        self._writer = Thread(target=self._write_all, name="access-log", daemon=True)
        self._writer.start()

    def answered(self, request: BaseRequest, response: StreamResponse, seconds: float) -> None:
        """Note an answered request."""
        self._note(request, response.status, response.body_length, seconds)

    def gone(self, request: BaseRequest) -> None:
        """Note a caller who went away before the answer, under nginx's status for that, 499."""
        self._note(request, 499, 0, None)

    def logger(self) -> type[AbstractAccessLogger]:
        """A class for aiohttp's `access_log_class`, which makes one for each connection."""
        note = self.answered

        class Hook(AbstractAccessLogger):
            def log(self, request: BaseRequest, response: StreamResponse, time: float) -> None:
                note(request, response, time)

        return Hook

    async def close(self) -> None:
        """Write what waits, for a second at most."""
        if self._timer is not None:
            self._timer.cancel()
        self._queue.put((self._lines, self._dropped))
        self._queue.put(None)
        await asyncio.to_thread(self._writer.join, 1.0)

    def _note(self, request: BaseRequest, status: int, size: int, seconds: float | None) -> None:
        if len(self._lines) >= MAX_WAITING:
            self._dropped += 1
            return
        path = request.rel_url.raw_path
        self._lines.append((now(), trace_of(request), request.method, path, status, size, seconds))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_INTERVAL, self._flush)

    def _flush(self) -> None:
        self._timer = None
        if not self._queue.empty():
            # The writer has not begun with what it got last: what waits here is counted, what waits there is not.
            self._timer = asyncio.get_running_loop().call_later(FLUSH_INTERVAL, self._flush)
            return
        self._queue.put((self._lines, self._dropped))
        self._lines, self._dropped = [], 0

    def _write_all(self) -> None:
        while (batch := self._queue.get()) is not None:
            # Whoever read the log may be gone; that is no reason to stop serving.
            with suppress(OSError):
                self._write(*batch)

    def _write(self, lines: list[_Line], dropped: int) -> None:
        chunk = bytearray()
        for line in lines:
            text = _format(line)
            if chunk and len(chunk) + len(text) > _ATOMIC:
                self._put(chunk)
                chunk = bytearray()
            chunk += text
        if dropped:
            chunk += b'{"time":"%sZ","dropped":%d}\n' % (_second(int(now())).encode(), dropped)
        if chunk:
            self._put(chunk)

    def _put(self, chunk: bytearray) -> None:
        rest = memoryview(chunk)
        while rest:
            rest = rest[os.write(self._file_descriptor, rest) :]


def _format(line: _Line) -> bytes:
    time, trace, method, path, status, size, seconds = line
    second = int(time)
    milliseconds = int((time - second) * 1000)
    duration = "null" if seconds is None else f"{seconds * 1000:.3f}"
    # An id holds no character that JSON would escape.
    identifier, role = ("null", None) if trace is None else (f'"{trace.request_id}"', trace.role)
    return (
        f'{{"time":"{_second(second)}.{milliseconds:03d}Z","id":{identifier},"method":{_json(method)},'
        f'"path":{_json(path[:256])},"status":{status},"bytes":{size},"ms":{duration},"role":{_json(role)}}}\n'
    ).encode()


@lru_cache(maxsize=1024)
def _json(text: str | None) -> str:
    """A string as JSON; few different ones come by, and each many times."""
    return orjson.dumps(text).decode()


@lru_cache(maxsize=4)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().removesuffix("+00:00")
