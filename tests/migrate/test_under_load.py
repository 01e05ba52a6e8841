"""All migrations of Threads on a database that is full and in use; `python -m bench.migrations` has a million rows."""

from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from bench.migrations import Report, before, measure, wrong

CreateDatabase = Callable[..., Awaitable[str]]

THREADS = 5_000
LOCK_TIMEOUT = 0.2
"""Seconds."""
ITS_OWN_WORK = 5.0
"""Seconds that the deploy's transaction may take while it has all locks, on a machine that others keep busy."""


@pytest.fixture(scope="module")
async def migrated(create_database: CreateDatabase, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Report]:
    """The database, and what was seen."""
    url = await create_database()
    await before(url, tmp_path_factory.mktemp("before"), THREADS)
    gateway = url.replace("//postgres@", "//threads_gateway@")
    limited = f"{url}&options=-c%20lock_timeout%3D{LOCK_TIMEOUT * 1000:.0f}ms"
    return url, await measure(limited, gateway, readers=3, writers=2, quiet=0.5)


@pytest.fixture
def report(migrated: tuple[str, Report]) -> Report:
    return migrated[1]


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
