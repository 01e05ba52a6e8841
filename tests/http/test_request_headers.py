"""Which headers of a request reach SQL: those that the operator named, and of this request alone."""

from __future__ import annotations

import json
from typing import Any

from tests.http.conftest import Serving


async def passed_on(server: Any, headers: Any) -> Any:
    async with server.post(headers=headers) as response:
        assert response.status == 200
    text = server.engine.asked[-1]["context"].caller.headers
    return json.loads(text) if text else None


async def test_named_headers_are_passed_on_and_no_others(serving: Serving) -> None:
    async with serving(request_headers=("X-Tenant", "user-agent")) as server:
        headers = {"x-tenant": "blue", "User-Agent": "curl", "X-Other": "1", "Cookie": "a=b"}
        assert await passed_on(server, headers) == {"x-tenant": "blue", "user-agent": "curl"}
        assert await passed_on(server, {"User-Agent": "curl"}) == {"user-agent": "curl"}
        repeated = [("X-Tenant", "blue"), ("X-Tenant", 'r"ed'), ("User-Agent", "é")]
        assert await passed_on(server, repeated) == {"x-tenant": 'blue, r"ed', "user-agent": "é"}


async def test_a_remembered_token_brings_no_headers_of_another_request(serving: Serving) -> None:
    async with serving(request_headers=("x-tenant",)) as server:
        token = {"Authorization": f"Bearer {server.token()}"}
        assert await passed_on(server, {**token, "X-Tenant": "blue"}) == {"x-tenant": "blue"}
        assert await passed_on(server, token) == {}


async def test_none_are_passed_on_unless_some_are_named(serving: Serving) -> None:
    async with serving() as server:
        assert await passed_on(server, {"User-Agent": "curl"}) is None
