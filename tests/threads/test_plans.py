"""Pages are read from an index as far as they go, also where row-level security has its say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.scripts import DB, SCRIPTS

from .conftest import Connection, CreateDatabase, Town

BUSY_TOWN = """
    set session_replication_role = replica;

    insert into threads.users (username, display_name, created_at)
    select 'user_' || i, 'User', '2025-01-01' from generate_series(1, 2000) as i;

    insert into threads.threads (author_id, parent_id, body, created_at)
    select 1 + i * 7919 % 2000,
           case when i % 3 > 0 then 1 + i % 397 end,
           'text',
           timestamptz '2025-09-01' + i * interval '5 minutes'
      from generate_series(1, 30000) as i;

    insert into threads.likes (thread_id, user_id)
    select i, 1 from generate_series(1, 20000) as i
    on conflict do nothing;

    insert into threads.follows (follower_id, followee_id)
    select 41 + i / 40, 1 + i * 31 % 2000 from generate_series(1, 60000) as i where 41 + i / 40 <> 1 + i * 31 % 2000
    on conflict do nothing;

    set session_replication_role = default;
    analyze;
"""

PAGES = {
    "home feed": """
        select t.body from threads.home_feed() as t order by t.created_at desc, t.id desc limit 20
    """,
    "home feed, a later page": """
        select t.body
          from threads.home_feed() as t
         where (t.created_at, t.id) < ('2025-11-01', 20000)
         order by t.created_at desc, t.id desc
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
    """30,400 threads; user 1 likes 20,000 of them and follows 10 users, most others follow 40."""
    town = Town(await create_database(*SCRIPTS, (DB / "seed.sql").read_text(), BUSY_TOWN))
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
    # The feed walks past what others started: of 10,000, the viewers see one in 50 or one in 200.
    assert max(read.values()) <= (5_000 if "feed" in page else 60), read


async def test_a_newcomers_feed_does_not_walk_through_the_past(busy_town: Town) -> None:
    newcomer = await busy_town.join("newcomer")
    plan = await explain(newcomer, PAGES["home feed"])
    [walk] = [node for node in plan if node.get("Alias") == "t"]
    assert (walk["Actual Rows"], walk.get("Rows Removed by Filter", 0)) == (0, 0)
