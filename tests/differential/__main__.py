"""Asks thousands of made-up operations: `python -m tests.differential --examples 5000 --seed 7 [--subject music]`.

Stops at the first answer that differs, cut down to what is needed for it.
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
from tests.differential.changing import Writing, changes, writes_of
from tests.differential.check import Differs, Subject
from tests.differential.operations import lists, operations
from tests.differential.subjects import DATABASES


def ask(
    subject: Subject | Writing, loop: asyncio.AbstractEventLoop, examples: int, seed: int, shrink: bool, told: str
) -> None:
    """Asks so many operations, from a thread beside the loop. Raises Differs."""
    begun = time.monotonic()
    asked = 0

    @seeded(seed)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
        report_multiple_bugs=False,
        verbosity=Verbosity.quiet,
    )
    @given(st.data())
    def each(data: st.DataObject) -> None:
        nonlocal asked
        if isinstance(subject, Writing):
            check = subject.check(data.draw(changes(subject.world)))
        elif data.draw(st.integers(0, 9)) == 9:
            check = subject.walk(
                data.draw(lists(subject.world)), data.draw(st.integers(3, 9)), data.draw(st.booleans())
            )
        else:
            operation = data.draw(operations(subject.world))
            check = subject.check(operation, data.draw(st.randoms(use_true_random=False)))
        asyncio.run_coroutine_threadsafe(check, loop).result()
        asked += 1
        if asked % 50 == 0 or asked == examples:
            rate = asked / (time.monotonic() - begun)
            sys.stderr.write(f"\r{told}: {asked} of {examples}, {rate:.0f} a second ")

    each()
    sys.stderr.write("\n")


async def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument("--examples", type=int, default=1000, help="operations of each caller")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--changes", action="store_true", help="mutations, in place of queries")
    parser.add_argument("--raw", action="store_true", help="do not cut a finding down")
    parser.add_argument("--subject", choices=sorted(DATABASES), action="append")
    arguments = parser.parse_args()
    loop = asyncio.get_running_loop()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="gatepost-differential-") as folder:
        Path(folder).chmod(0o711)
        with EmbeddedPostgres(Path(folder), {"fsync": "off"}) as server:
            for name in arguments.subject or DATABASES:
                database = DATABASES[name]
                await run_sql(server.url(), f"create database {name}")
                for script in database.scripts:
                    await run_sql(server.url(name), script)
                async with opened(server.url(name, database.user), **database.unbounded) as api:
                    for place, who in enumerate(database.callers):
                        subject: Subject | Writing = await Subject.of(api, who)
                        if arguments.changes:
                            if not writes_of(subject.world):
                                continue
                            subject = await Writing.of(api, who)
                        told = f"{name}-{place}"
                        try:
                            await asyncio.to_thread(
                                ask, subject, loop, arguments.examples, arguments.seed, not arguments.raw, told
                            )
                        except Differs as difference:
                            failed += 1
                            sys.stdout.write(f"\n{told}: {difference}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    raise SystemExit(asyncio.run(main()))
