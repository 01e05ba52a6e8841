"""A changed database is served without a restart, and no request fails on the way."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest

from gatepost.errors import SetUpError
from gatepost.gateway import CHANNEL, Reloader
from tests.api import Api, CreateDatabase, opened

DEPLOYING = Path(__file__).parents[2] / "docs" / "deploying.md"
MILL = """
do $$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'mill_gateway') then
        create role mill_guest nologin;
        create role mill_gateway login noinherit;
        grant mill_guest to mill_gateway;
    end if;
end
$$;
create schema mill;
grant usage on schema mill to mill_guest;
create type mill.grain as enum ('rye', 'oat');
create table mill.sacks (id int primary key, grain mill.grain not null);
insert into mill.sacks values (1, 'rye'), (2, 'oat');
grant select on mill.sacks to mill_guest;
create function mill.slow() returns int language sql volatile as $$ select 7 from pg_advisory_xact_lock(7) $$;
"""
CHANGE = """
alter table mill.sacks add column weight int not null default 50;
create table mill.carts (id int primary key);
grant select on mill.carts to mill_guest;
"""
SACKS = "{ sacks(filter: {grain: {eq: rye}}) { nodes { id } } }"
Sql = Callable[[str, str], Awaitable[None]]


@pytest.fixture
async def mill(create_database: CreateDatabase) -> AsyncIterator[Api]:
    url = await create_database(MILL, user="mill_gateway")
    async with opened(url, schemas=("mill",), anonymous_role="mill_guest", pool_size=2, lock_timeout=300_000) as api:
        yield api


async def ask(api: Api, query: str) -> Any:
    return await api.data(query, role="mill_guest")


@asynccontextmanager
async def reloading(api: Api) -> AsyncIterator[Reloader]:
    reloader = Reloader(api.gateway)
    task = asyncio.create_task(reloader.run())
    try:
        await until(api, "select exists (select from pg_stat_activity where query ilike '%listen%gatepost_reload%' "
                    "and datname = current_database() and pid <> pg_backend_pid())")  # fmt: skip
        yield reloader
    finally:
        task.cancel()
        await asyncio.wait([task])


async def until(api: Api, query: str) -> None:
    async with asyncio.timeout(60):
        while not (await api.sql(query))[0]:
            await asyncio.sleep(0.02)


async def served(api: Api, query: str) -> Any:
    """The data of an operation, once it is valid."""
    async with asyncio.timeout(60):
        while "errors" in (reply := await api.reply(query, role="mill_guest")).body:
            await asyncio.sleep(0.02)
    return reply.body["data"]


async def test_a_notification_brings_new_columns_and_tables(mill: Api, execute: Sql) -> None:
    assert (await mill.reply("{ carts { totalCount } }", role="mill_guest")).code == "GRAPHQL_VALIDATION_FAILED"
    async with reloading(mill):
        await execute(mill.url.replace("mill_gateway", "postgres"), CHANGE + f"notify {CHANNEL};")
        assert await served(mill, "{ carts { totalCount } sack(id: 1) { weight } }") == {
            "carts": {"totalCount": 0},
            "sack": {"weight": 50},
        }


async def test_any_change_of_the_database_brings_itself_where_an_event_trigger_tells(mill: Api, execute: Sql) -> None:
    admin = mill.url.replace("mill_gateway", "postgres")
    trigger = re.findall(r"```sql\n(create function [^`]*create event trigger [^`]*)```", DEPLOYING.read_text())
    await execute(admin, *trigger)
    async with reloading(mill):
        await execute(admin, CHANGE)
        assert (await served(mill, "{ carts { totalCount } }"))["carts"] == {"totalCount": 0}
        await execute(admin, "comment on table mill.carts is '@name wagons'")
        assert (await served(mill, "{ wagons { totalCount } }"))["wagons"] == {"totalCount": 0}
        await execute(admin, "revoke select on mill.carts from mill_guest")
        async with asyncio.timeout(60):
            while "errors" not in (await mill.reply("{ wagons { totalCount } }", role="mill_guest")).body:
                await asyncio.sleep(0.02)


async def test_a_listener_that_was_lost_comes_back_and_reloads(
    mill: Api, execute: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gatepost.gateway._RETRY", 0.05)
    async with reloading(mill):
        await mill.sql(
            "select pg_terminate_backend(pid) from pg_stat_activity where query ilike '%listen%' "
            "and datname = current_database() and pid <> pg_backend_pid()"
        )
        await execute(mill.url.replace("mill_gateway", "postgres"), CHANGE)
        assert await served(mill, "{ carts { totalCount } }") == {"carts": {"totalCount": 0}}


async def test_no_request_fails_while_schemas_are_swapped(mill: Api, execute: Sql) -> None:
    done = False

    async def client() -> int:
        count = 0
        while not done:
            assert await ask(mill, SACKS) == {"sacks": {"nodes": [{"id": 1}]}}
            count += 1
        return count

    clients = [asyncio.create_task(client()) for _ in range(4)]
    await execute(mill.url.replace("mill_gateway", "postgres"), CHANGE)
    for _ in range(3):
        await mill.gateway.reload()
    done = True
    assert all(count > 0 for count in await asyncio.gather(*clients))
    assert await ask(mill, "{ carts { totalCount } }") == {"carts": {"totalCount": 0}}


async def test_an_operation_in_flight_ends_with_the_schema_that_it_began_with(mill: Api, execute: Sql) -> None:
    holder = await asyncpg.connect(mill.url, user="postgres")
    await holder.execute("select pg_advisory_lock(7)")
    slow = asyncio.create_task(ask(mill, "mutation { slow { result query { sacks { totalCount } } } }"))
    await until(mill, "select exists (select from pg_stat_activity where query like '%slow%' and state = 'active' "
                "and datname = current_database() and pid <> pg_backend_pid())")  # fmt: skip
    await execute(mill.url.replace("mill_gateway", "postgres"), "create table mill.yards (id int primary key)")
    await mill.gateway.reload()
    assert not slow.done()
    await holder.close()
    assert await slow == {"slow": {"result": 7, "query": {"sacks": {"totalCount": 2}}}}


async def test_a_type_that_was_made_anew(mill: Api, execute: Sql) -> None:
    for _ in range(3):
        await ask(mill, SACKS)
    await execute(
        mill.url.replace("mill_gateway", "postgres"),
        "alter table mill.sacks alter grain type text; drop type mill.grain; "
        "create type mill.grain as enum ('rye', 'oat', 'corn'); "
        "alter table mill.sacks alter grain type mill.grain using grain::mill.grain",
    )
    await mill.gateway.reload()
    assert await ask(mill, SACKS) == {"sacks": {"nodes": [{"id": 1}]}}
    assert await ask(mill, "{ sacks(filter: {grain: {eq: corn}}) { totalCount } }") == {"sacks": {"totalCount": 0}}


async def test_what_cannot_be_served_leaves_the_old_schema(mill: Api, execute: Sql) -> None:
    await execute(mill.url.replace("mill_gateway", "postgres"), "alter schema mill rename to mill_away")
    with pytest.raises(SetUpError):
        await mill.gateway.reload()
    await execute(mill.url.replace("mill_gateway", "postgres"), "alter schema mill_away rename to mill")
    assert await ask(mill, SACKS) == {"sacks": {"nodes": [{"id": 1}]}}


@pytest.mark.parametrize("workers", [1, 2])
async def test_sighup_reloads_every_process(create_database: CreateDatabase, execute: Sql, workers: int) -> None:
    url = await create_database(MILL, user="mill_gateway")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gatepost.cli", "serve", url, "--schemas", "mill", "--anonymous-role", "mill_guest"),
        *("--port", str(port), "--workers", str(workers), "--no-access-log"),
        stdin=DEVNULL,
        stdout=PIPE,
        env={key: value for key, value in os.environ.items() if not key.startswith(("GATEPOST", "DATABASE", "PG"))},
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(120):
            assert b"serving" in await process.stdout.readline()
        await execute(url.replace("mill_gateway", "postgres"), CHANGE)
        process.send_signal(signal.SIGHUP)
        answers = 0
        async with asyncio.timeout(60):
            while answers < 10:
                # A session each, so that both processes are asked.
                async with aiohttp.ClientSession() as http:
                    body = {"query": "{ carts { totalCount } }"}
                    async with http.post(f"http://127.0.0.1:{port}/graphql", json=body) as answer:
                        answers = answers + 1 if "data" in await answer.json() else 0
                        await asyncio.sleep(0.02)
    finally:
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 60) == 0
