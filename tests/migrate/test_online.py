"""Migrations that run outside the deploy's transaction, while the database is in use."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from gatepost.errors import SetUpError
from gatepost.migrate import check, online, status, up
from gatepost.migrate.patience import Patience

CreateDatabase = Callable[..., Awaitable[str]]
Write = Callable[..., None]
"""`write(name, *lines)` writes a script."""

ONLINE = "-- gatepost: no transaction"
INDEX = "create index concurrently if not exists a_id_idx on public.a (id);"
MIGRATION = "migrations/0001_x.sql"
BRIEFLY = "options=-c%20lock_timeout%3D200ms"
"""For a URL: the longest that anybody waits behind a deploy."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "functions").mkdir()
    (tmp_path / "schema.sql").write_text("create table public.a (id int, b int);")
    return tmp_path


@pytest.fixture
def write(folder: Path) -> Write:
    def write(name: str, *lines: str) -> None:
        (folder / name).write_text("\n".join(lines))

    return write


@asynccontextmanager
async def session(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def ask(url: str, sql: str) -> object:
    async with session(url) as connection:
        return await connection.fetchval(sql)


async def names(url: str, folder: Path) -> list[str]:
    return [step.script.name for step in await up(url, folder)]


VALID = "select indisvalid from pg_index where indexrelid = to_regclass('public.a_id_idx')"


async def test_functions_are_there_before_what_runs_last_and_outside(
    create_database: CreateDatabase, folder: Path, write: Write
) -> None:
    url = await create_database()
    write("migrations/0001_index.sql", ONLINE, INDEX)
    write("migrations/0002_c.sql", "alter table public.a add c int;")
    write("functions/one.sql", "create or replace function public.one() returns int language sql return 1;")
    write("migrations/0003_later.sql", ONLINE, "insert into public.a (c) values (public.one());")
    assert await names(url, folder) == [
        "schema.sql",
        "migrations/0001_index.sql",
        "migrations/0002_c.sql",
        "functions/one.sql",
        "migrations/0003_later.sql",
    ]
    assert await ask(url, VALID) is True
    assert await ask(url, "select c from public.a") == 1
    assert await names(url, folder) == []


async def test_what_is_before_it_stays_when_it_fails_and_it_runs_again(
    create_database: CreateDatabase, folder: Path, write: Write
) -> None:
    url = await create_database()
    write("migrations/0001_two.sql", ONLINE, "insert into public.a values (1, 1);", "select 1 / (b - 1) from public.a;")
    write("migrations/0002_never.sql", "create table public.never ();")
    with pytest.raises(SetUpError, match=r"0001_two\.sql:3: division by zero") as caught:
        await up(url, folder)
    assert "\n" not in caught.value.message
    assert await ask(url, "select count(*) from public.a") == 1
    assert await ask(url, "select to_regclass('public.never') is null")
    assert await ask(url, "select array_agg(name) from gatepost.scripts") == ["schema.sql"]
    write("migrations/0001_two.sql", ONLINE, "update public.a set b = 2;")
    assert await names(url, folder) == ["migrations/0001_two.sql", "migrations/0002_never.sql"]
    assert await ask(url, "select b from public.a") == 2


async def test_an_index_that_was_left_half_built_is_built_again(
    create_database: CreateDatabase, folder: Path, write: Write
) -> None:
    url = await create_database()
    await up(url, folder)
    write("migrations/0001_index.sql", ONLINE, INDEX)
    await ask(url, "insert into public.a select n from generate_series(1, 10) as n returning 1")
    async with session(url) as reader, session(url) as builder:
        # A build waits for the transactions that are older; this one ends before it is done.
        reading = reader.transaction(isolation="repeatable_read")
        await reading.start()
        await reader.fetchval("select count(*) from public.a")
        build = asyncio.create_task(builder.execute("create index concurrently a_id_idx on public.a (id)"))
        pid = builder.get_server_pid()
        while not await ask(url, f"select cardinality(pg_blocking_pids({pid})) > 0"):
            await asyncio.sleep(0.01)
        await ask(url, f"select pg_terminate_backend({pid})")
        with pytest.raises(asyncpg.PostgresError):
            await build
        await reading.rollback()
    assert await ask(url, VALID) is False
    (step,) = await status(url, folder)
    assert step.reason == "new; outside the transaction; the index a_id_idx is half built, and will be built again"
    await up(url, folder)
    assert await ask(url, VALID) is True


async def test_an_index_that_cannot_be_built_does_not_stay(
    create_database: CreateDatabase, folder: Path, write: Write
) -> None:
    url = await create_database()
    write("migrations/0001_rows.sql", "insert into public.a values (1), (1);")
    write("migrations/0002_key.sql", ONLINE, INDEX.replace("index", "unique index", 1))
    with pytest.raises(SetUpError, match=r"0002_key\.sql:2: could not create unique index .*is duplicated"):
        await up(url, folder)
    assert await ask(url, VALID) is None


async def test_two_deploys_at_once_build_one_index(create_database: CreateDatabase, folder: Path, write: Write) -> None:
    url = await create_database()
    await up(url, folder)
    write("migrations/0001_index.sql", ONLINE, "select pg_sleep(0.3);", INDEX)
    first, second = await asyncio.gather(up(url, folder), up(url, folder))
    assert sorted([len(first), len(second)]) == [0, 1]
    assert await ask(url, VALID) is True


@pytest.mark.parametrize("head", ["", ONLINE])
async def test_who_comes_behind_a_deploy_that_waits_waits_no_longer_than_lock_timeout(
    create_database: CreateDatabase, folder: Path, write: Write, head: str
) -> None:
    url = await create_database()
    await up(url, folder)
    write("migrations/0001_c.sql", head, "alter table public.a add column if not exists c int;")
    said: list[str] = []
    longest = 0.0
    async with session(url) as long, session(url) as reader:
        transaction = long.transaction()
        await transaction.start()
        await long.fetchval("select count(*) from public.a")
        deploy = asyncio.create_task(up(f"{url}&{BRIEFLY}", folder, tell=said.append))
        until = time.monotonic() + 1.2
        async with asyncio.timeout(60):
            while time.monotonic() < until or not said or longest < 0.1:
                asked = time.monotonic()
                await reader.fetchval("select count(*) from public.a")
                longest = max(longest, time.monotonic() - asked)
        assert not deploy.done()
        await transaction.rollback()
        assert len(await deploy) == 1
    assert longest < 5  # and not until the other transaction has ended
    assert "0001_c.sql" in said[0]
    assert "lock timeout; trying again in 0.1 s" in said[0]


@pytest.mark.parametrize(
    ("head", "said"),
    [("", "migrate: others use a, which"), (ONLINE, r"0001_c\.sql:2: canceling statement due to lock timeout")],
)
async def test_patience_ends(create_database: CreateDatabase, folder: Path, write: Write, head: str, said: str) -> None:
    url = await create_database()
    await up(url, folder)
    write("migrations/0001_c.sql", head, "alter table public.a add c int;")
    async with session(url) as long, long.transaction():
        await long.fetchval("select count(*) from public.a")
        with pytest.raises(SetUpError, match=said):
            await up(f"{url}&{BRIEFLY}", folder, patience=0.5)


async def test_tables_that_others_take_in_another_order_are_taken_together(
    create_database: CreateDatabase, folder: Path, write: Write
) -> None:
    """One by one they would not be had: who waits for the first has the second."""
    url = await create_database("create table public.a (id int); create table public.b (id int);")
    (folder / "schema.sql").unlink()
    write("migrations/0001_c.sql", "alter table public.a add c int;", "alter table public.b add c int;")
    longest = 0.0
    busy = True

    async def go_on() -> None:
        nonlocal longest
        async with session(url) as other:
            while busy:
                async with other.transaction():
                    began = time.monotonic()
                    await other.fetch("select from public.b")
                    await other.fetch("select from public.a")
                    longest = max(longest, time.monotonic() - began)

    others = [asyncio.create_task(go_on()) for _ in range(3)]
    try:
        assert len(await up(f"{url}&{BRIEFLY}", folder, patience=120)) == 1
    finally:
        busy = False
        await asyncio.gather(*others)
    assert longest < 5


async def test_a_statement_in_batches_is_many_transactions(
    create_database: CreateDatabase, folder: Path, write: Write
) -> None:
    url = await create_database()
    write(
        "migrations/0001_rows.sql",
        "insert into public.a (id) select n from generate_series(-5, 19) as n;",
        "create table public.none (id int);",
    )
    write(
        "migrations/0002_fill.sql",
        ONLINE,
        "-- gatepost: batches of 10 by public.a.id",
        "update public.a set b = 2 * id where id between $1 and $2;-- gatepost: batches of 10 by public.none.id",
        "delete from public.none where id between $1 and $2;",
    )
    await up(url, folder)
    assert await ask(url, "select bool_and(b = 2 * id) and count(*) = 25 from public.a") is True
    assert await ask(url, "select count(distinct xmin::text) from public.a") == 3


@pytest.mark.parametrize(
    ("name", "lines", "said"),
    [
        (MIGRATION, ["select 1;", ONLINE, INDEX], "0001_x.sql:3: .* whose first line"),
        (MIGRATION, ["-- gatepost: batches of 5 by a.id", "select 1"], "0001_x.sql:2: .* whose first line"),
        (MIGRATION, [ONLINE, "-- gatepost: batch of 5", "select 1"], "0001_x.sql:3: .*batch of 5.*not known"),
        (MIGRATION, [ONLINE, "create index concurrently b on a (id)"], "0001_x.sql:2: .*if not exists"),
        (MIGRATION, [ONLINE, "begin"], "0001_x.sql:2: each statement is a transaction here, so no begin"),
        ("schema.sql", [ONLINE, "select 1"], "schema.sql: only a migration"),
        ("functions/one.sql", [ONLINE, "select 1"], "one.sql: only a migration"),
    ],
)
async def test_refuses_what_would_not_run_as_its_author_thinks(
    create_database: CreateDatabase, folder: Path, write: Write, name: str, lines: list[str], said: str
) -> None:
    url = await create_database()
    write(name, *lines)
    for ask_for in (up, check):
        with pytest.raises(SetUpError, match=said):
            await ask_for(url, folder)


async def test_check_parses_it_and_looks_names_up(create_database: CreateDatabase, folder: Path, write: Write) -> None:
    url = await create_database()
    write("migrations/0001_index.sql", ONLINE, INDEX)
    write("migrations/0002_fill.sql", ONLINE, "set search_path = public;", "update a set b = 1;")
    assert [step.script.name for step in await check(url, folder)] == [
        "schema.sql",
        "migrations/0001_index.sql",
        "migrations/0002_fill.sql",
    ]
    assert await ask(url, "select to_regclass('public.a') is null")
    for wrong in ("update public.a set c = 1", "create index concurrently if not exists on on a (id)"):
        write("migrations/0002_fill.sql", ONLINE, wrong)
        with pytest.raises(SetUpError, match=r"0002_fill\.sql:2"):
            await check(url, folder)


async def test_tells_how_far_a_long_one_is(
    create_database: CreateDatabase, folder: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(online, "_SILENCE", 0.02)
    url = await create_database()
    write("migrations/0001_rows.sql", "create table public.enough (); insert into public.a (id) values (1), (100);")
    write(
        "migrations/0002_slow.sql",
        ONLINE,
        "do $$ begin while not exists (select from public.enough) loop perform pg_sleep(0.01); end loop; end $$;",
        "-- gatepost: batches of 10 by public.a.id",
        "select pg_sleep(0.01) from generate_series($1::int, $2::int);",
    )
    said: list[str] = []
    deploy = asyncio.create_task(up(url, folder, tell=said.append))
    while not any("at work" in line for line in said):
        await asyncio.sleep(0.01)
    await ask(url, "insert into public.enough default values returning 1")
    await deploy
    write("migrations/0003_index.sql", ONLINE, INDEX)
    async with session(url) as writer:
        transaction = writer.transaction()
        await transaction.start()
        await writer.execute("insert into public.a values (7)")
        pid = writer.get_server_pid()
        deploy = asyncio.create_task(up(url, folder, tell=said.append))
        while not any("waits for process" in line for line in said):
            await asyncio.sleep(0.01)
        await transaction.rollback()
        await deploy
    lines = "\n".join(said)
    assert re.search(r"0002_slow\.sql:2: at work, \d+ s", lines)
    assert "0002_slow.sql:4: 50 %, 50 rows" in lines
    assert re.search(rf"0003_index\.sql:2: waits for process {pid}, \d+ s", lines)


async def test_what_it_sets_lasts_to_its_end_and_limits_do_not_hold(
    create_database: CreateDatabase, folder: Path, write: Write
) -> None:
    url = await create_database("do $$ begin create role migrate_test_owner; exception when others then null; end $$;")
    write(
        "migrations/0001_role.sql",
        ONLINE,
        "set role migrate_test_owner;",
        "select pg_sleep(0.7);",
        "create temp table mine ();",
        "do $$ begin assert (select tableowner = 'migrate_test_owner' from pg_tables where tablename = 'mine'); end $$",
    )
    write("migrations/0002_after.sql", "create table public.after ();")
    await up(f"{url}&options=-c%20statement_timeout%3D500ms", folder)
    assert await ask(url, "select tableowner from pg_tables where tablename = 'after'") == "postgres"


async def test_a_script_of_its_own_runs_over_any_connection(create_database: CreateDatabase) -> None:
    url = await create_database("create table public.a (id int);")
    async with session(url) as connection:
        await online.run(connection, Path("x.sql"), INDEX, Patience(1, "1s", print), print)
    assert await ask(url, VALID) is True
