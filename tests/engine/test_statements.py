"""What reaches Postgres, by its own log: a query is one statement, a mutation few round trips in one transaction."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from gatepost.embedded import EmbeddedPostgres
from tests.api import ANONYMOUS, MEMBER, SHOP, SHOP_SETTINGS, Api, CreateDatabase, opened, sql

PARTS = """
fragment Row on Person { nodeId title orderCount mentor { name } pupils(first: 2, orderBy: [{name: DESC}]) {
  totalCount edges { cursor node { name ordersByBuyer(filter: {total: {gt: 1}}) { nodes { invoice { memo } } } } }
  pageInfo { hasNextPage endCursor } } }
"""
QUERIES = [
    "{ greet }",
    "{ person(id: 1) { ...Row } }" + PARTS,
    "{ people(first: 2, filter: {pupils: {some: {name: {ne: null}}}}) { totalCount nodes { ...Row } } }" + PARTS,
    "{ a: people(last: 2) { edges { node { ...Row } } } b: person(id: 2) { ...Row } c: greet firstPerson { ...Row } "
    'd: findPeople(filterArgument: "e") { nodes { ...Row } totalCount } '
    "orders { nodes { orderItems { totalCount } } } }" + PARTS,
    '{ node(nodeId: "WyJQZXJzb24iLCAiMSJd") { ... on Person { ...Row } } __typename __schema { queryType { name } } }'
    + PARTS,
]


class Log:
    """The statements that the server logs for one database."""

    def __init__(self, path: Path, database: str) -> None:
        self._path = path
        self._marker = f"[{database}] "
        self._read = path.stat().st_size

    def taken(self) -> list[str]:
        """What came since the last call, each statement without its parameters; a statement is logged as it starts."""
        with self._path.open("rb") as file:
            file.seek(self._read)
            text = file.read()
        self._read += len(text)
        lines = [line.partition(self._marker)[2] for line in text.decode().splitlines() if self._marker in line]
        found = (re.fullmatch(r"LOG:  (?:statement|execute [^:]*): (.*)", line) for line in lines)
        return [match.group(1) for match in found if match]


@pytest.fixture
async def logged(create_database: CreateDatabase, postgres: EmbeddedPostgres) -> AsyncIterator[tuple[Api, Log]]:
    """A shop of one session, and the log of what is sent to it once each role was taken."""
    url = await create_database(SHOP, user="shop_gateway")
    (name,) = await sql(url, "select current_database()::text")
    await outside(url, "alter system set log_line_prefix = '[%d] '")
    await outside(url, f"alter database \"{name}\" set log_statement = 'all'")
    await outside(url, "select pg_reload_conf()")
    async with opened(url, **{**SHOP_SETTINGS, "pool_size": 1}) as api:
        await api.data("{ greet }", role=MEMBER)
        log = Log(postgres.folder / "postgres.log", name)
        yield api, log
    await outside(url, "alter system reset log_line_prefix")
    await outside(url, "select pg_reload_conf()")


async def outside(url: str, statement: str) -> None:
    """Runs what no transaction may hold."""
    connection = await asyncpg.connect(url, user="postgres")
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.mark.parametrize("place", range(len(QUERIES)))
async def test_a_query_is_one_statement(logged: tuple[Api, Log], place: int) -> None:
    api, log = logged
    for _ in range(2):
        log.taken()
        await api.data(QUERIES[place], role=MEMBER, claims={"sub": "1"})
        (statement,) = log.taken()
        assert statement.lower().startswith("select")


async def test_what_needs_no_database_asks_none(logged: tuple[Api, Log]) -> None:
    api, log = logged
    log.taken()
    await api.data('{ __typename __type(name: "Person") { name } }', role=MEMBER)
    await api.reply("{ nobody }", role=MEMBER)
    await api.reply("{ people(first: -1) { totalCount } }", role=MEMBER)
    assert log.taken() == []


async def test_another_role_is_taken_by_one_statement_more(logged: tuple[Api, Log]) -> None:
    api, log = logged
    log.taken()
    await api.data("{ greet }")
    statements = log.taken()
    assert len(statements) <= 2
    assert "set_config('role'" in statements[0]


@pytest.mark.parametrize(
    "selection",
    ["{ __typename }", "{ person { id name } }", "{ person { id title pupils { totalCount } } query { ...Q } }"],
)
async def test_a_mutation_is_at_most_five_round_trips(logged: tuple[Api, Log], selection: str) -> None:
    api, log = logged
    query = f'mutation {{ renamePerson(input: {{id: 2, name: "B"}}) {selection} }}'
    if "...Q" in selection:
        query += " fragment Q on Query { people { totalCount } greet }"
    log.taken()
    await api.data(query, role=MEMBER)
    statements = log.taken()
    assert 1 <= len(statements) <= 5
    assert sum("rename_person" in statement for statement in statements) <= 2


async def test_several_mutations_share_one_transaction(logged: tuple[Api, Log]) -> None:
    api, log = logged
    log.taken()
    await api.data(
        "mutation { a: roll { result } b: roll(input: {sides: 2}) { result query { greet } } c: roll { result } }",
        role=MEMBER,
    )
    statements = [statement.lower().rstrip(";") for statement in log.taken()]
    assert [statement for statement in statements if statement.startswith(("begin", "commit"))] == ["begin", "commit"]
    assert (statements[0], statements[-1]) == ("begin", "commit")
    assert len(statements) <= 7


async def test_who_sends_ever_other_documents_has_few_and_short_ones_kept_prepared(
    create_database: CreateDatabase,
) -> None:
    url = await create_database(SHOP, user="shop_gateway")
    async with opened(url, **{**SHOP_SETTINGS, "pool_size": 1}) as api:
        for place in range(150):
            await api.data(f"{{ a{place}: people {{ totalCount }} }}")
        for place in range(3):
            pages = " ".join(f"a{place}x{other}: people {{ nodes {{ id name title }} }}" for other in range(40))
            await api.data(f"{{ {pages} }}")
        kept = "select count(*), max(length(statement)) from pg_catalog.pg_prepared_statements"
        [(count, longest)] = await api.gateway.database.fetch(ANONYMOUS, "{}", kept)
    assert 100 < count <= 128
    assert longest <= 16_384
