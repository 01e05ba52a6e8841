"""All migrations of Threads on a database that is full and in use; `python -m bench.migrations` has a million rows."""

import asyncio
import shutil
import time
import urllib.parse
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import asyncpg
import pytest

from bench.migrations import BIG, DB, FEW, Report, before, measure, wrong
from gatepost.embedded import EmbeddedPostgres
from gatepost.migrate import scripts, up
from tests.conftest import run_sql

CreateDatabase = Callable[..., Awaitable[str]]

THREADS = 5_000
LOCK_TIMEOUT = 0.2
"""Seconds."""


@pytest.fixture(scope="module")
async def full(create_database: CreateDatabase, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The database of before."""
    url = await create_database()
    await before(url, tmp_path_factory.mktemp("before"), THREADS)
    return url


@dataclass(frozen=True)
class Alone:
    """What the transaction of the deploy did where nobody else was."""

    seconds: float
    rows: dict[str, tuple[int, int]]
    """Of each table, how many rows it read one after the other, and how many it wrote."""


@pytest.fixture(scope="module")
async def alone(full: str, postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Alone:
    """On a copy of the database."""
    folder = tmp_path_factory.mktemp("transaction") / "db"
    shutil.copytree(DB, folder)
    for script in scripts.read(folder):
        if script.is_online:
            (folder / script.name).unlink()
    name = urllib.parse.urlsplit(full).path.lstrip("/")
    await run_sql(postgres.url(), f"create database {name}_alone template {name} strategy file_copy")
    url = postgres.url(f"{name}_alone")
    began = time.monotonic()
    await up(url, folder)
    seconds = time.monotonic() - began
    connection = await asyncpg.connect(url)
    try:
        # A session tells what it did when it ends.
        while await connection.fetchval("""
            select exists (
                     select
                       from pg_stat_activity
                      where datname = current_database()
                        and pid <> pg_backend_pid()
                   )
        """):
            await asyncio.sleep(0.01)
        rows = await connection.fetch("""
            select schemaname || '.' || relname as name,
                   seq_tup_read as read,
                   n_tup_ins + n_tup_upd + n_tup_del as written
              from pg_stat_user_tables
        """)
    finally:
        await connection.close()
    return Alone(seconds, {row["name"]: (row["read"], row["written"]) for row in rows})


@pytest.fixture(scope="module")
async def migrated(full: str, alone: Alone) -> tuple[str, Report]:
    """The database, and what was seen."""
    gateway = full.replace("//postgres@", "//threads_gateway@")
    limited = f"{full}&options=-c%20lock_timeout%3D{LOCK_TIMEOUT * 1000:.0f}ms"
    return full, await measure(limited, gateway, readers=3, writers=2, quiet=0.5)


@pytest.fixture
def report(migrated: tuple[str, Report]) -> Report:
    return migrated[1]


def test_what_the_transaction_does_does_not_grow_with_what_is_there(alone: Alone) -> None:
    assert {name: alone.rows[name] for name in BIG} == dict.fromkeys(BIG, (0, 0))
    # Names that nobody may take, limits, and what was applied; there are 250 users.
    assert {name for name, (_, written) in alone.rows.items() if written >= THREADS / 20} == set()
    assert alone.rows["private.reserved_usernames"][1] > 50


def test_everybody_goes_on_and_nobody_waits_long(report: Report, alone: Alone) -> None:
    assert report.failures == []
    quiet, transaction, *online, after = report.phases
    assert len(online) > 5
    assert min(phase.reads.count + phase.writes.count for phase in (quiet, after)) >= 2 * FEW
    assert sum(phase.reads.count for phase in online) > FEW
    assert sum(phase.writes.count for phase in online) > FEW
    # As long as the deploy waits for a lock, and then until it is done. What that takes on a machine as busy as this
    # one is known; the rest is for those who are busy at other times.
    bound = LOCK_TIMEOUT + 3 * alone.seconds + 1
    for phase in (transaction, *online):
        for seen in (phase.reads, phase.writes):
            assert seen.slowest < bound, (phase.name, seen.slowest_statement)


def test_no_big_table_is_rewritten(report: Report) -> None:
    assert report.rewritten == []


def test_every_row_is_right_afterwards(report: Report) -> None:
    assert report.wrong == []


async def test_what_is_wrong_would_be_found(migrated: tuple[str, Report]) -> None:
    connection = await asyncpg.connect(migrated[0])
    try:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("""
            set local session_replication_role = replica;
            alter table threads.threads drop constraint threads_author_unless_deleted;
            alter table threads.threads add constraint unseen check (id > 0) not valid;
            update threads.threads set root_id = null where id = 8;
            update threads.threads set author_id = 1 where id = 1;
            delete from threads.thread_hashtags where thread_id = 5;
            update threads.threads set like_count = like_count + 1 where id = 3;
            update threads.threads set ranked_at = '-infinity' where id in (3, 4);
            delete from threads.accounts where user_id = 9;
            update pg_index set indisvalid = false
             where indexrelid = 'threads.threads_root_id_created_at_idx'::regclass;
        """)
        assert sorted(await wrong(connection)) == [
            "account of user 9",
            "author of deleted thread 1",
            "constraint unseen is not validated",
            "hashtags of thread 5",
            "index threads.threads_root_id_created_at_idx is not valid",
            "likes of thread 3",
            "rank of thread 3",
            "rank of thread 4",
            "root of thread 8",
        ]
        await transaction.rollback()
    finally:
        await connection.close()
