"""A poll in which everybody votes at once: votes a second, by how they are counted, and how long it takes to sum up.

`python -m bench.votes` has thousands of users vote for one option: with the count in sixteen parts, as
db/functions/polls.sql has it, in one row, and not counted at all.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import asyncpg

from bench import BenchError
from gatepost.embedded import EmbeddedPostgres
from gatepost.errors import SetUpError
from gatepost.migrate import up

DB = Path(__file__).parents[1] / "db"
_PEOPLE = """
    set session_replication_role = replica;
    insert into threads.users (username, display_name)
    select 'user_' || n, 'User' from generate_series(1, {votes} + 1) as n;
    insert into threads.threads (author_id, body) values ({votes} + 1, 'Which?');
    insert into threads.polls (thread_id, ends_at, options) values (1, now() + interval '1 day', '{{tea,coffee}}');
    set session_replication_role = origin;
    create index poll_votes_option_idx on threads.poll_votes (thread_id, option);
"""
_COUNT = "select pg_get_functiondef('private.count_vote'::regproc)"
_NOT_COUNTED = """
    create or replace function private.count_vote() returns trigger language plpgsql as $$ begin return null; end $$
"""
_CLAIM = "select set_config('request.jwt.claims', json_build_object('sub', $1::bigint::text)::text, false)"
_VOTE = "select p.thread_id from threads.vote_in_poll(1, 1) as p"
_RESULTS = {
    "sum of the parts": "select private.poll_results(1)",
    "count in the index": "select option, count(*) from threads.poll_votes where thread_id = 1 group by option",
}


async def rate(url: str, votes: int, sessions: int) -> float:
    """Votes a second, each a transaction of its own."""
    voters = iter(range(1, votes + 1))

    async def work(session: Any) -> None:
        for voter in voters:
            await session.fetch(_CLAIM, voter)
            await session.fetch(_VOTE)

    connections = [await asyncpg.connect(url) for _ in range(sessions)]
    try:
        for connection in connections:
            await connection.execute("set role threads_member")
        began = time.monotonic()
        await asyncio.gather(*(work(connection) for connection in connections))
        return votes / (time.monotonic() - began)
    finally:
        for connection in connections:
            await connection.close()


async def voting(rounds: int, votes: int, sessions: int) -> None:
    """Prints the rates of each round, and how long telling the result takes. Raises BenchError for a wrong count."""
    with tempfile.TemporaryDirectory(prefix="gatepost-votes-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with EmbeddedPostgres(folder) as postgres:
            admin = await asyncpg.connect(postgres.url())
            await admin.execute("create database votes")
            await admin.close()
            url = postgres.url("votes")
            await up(url, DB)
            admin = await asyncpg.connect(url)
            try:
                await _rounds(admin, url, rounds, votes, sessions)
            finally:
                await admin.close()


async def _rounds(admin: Any, url: str, rounds: int, votes: int, sessions: int) -> None:
    await admin.execute(_PEOPLE.format(votes=votes))
    parts = await admin.fetchval(_COUNT)
    ways = {"sixteen parts": parts, "one row": parts.replace("& 15", "& 0"), "not counted": _NOT_COUNTED}
    for number in range(rounds):
        for way, function in ways.items():
            await admin.execute("truncate threads.poll_votes, private.poll_counts")
            await admin.execute(function)
            found = await rate(url, votes, sessions)
            print(f"{number + 1}/{rounds} {way:>13}: {found:6.0f} votes/s", flush=True)
            counted = await admin.fetchval("select coalesce(sum(votes), 0) from private.poll_counts")
            if counted != (0 if way == "not counted" else votes):
                raise BenchError(f"{way}: counted {counted} of {votes}")
    await admin.execute("vacuum analyze threads.poll_votes")
    await admin.execute("update threads.polls set ends_at = now()")
    for how, statement in _RESULTS.items():
        times = []
        for _ in range(20):
            began = time.perf_counter()
            await admin.fetch(statement)
            times.append(1000 * (time.perf_counter() - began))
        print(f"{how} of {votes:,} votes: {min(times):.2f} ms")


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.votes", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2, help="how often each is measured, in turn (2)")
    parser.add_argument("--votes", type=int, default=4_000, help="how many users vote (4000)")
    parser.add_argument("--sessions", type=int, default=32, help="over how many connections (32)")
    chosen = parser.parse_args()
    try:
        asyncio.run(voting(chosen.rounds, chosen.votes, chosen.sessions))
    except (BenchError, SetUpError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
