"""Searches and bookmarks read about as much as a page shows, however much else there is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scripts import SCRIPTS

from .conftest import CreateDatabase, Town

LIBRARY = """
    set session_replication_role = replica;

    insert into threads.users (username, display_name)
    select 'user_' || n, 'User ' || n from generate_series(1, 2000) as n;

    insert into threads.threads (author_id, body, created_at)
    select 1 + n * 7919 % 2000,
           'often' || case when n % 999 = 7 then ' seldom' else '' end
           || case when n between 2000 and 2100 then ' formerly' else '' end,
           timestamptz '2025-09-01' + n * interval '5 minutes'
      from generate_series(1, 6000) as n;

    insert into threads.bookmarks (user_id, thread_id, created_at)
    select 1 + n % 5, n, timestamptz '2025-09-01' + n * 7919 % 10007 * interval '1 minute'
      from generate_series(1, 6000) as n;

    set session_replication_role = default;
    analyze;
"""
READS = """
    select seq_tup_read, coalesce(idx_tup_fetch, 0)
      from pg_stat_xact_all_tables
     where schemaname = 'threads' and relname = $1
"""
PAGES = {
    "a common word": ("select * from threads.search_threads('often', 21)", 21),
    "a common word, a later page": ("select * from threads.search_threads('often', 21, 3000)", 21),
    "a rare word": ("select * from threads.search_threads('seldom', 21)", 6),
    "a word that was common": ("select * from threads.search_threads('formerly', 21)", 21),
    "a word that is nowhere": ("select * from threads.search_threads('nowhere', 21)", 0),
    "a phrase": ("select * from threads.search_threads('\"often formerly\"', 21)", 21),
    "without a word": ("select * from threads.search_threads('-formerly', 21)", 21),
    "of an author": ("select * from threads.search_threads('from:user_8 often', 21)", 3),
}


@pytest.fixture(scope="module")
async def library(create_database: CreateDatabase) -> Any:
    """6,000 threads, of which all have one word; five users with 1,200 bookmarks each."""
    town = Town(await create_database(*SCRIPTS, LIBRARY))
    yield town
    await town.close()


async def reads(town: Town, statement: str, table: str) -> tuple[int, int, int]:
    """How many rows a member gets, and how many of a table are read for that, one by one and by indexes."""
    session = await town.superuser()
    async with session.transaction():
        await session.execute("select set_config('request.jwt.claims', '{\"sub\": \"1\"}', true)")
        await session.execute("set local role threads_member")
        rows = await session.fetch(statement)
        await session.execute("reset role")
        one_by_one, by_index = await session.fetchrow(READS, table)
    return len(rows), one_by_one, by_index


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_of_a_search_reads_a_window_at_most(library: Town, page: str) -> None:
    statement, rows = PAGES[page]
    found, one_by_one, by_index = await reads(library, statement, "threads")
    assert (found, one_by_one) == (rows, 0)
    # The smallest window has 1,024 ids; what the page does not need of it is not read by the policies.
    assert by_index <= 1_100, by_index


KEPT = (
    "select b.thread_id from threads.bookmarks as b where b.user_id = 1 "
    "order by b.created_at desc, b.thread_id desc limit 20",
    "select b.thread_id from threads.bookmarks as b where b.user_id = 1 "
    "and (b.created_at, b.thread_id) < (timestamptz '2025-09-03', 5000) "
    "order by b.created_at desc, b.thread_id desc limit 20",
)


@pytest.mark.parametrize("page", KEPT)
async def test_a_page_of_bookmarks_is_read_from_an_index(library: Town, page: str) -> None:
    session = await library.member(1)
    plan = await session.fetchval(f"explain (analyze, format json) {page}")
    assert "bookmarks_user_id_created_at_idx" in plan
    assert '"Node Type": "Sort"' not in plan
    found, one_by_one, by_index = await reads(library, page, "bookmarks")
    assert (found, one_by_one) == (20, 0)
    assert by_index <= 25
