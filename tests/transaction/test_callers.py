"""Nobody sees another's rows: claims and roles hold for their own statement, whatever happens to it."""

from __future__ import annotations

import asyncio
import json
import logging
import random

import asyncpg
import pytest

from gatepost.catalog import read_from
from gatepost.dsn import SESSION
from gatepost.errors import GatepostError, Unavailable
from gatepost.transaction import Database
from tests.transaction.conftest import GUEST, MEMBER, WHO, Vault, asked, claims, in_transaction

NOTES = asked("select json_agg(distinct notes.owner) from vault.notes")
STRICT_NOTES = asked("select json_agg(distinct strict_notes.owner) from vault.strict_notes")
SLEEPY_NOTES = asked("select json_agg(distinct notes.owner) from vault.notes, (select pg_sleep(0.005)) as s")
FAILING = asked("select to_json(1 / (count(*) - count(*))) from vault.notes")
_LEFT = "select coalesce(current_setting('request.jwt.claims', true), '') as claims"


async def who(database: Database, role: str, sub: int) -> None:
    """Asserts that a caller is who they are."""
    answer = await database.answer(role, claims(sub), WHO, (), read_only=True)
    assert json.loads(answer) == [role, str(sub)]


async def left(database: Database) -> str:
    """The claims that the next statement would find if it set none."""
    async with database.transaction(MEMBER, "{}", set_claims=False) as transaction:
        (row,) = await transaction.fetch(_LEFT)
    found: str = row["claims"]
    return found


async def test_claims_end_with_their_statement(vault: Vault) -> None:
    database = await vault.open()
    for sub in range(3):
        await who(database, MEMBER, sub)
        assert await left(database) == ""
        with pytest.raises(GatepostError):
            await database.answer(MEMBER, claims(sub), FAILING, (), read_only=True)
        assert await left(database) == ""
        await database.fetch(MEMBER, claims(sub), "select 1")
        assert await left(database) == ""
    assert len(await vault.sessions()) == 1


async def test_claims_end_with_a_cancelled_statement(vault: Vault) -> None:
    database = await vault.open()
    sleeping = asyncio.create_task(
        database.answer(MEMBER, claims(1), asked("select to_json(vault.slowly(30))"), (), read_only=True)
    )
    await vault.running("slowly")
    session = await vault.sessions()
    sleeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleeping
    await vault.idle("slowly", within=8)  # before statement_timeout would end it
    assert await left(database) == ""
    await who(database, GUEST, 2)
    assert await vault.sessions() == session


@pytest.mark.parametrize("size", [1, 3])
async def test_alternating_callers_see_only_their_own(vault: Vault, size: int) -> None:
    database = await vault.open(pool_size=size, pool_timeout=60.0)
    chance = random.Random(size)  # noqa: S311 (a seed, so that a failure comes back)
    answered = failed = 0

    async def call(role: str, sub: int, kind: int) -> None:
        nonlocal answered, failed
        if kind == 0:
            await who(database, role, sub)
        elif kind == 1:
            with pytest.raises(GatepostError):
                await database.answer(role, claims(sub), FAILING, (), read_only=True)
            failed += 1
        elif kind == 2:
            async with database.transaction(role, claims(sub)) as transaction:
                rows = await transaction.fetch("select distinct owner from vault.notes")
                assert [row["owner"] for row in rows] == [sub]
        else:
            statement = NOTES if kind == 3 else SLEEPY_NOTES
            answer = await database.answer(role, claims(sub), statement, (), read_only=True)
            assert json.loads(answer) == [sub]
        answered += 1

    tasks = []
    for _ in range(600):
        caller = chance.choice((MEMBER, GUEST)), chance.randint(1, 50)
        task = asyncio.create_task(call(*caller, chance.randrange(5)))
        if chance.random() < 0.4:
            asyncio.get_running_loop().call_later(chance.random() * 0.1, task.cancel)
        tasks.append(task)
        await asyncio.sleep(chance.random() * 0.003)
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {type(None), asyncio.CancelledError}
    assert answered > 300
    assert failed > 30
    assert len(await vault.sessions()) <= size
    for sub in range(1, 20):
        await who(database, chance.choice((MEMBER, GUEST)), sub)


async def test_a_policy_that_does_not_bear_unset_claims(vault: Vault) -> None:
    database = await vault.open()
    for sub in (1, 2, 3):
        answer = await database.answer(MEMBER, claims(sub), STRICT_NOTES, (), read_only=True)
        assert json.loads(answer) == [sub]
        added = asked("select to_json(vault.add_note($3))")
        await database.answer(MEMBER, claims(sub), added, (f"strict {sub}",), read_only=False)
    assert await vault.admin.fetchval("select count(*) from vault.notes where body like 'strict %'") == 3


async def test_partitions_are_pruned_by_the_callers_claims(vault: Vault) -> None:
    await vault.admin.execute("""
        create table vault.ledger (owner integer not null, amount integer not null) partition by list (owner);
        create table vault.ledger_1 partition of vault.ledger for values in (1);
        create table vault.ledger_2 partition of vault.ledger for values in (2);
        create function vault.viewer() returns integer
        language sql stable
        return (nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub')::integer;
        grant execute on function vault.viewer to vault_member;
        alter table vault.ledger enable row level security;
        create policy ledger_owner on vault.ledger using (owner = vault.viewer());
        grant select, insert on vault.ledger to vault_member;
        insert into vault.ledger values (1, 10), (2, 20);
    """)
    database = await vault.open()
    ledger = asked("select json_agg(ledger.amount) from vault.ledger")
    for sub in (1, 2, 1):
        answer = await database.answer(MEMBER, claims(sub), ledger, (), read_only=True)
        assert json.loads(answer) == [10 * sub]
        async with database.transaction(MEMBER, claims(sub), set_claims=False) as transaction:
            assert json.loads(await transaction.answer(ledger, ())) == [10 * sub]


async def test_a_role_that_a_function_took_is_not_handed_on(vault: Vault, caplog: pytest.LogCaptureFixture) -> None:
    database = await vault.open()
    become = asked("select to_json(vault.become($3, true))")
    for read_only in (True, False):
        assert await database.answer(MEMBER, claims(1), become, (GUEST,), read_only=False) == b'"vault_guest"'
        with caplog.at_level(logging.ERROR):
            answer = await database.answer(MEMBER, claims(2), WHO, (), read_only=read_only)
        assert json.loads(answer) == [MEMBER, "2"]
        assert "under another" in caplog.text
        caplog.clear()
    assert len(await vault.sessions()) == 1


async def test_a_role_that_a_function_took_costs_nobody_their_privileges(vault: Vault) -> None:
    database = await vault.open()
    become, secret = asked("select to_json(vault.become($3, true))"), asked("select to_json(vault.secret())")
    for _ in range(2):
        await database.answer(MEMBER, claims(1), become, (GUEST,), read_only=False)
        assert await database.answer(MEMBER, claims(2), secret, (), read_only=True) == b'"for members"'
    with pytest.raises(GatepostError) as raised:
        await database.answer(GUEST, claims(2), secret, (), read_only=True)
    assert raised.value.code == "FORBIDDEN"
    (before,) = await vault.sessions()
    await who(database, GUEST, 2)
    assert await vault.sessions() == [before]


@pytest.mark.parametrize("set_claims", [True, False])
async def test_a_role_that_a_function_took_is_not_handed_on_to_a_transaction(vault: Vault, set_claims: bool) -> None:
    database = await vault.open()
    become = asked("select to_json(vault.become($3, true))")
    await database.answer(MEMBER, claims(1), become, (GUEST,), read_only=False)
    with pytest.raises(Unavailable):
        async with database.transaction(MEMBER, claims(2), set_claims=set_claims) as transaction:
            await transaction.answer(WHO, ())
    async with database.transaction(MEMBER, claims(2), set_claims=set_claims) as transaction:
        assert json.loads(await transaction.answer(WHO, ())) == [MEMBER, "2"]


async def test_a_function_that_changes_the_role_ends_its_transaction(vault: Vault) -> None:
    database = await vault.open()
    become, add = asked("select to_json(vault.become($3, false))"), asked("select to_json(vault.add_note($3))")
    with pytest.raises(Unavailable):
        await in_transaction(database, (add, "never kept"), (become, GUEST), (asked("select to_json($3::text)"), ""))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await in_transaction(database, (become, GUEST), (add, "never written"))
    assert await vault.admin.fetchval("select count(*) from vault.notes where body like 'never %'") == 0
    await who(database, MEMBER, 3)


async def test_claims_that_a_function_left_are_not_handed_on(vault: Vault) -> None:
    database = await vault.open()
    pretend = asked("select to_json(vault.pretend($3))")
    await database.answer(MEMBER, claims(1), pretend, (claims(7),), read_only=False)
    assert json.loads(await database.answer(MEMBER, claims(2), NOTES, (), read_only=True)) == [2]
    await who(database, GUEST, 3)
    async with database.transaction(MEMBER, claims(4)) as transaction:
        rows = await transaction.fetch("select distinct owner from vault.notes")
    assert [row["owner"] for row in rows] == [4]


async def test_a_plan_made_for_one_role_does_not_serve_another(vault: Vault) -> None:
    database = await vault.open()
    secret = asked("select to_json(vault.secret())")
    for _ in range(10):  # from the sixth on, Postgres keeps the plan
        assert await database.answer(MEMBER, claims(1), secret, (), read_only=True) == b'"for members"'
    with pytest.raises(GatepostError) as raised:
        await database.answer(GUEST, claims(1), secret, (), read_only=True)
    assert raised.value.code == "FORBIDDEN"
    assert await database.answer(MEMBER, claims(1), secret, (), read_only=True) == b'"for members"'


async def test_a_statement_that_takes_too_long_is_stopped(vault: Vault) -> None:
    database = await vault.open(statement_timeout=500)
    slowly = asked("select to_json(vault.slowly(30))")
    with pytest.raises(GatepostError) as raised:
        await database.answer(MEMBER, claims(1), slowly, (), read_only=True)
    assert (raised.value.code, raised.value.status) == ("TIMEOUT", 504)
    await who(database, MEMBER, 1)


async def test_a_failing_transaction_leaves_nothing(vault: Vault) -> None:
    database = await vault.open()
    add = asked("select to_json(vault.add_note($3))")
    with pytest.raises(asyncpg.CheckViolationError):
        await in_transaction(database, (add, "first"), (add, "bad"))
    with pytest.raises(GatepostError):
        await database.answer(
            MEMBER,
            claims(1),
            asked("select to_json(1 / (length((vault.add_note($3)).body) - 5))"),
            ("first",),
            read_only=False,
        )
    assert await vault.admin.fetchval("select count(*) from vault.notes where body = 'first'") == 0
    assert await left(database) == ""


async def test_what_answers_depend_on_is_the_same_where_the_database_says_otherwise(vault: Vault) -> None:
    name = await vault.admin.fetchval("select quote_ident(current_database())")
    otherwise = {
        "standard_conforming_strings": "off",
        "datestyle": "German",
        "intervalstyle": "sql_standard",
        "bytea_output": "escape",
        "extra_float_digits": "-10",
        "array_nulls": "off",
        "xmloption": "document",
        "row_security": "off",
        "timezone": "Asia/Tokyo",
    }
    for setting, value in otherwise.items():
        await vault.admin.execute(f"alter database {name} set {setting} = {value!r}")
    try:
        database = await Database.open(vault.settings)
        connection = await database.connect()
        for setting in otherwise:
            assert await connection.fetchval("select current_setting($1)", setting) == SESSION[setting]
        await connection.close()
        await database.close()
        catalog = await read_from(vault.settings.database_url, vault.settings.schemas, [MEMBER])
        assert {relation.name for relation in catalog.relations.values()} >= {"notes"}
    finally:
        await vault.admin.execute(f"alter database {name} reset all")
