"""Starting, stopping and the access log."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gatepost.errors import SetUpError
from tests.http.conftest import UNASKED

LINE = {"time", "id", "method", "path", "status", "bytes", "ms", "role"}


async def test_a_port_in_use_is_one_clear_line(serving: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SetUpError, match=rf"port {port}.*--port") as caught:
            async with serving(port=port):
                pass
    assert "\n" not in caught.value.message


async def test_an_address_that_is_not_here_is_one_clear_line(serving: Any) -> None:
    with pytest.raises(SetUpError, match=r"Cannot listen at 192\.0\.2\.1"):
        async with serving(host="192.0.2.1"):
            pass


async def test_processes_may_share_a_port(serving: Any) -> None:
    async with serving(workers=2) as first:
        port = int(first.url.rsplit(":", 1)[1])
        async with serving(workers=2, port=port) as second:
            assert second.url == first.url


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_lets_running_requests_end(serving: Any, number: signal.Signals) -> None:
    handler = signal.getsignal(number)
    async with serving() as server:
        started = asyncio.Event()

        async def linger() -> None:
            started.set()
            await asyncio.sleep(0.3)

        server.engine.act = linger
        call = asyncio.create_task(server.post().__aenter__())
        await asyncio.wait_for(started.wait(), 30)
        os.kill(os.getpid(), number)
        answer = await call
        assert (answer.status, answer.headers["Connection"]) == (200, "close")
        assert signal.getsignal(number) is handler
        await asyncio.wait_for(server.task, 30)
        assert server.gateway.closed
        with pytest.raises(aiohttp.ClientConnectorError):
            await server.post().__aenter__()


async def test_a_request_is_one_json_line_without_its_secrets(serving: Any, capfd: pytest.CaptureFixture[str]) -> None:
    async with serving(access_log=True) as server:
        token = server.token()
        headers = {"Authorization": f"Bearer {token}", "X-Request-Id": "mine"}
        body = {"query": "query Swordfish { hello }", "variables": {"password": "swordfish"}}
        async with server.post(body, headers=headers) as response:
            assert response.status == 200
        async with server.get({"query": "{ swordfish }"}) as response:
            assert response.status == 200
        async with server.http.get(f"{server.url}/no%22where") as response:
            assert response.status == 404
        out = ""
        async with asyncio.timeout(30):
            while out.count("\n") < 3:
                await asyncio.sleep(0.05)
                out += capfd.readouterr().out
    lines = [json.loads(line) for line in out.splitlines()]
    assert all(set(line) == LINE for line in lines)
    assert [(line["method"], line["path"], line["status"], line["role"]) for line in lines] == [
        ("POST", "/graphql", 200, "member"),
        ("GET", "/graphql", 200, "anonymous"),
        ("GET", "/no%22where", 404, None),
    ]
    assert lines[0]["id"] == "mine"
    assert lines[0]["bytes"] > 0
    assert 0 < lines[0]["ms"] < 5_000
    assert "wordfish" not in out
    assert token not in out


async def test_every_kind_of_answer_has_its_line(serving: Any, capfd: pytest.CaptureFixture[str]) -> None:
    async with serving(access_log=True, max_body_bytes=100) as server:
        query = {"query": "{ hello }"}
        async with server.get(query) as response:
            known = {**UNASKED, "If-None-Match": response.headers["ETag"]}
        for call in (
            server.get(query, headers=known),
            server.get(query, headers={}),
            server.http.head(f"{server.url}/graphql", params=query, headers=UNASKED),
            server.http.options(f"{server.url}/graphql"),
            server.http.put(f"{server.url}/graphql"),
            server.post(data=b"x"),
            server.post(data=b"x" * 101, headers={"Content-Type": "application/json"}),
        ):
            async with call as response:
                assert response.headers["X-Request-Id"]
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [(line["method"], line["status"], line["role"]) for line in lines] == [
        ("GET", 200, "anonymous"),
        ("GET", 304, "anonymous"),
        ("GET", 403, None),
        ("HEAD", 200, "anonymous"),
        ("OPTIONS", 204, None),
        ("PUT", 405, None),
        ("POST", 415, None),
        ("POST", 413, None),
    ]
    assert len({line["id"] for line in lines}) == len(lines)


async def test_what_waits_is_written_at_the_end(serving: Any, capfd: pytest.CaptureFixture[str]) -> None:
    async with serving(access_log=True) as server:
        for _ in range(100):
            async with server.post():
                pass
    assert len(capfd.readouterr().out.splitlines()) == 100


async def test_a_caller_who_went_away_is_logged_as_499(serving: Any, capfd: pytest.CaptureFixture[str]) -> None:
    async with serving(access_log=True) as server:
        started, cancelled = asyncio.Event(), asyncio.Event()

        async def hang() -> None:
            started.set()
            try:
                await asyncio.sleep(300)
            finally:
                cancelled.set()

        server.engine.act = hang
        call = asyncio.create_task(server.post().__aenter__())
        await asyncio.wait_for(started.wait(), 30)
        call.cancel()
        await asyncio.wait_for(cancelled.wait(), 30)
    (line,) = capfd.readouterr().out.splitlines()
    assert json.loads(line)["status"] == 499


async def test_the_log_can_be_off(serving: Any, capfd: pytest.CaptureFixture[str]) -> None:
    async with serving(access_log=False) as server, server.post() as response:
        assert response.status == 200
    assert capfd.readouterr().out == ""


async def test_malformed_http_is_answered_and_logged_in_one_line(
    serving: Any, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(access_log=True) as server:
        host, port = server.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"NONSENSE\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.0 400")
        writer.close()
        await writer.wait_closed()
    (line,) = capfd.readouterr().out.splitlines()
    assert json.loads(line)["status"] == 400
    assert caplog.records == []


async def test_a_unix_socket_is_listened_at(serving: Any, tmp_path: Path) -> None:
    path = tmp_path / "api.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))  # and nobody listens: a process that was killed left it
    async with serving(host=str(path)) as server:
        assert server.url == f"unix:{path}"
        async with (
            aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(path))) as http,
            http.post("http://gatepost/graphql", json={"query": "{ hello }"}) as response,
        ):
            assert response.status == 200
        with pytest.raises(SetUpError, match="Something listens"):
            async with serving(host=str(path)):
                pass
    with pytest.raises(SetUpError, match="Cannot listen"):
        async with serving(host=str(tmp_path / "nowhere" / "api.sock")):
            pass
    with pytest.raises(SetUpError, match="workers"):
        async with serving(host=str(path), workers=2):
            pass
