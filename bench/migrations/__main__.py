"""`python -m bench.migrations`: the slowest readers and writers while the migrations of Threads run."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from bench import migrations
from bench.migrations import Report
from gatepost.embedded import EmbeddedPostgres

# As an operator would have them; the rows survive nothing, the waits are those of a server that keeps what it is given.
OPTIONS = {
    "shared_buffers": "1GB",
    "max_connections": "100",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "1h",
    "maintenance_work_mem": "256MB",
}


def main() -> int:
    """The command line; 1 when a row is wrong, a table was rewritten or somebody was refused."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.migrations",
        description="Applies all migrations to a populated database of Threads while people read and write.",
    )
    parser.add_argument("--threads", type=int, default=1_000_000, help="how many there are (1000000)")
    parser.add_argument("--readers", type=int, default=6, help="sessions that read (6)")
    parser.add_argument("--writers", type=int, default=2, help="sessions that write (2)")
    parser.add_argument("--quiet", type=float, default=15.0, help="seconds before and after (15)")
    chosen = parser.parse_args()
    report = asyncio.run(run(chosen.threads, chosen.readers, chosen.writers, chosen.quiet))
    print(table(report))
    for line in [*report.failures[:20], *report.wrong[:20], *(f"rewritten: {name}" for name in report.rewritten)]:
        print(line, file=sys.stderr)
    return int(bool(report.failures or report.wrong or report.rewritten))


async def run(threads: int, readers: int, writers: int, quiet: float) -> Report:
    """Measures on a server of its own, which goes with its data."""
    with tempfile.TemporaryDirectory(prefix="gatepost-bench-") as folder:
        Path(folder).chmod(0o711)
        server = EmbeddedPostgres(Path(folder) / "server", OPTIONS)
        (Path(folder) / "server").mkdir(mode=0o711)
        with server:
            began = time.monotonic()
            await migrations.before(server.url(), Path(folder) / "db", threads)
            print(f"{threads:,} threads in {time.monotonic() - began:.0f} s", file=sys.stderr)
            gateway = server.url(user="threads_gateway")
            return await migrations.measure(server.url(), gateway, readers=readers, writers=writers, quiet=quiet)


def table(report: Report) -> str:
    """The phases as Markdown, in milliseconds."""
    lines = [
        "| phase | seconds | reads/s | p99 read | slowest read | writes/s | p99 write | slowest write |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for phase in report.phases:
        cells = [phase.name, f"{phase.seconds:.1f}"]
        for seen in (phase.reads, phase.writes):
            rate = seen.count / phase.seconds if phase.seconds else 0
            cells += [f"{rate:,.0f}", f"{seen.at(0.99) * 1000:,.0f} ms", f"{seen.slowest * 1000:,.0f} ms"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", f"Sent again, as their columns had changed: {report.asked_again}."])


if __name__ == "__main__":
    sys.exit(main())
