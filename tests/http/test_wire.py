"""HTTP as bytes: what callers send in pieces, at once, too slowly or not at all, and what they get."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from time import process_time
from typing import Any

import brotli
import pytest

from gatepost.engine.engine import Answer
from gatepost.http.encodings import CODINGS

BODY = b'{"query":"{ hello }"}'
HEAD = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
WHOLE = HEAD + b"Content-Length: 21\r\n\r\n" + BODY


class Wire:
    """A connection, byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Status, header fields (names in small letters) and body of the next answer."""
        head = (await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 60)).decode("latin-1")
        line, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
        pairs = [field.split(": ", 1) for field in lines]
        fields = {name.lower(): value for name, value in pairs}
        assert len(fields) == len(pairs)
        body = await self.reader.readexactly(int(fields.get("content-length", "0")))
        return int(line.split(" ")[1]), fields, body

    async def ended(self) -> bool:
        """Whether the server closes the connection, within a minute and without a further word."""
        try:
            return await asyncio.wait_for(self.reader.read(1), 60) == b""
        except ConnectionResetError:  # it had closed when it was sent more
            return True


@asynccontextmanager
async def wired(server: Any) -> AsyncIterator[Wire]:
    host, port = server.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()


async def test_an_answer_says_no_more_than_it_must(server: Any) -> None:
    async with wired(server) as wire:
        wire.send(WHOLE)
        status, fields, _ = await wire.answer()
    assert status == 200
    assert set(fields) == {"content-type", "x-request-id", "content-length", "date"}
    for path in ("/healthz", "/nothing"):
        async with server.http.get(f"{server.url}{path}") as response:
            assert "Server" not in response.headers


async def test_pipelined_requests_are_answered_in_their_order(server: Any) -> None:
    async def slowly_at_first() -> None:
        await asyncio.sleep(0.1 if len(server.engine.asked) == 1 else 0)

    server.engine.act = slowly_at_first
    requests = [WHOLE.replace(b"Host", b"X-Request-Id: %d\r\nHost" % number) for number in range(20)]
    async with wired(server) as wire:
        wire.send(b"".join(requests))
        seen = [(await wire.answer())[1]["x-request-id"] for _ in requests]
    assert seen == [str(number) for number in range(20)]


@pytest.mark.parametrize("size", [1, 7, 1_000])
async def test_a_request_may_come_in_pieces(server: Any, size: int) -> None:
    async with wired(server) as wire:
        for start in range(0, len(WHOLE), size):
            wire.send(WHOLE[start : start + size])
            await asyncio.sleep(0)
        assert (await wire.answer())[0] == 200
    assert server.engine.asked[0]["query"] == "{ hello }"


async def test_a_body_may_be_chunked(server: Any) -> None:
    async with wired(server) as wire:
        wire.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        for byte in BODY:
            wire.send(b"1\r\n%c\r\n" % byte)
        await asyncio.sleep(0.05)
        wire.send(b"0\r\n\r\n")
        assert (await wire.answer())[0] == 200


async def test_a_caller_may_ask_before_it_sends_the_body(server: Any) -> None:
    async with wired(server) as wire:
        wire.send(HEAD + b"Content-Length: 21\r\nExpect: 100-continue\r\n\r\n")
        assert await wire.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        wire.send(BODY)
        assert (await wire.answer())[0] == 200
    async with wired(server) as wire:
        wire.send(HEAD + b"Content-Length: 21\r\nExpect: tea\r\n\r\n")
        assert (await wire.answer())[0] == 417


async def test_a_body_that_says_it_is_too_large_is_not_waited_for(server: Any) -> None:
    async with wired(server) as wire:
        wire.send(HEAD + b"Content-Length: 262145\r\n\r\n{")
        status, fields, body = await wire.answer()
        assert (status, fields["connection"]) == (413, "close")
        assert json.loads(body)["errors"][0]["extensions"]["code"] == "BODY_TOO_LARGE"
    assert server.engine.asked == []


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd"])
async def test_a_bomb_is_not_unpacked(server: Any, name: str) -> None:
    pack = {**CODINGS, "deflate": zlib.compress}[name]
    bomb = pack(b'{"query":"' + b" " * 50_000_000 + b'"}')
    assert len(bomb) < 262_144
    headers = {"Content-Type": "application/json", "Content-Encoding": name}
    async with server.post(data=bomb, headers=headers) as response:
        assert response.status == 413
    assert server.engine.asked == []


@pytest.mark.parametrize(
    ("version", "connection", "stays"),
    [(b"1.1", b"", True), (b"1.1", b"close", False), (b"1.0", b"", False), (b"1.0", b"keep-alive", True)],
)
async def test_a_connection_stays_as_the_caller_wants(
    server: Any, version: bytes, connection: bytes, stays: bool
) -> None:
    request = WHOLE.replace(b"HTTP/1.1", b"HTTP/" + version)
    if connection:
        request = request.replace(b"Host", b"Connection: " + connection + b"\r\nHost")
    async with wired(server) as wire:
        wire.send(request)
        status, fields, _ = await wire.answer()
        assert status == 200
        if stays:
            assert fields.get("connection") == (None if version == b"1.1" else "keep-alive")
            wire.send(request)
            assert (await wire.answer())[0] == 200
        else:
            assert fields["connection"] == "close"
            assert await wire.ended()


@pytest.mark.parametrize(
    "fields",
    [
        b"Content-Type: text/plain\r\nContent-Type: application/json\r\n",
        b"Content-Type: application/json\r\nContent-Type: text/plain\r\n",
        b"Content-Type: application/json, text/plain\r\n",
        b"Content-Type: text/plain; application/json\r\n",
    ],
)
async def test_two_content_types_are_none(server: Any, fields: bytes) -> None:
    async with wired(server) as wire:
        wire.send(b"POST /graphql HTTP/1.1\r\nHost: x\r\n" + fields + b"Content-Length: 21\r\n\r\n" + BODY)
        assert (await wire.answer())[0] in (400, 415)
    assert server.engine.asked == []


@pytest.mark.parametrize(
    "fields",
    [
        b"Content-Length: 21\r\nContent-Length: 22\r\n",
        b"Content-Length: 21\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: +21\r\n",
        b"Content-Length: -1\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Content-Length : 21\r\n",
        b"X: a\rb\r\nContent-Length: 21\r\n",
        b"X: a\n b\r\nContent-Length: 21\r\n",
        b"X: a\0b\r\nContent-Length: 21\r\n",
        b"X-Long: " + b"x" * 9_000 + b"\r\nContent-Length: 21\r\n",
        b"".join(b"X-%d: x\r\n" % number for number in range(200)) + b"Content-Length: 21\r\n",
    ],
)
async def test_a_head_that_two_servers_may_read_as_two_is_refused(server: Any, fields: bytes) -> None:
    async with wired(server) as wire:
        wire.send(HEAD + fields + b"\r\n" + BODY)
        assert (await wire.answer())[0] == 400
        assert await wire.ended()
    assert server.engine.asked == []


async def test_an_address_that_is_too_long_is_refused(server: Any) -> None:
    async with wired(server) as wire:
        wire.send(b"GET /graphql?query=" + b"x" * 9_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await wire.answer())[0] == 400
        assert await wire.ended()


async def test_a_head_that_does_not_end_is_not_waited_for(serving: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatepost.http.server.KEEP_ALIVE", 0.3)
    async with serving() as server:
        for beginning in (b"", HEAD, WHOLE + HEAD):
            async with wired(server) as wire:
                wire.send(beginning)
                if beginning.startswith(WHOLE):
                    assert (await wire.answer())[0] == 200
                for _ in range(8):
                    wire.send(b"X: x\r\n" if beginning else b"")
                    await asyncio.sleep(0.1)
                assert wire.reader.at_eof() or await wire.ended()


async def test_a_body_that_does_not_end_is_not_waited_for(serving: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatepost.http.door.RECEIVE_TIMEOUT", 0.2)
    async with serving() as server, wired(server) as wire:
        wire.send(HEAD + b"Content-Length: 21\r\n\r\n" + BODY[:5])
        status, fields, body = await wire.answer()
        assert (status, fields["connection"]) == (408, "close")
        assert json.loads(body)["errors"][0]["extensions"]["code"] == "BODY_TIMEOUT"
    assert server.engine.asked == []


async def test_a_caller_who_does_not_read_is_let_go(serving: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatepost.http.reply.SEND_TIMEOUT", 0.2)
    async with serving() as server, wired(server) as wire:
        server.engine.answer = Answer(200, b" " * 30_000_000)
        wire.send(WHOLE * 3)
        await asyncio.sleep(1.2)
        # More than one answer was not even begun: nothing waits for somebody who does not read.
        assert len(server.engine.asked) == 1
        server.engine.answer = Answer(200, b"{}")
        async with server.post() as response:
            assert response.status == 200
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await wire.reader.readexactly(30_000_000)


@pytest.mark.parametrize(
    ("coding", "status"), [("identity", 200), ("compress", 415), ("gzip, br", 415), ("x", 415), ("gzip", 400)]
)
async def test_a_body_in_a_coding_that_is_not_known_is_refused(
    server: Any, coding: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": coding}
    async with server.post(data=BODY, headers=headers) as response:
        assert response.status == status
        assert "Connection" not in response.headers
    assert len(server.engine.asked) == (status == 200)
    assert caplog.records == []


async def test_what_is_no_http_learns_no_version(server: Any) -> None:
    async with wired(server) as wire:
        wire.send(b"NONSENSE\r\n\r\n")
        status, fields, _ = await wire.answer()
    assert (status, fields["server"]) == (400, "gatepost")


@cache
def half_a_gigabyte() -> bytes:
    """Of blanks, packed to less than a kilobyte."""
    packer, piece = brotli.Compressor(quality=5), b" " * 1_000_000
    return b"".join([*(packer.process(piece) for _ in range(500)), packer.finish()])


@pytest.mark.parametrize(
    ("target", "media", "status"),
    [
        ("POST /graphql", "application/json", 413),
        ("POST /graphql", "text/plain", 415),
        ("GET /graphql?query={a}", "application/json", 200),
        ("POST /nothing", "application/json", 404),
        ("GET /healthz", "application/json", 200),
    ],
)
async def test_a_bomb_that_nobody_reads_is_not_unpacked_either(
    server: Any, target: str, media: str, status: int
) -> None:
    bomb = half_a_gigabyte()
    head = (
        f"{target} HTTP/1.1\r\nHost: x\r\nContent-Type: {media}\r\nContent-Encoding: br\r\nContent-Length: {len(bomb)}"
    )
    before = process_time()
    async with wired(server) as wire:
        wire.send(head.encode() + b"\r\n\r\n" + bomb)
        assert (await wire.answer())[0] == status
        if status == 413:
            assert await wire.ended()
        else:
            # Only then is the server done with the body.
            wire.send(WHOLE)
            assert (await wire.answer())[0] == 200
    assert process_time() - before < 0.5  # unpacking it takes two seconds


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd", "raw deflate"])
async def test_a_body_is_unpacked_to_its_end(server: Any, name: str) -> None:
    packs: dict[str, Callable[[bytes], bytes]] = {
        **CODINGS,
        "deflate": zlib.compress,
        "raw deflate": lambda body: zlib.compress(body, wbits=-15),
    }
    headers = {"Content-Type": "application/json", "Content-Encoding": name.split(" ")[-1]}
    packed = packs[name](BODY)
    async with server.post(data=packed, headers=headers) as response:
        assert response.status == 200
    async with server.post(data=packed[:-1], headers=headers) as response:
        assert response.status == 400
        (error,) = (await response.json())["errors"]
        assert error["message"] == "The body is not what its Content-Encoding says."
    assert len(server.engine.asked) == 1
