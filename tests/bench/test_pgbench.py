"""pgbench repeats what a server sent: read from the log of a real Postgres, run on it again."""

import asyncio
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from bench import pgbench, postgres
from bench.pgbench import MARK, Statement

DATABASE = """
create role bench_user nologin;
create role bench_gate login noinherit;
grant bench_user to bench_gate;
create table notes (id bigint primary key, label text, seen timestamptz default now());
insert into notes (id, label) select i, 'user' || i from generate_series(1, 100) as i;
grant select on notes to bench_user;
"""
# Everything that could go wrong on the way into a pgbench script: casts, a colon in a literal, a quote, null.
NOTE = """
select to_char(n.seen, 'HH24:MI') as at, $1::json ->> 'it''s' as claim
from notes as n
where (n.id = $2::bigint or n.label = $3::text) and $4::text is null
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[postgres.Postgres]:
    folder = Path(tempfile.mkdtemp(prefix="bench-test-"))
    folder.chmod(0o755)  # where the tests run as root, Postgres runs as somebody else
    try:
        with postgres.started(folder=folder) as running:
            running.query("create database bench", "postgres")
            running.query(DATABASE)
            yield running
    finally:
        shutil.rmtree(folder)


async def logged(cluster: postgres.Postgres) -> list[Statement]:
    """Send NOTE as Gatepost would, and read it from the log."""
    cluster.query("alter role bench_gate set log_statement = 'all'")
    start = cluster.log.stat().st_size if cluster.log.exists() else 0

    def written() -> list[Statement]:
        whole, _, _ = cluster.log.read_bytes()[start:].rpartition(b"\n")  # the log collector may be at a line
        return pgbench.statements(whole.decode().splitlines(), "bench_gate")

    connection = await asyncpg.connect(cluster.url("bench_gate"))
    try:
        await connection.execute("set role bench_user")
        async with connection.transaction():
            await connection.fetch(NOTE, '{"it\'s": "x:y"}', MARK, f"user{MARK}", None)
        async with asyncio.timeout(60):
            while not (found := written())[-1:] or not found[-1].sql.startswith("COMMIT"):
                await asyncio.sleep(0.05)
    finally:
        await connection.close()
        cluster.query("alter role bench_gate reset log_statement")
    return found[-3:]


async def test_statements_come_from_the_log_with_their_parameters(cluster: postgres.Postgres) -> None:
    statements = await logged(cluster)
    assert [re.split(r"\W", statement.sql.strip())[0].lower() for statement in statements] == [
        "begin",
        "select",
        "commit",
    ]
    assert statements[1] == Statement(NOTE, ('{"it\'s": "x:y"}', str(MARK), f"user{MARK}", None))


async def test_pgbench_repeats_them_as_the_callers_role(cluster: postgres.Postgres) -> None:
    script = pgbench.script(await logged(cluster), 100)
    load = pgbench.run(cluster, script, seconds=1, clients=2)
    assert load.requests > 10
    assert load.errors == 0
    assert 0 < load.p50 <= load.p99 < 60


def test_the_number_is_drawn_anew_wherever_it_stood() -> None:
    sent = [Statement("select $1, $2, $3, 'a:b', $4::int", ("claims", str(MARK), f"user{MARK}", None))]
    script = pgbench.script(sent, 10_000)
    assert script.text == (
        "\\set number random(1, 10000)\n"
        "select :s0p1, :number, (:s0p3before::text || :number::text || ''::text), 'a:'\n'b', null::int;\n"
    )
    assert script.constants == {"s0p1": "claims", "s0p3before": "user"}
