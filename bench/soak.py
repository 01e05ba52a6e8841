"""Many requests of many identities over few sessions that break: does anything leak? `python -m bench.soak`.

Members, strangers, clients that hang up at any moment, statements that take too long, wait for locks or fail at their
commit ask one Gatepost over one small pool, through a proxy that cuts connections (`bench.proxy`) or over a Postgres
that is restarted and killed (`--outages`). Every answer is compared with what that caller may read, and the database
afterwards with what clients were told (`bench.ledger`).
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import signal
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import asyncpg

from bench import HERE, BenchError
from bench.crowd import Crowd, Tally
from bench.hosted import Host, hosted

SCRIPT = HERE / "soak.sql"
POOL = 10
_STATEMENT_TIMEOUT, _LOCK_TIMEOUT = 1_000, 200  # milliseconds
_OVER = 30
"""Seconds after which the sessions of a pool that nobody asks are idle, on the slowest machine."""
_LINES = 12
_SESSIONS = """
select count(*) as sessions, count(*) filter (where state <> 'idle') as busy,
       count(*) filter (where state like 'idle in transaction%' and state_change < now() - interval '3 seconds') as left
from pg_catalog.pg_stat_activity
where application_name = 'gatepost'
"""
_LOCKS = """
select count(*)
from pg_catalog.pg_locks
join pg_catalog.pg_stat_activity using (pid)
where application_name = 'gatepost'
"""
_OUTAGES: tuple[tuple[str, signal.Signals | None], ...] = (
    ("restarted (fast)", signal.SIGINT),
    ("restarted (immediate)", signal.SIGQUIT),
    ("a backend killed", None),
)


@dataclass
class Findings:
    """What was seen of a soak from outside; `wrong` says what must not be."""

    tally: Tally
    wrong: list[str] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    """Resident bytes of the server, at equal parts of the requests."""
    most_sessions: int = 0
    sessions: int = 0
    """Sessions of the gateway in Postgres, once the last client has gone."""
    cuts: int = 0
    recoveries: list[float] = field(default_factory=list)
    """Seconds from the moment at which Postgres took connections again to the first answer with data."""
    marks: int = 0
    unknown: int = 0
    unknown_there: int = 0

    def report(self) -> str:
        memory = ", ".join(f"{size / 2**20:.0f}" for size in self.memory)
        tally = self.tally
        cuts = statistics.quantiles(tally.seconds, n=100) if len(tally.seconds) > 1 else [0.0] * 99
        errors = ", ".join(f"{code} {count:,}" for code, count in sorted(tally.codes.items())) or "none"
        back = ", ".join(f"{seconds:.2f} s" for seconds in self.recoveries) or "none"
        return "\n".join(
            (
                f"requests             {tally.requests:,}, of which hung up {tally.hung_up:,}",
                f"errors by code       {errors}",
                f"wrong                {len(self.wrong)}",
                f"marks                {self.marks:,}, outcome unknown {self.unknown:,}: {self.unknown_there:,} there",
                f"connections cut      {self.cuts:,}",
                f"back after outages   {back}",
                f"p50, p99             {cuts[49] * 1000:.0f} ms, {cuts[98] * 1000:.0f} ms",
                f"sessions             {self.most_sessions} at most, {self.sessions} at the end, pool {POOL}",
                f"resident memory, MB  {memory}",
            )
        )


async def soak(
    requests: int,
    clients: int,
    *,
    outages: int = 0,
    back_within: float = 1.0,
    script: str | None = None,
    seed: int = 1,
    say: Callable[[str], None] = print,
) -> Findings:
    """Sends so many requests, and tells what happened; `say` gets a line of progress now and then.

    With `outages`, Postgres goes away so many times and no connection is cut otherwise; requests have to succeed
    `back_within` seconds of its return. `script` makes another database
    than soak.sql does. Raises BenchError when Gatepost does not start.
    """
    async with hosted(
        SCRIPT.read_text() if script is None else script,
        POOL,
        seed=seed,
        GATEPOST_STATEMENT_TIMEOUT=str(_STATEMENT_TIMEOUT),
        GATEPOST_LOCK_TIMEOUT=str(_LOCK_TIMEOUT),
    ) as host:
        crowd = Crowd(host.port, requests, clients, seed)
        findings = Findings(crowd.tally, wrong=crowd.tally.wrong)
        assert host.proxy is not None
        host.proxy.calm = outages > 0
        work = [asyncio.create_task(crowd.run())]
        if outages:
            work.append(asyncio.create_task(_disturb(host, crowd, findings, requests, outages, back_within)))
        try:
            await _watch(host, findings, work, requests, say)
        finally:
            for task in work:
                task.cancel()
            await asyncio.wait(work)
        host.proxy.calm = True
        findings.cuts = host.proxy.cuts
        await _look_after(host, crowd, findings)
        return findings


async def _disturb(
    host: Host, crowd: Crowd, findings: Findings, requests: int, outages: int, back_within: float
) -> None:
    """Has Postgres go away at equal parts of the requests; the clients stay until it is back for the last time."""
    tally, crowd.stays = crowd.tally, True
    try:
        for number, (name, how) in zip(range(outages), itertools.cycle(_OUTAGES), strict=False):
            while tally.requests < requests * (number + 1) / (outages + 1):
                await asyncio.sleep(0.02)
            await (host.crash() if how is None else host.restart(how))
            back = time.monotonic()
            while tally.answered < back and time.monotonic() < back + max(10, back_within):
                await asyncio.sleep(0.005)
            findings.recoveries.append(tally.answered - back)
            if not 0 <= tally.answered - back <= back_within:
                findings.wrong.append(f"{name}: no answer within {back_within:g} s")
    finally:
        crowd.stays = False


async def _watch(
    host: Host, findings: Findings, work: list[asyncio.Task[None]], requests: int, say: Callable[[str], None]
) -> None:
    tally, began, said = findings.tally, time.monotonic(), 0
    while not all(task.done() for task in work):
        await asyncio.wait(work, timeout=0.5, return_when=asyncio.FIRST_EXCEPTION)
        try:
            async with host.admin() as admin:
                row = await admin.fetchrow(_SESSIONS)
        except (OSError, asyncpg.PostgresError, asyncpg.InternalClientError):
            continue  # it is away, or went away while it was asked
        findings.most_sessions = max(findings.most_sessions, row["sessions"])
        if row["left"]:
            findings.wrong.append(f"{row['left']} transactions were left open")
        for line in findings.wrong[said:20]:
            say(line)
        said = len(findings.wrong)
        if tally.requests >= requests * (len(findings.memory) + 1) / _LINES:
            findings.memory.append(host.resident())
            elapsed, wrong = time.monotonic() - began, len(findings.wrong)
            size = findings.memory[-1] / 2**20
            say(f"{elapsed:6.1f} s  {tally.requests:,} requests, {wrong} wrong, {size:.0f} MB")
    for task in work:
        task.result()


async def _look_after(host: Host, crowd: Crowd, findings: Findings) -> None:
    """What is there once the last client has gone and the last cancelled statement has ended."""
    over = time.monotonic() + _OVER
    async with host.admin() as admin:
        while True:
            row, locks = await admin.fetchrow(_SESSIONS), await admin.fetchval(_LOCKS)
            if (row["sessions"] <= POOL and not row["busy"] and not locks) or time.monotonic() > over:
                break
            await asyncio.sleep(0.05)
        findings.wrong += await crowd.ledger.compare(admin)
    findings.sessions = row["sessions"]
    findings.marks = len(crowd.ledger.told)
    findings.unknown, findings.unknown_there = crowd.ledger.unknown, crowd.ledger.unknown_there
    if row["sessions"] > POOL or row["busy"]:
        findings.wrong.append(f"{row['sessions']} sessions at the end, {row['busy']} of them busy")
    if locks:
        findings.wrong.append(f"{locks} locks were left")
    quarter, last = findings.memory[len(findings.memory) // 4], findings.memory[-1]
    if crowd.tally.requests >= 100_000 and last > 1.25 * quarter:
        findings.wrong.append(f"memory grew from {quarter:,} to {last:,} bytes")
    if not crowd.tally.seconds:
        findings.wrong.append("no request was answered")


def main() -> int:
    """The command line; 1 where anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--requests", type=int, default=100_000, help="how many are sent (100000)")
    parser.add_argument("--clients", type=int, default=100, help="how many ask at once (100)")
    parser.add_argument("--outages", type=int, default=0, help="how often Postgres goes away, in place of cuts (0)")
    parser.add_argument("--seed", type=int, default=1, help="what chance picks, cuts included (1)")
    chosen = parser.parse_args()
    say = partial(print, flush=True)
    try:
        findings = asyncio.run(soak(chosen.requests, chosen.clients, outages=chosen.outages, seed=chosen.seed, say=say))
    except BenchError as problem:
        print(problem, file=sys.stderr)
        return 1
    print("\n".join(["", findings.report(), *findings.wrong[:20]]))
    return int(bool(findings.wrong))


if __name__ == "__main__":
    sys.exit(main())
