"""A Threads database for each test, and people who talk to it in SQL, as psql and the API do."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
import pytest

from tests.scripts import SCRIPTS, SEED

CreateDatabase = Callable[..., Awaitable[str]]
# What is noted beside the counts, and how often somebody did something, has no foreign key.
_NOBODY = """
    truncate threads.users restart identity cascade;
    truncate private.thread_count_changes, private.user_count_changes, private.attempts;
"""
Connection = Any
"""An asyncpg connection; its own types leave out what `fetchval` returns."""


class Town:
    """One database, and one connection for each person who asks for one."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._connections: list[Connection] = []

    async def connect(self, user: str = "threads_gateway") -> Connection:
        """A fresh connection of a log-in role; it is closed when the test ends."""
        connection = await asyncpg.connect(self.url, user=user)
        self._connections.append(connection)
        return connection

    async def superuser(self) -> Connection:
        return await self.connect("postgres")

    async def role(self, role: str) -> Connection:
        """A connection of the gateway's that took one of its roles."""
        connection = await self.connect()
        await connection.execute(f'set role "{role}"')
        return connection

    async def member(self, user_id: int) -> Connection:
        """Somebody who is logged in."""
        connection = await self.role("threads_member")
        await claim(connection, sub=str(user_id), role="threads_member")
        return connection

    async def anonymous(self) -> Connection:
        """Somebody who is not."""
        connection = await self.role("threads_anonymous")
        await claim(connection, role="threads_anonymous")
        return connection

    async def sign_up(self, username: str) -> int:
        auth = await self.role("threads_auth")
        user_id = await auth.fetchval("select user_id from private.create_account($1, null, 'a hash')", username)
        assert isinstance(user_id, int)
        return user_id

    async def join(self, username: str) -> Connection:
        """Signs up and logs in."""
        return await self.member(await self.sign_up(username))

    async def appoint(self, username: str) -> Connection:
        """Signs up, becomes a moderator and logs in."""
        user_id = await self.sign_up(username)
        await (await self.superuser()).execute("select threads.appoint_moderator($1)", username)
        connection = await self.role("threads_moderator")
        await claim(connection, sub=str(user_id), role="threads_moderator")
        return connection

    async def close(self) -> None:
        for connection in self._connections:
            await connection.close()


async def claim(connection: Connection, **claims: str) -> None:
    """Sets the claims for the rest of the session."""
    await connection.execute("select set_config('request.jwt.claims', $1, false)", json.dumps(claims))


@pytest.fixture(scope="session")
async def threads_database(create_database: CreateDatabase) -> str:
    return await create_database(*SCRIPTS)


@pytest.fixture
async def town(threads_database: str) -> AsyncIterator[Town]:
    """A Threads database with nobody in it."""
    town = Town(threads_database)
    await (await town.superuser()).execute(_NOBODY)
    yield town
    await town.close()


@pytest.fixture
async def own_limits(town: Town) -> AsyncIterator[None]:
    """The limits of the database that all share are again what they were, when the test ends."""
    superuser = await town.superuser()
    before = await superuser.fetch("select action, turns, refill from private.limits")
    yield
    await superuser.execute("delete from private.limits")
    await superuser.executemany("insert into private.limits values ($1, $2, $3)", [tuple(row) for row in before])


@pytest.fixture(scope="session")
async def seeded_town(create_database: CreateDatabase) -> AsyncIterator[Town]:
    """A Threads database with the sample data; what a test changes in it, it rolls back."""
    town = Town(await create_database(*SCRIPTS, SEED))
    yield town
    await town.close()


Breaks = Callable[..., Any]


@pytest.fixture
def breaks() -> Breaks:
    """`with breaks("cannot_follow_self", "You cannot …")`: what is done inside breaks that rule."""

    @contextmanager
    def rule(constraint: str, message: str, column: str | None = None) -> Iterator[None]:
        with pytest.raises(asyncpg.RaiseError) as raised:
            yield
        error: Any = raised.value
        assert (error.constraint_name, error.column_name) == (constraint, column)
        assert message in error.message

    return rule
