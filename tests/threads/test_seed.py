"""The sample data: a town to look at, the same on every run."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from tests.scripts import DB, SCRIPTS

from .conftest import Town

FINGERPRINT = """
    select md5(concat(
             (select string_agg(u::text, '|' order by u.id) from threads.users as u),
             (select string_agg(t::text, '|' order by t.id) from threads.threads as t),
             (select string_agg(l::text, '|' order by l.thread_id, l.user_id) from threads.likes as l),
             (select string_agg(f::text, '|' order by f.follower_id, f.followee_id) from threads.follows as f)
           ))
"""


async def test_the_town_is_believable(seeded_town: Town) -> None:
    anonymous = await seeded_town.anonymous()
    counts = await anonymous.fetchrow("""
        select (select count(*) from threads.users) as users,
               (select count(*) from threads.threads) as threads,
               (select count(*) from threads.threads where parent_id is null) as started,
               (select count(distinct body) from threads.threads where parent_id is null) as different
    """)
    assert tuple(counts) == (40, 400, counts["different"], counts["started"])
    assert (
        await anonymous.fetchval("select count(*) from threads.users where username in ('ada', 'grace', 'linus')") == 3
    )
    assert await anonymous.fetchval("select count(*) from threads.likes") > 1_000
    assert await anonymous.fetchval("select count(*) from threads.follows") > 200


async def test_time_runs_forward(seeded_town: Town) -> None:
    anonymous = await seeded_town.anonymous()
    assert (
        await anonymous.fetch("""
        select r.id
          from threads.threads as r
          left join threads.threads as t on t.id = r.parent_id
          join threads.users as u on u.id = r.author_id
         where r.created_at < t.created_at or r.created_at < u.created_at or r.created_at > now()
         union all
        select l.thread_id
          from threads.likes as l
          join threads.threads as t on t.id = l.thread_id
         where l.created_at < t.created_at
    """)
        == []
    )


async def test_ada_has_something_to_read(seeded_town: Town) -> None:
    ada = await seeded_town.member(1)
    assert await ada.fetchval("select v.username from threads.viewer() as v") == "ada"
    assert await ada.fetchval("select count(*) from threads.home_feed()") > 20


async def test_it_is_the_same_on_every_run_and_loads_in_three_seconds(
    seeded_town: Town, create_database: Callable[..., Awaitable[str]]
) -> None:
    again = Town(await create_database(*SCRIPTS))
    superuser = await again.superuser()
    start = time.monotonic()
    await superuser.execute((DB / "seed.sql").read_text())
    assert time.monotonic() - start < 3
    assert await superuser.fetchval(FINGERPRINT) == await (await seeded_town.superuser()).fetchval(FINGERPRINT)
    await again.close()


async def test_everybody_gets_a_password_as_the_seed_says(seeded_town: Town) -> None:
    superuser = await seeded_town.superuser()
    [statement] = [line.lstrip("- ").rstrip(";") for line in (DB / "seed.sql").read_text().splitlines() if "$1" in line]
    await superuser.execute("begin")
    await superuser.execute(statement, "a hash")
    await superuser.execute("set local role threads_auth")
    assert await superuser.fetchval("select password_hash from private.find_credentials('grace')") == "a hash"
    await superuser.execute("rollback")
