"""`python -m bench.town`: fills a database of Threads with a big town."""

from __future__ import annotations

import argparse
import asyncio
import sys

import asyncpg

from bench import BenchError, town


def main() -> int:
    """The command line; 1 where the town could not be built."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.town",
        description="Fills an empty Threads database (after gatepost migrate up) with people, threads, follows, likes.",
    )
    parser.add_argument("url", help="the database, as its superuser: postgresql://…")
    parser.add_argument("--threads", type=int, default=1_000_000, help="how many threads and replies (1000000)")
    chosen = parser.parse_args()
    try:
        asyncio.run(town.build(chosen.url, chosen.threads, town.bar()))
    except (BenchError, OSError, asyncpg.PostgresError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
