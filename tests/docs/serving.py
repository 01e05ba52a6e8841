"""An API that runs for as long as a test of docs/ needs it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from gatepost.auth.tokens import Signer
from gatepost.gateway import Gateway
from gatepost.http.application import application
from gatepost.settings import Settings

SECRET = "a secret of at least thirty-two bytes"
CreateDatabase = Callable[..., Awaitable[str]]


class Api:
    """A running API, and callers of it."""

    def __init__(self, client: TestClient[Any, Any], settings: Settings) -> None:
        self._client = client
        self.settings = settings

    @property
    def url(self) -> str:
        return str(self._client.make_url("/graphql"))

    def token(self, user_id: int, role: str | None = None) -> str:
        role = role or self.settings.authenticated_role
        assert role is not None
        return Signer(self.settings).sign(str(user_id), role)

    async def request(self, method: str, path: str = "/graphql", **options: Any) -> tuple[int, dict[str, Any]]:
        """Status and body of any request."""
        async with self._client.request(method, path, **options) as response:
            return response.status, json.loads(await response.text())

    async def send(self, body: dict[str, Any], token: str | None = None) -> dict[str, Any]:
        """The answer to a POST of this body."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        _, answer = await self.request("POST", json=body, headers=headers)
        return answer

    async def data(self, query: str, token: str | None = None) -> dict[str, Any]:
        """What an operation without errors answers."""
        answer = await self.send({"query": query}, token)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Api]:
    """Serves a database."""
    gateway = await Gateway.open(settings)
    try:
        async with TestClient(TestServer(application(gateway))) as client:
            yield Api(client, settings)
    finally:
        await gateway.close()
