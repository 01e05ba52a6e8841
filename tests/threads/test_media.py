"""Media and edits: what there is to look at, what a thread was before, and who changes it how long."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from .conftest import Breaks, Connection, Town

CREATE = "select t.* from threads.create_thread($1, $2) as t"
EDIT = "select t.* from threads.edit_thread($1, $2, $3) as t"
MEDIA = "select m.url, m.alt_text, m.kind::text, m.width, m.height from threads.media as m where m.thread_id = $1"
EDITS = "select e.body, e.media from threads.thread_edits as e where e.thread_id = $1 order by e.edited_at"
INSERT = "insert into threads.media (thread_id, position, url) values ($1, $2, 'https://a.example/mine')"
Item = tuple[str | None, str | None, str | None, int | None, int | None]


def item(
    url: str | None, alt: str | None = None, kind: str | None = None, size: tuple[Any, Any] = (None, None)
) -> Item:
    return url, alt, kind, *size


def pictures(count: int) -> list[Item]:
    return [item(f"https://a.example/{number}") for number in range(1, count + 1)]


async def looks(session: Connection, thread: int) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await session.fetch(MEDIA + " order by m.position", thread)]


async def history(session: Connection, thread: int) -> list[tuple[str, list[str]]]:
    """Each text of before, and the addresses of its media."""
    return [(row["body"], [media["url"] for media in row["media"]]) for row in await session.fetch(EDITS, thread)]


async def age(town: Town, thread: int, minutes: float) -> None:
    superuser = await town.superuser()
    await superuser.execute(
        "update threads.threads set created_at = now() - $2::interval where id = $1", thread, timedelta(minutes=minutes)
    )


async def test_media_keep_their_order_and_take_defaults(town: Town) -> None:
    ada = await town.join("ada")
    given = [
        item(" https://a.example/film.mp4 ", " A film. ", "video", (1920, 1080)),
        item("http://a.example/x"),
    ]
    thread = await ada.fetchrow(CREATE, "", given)
    assert thread["body"] == ""
    assert await looks(await town.anonymous(), thread["id"]) == [
        ("https://a.example/film.mp4", "A film.", "video", 1920, 1080),
        ("http://a.example/x", "", "image", None, None),
    ]
    many = await ada.fetchrow("select * from threads.reply_to_thread($1, media => $2)", thread["id"], pictures(10))
    assert [row[0][-1:] for row in await looks(ada, many["id"])] == list("1234567890")


@pytest.mark.parametrize(
    ("media", "constraint", "message"),
    [
        (pictures(11), "too_many_media", "at most ten"),
        ([item(None)], "media_url_invalid", "begins with http:// or https://"),
        ([item("javascript:alert(1)")], "media_url_invalid", "begins with http:// or https://"),
        ([item("https://a.example/ b")], "media_url_invalid", "begins with http:// or https://"),
        ([item("https://a.example/" + "x" * 2000)], "media_url_invalid", "at most 2000"),
        ([item("https://a.example", "x" * 1001)], "alt_text_too_long", "this one has 1001."),
        ([item("https://a.example", None, None, (10, None))], "media_size_invalid", "1 to 100000 pixels"),
        ([item("https://a.example", None, None, (10, 0))], "media_size_invalid", "1 to 100000 pixels"),
        ([item("https://a.example", None, None, (100_001, 1))], "media_size_invalid", "1 to 100000 pixels"),
    ],
)
async def test_media_have_bounds(town: Town, breaks: Breaks, media: list[Item], constraint: str, message: str) -> None:
    ada = await town.join("ada")
    with breaks(constraint, message, "media"):
        await ada.fetchrow(CREATE, "hello", media)
    assert await ada.fetch("select from threads.threads") == []


async def test_a_thread_has_a_text_or_something_to_look_at(town: Town, breaks: Breaks) -> None:
    ada = await town.join("ada")
    for media in ("null", "'{}'"):
        with breaks("body_empty", "Write something first", "body"):
            await ada.execute(f"select threads.create_thread(' ', {media})")
    thread = (await ada.fetchrow(CREATE, None, pictures(2)))["id"]
    await age(town, thread, 1)
    for statement in (
        "select threads.edit_thread($1, media => '{}')",
        "delete from threads.media where thread_id = $1",
    ):
        with breaks("body_empty", "Write something first", "body"):
            await ada.execute(statement, thread)
    assert await ada.execute("delete from threads.media where thread_id = $1 and position = 1", thread) == "DELETE 1"
    await ada.fetchrow(EDIT, thread, "a text", [])
    with breaks("body_empty", "Write something first", "body"):
        await ada.execute("update threads.threads set body = ' ' where id = $1", thread)
    # In any order within one transaction.
    async with ada.transaction():
        other = await ada.fetchval(
            "insert into threads.threads (author_id, body) values (threads.viewer_id(), '') returning id"
        )
        await ada.execute(INSERT, other, 1)
    assert len(await looks(ada, other)) == 1


async def test_an_edit_changes_what_is_given_and_keeps_what_was(town: Town) -> None:
    ada = await town.join("ada")
    written = await ada.fetchrow(CREATE, "first", pictures(2))
    thread = written["id"]
    assert written["edited_at"] is None
    second = await ada.fetchrow("select * from threads.edit_thread($1, ' second ')", thread)
    assert (second["body"], second["edited_at"] > second["created_at"]) == ("second", True)
    third = await ada.fetchrow("select * from threads.edit_thread($1, media => $2)", thread, pictures(1))
    assert (third["body"], len(await looks(ada, thread))) == ("second", 1)
    both = ["https://a.example/1", "https://a.example/2"]
    for session in (ada, await town.join("eve"), await town.anonymous()):
        assert await history(session, thread) == [("first", both), ("second", both)]
    unchanged = await ada.fetchrow("select * from threads.edit_thread($1, 'second ')", thread)
    assert unchanged["edited_at"] == third["edited_at"]
    assert len(await history(ada, thread)) == 2


async def test_what_nobody_saw_is_no_edit_and_a_transaction_makes_one(town: Town) -> None:
    ada = await town.join("ada")
    async with ada.transaction():
        thread = (await ada.fetchrow(CREATE, "a draft", pictures(1)))["id"]
        edited = await ada.fetchrow(EDIT, thread, "first", [])
    assert (edited["edited_at"], await history(ada, thread)) == (None, [])
    async with ada.transaction():
        for text in ("second", "third"):
            await ada.execute("update threads.threads set body = $2 where id = $1", thread, text)
        await ada.execute(INSERT, thread, 1)
        await ada.execute(INSERT, thread, 2)
    assert await history(ada, thread) == [("first", [])]
    assert await ada.fetchval("select edited_at is not null from threads.threads") is True


async def test_an_edit_comes_within_15_minutes_by_the_clock_of_the_database(town: Town, breaks: Breaks) -> None:
    ada = await town.join("ada")
    thread = (await ada.fetchrow(CREATE, "hello", pictures(1)))["id"]
    can = "select c from threads.threads as t, threads.threads_viewer_can_edit(t) as c"
    await age(town, thread, 14.9)
    await ada.fetchrow(EDIT, thread, "hello, world", None)
    assert await ada.fetchval(can) is True
    await age(town, thread, 15)
    assert await ada.fetchval(can) is False
    for statement in (
        "select threads.edit_thread($1, 'late')",
        "select threads.edit_thread($1, media => '{}')",
        "update threads.threads set body = 'late' where id = $1",
        "insert into threads.media (thread_id, position, url) values ($1, 2, 'https://a.example')",
        "delete from threads.media where thread_id = $1",
    ):
        with breaks("edit_window_over", "15 minutes after you wrote it", "thread_id"):
            await ada.execute(statement, thread)
    # A transaction that began in time does not stop the clock.
    await age(town, thread, 14.995)
    async with ada.transaction():
        await ada.execute("select now()")
        await asyncio.sleep(0.4)
        with breaks("edit_window_over", "15 minutes after you wrote it", "thread_id"):
            await ada.execute("update threads.threads set body = 'late'")
    assert await ada.execute("update threads.threads set reply_control = 'followers'") == "UPDATE 1"


async def test_an_edit_comes_20_times_at_most(town: Town, breaks: Breaks) -> None:
    ada, superuser = await town.join("ada"), await town.superuser()
    thread = (await ada.fetchrow(CREATE, "0", None))["id"]
    await superuser.execute("""
        insert into threads.thread_edits (thread_id, edited_at, body)
        select 1, now() - i * interval '1 second', '0' from generate_series(1, 19) as i
    """)
    await ada.fetchrow(EDIT, thread, "1", None)
    with breaks("too_many_edits", "at most 20 times", "thread_id"):
        await ada.fetchrow(EDIT, thread, "2", None)
    assert await ada.fetchval("select body from threads.threads") == "1"


async def test_nobody_edits_what_another_wrote(town: Town, breaks: Breaks) -> None:
    ada, eve = await town.join("ada"), await town.join("eve")
    thread = (await ada.fetchrow(CREATE, "hello", pictures(1)))["id"]
    await age(town, thread, 1)
    with breaks("not_your_thread", "You can edit only what you wrote yourself.", "thread_id"):
        await eve.fetchrow(EDIT, thread, "changed", None)
    with breaks("thread_not_found", "There is no such thread.", "thread_id"):
        await eve.fetchrow(EDIT, 404, "changed", None)
    assert await eve.execute("update threads.threads set body = 'changed'") == "UPDATE 0"
    assert await eve.execute("delete from threads.media") == "DELETE 0"
    for statement, arguments in (
        (INSERT, (thread, 2)),
        ("select threads.put_media($1, $2)", (thread, pictures(2)[1:])),
    ):
        with pytest.raises(asyncpg.PostgresError, match="row-level security"):
            await eve.execute(statement, *arguments)
    for statement in ("update threads.threads set body = 'x'", "delete from threads.media"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
            await (await town.anonymous()).execute(statement)
    assert await history(ada, thread) == []
    assert tuple(await ada.fetchrow("select body, edited_at from threads.threads")) == ("hello", None)


@pytest.mark.parametrize(
    "statement",
    [
        "update threads.media set url = 'https://a.example/other'",
        "update threads.threads set edited_at = null",
        "update threads.threads set quoted_id = null",
        "update threads.threads set parent_id = null",
        "update threads.threads set root_id = null",
        "update threads.threads set hidden_at = null",
        "delete from threads.thread_edits",
        "update threads.thread_edits set body = ''",
        "insert into threads.thread_edits (thread_id, body) values (1, 'never said')",
    ],
)
async def test_history_is_not_for_members_to_write(town: Town, statement: str) -> None:
    ada = await town.join("ada")
    await ada.fetchrow(CREATE, "hello", pictures(1))
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
        await ada.execute(statement)


async def test_what_a_thread_was_is_seen_by_those_who_see_it(town: Town) -> None:
    ada, eve, superuser = await town.join("ada"), await town.join("eve"), await town.superuser()
    thread = (await ada.fetchrow(CREATE, "a secret", pictures(1)))["id"]
    await ada.fetchrow(EDIT, thread, "nothing", [])
    await ada.fetchrow(EDIT, thread, "nothing", pictures(2))
    hide = {
        "update threads.users set is_private = $1 where username = 'ada'": (True, False),
        "update threads.threads set hidden_at = $1": (await superuser.fetchval("select now()"), None),
    }
    for statement, (hidden, shown) in hide.items():
        await superuser.execute(statement, hidden)
        for session in (eve, await town.anonymous()):
            assert (await history(session, thread), await looks(session, thread)) == ([], [])
        assert len(await history(ada, thread)) == 2
        await superuser.execute(statement, shown)
        assert len(await history(eve, thread)) == 2


async def test_edits_at_once_come_one_after_the_other(town: Town) -> None:
    ada = await town.sign_up("ada")
    sessions = [await town.member(ada) for _ in range(6)]
    thread = (await sessions[0].fetchrow(CREATE, "0", pictures(3)))["id"]
    await asyncio.gather(
        *(session.fetchrow(EDIT, thread, str(number), pictures(number)) for number, session in enumerate(sessions, 1))
    )
    texts = [body for body, _ in await history(sessions[0], thread)]
    last = await sessions[0].fetchval("select body from threads.threads")
    assert sorted([*texts, last]) == list("0123456")
    assert len(await looks(sessions[0], thread)) == int(last)
    assert [len(urls) for body, urls in await history(sessions[0], thread) if body != "0"] == [
        int(body) for body in texts if body != "0"
    ]
