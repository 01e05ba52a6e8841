"""Mentions, hashtags and links: what is one, who is mentioned, and who learns of it."""

from __future__ import annotations

import asyncio
import time
import unicodedata

import asyncpg
import pytest

from .conftest import Connection, Town

READ = """
    select r.kind::text || ' ' || r.value as found, substr($1, r.start + 1, r.length) as written
      from private.read_text($1) as r
"""
LONG = "#" + "x" * 100
TEXTS = [
    ("nothing at all", []),
    ("@ada", ["mention ada"]),
    ("Thanks, @Ada.", ["mention ada"]),
    (
        "(@ada, @grace_h!) and @c.shannon... @ada's",
        ["mention ada", "mention grace_h", "mention c.shannon", "mention ada"],
    ),
    (".@ada 🧵@ada “@ada” ¿@ada?", ["mention ada"] * 4),
    ("ada@example.org first.last+tag@example.org é@ada _@ada 1@ada", []),
    ("@adaé @ada@grace @@ada @ @. @a @ab " + "@" + "x" * 31, []),
    ("@ab. @...", []),
    ("#Bread #GRÖSSE", ["hashtag bread", "hashtag grösse"]),
    ("#bread, #bread! (#bread)", ["hashtag bread"] * 3),
    (
        "#Größe #हिन्दी #日本語 #العربية #Ελλάδα #می‌خواهم #a_b",
        [f"hashtag {name}" for name in ("größe", "हिन्दी", "日本語", "العربية", "ελλάδα", "می‌خواهم", "a_b")],
    ),
    ("#ＡＢＣ ＃ｘ", ["hashtag abc", "hashtag x"]),
    ("#2026 #1️⃣ #️⃣ # ## C# a#b &#39; #_", []),
    ("#2026goals ##twice #one#two", ["hashtag 2026goals", "hashtag twice", "hashtag one", "hashtag two"]),
    (LONG, ["hashtag " + "x" * 100]),
    (LONG + "x", []),
    ("#bread-and-butter #c++", ["hashtag bread", "hashtag c"]),
    ("https://example.org", ["link https://example.org"]),
    ("HTTP://Example.org/a?b=c&d#e.", ["link HTTP://Example.org/a?b=c&d#e"]),
    (
        "See https://example.org/a, https://example.org/b!?",
        ["link https://example.org/a", "link https://example.org/b"],
    ),
    ("(https://en.wikipedia.org/wiki/Foo_(bar)).", ["link https://en.wikipedia.org/wiki/Foo_(bar)"]),
    (
        '[https://a.example/x] <https://a.example/y> "https://a.example/z"',
        [f"link https://a.example/{page}" for page in "xyz"],
    ),
    ("https://a.example/@ada/#tag", ["link https://a.example/@ada/#tag"]),
    ("https://münchen.example/straße?q=日本", ["link https://münchen.example/straße?q=日本"]),
    ("http:// https://. https:/x ftp://a.example javascript:alert(1) xhttp://a.example www.example.org", []),
    ("https://a.example\u202ehttps://b.example", ["link https://a.example", "link https://b.example"]),
    ("https://a.example\nhttps://b.example", ["link https://a.example", "link https://b.example"]),
    ("https://a.example/((", ["link https://a.example/"]),
]


@pytest.fixture(scope="module")
async def reader(threads_database: str) -> Connection:
    town = Town(threads_database)
    yield await town.superuser()
    await town.close()


@pytest.mark.parametrize(("text", "expected"), TEXTS)
async def test_what_a_text_has(reader: Connection, text: str, expected: list[str]) -> None:
    found = await reader.fetch(READ, text)
    assert [row["found"] for row in found] == expected
    for row in found:
        kind, value = row["found"].split(" ", 1)
        sign = "" if kind == "link" else row["written"][0]
        assert sign in ("", "@", "#", "＃")
        assert unicodedata.normalize("NFKC", row["written"][len(sign) :]).lower() == value.lower()


@pytest.mark.parametrize(
    "piece",
    [
        "(",
        "@",
        "#",
        "@a.",
        "#a",
        "http://",
        "http://a(",
        "http://a((b",
        "http://a.",
        "a@",
        " ",
        "日",
        "🧵",
        "https://a.b/.)",
    ],
)
async def test_reading_takes_time_in_proportion(reader: Connection, piece: str) -> None:
    async def seconds(times: int) -> float:
        text = piece * (times // len(piece))
        start = time.perf_counter()
        await reader.execute("select from private.read_text($1)", text)
        return time.perf_counter() - start

    await seconds(500)
    # Forty times the longest text; were it quadratic, it would take minutes.
    assert await seconds(20_000) < 30


async def entities(session: Connection, thread: int) -> list[str]:
    rows = await session.fetch(
        """
        select coalesce(u.username, e.hashtag, e.url) || ' ' || e.start || '+' || e.length as entity
          from threads.text_entities as e
          left join threads.users as u on u.id = e.user_id
         where e.thread_id = $1
         order by e.start
        """,
        thread,
    )
    return [row["entity"] for row in rows]


async def write(session: Connection, body: str) -> int:
    thread_id = await session.fetchval("select t.id from threads.create_thread($1) as t", body)
    assert isinstance(thread_id, int)
    return thread_id


async def mentioned(session: Connection, thread: int) -> list[str]:
    rows = await session.fetch(
        """
        select u.username
          from threads.mentions as m
          join threads.users as u on u.id = m.user_id
         where m.thread_id = $1
         order by u.username
        """,
        thread,
    )
    return [row["username"] for row in rows]


async def test_places_are_counted_in_characters_of_the_body_as_it_is_kept(town: Town) -> None:
    ada, _ = await town.join("ada"), await town.join("grace")
    thread = await write(ada, "  🧵 @grace: é #Tag\nhttps://a.example! @grace @nobody  ")
    assert await entities(ada, thread) == ["grace 2+6", "tag 12+4", "https://a.example 17+17", "grace 36+6"]
    assert await mentioned(ada, thread) == ["grace"]
    assert await entities(await town.anonymous(), thread) == await entities(ada, thread)


async def test_what_is_written_in_plain_sql_is_read_as_well(town: Town) -> None:
    ada = await town.join("ada")
    await ada.execute("insert into threads.threads (author_id, body) values (threads.viewer_id(), 'I, @ada: #hello')")
    thread = await ada.fetchval("select t.id from threads.threads as t")
    assert await entities(ada, thread) == ["ada 3+4", "hello 9+6"]
    assert await ada.fetchval(
        "select h.created_at = t.created_at from threads.thread_hashtags as h, threads.threads as t"
    )
    await ada.execute("update threads.threads set body = '#hello #world @nobody'")
    assert await entities(ada, thread) == ["hello 0+6", "world 7+6"]
    assert await mentioned(ada, thread) == []
    tags = await ada.fetch("select h.hashtag from threads.thread_hashtags as h order by h.hashtag")
    assert [row["hashtag"] for row in tags] == ["hello", "world"]


async def test_who_is_mentioned_still_after_an_edit_is_not_mentioned_anew(town: Town) -> None:
    ada, _ = await town.join("ada"), await town.join("grace")
    thread = await write(ada, "@grace #tag")
    rows = """
        select array(select m.xmin::text from threads.mentions as m)
               || array(select h.xmin::text from threads.thread_hashtags as h) as rows
    """
    superuser = await town.superuser()
    before = await superuser.fetchval(rows)
    await ada.execute("update threads.threads set body = 'now: @grace @grace #tag'")
    assert await superuser.fetchval(rows) == before
    assert await entities(ada, thread) == ["grace 5+6", "grace 12+6", "tag 19+4"]


async def test_nobody_is_mentioned_who_does_not_see_it_or_is_not_seen(town: Town) -> None:
    ada, superuser = await town.join("ada"), await town.superuser()
    names = ("friend", "stranger", "blocker", "blocked", "sleeper")
    people = {name: await town.join(name) for name in names}
    await people["friend"].execute("select threads.follow_user('ada')")
    await people["blocker"].execute("select threads.block_user('ada')")
    await ada.execute("select threads.block_user('blocked')")
    await superuser.execute("update threads.users set deactivated_at = now() where username = 'sleeper'")
    text = " ".join(f"@{name}" for name in (*names, "ada"))
    assert await mentioned(superuser, await write(ada, text)) == ["ada", "friend", "stranger"]
    await ada.execute("update threads.users set is_private = true where id = threads.viewer_id()")
    thread = await write(ada, text)
    assert await mentioned(superuser, thread) == ["ada", "friend"]
    assert len(await entities(superuser, thread)) == 2


async def test_a_mention_is_hidden_with_the_user_and_with_the_thread(town: Town) -> None:
    ada, grace, eve = await town.join("ada"), await town.join("grace"), await town.join("eve")
    thread = await write(ada, "@grace and #tag")
    await grace.execute("select threads.block_user('eve')")
    assert (await mentioned(eve, thread), await entities(eve, thread)) == ([], ["tag 11+4"])
    await ada.execute("update threads.users set is_private = true where id = threads.viewer_id()")
    for session in (eve, grace, await town.anonymous()):
        assert (await mentioned(session, thread), await entities(session, thread)) == ([], [])
        for statement in ("table threads.hashtags", "table threads.thread_hashtags"):
            assert await session.fetch(statement) == []
    assert await ada.fetchval("select name from threads.hashtags") == "tag"


async def test_many_use_the_same_new_hashtags_and_names_at_once(town: Town) -> None:
    sessions = [await town.join(f"member_{number}") for number in range(6)]
    superuser = await town.superuser()
    for turn in range(5):
        words = [f"#new_{turn}_{number}" for number in range(6)] + [f"@member_{number}" for number in range(6)]
        orders = [words[start:] + words[:start] for start in range(6)]
        await asyncio.gather(
            *(write(session, " ".join(order)) for session, order in zip(sessions, orders, strict=True))
        )
    counts = "select count(distinct h.hashtag), count(*) from threads.thread_hashtags as h"
    assert tuple(await superuser.fetchrow(counts)) == (30, 180)


@pytest.mark.parametrize(
    "statement",
    [
        "insert into threads.mentions (thread_id, user_id) values (1, 1)",
        "delete from threads.mentions",
        "insert into threads.hashtags (name) values ('mine')",
        "delete from threads.hashtags",
        "insert into threads.thread_hashtags (hashtag, thread_id, created_at) values ('tag', 1, now())",
        "delete from threads.thread_hashtags",
        "insert into threads.text_entities (thread_id, start, length, kind, url) values (1, 0, 1, 'link', 'ftp:1')",
        "update threads.text_entities set url = 'https://elsewhere.example'",
        "delete from threads.text_entities",
        "select * from private.read_text('@ada')",
    ],
)
async def test_only_the_text_says_what_it_has(town: Town, statement: str) -> None:
    ada = await town.join("ada")
    await write(ada, "@ada #tag https://a.example")
    for session in (ada, await town.anonymous()):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
            await session.execute(statement)
