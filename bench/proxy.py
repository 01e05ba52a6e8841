"""A TCP proxy before Postgres whose connections are slow, come in pieces and break, as chance has it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

_FAR = 100_000
"""Bytes that a connection carries on average, in both directions, before it is cut."""
_NEAR = 4_000
"""One in five is cut before it has carried this many: while it logs in, or soon after."""


class Proxy:
    """Passes bytes between whoever connects to `port` and a server's Unix socket; cuts nothing while it is `calm`."""

    def __init__(self, server: Path, seed: int) -> None:
        self.port = 0
        self.calm = False
        self._links: set[asyncio.Task[Any]] = set()
        self.cuts = 0
        self._server = server
        self._chance = random.Random(seed)  # noqa: S311 (a seed, so that a failure comes back)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Listens on a free port of the loopback interface."""
        listener = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = listener.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            listener.close()
            if self._links:
                await asyncio.wait(self._links)

    async def _connected(self, near: asyncio.StreamReader, to_near: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._links.add(task)
        try:
            await self._link(near, to_near)
        finally:
            self._links.discard(task)

    async def _link(self, near: asyncio.StreamReader, to_near: asyncio.StreamWriter) -> None:
        try:
            far, to_far = await asyncio.open_unix_connection(str(self._server))
        except OSError:
            to_near.transport.abort()
            return
        link = _Link(self, self._chance)
        # Whichever ends first ends both: a half-open connection is none.
        ways = [asyncio.create_task(link.carry(near, to_far)), asyncio.create_task(link.carry(far, to_near))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.wait(ways)
        for writer in (to_near, to_far):
            if link.is_cut:
                writer.transport.abort()
            else:
                writer.close()


class _Link:
    """One connection through the proxy, and how many bytes it has left to carry."""

    def __init__(self, proxy: Proxy, chance: random.Random) -> None:
        soon = chance.random() < 0.2
        self.is_cut = False
        self._left = chance.randrange(_NEAR) if soon else int(chance.expovariate(1 / _FAR))
        self._proxy = proxy
        self._chance = chance

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(65_536):
                if not self._proxy.calm:
                    piece = await self._disturbed(piece, writer)
                writer.write(piece)
                await writer.drain()
                if self.is_cut:
                    # Half the time the other side waits in vain for a moment before it hears of it.
                    await asyncio.sleep(self._chance.choice((0.0, 0.1)))
                    return

    async def _disturbed(self, piece: bytes, writer: asyncio.StreamWriter) -> bytes:
        """What is still to be sent of a piece, after delays, a first half of it, and up to where the cut is."""
        self._left -= len(piece)
        if self._left < 0:
            self.is_cut = True
            self._proxy.cuts += 1
            return piece[: self._left]
        if self._chance.random() < 0.02:
            half = self._chance.randrange(len(piece))
            writer.write(piece[:half])
            await asyncio.sleep(self._chance.random() * 0.005)
            return piece[half:]
        return piece
