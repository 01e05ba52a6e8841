"""What readers and writers notice while `gatepost migrate up` brings Threads from its first migration to its newest."""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from gatepost import migrate

HERE = Path(__file__).resolve().parent
DB = HERE.parents[1] / "db"
# The big tables of before; a table that is rewritten has another file afterwards.
BIG = ("threads.users", "threads.threads", "threads.likes", "threads.follows")
FEW = 20
"""How many reads, and how many writes, there are at least before and after the migrations."""
_FILES = "select array_agg(pg_relation_filenode(name::regclass) order by name) from unnest($1::text[]) as name"

# What a gateway of before asks; $1 is a thread, $2 a user.
READS = (
    "select count(*) from (select from threads.home_feed() limit 20) as f",
    "select id, body from threads.threads where parent_id is null order by created_at desc, id desc limit 20",
    "select id, body, like_count, reply_count from threads.threads where id = $1",
    "select id, body, author_id from threads.threads where parent_id = $1 order by created_at, id limit 20",
    "select username, display_name, bio, follower_count from threads.users where id = $2",
    "select id, body from threads.threads where author_id = $2 order by created_at desc, id desc limit 20",
    "select username from threads.likes join threads.users on id = user_id where thread_id = $1 limit 20",
)
WRITES = (
    "select id from threads.like_thread($1)",
    "select id from threads.unlike_thread($1)",
    "select id from threads.create_thread('Written meanwhile.')",
    "select id from threads.reply_to_thread($1, 'Answered meanwhile.')",
    "select id from threads.follow_user('user_' || $2)",
    "select id from threads.unfollow_user('user_' || $2)",
)


@dataclass
class Seen:
    """What readers, or writers, saw in one phase."""

    count: int = 0
    slowest: float = 0.0
    """Seconds."""
    slowest_statement: str = ""
    seconds: list[float] = field(default_factory=list)

    def note(self, seconds: float, statement: str) -> None:
        self.count += 1
        self.seconds.append(seconds)
        if seconds > self.slowest:
            self.slowest, self.slowest_statement = seconds, statement

    def at(self, share: float) -> float:
        """The seconds that this share of the statements did not exceed."""
        return sorted(self.seconds)[min(int(len(self.seconds) * share), len(self.seconds) - 1)] if self.seconds else 0.0


@dataclass
class Phase:
    """A part of the run: a quiet one, the transaction, or one migration outside it."""

    name: str
    seconds: float = 0.0
    reads: Seen = field(default_factory=Seen)
    writes: Seen = field(default_factory=Seen)


@dataclass
class Report:
    """The phases in their order, and what went wrong, which should be nothing."""

    phases: list[Phase]
    failures: list[str]
    """What a reader or writer was refused that is no rule of Threads."""
    rewritten: list[str]
    wrong: list[str]
    asked_again: int = 0
    """How many statements had to be sent again, as a table got new columns while they ran."""


async def before(url: str, folder: Path, threads: int) -> None:
    """Makes Threads as it was before 0002_people.sql, in an empty database, with so many threads in it."""
    (folder / "migrations").mkdir(parents=True, exist_ok=True)
    shutil.copy(DB / "schema.sql", folder)
    shutil.copy(DB / "migrations" / "0001_sessions.sql", folder / "migrations")
    shutil.copytree(HERE / "before" / "functions", folder / "functions", dirs_exist_ok=True)
    await migrate.up(url, folder)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            f"set bench.threads = {threads:d}; set synchronous_commit = off; set work_mem = '256MB'"
        )
        for statement in _statements(HERE / "rows.sql"):
            await connection.execute(statement)
    finally:
        await connection.close()


def _statements(path: Path) -> list[str]:
    from gatepost.migrate.statements import split

    return [statement.text for statement in split(path.read_text(encoding="utf-8"))]


async def measure(
    url: str,
    gateway: str,
    *,
    folder: Path = DB,
    readers: int,
    writers: int,
    quiet: float,
    tell: Callable[[str], None] = print,
) -> Report:
    """Applies `folder` to a database of `before` while readers and writers go on.

    They begin `quiet` seconds before, and end as long after, or later where they have not asked for FEW yet. `url` is
    the superuser's, `gateway` that of threads_gateway; `tell` gets what the deploy says.
    """
    superuser = await asyncpg.connect(url)
    try:
        threads, users = await superuser.fetchrow(
            "select (select max(id) from threads.threads), (select max(id) from threads.users)"
        )
        files = await superuser.fetchval(_FILES, list(BIG))
        report = Report([Phase("before")], [], [], [])
        began = time.monotonic()

        def next_phase(name: str) -> None:
            nonlocal began
            now = time.monotonic()
            report.phases[-1].seconds, began = now - began, now
            report.phases.append(Phase(name))

        async with _traffic(gateway, readers, writers, threads, users, report):
            await _quiet(report, quiet)
            next_phase("the transaction")

            def applied(step: migrate.Step) -> None:
                if step.script.is_online:
                    report.phases[-1].name = step.script.name
                    next_phase("…")
                elif report.phases[-1].name == "the transaction":
                    next_phase("…")

            await migrate.up(url, folder, applied=applied, tell=tell)
            report.phases[-1].name = "after"
            await _quiet(report, quiet)
            next_phase("end")
            report.phases.pop()
        after = await superuser.fetchval(_FILES, list(BIG))
        report.rewritten += [name for name, old, new in zip(sorted(BIG), files, after, strict=True) if old != new]
        report.wrong += await wrong(superuser)
        return report
    finally:
        await superuser.close()


async def _quiet(report: Report, seconds: float) -> None:
    await asyncio.sleep(seconds)
    phase = report.phases[-1]
    while min(phase.reads.count, phase.writes.count) < FEW and not report.failures:
        await asyncio.sleep(0.05)


async def wrong(superuser: Any) -> list[str]:
    """What is wrong with rows, constraints and indexes of a database that is migrated."""
    return [row["what"] for row in await superuser.fetch((HERE / "wrong.sql").read_text(encoding="utf-8"))]


@asynccontextmanager
async def _traffic(
    url: str, readers: int, writers: int, threads: int, users: int, report: Report
) -> AsyncIterator[None]:
    """Everybody asks again as soon as they have the answer; a statement counts for the phase that it began in."""
    stop = asyncio.Event()

    async def go_on(number: int, statements: Sequence[str], reading: bool) -> None:
        connection = await _member(url, 1 + number * 7919 % users)
        turns = itertools.count(number)
        while not stop.is_set():
            turn = next(turns)
            statement = statements[turn % len(statements)]
            values = {"$1": 1 + turn * 104_729 % threads, "$2": 1 + turn * 7919 % users}
            used = [name for name in values if name in statement]
            text = statement.replace(used[0], "$1") if used else statement
            phase = report.phases[-1]
            began = time.monotonic()
            arguments = [str(values[name]) if "||" in text else values[name] for name in used]
            try:
                try:
                    await connection.fetch(text, *arguments)
                except asyncpg.DatatypeMismatchError:
                    # It began with the columns of before, and its function ended with those of after.
                    report.asked_again += 1
                    await connection.fetch(text, *arguments)
            except (asyncpg.RaiseError, asyncpg.CheckViolationError, asyncpg.NoDataFoundError):
                pass  # a rule: the thread was deleted, nobody follows themselves
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
                report.failures.append(f"{type(error).__name__}: {error} ({statement})")
                if connection.is_closed():
                    return
            (phase.reads if reading else phase.writes).note(time.monotonic() - began, statement)
        await connection.close()

    tasks = [asyncio.create_task(go_on(number, READS, True)) for number in range(readers)]
    tasks += [asyncio.create_task(go_on(number, WRITES, False)) for number in range(readers, readers + writers)]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def _member(url: str, user: int) -> Any:
    """A connection that is a logged-in user's, as the gateway's are."""
    connection = await asyncpg.connect(url)
    await connection.execute("set role threads_member")
    claims = json.dumps({"sub": str(user), "role": "threads_member"})
    await connection.execute("select set_config('request.jwt.claims', $1, false)", claims)
    return connection
