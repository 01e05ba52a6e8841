"""Reposts: once each, of what one sees, seen by those who may; and attempts to repost as or for somebody else."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from .conftest import Breaks, Connection, Town

REPOST = "select t.id from threads.repost_thread($1) as t"
UNDO = "select t.id from threads.undo_repost($1) as t"
INSERT = "insert into threads.reposts (user_id, thread_id) values (threads.viewer_id(), $1)"
SEEN = """
    select c as count, v as viewer
      from threads.threads as t, threads.threads_repost_count(t) as c, threads.threads_viewer_has_reposted(t) as v
     where t.id = $1
"""


async def write(session: Connection) -> int:
    thread_id = await session.fetchval("select t.id from threads.create_thread('hello') as t")
    assert isinstance(thread_id, int)
    return thread_id


async def test_a_repost_counts_once_and_is_taken_back(town: Town) -> None:
    ada, bob = await town.join("ada"), await town.join("bob")
    thread = await write(ada)
    for _ in range(2):
        assert await bob.fetchval(REPOST, thread) == thread
        assert tuple(await bob.fetchrow(SEEN, thread)) == (1, True)
    with pytest.raises(asyncpg.UniqueViolationError):
        await bob.execute(INSERT, thread)
    assert await ada.fetchval(REPOST, thread) == thread
    assert tuple(await (await town.anonymous()).fetchrow(SEEN, thread)) == (2, False)
    for _ in range(2):
        assert await bob.fetchval(UNDO, thread) == thread
        assert tuple(await bob.fetchrow(SEEN, thread)) == (1, False)


async def test_nobody_reposts_what_they_do_not_see(town: Town, breaks: Breaks) -> None:
    ada, eve, superuser = await town.join("ada"), await town.join("eve"), await town.superuser()
    blocked, hidden, deleted = [await write(ada) for _ in range(3)]
    await ada.execute("select threads.reply_to_thread($1, 'a reply')", deleted)
    await ada.execute("select threads.delete_thread($1)", deleted)
    await superuser.execute("update threads.threads set hidden_at = now() where id = $1", hidden)
    for thread in (hidden, deleted, 404):
        with breaks("thread_not_found", "There is no such thread.", "thread_id"):
            await eve.fetchval(REPOST, thread)
        with pytest.raises((asyncpg.RaiseError, asyncpg.InsufficientPrivilegeError)):
            await eve.execute(INSERT, thread)
    await ada.execute("select threads.block_user('eve')")
    with breaks("thread_not_found", "There is no such thread.", "thread_id"):
        await eve.fetchval(REPOST, blocked)
    with breaks("thread_not_found", "There is no such thread.", "thread_id"):
        await eve.execute(INSERT, blocked)
    assert await superuser.fetch("table threads.reposts") == []


@pytest.mark.parametrize(("do", "undo"), [("repost_thread", "undo_repost"), ("like_thread", "unlike_thread")])
async def test_what_is_not_seen_any_more_is_taken_back_all_the_same(
    town: Town, breaks: Breaks, do: str, undo: str
) -> None:
    ada, bob, superuser = await town.join("ada"), await town.join("bob"), await town.superuser()
    thread = await write(ada)
    await bob.execute(f"select threads.{do}($1)", thread)
    await ada.execute("update threads.users set is_private = true where id = threads.viewer_id()")
    assert await bob.fetchval(f"select (threads.{undo}($1)).id", thread) is None
    assert await superuser.fetch("table threads.reposts") == await superuser.fetch("table threads.likes") == []
    with breaks("thread_not_found", "There is no such thread.", "thread_id"):
        await bob.execute(f"select threads.{undo}($1)", thread)


async def test_nobody_reposts_for_another_or_at_another_time(town: Town) -> None:
    ada, bob, eve = await town.sign_up("ada"), await town.join("bob"), await town.join("eve")
    thread = await write(bob)
    await (await town.member(ada)).fetchval(REPOST, thread)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await eve.execute("insert into threads.reposts (user_id, thread_id) values ($1, $2)", 2, thread)
    assert await eve.execute("delete from threads.reposts") == "DELETE 0"
    for statement in (
        "insert into threads.reposts (user_id, thread_id, created_at) values (3, 1, '2000-01-01')",
        "update threads.reposts set user_id = 3",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
            await eve.execute(statement)


async def test_who_reposts_is_seen_by_those_who_see_them_and_the_thread(town: Town) -> None:
    ada, bob, eve, friend = [await town.join(name) for name in ("ada", "bob", "eve", "friend")]
    thread = await write(ada)
    await bob.fetchval(REPOST, thread)
    await friend.execute("select threads.follow_user('bob')")
    seen = "select count(*) from threads.reposts as r where r.thread_id = $1"
    assert await (await town.anonymous()).fetchval(seen, thread) == 1
    await bob.execute("update threads.users set is_private = true where id = threads.viewer_id()")
    assert [await session.fetchval(seen, thread) for session in (bob, friend, ada, eve)] == [1, 1, 0, 0]
    await ada.execute("select threads.block_user('friend')")
    assert [await session.fetchval(seen, thread) for session in (bob, friend)] == [1, 0]


async def test_many_repost_and_undo_at_once_while_it_is_deleted(town: Town) -> None:
    members = [await town.join(f"member_{number}") for number in range(8)]
    for _ in range(5):
        thread = await write(members[0])
        await members[0].execute("select threads.reply_to_thread($1, 'a reply')", thread)

        async def waver(session: Connection, thread: int = thread) -> None:
            for statement in (REPOST, UNDO, REPOST):
                await session.fetchval(statement, thread)

        results = await asyncio.gather(
            *(waver(session) for session in members[1:5]),
            members[0].execute("select threads.delete_thread($1)", thread),
            *(waver(session) for session in members[5:]),
            return_exceptions=True,
        )
        for result in results:
            late = isinstance(result, asyncpg.RaiseError) and str(result) == "There is no such thread."
            assert late or not isinstance(result, BaseException), repr(result)
    superuser = await town.superuser()
    assert await superuser.fetchval("select count(*) from threads.reposts") == 0
    assert await superuser.fetchval("select count(*) from threads.threads where deleted_at is not null") == 5
