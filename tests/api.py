"""Asks a gateway as its HTTP part does, and reads the answer: what the tests of the generated API are written with."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from gatepost.auth.caller import Caller
from gatepost.engine.answer import Answer
from gatepost.engine.engine import RequestContext
from gatepost.gateway import Gateway
from gatepost.settings import Settings

SHOP = (Path(__file__).parent / "shop.sql").read_text()
ANONYMOUS = "shop_anonymous"
MEMBER = "shop_member"


@dataclass(frozen=True)
class Reply:
    """An answer, read: `text` is the body as it was sent."""

    status: int
    text: str
    body: dict[str, Any] = field(repr=False)

    @property
    def errors(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.body["errors"]
        return found

    @property
    def code(self) -> str:
        """The code of the only error."""
        (error,) = self.errors
        code: str = error["extensions"]["code"]
        return code


async def sql(url: str, query: str, *arguments: object, role: str | None = None, sub: int | None = None) -> list[Any]:
    """What plain SQL says; as a role it is what that role may see. A row of one column is that column's value."""
    connection = await asyncpg.connect(url, user="postgres")
    try:
        async with connection.transaction():
            if role is not None:
                await connection.execute("select set_config('role', $1, true)", role)
            if sub is not None:
                claims = json.dumps({"sub": sub})
                await connection.execute("select set_config('request.jwt.claims', $1, true)", claims)
            rows = await connection.fetch(query, *arguments)
    finally:
        await connection.close()
    return [row[0] if len(row) == 1 else tuple(row) for row in rows]


class Api:
    """An open gateway and the database below it."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.url = gateway.settings.database_url

    async def reply(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        role: str = ANONYMOUS,
        claims: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
        read_only: bool = False,
    ) -> Reply:
        """The whole answer to an operation of a caller."""
        caller = Caller(role, json.dumps({"role": role, **(claims or {})}))
        answer = await self.gateway.engine.execute(
            query=query,
            operation_name=operation_name,
            variables=dict(variables or {}),
            context=RequestContext(caller, read_only=read_only),
        )
        assert isinstance(answer, Answer)
        text = answer.body.decode()
        return Reply(answer.status, text, json.loads(text))

    async def data(self, query: str, variables: Mapping[str, Any] | None = None, **who: Any) -> Any:
        """The data of an operation that must go well."""
        reply = await self.reply(query, variables, **who)
        assert "errors" not in reply.body, reply.errors
        assert reply.status == 200
        return reply.body["data"]

    async def sql(self, query: str, *arguments: object, role: str | None = None, sub: int | None = None) -> list[Any]:
        """What plain SQL says in this database: see `sql`."""
        return await sql(self.url, query, *arguments, role=role, sub=sub)


@asynccontextmanager
async def opened(url: str, **settings: Any) -> AsyncIterator[Api]:
    """A gateway on a database; it is closed at the end."""
    gateway = await Gateway.open(Settings(database_url=url, **settings))
    try:
        yield Api(gateway)
    finally:
        await gateway.close()


SHOP_SETTINGS: dict[str, Any] = {
    "schemas": ("shop",),
    "anonymous_role": ANONYMOUS,
    "authenticated_role": MEMBER,
    "pool_size": 3,
    "jwt_secret": "a secret of the tests that is long enough",
}


CreateDatabase = Callable[..., Awaitable[str]]


@pytest.fixture(scope="session")
async def shop(create_database: CreateDatabase) -> AsyncIterator[Api]:
    """A gateway on the shop of tests/shop.sql, shared by tests that only read."""
    async with opened(await create_database(SHOP, user="shop_gateway"), **SHOP_SETTINGS) as api:
        yield api


@pytest.fixture
async def own_shop(create_database: CreateDatabase) -> AsyncIterator[Api]:
    """A gateway on a shop of the test's own."""
    async with opened(await create_database(SHOP, user="shop_gateway"), **SHOP_SETTINGS) as api:
        yield api
