"""Deleting: what stays of a thread that has replies or quotes, how long, and that nothing else is left anywhere."""

from __future__ import annotations

import asyncio
import itertools
import random

import asyncpg
import pytest

from .conftest import Breaks, Connection, Town

DELETE = "select t.* from threads.delete_thread($1) as t"
PLACES = "select t.id from threads.threads as t where t.deleted_at is not null order by t.id"
PICTURE = [("https://a.example/secret.png", "a secret", None, None, None)]


async def write(session: Connection, parent: int | None = None, quoted: int | None = None, body: str = "hello") -> int:
    if parent is None:
        thread_id = await session.fetchval("select (threads.create_thread($1, quoted_id => $2)).id", body, quoted)
    else:
        reply = "select (threads.reply_to_thread($1, $2, quoted_id => $3)).id"
        thread_id = await session.fetchval(reply, parent, body, quoted)
    assert isinstance(thread_id, int)
    return thread_id


async def places(session: Connection) -> list[int]:
    return [row["id"] for row in await session.fetch(PLACES)]


async def test_of_a_deleted_thread_only_the_place_is_left(town: Town) -> None:
    ada, bob, superuser = await town.join("ada"), await town.join("bob"), await town.superuser()
    quoted = await write(bob)
    thread = await ada.fetchval(
        "select t.id from threads.create_thread('a secret @bob #secret https://a.example/secret', $1, $2) as t",
        PICTURE,
        quoted,
    )
    await ada.execute("select threads.edit_thread($1, 'a secret @bob @ada #secret https://a.example/secret')", thread)
    for session in (ada, bob):
        for call in ("like_thread", "repost_thread", "bookmark_thread"):
            await session.execute(f"select threads.{call}($1)", thread)
    await ada.execute("select threads.pin_thread($1)", thread)
    reply, quote = await write(bob, thread), await write(bob, quoted=thread)

    deleted = await ada.fetchrow(DELETE, thread)
    assert (deleted["body"], deleted["quoted_id"]) == ("a secret @bob @ada #secret https://a.example/secret", quoted)

    place = """
        select t.id, t.author_id, t.body, t.parent_id, t.quoted_id, t.edited_at, t.hidden_at, l, r, p, q
          from threads.threads as t, threads.threads_like_count(t) as l, threads.threads_reply_count(t) as r,
               threads.threads_repost_count(t) as p, threads.threads_quote_count(t) as q
         where t.deleted_at is not null
    """
    for session in (ada, bob, await town.anonymous(), superuser):
        assert tuple(await session.fetchrow(place)) == (thread, None, "", None, None, None, None, 0, 1, 0, 1)
    counted = "select q from threads.threads as t, threads.threads_quote_count(t) as q where t.id = $1"
    assert await bob.fetchval(counted, quoted) == 0
    # Whatever table refers to it, also those that are added later.
    refers = """
        select format('select %L from %s where %I = $1 limit 1', k.conname, k.conrelid::regclass, a.attname)
          from pg_constraint as k
          join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
         where k.confrelid = 'threads.threads'::regclass
    """
    statements = [row[0] for row in await superuser.fetch(refers)]
    left = {name for statement in statements if (name := await superuser.fetchval(statement, thread))}
    assert len(statements) > 10
    assert left == {"threads_parent_id_fkey", "threads_root_id_fkey", "threads_quoted_id_fkey"}
    for session, answer in itertools.product((ada, bob), (reply, quote)):
        assert await session.fetchval("select body from threads.threads where id = $1", answer) == "hello"


async def test_a_deleted_thread_is_neither_answered_nor_deleted_nor_changed(town: Town, breaks: Breaks) -> None:
    ada, bob = await town.join("ada"), await town.join("bob")
    thread = await write(ada)
    await write(bob, thread)
    await ada.fetchrow(DELETE, thread)
    for call in (
        "reply_to_thread($1, 'x')",
        "like_thread($1)",
        "repost_thread($1)",
        "delete_thread($1)",
        "edit_thread($1, 'x')",
        "pin_thread($1)",
        "change_reply_control($1, 'followers')",
    ):
        for session in (ada, bob):
            with breaks("thread_not_found", "There is no such thread.", "thread_id"):
                await session.execute(f"select threads.{call}", thread)
    for statement in (
        "update threads.threads set body = 'x' where id = $1",
        "delete from threads.threads where id = $1",
    ):
        assert (await ada.execute(statement, thread)).endswith(" 0")
    assert await places(ada) == [thread]


async def test_a_place_goes_with_the_last_reply_or_quote_and_those_above_it_with_it(town: Town) -> None:
    ada, superuser = await town.join("ada"), await town.superuser()
    first = await write(ada)
    second = await write(ada, first)
    third = await write(ada, second)
    side, quote = await write(ada, second), await write(ada, quoted=first)
    for thread in (first, second, third):
        await ada.fetchrow(DELETE, thread)
    assert await places(superuser) == [first, second]
    await ada.fetchrow(DELETE, side)
    assert await places(superuser) == [first]
    await ada.fetchrow(DELETE, quote)
    assert await superuser.fetch("table threads.threads") == []


async def test_a_place_quotes_nothing(town: Town) -> None:
    ada, superuser = await town.join("ada"), await town.superuser()
    quoted = await write(ada)
    quote = await write(ada, quoted=quoted)
    reply = await write(ada, quote)
    for thread in (quoted, quote):
        await ada.fetchrow(DELETE, thread)
    assert await places(superuser) == [quote]
    await ada.fetchrow(DELETE, reply)
    assert await superuser.fetch("table threads.threads") == []


async def test_all_of_ones_own_go_in_one_statement(town: Town) -> None:
    ada, bob, superuser = await town.join("ada"), await town.join("bob"), await town.superuser()
    first = await write(ada)
    second = await write(ada, first)
    kept = await write(bob, second)
    await write(ada, kept)
    await write(ada, quoted=first)
    # So that Postgres comes to the first after what was about it.
    await superuser.execute("update threads.threads set body = body where id = $1", first)
    await ada.execute("delete from threads.threads")
    assert await places(superuser) == [first, second]
    assert await bob.execute("delete from threads.threads") == "DELETE 1"
    assert await superuser.fetch("table threads.threads") == []


async def test_the_last_two_replies_go_at_once(town: Town) -> None:
    people = [await town.join(f"member_{number}") for number in range(6)]
    superuser = await town.superuser()
    for _ in range(6):
        first = await write(people[0])
        second = await write(people[0], first)
        answers = [
            await write(person, second) if number % 2 else await write(person, quoted=second)
            for number, person in enumerate(people)
        ]
        for thread in (first, second):
            await people[0].fetchrow(DELETE, thread)
        await asyncio.gather(*(person.fetchrow(DELETE, answer) for person, answer in zip(people, answers, strict=True)))
        assert await superuser.fetch("table threads.threads") == []


@pytest.mark.usefixtures("own_limits")
async def test_many_write_and_delete_all_over_a_conversation_at_once(town: Town) -> None:
    people = [await town.join(f"member_{number}") for number in range(8)]
    superuser = await town.superuser()
    await superuser.execute("update private.limits set turns = 100000")
    threads = [await write(people[0])]

    async def live(session: Connection, seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 - an order, not a secret
        own: list[int] = []
        for _ in range(25):
            try:
                if own and chance.random() < 0.45:
                    await session.fetchrow(DELETE, own.pop(chance.randrange(len(own))))
                else:
                    quoted = chance.choice(threads) if chance.random() < 0.5 else None
                    thread = await write(session, chance.choice(threads), quoted)
                    threads.append(thread)
                    own.append(thread)
            except asyncpg.RaiseError as error:
                if str(error) != "There is no such thread.":
                    raise
        for thread in own:
            await session.fetchrow(DELETE, thread)

    await asyncio.gather(*(live(session, seed) for seed, session in enumerate(people)))
    assert [row["id"] for row in await superuser.fetch("select t.id from threads.threads as t")] == threads[:1]
    counts = """
        select r, q
          from threads.threads as t, threads.threads_reply_count(t) as r, threads.threads_quote_count(t) as q
    """
    assert tuple(await superuser.fetchrow(counts)) == (0, 0)


async def test_who_answers_two_threads_waits_for_the_later_one_first(town: Town, breaks: Breaks) -> None:
    ada, bob = await town.join("ada"), await town.join("bob")
    first, second = await write(ada), await write(ada)
    async with ada.transaction():
        await ada.fetchrow(DELETE, second)
        answer = asyncio.create_task(write(bob, first, second))
        await asyncio.sleep(0.3)
        # Were the first held by now, the two would wait for each other.
        await ada.fetchrow(DELETE, first)
    with breaks("thread_not_found", "There is no such thread.", "thread_id"):
        await answer


async def test_one_pins_and_deletes_the_same_thread_at_once(town: Town) -> None:
    ada = await town.sign_up("ada")
    sessions = [await town.member(ada) for _ in range(2)]
    for _ in range(15):
        thread = await write(sessions[0])
        results = await asyncio.gather(
            sessions[0].execute("select threads.pin_thread($1)", thread),
            sessions[1].execute("select threads.delete_thread($1)", thread),
            return_exceptions=True,
        )
        assert not isinstance(results[1], BaseException), repr(results[1])
        late = isinstance(results[0], asyncpg.RaiseError)
        assert late or not isinstance(results[0], BaseException), repr(results[0])
        assert await sessions[0].fetchval("select pinned_thread_id from threads.users") is None


@pytest.mark.usefixtures("own_limits")
async def test_one_edits_limits_and_deletes_the_same_thread_at_once(town: Town) -> None:
    ada, superuser = await town.sign_up("ada"), await town.superuser()
    sessions = [await town.member(ada) for _ in range(4)]
    await superuser.execute("update private.limits set turns = 100000")
    for number in range(12):
        thread = await write(sessions[0])
        if number % 2:
            await write(sessions[0], thread)
        results = await asyncio.gather(
            sessions[0].execute("select threads.edit_thread($1, 'edited', $2)", thread, PICTURE),
            sessions[1].execute("select threads.delete_thread($1)", thread),
            sessions[2].execute("select threads.change_reply_control($1, 'followers')", thread),
            sessions[3].execute("select threads.edit_thread($1, 'edited again', $2)", thread, PICTURE),
            return_exceptions=True,
        )
        assert not isinstance(results[1], BaseException), repr(results[1])
        for result in results:
            late = isinstance(result, asyncpg.RaiseError) and str(result) == "There is no such thread."
            assert late or not isinstance(result, BaseException), repr(result)
    left = "select count(*) from threads.media union all select count(*) from threads.thread_edits"
    assert [row[0] for row in await superuser.fetch(left)] == [0, 0]
