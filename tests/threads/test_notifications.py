"""Notifications: who is told what, once and in groups; what is taken back; and attempts at those of others."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from .conftest import Breaks, Connection, Town

SCREEN = """
    select n.kind::text, n.thread_id, n.read_at is not null as read, c as count,
           array(
             select u.username
               from threads.notification_actors as a
               join threads.users as u on u.id = a.actor_id
              where a.notification_id = n.id
              order by a.created_at desc, a.actor_id desc
           ) as actors
      from threads.notifications as n, threads.notifications_actor_count(n) as c
     order by n.latest_at desc, n.id desc
"""
UNREAD = "select c from threads.viewer() as v, threads.users_unread_notification_count(v) as c"
MARK_ALL = "select threads.mark_notifications_read()"


async def screen(session: Connection) -> list[tuple[Any, ...]]:
    """What somebody's notification screen shows: kind, names of the actors, whether it is read."""
    rows = await session.fetch(SCREEN)
    assert all(row["count"] == len(row["actors"]) for row in rows)
    return [(row["kind"], row["actors"], row["read"]) for row in rows]


async def unread(session: Connection) -> object:
    return await session.fetchval(UNREAD)


async def write(session: Connection, body: str = "hello") -> int:
    thread_id = await session.fetchval("select t.id from threads.create_thread($1) as t", body)
    assert isinstance(thread_id, int)
    return thread_id


async def reply(session: Connection, thread: int, body: str = "a reply") -> int:
    thread_id = await session.fetchval("select t.id from threads.reply_to_thread($1, $2) as t", thread, body)
    assert isinstance(thread_id, int)
    return thread_id


async def like(session: Connection, thread: int) -> None:
    await session.execute("select threads.like_thread($1)", thread)


async def repost(session: Connection, thread: int) -> None:
    await session.execute("insert into threads.reposts (user_id, thread_id) values (threads.viewer_id(), $1)", thread)


async def follow(session: Connection, username: str) -> None:
    await session.execute("select threads.follow_user($1)", username)


async def known(session: Connection, username: str) -> int:
    user_id = await session.fetchval("select id from threads.users where username = $1", username)
    assert isinstance(user_id, int)
    return user_id


async def test_likes_and_reposts_of_a_thread_are_one_each_until_read(town: Town) -> None:
    ada, grace, linus, alan = [await town.join(name) for name in ("ada", "grace", "linus", "alan")]
    first, second = await write(ada, "first"), await write(ada, "second")
    await like(grace, first)
    await like(linus, first)
    await like(linus, second)
    await repost(grace, first)
    assert await screen(ada) == [
        ("repost", ["grace"], False),
        ("like", ["linus"], False),
        ("like", ["linus", "grace"], False),
    ]
    assert [row["thread_id"] for row in await ada.fetch(SCREEN)] == [first, second, first]
    assert await unread(ada) == 3
    await ada.execute(MARK_ALL)
    assert await unread(ada) == 0
    await like(alan, first)
    assert (await screen(ada))[0] == ("like", ["alan"], False)
    assert await unread(ada) == 1
    assert await screen(grace) == []


async def test_replies_and_quotes_are_one_each_and_of_the_reply_itself(town: Town) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    thread = await write(ada)
    replies = [await reply(grace, thread), await reply(grace, thread)]
    quote = await grace.fetchval(
        "insert into threads.threads (author_id, quoted_id, body) values (threads.viewer_id(), $1, 'x') returning id",
        thread,
    )
    assert [(row["kind"], row["thread_id"]) for row in await ada.fetch(SCREEN)] == [
        ("quote", quote),
        ("reply", replies[1]),
        ("reply", replies[0]),
    ]


async def test_a_reply_that_quotes_and_mentions_whom_it_replies_to_is_one(town: Town) -> None:
    ada, grace, linus = [await town.join(name) for name in ("ada", "grace", "linus")]
    thread = await write(ada)
    await grace.execute(
        "insert into threads.threads (author_id, parent_id, quoted_id, body) "
        "values (threads.viewer_id(), $1, $1, 'as @ada and @linus said')",
        thread,
    )
    assert await screen(ada) == [("reply", ["grace"], False)]
    assert await screen(linus) == [("mention", ["grace"], False)]


async def test_a_mention_where_replies_are_not_wanted(town: Town) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    await ada.execute("select threads.update_notification_preferences(replies => 'nobody')")
    thread = await write(ada)
    await reply(grace, thread, "no name")
    await reply(grace, thread, "a word to @ada")
    assert await screen(ada) == [("mention", ["grace"], False)]


async def test_follows_requests_and_what_became_of_them(town: Town) -> None:
    ada, grace, linus = [await town.join(name) for name in ("ada", "grace", "linus")]
    await follow(grace, "ada")
    await follow(linus, "ada")
    assert await screen(ada) == [("follow", ["linus", "grace"], False)]
    await grace.execute("update threads.users set is_private = true where id = threads.viewer_id()")
    ask = "insert into threads.follow_requests (requester_id, target_id) values (threads.viewer_id(), $1)"
    await ada.execute(ask, await known(ada, "grace"))
    await linus.execute(ask, await known(linus, "grace"))
    assert await screen(grace) == [("follow_request", ["linus", "ada"], False)]
    await grace.execute(MARK_ALL)
    # Grace lets Ada follow, and Linus takes his request back.
    person = await known(grace, "ada")
    await grace.execute("insert into threads.follows select $1, threads.viewer_id()", person)
    await grace.execute("delete from threads.follow_requests where requester_id = $1", person)
    await linus.execute("delete from threads.follow_requests")
    assert await screen(grace) == []
    assert (await screen(ada))[0] == ("request_accepted", ["grace"], False)


async def test_nobody_is_told_of_what_they_do_themselves(town: Town) -> None:
    ada = await town.join("ada")
    thread = await write(ada, "me, @ada")
    await like(ada, thread)
    await repost(ada, thread)
    await reply(ada, thread)
    assert (await screen(ada), await unread(ada)) == ([], 0)


async def test_what_is_taken_back_is_gone_while_unread(town: Town) -> None:
    ada, grace, linus = [await town.join(name) for name in ("ada", "grace", "linus")]
    thread = await write(ada)
    await like(grace, thread)
    await like(linus, thread)
    await repost(grace, thread)
    await follow(grace, "ada")
    answer = await reply(grace, thread)
    assert await unread(ada) == 4
    await grace.execute("select threads.unlike_thread($1)", thread)
    await grace.execute("select threads.unfollow_user('ada')")
    await grace.execute("delete from threads.reposts")
    await grace.execute("select threads.delete_thread($1)", answer)
    assert await screen(ada) == [("like", ["linus"], False)]
    superuser = await town.superuser()
    assert await superuser.fetchval("select count(*) from threads.notifications") == 1


async def test_a_deleted_reply_that_keeps_its_place_is_gone_too(town: Town) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    answer = await reply(grace, await write(ada))
    below = await reply(ada, answer)
    await ada.execute(MARK_ALL)
    await grace.execute("select threads.delete_thread($1)", answer)
    assert await screen(ada) == []
    assert [row["thread_id"] for row in await grace.fetch(SCREEN)] == [below]


async def test_who_likes_again_after_it_was_read_is_not_told_again(town: Town) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    thread = await write(ada)
    for _ in range(2):
        await like(grace, thread)
        await follow(grace, "ada")
        await ada.execute(MARK_ALL)
        await grace.execute("select threads.unlike_thread($1)", thread)
        await grace.execute("select threads.unfollow_user('ada')")
    assert await screen(ada) == [("follow", ["grace"], True), ("like", ["grace"], True)]


@pytest.mark.parametrize("table", ["blocks", "mutes"])
async def test_none_from_the_muted_and_blocked_before_and_after(town: Town, table: str) -> None:
    ada, grace, linus = [await town.join(name) for name in ("ada", "grace", "linus")]
    thread = await write(ada)
    await like(grace, thread)
    await like(linus, thread)
    await reply(grace, thread)
    await follow(grace, "ada")
    person = await known(ada, "grace")
    await ada.execute(f"insert into threads.{table} select threads.viewer_id(), $1", person)
    assert await screen(ada) == [("like", ["linus"], False)]
    assert await unread(ada) == 1
    if table == "mutes":
        other = await write(ada)
        await like(grace, other)
        await reply(grace, other, "@ada")
    await ada.execute({"blocks": "delete from threads.blocks", "mutes": "delete from threads.mutes"}[table])
    # What came meanwhile never became a notification.
    assert await unread(ada) == (3 if table == "mutes" else 2)


async def test_none_from_the_deactivated_and_none_of_what_is_hidden(town: Town) -> None:
    ada, grace, linus = [await town.join(name) for name in ("ada", "grace", "linus")]
    thread = await write(ada)
    await like(grace, thread)
    answer = await reply(linus, thread)
    superuser = await town.superuser()
    await superuser.execute("update threads.users set deactivated_at = now() where username = 'grace'")
    assert await screen(ada) == [("reply", ["linus"], False)]
    await superuser.execute("update threads.threads set hidden_at = now() where id = $1", answer)
    assert (await screen(ada), await unread(ada)) == ([], 0)


async def test_a_private_account_likes_in_secret_but_for_its_followers(town: Town) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    await grace.execute("update threads.users set is_private = true where id = threads.viewer_id()")
    thread = await write(ada)
    await like(grace, thread)
    await repost(grace, thread)
    await follow(grace, "ada")
    assert await screen(ada) == [("follow", ["grace"], False)]
    ada_id, grace_id = await known(grace, "ada"), await known(grace, "grace")
    await (await town.superuser()).execute("insert into threads.follows values ($1, $2)", ada_id, grace_id)
    assert [kind for kind, _, _ in await screen(ada)] == ["follow", "repost", "like"]


async def test_preferences_by_kind(town: Town) -> None:
    ada, grace, linus = [await town.join(name) for name in ("ada", "grace", "linus")]
    await follow(ada, "grace")
    changed = await ada.fetchrow(
        "select * from threads.update_notification_preferences(likes => 'followed', follows => 'nobody')"
    )
    assert (changed["likes"], changed["replies"], changed["follows"]) == ("followed", "everyone", "nobody")
    again = await ada.fetchrow("select * from threads.update_notification_preferences(replies => 'followed')")
    assert (again["likes"], again["replies"], again["follows"]) == ("followed", "followed", "nobody")
    thread = await write(ada)
    for session in (grace, linus):
        await like(session, thread)
        await reply(session, thread)
        await follow(session, "ada")
        await repost(session, thread)
    assert await screen(ada) == [
        ("repost", ["linus", "grace"], False),
        ("reply", ["grace"], False),
        ("like", ["grace"], False),
    ]


async def test_preferences_are_shown_to_their_owner_alone(town: Town) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    await ada.execute("select threads.update_notification_preferences(likes => 'nobody')")
    shown = "select p.likes from threads.users as u, threads.users_notification_preferences(u) as p"
    assert [row["likes"] for row in await ada.fetch(shown)] == ["nobody"]
    assert [row["likes"] for row in await grace.fetch(shown)] == ["everyone"]
    assert await grace.fetch("select * from threads.notification_preferences") == []
    assert await grace.execute("update threads.notification_preferences set likes = 'everyone'") == "UPDATE 0"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await grace.execute(
            "insert into threads.notification_preferences (user_id) select id from threads.users where username = 'ada'"
        )


async def test_marking_one_and_marking_up_to_what_was_seen(town: Town, breaks: Breaks) -> None:
    ada, grace, linus = [await town.join(name) for name in ("ada", "grace", "linus")]
    thread = await write(ada)
    await like(grace, thread)
    await follow(grace, "ada")
    seen = await ada.fetchrow("select id, latest_at from threads.notifications order by latest_at limit 1")
    marked = await ada.fetchrow("select * from threads.mark_notification_read($1)", seen["id"])
    assert marked["read_at"] is not None
    again = await ada.fetchrow("select * from threads.mark_notification_read($1)", seen["id"])
    assert again["read_at"] == marked["read_at"]
    assert await unread(ada) == 1
    await ada.execute("select threads.mark_notifications_read($1)", seen["latest_at"])
    assert await unread(ada) == 1
    with breaks("notification_not_found", "There is no such notification.", "notification_id"):
        await linus.execute("select threads.mark_notification_read($1)", seen["id"])
    with breaks("not_logged_in", "You need to log in first."):
        await (await town.anonymous()).execute(MARK_ALL)


async def test_the_latest_comes_first_again_when_somebody_joins_later(town: Town) -> None:
    ada, grace, linus = [await town.join(name) for name in ("ada", "grace", "linus")]
    first, second = await write(ada), await write(ada)
    await like(grace, first)
    await like(grace, second)
    superuser = await town.superuser()
    await superuser.execute("update threads.notifications set latest_at = latest_at - interval '2 minutes'")
    await like(linus, first)
    assert await screen(ada) == [("like", ["linus", "grace"], False), ("like", ["grace"], False)]


async def test_nobody_reads_marks_or_forges_those_of_another(town: Town) -> None:
    ada, grace, anonymous = await town.join("ada"), await town.join("grace"), await town.anonymous()
    await like(grace, await write(ada))
    assert await grace.fetch("select * from threads.notifications") == []
    assert await grace.fetch("select * from threads.notification_actors") == []
    assert (
        await grace.fetch(
            "select c from threads.users as u, threads.users_unread_notification_count(u) as c where c <> 0"
        )
        == []
    )
    assert await grace.execute("update threads.notifications set read_at = now()") == "UPDATE 0"
    await grace.execute(MARK_ALL)
    assert await unread(ada) == 1
    ids = {"ADA": str(await known(ada, "ada")), "GRACE": str(await known(ada, "grace"))}
    for session, statement in (
        (grace, "insert into threads.notifications (user_id, kind) values (ADA, 'follow')"),
        (grace, "insert into threads.notification_actors values (1, GRACE, ADA, null, now(), 'follow')"),
        (grace, "select private.notify(ADA, 'follow', null, GRACE)"),
        (grace, "select private.take_back_notification(ADA, 'like', 1, GRACE)"),
        (grace, "select private.drop_notification(1)"),
        (grace, "delete from threads.notifications"),
        (ada, "update threads.notifications set kind = 'reply'"),
        (ada, "update threads.notifications set user_id = GRACE"),
        (ada, "update threads.notifications set read_at = null"),
        (ada, "update threads.notification_actors set actor_id = 1"),
        (anonymous, "select * from threads.notifications"),
        (anonymous, "select * from threads.notification_actors"),
        (anonymous, "select * from threads.notification_preferences"),
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await session.execute(statement.replace("ADA", ids["ADA"]).replace("GRACE", ids["GRACE"]))


async def test_they_go_with_their_user_and_with_their_thread(town: Town) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    thread = await write(ada)
    await like(grace, thread)
    await follow(grace, "ada")
    await ada.execute("select threads.delete_thread($1)", thread)
    assert await screen(ada) == [("follow", ["grace"], False)]
    superuser = await town.superuser()
    await superuser.execute("delete from threads.users where username = 'grace'")
    assert await screen(ada) == []
    assert await superuser.fetchval("select count(*) from threads.notification_actors") == 0
