"""A database of 500 tables, ten columns and two foreign keys each: start, memory, introspection, planning, reload.

`python -m bench.scale` makes it in an embedded Postgres of its own, measures, prints a table with the bound of each
figure, and ends with status 1 where one is crossed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import inf
from pathlib import Path
from time import perf_counter, process_time

import asyncpg
from graphql import get_introspection_query

from gatepost.auth.caller import Caller
from gatepost.embedded import EmbeddedPostgres
from gatepost.engine.answer import Answer
from gatepost.engine.engine import RequestContext
from gatepost.engine.judge import Judge
from gatepost.engine.plans import plan
from gatepost.gateway import Gateway
from gatepost.plan.rows import PageBounds
from gatepost.schema.garbage import settle
from gatepost.settings import Settings

ROLES = ("scale_guest", "scale_member")
SERVER_OPTIONS = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}
COLUMNS = ("text", "int", "numeric(12, 2)", "boolean", "timestamptz", "jsonb", "date")


def script(tables: int) -> list[str]:
    """The statements that make the database. Each table refers to the one before it and to the one half-way round."""
    lines = [
        "create schema big;",
        *(f"create role {role} nologin;" for role in ROLES),
        "create role scale_gateway login noinherit;",
        f"grant {', '.join(ROLES)} to scale_gateway;",
        f"grant usage on schema big to {', '.join(ROLES)};",
    ]
    for table in range(tables):
        columns = ", ".join(f"c{place} {type_}" for place, type_ in enumerate(COLUMNS))
        lines.append(f"create table big.item{table} (id int primary key, before_id int, across_id int, {columns});")
    for table in range(tables):
        before, across = (table - 1) % tables, (table + tables // 2) % tables
        lines.append(
            f"alter table big.item{table} add foreign key (before_id) references big.item{before}, "
            f"add foreign key (across_id) references big.item{across};"
        )
    lines.append("grant select on all tables in schema big to scale_guest, scale_member;")
    lines.append("grant insert, update, delete on all tables in schema big to scale_member;")
    return lines


def operation(table: int) -> str:
    """An operation of 25 fields over three tables, with a filter and an order."""
    columns = " ".join(f"c{place}" for place in range(len(COLUMNS)))
    return (
        f'{{ items{table}(first: 5, filter: {{c1: {{gt: {table}}}, before: {{c0: {{eq: "x"}}}}}}, '
        f"orderBy: [{{c4: DESC}}]) {{ nodes {{ id {columns} before {{ id {columns} }} "
        f"across {{ id c0 c1 c2 }} }} totalCount }} }}"
    )


def memory() -> float:
    """Megabytes that this process holds now (its resident set)."""
    text = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(text.split("VmRSS:")[1].split()[0]) / 1024


async def ask(gateway: Gateway, query: str, role: str = ROLES[0]) -> bytes:
    """The body of an answer without errors."""
    answer = await gateway.engine.execute(query, context=RequestContext(Caller(role, json.dumps({"role": role}))))
    assert isinstance(answer, Answer)
    if b'"errors"' in answer.body[:12]:
        raise SystemExit(answer.body.decode())
    return answer.body


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured; `cpu`: the time that this process worked, which another's work on the machine leaves alone."""

    name: str
    value: float
    unit: str
    bound: float = inf
    cpu: float | None = None


class Watch:
    """Measures from when it is made, in seconds of the clock and of this process's work."""

    def __init__(self) -> None:
        self._clock, self._cpu = perf_counter(), process_time()

    def figure(self, name: str, bound: float = inf) -> Figure:
        return Figure(name, perf_counter() - self._clock, "s", bound, process_time() - self._cpu)


async def timed(name: str, work: Callable[[], Awaitable[object]], bound: float = inf) -> Figure:
    """How long the work takes."""
    watch = Watch()
    await work()
    return watch.figure(name, bound)


def planning(judge: Judge) -> Figure:
    """Milliseconds, in the middle, to parse, validate and compile an operation that was never seen."""
    figures = []
    for table in range(1, 60):
        watch = Watch()
        judged = judge.judge(operation(table), None)
        plan(judged, judged.coerce({}), PageBounds(50, 500), sys.maxsize)
        figures.append(watch.figure(""))
    clock = statistics.median(figure.value for figure in figures) * 1000
    cpu = statistics.median(figure.cpu or 0 for figure in figures) * 1000
    return Figure("planning 25 fields, uncached", clock, "ms", 10.0, cpu)


async def meanwhile(gateway: Gateway, name: str, work: Callable[[], Awaitable[object]]) -> list[Figure]:
    """How long callers wait while something else is done; none of their requests fails."""
    times = [0.0]
    task = asyncio.ensure_future(work())
    while not task.done():
        started = perf_counter()
        await ask(gateway, "{ items3(first: 1) { nodes { id } } }")
        times.append(perf_counter() - started)
        await asyncio.sleep(0.002)
    await task
    middle = statistics.median(times) * 1000
    return [Figure(f"{name}: a request, median", middle, "ms"), Figure(f"{name}: the slowest", max(times) * 1000, "ms")]


async def reload(gateway: Gateway) -> list[Figure]:
    """How long until the first role is served its new schema, and until all are."""
    before, watch = gateway.engine.roles, Watch()
    task = asyncio.create_task(gateway.reload())
    while gateway.engine.roles is before and not task.done():
        await asyncio.sleep(0.005)
    swapped = watch.figure("reload, to the new schema", 2.0)
    await task
    return [swapped, watch.figure("reload, all roles")]


async def measure(url: str) -> list[Figure]:
    """What was measured."""
    settings = Settings(
        database_url=url, schemas=("big",), anonymous_role=ROLES[0], authenticated_role=ROLES[1], pool_size=2
    )
    watch = Watch()
    gateway = await Gateway.open(settings)
    figures = [watch.figure("start, to ready", 2.0), Figure("memory when ready", memory(), "MB", 250.0)]
    settle()
    try:
        figures.append(await timed("first request of a role", lambda: ask(gateway, "{ __typename }")))
        await ask(gateway, operation(0))
        judge = (await gateway.engine.roles.of(ROLES[0])).judge
        figures.append(planning(judge))
        query = get_introspection_query()
        figures.append(await timed("introspection, first", lambda: ask(gateway, query)))
        figures.append(await timed("introspection, kept", lambda: ask(gateway, query), 0.3))
        figures.append(Figure("memory after it", memory(), "MB"))
        figures += await meanwhile(gateway, "during another introspection", lambda: ask(gateway, query + " "))
        await ask(gateway, "{ __typename }", ROLES[1])
        figures += await reload(gateway)
        figures += await meanwhile(gateway, "during another reload", gateway.reload)
        await ask(gateway, "{ __typename }", ROLES[1])
        figures.append(Figure("memory of all roles, reloaded", memory(), "MB"))
    finally:
        await gateway.close()
    return figures


async def run(tables: int) -> int:
    """Makes the database, measures and prints; the exit status."""
    with tempfile.TemporaryDirectory(prefix="gatepost-scale-") as folder:
        Path(folder).chmod(0o711)
        with EmbeddedPostgres(Path(folder), SERVER_OPTIONS) as server:
            connection = await asyncpg.connect(server.url())
            for statement in script(
                tables
            ):  # each by itself: all at once would lock more tables than there is room for
                await connection.execute(statement)
            await connection.execute("analyze")
            await connection.close()
            figures = await measure(server.url("postgres", "scale_gateway"))
    print(f"{tables} tables, {len(COLUMNS) + 3} columns and 2 foreign keys each")
    print(f"load average at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    print("| What | Figure | of which work | Bound |\n|---|---|---|---|")
    for figure in figures:
        bound = f"{figure.bound:g} {figure.unit}" if figure.bound < inf else ""
        crossed = "" if figure.value <= figure.bound else " **crossed**"
        worked = "" if figure.cpu is None else f"{figure.cpu:.3g} {figure.unit}"
        print(f"| {figure.name} | {figure.value:.3g} {figure.unit} | {worked} | {bound}{crossed} |")
    return int(any(figure.value > figure.bound for figure in figures))


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--tables", type=int, default=500)
    return asyncio.run(run(parser.parse_args().tables))


if __name__ == "__main__":
    sys.exit(main())
