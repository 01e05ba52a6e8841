"""Moderators: what they see and do, what nobody else does, and the log that nobody changes."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import asyncpg
import pytest

from .conftest import Breaks, Connection, Town, claim

HIDE = "select (threads.hide_thread($1, 'it is spam')).hidden_at"
LOG = """
    select a.action::text, a.moderator_id, a.user_id, a.thread_id, a.reason from threads.moderation_actions as a
     where a.action <> 'appoint_moderator' and a.id > $1 order by a.id
"""
SEEN = "select t.id from threads.threads as t order by t.id"


async def write(session: Connection, body: str) -> int:
    thread_id = await session.fetchval("select t.id from threads.create_thread($1) as t", body)
    assert isinstance(thread_id, int)
    return thread_id


async def reported(session: Connection, thread: int) -> int:
    case = await session.fetchval("select r.case_id from threads.report_thread($1, 'spam') as r", thread)
    assert isinstance(case, int)
    return case


async def last_action(town: Town) -> int:
    """Where the log ends; nobody empties it between two tests."""
    last = await (await town.superuser()).fetchval("select coalesce(max(id), 0) from threads.moderation_actions")
    assert isinstance(last, int)
    return last


VERBS = (
    "select threads.hide_thread(1, 'x')",
    "select threads.restore_thread(1)",
    "select threads.suspend_user('ada', 'x')",
    "select threads.lift_suspension('ada')",
    "select threads.resolve_reports(1)",
    "select threads.dismiss_reports(1)",
    "insert into threads.moderation_actions (action, thread_id, reason) values ('hide_thread', 1, 'x')",
    "insert into threads.moderation_actions (action, user_id, reason) values ('suspend_user', 1, 'x')",
    "insert into threads.moderation_actions (action, case_id) values ('resolve_reports', 1)",
)


async def test_members_and_strangers_do_nothing_of_it(town: Town) -> None:
    ada = await town.join("ada")
    await write(ada, "hello")
    bob = await town.join("bob")
    await reported(bob, 1)
    for session in (ada, bob, await town.anonymous()):
        for statement in (*VERBS, "select from threads.moderation_actions"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await session.execute(statement)


async def test_the_token_of_a_former_moderator_does_nothing(town: Town, breaks: Breaks) -> None:
    ada, mia = await town.join("ada"), await town.appoint("mia")
    await write(ada, "hello")
    await reported(await town.join("bob"), 1)
    last = await last_action(town)
    assert len(await mia.fetch("select from threads.report_queue()")) == 1
    superuser = await town.superuser()
    assert await superuser.fetchval("select threads.dismiss_moderator('mia', 'left')") == "dismissed"
    for statement in VERBS:
        with breaks("not_a_moderator", "Only moderators may do this."):
            await mia.execute(statement)
    assert await mia.fetch("select from threads.report_queue()") == []
    assert await mia.fetch("select from threads.reports") == []
    assert await mia.fetch("select from threads.moderation_actions") == []
    assert not await mia.fetchval("select threads.viewer_is_moderator()")
    assert await superuser.fetch(LOG, last) == [("dismiss_moderator", None, 2, None, "left")]


async def test_a_member_with_the_role_alone_is_no_moderator(town: Town, breaks: Breaks) -> None:
    ada = await town.join("ada")
    await write(ada, "hello")
    forger = await town.role("threads_moderator")
    await claim(forger, sub=str(await town.sign_up("eve")), role="threads_moderator")
    with breaks("not_a_moderator", "Only moderators may do this."):
        await forger.execute(HIDE, 1)
    nobody = await town.role("threads_moderator")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await nobody.execute(HIDE, 1)


async def test_who_hides_closes_the_case_and_is_in_the_log(town: Town) -> None:
    ada, bob, mia = await town.join("ada"), await town.join("bob"), await town.appoint("mia")
    last = await last_action(town)
    thread = await write(ada, "buy my pills")
    await reported(bob, thread)
    assert await mia.fetchval(HIDE, thread) is not None
    assert await mia.fetch("select from threads.report_queue()") == []
    assert await bob.fetchval("select r.status::text from threads.reports as r") == "resolved"
    assert await mia.fetchval(HIDE, thread) is not None, "hiding it again changes nothing"
    for session, seen in ((ada, [thread]), (bob, []), (await town.anonymous(), []), (mia, [thread])):
        assert [row["id"] for row in await session.fetch(SEEN)] == seen

    assert await mia.fetchval("select (threads.restore_thread($1, 'my mistake')).hidden_at", thread) is None
    await mia.execute("select threads.restore_thread($1)", thread)
    assert [row["id"] for row in await bob.fetch(SEEN)] == [thread]
    assert await mia.fetch(LOG, last) == [
        ("hide_thread", 3, 1, thread, "it is spam"),
        ("restore_thread", 3, 1, thread, "my mistake"),
    ]


@pytest.mark.parametrize(
    ("close", "verb", "status"),
    [
        ("select r.* from threads.resolve_reports($1, 'looked at it') as r", "resolve_reports", "resolved"),
        ("select r.* from threads.dismiss_reports($1, 'looked at it') as r", "dismiss_reports", "dismissed"),
    ],
)
async def test_a_case_is_closed_and_opened_by_another_report(town: Town, close: str, verb: str, status: str) -> None:
    ada, bob, carl = await town.join("ada"), await town.join("bob"), await town.join("carl")
    mia = await town.appoint("mia")
    thread = await write(ada, "buy my pills")
    case = await reported(bob, thread)
    last = await last_action(town)
    row = await mia.fetchrow(close, case)
    assert (row["open_count"], row["closed_at"] is None) == (0, False)
    await mia.execute(close, case)
    assert await mia.fetch(LOG, last) == [(verb, 4, 1, thread, "looked at it")]
    assert await bob.fetchval("select r.status::text from threads.reports as r") == status
    await reported(bob, thread)
    assert await mia.fetch("select from threads.report_queue()") == [], "once a person and thing"
    await reported(carl, thread)
    assert await mia.fetch("select q.open_count from threads.report_queue() as q") == [(1,)]


async def test_moderators_see_of_private_accounts_what_is_reported_and_no_longer_than_that(town: Town) -> None:
    ada, bob, mia = await town.join("ada"), await town.join("bob"), await town.appoint("mia")
    secret, other = await write(ada, "a secret"), await write(ada, "another")
    await bob.execute("select threads.follow_user('ada')")
    await (await town.superuser()).execute("update threads.users set is_private = true where id = 1")
    assert await mia.fetch(SEEN) == []
    case = await reported(bob, secret)
    assert [row["id"] for row in await mia.fetch(SEEN)] == [secret]
    await mia.execute("select threads.dismiss_reports($1)", case)
    assert await mia.fetch(SEEN) == []
    for thread in (secret, other):
        with pytest.raises(asyncpg.RaiseError, match=r"There is no such thread\."):
            await mia.execute(HIDE, thread)


async def test_whom_a_moderator_blocks_is_moderated_all_the_same(town: Town) -> None:
    ada, bob, mia = await town.join("ada"), await town.join("bob"), await town.appoint("mia")
    thread = await write(ada, "buy my pills")
    await (await town.superuser()).execute("insert into threads.blocks (blocker_id, blocked_id) values (1, 3)")
    names = "select u.username from threads.users as u where u.id = 1"
    assert await mia.fetch(names) == []
    await reported(bob, thread)
    assert await mia.fetchval(names) == "ada"
    await mia.execute(HIDE, thread)
    assert await mia.fetch(names) == []
    await mia.execute("select threads.restore_thread($1)", thread)
    assert [row["id"] for row in await bob.fetch(SEEN)] == [thread]


ANSWERS = (
    "select threads.like_thread(1)",
    "insert into threads.likes (thread_id, user_id) values (1, 3)",
    "insert into threads.reposts (thread_id, user_id) values (1, 3)",
    "insert into threads.bookmarks (thread_id, user_id) values (1, 3)",
    "select threads.reply_to_thread(1, 'I saw that')",
    "insert into threads.threads (author_id, body, quoted_id) values (3, 'look at that', 1)",
)
FOLLOWS = (
    "insert into threads.follows (follower_id, followee_id) values (3, 1)",
    "insert into threads.follow_requests (requester_id, target_id) values (3, 1)",
)


@pytest.mark.parametrize("why", ["hidden", "private", "blocked"])
async def test_what_is_seen_to_be_judged_is_not_answered(town: Town, why: str) -> None:
    ada, bob, mia = await town.join("ada"), await town.join("bob"), await town.appoint("mia")
    thread = await write(ada, "buy my pills")
    await bob.execute("select threads.follow_user('ada')")
    superuser = await town.superuser()
    if why == "blocked":
        await superuser.execute("insert into threads.blocks (blocker_id, blocked_id) values (1, 3)")
    if why == "private":
        await superuser.execute("update threads.users set is_private = true where id = 1")
    await reported(bob, thread)
    if why == "hidden":
        await mia.execute(HIDE, thread)
    assert [row["id"] for row in await mia.fetch(SEEN)] == [thread]
    for statement in (*ANSWERS, *(FOLLOWS if why == "blocked" else ())):
        with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.RaiseError)):
            await mia.execute(statement)


FORBIDDEN = (
    "update threads.threads set body = 'by another' where id = 1",
    "update threads.threads set hidden_at = now() where id = 1",
    "delete from threads.threads where id = 1",
    "update threads.users set bio = 'by another' where id = 1",
    "insert into threads.suspensions (user_id, reason) values (1, 'x')",
    "update threads.suspensions set lifted_at = now()",
    "insert into private.moderators values (1)",
    "delete from private.moderators",
    "select threads.appoint_moderator('ada')",
    "select threads.dismiss_moderator('ada')",
    "insert into threads.moderation_actions (action, user_id) values ('appoint_moderator', 1)",
    "insert into threads.moderation_actions (action, user_id) values ('dismiss_moderator', 1)",
    "insert into threads.moderation_actions (action, user_id, created_at) values ('lift_suspension', 1, now())",
)


async def test_moderators_do_no_more_than_the_verbs(town: Town) -> None:
    ada, mia = await town.join("ada"), await town.appoint("mia")
    await write(ada, "hello")
    await reported(mia, 1)
    superuser = await town.superuser()
    everything = """
        select (select array_agg(t) from threads.threads as t), (select array_agg(u) from threads.users as u),
               (select array_agg(s) from threads.suspensions as s), (select array_agg(m) from private.moderators as m)
    """
    before = await superuser.fetch(everything)
    for statement in FORBIDDEN:
        with suppress(asyncpg.InsufficientPrivilegeError, asyncpg.RaiseError):
            await mia.execute(statement)
        assert await superuser.fetch(everything) == before, statement


async def test_moderators_do_not_moderate_themselves_and_act_in_nobodys_name(town: Town, breaks: Breaks) -> None:
    ada, mia, max_ = await town.join("ada"), await town.appoint("mia"), await town.appoint("max")
    thread = await write(mia, "mine")
    case = await reported(ada, thread)
    last = await last_action(town)
    assert await mia.fetch("select from threads.report_queue()") == []
    assert await mia.fetch("select from threads.reports") == []
    assert len(await max_.fetch("select from threads.report_queue()")) == 1
    for statement in (f"select threads.hide_thread({thread}, 'x')", "select threads.suspend_user('mia', 'x')"):
        with breaks("cannot_moderate_self", "Moderators do not moderate themselves."):
            await mia.execute(statement)
    with breaks("case_not_found", "There is no such case.", "case_id"):
        await mia.execute("select threads.dismiss_reports($1)", case)
    # Whom the row names does not matter: it is who asks.
    await mia.execute(
        "insert into threads.moderation_actions (action, moderator_id, user_id, reason)"
        " values ('suspend_user', 3, 1, 'rude')"
    )
    assert await max_.fetch(LOG, last) == [("suspend_user", 2, 1, None, "rude")]


async def test_moderators_are_suspended_by_nobody_while_they_are(town: Town, breaks: Breaks) -> None:
    await town.appoint("mia")
    max_ = await town.appoint("max")
    with breaks("user_is_moderator", "Moderators are not suspended.", "username"):
        await max_.execute("select threads.suspend_user('mia', 'a quarrel')")


@pytest.mark.parametrize("role", ["postgres", "threads_owner", "threads_admin", "threads_moderator"])
async def test_nobody_changes_the_log(town: Town, role: str) -> None:
    mia, ada = await town.appoint("mia"), await town.join("ada")
    await mia.execute(HIDE, await write(ada, "hello"))
    superuser = await town.superuser()
    before = await superuser.fetch("table threads.moderation_actions")
    await superuser.execute(f'set role "{role}"')
    for statement in (
        "update threads.moderation_actions set reason = 'nothing'",
        "delete from threads.moderation_actions",
        "truncate threads.moderation_actions",
    ):
        with pytest.raises((asyncpg.RaiseError, asyncpg.InsufficientPrivilegeError)):
            await superuser.execute(statement)
    if role == "postgres":
        await superuser.execute("set session_replication_role = replica")
        with pytest.raises(asyncpg.RaiseError, match=r"The log of moderation is not changed\."):
            await superuser.execute("delete from threads.moderation_actions")
    await superuser.execute("reset role")
    assert await superuser.fetch("table threads.moderation_actions") == before


async def test_the_log_outlives_whom_it_is_about(town: Town) -> None:
    ada, mia, max_ = await town.join("ada"), await town.appoint("mia"), await town.appoint("max")
    last = await last_action(town)
    thread = await write(ada, "buy my pills")
    await mia.execute(HIDE, thread)
    await (await town.superuser()).execute("delete from threads.threads")
    await (await town.superuser()).execute("delete from threads.users where username in ('ada', 'mia')")
    assert await max_.fetch(LOG, last) == [("hide_thread", 2, 1, thread, "it is spam")]
    names = """
        select u.username, m.username
          from threads.moderation_actions as a
          left join lateral threads.moderation_actions_user(a) as u on true
          left join lateral threads.moderation_actions_moderator(a) as m on true
         where a.id > $1
    """
    assert await max_.fetch(names, last) == [(None, None)]


async def test_administrators_act_in_psql_and_are_in_the_log(town: Town) -> None:
    ada = await town.join("ada")
    thread = await write(ada, "buy my pills")
    last = await last_action(town)
    admin = await town.superuser()
    await admin.execute("set role threads_admin")
    await admin.execute(HIDE, thread)
    await admin.execute("select threads.restore_thread($1)", thread)
    await admin.execute("select threads.suspend_user('ada', 'rude', now() + interval '1 day')")
    await admin.execute("select threads.lift_suspension('ada')")
    assert await admin.fetchval("select threads.appoint_moderator('ada')") == "appointed"
    assert await admin.fetchval("select threads.appoint_moderator('ada')") == "is a moderator already"
    rows = await admin.fetch(
        "select a.action::text, a.moderator_id, a.session_role from threads.moderation_actions as a where a.id > $1"
        " order by a.id",
        last,
    )
    assert rows == [
        (action, None, "postgres")
        for action in ("hide_thread", "restore_thread", "suspend_user", "lift_suspension", "appoint_moderator")
    ]
    with pytest.raises(asyncpg.RaiseError, match="There is no user"):
        await admin.execute("select threads.appoint_moderator('nobody_at_all')")


async def test_reasons_have_bounds(town: Town, breaks: Breaks) -> None:
    ada, mia = await town.join("ada"), await town.appoint("mia")
    thread = await write(ada, "hello")
    for statement in (f"select threads.hide_thread({thread}, ' \n')", "select threads.suspend_user('ada', '')"):
        with breaks("reason_required", "Say why.", "reason"):
            await mia.execute(statement)
    with breaks("reason_too_long", "A reason has at most 500 characters; this one has 501.", "reason"):
        await mia.execute("select threads.hide_thread($1, $2)", thread, "x" * 501)


async def test_two_who_hide_at_once_are_one_in_the_log(town: Town) -> None:
    ada, mia, max_ = await town.join("ada"), await town.appoint("mia"), await town.appoint("max")
    thread = await write(ada, "buy my pills")
    last = await last_action(town)
    await mia.execute("begin")
    await mia.execute(HIDE, thread)
    waiting = asyncio.create_task(max_.execute(HIDE, thread))
    await asyncio.sleep(0.1)
    await mia.execute("commit")
    await waiting
    assert await max_.fetch(LOG, last) == [("hide_thread", 2, 1, thread, "it is spam")]


async def test_a_tombstone_is_not_hidden(town: Town, breaks: Breaks) -> None:
    ada, bob, mia = await town.join("ada"), await town.join("bob"), await town.appoint("mia")
    thread = await write(ada, "hello")
    await bob.execute("select threads.reply_to_thread($1, 'hello you')", thread)
    await ada.execute("select threads.delete_thread($1)", thread)
    with breaks("thread_not_found", "There is no such thread.", "thread_id"):
        await mia.execute(HIDE, thread)
