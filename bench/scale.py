"""A database of 500 tables, ten columns and two foreign keys each: start, memory, introspection, planning, reload.

`python -m bench.scale` makes it in an embedded Postgres of its own, measures, prints a table with the bound of each
figure, and ends with status 1 where one is crossed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from collections.abc import Awaitable, Callable
from math import inf
from pathlib import Path
from time import perf_counter

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
from gatepost.settings import Settings

ROLES = ("scale_guest", "scale_member")
SERVER_OPTIONS = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}
COLUMNS = ("text", "int", "numeric(12, 2)", "boolean", "timestamptz", "jsonb", "date")


def script(tables: int) -> str:
    """The SQL that makes the database. Each table refers to the one before it and to the one half-way round."""
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
    return "\n".join(lines)


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


async def timed(work: Callable[[], Awaitable[object]]) -> float:
    """Seconds that the work takes."""
    started = perf_counter()
    await work()
    return perf_counter() - started


def planning(judge: Judge) -> float:
    """Milliseconds, in the middle, to parse, validate and compile an operation that was never seen."""
    times = []
    for table in range(1, 60):
        started = perf_counter()
        judged = judge.judge(operation(table), None)
        plan(judged, judged.coerce({}), PageBounds(50, 500))
        times.append(perf_counter() - started)
    return statistics.median(times) * 1000


async def reload(gateway: Gateway) -> tuple[float, float]:
    """Seconds until the first role is served its new schema, and until all are."""
    before, started = gateway.engine.roles, perf_counter()
    task = asyncio.create_task(gateway.reload())
    while gateway.engine.roles is before and not task.done():
        await asyncio.sleep(0.005)
    swapped = perf_counter() - started
    await task
    return swapped, perf_counter() - started


async def measure(url: str) -> list[tuple[str, float, float, str]]:
    """What was measured: name, figure, bound, unit."""
    settings = Settings(
        database_url=url, schemas=("big",), anonymous_role=ROLES[0], authenticated_role=ROLES[1], pool_size=2
    )
    started = perf_counter()
    gateway = await Gateway.open(settings)
    figures = [("start, to ready", perf_counter() - started, 2.0, "s"), ("memory when ready", memory(), 250.0, "MB")]
    try:
        figures.append(("first request of a role", await timed(lambda: ask(gateway, "{ __typename }")), inf, "s"))
        query = get_introspection_query()
        figures.append(("introspection, first", await timed(lambda: ask(gateway, query)), inf, "s"))
        figures.append(("introspection, kept", await timed(lambda: ask(gateway, query)), 0.3, "s"))
        await ask(gateway, operation(0))
        judge = (await gateway.engine.roles.of(ROLES[0])).judge
        figures.append(("planning 25 fields, uncached", planning(judge), 10.0, "ms"))
        await ask(gateway, "{ __typename }", ROLES[1])
        swapped, whole = await reload(gateway)
        figures += [("reload, to the new schema", swapped, 2.0, "s"), ("reload, all roles", whole, inf, "s")]
        await ask(gateway, "{ __typename }", ROLES[1])
        figures.append(("memory of all roles, reloaded", memory(), inf, "MB"))
    finally:
        await gateway.close()
    return figures


async def run(tables: int) -> int:
    """Makes the database, measures and prints; the exit status."""
    with tempfile.TemporaryDirectory(prefix="gatepost-scale-") as folder:
        Path(folder).chmod(0o711)
        with EmbeddedPostgres(Path(folder), SERVER_OPTIONS) as server:
            connection = await asyncpg.connect(server.url())
            await connection.execute(script(tables))
            await connection.execute("analyze")
            await connection.close()
            figures = await measure(server.url("postgres", "scale_gateway"))
    print(f"{tables} tables, {len(COLUMNS) + 3} columns and 2 foreign keys each")
    print("| What | Figure | Bound |\n|---|---|---|")
    for name, figure, bound, unit in figures:
        shown = f"{bound:g} {unit}" if bound < inf else ""
        print(f"| {name} | {figure:.3g} {unit} | {shown}{'' if figure <= bound else ' **crossed**'} |")
    return int(any(figure > bound for _, figure, bound, _ in figures))


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--tables", type=int, default=500)
    return asyncio.run(run(parser.parse_args().tables))


if __name__ == "__main__":
    sys.exit(main())
