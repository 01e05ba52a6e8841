"""The scripts in db/ as a deployment runs them: once, again, in any order, side by side, and by whom."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from gatepost.migrate import up
from tests.scripts import DB, FUNCTIONS, ONCE

from .conftest import CreateDatabase, Town

DEFINITIONS = """
    select p.oid::regprocedure::text, pg_get_functiondef(p.oid), p.proacl::text, obj_description(p.oid, 'pg_proc')
      from pg_proc as p
     where p.pronamespace in ('threads'::regnamespace, 'private'::regnamespace)
     order by 1
"""


@pytest.fixture
async def empty(create_database: CreateDatabase) -> AsyncIterator[Town]:
    town = Town(await create_database())
    yield town
    await town.close()


async def test_functions_are_applied_again_and_in_any_order(town: Town, empty: Town) -> None:
    expected = await (await town.superuser()).fetch(DEFINITIONS)
    superuser = await empty.superuser()
    for scripts in ([*ONCE, *reversed(FUNCTIONS)], FUNCTIONS):
        async with superuser.transaction():
            for script in scripts:
                await superuser.execute(script)
        assert await superuser.fetch(DEFINITIONS) == expected
    assert await superuser.fetchval("select current_user") == "postgres"


async def test_a_script_that_fails_leaves_nothing_behind(empty: Town) -> None:
    superuser = await empty.superuser()
    transaction = superuser.transaction()
    await transaction.start()
    await superuser.execute(ONCE[0])
    with pytest.raises(asyncpg.UndefinedFunctionError):
        await superuser.execute("set role threads_owner; select threads.not_there()")
    await transaction.rollback()
    assert await superuser.fetchval("select current_user") == "postgres"
    assert await superuser.fetchval("select to_regnamespace('threads') is null")


async def test_databases_of_one_server_are_set_up_at_once(create_database: CreateDatabase) -> None:
    towns = [Town(await create_database()) for _ in range(4)]

    await asyncio.gather(*(up(town.url, DB) for town in towns))
    for town in towns:
        assert await (await town.join("ada")).fetchval("select v.username from threads.viewer() as v") == "ada"
        await town.close()


async def test_a_role_that_is_no_superuser_sets_it_up(empty: Town) -> None:
    superuser = await empty.superuser()
    await superuser.execute("""
        create role a_deployer login createrole;
        grant threads_owner to a_deployer;
        do $$ begin execute format('grant create on database %I to a_deployer', current_database()); end $$
    """)
    await up(empty.url.replace("//postgres@", "//a_deployer@"), DB)
    assert await (await empty.join("ada")).fetchval("select v.username from threads.viewer() as v") == "ada"
    await superuser.execute("drop owned by a_deployer cascade; drop role a_deployer")
