"""Answers that are lost on the way from Postgres: what was committed is not reported as undone, nor sent again."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from gatepost.errors import Unavailable
from gatepost.transaction import Database
from gatepost.transaction.failures import told_of_write
from tests.transaction.conftest import MEMBER, WHO, Vault, asked, claims, in_transaction

WRITE = asked("select to_json(vault.add_note($3))")
COUNT = "select count(*) from vault.notes where body = $1"


class Postman:
    """Stands between the gateway and Postgres; once it is told a word, it keeps the answer to the message with it."""

    def __init__(self, socket: Path) -> None:
        self.word: bytes | None = None
        self.kept = 0
        self._socket = socket

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, to_server = await asyncio.open_unix_connection(str(self._socket))
        asking = False

        async def ask() -> None:
            nonlocal asking
            while message := await reader.read(65_536):
                asking = asking or (self.word is not None and self.word in message)
                to_server.write(message)

        async def answer() -> None:
            while message := await answers.read(65_536):
                if asking:
                    self.kept, self.word = self.kept + 1, None
                    return
                writer.write(message)

        ways = [asyncio.create_task(ask()), asyncio.create_task(answer())]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        writer.close()
        to_server.close()


@pytest.fixture
async def postman(vault: Vault) -> AsyncIterator[Postman]:
    parts = urlsplit(vault.settings.database_url)
    postman = Postman(Path(parse_qs(parts.query)["host"][0]) / ".s.PGSQL.5432")
    server = await asyncio.start_server(postman.carry, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    vault.settings = dataclasses.replace(
        vault.settings, database_url=f"postgresql://{parts.username}@127.0.0.1:{port}{parts.path}?sslmode=disable"
    )
    yield postman
    server.close()


async def opened(vault: Vault) -> Database:
    database = await vault.open()
    await database.answer(MEMBER, claims(1), WRITE, ("at first",), read_only=False)
    return database


@pytest.mark.parametrize("runs", [1, 2])
async def test_the_answer_of_a_mutation(vault: Vault, postman: Postman, runs: int) -> None:
    database = await opened(vault)
    statement = WRITE
    if runs == 2:
        statement = asked("select case when $3 = 1 then to_json(vault.add_note($4)) else to_json($4) end")
        await database.answer(MEMBER, claims(1), statement, ("at first, in two runs",), runs=2, read_only=False)
    postman.word = b"the lost one"
    with pytest.raises(Unavailable) as raised:
        await database.answer(MEMBER, claims(1), statement, ("the lost one",), runs=runs, read_only=False)
    assert raised.value.code == "OUTCOME_UNKNOWN"
    assert postman.kept == 1
    assert await vault.admin.fetchval(COUNT, "the lost one") == 1


async def test_the_answer_of_a_commit(vault: Vault, postman: Postman) -> None:
    database = await opened(vault)
    postman.word = b"COMMIT"
    (lost,) = await asyncio.gather(in_transaction(database, (WRITE, "one"), (WRITE, "two")), return_exceptions=True)
    assert isinstance(lost, Exception)
    assert told_of_write(lost).code == "OUTCOME_UNKNOWN"
    assert postman.kept == 1
    assert await vault.admin.fetchval("select count(*) from vault.notes where body in ('one', 'two')") == 2


async def test_the_answer_of_a_query_is_asked_for_again(vault: Vault, postman: Postman) -> None:
    database = await opened(vault)
    postman.word = claims(7).encode()
    assert json.loads(await database.answer(MEMBER, claims(7), WHO, ())) == [MEMBER, "7"]
    assert postman.kept == 1
