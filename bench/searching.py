"""Searches among many threads: how long Postgres works for a page, by what is searched for, as a member sees it.

`python -m bench.searching` fills a database with 100,000 threads of 8 to 16 of 20,000 words each, few of them common,
most of them rare, and one with 1,000,000, and asks for one page after the other. It counts for how long the session's
process works, which says the same on a busy machine (Linux only).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

import asyncpg

from gatepost.embedded import EmbeddedPostgres
from gatepost.errors import SetUpError
from gatepost.migrate import up

DB = Path(__file__).parents[1] / "db"
_OPTIONS = {"shared_buffers": "1GB", "max_wal_size": "4GB", "fsync": "off", "autovacuum": "off"}
_INDEX = "select pg_get_indexdef('threads.threads_search_idx'::regclass)"
_SECONDS = 2.0
"""How long each search is repeated."""

_LIBRARY = """
insert into threads.users (username, display_name, is_private, created_at)
select 'person_' || n, 'Person ' || n, n % 20 = 7, timestamptz '2024-01-01'
  from generate_series(1, {people}) as n;

insert into threads.threads (author_id, body, created_at)
select
  1 + floor(power(random(), 2) * {people})::bigint,
  (
    select string_agg(w.list[1 + floor(power(random(), 4) * 20000)::integer + 0 * k], ' ')
      from generate_series(1, 8 + n % 9) as k
  )
  || case n % 10 when 0 then ' good morning' when 1 then ' morning good' else '' end
  || case when n % 3 = 0 then ' third' else '' end
  || case when n % 10007 = 0 then ' seldom' else '' end
  || case when n between {threads} / 20 and {threads} / 20 + 10000 then ' formerly' else '' end,
  timestamptz '2025-01-01' + n * interval '10 seconds'
  from generate_series(1, {threads}) as n
 cross join (
         select array_agg(translate(w::text, '0123456789', 'abdefgimou') order by w) as list
           from generate_series(100001, 120000) as w
       ) as w;
"""
SEARCHES = {
    "a word in every third thread": "select * from threads.search_threads('third', 21)",
    "the same, in the middle": "select * from threads.search_threads('third', 21, {threads} / 2)",
    "a word in 1 of 10,000": "select * from threads.search_threads('seldom', 21)",
    "a word of long ago": "select * from threads.search_threads('formerly', 21)",
    "no match": "select * from threads.search_threads('nowhere', 21)",
    "a phrase": "select * from threads.search_threads('\"good morning\"', 21)",
    "a common and a rare word": "select * from threads.search_threads('third seldom', 21)",
    "a word without another": "select * from threads.search_threads('morning -third', 21)",
    "an author and a common word": "select * from threads.search_threads('from:person_77 third', 21)",
    "the best with a common word": "select * from threads.search_top_threads('third')",
    "all that is counted": "select count(*) from threads.search_threads('third')",
    "a page, marked": "select threads.threads_highlights(t, 'third') from threads.search_threads('third', 21) as t",
    "users by a beginning": "select * from threads.search_users('person_12')",
    "users by what is like it": "select * from threads.search_users('parson_777')",
}


def worked(pid: int) -> float:
    """Seconds that a process has worked."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def fill(url: str, threads: int) -> None:
    """Fills an empty Threads database; the index of words is built afterwards."""
    admin = await asyncpg.connect(url)
    try:
        index = await admin.fetchval(_INDEX)
        await admin.execute("drop index threads.threads_search_idx; set session_replication_role = replica")
        await admin.execute("set jit = off; select setseed(0.5)")
        await admin.execute(_LIBRARY.replace("{threads}", str(threads)).replace("{people}", str(threads // 20)))
        await admin.execute("set maintenance_work_mem = '512MB'")
        await admin.execute(index)
        await admin.execute("vacuum (analyze)")
    finally:
        await admin.close()


async def measure(url: str, threads: int) -> dict[str, tuple[int, float]]:
    """How many rows each search gives, and for how many milliseconds Postgres works for it."""
    session = await asyncpg.connect(url)
    found = {}
    try:
        await session.execute("select set_config('request.jwt.claims', '{\"sub\": \"9\"}', false)")
        await session.execute("set jit = off; set max_parallel_workers_per_gather = 0; set role threads_member")
        pid = session.get_server_pid()
        for name, search in SEARCHES.items():
            statement = search.replace("{threads}", str(threads))
            for _ in range(8):
                rows = await session.fetch(statement)
            times, before, began = 0, worked(pid), time.monotonic()
            while time.monotonic() - began < _SECONDS:
                await session.fetch(statement)
                times += 1
            found[name] = len(rows), 1000 * (worked(pid) - before) / times
    finally:
        await session.close()
    return found


async def searching(sizes: list[int]) -> None:
    """Prints a table: a line for each search, a column for each number of threads."""
    results = []
    with tempfile.TemporaryDirectory(prefix="gatepost-searching-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with EmbeddedPostgres(folder, _OPTIONS) as postgres:
            for threads in sizes:
                print(f"{threads:,} threads are written …", file=sys.stderr)
                admin = await asyncpg.connect(postgres.url())
                await admin.execute(f"create database searching_{threads}")
                await admin.close()
                url = postgres.url(f"searching_{threads}")
                await up(url, DB)
                await fill(url, threads)
                results.append(await measure(url, threads))
    print("|".join(["| ms of work a page", *(f" {threads:,} " for threads in sizes), ""]))
    for search in SEARCHES:
        print(
            "|".join([f"| {search} ", *(f" {result[search][1]:.1f} ({result[search][0]}) " for result in results), ""])
        )


def main() -> int:
    """Runs the bench and returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--threads", type=int, nargs="+", default=[100_000, 1_000_000], help="how many threads there are"
    )
    options = parser.parse_args()
    try:
        asyncio.run(searching(options.threads))
    except SetUpError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
