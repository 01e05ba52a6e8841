"""What somebody does not see is refused in psql with the same words as what is not there, wherever a row names it."""

from __future__ import annotations

import json
import re

import asyncpg
import pytest

from .conftest import Connection, Town

# What members and moderators write, and what it names by a foreign key.
_WRITTEN = """
    select c.relname || '.' || a.attname
      from pg_constraint as k
      join pg_class as c on c.oid = k.conrelid
      join pg_attribute as a on a.attrelid = c.oid and a.attnum = any (k.conkey)
     where k.contype = 'f'
       and k.confrelid in ('threads.threads'::regclass, 'threads.users'::regclass, 'threads.polls'::regclass)
       and (
             has_column_privilege('threads_moderator', c.oid, a.attnum, 'insert')
             or has_column_privilege('threads_moderator', c.oid, a.attnum, 'update')
           )
"""
# $1 is what they name, $2 who writes.
_THREADS = {
    "bookmarks.thread_id": "insert into threads.bookmarks (thread_id, user_id) values ($1, $2)",
    "drafts.parent_id": "insert into threads.drafts (parent_id, author_id, body) values ($1, $2, 'a reply')",
    "drafts.quoted_id": "insert into threads.drafts (quoted_id, author_id, body) values ($1, $2, 'a quote')",
    "likes.thread_id": "insert into threads.likes (thread_id, user_id) values ($1, $2)",
    "media.thread_id": """
        insert into threads.media (thread_id, position, url)
        select $1, 1, 'https://pictures.example/' || $2::bigint
    """,
    "poll_votes.thread_id": "insert into threads.poll_votes (thread_id, user_id, option) values ($1, $2, 1)",
    "polls.thread_id": """
        insert into threads.polls (thread_id, ends_at, options)
        select $1, now() + interval '1 day', array['yes', 'no of ' || $2::bigint]
    """,
    "reports.thread_id": "insert into threads.reports (thread_id, reporter_id, reason) values ($1, $2, 'spam')",
    "reposts.thread_id": "insert into threads.reposts (thread_id, user_id) values ($1, $2)",
    "threads.parent_id": "insert into threads.threads (parent_id, author_id, body) values ($1, $2, 'a reply')",
    "threads.quoted_id": "insert into threads.threads (quoted_id, author_id, body) values ($1, $2, 'a quote')",
    "users.pinned_thread_id": "update threads.users set pinned_thread_id = $1 where id = $2",
}
_USERS = {
    "blocks.blocked_id": "insert into threads.blocks (blocked_id, blocker_id) values ($1, $2)",
    "blocks.blocker_id": "insert into threads.blocks (blocker_id, blocked_id) values ($1, $2)",
    "bookmarks.user_id": """
        insert into threads.bookmarks (user_id, thread_id)
        select $1, t.id from threads.threads as t where t.author_id = $2
    """,
    "follow_requests.requester_id": "insert into threads.follow_requests (requester_id, target_id) values ($1, $2)",
    "follow_requests.target_id": "insert into threads.follow_requests (target_id, requester_id) values ($1, $2)",
    "follows.followee_id": "insert into threads.follows (followee_id, follower_id) values ($1, $2)",
    "follows.follower_id": "insert into threads.follows (follower_id, followee_id) values ($1, $2)",
    "likes.user_id": """
        insert into threads.likes (user_id, thread_id)
        select $1, t.id from threads.threads as t where t.author_id = $2
    """,
    "muted_words.user_id": "insert into threads.muted_words (user_id, word) values ($1, 'word' || $2::bigint)",
    "mutes.muted_id": "insert into threads.mutes (muted_id, muter_id) values ($1, $2)",
    "mutes.muter_id": "insert into threads.mutes (muter_id, muted_id) values ($1, $2)",
    "notification_preferences.user_id": """
        insert into threads.notification_preferences (user_id) select $1 where $2::bigint is not null
    """,
    "poll_votes.user_id": """
        insert into threads.poll_votes (user_id, thread_id, option)
        select $1, t.id, 1 from threads.threads as t where t.author_id = $2
    """,
    "reports.reporter_id": "insert into threads.reports (reporter_id, user_id, reason) values ($1, $2, 'spam')",
    "reports.user_id": "insert into threads.reports (user_id, reporter_id, reason) values ($1, $2, 'spam')",
    "reposts.user_id": """
        insert into threads.reposts (user_id, thread_id)
        select $1, t.id from threads.threads as t where t.author_id = $2
    """,
    "threads.author_id": "insert into threads.threads (author_id, body) select $1, 'of ' || $2::bigint",
}
_MISSING = 1_000_000_000
_HIDDEN = {
    "blocks the viewer": "insert into threads.blocks (blocker_id, blocked_id) values ($1, $2)",
    "is blocked": "insert into threads.blocks (blocked_id, blocker_id) values ($1, $2)",
    "is deactivated": "update threads.users set deactivated_at = now() where id = $1 and id <> $2",
}
_HIDDEN_THREADS = _HIDDEN | {
    "is private": "update threads.users set is_private = true where id = $1 and id <> $2",
    "was hidden by a moderator": "update threads.threads set hidden_at = now() where author_id = $1 and $1 <> $2",
}
# Whom one blocks oneself, one knows: the answer says that they are blocked already.
_KNOWN = {("blocks.blocked_id", "is blocked")}


# Each way of members to change what is there, by each column that names a user or a thread.
_CHANGED = """
    with named as (
      select k.conrelid as table_oid, a.attname as column_name
        from pg_constraint as k
        join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = any (k.conkey)
       where k.contype = 'f'
         and k.confrelid in ('threads.threads'::regclass, 'threads.users'::regclass, 'threads.polls'::regclass)
         and k.connamespace = 'threads'::regnamespace
       union
      select oid, 'id' from unnest('{threads.threads, threads.users}'::regclass[]) as oid
    )
    select format('delete from %s where %I = $1', n.table_oid::regclass, n.column_name)
      from named as n
     where has_table_privilege('threads_moderator', n.table_oid, 'delete')
       and has_column_privilege('threads_moderator', n.table_oid, n.column_name, 'select')
     union all
    select format('update %s set %I = %2$I where %I = $1', n.table_oid::regclass, u.attname, n.column_name)
      from named as n
      join pg_attribute as u on u.attrelid = n.table_oid and u.attnum > 0 and not u.attisdropped
     where has_column_privilege('threads_moderator', n.table_oid, u.attnum, 'update')
       and has_column_privilege('threads_moderator', n.table_oid, n.column_name, 'select')
     order by 1
"""
# What there is of somebody, or about them, beside a thread with a poll: $1 is who, $2 the thread, $3 somebody else.
_LIFE = """
    insert into threads.likes (thread_id, user_id) values ($2, $1), ($2, $3);
    insert into threads.reposts (thread_id, user_id) values ($2, $1), ($2, $3);
    insert into threads.bookmarks (thread_id, user_id) values ($2, $1), ($2, $3);
    insert into threads.poll_votes (thread_id, user_id, option) values ($2, $1, 1), ($2, $3, 2);
    insert into threads.media (thread_id, position, url) values ($2, 1, 'https://pictures.example/1');
    insert into threads.drafts (author_id, parent_id, quoted_id) values ($1, $2, $2);
    insert into threads.threads (author_id, parent_id, body) values ($1, $2, 'and more');
    insert into threads.follows (follower_id, followee_id) values ($1, $3), ($3, $1);
    insert into threads.follow_requests (requester_id, target_id) values ($1, $3);
    insert into threads.mutes (muter_id, muted_id) values ($1, $3), ($3, $1);
    insert into threads.muted_words (user_id, word) values ($1, 'word');
    insert into threads.reports (reporter_id, user_id, reason) values ($3, $1, 'spam');
    insert into threads.notification_preferences (user_id) values ($1);
    insert into threads.sessions (user_id) values ($1);
"""
_WRITERS = ("member", "moderator", "suspended")


async def come(town: Town, writer: str) -> tuple[int, Connection]:
    """Ada, who is a member or a moderator, with a thread of hers; and suspended after that."""
    superuser = await town.superuser()
    ada = await (town.appoint("ada") if writer == "moderator" else town.join("ada"))
    await ada.execute("select threads.create_thread('Which?', poll => row(array['a', 'b'], 60))")
    viewer = await superuser.fetchval("select id from threads.users where username = 'ada'")
    if writer == "suspended":
        await superuser.execute("insert into threads.suspensions (user_id, reason) values ($1, 'A test.')", viewer)
    # Whoever waits for a row that another has says so at once, and that it waits says that the row is there.
    await ada.execute("set lock_timeout = '10ms'")
    return viewer, ada


async def outcome(session: Connection, statement: str, named: int, *further: int) -> str:
    """All that is said to who writes this, with the id that they named taken out."""
    change = session.transaction()
    await change.start()
    try:
        said = {"status": await session.execute(statement, named, *further)}
        await session.execute("set constraints all immediate")
    except asyncpg.PostgresError as error:
        said = {name: getattr(error, name) for name in ("sqlstate", "message", "detail", "hint", "context")}
        said |= {name: getattr(error, f"{name}_name") for name in ("constraint", "column", "table", "schema")}
    finally:
        await change.rollback()
    return re.sub(rf"\b{named}\b", "ID", json.dumps(said))


async def test_each_column_that_names_something_is_asked(town: Town) -> None:
    superuser = await town.superuser()
    assert {row[0] for row in await superuser.fetch(_WRITTEN)} == {*_THREADS, *_USERS}


@pytest.mark.parametrize("writer", _WRITERS)
@pytest.mark.parametrize("hidden", _HIDDEN_THREADS)
async def test_a_hidden_thread_is_refused_as_a_missing_one(town: Town, hidden: str, writer: str) -> None:
    superuser = await town.superuser()
    viewer, ada = await come(town, writer)
    other = await town.sign_up("mallory")
    mallory = await town.member(other)
    thread = await mallory.fetchval("select id from threads.create_thread('Which?', poll => row(array['a', 'b'], 60))")
    await superuser.execute(_HIDDEN_THREADS[hidden], other, viewer)
    if writer == "moderator" and hidden == "was hidden by a moderator":
        assert await ada.fetchval("select id from threads.threads where id = $1", thread) == thread
        return
    async with superuser.transaction():
        await superuser.execute("select from threads.threads where id = $1 for update", thread)
        said = {column: await outcome(ada, statement, thread, viewer) for column, statement in _THREADS.items()}
    assert said == {column: await outcome(ada, statement, _MISSING, viewer) for column, statement in _THREADS.items()}
    assert not any("status" in answer for answer in said.values())


@pytest.mark.parametrize("writer", _WRITERS)
@pytest.mark.parametrize("hidden", _HIDDEN)
async def test_a_hidden_user_is_refused_as_a_missing_one(town: Town, hidden: str, writer: str) -> None:
    superuser = await town.superuser()
    viewer, ada = await come(town, writer)
    other = await town.sign_up("mallory")
    await superuser.execute(_HIDDEN[hidden], other, viewer)
    asked = {column: statement for column, statement in _USERS.items() if (column, hidden) not in _KNOWN}
    async with superuser.transaction():
        await superuser.execute("select from threads.users where id = $1 for update", other)
        said = {column: await outcome(ada, statement, other, viewer) for column, statement in asked.items()}
    assert said == {column: await outcome(ada, statement, _MISSING, viewer) for column, statement in asked.items()}
    assert not any("status" in answer for answer in said.values())


@pytest.mark.parametrize("writer", _WRITERS)
@pytest.mark.parametrize("hidden", _HIDDEN_THREADS)
async def test_what_is_hidden_is_changed_as_what_is_missing(town: Town, hidden: str, writer: str) -> None:
    superuser = await town.superuser()
    viewer, ada = await come(town, writer)
    other, third = await town.sign_up("mallory"), await town.sign_up("grace")
    mallory = await town.member(other)
    thread = await mallory.fetchval("select id from threads.create_thread('Which?', poll => row(array['a', 'b'], 60))")
    assert thread == other, "each statement asks for either"
    for statement in filter(str.strip, _LIFE.split(";")):
        await superuser.execute(
            re.sub(r"\$(\d)", lambda found: str((other, thread, third)[int(found[1]) - 1]), statement)
        )
    await superuser.execute(_HIDDEN_THREADS[hidden], other, viewer)
    # Whom one blocks oneself, one knows.
    known = {"delete from threads.blocks where blocked_id = $1"} if hidden == "is blocked" else set()
    statements = [row[0] for row in await superuser.fetch(_CHANGED) if row[0] not in known]
    assert len(statements) > 60
    said = {statement: await outcome(ada, statement, other) for statement in statements}
    assert said == {statement: await outcome(ada, statement, _MISSING) for statement in statements}
    if hidden != "is deactivated":
        changed = [statement for statement in statements if '"UPDATE 1"' in await outcome(mallory, statement, other)]
        assert len(changed) > 10
