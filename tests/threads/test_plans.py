"""Pages are read from an index as far as they go, also where row-level security has its say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.scripts import SCRIPTS

from .conftest import Connection, CreateDatabase, Town

BUSY_TOWN = """
    set session_replication_role = replica;

    insert into threads.users (username, display_name, created_at)
    select 'user_' || i, 'User', '2025-01-01' from generate_series(1, 2000) as i;

    insert into threads.threads (author_id, parent_id, body, created_at, ranked_at, heat, has_media)
    select 1 + i * 7919 % 2000,
           case when i % 3 > 0 then 1 + i % 397 end,
           'text',
           a.at,
           a.at + i % 8 * interval '6 hours',
           i % 8,
           i % 5 = 0
      from generate_series(1, 30000) as i
     cross join lateral (values (timestamptz '2025-09-01' + i * interval '5 minutes')) as a (at);

    insert into threads.reposts (user_id, thread_id, created_at)
    select 1 + i * 31 % 2000, 1 + i * 271 % 20000, timestamptz '2025-09-01' + i * interval '10 minutes'
      from generate_series(1, 15000) as i
    on conflict do nothing;

    insert into threads.hashtags (name) values ('often');
    insert into threads.thread_hashtags (hashtag, thread_id, created_at)
    select 'often', i, now() from generate_series(1, 20000) as i;

    insert into threads.likes (thread_id, user_id, created_at)
    select i, 1, timestamptz '2025-09-01' + i * 7919 % 20000 * interval '10 minutes'
      from generate_series(1, 20000) as i
    on conflict do nothing;
    insert into threads.reposts (user_id, thread_id, created_at)
    select 1, i, timestamptz '2025-09-01' + i * 7919 % 20000 * interval '10 minutes'
      from generate_series(1, 20000) as i
    on conflict do nothing;

    insert into threads.follows (follower_id, followee_id)
    select 41 + i / 40, 1 + i * 31 % 2000 from generate_series(1, 60000) as i where 41 + i / 40 <> 1 + i * 31 % 2000
    on conflict do nothing;

    insert into threads.follows (follower_id, followee_id) select 1, 150 * i from generate_series(1, 10) as i;

    insert into threads.threads (author_id, body, created_at)
    select 8, 'more', timestamptz '2025-08-01' + i * interval '1 hour' from generate_series(1, 10) as i;

    insert into threads.threads (author_id, body, created_at)
    select f.followee_id, 'long ago', timestamptz '2025-08-01' - i * interval '1 hour'
      from threads.follows as f
     cross join generate_series(1, 300) as i
     where f.follower_id in (1, 800);

    set session_replication_role = default;
    -- Of 75,000 rows: all that there are, and not some, picked by chance, by which plans would differ.
    set default_statistics_target = 250;
    analyze;
    reset default_statistics_target;
"""

PAGES = {
    "for you": """
        select t.body from threads.for_you() as t order by t.ranked_at desc, t.id desc limit 20
    """,
    "for you, a later page": """
        select t.body
          from threads.for_you() as t
         where (t.ranked_at, t.id) < ('2025-11-01', 20000)
         order by t.ranked_at desc, t.id desc
         limit 20
    """,
    "explore": """
        select t.body from threads.explore() as t order by t.created_at desc, t.id desc limit 20
    """,
    "explore, a later page": """
        select t.body
          from threads.explore() as t
         where (t.created_at, t.id) < ('2025-11-01', 20000)
         order by t.created_at desc, t.id desc
         limit 20
    """,
    "what a user started": """
        select t.body
          from threads.users as u
         cross join lateral threads.users_started_threads(u) as t
         where u.id = 8
           and (t.created_at, t.id) < ('2025-11-01', 20000)
         order by t.created_at desc, t.id desc
         limit 20
    """,
    "what a user replied": """
        select t.body
          from threads.users as u
         cross join lateral threads.users_replies(u) as t
         where u.id = 8
         order by t.created_at desc, t.id desc
         limit 20
    """,
    "what a user shows": """
        select t.body
          from threads.users as u
         cross join lateral threads.users_media_threads(u) as t
         where u.id = 8
         order by t.created_at desc, t.id desc
         limit 20
    """,
    "what a user started and reposted": """
        select p.thread_id
          from threads.users as u
         cross join lateral threads.users_posts(u, 20, '2025-11-01', 20000, 8, false) as p
         where u.id = 8
         order by p.created_at desc, p.thread_id desc, p.user_id desc, p.is_repost desc
         limit 20
    """,
    "what a user likes": """
        select t.body
          from threads.likes as l
          join threads.threads as t on t.id = l.thread_id
         where l.user_id = 1
         order by l.created_at desc, l.thread_id desc
         limit 20
    """,
    "what a user likes, a later page": """
        select t.body
          from threads.likes as l
          join threads.threads as t on t.id = l.thread_id
         where l.user_id = 1
           and l.created_at <= '2025-11-01'
           and (l.created_at < '2025-11-01' or l.created_at = '2025-11-01' and l.thread_id < 15000)
         order by l.created_at desc, l.thread_id desc
         limit 20
    """,
    "what a user reposts": """
        select t.body
          from threads.reposts as r
          join threads.threads as t on t.id = r.thread_id
         where r.user_id = 1
         order by r.created_at desc, r.thread_id desc
         limit 20
    """,
    "a hashtag": """
        select t.body
          from threads.thread_hashtags as h
          join threads.threads as t on t.id = h.thread_id
         where h.hashtag = 'often'
           and h.thread_id < 15000
         order by h.thread_id desc
         limit 20
    """,
    "all threads": """
        select t.body from threads.threads as t order by t.created_at desc, t.id desc limit 20
    """,
    "a profile": """
        select t.body from threads.threads as t where t.author_id = 8 order by t.created_at desc, t.id desc limit 20
    """,
    "a profile, a later page": """
        select t.body
          from threads.threads as t
         where t.author_id = 8
           and (t.created_at, t.id) < ('2025-11-01', 20000)
         order by t.created_at desc, t.id desc
         limit 20
    """,
    "replies": """
        select t.body from threads.threads as t where t.parent_id = 17 order by t.created_at desc, t.id desc limit 20
    """,
    "what the viewer likes": """
        select t.body, l
          from threads.threads as t
         cross join lateral threads.threads_viewer_has_liked(t) as l
         order by t.created_at desc, t.id desc
         limit 20
    """,
    "followers": """
        select u.username, v, w
          from threads.follows as f
          join threads.users as u on u.id = f.follower_id
         cross join lateral threads.users_viewer_follows(u) as v
         cross join lateral threads.users_follows_viewer(u) as w
         where f.followee_id = 8
         order by f.follower_id
         limit 20
    """,
}


@pytest.fixture(scope="session")
async def busy_town(create_database: CreateDatabase) -> Any:
    """45,010 threads; user 1 likes 20,000 of them and follows 10 users, most others follow 40."""
    town = Town(await create_database(*SCRIPTS, BUSY_TOWN))
    yield town
    await town.close()


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


async def explain(session: Connection, statement: str) -> list[dict[str, Any]]:
    [document] = json.loads(await session.fetchval(f"explain (analyze, timing off, format json) {statement}"))
    return list(nodes(document["Plan"]))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("viewer", [1, 800])
async def test_a_page_reads_about_as_many_rows_as_it_shows(busy_town: Town, page: str, viewer: int) -> None:
    session = await busy_town.member(viewer)
    plan = await explain(session, PAGES[page])
    assert "Function Scan" not in {node["Node Type"] for node in plan}, "a function was called row by row, not inlined"
    read = {
        node["Alias"]: (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        for node in plan
        # So few users are here that reading them all may be the cheapest way to join some.
        if node.get("Relation Name", "users") != "users"
    }
    assert max(read.values()) <= 60, read


READ = """
    select relname, seq_tup_read + idx_scan + idx_tup_fetch
      from pg_stat_xact_user_tables
     where relname in ('threads', 'reposts', 'follows')
"""
"""Rows that this transaction read, and probes of indexes that found none."""


FIRST = (None, None, None, None)
LATER = (datetime(2025, 11, 1, tzinfo=UTC), 20_000, 8, True)


@pytest.mark.parametrize("place", [FIRST, LATER])
@pytest.mark.parametrize("viewer", [1, 800])
async def test_the_home_feed_reads_a_few_rows_of_each_who_is_followed(busy_town: Town, viewer: int, place: Any) -> None:
    session = await busy_town.member(viewer)
    followed = await session.fetchval("select count(*) from threads.follows where follower_id = $1", viewer)
    async with session.transaction():
        await session.execute("select pg_stat_clear_snapshot()")
        before = dict(await session.fetch(READ))
        page = await session.fetch("select * from threads.home_feed(20, $1, $2, $3, $4)", *place)
        read = {name: count - before[name] for name, count in await session.fetch(READ)}
    assert len(page) == 20
    # Of each the newest of what they started and reposted, with what policies look up; and twice what the page shows.
    assert read["follows"] <= 2 * followed + 5
    assert read["reposts"] <= 4 * followed + 500
    assert read["threads"] <= 6 * followed + 1200, "they have started 300 each"


async def test_trending_reads_a_page_of_each_step_of_heat(busy_town: Town) -> None:
    session = await busy_town.member(1)
    query = """
        select t.id
          from threads.trending_threads(168, 20) as t
         order by t.heat desc, t.created_at desc, t.id desc
         limit 20
    """
    plan = await explain(session, query)
    read = [
        (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        for node in plan
        if node.get("Relation Name") == "threads"
    ]
    assert max(read) <= 8 * 20


MODERATED = {
    "the queue": """
        select c.open_count, t.body, u.username
          from threads.report_queue() as c
          left join threads.threads as t on t.id = c.thread_id
          left join threads.users as u on u.id = c.user_id
         where (c.latest_at, c.id) < ('2025-11-01', 20000)
         order by c.latest_at desc, c.id desc
         limit 20
    """,
    **{page: PAGES[page] for page in ("explore", "all threads", "a profile", "replies", "what a user likes")},
}


@pytest.mark.parametrize("page", MODERATED)
async def test_a_page_of_a_moderator_reads_no_more(busy_town: Town, page: str) -> None:
    session = await busy_town.superuser()
    async with session.transaction():
        await session.execute("""
            insert into private.moderators values (800);

            insert into threads.report_cases (subject, user_id, thread_id, open_count, latest_at, closed_at)
            select 'thread', t.author_id, t.id, 1, t.created_at, case when t.id % 10 > 0 then now() end
              from threads.threads as t
             where t.author_id is not null and t.id % 7 = 0;
            analyze threads.report_cases;

            select set_config('request.jwt.claims', '{"sub": "800"}', true);
            set local role threads_moderator;
        """)
        plan = await explain(session, MODERATED[page])
        await session.execute("reset role; delete from threads.report_cases; delete from private.moderators")
    read = {
        node["Alias"]: (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        for node in plan
        if node.get("Relation Name", "users") != "users"
    }
    assert plan[0]["Actual Rows"] == 20
    assert max(read.values()) <= 60, read
