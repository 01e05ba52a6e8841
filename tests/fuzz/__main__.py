"""Asks thousands of wild operations: `python -m tests.fuzz --examples 10000 --seed 7 [--subject sky]`.

Every caller of every database is asked for, queries and mutations in turn; each finding is told.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
import warnings
from pathlib import Path

from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from gatepost.embedded import EmbeddedPostgres
from tests.api import opened
from tests.conftest import run_sql
from tests.differential.subjects import DATABASES
from tests.fuzz.conftest import Place
from tests.fuzz.wild import is_right, operations

_AT_ONCE = 50


def ask(place: Place, loop: asyncio.AbstractEventLoop, examples: int, seed: int, told: str) -> list[str]:
    """Asks so many operations, from a thread beside the loop, and returns what was found."""
    begun = time.monotonic()
    found: list[str] = []
    asked = 0

    def run(some: int, own_seed: int) -> None:
        @seeded(own_seed)
        @settings(
            max_examples=some,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate,),
            verbosity=Verbosity.quiet,
        )
        @given(st.data())
        def each(data: st.DataObject) -> None:
            nonlocal asked
            who = data.draw(st.sampled_from(place.callers))
            schema = asyncio.run_coroutine_threadsafe(place.api.gateway.engine.roles.of(who.role), loop).result().schema
            kinds = ["query"] if schema.mutation_type is None else ["query", "mutation"]
            query = data.draw(operations(schema, data.draw(st.sampled_from(kinds))))
            asked += 1
            try:
                is_right(asyncio.run_coroutine_threadsafe(place.reply(query, who), loop).result(), query)
            except AssertionError as wrong:
                found.append(f"{told} as {who}: {wrong}")

        each()

    while asked < examples:
        run(min(_AT_ONCE, examples - asked), seed * 1_000_000 + asked)
        sys.stderr.write(f"\r{told}: {asked} of {examples}, {asked / (time.monotonic() - begun):.0f} a second ")
    sys.stderr.write("\n")
    return found


async def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--examples", type=int, default=1000, help="operations for each database")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--subject", choices=sorted(DATABASES), action="append")
    arguments = parser.parse_args()
    loop = asyncio.get_running_loop()
    found: list[str] = []
    with tempfile.TemporaryDirectory(prefix="gatepost-fuzz-") as folder:
        Path(folder).chmod(0o711)
        with EmbeddedPostgres(Path(folder), {"fsync": "off"}) as server:
            for name in arguments.subject or DATABASES:
                database = DATABASES[name]
                await run_sql(server.url(), f"create database {name}")
                for script in database.scripts:
                    await run_sql(server.url(name), script)
                settings_ = {**database.settings, "statement_timeout": 500, "pool_size": 2}
                async with opened(server.url(name, database.user), **settings_) as api:
                    place = Place(api, database.callers)
                    found += await asyncio.to_thread(ask, place, loop, arguments.examples, arguments.seed, name)
    sys.stdout.write("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    raise SystemExit(asyncio.run(main()))
