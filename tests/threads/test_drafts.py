"""Drafts: rows of one's own that nobody else sees, and what becomes of them when they are published."""

from __future__ import annotations

import asyncio
import json

import asyncpg
import pytest

from .conftest import Breaks, Connection, Town

DRAFT = "insert into threads.drafts (body, parent_id, quoted_id) values ($1, $2, $3) returning id"
PUBLISH = "select t.* from threads.publish_draft($1) as t"


async def draft(session: Connection, body: str = "soon", parent: int | None = None, quoted: int | None = None) -> int:
    made = await session.fetchval(DRAFT, body, parent, quoted)
    assert isinstance(made, int)
    return made


async def write(session: Connection, body: str = "hello") -> int:
    thread = await session.fetchval("select t.id from threads.create_thread($1) as t", body)
    assert isinstance(thread, int)
    return thread


async def test_nobody_sees_changes_publishes_or_deletes_the_draft_of_another(town: Town, breaks: Breaks) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    made = await draft(ada)
    assert await grace.fetch("select * from threads.drafts") == []
    assert await grace.execute("update threads.drafts set body = 'mine'") == "UPDATE 0"
    assert await grace.execute("delete from threads.drafts") == "DELETE 0"
    with breaks("draft_not_found", "no such draft", "id"):
        await grace.execute(PUBLISH, made)
    anonymous = await town.anonymous()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await anonymous.execute("select id from threads.drafts")
    with breaks("not_logged_in", "log in"):
        await anonymous.execute(PUBLISH, made)
    assert await ada.fetchval("select body from threads.drafts") == "soon"


async def test_a_draft_is_its_authors_whoever_else_is_named(town: Town) -> None:
    ada = await town.join("ada")
    await town.join("grace")
    for statement in (
        "insert into threads.drafts (author_id, body) values (2, 'x')",
        "update threads.drafts set author_id = 2",
        "update threads.drafts set updated_at = '2000-01-01'",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await ada.execute(statement)


async def test_publishing_makes_the_thread_and_deletes_the_draft(town: Town) -> None:
    ada = await town.join("ada")
    quoted = await write(ada)
    made = await ada.fetchval(
        """
        insert into threads.drafts (body, quoted_id, reply_control, media, poll)
        values (
          ' Which? ', $1, 'followers', array[row('https://example.org/a.png', 'A', null, 2, 3)::threads.media_item],
          row('{tea,coffee}', 60)::threads.new_poll
        )
        returning id
        """,
        quoted,
    )
    thread = await ada.fetchrow(PUBLISH, made)
    assert (thread["body"], thread["quoted_id"], thread["reply_control"]) == ("Which?", quoted, "followers")
    assert await ada.fetchval("select url from threads.media where thread_id = $1", thread["id"])
    assert await ada.fetchval("select options from threads.polls where thread_id = $1", thread["id"])
    assert await ada.fetch("select id from threads.drafts") == []


async def test_a_draft_of_a_reply_becomes_one(town: Town) -> None:
    ada = await town.join("ada")
    parent = await write(ada)
    thread = await ada.fetchrow(PUBLISH, await draft(ada, parent=parent))
    assert thread["parent_id"] == parent


async def test_where_a_rule_is_broken_the_draft_stays(town: Town, breaks: Breaks) -> None:
    ada = await town.join("ada")
    empty, parent = await draft(ada, ""), await write(ada)
    with breaks("body_empty", "", "body"):
        await ada.execute(PUBLISH, empty)
    asking = await draft(ada, "hm", parent)
    await ada.execute("update threads.drafts set poll = row('{a,b}', 5) where id = $1", asking)
    with breaks("reply_without_poll", "no poll", "id"):
        await ada.execute(PUBLISH, asking)
    assert await ada.fetchval("select count(*) from threads.drafts") == 2
    assert await ada.fetchval("select count(*) from threads.threads") == 1


async def test_of_two_who_publish_it_at_once_one_finds_it_gone(town: Town) -> None:
    ada = await town.join("ada")
    sessions = [await town.member(1), await town.member(1)]
    made = await draft(ada)
    results = await asyncio.gather(*(each.fetchval(PUBLISH, made) for each in sessions), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["RaiseError", "int"]
    assert await ada.fetchval("select count(*) from threads.threads") == 1


async def test_a_draft_replies_to_and_quotes_only_what_its_author_sees(town: Town, breaks: Breaks) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    thread = await write(ada)
    await ada.execute("update threads.users set is_private = true where id = threads.viewer_id()")
    made = await draft(grace)
    for column, insert, update in (
        (
            "parent_id",
            "insert into threads.drafts (parent_id) values ($1)",
            "update threads.drafts set parent_id = $1 where id = $2",
        ),
        (
            "quoted_id",
            "insert into threads.drafts (quoted_id) values ($1)",
            "update threads.drafts set quoted_id = $1 where id = $2",
        ),
    ):
        for missing in (thread, 99):  # told alike
            with breaks("thread_not_found", "no such thread", column):
                await grace.execute(insert, missing)
            with breaks("thread_not_found", "no such thread", column):
                await grace.execute(update, missing, made)


async def test_what_became_invisible_meanwhile_can_be_written_on_and_not_published(town: Town, breaks: Breaks) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    made = await draft(grace, parent=await write(ada))
    await ada.execute("update threads.users set is_private = true where id = threads.viewer_id()")
    await grace.execute("update threads.drafts set body = 'later' where id = $1", made)
    with breaks("thread_not_found", "no such thread", "thread_id"):
        await grace.execute(PUBLISH, made)
    assert await grace.fetchval("select body from threads.drafts") == "later"


async def test_a_draft_is_no_store(town: Town, breaks: Breaks) -> None:
    ada = await town.join("ada")
    with breaks("body_too_long", "at most 500", "body"):
        await draft(ada, "x" * 501)
    with breaks("draft_too_large", "no more than a thread"):
        await ada.execute(
            "insert into threads.drafts (media) values (array[row($1, '', null, 1, 1)::threads.media_item])",
            "x" * 60000,
        )
    with breaks("draft_too_large", "no more than a thread"):
        await ada.execute("insert into threads.drafts (poll) values (row(array[$1::text], 5))", "x" * 3000)
    with pytest.raises(asyncpg.CheckViolationError):
        await ada.execute(
            "insert into threads.drafts (media) select array_agg(row('a', '', null, 1, 1)::threads.media_item) "
            "from generate_series(1, 11)"
        )
    await (await town.superuser()).execute(
        "insert into threads.drafts (author_id, body) select 1, 'x' from generate_series(1, 200)"
    )
    with breaks("too_many_drafts", "200 drafts"):
        await draft(ada)


async def test_a_draft_survives_what_it_replies_to(town: Town) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    thread = await write(ada)
    await draft(grace, parent=thread)
    await ada.execute("select threads.delete_thread($1)", thread)
    assert json.loads(await grace.fetchval("select row_to_json(d) from threads.drafts as d"))["parent_id"] is None
