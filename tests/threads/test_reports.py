"""Reports: once a person and thing, of what they see; nobody who is reported learns of it, or of whom."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from .conftest import Breaks, Connection, Town

REPORT_THREAD = "select r.* from threads.report_thread($1, $2, $3) as r"
REPORT_USER = "select r.* from threads.report_user($1, $2) as r"
QUEUE = "select q.subject::text, q.user_id, q.thread_id, q.open_count from threads.report_queue() as q order by q.id"
OUTCOMES = "select r.status::text from threads.reports as r order by r.id"


async def write(session: Connection, body: str) -> int:
    thread_id = await session.fetchval("select t.id from threads.create_thread($1) as t", body)
    assert isinstance(thread_id, int)
    return thread_id


async def test_a_report_holds_what_was_written_also_when_it_is_gone(town: Town) -> None:
    ada, bob, mia = await town.join("ada"), await town.join("bob"), await town.appoint("mia")
    thread = await write(bob, "buy my pills")
    report = await ada.fetchrow(REPORT_THREAD, thread, "spam", "  again \n")
    assert (report["body"], report["note"], report["status"], report["user_id"]) == ("buy my pills", "again", "open", 2)
    assert await mia.fetch(QUEUE) == [("thread", 2, thread, 1)]

    await bob.execute("select threads.delete_thread($1)", thread)
    assert await mia.fetch(QUEUE) == [("thread", 2, None, 1)]
    assert await mia.fetch("select r.thread_id, r.body from threads.reports as r") == [(None, "buy my pills")]
    assert await ada.fetch(OUTCOMES) == [("open",)]


async def test_reporting_again_changes_nothing_and_what_others_report_is_counted(town: Town) -> None:
    ada, bob, carl = await town.join("ada"), await town.join("bob"), await town.join("carl")
    mia = await town.appoint("mia")
    thread = await write(bob, "buy my pills")
    first = await ada.fetchrow(REPORT_THREAD, thread, "spam", "")
    assert await ada.fetchrow(REPORT_THREAD, thread, "hate", "other") == first
    await ada.execute(REPORT_USER, "bob", "impersonation")
    again = await ada.fetchrow(REPORT_USER, "BOB", "other")
    assert (again["reason"], again["body"]) == ("impersonation", None)
    await carl.execute(REPORT_THREAD, thread, "spam", "")
    assert await mia.fetch(QUEUE) == [("thread", 2, thread, 2), ("user", 2, None, 1)]
    with pytest.raises(asyncpg.UniqueViolationError):
        await ada.execute("insert into threads.reports (reporter_id, thread_id, reason) values (1, $1, 'spam')", thread)


async def test_flags_of_what_the_viewer_reported(town: Town) -> None:
    ada, bob, carl = await town.join("ada"), await town.join("bob"), await town.join("carl")
    mia = await town.appoint("mia")
    thread = await write(bob, "buy my pills")
    await ada.execute(REPORT_THREAD, thread, "spam", "")
    await carl.execute(REPORT_USER, "bob", "spam")
    flags = """
        select h, v
          from threads.threads as t
          join threads.users as u on u.id = t.author_id
         cross join lateral threads.threads_viewer_has_reported(t) as h
         cross join lateral threads.users_viewer_has_reported(u) as v
    """
    sessions = ada, bob, carl, mia
    assert [await session.fetch(flags) for session in sessions] == [
        [(True, False)],
        [(False, False)],
        [(False, True)],
        [(False, False)],
    ]


async def test_the_reported_and_strangers_see_no_report(town: Town) -> None:
    ada, bob, carl = await town.join("ada"), await town.join("bob"), await town.join("carl")
    thread = await write(bob, "buy my pills")
    await ada.execute(REPORT_THREAD, thread, "spam", "")
    await ada.execute(REPORT_USER, "bob", "spam")
    assert len(await ada.fetch(OUTCOMES)) == 2
    for session in (bob, carl):
        assert await session.fetch(OUTCOMES) == []
        for statement in ("select threads.report_queue()", "select from threads.report_cases"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await session.execute(statement)
    stranger = await town.anonymous()
    for statement in (
        "select from threads.reports",
        "select threads.report_thread(1, 'spam')",
        "select threads.report_user('bob', 'spam')",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await stranger.execute(statement)


async def test_what_is_not_seen_is_not_reported(town: Town, breaks: Breaks) -> None:
    ada, bob, carl = await town.join("ada"), await town.join("bob"), await town.join("carl")
    hidden, secret = await write(carl, "out of sight"), await write(bob, "for followers")
    superuser = await town.superuser()
    await superuser.execute("update threads.threads set hidden_at = now() where id = $1", hidden)
    await superuser.execute("update threads.users set is_private = true where username = 'bob'")
    await superuser.execute("insert into threads.blocks (blocker_id, blocked_id) values (3, 1)")
    for thread in (hidden, secret, 4711):
        with breaks("thread_not_found", "There is no such thread.", "thread_id"):
            await ada.execute(REPORT_THREAD, thread, "spam", "")
        with breaks("thread_not_found", "There is no such thread.", "thread_id"):
            await ada.execute(
                "insert into threads.reports (reporter_id, thread_id, reason) values (1, $1, 'spam')", thread
            )
    with breaks("user_not_found", 'There is no user "carl".', "username"):
        await ada.execute(REPORT_USER, "carl", "spam")
    with breaks("user_not_found", "There is no such user.", "username"):
        await ada.execute("insert into threads.reports (reporter_id, user_id, reason) values (1, 3, 'spam')")
    assert await superuser.fetchval("select count(*) from threads.report_cases") == 0


async def test_nobody_reports_themselves_or_in_the_name_of_another(town: Town, breaks: Breaks) -> None:
    ada, bob = await town.join("ada"), await town.join("bob")
    thread = await write(bob, "hello")
    with breaks("cannot_report_self", "You cannot report yourself.", "thread_id"):
        await bob.execute(REPORT_THREAD, thread, "spam", "")
    with breaks("cannot_report_self", "You cannot report yourself.", "username"):
        await bob.execute(REPORT_USER, "bob", "spam")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await ada.execute("insert into threads.reports (reporter_id, user_id, reason) values (2, 1, 'spam')")
    with breaks("note_too_long", "A note has at most 500 characters; this one has 501.", "note"):
        await ada.execute(REPORT_THREAD, thread, "spam", "x" * 501)


FORGED = (
    "insert into threads.reports (reporter_id, thread_id, reason, body) values (1, 1, 'spam', 'forged')",
    "insert into threads.reports (reporter_id, thread_id, reason, status) values (1, 1, 'spam', 'resolved')",
    "update threads.reports set note = 'other'",
    "update threads.reports set status = 'resolved'",
    "delete from threads.reports",
    "insert into threads.report_cases (subject, user_id) values ('user', 2)",
    "update threads.report_cases set closed_at = now()",
)


async def test_nobody_forges_or_takes_back_a_report(town: Town) -> None:
    ada, bob, mia = await town.join("ada"), await town.join("bob"), await town.appoint("mia")
    await ada.execute(REPORT_THREAD, await write(bob, "hello"), "spam", "")
    for session in (ada, bob, mia):
        for statement in FORGED:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await session.execute(statement)


async def test_whom_a_report_is_about_cannot_be_made_up(town: Town) -> None:
    ada, bob = await town.join("ada"), await town.join("bob")
    await town.join("carl")
    thread = await write(bob, "hello")
    await ada.execute(
        "insert into threads.reports (reporter_id, thread_id, user_id, reason) values (1, $1, 3, 'spam')", thread
    )
    assert await ada.fetchval("select user_id from threads.reports") == 2


async def test_many_report_one_thing_at_once(town: Town) -> None:
    bob, mia = await town.join("bob"), await town.appoint("mia")
    people = [await town.join(f"person_{number}") for number in range(10)]
    thread = await write(bob, "hello")
    await asyncio.gather(*(person.execute(REPORT_THREAD, thread, "spam", "") for person in people))
    assert await mia.fetch(QUEUE) == [("thread", 1, thread, 10)]


async def test_a_report_outlives_its_reporter_and_not_whom_it_is_about(town: Town) -> None:
    ada, mia = await town.join("ada"), await town.appoint("mia")
    await town.join("bob")
    await ada.execute(REPORT_USER, "bob", "spam")
    superuser = await town.superuser()
    await superuser.execute("delete from threads.users where username = 'ada'")
    assert await mia.fetch(QUEUE) == [("user", 3, None, 1)]
    await superuser.execute("delete from threads.users where username = 'bob'")
    assert await mia.fetch(QUEUE) == []
