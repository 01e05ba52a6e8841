"""Databases to write to: what each role may insert, see, change and delete differs by column and by row."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.api import Api, Reply, opened

SCRIPT = (Path(__file__).parent / "desk.sql").read_text()
CLUB = (Path(__file__).parent / "club.sql").read_text()
CreateDatabase = Callable[..., Awaitable[str]]


class Members:
    """A gateway, asked as the members of one database ask; `sub` is who of them."""

    def __init__(self, api: Api, role: str) -> None:
        self.api = api
        self.sql = api.sql
        self._role = role

    async def data(self, query: str, variables: dict[str, Any] | None = None, sub: int = 1) -> Any:
        """The data of an operation of a member that must go well."""
        return await self.api.data(query, variables, role=self._role, claims={"sub": sub})

    async def reply(self, query: str, variables: dict[str, Any] | None = None, sub: int = 1) -> Reply:
        """The whole answer to an operation of a member."""
        return await self.api.reply(query, variables, role=self._role, claims={"sub": sub})


class Desk(Members):
    """The desk, asked as its members ask: Ada is 1, Bob is 2."""

    async def note(self, id_: int) -> tuple[Any, ...] | None:
        """What the table holds: slug, title, stars."""
        rows = await self.sql("select slug, title, stars from desk.notes where id = $1", id_)
        return rows[0] if rows else None


@asynccontextmanager
async def served(url: str, name: str, roles: tuple[str, ...] = ()) -> AsyncIterator[Api]:
    """A gateway on a database whose schema and roles have this name."""
    async with opened(
        url,
        schemas=(name,),
        anonymous_role=f"{name}_anonymous",
        authenticated_role=f"{name}_member",
        roles=roles,
        pool_size=4,
        jwt_secret="a secret of the tests that is long enough",
    ) as api:
        yield api


@pytest.fixture
async def desk(create_database: CreateDatabase) -> AsyncIterator[Desk]:
    """A gateway on a desk of the test's own."""
    async with served(await create_database(SCRIPT, user="desk_gateway"), "desk") as api:
        yield Desk(api, "desk_member")


@pytest.fixture(scope="session")
async def untouched_desk(create_database: CreateDatabase) -> AsyncIterator[Desk]:
    """A gateway on a desk that tests share which change nothing, since they read or are refused."""
    async with served(await create_database(SCRIPT, user="desk_gateway"), "desk") as api:
        yield Desk(api, "desk_member")


@pytest.fixture
async def club(create_database: CreateDatabase) -> AsyncIterator[Members]:
    """A gateway on a club of the test's own."""
    async with served(await create_database(CLUB, user="club_gateway"), "club", ("club_clerk",)) as api:
        yield Members(api, "club_member")


@pytest.fixture(scope="session")
async def untouched_club(create_database: CreateDatabase) -> AsyncIterator[Members]:
    """A gateway on a club that tests share which change nothing, since they read or are refused."""
    async with served(await create_database(CLUB, user="club_gateway"), "club", ("club_clerk",)) as api:
        yield Members(api, "club_member")
