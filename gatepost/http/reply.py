"""Answers as they leave: head and body in one write, which aiohttp's own response takes a third more time for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from time import time

from aiohttp import HttpVersion10, hdrs, web

SEND_TIMEOUT = 60.0
"""Seconds that a caller may take to read an answer that the socket does not hold."""

_TOGETHER = 65_536
"""Bytes of a body that is copied behind its head; a larger one is sent after it."""


class Reply(web.StreamResponse):
    """A complete answer. `fields` are header fields whose names and values hold no line break.

    aiohttp's signal `on_response_prepare` is not sent for it.
    """

    def __init__(self, status: int, fields: Mapping[str, str], body: bytes) -> None:
        super().__init__(status=status)
        self._fields = fields
        self._content = body
        self._request: web.BaseRequest | None = None
        self._closing = False

    @property
    def keep_alive(self) -> bool:
        """Whether the connection stays: asked by aiohttp once the answer was sent."""
        return self._request is not None and self._request.keep_alive and not self._closing

    def force_close(self) -> None:
        """Ends the connection after this answer."""
        self._closing = True

    @property
    def body_length(self) -> int:
        """Bytes of the body; of a HEAD request those that GET would answer."""
        return len(self._content)

    async def prepare(self, request: web.BaseRequest) -> None:
        """Takes the request that this answers; `write_eof` sends it all."""
        self._request = request

    async def write_eof(self, data: bytes = b"") -> None:
        """Sends the answer. Raises ConnectionResetError where the caller is gone or does not read."""
        request, body = self._request, self._content
        assert request is not None
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("The caller went away.")
        head = self._head(request)
        if request.method == hdrs.METH_HEAD or self.status in (204, 304):
            transport.write(head)
        elif len(body) <= _TOGETHER:
            transport.write(head + body)
        else:
            transport.write(head)
            transport.write(body)
        if transport.get_write_buffer_size():
            try:
                async with asyncio.timeout(SEND_TIMEOUT):
                    await request.writer.drain()
            except TimeoutError:
                transport.abort()
                raise ConnectionResetError("The caller does not read.") from None

    def _head(self, request: web.BaseRequest) -> bytes:
        """Status line and header fields (RFC 9112)."""
        head = _status_line(request.version.minor, self.status)
        for name, value in self._fields.items():
            head += f"{name}: {value}\r\n"
        if self.status not in (204, 304):
            head += f"Content-Length: {len(self._content)}\r\n"
        if not self.keep_alive:
            head += "Connection: close\r\n"
        elif request.version == HttpVersion10:
            head += "Connection: keep-alive\r\n"
        return (head + _date(int(time()))).encode("latin-1")


@lru_cache(maxsize=64)
def _status_line(minor: int, status: int) -> str:
    return f"HTTP/1.{minor} {status} {HTTPStatus(status).phrase}\r\n"


@lru_cache(maxsize=4)
def _date(seconds: int) -> str:
    """The last field, and the empty line that ends a head."""
    return f"Date: {formatdate(seconds, usegmt=True)}\r\n\r\n"
