"""A gateway on the database of attacked.sql, asked as its members, and over HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from gatepost.auth.tokens import Signer
from gatepost.http.application import application
from tests.api import Api, Reply, opened

SCRIPT = (Path(__file__).parent / "attacked.sql").read_text()
CreateDatabase = Callable[..., Awaitable[str]]
SECRET = "a secret of the tests that is long enough"
SETTINGS: dict[str, Any] = {
    "schemas": ("attacked",),
    "anonymous_role": "attacked_anonymous",
    "authenticated_role": "attacked_member",
    "roles": ("attacked_editor",),
    "pool_size": 2,
    "jwt_secret": SECRET,
    "access_log": False,
}


class Target:
    """The gateway under attack: `reply` asks its engine as a member, `post` over HTTP."""

    def __init__(self, api: Api, client: TestClient[Any, Any]) -> None:
        self.api = api
        self.sql = api.sql
        self.client = client

    async def reply(
        self, query: str, variables: dict[str, Any] | None = None, role: str = "attacked_member", **claims: Any
    ) -> Reply:
        return await self.api.reply(query, variables, role=role, claims={"sub": 1, **claims})

    async def data(self, query: str, variables: dict[str, Any] | None = None, **claims: Any) -> Any:
        reply = await self.reply(query, variables, **claims)
        assert "errors" not in reply.body, reply.errors
        return reply.body["data"]

    def token(self, role: str = "attacked_member", **claims: Any) -> str:
        return Signer(self.api.gateway.settings).sign("1", role, **claims)

    async def post(self, query: str, token: str | None = None, **headers: str) -> tuple[int, Any]:
        """Status and body of an operation."""
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        async with self.client.post("/graphql", json={"query": query}, headers=headers) as response:
            return response.status, json.loads(await response.text())


@asynccontextmanager
async def attacked(url: str, **settings: Any) -> AsyncIterator[Target]:
    """A gateway on such a database, and a server before it."""
    async with (
        opened(url, **{**SETTINGS, **settings}) as api,
        TestClient(TestServer(application(api.gateway))) as client,
    ):
        yield Target(api, client)


@pytest.fixture(scope="module")
async def target(create_database: CreateDatabase) -> AsyncIterator[Target]:
    """One for all tests of a file, which leave its rows as they were."""
    async with attacked(await create_database(SCRIPT, user="attacked_gateway")) as target:
        yield target


@pytest.fixture
async def own_target(create_database: CreateDatabase) -> AsyncIterator[Target]:
    async with attacked(await create_database(SCRIPT, user="attacked_gateway")) as target:
        yield target
