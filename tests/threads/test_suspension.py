"""Who is suspended reads and writes nothing, until it ends; who is deactivated or gone writes nothing either."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from .conftest import Breaks, Connection, Town

SUSPEND = "select u.username from threads.suspend_user($1, $2, $3) as u"
LIFT = "select u.username from threads.lift_suspension($1) as u"
OWN = """
    select s.reason, s.ends_at, s.lifted_at
      from threads.viewer() as v
     cross join lateral threads.users_suspension(v) as s
"""

# By privilege of some column or of the table; sessions may be ended by those suspended, too.
UNGUARDED = """
    select format('%s: %s', c.relname, v.verb)
      from pg_class as c
     cross join (values ('insert', 'a'), ('update', 'w'), ('delete', 'd')) as v (verb, command)
     where c.relnamespace = 'threads'::regnamespace
       and c.relkind in ('r', 'p', 'v')
       and c.relname <> 'sessions'
       and (
             has_table_privilege('threads_moderator', c.oid, v.verb)
             or v.verb <> 'delete' and has_any_column_privilege('threads_moderator', c.oid, v.verb)
           )
       and not exists (
             select
               from pg_policy as p
              where p.polrelid = c.oid
                and p.polcmd::text in (v.command, '*')
                and not p.polpermissive
                and p.polroles @> array['threads_member'::regrole::oid]
                and concat(pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
                    like '%( SELECT private.viewer_may_write() AS viewer_may_write)%'
           )
     order by 1
"""


async def test_every_table_that_members_write_asks_whether_they_may(town: Town) -> None:
    superuser = await town.superuser()
    assert [row[0] for row in await superuser.fetch(UNGUARDED)] == []


async def test_the_same_check_finds_what_was_forgotten(town: Town) -> None:
    superuser = await town.superuser()
    await superuser.execute("begin")
    await superuser.execute("""
        create table threads.forgotten (id bigint);
        alter table threads.forgotten enable row level security;
        create policy forgotten on threads.forgotten as restrictive for insert to threads_member
        with check ((select private.viewer_may_write()));
        grant insert, update (id), delete on threads.forgotten to threads_member;
    """)
    found = [row[0] for row in await superuser.fetch(UNGUARDED)]
    await superuser.execute("rollback")
    assert found == ["forgotten: delete", "forgotten: update"]


WRITES = (
    "select threads.create_thread('again')",
    "insert into threads.threads (author_id, body) values (1, 'again')",
    "select threads.reply_to_thread(2, 'again')",
    "select threads.delete_thread(1)",
    "delete from threads.threads where id = 1",
    "select threads.like_thread(2)",
    "insert into threads.likes (thread_id, user_id) values (2, 1)",
    "select threads.unlike_thread(2)",
    "delete from threads.likes",
    "select threads.follow_user('bob')",
    "select threads.unfollow_user('bob')",
    "select threads.block_user('bob')",
    "insert into threads.mutes (muter_id, muted_id) values (1, 2)",
    "insert into threads.bookmarks (user_id, thread_id) values (1, 2)",
    "insert into threads.reposts (user_id, thread_id) values (1, 2)",
    "select threads.update_profile(bio => 'free')",
    "update threads.users set bio = 'free'",
    "select threads.report_user('bob', 'other')",
    "select threads.mute_word('free')",
    "select threads.unmute_word('free')",
)


async def suspended(town: Town, until: datetime | None) -> tuple[Connection, Connection]:
    """Ada, who is suspended, wrote thread 1, likes thread 2 and follows bob, who wrote it; and a moderator."""
    ada, bob, mia = await town.join("ada"), await town.join("bob"), await town.appoint("mia")
    await ada.execute("select threads.create_thread('hello')")
    await bob.execute("select threads.create_thread('hello')")
    await ada.execute("select threads.like_thread(2), threads.follow_user('bob'), threads.mute_word('free')")
    await mia.execute(SUSPEND, "ada", "rude to bob", until)
    return ada, mia


async def test_who_is_suspended_writes_nothing(town: Town) -> None:
    ada, _ = await suspended(town, datetime(2999, 1, 2, 3, 4, tzinfo=UTC))
    for statement in WRITES:
        with pytest.raises(asyncpg.RaiseError) as raised:
            await ada.execute(statement)
        assert raised.value.message == "Your account is suspended until 2999-01-02 03:04 UTC: rude to bob", statement
        assert raised.value.constraint_name == "suspended"
        assert json.loads(raised.value.detail) == {"until": "2999-01-02T03:04:00+00:00", "reason": "rude to bob"}


async def test_who_is_suspended_reads_and_logs_in_and_out(town: Town) -> None:
    ada, mia = await suspended(town, None)
    assert await ada.fetchval("select count(*) from threads.threads") == 2
    assert await ada.fetch(OWN) == [("rude to bob", None, None)]
    auth = await town.role("threads_auth")
    session = await auth.fetchval("select private.open_session(1, sha256('a'), interval '1 hour', '', null)")
    assert await ada.fetchval("select threads.end_session($1)", session)
    bob = await town.member(2)
    assert await bob.fetch("select s.reason from threads.suspensions as s") == []
    assert await bob.fetch("select s from threads.users as u cross join lateral threads.users_suspension(u) as s") == []
    assert await mia.fetch("select s.user_id from threads.suspensions as s") == [(1,)]
    with pytest.raises(asyncpg.RaiseError, match="suspended for good: rude to bob"):
        await ada.execute(WRITES[0])


async def test_it_ends_by_itself_and_when_it_is_lifted(town: Town) -> None:
    ada, mia = await suspended(town, datetime.now(UTC) + timedelta(days=1))
    superuser = await town.superuser()
    await superuser.execute("""
        update threads.suspensions
           set created_at = now() - interval '2 days', ends_at = now() - interval '1 second'
    """)
    assert await ada.fetch(OWN) == []
    await ada.execute(WRITES[0])
    await mia.execute(SUSPEND, "ada", "rude again", None)
    with pytest.raises(asyncpg.RaiseError, match="for good: rude again"):
        await ada.execute(WRITES[0])
    assert await mia.fetchval(LIFT, "ada") == "ada"
    await ada.execute(WRITES[0])
    reasons = await ada.fetch("select s.reason, s.lifted_at is not null from threads.suspensions as s order by s.id")
    assert reasons == [("rude to bob", False), ("rude again", True)]


async def test_a_later_one_takes_the_place_of_one_before(town: Town) -> None:
    ada, mia = await suspended(town, None)
    until = datetime(2999, 1, 2, 3, 4, tzinfo=UTC)
    await mia.execute(SUSPEND, "ada", "thought about it", until)
    assert await ada.fetch(OWN) == [("thought about it", until, None)]


async def test_it_ends_in_the_future(town: Town, breaks: Breaks) -> None:
    ada, mia = await suspended(town, None)
    with breaks("suspension_over", "A suspension ends in the future, or not at all.", "until"):
        await mia.execute(SUSPEND, "bob", "rude", datetime(2026, 1, 1, tzinfo=UTC))
    for statement in (
        "insert into threads.suspensions (user_id, reason) values (2, 'revenge')",
        "update threads.suspensions set lifted_at = now()",
        "delete from threads.suspensions",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await ada.execute(statement)


async def test_a_moderator_who_is_suspended_moderates_nothing(town: Town) -> None:
    _, mia = await suspended(town, None)
    superuser = await town.superuser()
    await superuser.execute("insert into threads.suspensions (user_id, reason) values (3, 'bribed')")
    with pytest.raises(asyncpg.RaiseError, match="suspended for good: bribed"):
        await mia.execute(LIFT, "ada")
    with pytest.raises(asyncpg.RaiseError, match="suspended for good: rude to bob"):
        await (await town.member(1)).execute(WRITES[0])


async def everything(session: Connection) -> list[object]:
    """What all tables of the schema hold."""
    tables = await session.fetch(
        "select c.oid::regclass::text as name from pg_class as c"
        " where c.relnamespace = 'threads'::regnamespace and c.relkind = 'r' order by 1"
    )
    return [await session.fetch(f"table {table['name']}") for table in tables]


async def test_a_token_that_outlives_its_account_writes_nothing(town: Town) -> None:
    ada, _ = await suspended(town, None)
    superuser = await town.superuser()
    await superuser.execute("delete from threads.suspensions")
    await superuser.execute("update threads.users set deactivated_at = now() where id = 1")
    before = await everything(superuser)
    for statement in WRITES:
        with suppress(asyncpg.RaiseError, asyncpg.InsufficientPrivilegeError):
            await ada.execute(statement)
        assert await everything(superuser) == before, statement
