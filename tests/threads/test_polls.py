"""Polls: one vote each, until the end; how they stand is told to those who may know, and who chose what to nobody."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from .conftest import Breaks, Connection, Town

ASK = "select t.id from threads.create_thread('Which?', poll => row($1::text[], $2)::threads.new_poll) as t"
VOTE = "select p.thread_id from threads.vote_in_poll($1, $2) as p"
STAND = """
    select array(select (o).vote_count from unnest(threads.polls_options(p)) as o), threads.polls_vote_count(p)
      from threads.polls as p
     where p.thread_id = $1
"""
UNKNOWN: tuple[list[int | None], int | None] = ([None, None], None)


async def ask(session: Connection, options: tuple[str, ...] = ("tea", "coffee"), minutes: int | None = 60) -> int:
    thread = await session.fetchval(ASK, list(options), minutes)
    assert isinstance(thread, int)
    return thread


async def stand(session: Connection, thread: int) -> tuple[list[int | None], int | None]:
    """How many votes each option has, and all of them, as somebody sees it."""
    row = await session.fetchrow(STAND, thread)
    return row[0], row[1]


async def end(town: Town, thread: int) -> None:
    superuser = await town.superuser()
    await superuser.execute("update threads.polls set ends_at = now() where thread_id = $1", thread)


async def test_a_poll_has_two_to_four_options_and_an_end(town: Town, breaks: Breaks) -> None:
    ada = await town.join("ada")
    for options, message in (
        (("tea",), "2 to 4 options"),
        (("a", "b", "c", "d", "e"), "2 to 4 options"),
        (("tea", "  "), "at least one character"),
        (("tea", "x" * 41), "at most 40"),
        (("tea", " tea "), "alike"),
    ):
        with breaks("poll_options_invalid", message, "poll"):
            await ask(ada, options)
    for minutes in (4, 10081, -1, None):
        with breaks("poll_end_invalid", "5 minutes to 7 days", "poll"):
            await ask(ada, minutes=minutes)
    assert await ada.fetchval("select count(*) from threads.threads") == 0, "what is refused leaves no thread"
    assert await ask(ada, ("x" * 40, "ß"), 5)
    assert await ask(ada, ("a", "b", "c", "d"), 10080)


async def test_options_are_trimmed_and_numbered_in_their_order(town: Town) -> None:
    ada = await town.join("ada")
    thread = await ask(ada, (" tea\n", "coffee", "water"))
    rows = await ada.fetch(
        "select o.* from threads.polls as p, unnest(threads.polls_options(p)) as o where p.thread_id = $1", thread
    )
    assert [tuple(row) for row in rows] == [(1, "tea", 0, False), (2, "coffee", 0, False), (3, "water", 0, False)]


async def test_how_it_stands_is_for_those_who_voted_its_author_and_all_when_it_has_ended(town: Town) -> None:
    ada, grace, linus, anonymous = [
        *[await town.join(name) for name in ("ada", "grace", "linus")],
        await town.anonymous(),
    ]
    thread = await ask(ada)
    await grace.execute(VOTE, thread, 2)
    assert [await stand(who, thread) for who in (ada, grace, linus, anonymous)] == [
        ([0, 1], 1),
        ([0, 1], 1),
        UNKNOWN,
        UNKNOWN,
    ]
    await end(town, thread)
    assert [await stand(who, thread) for who in (linus, anonymous)] == [([0, 1], 1)] * 2


GUESSES = (
    "select count(*) from threads.poll_votes",
    "select count(*) from threads.polls as p where threads.polls_vote_count(p) > 0",
    "select count(*) from threads.polls as p, unnest(threads.polls_options(p)) as o where o.vote_count > 0",
    "select coalesce(max(threads.polls_vote_count(p)), 0) from threads.polls as p",
    # A row that is made up does not make its poll end.
    "select coalesce(threads.polls_vote_count(row({thread}, now() - interval '1 day', '{{a,b}}')::threads.polls), 0)",
    "select count(*) from unnest(threads.polls_options(row({thread}, now(), '{{a,b}}')::threads.polls)) as o "
    "where o.vote_count is not null",
)


async def test_nobody_else_learns_how_it_stands(town: Town) -> None:
    ada, grace, linus = [await town.join(name) for name in ("ada", "grace", "linus")]
    thread = await ask(ada)
    await grace.execute(VOTE, thread, 2)
    for guess in GUESSES:
        for session in (linus, await town.anonymous()):
            assert await session.fetchval(guess.format(thread=thread)) == 0, guess


async def test_nobody_reads_the_counts_or_asks_for_them_past_the_rule(town: Town) -> None:
    ada, linus = await town.join("ada"), await town.join("linus")
    thread = await ask(ada)
    for session in (ada, linus, await town.anonymous(), await town.connect()):
        for statement in ("table private.poll_counts", f"select private.poll_results({thread})"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await session.execute(statement)


async def test_not_even_the_author_sees_who_chose_what(town: Town) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    thread = await ask(ada)
    await grace.execute(VOTE, thread, 2)
    await end(town, thread)
    assert await ada.fetch("select * from threads.poll_votes") == []
    assert len(await grace.fetch("select * from threads.poll_votes")) == 1
    vote = "select v from threads.polls as p left join lateral threads.polls_viewer_vote(p) as v on true"
    assert (await grace.fetchval(vote), await ada.fetchval(vote)) == (2, None)


async def test_a_vote_is_once_and_for_all(town: Town, breaks: Breaks) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    thread = await ask(ada)
    for _ in range(2):
        await grace.execute(VOTE, thread, 1)  # sent again, as a client may
    with breaks("already_voted", "cannot be changed", "thread_id"):
        await grace.execute(VOTE, thread, 2)
    for statement in ("update threads.poll_votes set option = 2", "delete from threads.poll_votes"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await grace.execute(statement)
    with pytest.raises(asyncpg.UniqueViolationError):
        await grace.execute(
            "insert into threads.poll_votes (thread_id, user_id, option) values ($1, threads.viewer_id(), 2)", thread
        )
    assert await stand(ada, thread) == ([1, 0], 1)


async def test_votes_in_the_name_of_another_of_no_option_and_after_the_end_are_refused(
    town: Town, breaks: Breaks
) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    thread = await ask(ada)
    insert = "insert into threads.poll_votes (thread_id, user_id, option) values ($1, $2, $3)"
    for user_id, option in ((1, 1), (2, 3), (2, 4)):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await grace.execute(insert, thread, user_id, option)
    for wrong in (0, 3, None):
        with breaks("poll_option_not_found", "the options 1 to 2", "option"):
            await grace.execute(VOTE, thread, wrong)
    with breaks("not_logged_in", "log in"):
        await (await town.anonymous()).execute(VOTE, thread, 1)
    await end(town, thread)
    with breaks("poll_ended", "has ended", "thread_id"):
        await grace.execute(VOTE, thread, 1)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await grace.execute(insert, thread, 2, 1)


async def test_who_does_not_see_the_thread_sees_no_poll_and_has_no_vote(town: Town, breaks: Breaks) -> None:
    ada, grace, linus = [await town.join(name) for name in ("ada", "grace", "linus")]
    thread = await ask(ada)
    await linus.execute(VOTE, thread, 1)
    await ada.execute("update threads.users set is_private = true where id = threads.viewer_id()")
    await end(town, thread)
    for session in (grace, linus):
        assert await session.fetchrow(STAND, thread) is None
        with breaks("poll_not_found", "no such poll", "thread_id"):
            await session.execute(VOTE, thread, 1)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await session.execute(
                "insert into threads.poll_votes (thread_id, user_id, option) values ($1, threads.viewer_id(), 1)",
                thread,
            )
    assert await stand(ada, thread) == ([1, 0], 1)


async def test_a_poll_comes_with_its_thread_and_to_nobody_elses(town: Town) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    thread = await ada.fetchval("select t.id from threads.create_thread('plain') as t")
    insert = "insert into threads.polls (thread_id, ends_at, options) values ($1, now() + interval '1 hour', '{a,b}')"
    for session in (ada, grace):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await session.execute(insert, thread)
    asked = await ask(ada)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await ada.execute("update threads.polls set options = '{a,b}' where thread_id = $1", asked)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await ada.execute("delete from threads.polls")
    async with ada.transaction():
        late = await ada.fetchval(
            "insert into threads.threads (author_id, body) values (threads.viewer_id(), 'x') returning id"
        )
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with ada.transaction():
                await ada.execute(insert.replace("1 hour", "8 days"), late)
        await ada.execute(insert, late)


async def test_a_deleted_thread_has_no_poll_also_where_its_place_is_held(town: Town) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    thread = await ask(ada)
    await grace.execute(VOTE, thread, 1)
    await grace.execute("select threads.reply_to_thread($1, 'hm')", thread)
    await ada.execute("select threads.delete_thread($1)", thread)
    superuser = await town.superuser()
    assert await superuser.fetchval("select count(*) from threads.threads where id = $1", thread) == 1
    for table in ("threads.polls", "threads.poll_votes", "private.poll_counts"):
        assert await superuser.fetch(f"table {table}") == []


async def test_the_votes_of_who_goes_are_counted_back(town: Town) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    thread = await ask(ada)
    await grace.execute(VOTE, thread, 1)
    await (await town.superuser()).execute("delete from threads.users where username = 'grace'")
    assert await stand(ada, thread) == ([0, 0], 0)


async def test_votes_of_many_at_once_are_all_counted(town: Town) -> None:
    ada = await town.join("ada")
    thread = await ask(ada)
    superuser = await town.superuser()
    await superuser.execute(
        "insert into threads.users (username, display_name) select 'voter_' || n, '' from generate_series(1, 200) as n"
    )
    voters = [row["id"] for row in await superuser.fetch("select id from threads.users where username like 'voter%'")]

    async def votes(some: list[Any]) -> None:
        session = await town.connect()
        for voter in some:
            await session.execute("select set_config('request.jwt.claims', $1, false)", f'{{"sub": "{voter}"}}')
            await session.execute("set role threads_member")
            await session.execute(VOTE, thread, 1 + voter % 2)
            await session.execute("reset role")

    await asyncio.gather(*(votes(voters[start::8]) for start in range(8)))
    assert await stand(ada, thread) == ([100, 100], 200)
