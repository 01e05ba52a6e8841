"""Deactivated and deleted accounts: nobody sees them, their tokens are a stranger's, of deleted ones nothing stays."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from .conftest import Breaks, Connection, Town
from .lives import CANARY, EMAIL, FILLED, Life, live, write

ROWS = """
    select c.oid::regclass::text as name,
           format('select row(%s)::text from %s', string_agg(quote_ident(a.attname), ', ' order by a.attnum),
                  c.oid::regclass) as statement
      from pg_class as c
      join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relkind in ('r', 'p')
       and c.relnamespace::regnamespace::text = any ($1)
       and has_column_privilege(c.oid, a.attnum, 'select')
     group by c.oid
"""
REFERENCES = """
    select k.conrelid::regclass::text as name, a.attname as column_name, k.confrelid::regclass::text as target,
           format('select count(*) from %s where %I = any ($1)', k.conrelid::regclass, a.attname) as statement
      from pg_constraint as k
      join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
     where k.contype = 'f'
       and k.confrelid in ('threads.users'::regclass, 'threads.threads'::regclass)
       and k.connamespace = 'threads'::regnamespace
       and has_column_privilege(k.conrelid, a.attnum, 'select')
"""
WRITES = (
    "insert into threads.threads (author_id, body) values (threads.viewer_id(), 'x')",
    "insert into threads.threads (author_id, parent_id, body) values (threads.viewer_id(), {answer}, 'x')",
    "insert into threads.likes (user_id, thread_id) values (threads.viewer_id(), {answer})",
    "insert into threads.reposts (user_id, thread_id) values (threads.viewer_id(), {answer})",
    "insert into threads.bookmarks (user_id, thread_id) values (threads.viewer_id(), {answer})",
    "insert into threads.follows (follower_id, followee_id) select threads.viewer_id(), u.id from threads.users as u",
    "insert into threads.blocks (blocker_id, blocked_id) values (threads.viewer_id(), {friend_id})",
    "insert into threads.mutes (muter_id, muted_id) values (threads.viewer_id(), {friend_id})",
    "insert into threads.muted_words (user_id, word) values (threads.viewer_id(), 'x')",
    "insert into threads.drafts (body) values ('x')",
    "update threads.users set bio = 'x'",
    "update threads.users set username = 'another'",
    "update threads.drafts set body = 'x'",
    "update threads.threads set body = 'x'",
    "update threads.notifications set read_at = now()",
    "delete from threads.threads",
    "delete from threads.likes",
    "delete from threads.follows",
    "delete from threads.blocks",
    "delete from threads.mutes",
    "delete from threads.drafts",
    "delete from threads.bookmarks",
    "delete from threads.reposts",
    "delete from threads.muted_words",
    "select threads.create_thread('x')",
    "select threads.like_thread({answer})",
    "select threads.update_profile(bio => 'x')",
    "select threads.change_username('another')",
    "select threads.log_out_everywhere()",
    "select threads.my_data()",
)


async def deactivate(town: Town, life: Life) -> None:
    auth = await town.role("threads_auth")
    assert await auth.fetchval("select private.deactivate_account($1, 'a hash')", life.id)


async def delete(town: Town, life: Life, atmost: int = 500) -> int:
    """Deletes an account, and says in how many parts what was left of it was erased."""
    auth = await town.role("threads_auth")
    assert await auth.fetchval("select private.delete_account($1, 'a hash')", life.id)
    parts = 1
    while await auth.fetchval("select private.erase($1)", atmost):
        parts += 1
    return parts


Leave = Callable[[Town, Life], Awaitable[object]]
BOTH = pytest.mark.parametrize("leave", [deactivate, delete])


async def log_in(town: Town, life: Life) -> None:
    auth = await town.role("threads_auth")
    await auth.execute("select private.open_session($1, sha256('another'), interval '1 hour', '', null)", life.id)


async def sees(session: Connection, *schemas: str) -> dict[str, set[str]]:
    """All rows that a session may read, by table."""
    return {
        table["name"]: {row[0] for row in await session.fetch(table["statement"])}
        for table in await session.fetch(ROWS, list(schemas))
    }


async def finds(session: Connection, life: Life, threads: list[int]) -> set[str]:
    """Where a session finds the user, or a thread of theirs; not that an answer to one was an answer."""
    found = set()
    for reference in await session.fetch(REFERENCES):
        name = reference["name"]
        of_user = reference["target"] == "threads.users"
        if not of_user and name == "threads.threads":
            continue
        ids = [life.id] if of_user else threads
        if await session.fetchval(reference["statement"], ids):
            found.add(f"{name}.{reference['column_name']}")
    if await session.fetchval("select count(*) from threads.users where id = $1", life.id):
        found.add("threads.users")
    return found


async def open_life(town: Town) -> tuple[Life, list[int]]:
    """Somebody who is not private, and what they wrote."""
    life = await live(town)
    superuser = await town.superuser()
    await superuser.execute("update threads.users set is_private = false where id = $1", life.id)
    rows = await superuser.fetch("select id from threads.threads where author_id = $1", life.id)
    return life, [row["id"] for row in rows]


async def counts(superuser: Connection) -> list[tuple[object, ...]]:
    """The counts that are wrong."""
    rows = await superuser.fetch("""
        select 'thread', t.id, l, (select count(*) from threads.likes as x where x.thread_id = t.id),
               r, (select count(*) from threads.threads as x where x.parent_id = t.id and x.deleted_at is null),
               p, (select count(*) from threads.reposts as x where x.thread_id = t.id),
               q, (select count(*) from threads.threads as x where x.quoted_id = t.id and x.deleted_at is null)
          from threads.threads as t, threads.threads_like_count(t) as l, threads.threads_reply_count(t) as r,
               threads.threads_repost_count(t) as p, threads.threads_quote_count(t) as q
         union all
        select 'user', u.id, r, (select count(*) from threads.follows as x where x.followee_id = u.id),
               g, (select count(*) from threads.follows as x where x.follower_id = u.id),
               t, (select count(*) from threads.threads as x where x.author_id = u.id), 0, 0
          from threads.users as u, threads.users_follower_count(u) as r, threads.users_following_count(u) as g,
               threads.users_thread_count(u) as t
    """)
    return [tuple(row) for row in rows if (row[2], row[4], row[6], row[8]) != (row[3], row[5], row[7], row[9])]


async def test_the_life_is_a_full_one(town: Town) -> None:
    life, _ = await open_life(town)
    own = await sees(life.session, "threads")
    stranger = await sees(await town.join("zoe"), "threads")
    assert {f"threads.{table}" for table in FILLED} <= {name for name, rows in own.items() if rows}
    assert {name for name, rows in own.items() if rows - stranger[name]} >= {
        f"threads.{table}" for table in ("accounts", "blocks", "bookmarks", "drafts", "notifications", "sessions")
    }


@BOTH
async def test_nobody_sees_who_left_nor_what_was_theirs(town: Town, leave: Leave) -> None:
    life, threads = await open_life(town)
    sessions = [life.friend, await town.join("zoe"), await town.anonymous()]
    for session in sessions:
        assert {"threads.users", "threads.threads.author_id", "threads.media.thread_id"} <= await finds(
            session, life, threads
        )
    await leave(town, life)
    # Of their own a friend knows whom they follow and what they like; it leads nowhere.
    own = {"threads.follows.followee_id", "threads.follows.follower_id", "threads.likes.thread_id"}
    own |= {"threads.reports.thread_id", "threads.reports.user_id"}
    assert await finds(life.friend, life, threads) <= (own if leave is deactivate else {"threads.likes.thread_id"})
    for session in sessions[1:]:
        assert await finds(session, life, threads) == set()
    assert await life.friend.fetchval("select count(*) from threads.threads where body ~ 'canary'") == 0


@BOTH
async def test_a_token_that_is_still_good_reads_as_a_stranger_does(town: Town, leave: Leave) -> None:
    life, _ = await open_life(town)
    moderator = await town.role("threads_moderator")
    await moderator.execute(
        "select set_config('request.jwt.claims', json_build_object('sub', $1::text)::text, false)", str(life.id)
    )
    await leave(town, life)
    stranger = await sees(await town.join("zoe"), "threads")
    for session in (life.session, moderator):
        own = await sees(session, "threads")
        more = {name: rows - stranger.get(name, set()) for name, rows in own.items()}
        assert {name: rows for name, rows in more.items() if rows} == {}
        assert await session.fetchval("select v.id from threads.viewer() as v") is None


@BOTH
async def test_a_token_that_is_still_good_writes_nothing(town: Town, leave: Leave) -> None:
    life, _ = await open_life(town)
    await leave(town, life)
    superuser = await town.superuser()
    before = await sees(superuser, "threads", "private")
    for statement in WRITES:
        with contextlib.suppress(
            asyncpg.RaiseError, asyncpg.InsufficientPrivilegeError, asyncpg.IntegrityConstraintViolationError
        ):
            await life.session.execute(statement.format(answer=life.answer, friend_id=life.friend_id))
    after = await sees(superuser, "threads", "private")
    assert after == before


async def test_deactivation_ends_the_sessions_and_keeps_the_rest(town: Town) -> None:
    life, threads = await open_life(town)
    superuser = await town.superuser()
    before = await sees(superuser, "threads", "private")
    await deactivate(town, life)
    assert await superuser.fetchval("select count(*) from threads.sessions where user_id = $1", life.id) == 0
    await log_in(town, life)
    after = await sees(superuser, "threads", "private")
    changed = {name for name, rows in after.items() if rows ^ before[name]}
    assert changed == {"threads.sessions", "private.refresh_tokens"}
    assert "threads.users" in await finds(await town.anonymous(), life, threads)


async def test_deactivating_and_deleting_need_the_password_that_was_verified(town: Town) -> None:
    ada = await town.sign_up("ada")
    auth = await town.role("threads_auth")
    for verb in ("deactivate_account", "delete_account"):
        assert await auth.fetchval(f"select private.{verb}($1, 'an older hash')", ada) is False
    assert await auth.fetchval("select private.change_email($1, 'an older hash', 'a@b.example')", ada) is False
    superuser = await town.superuser()
    assert await superuser.fetchval("select deactivated_at from threads.users") is None
    assert await superuser.fetchval("select email from threads.accounts") is None


async def test_of_a_deleted_account_no_table_has_a_trace(town: Town) -> None:
    life = await live(town)
    superuser = await town.superuser()

    async def traces() -> set[str]:
        everything = await sees(superuser, "threads", "private")
        return {name for name, rows in everything.items() if any(CANARY in row.lower() for row in rows)}

    assert {
        "threads.users",
        "threads.accounts",
        "threads.drafts",
        "threads.reports",
        "threads.hashtags",
    } <= await traces()
    await delete(town, life)
    assert await traces() == set()
    references = await superuser.fetch(REFERENCES + " and k.confrelid = 'threads.users'::regclass")
    for reference in references:
        assert await superuser.fetchval(reference["statement"], [life.id]) == 0, reference
    assert await superuser.fetchval("select count(*) from private.erasures") == 0


async def test_what_others_answered_keeps_its_place_without_a_name(town: Town) -> None:
    life = await live(town)
    await delete(town, life)
    rows = await life.friend.fetch(
        """
        select t.id, t.author_id, t.body, t.deleted_at is not null as deleted
          from threads.threads as t
         where t.id = any ($1)
         order by t.id
    """,
        [life.lonely, life.answered, life.answer, life.quoted, life.quote],
    )
    assert [tuple(row) for row in rows] == [
        (life.answered, None, "", True),
        (life.answer, life.friend_id, "I do", False),
        (life.quoted, None, "", True),
        (life.quote, life.friend_id, "this", False),
    ]


async def test_counts_are_right_at_every_step_of_a_deletion(town: Town) -> None:
    life = await live(town)
    superuser, auth = await town.superuser(), await town.role("threads_auth")
    assert await counts(superuser) == []
    assert await auth.fetchval("select private.delete_account($1, 'a hash')", life.id)
    parts = 1
    while await auth.fetchval("select private.erase(2)"):
        parts += 1
        assert await counts(superuser) == [], parts
    assert parts > 10
    assert await counts(superuser) == []


async def test_a_popular_account_goes_in_small_parts(town: Town) -> None:
    """As many rows as were allowed, whether they hang on the user, on a thread, or on what hangs on these."""
    ada = await town.sign_up("ada")
    superuser, auth = await town.superuser(), await town.role("threads_auth")
    await superuser.execute(
        "insert into threads.users (username, display_name) select 'fan_' || n, '' from generate_series(1, 60) as n"
    )
    await superuser.execute(
        """
        insert into threads.follows (follower_id, followee_id)
        select u.id, $1 from threads.users as u where u.id <> $1
        """,
        ada,
    )
    await superuser.execute(
        """
        with written as (
          insert into threads.threads (author_id, body) select $1, 'hello' from generate_series(1, 3) returning id
        )
        insert into threads.likes (thread_id, user_id) select w.id, u.id from written as w, threads.users as u
    """,
        ada,
    )
    total = """
        select (select count(*) from threads.follows)
             + (select count(*) from threads.likes)
             + (select count(*) from threads.notification_actors)
    """
    left = await superuser.fetchval(total)
    assert left > 60 * 4
    await auth.execute("select private.delete_account($1, 'a hash')", ada)
    while await auth.fetchval("select private.erase(20)"):
        now = await superuser.fetchval(total)
        # A like may take the notification of it along.
        assert left - now <= 2 * 20
        left = now
    assert await superuser.fetchval(total) == 0
    assert await superuser.fetchval("select count(*) from threads.users") == 60
    assert await counts(superuser) == []


async def test_an_account_is_erased_with_its_last_words(town: Town) -> None:
    ada = await town.sign_up("ada")
    session, auth, superuser = await town.member(ada), await town.role("threads_auth"), await town.superuser()
    async with session.transaction():
        await session.execute("select threads.create_thread('the last word')")
        deleting = asyncio.create_task(auth.fetchval("select private.delete_account($1, 'a hash')", ada))
        while not await superuser.fetchval("select exists (select from pg_locks where not granted)"):
            await asyncio.sleep(0.002)
        assert not deleting.done()
    assert await deleting
    while await auth.fetchval("select private.erase()"):
        pass
    assert await superuser.fetch("select from threads.users union all select from threads.threads") == []


async def test_two_who_talked_a_lot_delete_their_accounts_at_once_while_others_write(town: Town) -> None:
    superuser = await town.superuser()
    await superuser.execute("update private.limits set turns = 100000")
    people = [await town.join(f"person_{number}") for number in range(4)]
    chance = random.Random(7)  # noqa: S311 - an order, not a secret
    threads = [await write(people[0], "hello")]
    for number in range(80):
        person = people[number % 4]
        body, quoted = f"and @person_{chance.randrange(4)} #talk", chance.choice(threads) if number % 3 else None
        statement = "select t.id from threads.reply_to_thread($1, $2, quoted_id => $3) as t"
        threads.append(await person.fetchval(statement, chance.choice(threads), body, quoted))
        await person.execute("select threads.like_thread($1)", chance.choice(threads))
        await person.execute("select threads.repost_thread($1)", chance.choice(threads))
    for person, other in ((0, 1), (1, 0), (0, 2), (2, 0), (1, 3), (3, 1)):
        await people[person].execute("select threads.follow_user($1)", f"person_{other}")
    leaving = [await town.role("threads_auth") for _ in range(2)]
    ids = await superuser.fetch("select id from threads.users where username in ('person_0', 'person_1') order by id")
    going = True

    async def leave(auth: Connection, user_id: int) -> None:
        nonlocal going
        await auth.fetchval("select private.delete_account($1, 'a hash')", user_id)
        while await auth.fetchval("select private.erase(60)"):
            pass
        going = False

    async def stay(session: Connection, seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 - an order, not a secret
        verbs = ("like_thread", "unlike_thread", "undo_repost", "repost_thread", "delete_thread")
        while going:
            with contextlib.suppress(asyncpg.RaiseError):
                await session.execute(f"select threads.{chance.choice(verbs)}($1)", chance.choice(threads))

    both = (leave(auth, row["id"]) for auth, row in zip(leaving, ids, strict=True))
    await asyncio.wait_for(asyncio.gather(*both, stay(people[2], 1), stay(people[3], 2)), 30)
    names = await superuser.fetch("select username from threads.users order by username")
    assert [row["username"] for row in names] == ["person_2", "person_3"]
    assert await counts(superuser) == []


async def test_nobody_logs_in_to_a_deleted_account(town: Town, breaks: Breaks) -> None:
    life = await live(town)
    auth = await town.role("threads_auth")
    await auth.fetchval("select private.delete_account($1, 'a hash')", life.id)
    for name in (CANARY, EMAIL):
        assert await auth.fetch("select * from private.find_credentials($1)", name) == []
    assert await auth.fetchval("select private.find_password_hash($1)", life.id) is None
    # Who verified the password just before it was deleted.
    with breaks("invalid_credentials", "The username or the password is wrong."):
        await log_in(town, life)
    assert await auth.fetchval("select private.delete_account($1, 'a hash')", life.id) is False


async def test_log_in_waits_for_a_deletion_that_is_under_way(town: Town, breaks: Breaks) -> None:
    ada = await town.sign_up("ada")
    deleting, opening = await town.role("threads_auth"), await town.role("threads_auth")
    transaction = deleting.transaction()
    await transaction.start()
    await deleting.execute("select private.delete_account($1, 'a hash')", ada)
    task = asyncio.create_task(
        opening.execute("select private.open_session($1, sha256('another'), interval '1 hour', '', null)", ada)
    )
    await asyncio.sleep(0.2)
    assert not task.done()
    await transaction.commit()
    with breaks("invalid_credentials", "The username or the password is wrong."):
        await task


async def test_whoever_logs_in_while_they_deactivate_is_back_or_logged_out(town: Town) -> None:
    ada = await town.sign_up("ada")
    leaving, opening, superuser = (
        await town.role("threads_auth"),
        await town.role("threads_auth"),
        await town.superuser(),
    )
    open_session = "select private.open_session($1, sha256($2), interval '1 hour', '', null)"
    async with leaving.transaction():
        await leaving.execute("select private.deactivate_account($1, 'a hash')", ada)
        task = asyncio.create_task(opening.execute(open_session, ada, b"b"))
        await asyncio.sleep(0.2)
        assert not task.done()
    await task
    assert await superuser.fetchval("select deactivated_at is null from threads.users") is True
    async with opening.transaction():
        await opening.execute(open_session, ada, b"a")
        task = asyncio.create_task(leaving.execute("select private.deactivate_account($1, 'a hash')", ada))
        await asyncio.sleep(0.2)
        assert not task.done()
    await task
    assert await superuser.fetchval("select count(*) from threads.sessions") == 0


async def test_the_name_of_a_deleted_account_is_held_for_thirty_days(town: Town, breaks: Breaks) -> None:
    life = await live(town)
    await delete(town, life)
    auth, superuser = await town.role("threads_auth"), await town.superuser()
    create = "select username from private.create_account($1, null, 'a hash')"
    with breaks("username_taken", 'The username "canary" is taken.', "username"):
        await auth.fetchval(create, CANARY)
    with breaks("username_taken", 'The username "canary" is taken.', "username"):
        await life.friend.execute("select threads.change_username($1)", CANARY)
    await superuser.execute("update private.held_usernames set held_until = held_until - interval '30 days'")
    assert await auth.fetchval(create, CANARY) == CANARY
