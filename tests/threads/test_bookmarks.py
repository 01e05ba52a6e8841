"""Bookmarks: one's own, the latest first; what becomes invisible drops out of them and comes back."""

from __future__ import annotations

import asyncpg
import pytest

from .conftest import Breaks, Connection, Town

KEPT = """
    select array_agg(b.thread_id order by b.created_at desc, b.thread_id desc) from threads.bookmarks as b
"""
FLAG = "select f from threads.threads as t, threads.threads_viewer_has_bookmarked(t) as f where t.id = $1"


async def write(session: Connection, body: str = "hello") -> int:
    thread = await session.fetchval("select t.id from threads.create_thread($1) as t", body)
    assert isinstance(thread, int)
    return thread


async def test_members_keep_and_let_go_and_the_latest_is_first(town: Town) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    first, second = await write(ada), await write(ada)
    for thread in (second, first, second):  # the last changes nothing
        await grace.execute("select threads.bookmark_thread($1)", thread)
    assert await grace.fetchval(KEPT) == [first, second]
    assert [await grace.fetchval(FLAG, first), await ada.fetchval(FLAG, first)] == [True, False]
    for _ in range(2):
        await grace.execute("select threads.unbookmark_thread($1)", first)
    assert await grace.fetchval(KEPT) == [second]


async def test_nobody_sees_counts_or_changes_the_bookmarks_of_another(town: Town) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    thread = await write(ada)
    await grace.execute("select threads.bookmark_thread($1)", thread)
    for session in (ada, await town.anonymous()):
        assert await session.fetchval("select count(*) from threads.bookmarks") == 0
    assert await ada.execute("delete from threads.bookmarks") == "DELETE 0"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await ada.execute("insert into threads.bookmarks (user_id, thread_id) values (2, $1)", thread)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await ada.execute("update threads.bookmarks set created_at = now()")
    assert await grace.fetchval(KEPT) == [thread]


async def test_what_becomes_invisible_drops_out_and_comes_back(town: Town) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    thread, superuser = await write(ada), await town.superuser()
    await grace.execute("select threads.bookmark_thread($1)", thread)
    for hide, show in (
        ("insert into threads.blocks values (1, 2)", "delete from threads.blocks"),
        ("insert into threads.blocks values (2, 1)", "delete from threads.blocks"),
        ("update threads.users set is_private = true", "update threads.users set is_private = false"),
        ("update threads.threads set hidden_at = now()", "update threads.threads set hidden_at = null"),
        (
            "update threads.users set deactivated_at = now() where id = 1",
            "update threads.users set deactivated_at = null",
        ),
    ):
        await superuser.execute(hide)
        assert await grace.fetchval(KEPT) is None, hide
        await superuser.execute(show)
        assert await grace.fetchval(KEPT) == [thread], show


async def test_what_is_not_there_for_somebody_is_not_kept(town: Town, breaks: Breaks) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    thread = await write(ada)
    await ada.execute("update threads.users set is_private = true where id = threads.viewer_id()")
    for missing in (thread, 99):
        with breaks("thread_not_found", "no such thread", "thread_id"):
            await grace.execute("select threads.bookmark_thread($1)", missing)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await grace.execute(
                "insert into threads.bookmarks (user_id, thread_id) values (threads.viewer_id(), $1)", missing
            )
    with breaks("not_logged_in", "log in"):
        await (await town.anonymous()).execute("select threads.bookmark_thread($1)", thread)


async def test_a_deleted_thread_whose_place_is_held_is_kept_no_longer(town: Town, breaks: Breaks) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    thread = await write(ada)
    await grace.execute("select threads.bookmark_thread($1)", thread)
    await grace.execute("select threads.reply_to_thread($1, 'hm')", thread)
    await ada.execute("select threads.delete_thread($1)", thread)
    assert await (await town.superuser()).fetch("table threads.bookmarks") == []
    with breaks("thread_not_found", "no such thread", "thread_id"):
        await grace.execute("select threads.bookmark_thread($1)", thread)
