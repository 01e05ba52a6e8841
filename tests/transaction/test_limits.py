"""Time limits by role, transactions that collide, and what comes before an operation."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from gatepost.errors import GatepostError, SetUpError
from gatepost.transaction import Database, undisturbed
from tests.transaction.conftest import GUEST, MEMBER, Vault, asked, claims

LIMITS = asked(
    "select json_build_array(current_setting('statement_timeout'), current_setting('lock_timeout'),"
    " current_setting('idle_in_transaction_session_timeout'))"
)


async def limits(database: Database, role: str) -> Any:
    return json.loads(await database.answer(role, claims(1), LIMITS, ()))


async def cancelled(vault: Vault, database: Database) -> None:
    """Has the session's statement cancelled, after which the driver resets its settings."""
    slow = asyncio.create_task(database.answer(MEMBER, claims(1), asked("select to_json(vault.slowly(5))"), ()))
    await vault.running("slowly")
    slow.cancel()
    await asyncio.wait([slow])


async def test_the_limits_of_the_settings_hold_for_all(vault: Vault) -> None:
    database = await vault.open(statement_timeout=4_000, lock_timeout=2_000)
    assert await limits(database, MEMBER) == await limits(database, GUEST) == ["4s", "2s", "4s"]


async def test_a_role_has_limits_of_its_own(vault: Vault) -> None:
    """`alter role` says them; Postgres itself would heed them at log-in alone."""
    await vault.admin.execute(
        "do $$ begin execute format('alter role vault_guest in database %I set statement_timeout = 700',"
        " current_database());"
        " execute format('alter role vault_guest in database %I set lock_timeout = ''1s''', current_database());"
        " end $$"
    )
    database = await vault.open(statement_timeout=4_000, lock_timeout=2_000)
    for _ in range(2):  # in turns, over one session
        assert await limits(database, GUEST) == ["700ms", "1s", "4s"]
        assert await limits(database, MEMBER) == ["4s", "2s", "4s"]
    with pytest.raises(GatepostError) as caught:
        await database.answer(GUEST, claims(1), asked("select to_json(vault.slowly(3))"), ())
    assert caught.value.code == "TIMEOUT"


async def test_a_reset_session_keeps_the_limits_of_its_role(vault: Vault) -> None:
    await vault.admin.execute(
        "do $$ begin execute format('alter role vault_member in database %I set statement_timeout = 3000',"
        " current_database()); end $$"
    )
    database = await vault.open()
    assert (await limits(database, MEMBER))[0] == "3s"
    await cancelled(vault, database)
    assert (await limits(database, MEMBER))[0] == "3s"


async def test_who_waits_for_a_lock_is_told_in_time(vault: Vault) -> None:
    database = await vault.open(lock_timeout=100)
    async with vault.admin.transaction():
        await vault.admin.execute("lock table vault.notes in access exclusive mode")
        with pytest.raises(GatepostError) as caught:
            await database.answer(MEMBER, claims(1), asked("select to_json(count(*)) from vault.notes"), ())
    assert caught.value.code == "TIMEOUT"


COLLIDES = """
create sequence vault.collisions;
grant usage on sequence vault.collisions to vault_member;
create function vault.collide(times integer) returns text language plpgsql volatile as $$
begin
    insert into vault.notes (owner, body) values (1, 'collided');
    if nextval('vault.collisions') <= times then
        raise exception 'collided' using errcode = 'serialization_failure';
    end if;
    return 'done';
end $$;
grant execute on function vault.collide to vault_member;
"""


@pytest.mark.parametrize("runs", [1, 2])
async def test_what_collides_is_run_again_and_holds_once(vault: Vault, runs: int) -> None:
    await vault.admin.execute(COLLIDES)
    database = await vault.open()
    statement = asked("select to_json(vault.collide(2))")
    if runs == 2:
        statement = statement.replace("where current_user = $2", "where current_user = $2 and $3 in (1, 2)")
        statement = statement.replace("vault.collide(2)", "case when $3 = 1 then vault.collide(2) else 'done' end")
    answer = await database.answer(MEMBER, claims(1), statement, (), runs=runs, read_only=False)
    assert json.loads(answer) == "done"
    assert await vault.admin.fetchval("select count(*) from vault.notes where body = 'collided'") == 1
    assert await vault.admin.fetchval("select last_value from vault.collisions") == 3


async def test_what_keeps_colliding_is_given_up(vault: Vault) -> None:
    await vault.admin.execute(COLLIDES)
    database = await vault.open()
    with pytest.raises(GatepostError) as caught:
        await database.answer(MEMBER, claims(1), asked("select to_json(vault.collide(1000))"), (), read_only=False)
    assert caught.value.code == "SERIALIZATION_FAILURE"
    assert await vault.admin.fetchval("select last_value from vault.collisions") < 10
    assert await vault.admin.fetchval("select count(*) from vault.notes where body = 'collided'") == 0


async def test_two_that_lock_each_other_both_succeed(vault: Vault) -> None:
    await vault.admin.execute(
        "create table vault.locks (id integer primary key, times integer not null default 0);"
        "insert into vault.locks values (1), (2);"
        "grant select, update on vault.locks to vault_member"
    )
    database = await vault.open(pool_size=2)
    bump = asked("select to_json(1) from vault.bump($3) as b")
    await vault.admin.execute(
        "create function vault.bump(which integer) returns void language sql volatile as"
        " 'update vault.locks set times = times + 1 where id = which';"
        "grant execute on function vault.bump to vault_member"
    )
    meeting = asyncio.Barrier(2)
    met: set[int] = set()

    async def both(first: int, second: int) -> None:
        async def work() -> None:
            async with database.transaction(MEMBER, claims(1)) as transaction:
                await transaction.answer(bump, (first,))
                if first not in met:
                    met.add(first)
                    await meeting.wait()
                await transaction.answer(bump, (second,))

        await undisturbed(work)

    async with asyncio.timeout(60):
        await asyncio.gather(both(1, 2), both(2, 1))
    assert [row["times"] for row in await vault.admin.fetch("select times from vault.locks order by id")] == [2, 2]


BEFORE = """
create table vault.visits (sub text, agent text);
grant insert on vault.visits to vault_member, vault_guest;
create function vault."before it"() returns void language plpgsql volatile as $$
declare
    sub   text := current_setting('request.jwt.claims', true)::json ->> 'sub';
    agent text := nullif(current_setting('request.headers', true), '')::json ->> 'user-agent';
begin
    if sub = '13' then
        raise exception 'You are banned.' using constraint = 'banned';
    end if;
    insert into vault.visits (sub, agent) values (sub, agent);
    perform set_config('vault.plan', 'gold', true);
end $$;
grant execute on function vault."before it" to vault_member, vault_guest;
"""
PLAN = asked(
    "select json_build_array(current_setting('vault.plan', true),"
    " nullif(current_setting('request.headers', true), '')::json ->> 'user-agent')"
)
HEADERS = '{"user-agent":"curl"}'


async def test_a_function_runs_before_each_operation(vault: Vault) -> None:
    await vault.admin.execute(BEFORE)
    database = await vault.open(pre_request="vault.before it", request_headers=("user-agent",))
    assert json.loads(await database.answer(MEMBER, claims(1), PLAN, (), headers=HEADERS)) == ["gold", "curl"]
    assert json.loads(await database.answer(GUEST, claims(2), PLAN, ())) == ["gold", None]
    async with database.transaction(MEMBER, claims(3), HEADERS, set_claims=False) as transaction:
        for _ in range(2):
            assert json.loads(await transaction.answer(PLAN, ())) == ["gold", "curl"]
    await database.check(MEMBER, claims(4), HEADERS)
    await database.fetch(MEMBER, claims(5), "select 1")  # the gateway's own
    visits = await vault.admin.fetch("select sub, agent from vault.visits order by sub")
    assert [tuple(row) for row in visits] == [("1", "curl"), ("2", None), ("3", "curl"), ("4", "curl")]


async def test_it_may_refuse(vault: Vault) -> None:
    await vault.admin.execute(BEFORE)
    database = await vault.open(pre_request="vault.before it")
    for attempt in (
        database.answer(MEMBER, claims(13), PLAN, ()),
        database.check(MEMBER, claims(13), ""),
    ):
        with pytest.raises(GatepostError) as caught:
            await attempt
        assert (caught.value.code, caught.value.message) == ("BANNED", "You are banned.")


async def test_headers_end_with_their_request(vault: Vault) -> None:
    database = await vault.open(request_headers=("user-agent",))
    assert json.loads(await database.answer(MEMBER, claims(1), PLAN, (), headers=HEADERS))[1] == "curl"
    assert json.loads(await database.answer(MEMBER, claims(1), PLAN, ()))[1] is None
    (row,) = await database.fetch(MEMBER, claims(1), "select nullif(current_setting('request.headers', true), '')")
    assert row[0] is None


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("vault.nothing", "no function vault.nothing without arguments"),
        ("before it", "no function before it without arguments"),
        ("vault.slowly", "no function vault.slowly without arguments"),
        ("vault.secret", "grant vault_guest execute on vault.secret"),
    ],
)
async def test_a_function_that_cannot_be_called_is_told_at_the_start(vault: Vault, name: str, message: str) -> None:
    with pytest.raises(SetUpError, match=message):
        await vault.open(pre_request=name)
