"""What a function of the API leaves in its session: the next caller neither sees it nor suffers from it."""

from __future__ import annotations

import json
from contextlib import nullcontext
from typing import Any

import pytest

from gatepost.transaction import Database
from tests.transaction.conftest import GUEST, MEMBER, WHO, Vault, asked, claims

LEAVES = """
create function vault.leave(what text, fails boolean) returns text language plpgsql volatile as $$
begin
    case what
        when 'lock' then perform pg_advisory_lock(42);
        when 'setting' then perform set_config('vault.secret', 'of another', false);
        when 'path' then perform set_config('search_path', 'pg_temp', false);
        when 'row security' then perform set_config('row_security', 'off', false);
        when 'read-only' then execute 'set default_transaction_read_only = on';
        when 'table' then create temp table notes as select 1 as owner, 'of another' as body;
        when 'cursor' then execute 'declare left_open cursor with hold for select * from vault.notes';
        when 'channel' then execute 'listen left_on';
        when 'role' then perform set_config('role', 'vault_guest', false);
    end case;
    if fails then
        raise exception 'failed' using constraint = 'failed';
    end if;
    return what;
end
$$;
grant execute on function vault.leave to vault_member;
"""
LEAVE = asked("select to_json(vault.leave($3, $4))")
LEFT = asked("""
    select json_build_object(
        'locks', (select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()),
        'setting', coalesce(current_setting('vault.secret', true), ''),
        'path', current_setting('search_path'),
        'row security', current_setting('row_security'),
        'read-only', current_setting('default_transaction_read_only'),
        'tables', (select count(*) from pg_class where relnamespace = pg_my_temp_schema()),
        'cursors', (select count(*) from pg_cursors where name = 'left_open'),
        'channels', (select count(*) from pg_listening_channels()),
        'limit', current_setting('statement_timeout'))
""")
WHATS = ("lock", "setting", "path", "row security", "read-only", "table", "cursor", "channel", "role")


async def left(database: Database, role: str = MEMBER) -> Any:
    return json.loads(await database.answer(role, claims(2), LEFT, ()))


@pytest.mark.parametrize("in_transaction", [False, True])
@pytest.mark.parametrize("fails", [False, True])
async def test_nothing_is_left_to_the_next_caller(vault: Vault, fails: bool, in_transaction: bool) -> None:
    await vault.admin.execute(LEAVES)
    database = await vault.open()
    before = await left(database)
    for what in WHATS:
        with pytest.raises(Exception, match="failed") if fails else nullcontext():
            if in_transaction:
                async with database.transaction(MEMBER, claims(1)) as transaction:
                    await transaction.answer(LEAVE, (what, fails))
            else:
                await database.answer(MEMBER, claims(1), LEAVE, (what, fails), read_only=False)
        assert await left(database, GUEST) == before
        assert await left(database) == before, what
        assert json.loads(await database.answer(MEMBER, claims(3), WHO, ())) == [MEMBER, "3"]
