"""A big town for Threads: as many threads as wanted, with people, follows, likes and all that belongs to them.

The scripts beside this file fill an empty database, in their order: set by set, with triggers off and the counts and
entities that the triggers would give. The same numbers make the same town. The first line of a script says what it
makes, and by which number it goes in batches.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from bench import BenchError

HERE = Path(__file__).resolve().parent
THREADS_A_PERSON = 20
_BATCHES = 50
_TITLE = re.compile(r"-- (?P<what>.+?)(?:, batch by batch of (?P<numbers>people|threads))?\n")
_INDEXES = """
    select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as sql
      from pg_index as i
      join pg_class as c on c.oid = i.indrelid
     where c.relnamespace = 'threads'::regnamespace
       and not exists (select from pg_constraint as k where k.conindid = i.indexrelid)
     order by i.indexrelid
"""
_SEQUENCES = """
    select
      format(
        'select setval(%L, (select coalesce(max(%I), 0) + 1 from %s), false)',
        pg_get_serial_sequence(a.attrelid::regclass::text, a.attname), a.attname, a.attrelid::regclass
      ) as sql
      from pg_attribute as a
     where a.attidentity <> ''
       and a.attrelid in (select c.oid from pg_class as c where c.relnamespace = 'threads'::regnamespace)
"""
Progress = Callable[[str, float], None]
"""Gets what is being made, and how far that is, from 0 to 1."""


@dataclass(frozen=True)
class Script:
    """One script, and which numbers it goes through in batches, if any: `people` or `threads`."""

    what: str
    numbers: str | None
    sql: str


def scripts() -> Iterator[Script]:
    """The scripts in their order. Raises BenchError when one does not say what it makes."""
    for path in sorted(HERE.glob("*.sql")):
        sql = path.read_text(encoding="utf-8")
        title = _TITLE.match(sql)
        if title is None:
            raise BenchError(f"{path.name}: the first line has to say what it makes")
        yield Script(title["what"], title["numbers"], sql)


async def build(url: str, threads: int, progress: Progress) -> None:
    """Fills an empty Threads database, as its superuser, with so many threads and a twentieth as many people.

    Raises BenchError when the database is not empty.
    """
    admin = await asyncpg.connect(url)
    try:
        if await admin.fetchval("select exists (select from threads.users)"):
            raise BenchError("the town needs an empty database: there are users already")
        await _fill(admin, threads, progress)
    finally:
        await admin.close()


async def _fill(admin: Any, threads: int, progress: Progress) -> None:
    counted = {"threads": threads, "people": max(threads // THREADS_A_PERSON, 20)}
    for name, value in counted.items():
        await admin.execute(f"select set_config('town.{name}', '{value}', false)")
    # The same on every machine; and what the triggers would do for each row is done for all at once.
    await admin.execute("set session_replication_role = replica; set max_parallel_workers_per_gather = 0")
    await admin.execute("set synchronous_commit = off; set work_mem = '256MB'; set maintenance_work_mem = '512MB'")
    await admin.execute("set jit = off; set timezone = 'UTC'")
    indexes = await admin.fetch(_INDEXES)
    for index in indexes:
        await admin.execute(f"drop index {index['name']}")
    for script in scripts():
        await _run(admin, script, counted, progress)
    for number, index in enumerate(indexes):
        progress("indexes", number / len(indexes))
        await admin.execute(index["sql"])
    progress("indexes", 1)
    for row in await admin.fetch(_SEQUENCES):
        await admin.execute(row["sql"])
    await admin.execute("set session_replication_role = origin")
    progress("statistics", 0)
    await admin.execute("vacuum (analyze)")
    progress("statistics", 1)


async def _run(admin: Any, script: Script, counted: dict[str, int], progress: Progress) -> None:
    total = counted.get(script.numbers or "", 1)
    batches = min(_BATCHES, total) if script.numbers else 1
    for batch in range(batches):
        progress(script.what, batch / batches)
        first, last = total * batch // batches + 1, total * (batch + 1) // batches
        await admin.execute(f"select set_config('town.first', '{first}', false)")
        await admin.execute(f"select set_config('town.last', '{last}', false)")
        await admin.execute(f"select setseed({batch / _BATCHES})")
        await admin.execute(script.sql)
    progress(script.what, 1)


def bar(stream: Any = sys.stderr) -> Progress:
    """A line that grows: what is being made, how far it is, and how long that will still take."""
    began: dict[str, float] = {}

    def show(what: str, done: float) -> None:
        elapsed = time.monotonic() - began.setdefault(what, time.monotonic())
        left = f"{elapsed / done - elapsed:4.0f} s left" if 0 < done < 1 else f"{elapsed:4.0f} s{'':5}"
        stream.write(f"\r{what:24} [{'#' * round(done * 30):30}] {done:4.0%} {left}" + "\n" * (done == 1))
        stream.flush()

    return show
