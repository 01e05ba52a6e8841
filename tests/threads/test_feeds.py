"""Feeds: who comes into them, that nothing comes twice or is left out, and pages while others write."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.scripts import SCRIPTS

from .conftest import CreateDatabase, Town

HOME = """
    select p.*
      from threads.home_feed($1, $2, $3, $4, $5) as p
     order by p.created_at desc, p.thread_id desc, p.user_id desc, p.is_repost desc
"""
BACK = "order by created_at desc, thread_id desc, user_id desc, is_repost desc"
PEOPLE, DEACTIVATED = 12, 6

# Twelve people who write, repost, follow, block and mute in no order; 4 is private, 5 was hidden, 6 is deactivated.
WORLD = """
    set session_replication_role = replica;
    insert into threads.users (username, display_name, created_at, is_private)
    select 'user_' || i, 'User', '2025-01-01', i = 4 from generate_series(1, 12) as i;

    insert into threads.threads (author_id, parent_id, body, created_at, ranked_at)
    select a.author_id, a.parent_id, a.body, a.at, a.at
      from (
             select 1 + i * 7919 % 12 as author_id,
                    case when i % 4 = 0 then 1 + i * 31 % i end as parent_id,
                    case i % 9 when 0 then 'no spoilers here: a Spoiler' else 'text ' || i end as body,
                    timestamptz '2025-09-01' + i / 3 * interval '1 minute' as at
               from generate_series(1, 500) as i
           ) as a;
    insert into threads.reposts (user_id, thread_id, created_at)
    select 1 + i * 31 % 12, 1 + i * 271 % 500, timestamptz '2025-09-01' + i * interval '40 seconds'
      from generate_series(1, 600) as i
    on conflict do nothing;
    insert into threads.follows (follower_id, followee_id)
    select f, g from generate_series(1, 12) as f, generate_series(1, 12) as g where f <> g and (f * 5 + g * 3) % 4 = 0;
    insert into threads.follows (follower_id, followee_id) values (1, 4), (1, 6), (2, 4) on conflict do nothing;
    insert into threads.mutes (muter_id, muted_id) values (1, 3), (1, 9), (2, 5);
    insert into threads.muted_words (user_id, word) values (2, 'spoiler'), (3, 'text 7');
    insert into threads.blocks (blocker_id, blocked_id) values (7, 2), (3, 8);
    insert into private.walls (user_id, other_id) values (7, 2), (2, 7), (3, 8), (8, 3);
    update threads.threads set hidden_at = now() where author_id = 5 and id % 2 = 0;
    update threads.threads set author_id = null, body = '', deleted_at = now() where id % 40 = 1;
    update threads.users set deactivated_at = now() where id = 6;
    update threads.threads
       set heat = id % 7, ranked_at = created_at + interval '6 hours' * (id % 7);
    set session_replication_role = default;
    analyze;
"""


@pytest.fixture(scope="module")
async def world(create_database: CreateDatabase) -> AsyncIterator[Town]:
    town = Town(await create_database(*SCRIPTS, WORLD))
    yield town
    await town.close()


async def expected(world: Town, viewer: int) -> list[tuple[Any, ...]]:
    """The home feed by its rule, of what the viewer sees, in Python."""
    superuser, session = await world.superuser(), await world.member(viewer)
    threads = {
        row["id"]: row for row in await session.fetch("select * from threads.threads where author_id is not null")
    }
    reposts = [row for row in await session.fetch("select * from threads.reposts") if row["thread_id"] in threads]
    followed = await superuser.fetch("select followee_id from threads.follows where follower_id = $1", viewer)
    muted = {row[0] for row in await superuser.fetch("select muted_id from threads.mutes where muter_id = $1", viewer)}
    words = [row[0] for row in await superuser.fetch("select word from threads.muted_words where user_id = $1", viewer)]
    people = {row[0] for row in followed} - muted | {viewer}
    feed = []
    for thread in threads.values():
        author = thread["author_id"]
        if author != viewer and any(
            word in thread["body"].lower().split(": a ")
            or word in thread["body"].lower().split()
            or word == thread["body"]
            for word in words
        ):
            continue
        if author in people and thread["parent_id"] is None:
            feed.append((thread["created_at"], thread["id"], author, False))
        elif author not in muted:
            times = [(r["created_at"], r["user_id"]) for r in reposts if r["thread_id"] == thread["id"]]
            times = [(at, who) for at, who in times if who in people]
            if times:
                feed.append((min(times)[0], thread["id"], min(times)[1], True))
    return sorted(feed, reverse=True)


def row_of(row: Any) -> tuple[Any, ...]:
    return row["created_at"], row["thread_id"], row["user_id"], row["is_repost"]


@pytest.mark.parametrize("viewer", set(range(1, PEOPLE + 1)) - {DEACTIVATED})
async def test_the_home_feed_is_what_its_rule_says_whole_and_in_pages(world: Town, viewer: int) -> None:
    session = await world.member(viewer)
    wanted = await expected(world, viewer)
    assert len(wanted) > 20
    assert [row_of(row) for row in await session.fetch(HOME, None, None, None, None, None)] == wanted
    for size in (1, 7, 60):
        found: list[tuple[Any, ...]] = []
        place: tuple[Any, ...] = (None, None, None, None)
        while page := [row_of(row) for row in await session.fetch(HOME, size, *place)]:
            assert len(page) == min(size, len(wanted) - len(found))
            found += page
            place = page[-1]
            if size == 1 and len(found) > 30:
                break
        assert found == wanted[: len(found)]
        assert size == 1 or len(found) == len(wanted)


async def test_nobody_has_a_home_feed_without_an_account(world: Town) -> None:
    for session in (await world.anonymous(), await world.member(DEACTIVATED), await world.member(99)):
        assert await session.fetch(HOME, 20, None, None, None, None) == []


SOMEBODY_ELSES = {
    "for you": "select t.* from threads.for_you() as t",
    "explore": "select t.* from threads.explore() as t",
    "trending": "select t.* from threads.trending_threads(168) as t",
}


@pytest.fixture
async def today(world: Town) -> AsyncIterator[Town]:
    """The same as if all were written in the last days."""
    superuser = await world.superuser()
    shift = "update threads.threads set created_at = created_at + $1, ranked_at = ranked_at + $1"
    gap = await superuser.fetchval("select now() - interval '1 hour' - max(created_at) from threads.threads")
    await superuser.execute("set session_replication_role = replica")
    await superuser.execute(shift, gap)
    yield world
    await superuser.execute(shift, -gap)


@pytest.mark.parametrize("feed", SOMEBODY_ELSES)
@pytest.mark.parametrize("viewer", [None, 1, 2, 3, 4, 8])
async def test_feeds_of_others_have_nobody_who_is_hidden_or_muted(today: Town, feed: str, viewer: int | None) -> None:
    session = await today.anonymous() if viewer is None else await today.member(viewer)
    found = {row["id"] for row in await session.fetch(SOMEBODY_ELSES[feed])}
    muted = {1: {3, 9}, 2: {5}}.get(viewer or 0, set())
    left_out = muted | ({4} if feed != "for you" else set()) | ({viewer} if feed == "for you" else set())
    seen = await session.fetch("select * from threads.threads where parent_id is null and author_id is not null")
    wanted = {
        row["id"]
        for row in seen
        if row["author_id"] not in left_out
        and not (viewer == 2 and "poiler" in row["body"])
        and not (viewer == 3 and row["body"] == "text 7")
        and (feed != "trending" or row["heat"] > 0)
    }
    assert found == wanted
    hidden = await (await today.superuser()).fetch(
        "select id from threads.threads where author_id = 6 or hidden_at is not null and author_id is distinct from $1",
        viewer,
    )
    assert hidden
    assert found.isdisjoint(row["id"] for row in hidden)


TRENDING = """
    select t.*
      from threads.trending_threads(168, $1, $2::smallint, $3, $4) as t
     order by t.heat desc, t.created_at desc, t.id desc
     limit $1
"""


async def test_trending_pages_itself_as_it_is_whole(today: Town) -> None:
    session = await today.member(1)
    everything = await session.fetch(TRENDING, None, None, None, None)
    paged: list[Any] = []
    place: tuple[Any, ...] = (None, None, None)
    while page := await session.fetch(TRENDING, 7, *place):
        paged += page
        place = page[-1]["heat"], page[-1]["created_at"], page[-1]["id"]
    assert [row["id"] for row in paged] == [row["id"] for row in everything]
    assert len(paged) > 100
