"""Hand-written fields while Postgres is away: the status says so, and what may have been done is not called undone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.api import Api, opened
from tests.scripts import SCRIPTS
from tests.transaction.conftest import lost

LOG_IN = 'mutation { logIn(input: { username: "ada", password: "correct horse" }) { accessToken } }'
ANYBODY = "threads_anonymous"

_END_ALL = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename = $1"
_END_WHO_WAITS = """
select count(pg_terminate_backend(pid)) from pg_locks
 where not granted and database = (select oid from pg_database where datname = current_database())
"""


@pytest.fixture
async def threads(create_database: Callable[..., Awaitable[str]], connections: list[Any]) -> AsyncIterator[Api]:
    async with opened(
        await create_database(*SCRIPTS, user="threads_gateway"),
        schemas=("threads",),
        anonymous_role="threads_anonymous",
        authenticated_role="threads_member",
        jwt_secret="a secret of at least thirty-two bytes",
        sdl=Path(__file__).parents[2] / "sdl",
        resolvers="resolvers",
        pool_size=2,
        lock_timeout=60_000,
    ) as api:
        yield api


async def test_a_log_in_while_nobody_can_connect(threads: Api, connections: list[Any]) -> None:
    admin = await asyncpg.connect(threads.url, user="postgres")
    await admin.execute("alter role threads_gateway connection limit 0")
    try:
        await admin.fetch(_END_ALL, "threads_gateway")
        await lost(connections)
        reply = await threads.reply(LOG_IN, role=ANYBODY)
        assert (reply.status, reply.code) == (503, "UNAVAILABLE")
    finally:
        await admin.execute("alter role threads_gateway connection limit -1")
    reply = await threads.reply(LOG_IN, role=ANYBODY)
    assert (reply.status, reply.code) == (200, "INVALID_CREDENTIALS")
    await admin.close()


async def test_a_log_in_whose_connection_is_lost(threads: Api) -> None:
    admin = await asyncpg.connect(threads.url, user="postgres")
    async with admin.transaction():
        await admin.execute("lock table private.credentials in access exclusive mode")
        asking = asyncio.create_task(threads.reply(LOG_IN, role=ANYBODY))
        async with asyncio.timeout(30):
            while not await admin.fetchval(_END_WHO_WAITS):
                await asyncio.sleep(0.01)
        reply = await asking
    assert (reply.status, reply.code) == (503, "OUTCOME_UNKNOWN")
    await admin.close()
