"""Looks for leaks in random databases: `python -m tests.leaks --examples 2000 --seed 7`.

Tells each finding; the database of one is made again by `--database` with what stands there.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
import warnings
from pathlib import Path

from gatepost.embedded import EmbeddedPostgres
from tests.conftest import run_sql
from tests.leaks.fuzz import opened


async def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.leaks", description=__doc__)
    parser.add_argument("--examples", type=int, default=100, help="databases")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--operations", type=int, default=20, help="in each")
    parser.add_argument("--database", action="append", help="one database again, such as 7:12")
    arguments = parser.parse_args()
    seeds = arguments.database or [f"{arguments.seed}:{number}" for number in range(arguments.examples)]
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gatepost-leaks-") as folder:
        Path(folder).chmod(0o711)
        with EmbeddedPostgres(Path(folder), {"fsync": "off", "autovacuum": "off"}) as server:
            await run_sql(server.url(), "create database leaks")
            async with opened(server.url("leaks")) as fuzz:
                tally = fuzz.tally
                for seed in seeds:
                    known = len(tally.found)
                    await fuzz.database(seed, arguments.operations)
                    for finding in tally.found[known:]:
                        sys.stdout.write(f"\n{finding}\n")
                    told = f"{tally.databases} databases, {tally.asked.total()} operations, {len(tally.found)} findings"
                    sys.stderr.write(f"\r{told}, {time.monotonic() - begun:.0f} s ")
    sys.stdout.write(f"\n{dict(tally.asked)}\n{dict(tally.codes)}\n{tally.hidden} differences\n")
    return 1 if tally.found else 0


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    raise SystemExit(asyncio.run(main()))
