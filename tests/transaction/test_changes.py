"""A database that changes under pooled sessions: the next statement goes by what is there now."""

from __future__ import annotations

import json

import pytest

from gatepost.errors import GatepostError, Masked, Unavailable
from gatepost.transaction import Database
from tests.transaction.conftest import GUEST, MEMBER, WHO, Vault, asked, claims

SECRET = asked("select to_json(vault.secret())")


async def ask(database: Database, statement: str, *arguments: object, role: str = MEMBER) -> object:
    return json.loads(await database.answer(role, claims(1), statement, arguments))


async def prepared(database: Database, statement: str, *arguments: object) -> object:
    """Asks until Postgres keeps a plan for all arguments."""
    for _ in range(7):
        answer = await ask(database, statement, *arguments)
    return answer


async def test_a_function_that_is_replaced(vault: Vault) -> None:
    database = await vault.open()
    assert await prepared(database, SECRET) == "for members"
    await vault.admin.execute("create or replace function vault.secret() returns text language sql stable return 'new'")
    assert await ask(database, SECRET) == "new"
    await vault.admin.execute(
        "drop function vault.secret; create function vault.secret() returns integer language sql stable return 7;"
        "grant execute on function vault.secret to vault_member"
    )
    assert await ask(database, SECRET) == 7


async def test_a_right_that_is_revoked(vault: Vault) -> None:
    """Also that to execute a function which Postgres put its body in place of."""
    database = await vault.open()
    assert await prepared(database, SECRET) == "for members"
    await vault.admin.execute("revoke execute on function vault.secret from vault_member")
    with pytest.raises(GatepostError) as caught:
        await ask(database, SECRET)
    assert caught.value.code == "FORBIDDEN"
    notes = asked("select to_json(count(*)) from vault.notes")
    await prepared(database, notes)
    await vault.admin.execute("revoke select on vault.notes from vault_member")
    with pytest.raises(GatepostError) as caught:
        await ask(database, notes)
    assert caught.value.code == "FORBIDDEN"


async def test_a_policy_that_is_changed(vault: Vault) -> None:
    database = await vault.open()
    notes = asked("select to_json(count(*)) from vault.notes")
    assert await prepared(database, notes) == 10
    await vault.admin.execute("drop policy notes_owner on vault.notes")
    assert await ask(database, notes) == 0


async def test_columns_that_change_their_type(vault: Vault) -> None:
    database = await vault.open()
    bodies = asked("select to_json(body) from vault.strict_notes where owner = $3 order by body limit 1")
    assert await prepared(database, bodies, 1) == "note 100"
    await vault.admin.execute("alter table vault.strict_notes alter body type varchar(50), add more text default '-'")
    assert await ask(database, bodies, 1) == "note 100"


async def test_a_type_that_is_made_anew(vault: Vault) -> None:
    """A session that knows the old one is of no use for this statement; those that follow a reload know the new one."""
    make = "create type vault.mood as enum ('glad', 'sad')"
    await vault.admin.execute(f"{make}; grant usage on type vault.mood to vault_member")
    database = await vault.open()
    mood = asked("select to_json($3::vault.mood)")
    assert await prepared(database, mood, "sad") == "sad"
    await vault.admin.execute(f"drop type vault.mood; {make}; grant usage on type vault.mood to vault_member")
    await database.look_again()
    assert await ask(database, mood, "sad") == "sad"


async def test_a_role_that_is_made_anew(vault: Vault) -> None:
    """A session of a role that is no more cannot serve the one that has its name now."""
    await vault.admin.execute("drop role if exists vault_passing; create role vault_passing")
    await vault.admin.execute("grant vault_passing to vault_gateway; grant usage on schema vault to vault_passing")
    database = await vault.open()
    assert await ask(database, WHO, role="vault_passing") == ["vault_passing", "1"]
    await vault.admin.execute("drop owned by vault_passing; drop role vault_passing")
    with pytest.raises(Masked):
        await ask(database, WHO, role="vault_passing")
    await vault.admin.execute("create role vault_passing; grant vault_passing to vault_gateway")
    assert await ask(database, WHO, role="vault_passing") == ["vault_passing", "1"]
    await vault.admin.execute("drop owned by vault_passing; drop role vault_passing; create role vault_passing")
    await vault.admin.execute("grant vault_passing to vault_gateway")
    with pytest.raises(Unavailable):
        async with database.transaction("vault_passing", claims(1)) as transaction:
            await transaction.answer(WHO, ())
    async with database.transaction("vault_passing", claims(1), set_claims=False) as transaction:
        assert json.loads(await transaction.answer(WHO, ())) == ["vault_passing", "1"]
    assert await ask(database, WHO, role=GUEST) == [GUEST, "1"]
    await vault.admin.execute("drop role vault_passing")
