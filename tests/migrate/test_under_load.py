"""All migrations of Threads on a database that is full and in use: `python -m bench.migrations` does the same at size."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from bench.migrations import Report, before, measure

CreateDatabase = Callable[..., Awaitable[str]]

THREADS = 10_000
LOCK_TIMEOUT = 0.2
"""Seconds."""
ITS_OWN_WORK = 3.0
"""Seconds that the deploy's transaction may take while it has all locks, on a machine that others keep busy."""


@pytest.fixture(scope="module")
async def report(create_database: CreateDatabase, tmp_path_factory: pytest.TempPathFactory) -> Report:
    url = await create_database()
    await before(url, tmp_path_factory.mktemp("before"), THREADS)
    gateway = url.replace("//postgres@", "//threads_gateway@")
    limited = f"{url}&options=-c%20lock_timeout%3D{LOCK_TIMEOUT * 1000:.0f}ms"
    return await measure(limited, gateway, readers=3, writers=2, quiet=0.5)


def test_everybody_goes_on_and_nobody_waits_long(report: Report) -> None:
    assert report.failures == []
    slowest = max(seen.slowest for phase in report.phases for seen in (phase.reads, phase.writes))
    assert slowest < LOCK_TIMEOUT + ITS_OWN_WORK
    quiet, *during, _ = report.phases
    assert quiet.reads.count > 50
    assert sum(phase.reads.count for phase in during) > 50
    assert sum(phase.writes.count for phase in during) > 10


def test_outside_the_transaction_nobody_waits_for_a_deploy(report: Report) -> None:
    online = [phase for phase in report.phases if phase.name.startswith("migrations/01")]
    assert len(online) >= 3
    for phase in online:
        assert phase.reads.slowest < 1.0, phase.name


def test_no_big_table_is_rewritten(report: Report) -> None:
    assert report.rewritten == []


def test_every_row_is_right_afterwards(report: Report) -> None:
    assert report.wrong == []


async def test_what_is_looked_for_would_be_found(create_database: CreateDatabase, tmp_path: Path) -> None:
    url = await create_database()
    await before(url, tmp_path, 100)
    async with asyncio.timeout(60):
        connection = await asyncpg.connect(url)
    try:
        await connection.execute("alter table threads.users alter column created_at type timestamptz(3)")
        assert await connection.fetchval("select count(*) from threads.threads where parent_id is not null") == 50
        assert await connection.fetchval("select count(*) from threads.threads where deleted_at is not null") == 1
    finally:
        await connection.close()
