"""Blocks, follows and requests that change at the same moment end as if one had come after the other."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest

from .conftest import Breaks, Connection, Town

FOLLOWS = "select follower_id, followee_id from threads.follows order by 1, 2"
REQUESTS = "select requester_id, target_id from threads.follow_requests order by 1, 2"
WALLS = "select user_id, other_id from private.walls order by 1, 2"


class Pair:
    """Ada (1), whose account may be private, grace (2), and who sees all."""

    def __init__(self, ada: Connection, grace: Connection, superuser: Connection) -> None:
        self.ada = ada
        self.grace = grace
        self.superuser = superuser

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self.superuser.fetch(query)]

    async def at_once(self, first: Connection, one: str, second: Connection, other: str) -> None:
        """Runs `one`, then `other` until it waits for the first's end, and ends both; `other` may raise."""
        transaction = first.transaction()
        await transaction.start()
        await first.execute(one)
        waiting = asyncio.create_task(second.execute(other))
        while not waiting.done() and not await self.superuser.fetchval(
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and pid = $1", second.get_server_pid()
        ):
            await asyncio.sleep(0.002)
        assert not waiting.done(), "it did not wait"
        await transaction.commit()
        await asyncio.wait_for(waiting, 60)


@pytest.fixture
async def pair(town: Town) -> Pair:
    return Pair(await town.join("ada"), await town.join("grace"), await town.superuser())


BLOCK_GRACE, BLOCK_ADA = "select threads.block_user('grace')", "select threads.block_user('ada')"
UNBLOCK_GRACE, UNBLOCK_ADA = "select threads.unblock_user('grace')", "select threads.unblock_user('ada')"
FOLLOW_ADA = "select threads.follow_user('ada')"
PRIVATE = "update threads.users set is_private = true where id = 1"
PUBLIC = "update threads.users set is_private = false where id = 1"
BOTH_WAYS = [(1, 2), (2, 1)]


async def test_blocks_at_once_both_hold(pair: Pair) -> None:
    await pair.at_once(pair.ada, BLOCK_GRACE, pair.grace, BLOCK_ADA)
    assert await pair.rows(WALLS) == BOTH_WAYS
    await pair.at_once(pair.ada, UNBLOCK_GRACE, pair.grace, UNBLOCK_ADA)
    assert await pair.rows(WALLS) == []


@pytest.mark.parametrize("block_first", [True, False])
async def test_a_block_outlives_an_unblock_at_once(town: Town, pair: Pair, block_first: bool) -> None:
    # Ada does not see whom she blocks: only at once with grace's block does this come about.
    for_ada = await town.superuser()
    await pair.grace.execute(BLOCK_ADA)
    block = (for_ada, "insert into threads.blocks (blocker_id, blocked_id) values (1, 2)")
    unblock = (pair.grace, UNBLOCK_ADA)
    one, other = (block, unblock) if block_first else (unblock, block)
    await pair.at_once(*one, *other)
    assert await pair.rows(WALLS) == BOTH_WAYS


async def test_nobody_follows_past_a_block(pair: Pair, breaks: Breaks) -> None:
    with breaks("user_not_found", "There is no such user.", "username"):
        await pair.at_once(pair.ada, BLOCK_GRACE, pair.grace, FOLLOW_ADA)
    assert await pair.rows(FOLLOWS) == []
    await pair.ada.execute(UNBLOCK_GRACE)
    await pair.at_once(pair.grace, FOLLOW_ADA, pair.ada, BLOCK_GRACE)
    assert await pair.rows(FOLLOWS) == []
    assert await pair.rows(WALLS) == BOTH_WAYS


async def test_nobody_asks_past_a_block(pair: Pair, breaks: Breaks) -> None:
    await pair.ada.execute(PRIVATE)
    with breaks("user_not_found", "There is no such user.", "username"):
        await pair.at_once(pair.ada, BLOCK_GRACE, pair.grace, FOLLOW_ADA)
    await pair.ada.execute(UNBLOCK_GRACE)
    await pair.at_once(pair.grace, FOLLOW_ADA, pair.ada, BLOCK_GRACE)
    assert await pair.rows(REQUESTS) == []


async def test_what_was_taken_back_is_not_approved(pair: Pair, breaks: Breaks) -> None:
    approve, cancel = "select threads.approve_follow_request('grace')", "select threads.cancel_follow_request('ada')"
    await pair.ada.execute(PRIVATE)
    await pair.grace.execute(FOLLOW_ADA)
    with breaks("follow_request_not_found", "They do not ask to follow you.", "username"):
        await pair.at_once(pair.grace, cancel, pair.ada, approve)
    assert (await pair.rows(FOLLOWS), await pair.rows(REQUESTS)) == ([], [])
    await pair.grace.execute(FOLLOW_ADA)
    await pair.at_once(pair.ada, approve, pair.grace, cancel)
    assert (await pair.rows(FOLLOWS), await pair.rows(REQUESTS)) == ([(2, 1)], [])


@pytest.mark.parametrize("public_first", [True, False])
async def test_nobody_waits_for_an_account_that_became_public(pair: Pair, public_first: bool) -> None:
    await pair.ada.execute(PRIVATE)
    public, ask = (pair.ada, PUBLIC), (pair.grace, FOLLOW_ADA)
    one, other = (public, ask) if public_first else (ask, public)
    await pair.at_once(*one, *other)
    assert (await pair.rows(FOLLOWS), await pair.rows(REQUESTS)) == ([(2, 1)], [])


async def test_what_was_taken_back_is_not_accepted_by_becoming_public(pair: Pair) -> None:
    await pair.ada.execute(PRIVATE)
    await pair.grace.execute(FOLLOW_ADA)
    cancel = "select threads.cancel_follow_request('ada')"
    await pair.at_once(pair.grace, cancel, pair.ada, PUBLIC)
    assert (await pair.rows(FOLLOWS), await pair.rows(REQUESTS)) == ([], [])


def numbers(seed: int) -> Iterator[int]:
    """The same numbers for the same seed, without a pattern that matters here (a linear congruential generator)."""
    state = seed
    while True:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        yield state >> 33


async def test_many_at_once_end_right(town: Town) -> None:
    names = ("ada", "grace", "linus")
    ids = {name: await town.sign_up(name) for name in names}
    verbs = ("block_user", "unblock_user", "follow_user", "unfollow_user", "approve_follow_request", "remove_follower")

    async def busy(name: str, seed: int) -> int:
        chance = numbers(seed)
        session = await town.member(ids[name])
        done = 0
        for _ in range(60):
            other = names[(names.index(name) + 1 + next(chance) % 2) % 3]
            with contextlib.suppress(asyncpg.RaiseError, asyncpg.InsufficientPrivilegeError):
                if next(chance) % 5 == 0:
                    await session.execute(
                        "update threads.users set is_private = not is_private where id = $1", ids[name]
                    )
                else:
                    await session.execute(f"select threads.{verbs[next(chance) % len(verbs)]}($1)", other)
                done += 1
        return done

    done = await asyncio.gather(*(busy(name, seed) for seed, name in enumerate(names * 3)))
    assert min(done) > 10
    superuser = await town.superuser()
    blocks = {tuple(row) for row in await superuser.fetch("select blocker_id, blocked_id from threads.blocks")}
    walls = {tuple(row) for row in await superuser.fetch(WALLS)}
    assert walls == blocks | {(other, one) for one, other in blocks}
    follows = {tuple(row) for row in await superuser.fetch(FOLLOWS)}
    requests = {tuple(row) for row in await superuser.fetch(REQUESTS)}
    assert (follows & walls, requests & walls, follows & requests) == (set(), set(), set())
    private = {row["id"] for row in await superuser.fetch("select id from threads.users where is_private")}
    assert {target for _, target in requests} <= private
    counted = await superuser.fetch("""
        select u.id, f, g
          from threads.users as u, threads.users_follower_count(u) as f, threads.users_following_count(u) as g
    """)
    assert {tuple(row) for row in counted} == {
        (one, sum(b == one for _, b in follows), sum(a == one for a, _ in follows)) for one in ids.values()
    }
