"""Lost connections: a read is asked again, a write is never done twice, and its outcome is not guessed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from typing import Any

import pytest

from gatepost.errors import GatepostError, Unavailable
from gatepost.transaction.failures import told_of_write
from tests.transaction.conftest import MEMBER, WHO, Vault, asked, claims, in_transaction, lost

SLOW_READ = asked("select to_json('done'::text) from pg_advisory_xact_lock_shared(7) as slowly")
"""It waits for who holds that lock."""
SLOW_WRITE = asked("select to_json(vault.add_note_slowly($3, 30))")
WRITE = asked("select to_json(vault.add_note($3))")
SLOW_COMMIT = asked("select to_json(vault.add_to_archive($3))")
COUNT = "select count(*) from vault.notes where body = $1"


async def test_a_read_is_asked_again(vault: Vault) -> None:
    database = await vault.open(lock_timeout=60_000)
    await vault.admin.execute("select pg_advisory_lock(7)")
    reading = asyncio.create_task(database.answer(MEMBER, claims(1), SLOW_READ, (), read_only=True))
    first = await vault.running("slowly")
    await vault.end_sessions()
    await vault.running("slowly", other_than=first)
    await vault.admin.execute("select pg_advisory_unlock(7)")
    assert await reading == b'"done"'


async def test_a_read_that_is_lost_twice_is_given_up(vault: Vault) -> None:
    database = await vault.open(lock_timeout=60_000)
    await vault.admin.execute("select pg_advisory_lock(7)")
    reading = asyncio.create_task(database.answer(MEMBER, claims(1), SLOW_READ, (), read_only=True))
    first = await vault.running("slowly")
    await vault.end_sessions()
    await vault.running("slowly", other_than=first)
    await vault.end_sessions()
    with pytest.raises(Unavailable) as raised:
        await reading
    assert raised.value.code == "UNAVAILABLE"
    assert json.loads(await database.answer(MEMBER, claims(1), WHO, (), read_only=True)) == [MEMBER, "1"]


async def test_a_write_is_not_done_twice(vault: Vault) -> None:
    database = await vault.open()
    writing = asyncio.create_task(database.answer(MEMBER, claims(1), SLOW_WRITE, ("once",), read_only=False))
    await vault.running("add_note_slowly")
    await vault.end_sessions()
    with pytest.raises(Unavailable) as raised:
        await writing
    assert (raised.value.code, raised.value.status) == ("OUTCOME_UNKNOWN", 503)
    assert await vault.admin.fetchval(COUNT, "once") == 0
    await database.answer(MEMBER, claims(1), WRITE, ("once",), read_only=False)
    assert await vault.admin.fetchval(COUNT, "once") == 1


async def test_a_restart_between_two_statements_is_not_felt(vault: Vault, connections: list[Any]) -> None:
    database = await vault.open(pool_size=3)
    for number in range(3):
        who = [database.answer(MEMBER, claims(sub), WHO, (), read_only=True) for sub in range(3)]
        assert [json.loads(answer)[1] for answer in await asyncio.gather(*who)] == ["0", "1", "2"]
        await vault.end_sessions()
        await lost(connections)
        await database.answer(MEMBER, claims(1), WRITE, (f"after restart {number}",), read_only=False)
        assert await vault.admin.fetchval(COUNT, f"after restart {number}") == 1


async def test_a_loss_in_the_moment_of_writing(vault: Vault) -> None:
    """Whether the gateway knows of the loss by then is chance; that it writes once at most is not."""
    database = await vault.open()
    for number in range(20):
        body = f"note of chance {number}"
        await database.answer(MEMBER, claims(1), WHO, (), read_only=True)
        ending = asyncio.create_task(vault.end_sessions())
        await asyncio.sleep(number * 0.0002)
        writing = database.answer(MEMBER, claims(1), WRITE, (body,), read_only=False)
        (outcome,) = await asyncio.gather(writing, return_exceptions=True)
        await ending
        written = await vault.admin.fetchval(COUNT, body)
        if isinstance(outcome, GatepostError):
            assert outcome.code in ("OUTCOME_UNKNOWN", "UNAVAILABLE")
            assert written == 0 or (written == 1 and outcome.code == "OUTCOME_UNKNOWN")
        else:
            assert written == 1


async def test_a_loss_at_the_commit(vault: Vault) -> None:
    database = await vault.open()
    writing = asyncio.create_task(database.answer(MEMBER, claims(1), SLOW_COMMIT, ("single",), read_only=False))
    await vault.asleep()
    await vault.end_sessions()
    with pytest.raises(Unavailable) as raised:
        await writing
    assert raised.value.code == "OUTCOME_UNKNOWN"

    writing_two = asyncio.create_task(in_transaction(database, (SLOW_COMMIT, "in a transaction")))
    await vault.asleep()
    await vault.running("COMMIT")
    await vault.end_sessions()
    (lost,) = await asyncio.gather(writing_two, return_exceptions=True)
    assert isinstance(lost, Exception)
    assert told_of_write(lost).code == "OUTCOME_UNKNOWN"
    assert await vault.admin.fetchval("select count(*) from vault.archive") == 0
    assert json.loads(await database.answer(MEMBER, claims(1), WHO, (), read_only=True)) == [MEMBER, "1"]


async def test_a_loss_within_a_transaction(vault: Vault) -> None:
    database = await vault.open()
    writing = asyncio.create_task(in_transaction(database, (WRITE, "first of two"), (SLOW_WRITE, "second of two")))
    await vault.running("add_note_slowly")
    await vault.end_sessions()
    (lost,) = await asyncio.gather(writing, return_exceptions=True)
    assert isinstance(lost, Exception)
    assert told_of_write(lost).code == "OUTCOME_UNKNOWN"
    assert await vault.admin.fetchval("select count(*) from vault.notes where body like '%of two'") == 0
    await database.answer(MEMBER, claims(1), WRITE, ("first of two",), read_only=False)


async def test_a_server_that_falls_silent(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """No packet tells that it is gone, as when its machine loses power: nobody waits for longer than statements may."""
    monkeypatch.setattr("gatepost.transaction.database._GRACE", 0.6)
    database = await vault.open(statement_timeout=400)
    for read_only, code in ((False, "OUTCOME_UNKNOWN"), (True, None)):
        assert json.loads(await database.answer(MEMBER, claims(1), WHO, ())) == [MEMBER, "1"]
        (session,) = await vault.sessions()
        os.kill(session, signal.SIGSTOP)
        try:
            async with asyncio.timeout(30):
                if code is None:
                    assert json.loads(await database.answer(MEMBER, claims(1), WHO, ())) == [MEMBER, "1"]
                else:
                    with pytest.raises(Unavailable) as raised:
                        await database.answer(MEMBER, claims(1), WHO, (), read_only=read_only)
                    assert raised.value.code == code
        finally:
            os.kill(session, signal.SIGCONT)
        async with asyncio.timeout(30):
            while session in await vault.sessions():
                await asyncio.sleep(0.01)


async def test_a_statement_ends_whose_gateway_has_died(vault: Vault) -> None:
    database = await vault.open()
    connection = await database.connect()
    statement = asyncio.create_task(connection.fetchval("select pg_sleep(30), 'nobody waits'"))
    await vault.running("nobody waits")
    connection.terminate()
    await asyncio.wait([statement])
    assert statement.exception() is not None
    await vault.idle("nobody waits", within=8)  # before statement_timeout would end it


@pytest.mark.parametrize("limit", ["1h", "0"])
async def test_a_role_of_more_patience(vault: Vault, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr("gatepost.transaction.database._GRACE", 0.3)
    name = await vault.admin.fetchval("select quote_ident(current_database())")
    await vault.admin.execute(f"alter role vault_member in database {name} set statement_timeout = '{limit}'")
    database = await vault.open(statement_timeout=300)
    slowly = asked("select to_json(vault.slowly(0.9))")
    assert await database.answer(MEMBER, claims(1), slowly, ()) == b'"done"'


async def test_without_a_server(vault: Vault) -> None:
    database = await vault.open()
    await vault.admin.execute("alter role vault_gateway connection limit 0")
    try:
        for read_only in (True, False):
            with pytest.raises(Unavailable) as raised:
                await database.answer(MEMBER, claims(1), WHO, (), read_only=read_only)
            assert raised.value.code == "UNAVAILABLE"
        with pytest.raises(Unavailable):
            await database.ping()
    finally:
        await vault.admin.execute("alter role vault_gateway connection limit -1")
    await database.ping()
