"""How the engine's answers leave: status, headers, and what happens to those who go away or fail."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gatepost.engine.engine import Answer

GRAPHQL = "application/graphql-response+json"
REFUSED = b'{"errors":[{"message":"No.","extensions":{"code":"X"}}]}'


@pytest.mark.parametrize(
    ("status", "as_json", "as_graphql"),
    [(200, 200, 200), (400, 200, 400), (401, 401, 401), (403, 403, 403), (405, 405, 405), (503, 503, 503)],
)
async def test_a_refused_operation_has_the_status_that_the_media_type_asks_for(
    server: Any, status: int, as_json: int, as_graphql: int
) -> None:
    server.engine.answer = Answer(status=status, body=REFUSED)
    for accept, expected in (("application/json", as_json), (GRAPHQL, as_graphql)):
        async with server.post(headers={"Accept": accept}) as response:
            assert response.status == expected
            assert await response.read() == REFUSED


async def test_statuses_bring_the_headers_that_belong_to_them(server: Any) -> None:
    for status, header, value in (
        (401, "WWW-Authenticate", "Bearer"),
        (405, "Allow", "POST"),
        (503, "Retry-After", "1"),
    ):
        server.engine.answer = Answer(status=status, body=REFUSED)
        async with server.post() as response:
            assert response.headers[header] == value


async def test_an_engine_that_fails_says_nothing_of_why(server: Any) -> None:
    async def fail() -> None:
        raise RuntimeError("the secret is swordfish")

    server.engine.act = fail
    async with server.post() as response:
        assert response.status == 500
        text = await response.text()
        assert "swordfish" not in text
        (error,) = (await response.json())["errors"]
        assert error["extensions"]["code"] == "INTERNAL"
        assert error["extensions"]["id"]


async def test_the_token_says_who_is_asking(server: Any) -> None:
    async with server.post(headers={"Authorization": f"Bearer {server.token()}"}) as response:
        assert response.status == 200
    assert server.engine.asked[0]["context"].caller.role == "member"


@pytest.mark.parametrize("accept", ["application/json", GRAPHQL])
async def test_a_token_that_does_not_hold_is_401(server: Any, accept: str) -> None:
    async with server.post(headers={"Authorization": "Bearer x.y.z", "Accept": accept}) as response:
        assert response.status == 401
        assert response.headers["WWW-Authenticate"] == "Bearer"
        assert response.headers["Content-Type"] == f"{accept}; charset=utf-8"
        assert (await response.json())["errors"][0]["extensions"]["code"] == "INVALID_TOKEN"
    assert server.engine.asked == []


async def test_two_tokens_are_not_one_of_them(server: Any) -> None:
    headers = [("Authorization", f"Bearer {server.token()}"), ("Authorization", "Bearer x.y.z")]
    async with server.post(headers=headers) as response:
        assert response.status in (400, 401)
    assert server.engine.asked == []


async def test_a_caller_who_goes_away_cancels_the_operation(server: Any) -> None:
    started, cancelled = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        started.set()
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    server.engine.act = hang
    call = asyncio.create_task(server.post().__aenter__())
    await asyncio.wait_for(started.wait(), 30)
    call.cancel()
    await asyncio.wait_for(cancelled.wait(), 30)


async def test_health_tells_alive_from_ready(server: Any) -> None:
    for path, ready, status in (
        ("/healthz", True, 200),
        ("/healthz", False, 200),
        ("/readyz", True, 200),
        ("/readyz", False, 503),
    ):
        server.gateway.is_ready = ready
        async with server.http.get(f"{server.url}{path}") as response:
            assert response.status == status
            assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("given", ["abc-123", "a" * 128, "trace:1/2=3+4._"])
async def test_a_sane_request_id_is_kept(server: Any, given: str) -> None:
    async with server.post(headers={"X-Request-Id": given}) as response:
        assert response.headers["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", "a" * 129, "a b", 'a"b', "é"])
async def test_another_request_id_is_replaced(server: Any, given: str) -> None:
    seen = set()
    for _ in range(2):
        async with server.post(headers={"X-Request-Id": given}) as response:
            seen.add(response.headers["X-Request-Id"])
    assert given not in seen
    assert len(seen) == 2
