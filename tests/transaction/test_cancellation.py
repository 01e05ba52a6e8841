"""A client that goes away: its statement ends in Postgres, and the session serves the next one."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import aiohttp
import pytest

from gatepost.auth.tokens import Signer
from gatepost.http.server import serve
from tests.transaction.conftest import MEMBER, Vault

SLOWLY = "{ slowly(seconds: 60) }"
ADD = 'mutation { addNoteSlowly(input: { body: "given up", seconds: 60 }) { result } }'
ADD_TWO = """
mutation {
  addNote(input: { body: "one of two" }) { note { id } }
  addNoteSlowly(input: { body: "two of two", seconds: 60 }) { result }
}
"""
_WAITING = """
select count(*) from pg_locks
 where not granted and database = (select oid from pg_database where datname = current_database())
"""


@dataclasses.dataclass
class Server:
    url: str
    headers: dict[str, str]

    async def ask(self, query: str) -> Any:
        async with (
            aiohttp.ClientSession(headers=self.headers) as http,
            http.post(f"{self.url}/graphql", json={"query": query}) as response,
        ):
            return await response.json()

    async def start(self, query: str) -> asyncio.StreamWriter:
        """Sends a request over a connection of its own, and leaves it unanswered."""
        host, port = self.url.removeprefix("http://").split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        body = json.dumps({"query": query}).encode()
        head = {"host": host, "content-type": "application/json", "content-length": str(len(body)), **self.headers}
        lines = ["POST /graphql HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""]
        writer.write("\r\n".join(lines).encode() + body)
        await writer.drain()
        return writer


@pytest.fixture
async def server(vault: Vault, request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    """A server whose own limits are beyond the tests' patience; a parameter is another `pool_timeout`."""
    settings = dataclasses.replace(
        vault.settings,
        port=0,
        pool_timeout=getattr(request, "param", 60.0),
        statement_timeout=60_000,
        lock_timeout=60_000,
        jwt_secret="a secret of the tests, 32 bytes long",
    )
    listening: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve(settings, ready=listening.set_result))
    await asyncio.wait((task, listening), return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()
    token = Signer(settings).sign("1", MEMBER)
    yield Server(listening.result(), {"authorization": f"Bearer {token}"})
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("query", [SLOWLY, ADD, ADD_TWO])
async def test_a_client_that_goes_away_cancels_its_statement(vault: Vault, server: Server, query: str) -> None:
    assert await server.ask("{ __typename }") == {"data": {"__typename": "Query"}}
    for _ in range(3):
        client = await server.start(query)
        session = await vault.running("slowly")
        client.close()
        await client.wait_closed()
        await vault.idle("slowly")
        assert await server.ask("{ slowly(seconds: 0) }") == {"data": {"slowly": "done"}}
        assert await vault.sessions() == [session]
    assert (
        await vault.admin.fetchval("select count(*) from vault.notes where owner = 1 and body not like 'note %'") == 0
    )
    # Nothing is left open that would hold locks.
    assert await vault.in_transaction() == 0


@pytest.mark.parametrize(
    "query",
    [
        'mutation { addNote(input: { body: "waits" }) { note { id } } }',
        'mutation { a: addNote(input: { body: "waits too" }) { note { id } } b: secondly { result } }',
        "{ notes { nodes { id } } }",
    ],
)
async def test_one_who_waits_for_a_lock_is_cancelled_as_well(vault: Vault, server: Server, query: str) -> None:
    query = query.replace("secondly", 'addNoteSlowly(input: { body: "secondly", seconds: 0 })')
    assert await server.ask("{ notes { totalCount } }") == {"data": {"notes": {"totalCount": 10}}}
    async with vault.admin.transaction():
        await vault.admin.execute("lock table vault.notes in access exclusive mode")
        client = await server.start(query)
        async with asyncio.timeout(30):
            while not await vault.admin.fetchval(_WAITING):
                await asyncio.sleep(0.01)
        client.close()
        async with asyncio.timeout(30):
            while await vault.admin.fetchval(_WAITING):
                await asyncio.sleep(0.01)
    assert await server.ask("{ notes { totalCount } }") == {"data": {"notes": {"totalCount": 10}}}
    assert await vault.in_transaction() == 0


@pytest.mark.parametrize("server", [1.0], indirect=True)
async def test_a_full_pool_answers_503_within_its_time(vault: Vault, server: Server) -> None:
    client = await server.start(SLOWLY)
    await vault.running("slowly")
    began = time.monotonic()
    async with (
        aiohttp.ClientSession(headers=server.headers) as http,
        http.post(f"{server.url}/graphql", json={"query": "{ notes { totalCount } }"}) as response,
    ):
        answer = await response.json()
    assert (response.status, response.headers["retry-after"]) == (503, "1")
    assert answer["errors"][0]["extensions"]["code"] == "BUSY"
    assert 1 <= time.monotonic() - began < 30  # and not the minute that the other's statement takes
    client.close()


async def test_who_waited_for_a_session_goes_on(vault: Vault, server: Server) -> None:
    client = await server.start(SLOWLY)
    await vault.running("slowly")
    waiting = [asyncio.create_task(server.ask("{ slowly(seconds: 0) }")) for _ in range(3)]
    await asyncio.sleep(0.1)
    assert not any(task.done() for task in waiting)
    client.close()
    assert await asyncio.wait_for(asyncio.gather(*waiting), 30) == [{"data": {"slowly": "done"}}] * 3
