"""Conversations: who may reply, what may be quoted, what is pinned; and attempts to get round it as somebody else."""

from __future__ import annotations

import asyncpg
import pytest

from .conftest import Breaks, Connection, Town

CREATE = "select t.id from threads.create_thread($1, reply_control => $2) as t"
REPLY = "select t.id from threads.reply_to_thread($1, 'a reply') as t"
QUOTE = "select t.id from threads.create_thread('a quote', quoted_id => $1) as t"
CAN_REPLY = "select c from threads.threads as t, threads.threads_viewer_can_reply(t) as c where t.id = $1"
CAN_QUOTE = "select c from threads.threads as t, threads.threads_viewer_can_quote(t) as c where t.id = $1"
INSERT_REPLY = "insert into threads.threads (author_id, parent_id, body) values (threads.viewer_id(), $1, 'x')"
INSERT_QUOTE = "insert into threads.threads (author_id, quoted_id, body) values (threads.viewer_id(), $1, 'x')"
LIMITED = "lets only some reply"


async def close_account(session: Connection) -> None:
    await session.execute("update threads.users set is_private = true where id = threads.viewer_id()")


async def test_a_reply_belongs_to_the_conversation_of_its_parent_however_written(town: Town) -> None:
    ada = await town.join("ada")
    first = await ada.fetchval(CREATE, "first", "everyone")
    second = await ada.fetchval(REPLY, first)
    await ada.execute(INSERT_REPLY, second)
    rows = await ada.fetch("select t.parent_id, t.root_id from threads.threads as t order by t.id")
    assert [tuple(row) for row in rows] == [(None, None), (first, first), (second, first)]
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
        await ada.execute("insert into threads.threads (author_id, root_id, body) values (threads.viewer_id(), 1, 'x')")
    superuser = await town.superuser()
    wrong = "insert into threads.threads (author_id, parent_id, root_id, body) values (1, $1, 2, 'x') returning root_id"
    assert await superuser.fetchval(wrong, None) is None
    assert await superuser.fetchval(wrong, 3) == first


@pytest.mark.parametrize(("control", "who"), [("followers", "follower"), ("mentioned", "named"), ("everyone", "eve")])
async def test_who_started_a_conversation_says_who_replies_in_all_of_it(
    town: Town, breaks: Breaks, control: str, who: str
) -> None:
    people = {name: await town.join(name) for name in ("ada", "follower", "named", "eve")}
    await people["follower"].execute("select threads.follow_user('ada')")
    # It is the root that counts: not whom its author follows, and not what replies say.
    await people["ada"].execute("select threads.follow_user('eve')")
    first = await people["ada"].fetchval(CREATE, "hello @named", control)
    reply = await people[who].fetchval(REPLY, first)
    own = await people["ada"].fetchval(REPLY, reply)
    await people["ada"].execute("select threads.reply_to_thread($1, '@eve and @follower')", first)

    for name, session in people.items():
        may = control == "everyone" or name in ("ada", who)
        for thread in (first, reply, own):
            assert await session.fetchval(CAN_REPLY, thread) == may
            if may:
                await session.fetchval(REPLY, thread)
            else:
                with breaks("replies_limited", LIMITED, "thread_id"):
                    await session.fetchval(REPLY, thread)
                with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
                    await session.execute(INSERT_REPLY, thread)
    assert await (await town.anonymous()).fetchval(CAN_REPLY, first) is False


async def test_who_may_reply_is_changed_by_who_started_it_and_by_nobody_else(town: Town, breaks: Breaks) -> None:
    ada, eve = await town.join("ada"), await town.join("eve")
    first = await ada.fetchval(CREATE, "hello", "everyone")
    reply = await eve.fetchval(REPLY, first)
    change = "select t.reply_control::text from threads.change_reply_control($1, $2) as t"
    with breaks("not_your_thread", "only about what you wrote yourself", "thread_id"):
        await eve.fetchval(change, first, "mentioned")
    with breaks("not_start_of_conversation", "this is a reply", "thread_id"):
        await eve.fetchval(change, reply, "mentioned")
    assert (
        await eve.execute("update threads.threads set reply_control = 'followers' where id = $1", first) == "UPDATE 0"
    )
    with pytest.raises(asyncpg.CheckViolationError, match="threads_reply_control_of_first"):
        await eve.execute("update threads.threads set reply_control = 'followers' where id = $1", reply)
    assert await ada.fetchval(change, first, "followers") == "followers"
    with breaks("replies_limited", LIMITED, "thread_id"):
        await eve.fetchval(REPLY, reply)
    assert await ada.execute("update threads.threads set reply_control = 'everyone' where id = $1", first) == "UPDATE 1"
    await eve.fetchval(REPLY, reply)


async def test_a_block_ends_replies_in_the_conversation_and_a_deletion_those_in_a_limited_one(
    town: Town, breaks: Breaks
) -> None:
    ada, bob, eve = await town.join("ada"), await town.join("bob"), await town.join("eve")
    first = await ada.fetchval(CREATE, "@eve @bob", "mentioned")
    reply = await bob.fetchval(REPLY, first)
    assert await eve.fetchval(CAN_REPLY, reply) is True
    await ada.execute("select threads.block_user('eve')")
    assert await eve.fetchval(CAN_REPLY, reply) is False
    with breaks("replies_limited", LIMITED, "thread_id"):
        await eve.fetchval(REPLY, reply)
    with breaks("thread_not_found", "There is no such thread.", "thread_id"):
        await eve.fetchval(REPLY, first)
    with breaks("thread_not_found", "There is no such thread.", "thread_id"):
        await eve.execute(INSERT_REPLY, first)
    await ada.execute("select threads.delete_thread($1)", first)
    assert [await session.fetchval(CAN_REPLY, reply) for session in (ada, bob, eve)] == [False] * 3


async def test_a_quote_is_of_what_its_author_sees(town: Town, breaks: Breaks) -> None:
    ada, bob, eve = await town.join("ada"), await town.join("bob"), await town.join("eve")
    thread = await ada.fetchval(CREATE, "hello", "everyone")
    quote = await bob.fetchval(QUOTE, thread)
    await bob.execute(REPLY, quote)
    both = await bob.fetchrow(
        "select * from threads.reply_to_thread($1, 'and a quote', quoted_id => $2)", quote, thread
    )
    assert (both["parent_id"], both["root_id"], both["quoted_id"]) == (quote, quote, thread)
    assert (
        await eve.fetchval(
            "select q from threads.threads as t, threads.threads_quote_count(t) as q where t.id = $1", thread
        )
        == 2
    )

    await ada.execute("select threads.block_user('eve')")
    for gone in (thread, 404):
        with breaks("thread_not_found", "There is no such thread.", "quoted_id"):
            await eve.fetchval(QUOTE, gone)
    with breaks("thread_not_found", "There is no such thread.", "quoted_id"):
        await eve.execute(INSERT_QUOTE, thread)
    # What bob wrote is seen, and what it quotes is not.
    seen = """
        select q.quoted_id, t.id
          from threads.threads as q
          left join threads.threads as t on t.id = q.quoted_id
         where q.id = $1
    """
    assert tuple(await eve.fetchrow(seen, quote)) == (thread, None)

    await ada.execute("select threads.delete_thread($1)", thread)
    with breaks("thread_not_found", "There is no such thread.", "quoted_id"):
        await bob.fetchval(QUOTE, thread)
    with breaks("thread_not_found", "There is no such thread.", "quoted_id"):
        await bob.execute(INSERT_QUOTE, thread)


async def test_what_a_private_account_wrote_only_it_quotes_and_reposts(town: Town, breaks: Breaks) -> None:
    ada, bob = await town.join("ada"), await town.join("bob")
    await bob.execute("select threads.follow_user('ada')")
    thread = await ada.fetchval(CREATE, "a secret", "everyone")
    await close_account(ada)
    assert [await session.fetchval(CAN_QUOTE, thread) for session in (ada, bob)] == [True, False]
    with breaks("cannot_quote_private", "stays with its followers", "quoted_id"):
        await bob.fetchval(QUOTE, thread)
    with breaks("cannot_repost_private", "stays with its followers", "thread_id"):
        await bob.execute("select threads.repost_thread($1)", thread)
    for statement in (
        INSERT_QUOTE,
        "insert into threads.reposts (user_id, thread_id) values (threads.viewer_id(), $1)",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await bob.execute(statement, thread)
    await ada.fetchval(QUOTE, thread)
    await ada.execute("select threads.repost_thread($1)", thread)


async def test_a_pin_is_a_thread_of_ones_own_and_no_reply(town: Town, breaks: Breaks) -> None:
    ada, eve, superuser = await town.join("ada"), await town.join("eve"), await town.superuser()
    pin, write = (
        "select p.pinned_thread_id from threads.pin_thread($1) as p",
        "update threads.users set pinned_thread_id = $1",
    )
    first = await ada.fetchval(CREATE, "hello", "everyone")
    second = await ada.fetchval(CREATE, "again", "everyone")
    reply = await ada.fetchval(REPLY, first)
    assert await ada.fetchval(pin, first) == first
    assert await ada.fetchval(pin, second) == second
    with breaks("cannot_pin_reply", "Replies cannot be pinned", "thread_id"):
        await ada.fetchval(pin, reply)
    with breaks("not_your_thread", "You can pin only what you wrote yourself.", "thread_id"):
        await eve.fetchval(pin, first)
    for thread in (first, 404):
        with breaks("not_your_thread", "You can pin only what you wrote yourself.", "thread_id"):
            await eve.execute(write + " where id = threads.viewer_id()", thread)
    with breaks("thread_not_found", "There is no such thread.", "thread_id"):
        await ada.fetchval(pin, 404)
    assert await eve.execute("update threads.users set pinned_thread_id = null where username = 'ada'") == "UPDATE 0"

    seen = "select u.pinned_thread_id from threads.users as u where u.username = 'ada'"
    assert await eve.fetchval(seen) == second
    await superuser.execute("update threads.threads set hidden_at = now() where id = $1", first)
    with breaks("cannot_pin_hidden", "A moderator hid this thread", "thread_id"):
        await ada.fetchval(pin, first)
    await eve.fetchval(REPLY, second)
    await ada.execute("select threads.delete_thread($1)", second)
    assert await eve.fetchval(seen) is None
    third = await ada.fetchval(CREATE, "once more", "everyone")
    await ada.fetchval(pin, third)
    assert await ada.fetchval("select p.pinned_thread_id from threads.unpin_thread() as p") is None


async def test_nobody_without_an_account_does_any_of_it(town: Town, breaks: Breaks) -> None:
    ada = await town.join("ada")
    thread = await ada.fetchval(CREATE, "hello", "everyone")
    for session in (await town.anonymous(), await town.role("threads_member"), await town.member(4_000)):
        for call in (
            f"create_thread('x', quoted_id => {thread})",
            f"change_reply_control({thread}, 'followers')",
            f"edit_thread({thread}, 'x')",
            f"repost_thread({thread})",
            f"undo_repost({thread})",
            f"pin_thread({thread})",
            "unpin_thread()",
        ):
            with breaks("not_logged_in", "You need to log in first."):
                await session.execute(f"select threads.{call}")
