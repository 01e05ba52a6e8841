"""A database to write to: what each role may insert, see, change and delete differs by column and by row."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.api import Api, Reply, opened

SCRIPT = (Path(__file__).parent / "desk.sql").read_text()


class Desk:
    """The desk, asked as its members ask: Ada is 1, Bob is 2."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.sql = api.sql

    async def data(self, query: str, variables: dict[str, Any] | None = None, sub: int = 1) -> Any:
        """The data of an operation of a member that must go well."""
        return await self.api.data(query, variables, role="desk_member", claims={"sub": sub})

    async def reply(self, query: str, variables: dict[str, Any] | None = None, sub: int = 1) -> Reply:
        """The whole answer to an operation of a member."""
        return await self.api.reply(query, variables, role="desk_member", claims={"sub": sub})

    async def note(self, id_: int) -> tuple[Any, ...] | None:
        """What the table holds: slug, title, stars."""
        rows = await self.sql("select slug, title, stars from desk.notes where id = $1", id_)
        return rows[0] if rows else None


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Desk]:
    async with opened(
        url,
        schemas=("desk",),
        anonymous_role="desk_anonymous",
        authenticated_role="desk_member",
        pool_size=2,
        jwt_secret="a secret of the tests that is long enough",
    ) as api:
        yield Desk(api)


@pytest.fixture
async def desk(create_database: Callable[..., Awaitable[str]]) -> AsyncIterator[Desk]:
    """A gateway on a desk of the test's own."""
    async with _opened(await create_database(SCRIPT, user="desk_gateway")) as desk:
        yield desk


@pytest.fixture(scope="session")
async def untouched_desk(create_database: Callable[..., Awaitable[str]]) -> AsyncIterator[Desk]:
    """A gateway on a desk that tests share which change nothing, since they read or are refused."""
    async with _opened(await create_database(SCRIPT, user="desk_gateway")) as desk:
        yield desk
