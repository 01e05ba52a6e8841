"""Counts stay exact while many write at once."""

from __future__ import annotations

import asyncio
import random

import asyncpg

from .conftest import Connection, Town

MEMBERS = 12

WRONG_COUNTS = """
    select 'thread' as kind, t.id
      from threads.threads as t
     where (select threads.threads_like_count(t)) <> (select count(*) from threads.likes as l where l.thread_id = t.id)
        or (select threads.threads_reply_count(t)) <> (
              select count(*) from threads.threads as r where r.parent_id = t.id and r.deleted_at is null
            )
        or (select threads.threads_repost_count(t)) <> (
              select count(*) from threads.reposts as r where r.thread_id = t.id
            )
        or (select threads.threads_quote_count(t)) <> (
              select count(*) from threads.threads as q where q.quoted_id = t.id and q.deleted_at is null
            )
     union all
    select 'user', u.id
      from threads.users as u
     where (select threads.users_thread_count(u)) <> (
              select count(*) from threads.threads as t where t.author_id = u.id
            )
        or (select threads.users_follower_count(u)) <> (
              select count(*) from threads.follows as f where f.followee_id = u.id
            )
        or (select threads.users_following_count(u)) <> (
              select count(*) from threads.follows as f where f.follower_id = u.id
            )
"""
NOTED = """
    select (select count(*) from private.thread_count_changes) + (select count(*) from private.user_count_changes)
"""
LIKES = "select threads.threads_like_count(t) from threads.threads as t"


async def crowd(town: Town) -> list[Connection]:
    return [await town.join(f"member_{number}") for number in range(MEMBERS)]


async def assert_exact(town: Town) -> None:
    """Before what was noted is added up, and after; then there is nothing left to add."""
    superuser = await town.superuser()
    assert await superuser.fetch(WRONG_COUNTS) == []
    await superuser.execute("begin")
    await superuser.execute("select private.settle_counts()")
    assert await superuser.fetch(WRONG_COUNTS) == []
    assert await superuser.fetchval(NOTED) == 0
    await superuser.execute("rollback")


async def test_a_thread_that_all_like_and_unlike_at_once(town: Town) -> None:
    members = await crowd(town)
    thread = await members[0].fetchval("select t.id from threads.create_thread('hello') as t")

    async def waver(session: Connection, times: int) -> None:
        for _ in range(times):
            await session.execute("select threads.like_thread($1)", thread)
            await session.execute("select threads.unlike_thread($1)", thread)
        await session.execute("select threads.like_thread($1)", thread)

    await asyncio.gather(*(waver(session, 10) for session in members))
    assert await members[0].fetchval(LIKES) == MEMBERS
    await assert_exact(town)


async def test_one_member_who_likes_over_many_connections_at_once(town: Town) -> None:
    ada = await town.sign_up("ada")
    sessions = [await town.member(ada) for _ in range(MEMBERS)]
    thread = await sessions[0].fetchval("select t.id from threads.create_thread('hello') as t")
    await asyncio.gather(*(session.execute("select threads.like_thread($1)", thread) for session in sessions))
    assert await sessions[0].fetchval(LIKES) == 1


async def test_nobody_waits_for_another_who_counts(town: Town) -> None:
    """A like, a reply, a repost and a follow of one transaction do not hold up those of another.

    But for the first of each: it makes the notification that the others join.
    """
    ada, first, grace, alan = [await town.join(name) for name in ("ada", "first", "grace", "alan")]
    thread = await ada.fetchval("select t.id from threads.create_thread('hello') as t")
    likes = f"{LIKES} where t.id = {thread}"

    async def react(session: Connection) -> None:
        await session.execute("select threads.like_thread($1)", thread)
        await session.execute("select threads.reply_to_thread($1, 'a reply')", thread)
        await session.execute("insert into threads.reposts (user_id, thread_id) select threads.viewer_id(), $1", thread)
        await session.execute("select threads.follow_user('ada')")

    await react(first)
    for session in (grace, alan):
        await session.execute("set lock_timeout = '50ms'")
        await session.execute("begin")
        await react(session)
        assert await session.fetchval(likes) == 2  # the first one and one's own, and not the other's
    assert await ada.fetchval(likes) == 1
    await grace.execute("commit")
    assert await ada.fetchval(likes) == 2
    await alan.execute("commit")
    superuser = await town.superuser()
    assert await superuser.fetchval(NOTED) == 4  # alan's: three on the thread, one on ada
    await assert_exact(town)
    assert await ada.fetchval(likes) == 3
    await grace.execute("select threads.unlike_thread($1)", thread)
    assert await superuser.fetchval("select count(*) from private.thread_count_changes") == 0
    assert await superuser.fetchval("select like_count from threads.threads where id = $1", thread) == 2
    await assert_exact(town)


async def test_what_is_noted_and_taken_back_never_goes_below_nothing(town: Town) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    thread = await ada.fetchval("select t.id from threads.create_thread('hello') as t")
    superuser = await town.superuser()
    await superuser.execute("begin")
    await superuser.execute("select from threads.threads for no key update")
    await grace.execute("select threads.like_thread($1)", thread)
    await superuser.execute("rollback")
    await grace.execute("select threads.unlike_thread($1)", thread)
    assert await superuser.fetchval(NOTED) == 0
    await assert_exact(town)


async def test_all_follow_and_unfollow_all_at_once_and_nobody_waits_for_ever(town: Town) -> None:
    members = await crowd(town)

    async def mingle(number: int) -> None:
        others = [f"member_{other}" for other in range(MEMBERS) if other != number]
        random.Random(number).shuffle(others)  # noqa: S311 - an order, not a secret
        for other in others:
            await members[number].execute("select threads.follow_user($1)", other)
        for other in others[::2]:
            await members[number].execute("select threads.unfollow_user($1)", other)

    await asyncio.gather(*(mingle(number) for number in range(MEMBERS)))
    left = MEMBERS * (MEMBERS - 1 - len(range(0, MEMBERS - 1, 2)))
    assert await members[0].fetchval("select count(*) from threads.follows") == left
    await assert_exact(town)


async def test_replies_and_likes_while_the_thread_is_deleted(town: Town) -> None:
    members = await crowd(town)
    for _ in range(8):
        thread = await members[0].fetchval("select t.id from threads.create_thread('hello') as t")

        async def react(session: Connection, number: int, thread: int = thread) -> object:
            call = "reply_to_thread($1, 'a reply')" if number % 2 else "like_thread($1)"
            return await session.execute(f"select threads.{call}", thread)

        results = await asyncio.gather(
            *(react(session, number) for number, session in enumerate(members[1:7])),
            members[0].execute("select threads.delete_thread($1)", thread),
            *(react(session, number) for number, session in enumerate(members[7:])),
            return_exceptions=True,
        )
        for result in results:
            late = isinstance(result, asyncpg.RaiseError) and str(result) == "There is no such thread."
            assert late or isinstance(result, str), repr(result)
    assert await members[0].fetchval("select count(*) from threads.likes") == 0
    await assert_exact(town)


async def test_a_mutation_that_fails_half_way_counts_nothing(town: Town) -> None:
    ada = await town.join("ada")
    thread = await ada.fetchval("select t.id from threads.create_thread('hello') as t")
    await ada.execute("begin")
    await ada.execute("select threads.like_thread($1)", thread)
    await ada.execute("select threads.reply_to_thread($1, 'x')", thread)
    await ada.execute("rollback")
    assert tuple(await ada.fetchrow("select like_count, reply_count from threads.threads")) == (0, 0)
    assert await (await town.superuser()).fetchval(NOTED) == 0
    await assert_exact(town)


async def test_counts_of_the_sample_data(seeded_town: Town) -> None:
    await assert_exact(seeded_town)


async def test_counts_when_the_superuser_removes_a_user(seeded_town: Town) -> None:
    superuser = await seeded_town.superuser()
    await superuser.execute("begin")
    removed = await superuser.execute("delete from threads.users where username = 'quiet_one'")
    rose = await superuser.fetchval("select id from threads.users where username = 'rosa'")
    await superuser.execute("delete from threads.likes where user_id = $1", rose)
    await superuser.execute("delete from threads.follows where follower_id = $1", rose)
    wrong = await superuser.fetch(WRONG_COUNTS)
    await superuser.execute("rollback")
    assert (removed, wrong) == ("DELETE 1", [])
