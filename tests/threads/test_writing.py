"""Threads and replies: writing and deleting, and attempts to do either in somebody else's name."""

from __future__ import annotations

import asyncpg
import pytest

from .conftest import Breaks, Town

CREATE = "select * from threads.create_thread($1)"
REPLY = "select * from threads.reply_to_thread($1, $2)"
DELETE = "select * from threads.delete_thread($1)"


async def test_a_body_is_trimmed(town: Town) -> None:
    ada = await town.join("ada")
    thread = await ada.fetchrow(CREATE, "\u3000 hello,\n world \u200b\t")
    assert thread["body"] == "hello,\n world"
    assert thread["parent_id"] is None


async def test_a_body_has_500_characters_at_most_counted_after_trimming(town: Town, breaks: Breaks) -> None:
    ada = await town.join("ada")
    assert (await ada.fetchrow(CREATE, "  " + "🧵" * 500 + "  "))["body"] == "🧵" * 500
    with breaks("body_too_long", "at most 500 characters; this one has 501.", "body"):
        await ada.fetchrow(CREATE, "x" * 501)


@pytest.mark.parametrize("body", [None, "", "  \n", "\u200b\u00a0\ufeff"])
async def test_an_empty_body_is_refused(town: Town, breaks: Breaks, body: str | None) -> None:
    ada = await town.join("ada")
    with breaks("body_empty", "Write something first", "body"):
        await ada.fetchrow(CREATE, body)
    with breaks("body_empty", "Write something first", "body"):
        await ada.execute("insert into threads.threads (author_id, body) values (threads.viewer_id(), $1)", body)


async def test_a_reply_is_a_thread_with_a_parent(town: Town) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    thread = await ada.fetchrow(CREATE, "hello")
    reply = await grace.fetchrow(REPLY, thread["id"], "hello back")
    deeper = await ada.fetchrow(REPLY, reply["id"], "how are you?")
    assert (reply["parent_id"], deeper["parent_id"]) == (thread["id"], reply["id"])
    assert await ada.fetchval("select reply_count from threads.threads where id = $1", thread["id"]) == 1


async def test_who_is_not_logged_in_writes_nothing(town: Town, breaks: Breaks) -> None:
    ada, anonymous, nobody = await town.join("ada"), await town.anonymous(), await town.role("threads_member")
    thread = await ada.fetchrow(CREATE, "hello")
    gone = await town.member(4_000)
    for session in (anonymous, nobody, gone):
        for call in (
            "create_thread('x')",
            f"reply_to_thread({thread['id']}, 'x')",
            f"delete_thread({thread['id']})",
            f"like_thread({thread['id']})",
            f"unlike_thread({thread['id']})",
            "follow_user('ada')",
            "unfollow_user('ada')",
            "update_profile('x')",
        ):
            with breaks("not_logged_in", "You need to log in first."):
                await session.execute(f"select threads.{call}")
        assert await session.fetchval("select v.username from threads.viewer() as v") is None


async def test_a_reply_needs_a_thread_that_is_there(town: Town, breaks: Breaks) -> None:
    ada = await town.join("ada")
    for thread_id in (404, None):
        with breaks("thread_not_found", "There is no such thread.", "thread_id"):
            await ada.fetchrow(REPLY, thread_id, "hello?")


async def test_nobody_writes_in_another_name(town: Town) -> None:
    ada, grace = await town.sign_up("ada"), await town.join("grace")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await grace.execute("insert into threads.threads (author_id, body) values ($1, 'I am Ada')", ada)


@pytest.mark.parametrize(
    "statement",
    [
        "insert into threads.threads (author_id, body, like_count) values (threads.viewer_id(), 'popular', 1000)",
        "insert into threads.threads (author_id, body, created_at) values (threads.viewer_id(), 'first', '2000-01-01')",
        "insert into threads.threads (id, author_id, body) values (default, threads.viewer_id(), 'x')",
        "update threads.threads set like_count = 1000",
        "update threads.threads set deleted_at = null",
        "update threads.users set follower_count = 1000",
        "insert into threads.users (username, display_name) values ('mallory', 'Mallory')",
        "delete from threads.users",
        "truncate threads.likes",
    ],
)
async def test_counts_times_and_keys_are_not_for_members_to_write(town: Town, statement: str) -> None:
    ada = await town.join("ada")
    await ada.fetchrow(CREATE, "hello")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
        await ada.execute(statement)


async def test_a_thread_without_replies_is_deleted_with_its_likes(town: Town) -> None:
    ada, superuser = await town.join("ada"), await town.superuser()
    thread = await ada.fetchrow(CREATE, "hello")
    await ada.execute("select threads.like_thread($1)", thread["id"])
    deleted = await ada.fetchrow(DELETE, thread["id"])
    assert (deleted["id"], deleted["body"], deleted["like_count"]) == (thread["id"], "hello", 1)
    assert await superuser.fetchval("select count(*) from threads.threads") == 0
    assert await superuser.fetchval("select count(*) from threads.likes") == 0


async def test_replies_outlive_the_thread_that_they_reply_to(town: Town, breaks: Breaks) -> None:
    ada, grace, superuser = await town.join("ada"), await town.join("grace"), await town.superuser()
    thread = await ada.fetchrow(CREATE, "a secret")
    reply = await grace.fetchrow(REPLY, thread["id"], "I saw that")
    await grace.execute("select threads.like_thread($1)", thread["id"])
    await ada.fetchrow(DELETE, thread["id"])

    for session in (ada, grace, await town.anonymous()):
        rows = await session.fetch("select t.id, t.author_id, t.body from threads.threads as t order by t.id")
        assert [tuple(row) for row in rows] == [
            (thread["id"], None, ""),
            (reply["id"], reply["author_id"], "I saw that"),
        ]
        assert await session.fetchval("select count(*) from threads.likes") == 0
    for call in ("reply_to_thread($1, 'x')", "like_thread($1)", "unlike_thread($1)", "delete_thread($1)"):
        with breaks("thread_not_found", "There is no such thread.", "thread_id"):
            await ada.execute(f"select threads.{call}", thread["id"])
    kept = await superuser.fetchrow("select body, like_count from threads.threads where id = $1", thread["id"])
    assert tuple(kept) == ("", 0)
    assert (await grace.fetchrow(DELETE, reply["id"]))["body"] == "I saw that"
    assert await superuser.fetch("table threads.threads") == []


async def test_nobody_deletes_what_another_wrote(town: Town, breaks: Breaks) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    thread = await ada.fetchrow(CREATE, "hello")
    with breaks("not_your_thread", "You can delete only what you wrote yourself.", "thread_id"):
        await grace.fetchrow(DELETE, thread["id"])
    assert await grace.execute("delete from threads.threads") == "DELETE 0"
    assert await ada.fetchval("select count(*) from threads.threads") == 1


async def test_members_delete_in_plain_sql_what_they_may_delete_by_function(town: Town) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    await grace.fetchrow(CREATE, "hers")
    await ada.fetchrow(CREATE, "his")
    assert await ada.execute("delete from threads.threads") == "DELETE 1"
    assert await ada.fetchval("select body from threads.threads") == "hers"
    assert await ada.fetchval("select thread_count from threads.users where username = 'ada'") == 0


async def test_what_was_deleted_is_not_replied_to_or_liked_in_plain_sql(town: Town, breaks: Breaks) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    thread = await ada.fetchrow(CREATE, "hello")
    await grace.fetchrow(REPLY, thread["id"], "hello")
    await ada.fetchrow(DELETE, thread["id"])
    for statement in (
        "insert into threads.threads (author_id, parent_id, body) values (threads.viewer_id(), $1, 'x')",
        "insert into threads.likes (user_id, thread_id) values (threads.viewer_id(), $1)",
    ):
        with breaks("thread_not_found", "There is no such thread.", "thread_id"):
            await grace.execute(statement, thread["id"])
