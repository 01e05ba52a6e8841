"""How often members may do something, whichever way and over however many sessions; nobody waits for another."""

from __future__ import annotations

import asyncio
import json

import asyncpg
import pytest

from .conftest import Town

LIKE = "insert into threads.likes (thread_id, user_id) values ($1, $2)"
WRITE = "insert into threads.threads (author_id, body) select $1, 'hello' from generate_series(1, $2::integer)"
REFILLED = "update private.attempts set full_at = full_at - $1::integer * interval '1 second'"

pytestmark = pytest.mark.usefixtures("own_limits")


async def limits(town: Town, **turns: int) -> None:
    """Sets how many turns there are at some actions, each of which comes back after a minute."""
    superuser = await town.superuser()
    for action, number in turns.items():
        await superuser.execute(
            "update private.limits set turns = $2, refill = '1 minute' where action = $1", action, number
        )


async def test_what_is_too_often_says_when_to_try_again(town: Town) -> None:
    await limits(town, thread=2)
    ada = await town.join("ada")
    await ada.execute("select threads.create_thread('one'), threads.reply_to_thread(1, 'two')")
    with pytest.raises(asyncpg.RaiseError) as raised:
        await ada.execute("select threads.create_thread('three')")
    assert raised.value.constraint_name == "rate_limited"
    seconds = json.loads(raised.value.detail)["retryAfter"]
    assert 30 < seconds <= 60
    assert raised.value.message == f"This is too often. Try again in {seconds} seconds."
    await (await town.superuser()).execute(REFILLED, seconds)
    await ada.execute("select threads.create_thread('three')")
    with pytest.raises(asyncpg.RaiseError, match="This is too often"):
        await ada.execute("select threads.create_thread('four')")


EACH = {
    "thread": "insert into threads.threads (author_id, body) values (1, 'hello')",
    "edit": "update threads.threads set body = body || '!' where id = 1",
    "like": "insert into threads.likes (thread_id, user_id) select max(id), 1 from threads.threads where author_id = 2",
    "repost": "insert into threads.reposts (thread_id, user_id)"
    " select max(id), 1 from threads.threads where author_id = 2",
    "follow": "insert into threads.follows (follower_id, followee_id) values (1, 2)",
    "report": "insert into threads.reports (reporter_id, user_id, reason) values (1, 2, 'spam')",
}


@pytest.mark.parametrize("action", EACH)
async def test_every_action_has_its_own_turns(town: Town, action: str) -> None:
    ada, bob = await town.join("ada"), await town.join("bob")
    await ada.execute("select threads.create_thread('hello')")
    await bob.execute("select threads.create_thread('hello')")
    await (await town.superuser()).execute("truncate private.attempts")
    await limits(town, **{action: 1})
    for other, statement in EACH.items():
        if other != action:
            await ada.execute(statement)
    await ada.execute("begin")
    await ada.execute(EACH[action])
    with pytest.raises(asyncpg.RaiseError, match="This is too often"):
        await ada.execute(EACH[action])
    await ada.execute("rollback")
    await ada.execute(EACH[action])


async def test_a_request_to_follow_is_a_follow(town: Town) -> None:
    ada = await town.join("ada")
    await town.join("bob")
    await town.join("carl")
    await limits(town, follow=1)
    await (await town.superuser()).execute("update threads.users set is_private = true where id = 2")
    await ada.execute("insert into threads.follow_requests (requester_id, target_id) values (1, 2)")
    with pytest.raises(asyncpg.RaiseError, match="This is too often"):
        await ada.execute("select threads.follow_user('carl')")


async def test_many_rows_of_one_statement_are_as_many_turns(town: Town) -> None:
    await limits(town, thread=5)
    ada = await town.join("ada")
    with pytest.raises(asyncpg.RaiseError, match="This is too often"):
        await ada.execute(WRITE, 1, 6)
    await ada.execute(WRITE, 1, 5)
    with pytest.raises(asyncpg.RaiseError, match="This is too often"):
        await ada.execute(WRITE, 1, 1)


async def test_taking_back_gives_no_turn_back(town: Town) -> None:
    await limits(town, like=3)
    ada, bob = await town.join("ada"), await town.join("bob")
    await bob.execute("select threads.create_thread('hello')")
    for _ in range(3):
        await ada.execute("select threads.like_thread(1)")
        await ada.execute("select threads.unlike_thread(1)")
    with pytest.raises(asyncpg.RaiseError, match="This is too often"):
        await ada.execute("select threads.like_thread(1)")


async def test_many_sessions_at_once_share_their_turns(town: Town) -> None:
    await limits(town, like=5)
    await town.join("ada")
    bob = await town.join("bob")
    await bob.execute(WRITE, 2, 12)
    sessions = [await town.member(1) for _ in range(12)]
    done = await asyncio.gather(
        *(session.execute(LIKE, number, 1) for number, session in enumerate(sessions, start=1)), return_exceptions=True
    )
    assert sum(isinstance(result, asyncpg.RaiseError) for result in done) == 7
    assert await bob.fetchval("select count(*) from threads.likes") == 5


async def test_what_is_rolled_back_was_not_done_and_does_not_count(town: Town) -> None:
    await limits(town, thread=1)
    ada = await town.join("ada")
    for _ in range(3):
        await ada.execute("begin")
        await ada.execute(WRITE, 1, 1)
        await ada.execute("rollback")
    with pytest.raises(asyncpg.RaiseError, match="at most 500 characters"):
        await ada.execute("select threads.create_thread(repeat('x', 501))")
    await ada.execute(WRITE, 1, 1)


async def test_nobody_waits_for_another_or_takes_their_turns(town: Town) -> None:
    await limits(town, like=1)
    ada, bob, carl = await town.join("ada"), await town.join("bob"), await town.join("carl")
    await carl.execute(WRITE, 3, 2)
    await ada.execute("begin")
    await ada.execute(LIKE, 1, 1)
    await asyncio.wait_for(bob.execute(LIKE, 2, 2), 60)
    await ada.execute("commit")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await ada.execute(LIKE, 1, 3)
    await carl.execute(LIKE, 1, 3)


async def test_another_who_approves_takes_no_turn_of_theirs(town: Town) -> None:
    ada = await town.join("ada")
    people = [await town.join(f"person_{number}") for number in range(3)]
    await (await town.superuser()).execute("update threads.users set is_private = true where id = 1")
    for number, person in enumerate(people, start=2):
        await person.execute("insert into threads.follow_requests (requester_id, target_id) values ($1, 1)", number)
    await limits(town, follow=1)
    await ada.execute(
        "insert into threads.follows (follower_id, followee_id) select r.requester_id, 1 from threads.follow_requests r"
    )
    assert await ada.fetchval("select count(*) from threads.follows") == 3


async def test_the_owner_scripts_and_administrators_are_not_counted(town: Town) -> None:
    await limits(town, thread=1)
    await town.join("ada")
    superuser = await town.superuser()
    for role in ("postgres", "threads_owner"):
        await superuser.execute(f'set role "{role}"')
        await superuser.execute(WRITE, 1, 5)
    await superuser.execute("reset role")
    await superuser.execute("begin")
    await superuser.execute("select threads.act_as('ada')")
    with pytest.raises(asyncpg.RaiseError, match="This is too often"):
        await superuser.execute(WRITE, 1, 2)
    await superuser.execute("rollback")


async def test_an_operator_changes_and_lifts_a_limit(town: Town) -> None:
    await limits(town, thread=1)
    ada = await town.join("ada")
    await ada.execute(WRITE, 1, 1)
    superuser = await town.superuser()
    await superuser.execute("delete from private.limits where action = 'thread'")
    await ada.execute(WRITE, 1, 100)
    with pytest.raises(asyncpg.CheckViolationError):
        await superuser.execute("update private.limits set turns = 0")


@pytest.mark.parametrize(
    "statement",
    ["select from private.limits", "update private.limits set turns = 1000", "delete from private.attempts"],
)
async def test_members_do_not_change_their_limits(town: Town, statement: str) -> None:
    for session in (await town.join("ada"), await town.appoint("mia"), await town.anonymous()):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await session.execute(statement)
