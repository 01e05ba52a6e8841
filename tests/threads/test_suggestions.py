"""Suggested users, and the followers that the viewer knows: whom they name, and whom they must not."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.scripts import SCRIPTS

from .conftest import Connection, CreateDatabase, Town

SUGGESTED = """
    select u.username, s.followed_by_count
      from threads.suggestions as s, threads.suggestions_user(s) as u
     order by s.followed_by_count desc, s.user_id
"""
KNOWN = """
    select k.username
      from threads.users as u, threads.users_followers_you_know(u) as k
     where u.username = $1
     order by k.id
"""


async def suggested(session: Connection) -> list[tuple[str, int]]:
    return [(row["username"], row["followed_by_count"]) for row in await session.fetch(SUGGESTED)]


async def known(session: Connection, name: str) -> list[str]:
    return [row["username"] for row in await session.fetch(KNOWN, name)]


NAMES = ("ada", "bea", "cleo", "dora", "eve", "finn", "gus")


class Circle:
    """Ada follows bea and cleo; both of them follow dora and eve, and bea finn, who is followed by gus alone beside."""

    async def settle(self, town: Town) -> Circle:
        self.superuser = await town.superuser()
        self.ids = {name: await town.sign_up(name) for name in NAMES}
        self.ada, self.bea = await town.member(self.ids["ada"]), await town.member(self.ids["bea"])
        self.gus, self.anonymous = await town.member(self.ids["gus"]), await town.anonymous()
        edges = "ada-bea ada-cleo bea-ada bea-cleo bea-dora bea-eve bea-finn cleo-dora cleo-eve gus-finn gus-eve"
        for edge in edges.split():
            one, _, other = edge.partition("-")
            insert = "insert into threads.follows (follower_id, followee_id) values ($1, $2)"
            await self.superuser.execute(insert, self.ids[one], self.ids[other])
        return self

    async def make_private(self, name: str) -> None:
        await self.superuser.execute("update threads.users set is_private = true where username = $1", name)

    async def deactivate(self, name: str) -> None:
        await self.superuser.execute("update threads.users set deactivated_at = now() where username = $1", name)


@pytest.fixture
async def circle(town: Town) -> Circle:
    return await Circle().settle(town)


async def test_who_is_followed_by_those_you_follow_is_suggested(circle: Circle) -> None:
    assert await suggested(circle.ada) == [("dora", 2), ("eve", 2), ("finn", 1)]
    # Not ada, who follows bea, nor bea herself; gus follows nobody who follows somebody.
    assert await suggested(circle.bea) == []
    assert await suggested(circle.gus) == []
    assert await suggested(circle.anonymous) == []


@pytest.mark.parametrize(
    ("deed", "left"),
    [
        ("select threads.follow_user('dora')", [("eve", 2), ("finn", 1)]),
        ("select threads.mute_user('dora')", [("eve", 2), ("finn", 1)]),
        ("select threads.block_user('dora')", [("eve", 2), ("finn", 1)]),
        ("select threads.block_user('bea')", [("dora", 1), ("eve", 1)]),
        ("select threads.unfollow_user('bea')", [("dora", 1), ("eve", 1)]),
        ("select threads.unfollow_user('cleo')", [("cleo", 1), ("dora", 1), ("eve", 1), ("finn", 1)]),
    ],
)
async def test_nobody_is_suggested_who_is_no_news(circle: Circle, deed: str, left: list[tuple[str, int]]) -> None:
    await circle.ada.execute(deed)
    assert await suggested(circle.ada) == left


async def test_nobody_is_suggested_who_blocks_you_or_is_deactivated(circle: Circle) -> None:
    dora = "insert into threads.blocks (blocker_id, blocked_id) values ($1, $2)"
    await circle.superuser.execute(dora, circle.ids["dora"], circle.ids["ada"])
    assert await suggested(circle.ada) == [("eve", 2), ("finn", 1)]
    await circle.deactivate("eve")
    assert await suggested(circle.ada) == [("finn", 1)]
    await circle.deactivate("bea")
    assert await suggested(circle.ada) == []


async def test_a_private_account_is_suggested_until_it_is_asked(circle: Circle) -> None:
    await circle.make_private("dora")
    assert await suggested(circle.ada) == [("dora", 2), ("eve", 2), ("finn", 1)]
    await circle.ada.execute("select threads.follow_user('dora')")
    assert await suggested(circle.ada) == [("eve", 2), ("finn", 1)]
    # Who follows a private account, those learn who follow its follower.
    await circle.make_private("bea")
    await circle.superuser.execute("insert into threads.follows values ($1, $2)", circle.ids["gus"], circle.ids["cleo"])
    assert await suggested(circle.gus) == [("dora", 1)]


async def test_what_is_counted_is_what_the_viewer_may_see(circle: Circle) -> None:
    for name in ("bea", "dora"):
        await circle.make_private(name)
    counted = """
        select s.user_id, s.followed_by_count,
               (select count(*) from threads.users_followers_you_know(u)) as known
          from threads.suggestions as s
          join threads.users as u on u.id = s.user_id
         order by s.followed_by_count desc
    """
    rows = await circle.ada.fetch(counted)
    assert [(row["followed_by_count"], row["known"]) for row in rows] == [(2, 2), (2, 2), (1, 1)]


async def test_the_followers_you_know(circle: Circle) -> None:
    assert await known(circle.ada, "dora") == ["bea", "cleo"]
    assert await known(circle.ada, "finn") == ["bea"]
    assert await known(circle.ada, "cleo") == ["bea"]
    assert await known(circle.gus, "dora") == []
    assert await known(circle.anonymous, "dora") == []
    await circle.ada.execute("select threads.block_user('bea')")
    assert await known(circle.ada, "dora") == ["cleo"]
    await circle.deactivate("cleo")
    assert await known(circle.ada, "dora") == []


async def test_of_a_private_accounts_followers_a_stranger_sees_those_they_follow(circle: Circle) -> None:
    await circle.make_private("eve")
    followers = "select follower_id from threads.follows where followee_id = $1 order by 1"
    eve = circle.ids["eve"]

    async def seen(session: Connection) -> list[str]:
        names = {user_id: name for name, user_id in circle.ids.items()}
        return [names[row["follower_id"]] for row in await session.fetch(followers, eve)]

    assert await seen(circle.ada) == await known(circle.ada, "eve") == ["bea", "cleo"]
    assert await seen(circle.gus) == ["bea", "cleo", "gus"]  # gus follows eve
    assert await seen(circle.anonymous) == []
    await circle.superuser.execute("delete from threads.follows where follower_id = $1", circle.ids["ada"])
    assert await seen(circle.ada) == []


MANY = """
    set session_replication_role = replica;

    insert into threads.users (username, display_name)
    select 'user_' || i, 'User' from generate_series(1, 3000) as i;

    insert into threads.follows (follower_id, followee_id)
    select a, b from generate_series(1, 1500) as a, generate_series(1, 3000) as b
     where a <> b and (a = 1 and b <= 1500 or a > 1 and (a * 7919 + b * 104729) % 13 = 0);

    set session_replication_role = default;
    -- Of all 346,000 rows, and not of some, picked by chance, by which plans would differ.
    set default_statistics_target = 1200;
    analyze;
    reset default_statistics_target;
"""


READ = """
    select sum(pg_stat_get_xact_tuples_returned(c.oid))::bigint
      from pg_class as c
      left join pg_index as i on i.indexrelid = c.oid
     where 'threads.follows'::regclass in (c.oid, i.indrelid)
"""
"""How many rows and index entries of follows this transaction has read."""


@pytest.fixture(scope="module")
async def crowd(create_database: CreateDatabase) -> AsyncIterator[Town]:
    """User 1 follows 1,499, of whom each follows about 230."""
    town = Town(await create_database(*SCRIPTS, MANY))
    yield town
    await town.close()


async def test_who_follows_many_waits_for_no_more_than_a_part_of_what_these_follow(crowd: Town) -> None:
    session = await crowd.superuser()
    async with session.transaction():
        await session.execute("set local role threads_member")
        await session.execute("select set_config('request.jwt.claims', $1, true)", '{"sub": "1"}')
        assert len(await suggested(session)) == 500
        await session.execute("reset role")
        # 1,499 of the viewer's, 20,000 of theirs, and a look at each who was found.
        assert 20_000 < await session.fetchval(READ) < 30_000
