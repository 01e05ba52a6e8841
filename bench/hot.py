"""A thread that everybody likes at once: likes a second beside likes of many threads, by two ways to count.

"wait" is the plain way, an update of the thread's row, for which the likes of a thread wait in turn until the one
before has been committed. "note" is what db/functions/counts.sql does: who cannot have it at once notes the change.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg

from bench import BenchError
from gatepost.embedded import EmbeddedPostgres
from gatepost.errors import SetUpError
from gatepost.migrate import up

DB = Path(__file__).parents[1] / "db"
_WAIT = """
create or replace function private.count_on_thread(
  thread_id bigint, likes integer default 0, replies integer default 0, reposts integer default 0,
  quotes integer default 0
)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update threads.threads as t
     set like_count = t.like_count + count_on_thread.likes
   where t.id = count_on_thread.thread_id;
end
$$;
"""
_CLAIM = "select set_config('request.jwt.claims', json_build_object('sub', $1::bigint::text)::text, false)"
_LIKE = "insert into threads.likes (thread_id, user_id) values ($1, $2)"


async def rate(url: str, users: list[int], threads: list[int], sessions: int) -> float:
    """Likes a second, when every user likes one thread, each like a transaction of its own."""
    left = iter(enumerate(users))

    async def work(session: Any) -> None:
        for number, user in left:
            await session.fetch(_CLAIM, user)
            await session.execute(_LIKE, threads[number % len(threads)], user)

    connections = [await asyncpg.connect(url) for _ in range(sessions)]
    try:
        for connection in connections:
            await connection.execute("set role threads_member")
        began = time.monotonic()
        await asyncio.gather(*(work(connection) for connection in connections))
        return len(users) / (time.monotonic() - began)
    finally:
        for connection in connections:
            await connection.close()


async def hot(rounds: int, likes: int, sessions: int, say: Callable[[str], None]) -> dict[tuple[str, str], list[float]]:
    """The rates of each round by the way to count and by what is liked: `one` thread, or `many`.

    Raises BenchError when a count is wrong afterwards.
    """
    with tempfile.TemporaryDirectory(prefix="gatepost-hot-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with EmbeddedPostgres(folder) as postgres:
            admin = await asyncpg.connect(postgres.url())
            await admin.execute("create database hot")
            await admin.close()
            url = postgres.url("hot")
            await up(url, DB)
            admin = await asyncpg.connect(url)
            try:
                return await _rounds(admin, url, rounds, likes, sessions, say)
            finally:
                await admin.close()


async def _rounds(
    admin: Any, url: str, rounds: int, likes: int, sessions: int, say: Callable[[str], None]
) -> dict[tuple[str, str], list[float]]:
    note = await admin.fetchval("select pg_get_functiondef('private.count_on_thread'::regproc)")
    # Rules that are not measured here would refuse so many at once.
    await admin.execute("set session_replication_role = replica")
    await admin.execute(
        "insert into threads.users (username, display_name) select 'user_' || n, '' from generate_series(1, $1) as n",
        likes,
    )
    await admin.execute("insert into threads.threads (author_id, body) select id, 'hello' from threads.users")
    await admin.execute("set session_replication_role = origin")
    users = [row["id"] for row in await admin.fetch("select id from threads.users order by id")]
    threads = [row["id"] for row in await admin.fetch("select id from threads.threads order by id")]
    rates: dict[tuple[str, str], list[float]] = {}
    for number in range(rounds):
        for way, function in (("wait", _WAIT), ("note", note)):
            await admin.execute(function)
            for what, liked in (("one", threads[:1]), ("many", threads)):
                rates.setdefault((way, what), []).append(await rate(url, users, liked, sessions))
                counted = await admin.fetchval(
                    "select sum(c) from threads.threads as t, threads.threads_like_count(t) as c"
                )
                if counted != likes:
                    raise BenchError(f"{way}, {what}: counted {counted} of {likes}")
                await admin.execute("truncate threads.likes, private.thread_count_changes")
                await admin.execute("update threads.threads set like_count = 0 where like_count > 0")
                await admin.execute("vacuum analyze threads.threads")
                say(f"{number + 1}/{rounds} {way:>4} {what:>4}: {rates[way, what][-1]:6.0f} likes/s")
    return rates


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.hot", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured, in turn (3)")
    parser.add_argument("--likes", type=int, default=4_000, help="how many users like (4000)")
    parser.add_argument("--sessions", type=int, default=32, help="over how many connections (32)")
    chosen = parser.parse_args()
    say = partial(print, flush=True)
    try:
        rates = asyncio.run(hot(chosen.rounds, chosen.likes, chosen.sessions, say))
    except (BenchError, SetUpError) as problem:
        print(problem, file=sys.stderr)
        return 1
    medians = {key: statistics.median(found) for key, found in rates.items()}
    print(f"\n{'':6}{'one':>8}{'many':>8}{'one/many':>10}")
    for way in ("wait", "note"):
        one, many = medians[way, "one"], medians[way, "many"]
        print(f"{way:6}{one:8.0f}{many:8.0f}{one / many:10.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
