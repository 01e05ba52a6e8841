"""Words that somebody does not want to read: whole words, phrases and hashtags, in any case, and nobody else's."""

from __future__ import annotations

import asyncio
import time

import asyncpg
import pytest

from .conftest import Breaks, Connection, Town

MUTE = "select threads.mute_word($1)"
WORDS = "select w.word from threads.muted_words as w order by w.word"
FINDS = "select ($1::text ~ (select threads.muted_pattern())) is true"


@pytest.mark.parametrize(
    ("word", "finds", "passes"),
    [
        ("Cats", ["CATS!", "I have cats.", "#cats", "cats"], ["catsuit", "concats", "cat", "@cats", "cats_2"]),
        ("  cats   AND\tdogs ", ["Cats and dogs", "cats\nand  dogs"], ["cats dogs", "cats and dogsled"]),
        ("#Rust", ["#rust", "I like #Rust.", "(#RUST)"], ["rust", "#rusty", "x#rust", "##rusts"]),
        ("@ada", ["hello @Ada"], ["ada", "@adam", "x@ada"]),
        ("c++", ["C++ is", "c++"], ["c", "c+", "ccc", "c++11"]),
        (".*", ["a .* b"], ["anything", ""]),
        ("(a+)+$", ["(A+)+$"], ["aaaaaaaaaaaa"]),
        ("[a-z]", ["[a-z]"], ["b"]),
        ("a|b", ["a|b"], ["a", "b"]),
        (r"\d\y", [r"\D\y"], ["5", "d"]),
        ("***=x", ["***=x"], ["x"]),
        ("über", ["ÜBER alles", "über"], ["überall"]),
        ("100%", ["100%", "now 100% off"], ["100", "1100%"]),
        ("日本", ["日本"], ["日"]),
    ],
)
async def test_what_a_word_finds(town: Town, word: str, finds: list[str], passes: list[str]) -> None:
    ada = await town.join("ada")
    await ada.execute(MUTE, "some other")
    await ada.execute(MUTE, word)
    for body in finds:
        assert await ada.fetchval(FINDS, body), body
    for body in passes:
        assert not await ada.fetchval(FINDS, body), body


async def test_words_are_kept_in_one_way_and_taken_back_in_any(town: Town) -> None:
    ada = await town.join("ada")
    for word in ("Cats", "  cats ", "CATS", "Two\u00a0  Words"):
        await ada.execute(MUTE, word)
    assert await ada.fetch(WORDS) == [("cats",), ("two words",)]
    await ada.execute("select threads.unmute_word(' CATS')")
    await ada.execute("select threads.unmute_word('dogs')")
    assert await ada.fetch(WORDS) == [("two words",)]
    await ada.execute("select threads.unmute_word('two  words')")
    assert await ada.fetchval("select threads.muted_pattern()") is None
    assert not await ada.fetchval(FINDS, "cats")


async def test_nobody_sees_or_changes_those_of_another(town: Town) -> None:
    ada, bob = await town.join("ada"), await town.join("bob")
    mia = await town.appoint("mia")
    await ada.execute(MUTE, "cats")
    for session in (bob, mia):
        assert await session.fetch(WORDS) == []
        assert await session.fetchval("select threads.muted_pattern()") is None
        await session.execute("select threads.unmute_word('cats')")
        await session.execute("delete from threads.muted_words")
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await session.execute("insert into threads.muted_words (user_id, word) values (1, 'dogs')")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await session.execute("update threads.muted_words set user_id = 1")
    stranger = await town.anonymous()
    assert await stranger.fetchval("select threads.muted_pattern()") is None
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await stranger.execute("select from threads.muted_words")
    with pytest.raises(asyncpg.RaiseError, match="log in first"):
        await stranger.execute(MUTE, "cats")
    assert await ada.fetch(WORDS) == [("cats",)]


async def test_words_have_bounds_by_function_and_in_plain_sql(town: Town, breaks: Breaks) -> None:
    ada = await town.join("ada")
    insert = "insert into threads.muted_words (user_id, word) values (1, $1)"
    for statement in (MUTE, insert):
        for word in ("", " \u200b\n", "#", "@"):
            with breaks("word_empty", "Write a word, a phrase or a hashtag.", "word"):
                await ada.execute(statement, word)
        with breaks("word_too_long", "has at most 50 characters; this one has 51.", "word"):
            await ada.execute(statement, "x" * 51)
    await ada.execute(insert, "  In Plain   SQL ")
    assert await ada.fetch(WORDS) == [("in plain sql",)]


async def test_no_notification_of_what_holds_a_muted_word(town: Town) -> None:
    ada, bob = await town.join("ada"), await town.join("bob")
    await ada.execute("select threads.create_thread('Which pets?')")
    await ada.execute(MUTE, "cats")
    for body in ("I like Cats!", "@ada look at my #cats", "Catsuits are warm.", "@ada dogs"):
        await bob.execute("select threads.reply_to_thread(1, $1)", body)
    await bob.execute("select threads.create_thread('@ada cats and again cats')")
    await bob.execute("select threads.like_thread(1)")
    told = await ada.fetch("""
        select n.kind::text, t.body
          from threads.notifications as n
          join threads.threads as t on t.id = n.thread_id
         order by n.id
    """)
    assert told == [("reply", "Catsuits are warm."), ("reply", "@ada dogs"), ("like", "Which pets?")]


async def fill(session: Connection, number: int) -> None:
    await session.execute(
        "insert into threads.muted_words (user_id, word) select 1, 'word ' || i from generate_series(1, $1::integer) i",
        number,
    )


async def test_a_hundred_words_and_no_more_also_when_many_come_at_once(town: Town, breaks: Breaks) -> None:
    ada = await town.join("ada")
    with breaks("too_many_words", "You can mute 100 words. Unmute one first.", "word"):
        await fill(ada, 101)
    await fill(ada, 95)
    sessions = [await town.member(1) for _ in range(10)]
    done = await asyncio.gather(
        *(session.execute(MUTE, f"other {number}") for number, session in enumerate(sessions)), return_exceptions=True
    )
    assert sum(isinstance(result, asyncpg.RaiseError) for result in done) == 5
    assert len(await ada.fetch(WORDS)) == 100
    await ada.execute(MUTE, "word 1")


async def test_the_longest_pattern_is_quick_on_the_longest_text(town: Town) -> None:
    ada = await town.join("ada")
    await ada.execute(
        "insert into threads.muted_words (user_id, word)"
        " select 1, left(chr(97 + i % 26) || i || repeat(' a* .+?', 20), 50) from generate_series(1, 100) as i"
    )
    assert not await ada.fetchval(FINDS, "warm")
    started = time.perf_counter()
    for _ in range(20):
        assert not await ada.fetchval(FINDS, "a a* .+?" * 62)
    assert time.perf_counter() - started < 30  # were it to go back over the text, it would not end
