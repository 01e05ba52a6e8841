"""Notifications while many react at once: none is lost or doubled, and nobody waits for another to notify."""

from __future__ import annotations

import asyncio

import asyncpg

from .conftest import Connection, Town
from .test_notifications import MARK_ALL, follow, like, screen, unread, write

MEMBERS = 12


async def test_the_first_likes_of_a_thread_at_once_are_one_notification(town: Town) -> None:
    ada = await town.join("ada")
    members = [await town.join(f"member_{number}") for number in range(MEMBERS)]
    for _ in range(3):
        thread = await write(ada)
        await asyncio.gather(*(like(session, thread) for session in members))
        await asyncio.gather(*(follow(session, "ada") for session in members))
    rows = await ada.fetch(
        "select n.kind::text, c from threads.notifications as n, threads.notifications_actor_count(n) as c"
    )
    assert sorted(map(tuple, rows)) == [("follow", MEMBERS), *[("like", MEMBERS)] * 3]


async def test_likes_wait_for_no_like_that_is_not_committed(town: Town) -> None:
    ada, grace, linus, alan = [await town.join(name) for name in ("ada", "grace", "linus", "alan")]
    thread = await write(ada)
    await like(alan, thread)
    for session in (grace, linus):
        await session.execute("begin; set local lock_timeout = '100ms'; set local synchronous_commit = off")
        await like(session, thread)
    for session in (linus, grace):
        await session.execute("commit")
    assert sorted((await screen(ada))[0][1]) == ["alan", "grace", "linus"]


async def test_what_is_not_committed_while_all_are_marked_stays_unread(town: Town) -> None:
    ada, grace, linus = [await town.join(name) for name in ("ada", "grace", "linus")]
    thread, other = await write(ada), await write(ada)
    await like(grace, thread)
    await like(grace, other)
    await linus.execute("begin")
    await like(linus, thread)
    await ada.execute("set lock_timeout = '100ms'")
    await ada.execute(MARK_ALL)
    await linus.execute("commit")
    assert sorted((actors, read) for _, actors, read in await screen(ada)) == [
        (["grace"], True),
        (["linus", "grace"], False),
    ]


async def test_a_like_while_they_are_being_marked_is_of_the_next_one(town: Town) -> None:
    ada, grace, linus = [await town.join(name) for name in ("ada", "grace", "linus")]
    thread = await write(ada)
    await like(grace, thread)
    await ada.execute("begin")
    await ada.execute(MARK_ALL)
    late = asyncio.create_task(like(linus, thread))
    await asyncio.sleep(0.05)
    await ada.execute("commit")
    await late
    assert await screen(ada) == [("like", ["linus"], False), ("like", ["grace"], True)]


async def test_wavering_and_marking_at_once_leaves_what_holds(town: Town) -> None:
    ada_id = await town.sign_up("ada")
    ada, reader = await town.member(ada_id), await town.member(ada_id)
    members = [await town.join(f"member_{number}") for number in range(MEMBERS)]
    thread = await write(ada)
    done = False

    async def waver(session: Connection) -> None:
        for _ in range(8):
            await like(session, thread)
            await session.execute("select threads.unlike_thread($1)", thread)
            await session.execute("select threads.follow_user('ada')")
            await session.execute("select threads.unfollow_user('ada')")
        await like(session, thread)

    async def read() -> None:
        while not done:
            await reader.execute(MARK_ALL)
            await asyncio.sleep(0.005)

    reading = asyncio.create_task(read())
    await asyncio.gather(*(waver(session) for session in members))
    done = True
    await reading
    superuser = await town.superuser()
    of_likes = await superuser.fetch(
        "select a.actor_id from threads.notification_actors as a where a.kind = 'like' order by a.actor_id"
    )
    assert [row["actor_id"] for row in of_likes] == [
        row["user_id"] for row in await superuser.fetch("select user_id from threads.likes order by user_id")
    ]
    assert (
        await superuser.fetch("""
        select n.id
          from threads.notifications as n
         where n.read_at is null
           and not exists (select from threads.notification_actors as a where a.notification_id = n.id)
    """)
        == []
    )
    await ada.execute(MARK_ALL)
    assert await unread(ada) == 0


async def test_a_thread_that_is_liked_while_it_is_deleted(town: Town) -> None:
    ada = await town.join("ada")
    members = [await town.join(f"member_{number}") for number in range(6)]
    for _ in range(5):
        thread = await write(ada)
        results = await asyncio.gather(
            *(like(session, thread) for session in members[:3]),
            ada.execute("select threads.delete_thread($1)", thread),
            *(like(session, thread) for session in members[3:]),
            return_exceptions=True,
        )
        for result in results:
            late = isinstance(result, asyncpg.RaiseError) and str(result) == "There is no such thread."
            assert late or not isinstance(result, Exception), repr(result)
    assert await screen(ada) == []
    assert await (await town.superuser()).fetchval("select count(*) from threads.notifications") == 0
