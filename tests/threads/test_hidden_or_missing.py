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


async def refusal(session: Connection, statement: str, named: int, writer: int) -> str:
    """All that is said to who writes this, with the id that they named taken out."""
    change = session.transaction()
    await change.start()
    try:
        with pytest.raises(asyncpg.PostgresError) as raised:
            await session.execute(statement, named, writer)
            await session.execute("set constraints all immediate")
    finally:
        await change.rollback()
    said = {name: getattr(raised.value, name) for name in ("sqlstate", "message", "detail", "hint", "context")}
    said |= {name: getattr(raised.value, f"{name}_name") for name in ("constraint", "column", "table", "schema")}
    return re.sub(rf"\b{named}\b", "ID", json.dumps(said))


async def test_each_column_that_names_something_is_asked(town: Town) -> None:
    superuser = await town.superuser()
    assert {row[0] for row in await superuser.fetch(_WRITTEN)} == {*_THREADS, *_USERS}


@pytest.mark.parametrize("hidden", _HIDDEN_THREADS)
async def test_a_hidden_thread_is_refused_as_a_missing_one(town: Town, hidden: str) -> None:
    superuser = await town.superuser()
    viewer, other = await town.sign_up("ada"), await town.sign_up("mallory")
    ada, mallory = await town.member(viewer), await town.member(other)
    thread = await mallory.fetchval("select id from threads.create_thread('Which?', poll => row(array['a', 'b'], 60))")
    await superuser.execute(_HIDDEN_THREADS[hidden], other, viewer)
    said = {column: await refusal(ada, statement, thread, viewer) for column, statement in _THREADS.items()}
    assert said == {column: await refusal(ada, statement, _MISSING, viewer) for column, statement in _THREADS.items()}


@pytest.mark.parametrize("hidden", _HIDDEN)
async def test_a_hidden_user_is_refused_as_a_missing_one(town: Town, hidden: str) -> None:
    superuser = await town.superuser()
    viewer, other = await town.sign_up("ada"), await town.sign_up("mallory")
    ada = await town.member(viewer)
    await ada.execute("select threads.create_thread('Which?', poll => row(array['a', 'b'], 60))")
    await superuser.execute(_HIDDEN[hidden], other, viewer)
    asked = {column: statement for column, statement in _USERS.items() if (column, hidden) not in _KNOWN}
    said = {column: await refusal(ada, statement, other, viewer) for column, statement in asked.items()}
    assert said == {column: await refusal(ada, statement, _MISSING, viewer) for column, statement in asked.items()}
