"""What came of a thread: its heat and rank, which of them show something, and that nobody but the database says so."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import pytest

from tests.conftest import run_sql
from tests.scripts import DB

from .conftest import Connection, Town

OLD_THREADS = (DB / "migrations" / "0102_old_threads.sql").read_text(encoding="utf-8")


async def heat(superuser: Connection, thread: int) -> tuple[int, timedelta]:
    row = await superuser.fetchrow(
        "select heat, ranked_at - created_at as ahead from threads.threads where id = $1", thread
    )
    return row["heat"], row["ahead"]


async def test_a_thread_is_six_hours_younger_for_each_doubling(town: Town) -> None:
    ada, superuser = await town.join("ada"), await town.superuser()
    thread = await ada.fetchval("select t.id from threads.create_thread('warm') as t")
    steps = []
    for number in range(15):
        steps.append(await heat(superuser, thread))
        fan = await town.join(f"fan_{number}")
        await fan.execute("select threads.like_thread($1)", thread)
    assert [step for step, _ in steps] == [0, 1, 1, 2, 2, 2, 2, *[3] * 8]
    assert all(ahead == step * timedelta(hours=6) for step, ahead in steps)

    await fan.execute("select threads.repost_thread($1)", thread)  # 15 likes, and 3
    assert (await heat(superuser, thread))[0] == 4
    await fan.execute("select threads.undo_repost($1)", thread)
    await fan.execute("select threads.unlike_thread($1)", thread)
    assert (await heat(superuser, thread))[0] == 3
    await fan.execute("select threads.reply_to_thread($1, 'a reply')", thread)  # 14 likes, and 2
    assert (await heat(superuser, thread))[0] == 4


async def test_nobody_ranks_their_own_threads(town: Town) -> None:
    ada = await town.join("ada")
    thread = await ada.fetchval("select t.id from threads.create_thread('the best') as t")
    for change in (
        "update threads.threads set heat = 30 where id = $1",
        "update threads.threads set ranked_at = 'infinity' where id = $1",
        "update threads.threads set has_media = true where id = $1",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await ada.execute(change, thread)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await ada.execute("insert into threads.threads (author_id, body, heat) values (threads.viewer_id(), 'hot', 30)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await ada.fetch("select private.newest_posts('{1}', 10, null)")


async def test_what_shows_something_is_known_while_it_does(town: Town) -> None:
    ada, superuser = await town.join("ada"), await town.superuser()
    thread = await ada.fetchval("select t.id from threads.create_thread('look') as t")
    shows = "select t.has_media from threads.threads as t where t.id = $1"
    add = "insert into threads.media (thread_id, position, url) values ($1, $2, 'https://example.org/a.png')"
    assert await ada.fetchval(shows, thread) is False
    await ada.execute(add, thread, 1)
    await ada.execute(add, thread, 2)
    assert await ada.fetchval(shows, thread) is True
    await ada.execute("delete from threads.media where thread_id = $1 and position = 1", thread)
    assert await ada.fetchval(shows, thread) is True
    tab = "select m.id from threads.users as u cross join lateral threads.users_media_threads(u) as m"
    assert [row["id"] for row in await superuser.fetch(tab)] == [thread]
    await ada.execute("delete from threads.media where thread_id = $1", thread)
    assert await ada.fetchval(shows, thread) is False
    assert await superuser.fetch(tab) == []


async def test_what_was_there_before_is_ranked_when_the_migration_runs(town: Town) -> None:
    await town.join("ada")
    superuser = await town.superuser()
    await superuser.execute("""
        set session_replication_role = replica;
        insert into threads.threads (author_id, body, like_count, created_at)
        select 1, 'old', i, now() - interval '1 day' from generate_series(0, 3) as i;
        set session_replication_role = default;
    """)
    assert await superuser.fetchval("select count(*) from threads.threads where ranked_at = '-infinity'") == 4
    await run_sql(town.url, OLD_THREADS)
    rows = await superuser.fetch("select heat, ranked_at - created_at as ahead from threads.threads order by id")
    assert [(row["heat"], row["ahead"]) for row in rows] == [(step, step * timedelta(hours=6)) for step in (0, 1, 1, 2)]
