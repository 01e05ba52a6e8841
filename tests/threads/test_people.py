"""Likes, follows, profiles, the viewer and the home feed, and attempts to act for somebody else."""

from __future__ import annotations

import asyncpg
import pytest

from .conftest import Breaks, Connection, Town, claim

LIKE = "select * from threads.like_thread($1)"
UNLIKE = "select * from threads.unlike_thread($1)"
FOLLOW = "select * from threads.follow_user($1)"
UNFOLLOW = "select * from threads.unfollow_user($1)"


async def write(session: Connection, body: str) -> int:
    thread_id = await session.fetchval("select t.id from threads.create_thread($1) as t", body)
    assert isinstance(thread_id, int)
    return thread_id


async def has_liked(session: Connection, thread_id: int) -> object:
    return await session.fetchval(
        "select l from threads.threads as t, threads.threads_viewer_has_liked(t) as l where t.id = $1", thread_id
    )


async def test_liking_twice_counts_once(town: Town) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    thread = await write(ada, "hello")
    assert (await grace.fetchrow(LIKE, thread))["like_count"] == 1
    assert (await grace.fetchrow(LIKE, thread))["like_count"] == 1
    assert (await ada.fetchrow(LIKE, thread))["like_count"] == 2
    assert (await grace.fetchrow(UNLIKE, thread))["like_count"] == 1
    assert (await grace.fetchrow(UNLIKE, thread))["like_count"] == 1


async def test_whether_the_viewer_likes_it(town: Town) -> None:
    ada, grace, anonymous = await town.join("ada"), await town.join("grace"), await town.anonymous()
    thread = await write(ada, "hello")
    await grace.fetchrow(LIKE, thread)
    assert [await has_liked(session, thread) for session in (ada, grace, anonymous)] == [False, True, False]


async def test_a_like_needs_a_thread_that_is_there(town: Town, breaks: Breaks) -> None:
    ada = await town.join("ada")
    for statement in (LIKE, UNLIKE):
        with breaks("thread_not_found", "There is no such thread.", "thread_id"):
            await ada.fetchrow(statement, 404)


async def test_nobody_likes_or_unlikes_for_another(town: Town) -> None:
    ada_id, grace = await town.sign_up("ada"), await town.join("grace")
    ada = await town.member(ada_id)
    thread = await write(ada, "hello")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await grace.execute("insert into threads.likes (thread_id, user_id) values ($1, $2)", thread, ada_id)
    await ada.fetchrow(LIKE, thread)
    assert await grace.execute("delete from threads.likes") == "DELETE 0"
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
        await grace.execute("update threads.likes set user_id = threads.viewer_id()")
    assert await ada.fetchval("select like_count from threads.threads") == 1


async def test_following_twice_counts_once_and_works_in_any_case(town: Town) -> None:
    ada = await town.join("ada")
    await town.sign_up("grace")
    assert (await ada.fetchrow(FOLLOW, "grace"))["follower_count"] == 1
    assert (await ada.fetchrow(FOLLOW, " GRACE "))["follower_count"] == 1
    assert await ada.fetchval("select v.following_count from threads.viewer() as v") == 1
    assert (await ada.fetchrow(UNFOLLOW, "Grace"))["follower_count"] == 0
    assert (await ada.fetchrow(UNFOLLOW, "Grace"))["follower_count"] == 0
    assert await ada.fetchval("select v.following_count from threads.viewer() as v") == 0


async def test_nobody_follows_themselves(town: Town, breaks: Breaks) -> None:
    ada = await town.join("ada")
    with breaks("cannot_follow_self", "You cannot follow yourself.", "username"):
        await ada.fetchrow(FOLLOW, "Ada")
    with pytest.raises(asyncpg.CheckViolationError, match="follows_not_oneself"):
        await ada.execute("insert into threads.follows select threads.viewer_id(), threads.viewer_id()")


async def test_following_needs_a_user_that_is_there(town: Town, breaks: Breaks) -> None:
    ada = await town.join("ada")
    for statement in (FOLLOW, UNFOLLOW):
        with breaks("user_not_found", 'There is no user "nobody".', "username"):
            await ada.fetchrow(statement, "nobody")


async def test_nobody_follows_or_unfollows_for_another(town: Town) -> None:
    ada_id, grace_id = await town.sign_up("ada"), await town.sign_up("grace")
    ada, grace, linus = await town.member(ada_id), await town.member(grace_id), await town.join("linus")
    insert = "insert into threads.follows (follower_id, followee_id) values ($1, $2)"
    for session in (grace, linus):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await session.execute(insert, ada_id, grace_id)
    await ada.fetchrow(FOLLOW, "grace")
    assert await linus.execute("delete from threads.follows") == "DELETE 0"
    assert await ada.fetchval("select count(*) from threads.follows") == 1


async def test_who_follows_whom_as_the_viewer_sees_it(town: Town) -> None:
    ada, grace, anonymous = await town.join("ada"), await town.join("grace"), await town.anonymous()
    await ada.fetchrow(FOLLOW, "grace")
    seen = """
        select f, b
          from threads.users as u, threads.users_viewer_follows(u) as f, threads.users_follows_viewer(u) as b
         where u.username = $1
    """
    assert tuple(await ada.fetchrow(seen, "grace")) == (True, False)
    assert tuple(await grace.fetchrow(seen, "ada")) == (False, True)
    assert tuple(await anonymous.fetchrow(seen, "ada")) == (False, False)


async def test_a_profile_keeps_what_is_left_out(town: Town) -> None:
    ada = await town.join("ada")
    first = await ada.fetchrow("select * from threads.update_profile(bio => ' Poetical science. ')")
    assert (first["display_name"], first["bio"]) == ("ada", "Poetical science.")
    second = await ada.fetchrow("select * from threads.update_profile(display_name => 'Ada L.')")
    assert (second["display_name"], second["bio"]) == ("Ada L.", "Poetical science.")
    third = await ada.fetchrow("select * from threads.update_profile('', '')")
    assert (third["display_name"], third["bio"]) == ("ada", "")


async def test_a_profile_has_bounds_by_function_and_in_plain_sql(town: Town, breaks: Breaks) -> None:
    ada = await town.join("ada")
    await ada.execute("select threads.update_profile($1, $2)", "x" * 50, "y" * 160)
    for statement in (
        "select threads.update_profile(display_name => $1)",
        "update threads.users set display_name = $1",
    ):
        with breaks("display_name_too_long", "at most 50 characters; this one has 51.", "display_name"):
            await ada.execute(statement, "x" * 51)
    for statement in ("select threads.update_profile(bio => $1)", "update threads.users set bio = $1"):
        with breaks("bio_too_long", "at most 160 characters; this one has 161.", "bio"):
            await ada.execute(statement, "y" * 161)


async def test_nobody_changes_the_profile_of_another(town: Town) -> None:
    ada = await town.join("ada")
    await town.sign_up("grace")
    assert await ada.execute("update threads.users set bio = 'hacked'") == "UPDATE 1"
    assert await ada.fetchval("select bio from threads.users where username = 'grace'") == ""


async def test_the_viewer_is_whom_the_claims_name(town: Town) -> None:
    ada = await town.join("ada")
    assert await ada.fetchval("select v.username from threads.viewer() as v") == "ada"
    await claim(ada, role="threads_member")
    assert await ada.fetchval("select v.username from threads.viewer() as v") is None
    await ada.execute("select set_config('request.jwt.claims', '', false)")
    assert await ada.fetchval("select threads.viewer_id()") is None


async def test_home_feed_has_what_the_viewer_and_the_followed_started(town: Town) -> None:
    ada, grace, linus = await town.join("ada"), await town.join("grace"), await town.join("linus")
    own, followed = await write(ada, "own"), await write(grace, "followed")
    stranger = await write(linus, "a stranger's")
    await grace.execute("select threads.reply_to_thread($1, 'a reply')", stranger)
    await ada.fetchrow(FOLLOW, "grace")
    feed = "select thread_id from threads.home_feed() order by created_at desc, thread_id desc"
    assert [row["thread_id"] for row in await ada.fetch(feed)] == [followed, own]
    await ada.fetchrow(UNFOLLOW, "grace")
    assert [row["thread_id"] for row in await ada.fetch(feed)] == [own]
    assert await (await town.anonymous()).fetch(feed) == []
    assert await (await town.join("newcomer")).fetch(feed) == []
