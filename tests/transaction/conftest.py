"""A vault for each test: a database of notes, the gateway's view of it, and an administrator who watches."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from gatepost.settings import Settings
from gatepost.transaction import Database

MEMBER = "vault_member"
GUEST = "vault_guest"
SCRIPT = (Path(__file__).parent / "vault.sql").read_text()
_ASKED = """
select q.d
from (select set_config('request.jwt.claims', $1, true) as c where current_user = $2 offset 0) as s
cross join lateral (select (…) as d where s.c is not null offset 0) as q
"""
_SESSIONS = "from pg_catalog.pg_stat_activity where datname = current_database() and application_name = 'gatepost'"
_OPEN = f"select count(*) {_SESSIONS} and state like 'idle in%'"


def asked(expression: str) -> str:
    """A statement that answers an expression, in the form in which `gatepost.plan` writes them."""
    return _ASKED.replace("…", expression)


WHO = asked("select json_build_array(current_user, current_setting('request.jwt.claims', true)::json ->> 'sub')")
"""Answers the role and the identity that a statement runs under."""


def claims(sub: int) -> str:
    return json.dumps({"sub": sub})


async def in_transaction(database: Database, *statements: tuple[str, str]) -> None:
    """Runs statements of one parameter each in one transaction of the member 1."""
    async with database.transaction(MEMBER, claims(1)) as transaction:
        for sql, argument in statements:
            await transaction.answer(sql, (argument,))


class Vault:
    """One database, as the gateway meets it and as the administrator sees it."""

    def __init__(self, url: str, admin: Any) -> None:
        self.admin = admin
        self.settings = Settings(
            database_url=url, schemas=("vault",), anonymous_role=GUEST, authenticated_role=MEMBER, pool_size=1
        )
        self._open: list[Database] = []

    async def open(self, **changes: Any) -> Database:
        """The database under these settings; it is closed when the test ends."""
        database = await Database.open(dataclasses.replace(self.settings, **changes))
        self._open.append(database)
        return database

    async def sessions(self) -> list[int]:
        """The process ids of the gateway's sessions."""
        return [row["pid"] for row in await self.admin.fetch(f"select pid {_SESSIONS} order by pid")]

    async def end_sessions(self) -> None:
        """Ends them as a restart of Postgres does."""
        await self.admin.fetch(f"select pg_terminate_backend(pid) {_SESSIONS}")

    async def running(self, part: str, *, other_than: int = 0, within: float = 30.0) -> int:
        """Waits until another session than this runs a statement that has `part` in its text; the session's pid."""
        async with asyncio.timeout(within):
            while not (found := set(await self._active(part)) - {other_than}):
                await asyncio.sleep(0.01)
        return found.pop()

    async def idle(self, part: str, *, within: float = 30.0) -> None:
        """Waits until no session runs such a statement."""
        async with asyncio.timeout(within):
            while await self._active(part):
                await asyncio.sleep(0.01)

    async def asleep(self) -> None:
        """Waits until a session of the gateway sleeps in a function."""
        async with asyncio.timeout(30):
            while not await self.admin.fetchval(f"select count(*) {_SESSIONS} and wait_event = 'PgSleep'"):
                await asyncio.sleep(0.01)

    async def _active(self, part: str) -> list[int]:
        rows = await self.admin.fetch(f"select pid {_SESSIONS} and state = 'active' and strpos(query, $1) > 0", part)
        return [row["pid"] for row in rows]

    async def in_transaction(self) -> int:
        """How many of the gateway's sessions have a transaction open, and nothing to do in it."""
        count: int = await self.admin.fetchval(_OPEN)
        return count

    async def close(self) -> None:
        for database in self._open:
            await database.close()
        await self.admin.close()


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The connections that a gateway opened, those that are lost, too."""
    connect, made = Database.connect, list[Any]()

    async def connected(database: Database) -> Any:
        made.append(await connect(database))
        return made[-1]

    monkeypatch.setattr(Database, "connect", connected)
    return made


async def lost(connections: list[Any]) -> None:
    """Waits until the gateway has heard that all of them have ended."""
    async with asyncio.timeout(30):
        while not all(connection.is_closed() for connection in connections):
            await asyncio.sleep(0.01)


@pytest.fixture
async def vault(create_database: Callable[..., Awaitable[str]]) -> AsyncIterator[Vault]:
    url = await create_database(SCRIPT, user="vault_gateway")
    vault = Vault(url, await asyncpg.connect(url, user="postgres"))
    yield vault
    await vault.close()
