"""Lines within lines: what a caller puts into headers never becomes a header of the answer, or another request."""

from __future__ import annotations

import asyncio

import pytest

from tests.attacks.conftest import SCRIPT, CreateDatabase, Target, attacked

BODY = '{"query": "{ who }"}'
INJECTED = "X-Injected"


async def raw(target: Target, *lines: bytes) -> bytes:
    """What the server answers to a head of these lines, until it closes the connection."""
    port = target.client.port
    assert port is not None
    reader, writer = await asyncio.open_connection(target.client.host, port)
    head = (b"POST /graphql HTTP/1.1", b"Host: a", b"Content-Type: application/json", b"Connection: close")
    length = f"Content-Length: {len(BODY)}".encode()
    writer.write(b"\r\n".join((*head, length, *lines, b"", BODY.encode())))
    try:
        return await asyncio.wait_for(reader.read(), 30)
    finally:
        writer.close()


@pytest.mark.parametrize("name", [b"X-Request-Id", b"Origin", b"Accept", b"Authorization", b"Cookie", b"If-None-Match"])
@pytest.mark.parametrize(
    "end",
    [b"\r", b"\n", b"\x00", b"\x0b", b"\xe5\x98\x8a\xe5\x98\x8d", b"%0d%0a", b"\\r\\n", b"\xc2\x85", b"\xe2\x80\xa8"],
)
async def test_a_value_is_one_line(target: Target, name: bytes, end: bytes) -> None:
    answer = await raw(target, name + b": a" + end + INJECTED.encode() + b": 1" + end + b"Set-Cookie: b=1")
    head, _, _ = answer.partition(b"\r\n\r\n")
    assert head.startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 401 ", b"HTTP/1.1 406 ", b"HTTP/1.0 400 "))
    names = {line.partition(b":")[0].strip().lower() for line in head.replace(b"\n", b"\r").split(b"\r")}
    assert not {INJECTED.lower().encode(), b"set-cookie"} & names
    assert answer.count(b"HTTP/1.") == 1


@pytest.mark.parametrize(
    "lines",
    [
        (b"Transfer-Encoding: chunked",),  # beside Content-Length
        (b"Content-Length: 3",),  # a second one
        (b"Transfer-Encoding : chunked",),
        (b" folded: 1",),
        (b"Authorization : Bearer x",),
    ],
)
async def test_requests_that_two_servers_read_differently_are_refused(target: Target, lines: tuple[bytes, ...]) -> None:
    answer = await raw(target, *lines)
    assert answer.startswith(b"HTTP/1.0 400 ")
    assert b"attacked_" not in answer


async def test_origins_are_compared_whole(create_database: CreateDatabase) -> None:
    url = await create_database(SCRIPT, user="attacked_gateway")
    async with attacked(url, cors_origins=("https://app.example.com",)) as target:
        for origin in (
            "https://app.example.com.evil.com",
            "https://evil.com/https://app.example.com",
            "https://app.example.com\tx",
            "https://app.example.com, https://evil.com",
            "http://app.example.com",
            "https://app.example.com:444",
            "null",
        ):
            async with target.client.post(
                "/graphql", json={"query": "{ who }"}, headers={"Origin": origin}
            ) as response:
                assert "Access-Control-Allow-Origin" not in response.headers, origin


async def test_an_error_is_never_a_page(target: Target) -> None:
    """What is echoed cannot run: neither in a message, nor in a path."""
    script = "<script>alert(1)</script>"
    for path in (f"/{script}", f"/graphql?query={script}", f"/graphiql/{script}"):
        async with target.client.get(path) as response:
            assert response.content_type == "application/json"
            assert script not in await response.text()
    async with target.client.post("/graphql", json={"query": script}) as response:
        assert response.content_type == "application/json"
