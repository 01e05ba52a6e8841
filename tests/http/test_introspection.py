"""A role that may not look at the schema is told nothing of it that it did not ask for by name."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gatepost.errors import SetUpError
from tests.api import ANONYMOUS, MEMBER, SHOP, SHOP_SETTINGS, Api, CreateDatabase, opened

INTROSPECTIONS = [
    "{ __schema { types { name } } }",
    '{ __type(name: "Query") { name } }',
    '{ __typename a: __type(name: "Query") { fields { name } } }',
    "{ ...F } fragment F on Query { ... { __schema { queryType { name } } } }",
    "query Q($i: Boolean = true) { __schema @include(if: $i) { queryType { name } } }",
]
WRONG = [
    ("{ product { nam } }", {}),
    ("{ produc(id: 1) { id } }", {}),
    ("{ products(frist: 1) { nodes { id } } }", {}),
    ("{ products(orderBy: [{ name: DESCC }]) { nodes { id } } }", {}),
    ("query Q($o: [ProductOrderBy!]) { products(orderBy: $o) { nodes { id } } }", {"o": [{"name": "DESCC"}]}),
    ("query Q($o: [ProductOrderBy!]) { products(orderBy: $o) { nodes { id } } }", {"o": [{"nam": "DESC"}]}),
]


@pytest.fixture(scope="module")
async def closed(create_database: CreateDatabase) -> AsyncIterator[Api]:
    """A shop whose schema members may look at, and strangers may not."""
    url = await create_database(SHOP, user="shop_gateway")
    async with opened(url, **SHOP_SETTINGS, introspection=(MEMBER,)) as api:
        yield api


@pytest.mark.parametrize("query", INTROSPECTIONS)
async def test_introspection_is_off_for_one_role_and_on_for_another(closed: Api, query: str) -> None:
    for _ in range(2):
        reply = await closed.reply(query, role=ANONYMOUS)
        assert (reply.status, reply.code) == (400, "INTROSPECTION_OFF")
        assert list(reply.body) == ["errors"]
        await closed.data(query, role=MEMBER)


async def test_what_is_not_asked_of_the_schema_is_answered(closed: Api) -> None:
    assert await closed.data("{ __typename products(first: 0) { __typename } }") == {
        "__typename": "Query",
        "products": {"__typename": "ProductConnection"},
    }
    query = "query Q($i: Boolean = true) { __typename __schema @skip(if: $i) { queryType { name } } }"
    assert await closed.data(query) == {"__typename": "Query"}


@pytest.mark.parametrize("field", ["__schema { types { name } }", '__type(name: "Person") { name }'])
async def test_the_query_within_a_payload_is_no_root(closed: Api, field: str) -> None:
    query = f'mutation {{ updatePerson(input: {{ id: "1", patch: {{ name: "X" }} }}) {{ query {{ {field} }} }} }}'
    before = await closed.sql("select name from shop.people where id = 1")
    reply = await closed.reply(query, role=MEMBER)
    assert (reply.status, reply.code) == (400, "BAD_REQUEST")
    assert reply.errors[0]["message"].endswith("can be asked only at the root of a query.")
    assert await closed.sql("select name from shop.people where id = 1") == before


@pytest.mark.parametrize(("query", "variables"), WRONG)
async def test_errors_do_not_suggest_names_of_a_schema_that_is_hidden(
    closed: Api, query: str, variables: dict[str, object]
) -> None:
    hints = await closed.reply(query, variables, role=MEMBER)
    assert any("Did you mean" in error["message"] for error in hints.errors)
    silent = await closed.reply(query, variables, role=ANONYMOUS)
    assert silent.errors
    assert "Did you mean" not in silent.text
    assert silent.status == hints.status


async def test_it_can_be_off_for_all(create_database: CreateDatabase) -> None:
    url = await create_database(SHOP, user="shop_gateway")
    async with opened(url, **SHOP_SETTINGS, introspection=("none",)) as api:
        for role in (ANONYMOUS, MEMBER):
            assert (await api.reply(INTROSPECTIONS[0], role=role)).code == "INTROSPECTION_OFF"


async def test_a_role_that_is_none_is_refused_at_the_start(create_database: CreateDatabase) -> None:
    with pytest.raises(SetUpError, match="introspection: shop_membr"):
        async with opened("postgresql://nowhere/none", **SHOP_SETTINGS, introspection=("shop_membr",)):
            pass
