"""What an operation may cost: the fields of all rows that it can answer, told and bounded before anything runs."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gatepost.auth.caller import Caller
from gatepost.engine.engine import RequestContext
from gatepost.errors import SetUpError
from gatepost.settings import Settings
from tests.api import ANONYMOUS, MEMBER, SHOP, SHOP_SETTINGS, Api, CreateDatabase, opened

NESTED = "query ($n: Int, $m: Int) { people(first: $n) { nodes { pupils(first: $m) { nodes { id } } } } }"


@pytest.fixture(scope="module")
async def priced(create_database: CreateDatabase) -> AsyncIterator[Api]:
    """A shop where an operation may cost 20,000, and a member's 1,000."""
    url = await create_database(SHOP, user="shop_gateway")
    async with opened(url, **SHOP_SETTINGS, max_cost=20_000, role_costs=(f"{MEMBER}=1000",)) as api:
        yield api


@pytest.fixture(scope="module")
async def planned(create_database: CreateDatabase) -> AsyncIterator[Api]:
    """A shop where Postgres may expect a cost of 400."""
    url = await create_database(SHOP, user="shop_gateway")
    async with opened(url, **SHOP_SETTINGS, max_planner_cost=400) as api:
        yield api


async def cost(api: Api, query: str, role: str = MEMBER, **variables: Any) -> int:
    """What the answer says that an operation may cost, or else the error that refuses it."""
    context = RequestContext(Caller(role, json.dumps({"role": role})), tell_cost=True)
    answer = await api.gateway.engine.execute(query=query, variables=variables, context=context)
    if context.cost is not None:
        assert b'"errors"' not in answer.body, answer.body
        return context.cost["value"]
    (error,) = json.loads(answer.body)["errors"]
    assert error["extensions"]["code"] == "TOO_COSTLY", error
    assert answer.status == 400
    value: int = error["extensions"]["value"]
    return value


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ __typename }", 1),
        ("{ people(first: 10) { nodes { id name } } }", 1 + 10 * 3),
        ("{ people(last: 10) { edges { cursor node { id } } } }", 1 + 10 * 4),
        ("{ people { nodes { id } pageInfo { endCursor } } }", 1 + 50 * 2 + 2),
        ("{ people(first: 0) { nodes { id name } } }", 1),
        ("{ people { totalCount } }", 1 + 100),
        ("{ people { aggregates { count } } }", 1 + 100 + 2),
        ("{ people { groupedAggregates(groupBy: [{ mood: VALUE }], first: 5) { count } } }", 1 + 100 + 5 * 2),
        ("{ people { groupedAggregates(groupBy: [{ mood: VALUE }]) { count } } }", 1 + 100 + 500 * 2),
        ("{ people(first: 3) { nodes { mentor { name mentor { name } } } } }", 1 + 3 * 5),
        ("{ people(first: 2) { nodes { ...P ...P a: id @skip(if: true) } } } fragment P on Person { id }", 1 + 2 * 2),
        ("{ countdown(start: 3) }", 10 + 1000),
        ("{ people(first: 1, filter: { pupils: { some: { mentor: { id: { eq: 1 } } } } }) { nodes { id } } }", 203),
        ("{ people(first: 1, orderBy: [{ mentor: { name: ASC } }]) { nodes { id } } }", 103),
        ("mutation { roll { result } }", 10 + 1 + 1),
    ],
)
async def test_a_document_costs(priced: Api, query: str, expected: int) -> None:
    assert await cost(priced, query, ANONYMOUS) == expected


async def test_pages_of_variables_cost_what_these_ask_for(priced: Api) -> None:
    # The first has the plan made, which the others share.
    for first, inner in ((2, 3), (20, 20), (0, 500), (5, 1)):
        assert await cost(priced, NESTED, ANONYMOUS, n=first, m=inner) == 1 + first * (2 + inner * 2)
    assert await cost(priced, NESTED, ANONYMOUS, n=3) == 1 + 3 * (2 + 50 * 2)
    assert await cost(priced, NESTED, ANONYMOUS, n=100, m=100) == 1 + 100 * (2 + 200)


async def test_what_costs_too_much_is_refused_with_limit_and_value(priced: Api) -> None:
    for variables in ({"n": 500, "m": 500}, {"n": 499, "m": 499}):
        reply = await priced.reply(NESTED, variables)
        (error,) = reply.errors
        value = 1 + variables["n"] * (2 + variables["m"] * 2)
        assert reply.status == 400
        assert list(reply.body) == ["errors"]
        assert error["extensions"] == {"code": "TOO_COSTLY", "limit": 20_000, "value": value}
        assert f"may cost 20,000 and comes to {value:,}" in error["message"]
    assert (await priced.data(NESTED, {"n": 5, "m": 5}))["people"] is not None


async def test_a_role_has_a_limit_of_its_own_whoever_had_the_plan_made(priced: Api) -> None:
    query = "{ people(first: 400) { nodes { id name } } }"
    assert "errors" not in (await priced.reply(query, role=ANONYMOUS)).body
    assert (await priced.reply(query, role=MEMBER)).errors[0]["extensions"]["limit"] == 1_000
    assert "errors" not in (await priced.reply(NESTED, {"n": 30, "m": 30}, role=ANONYMOUS)).body
    assert (await priced.reply(NESTED, {"n": 30, "m": 30}, role=MEMBER)).code == "TOO_COSTLY"
    assert "errors" not in (await priced.reply(NESTED, {"n": 10, "m": 10}, role=MEMBER)).body


async def test_a_page_beyond_its_bound_is_refused_for_that(priced: Api) -> None:
    for size in (-1, 501, 2**31 - 1):
        assert (await priced.reply(NESTED, {"n": size, "m": 1})).code == "PAGE_SIZE"
        assert (await priced.reply(f"{{ people(first: {size}) {{ nodes {{ id }} }} }}")).code == "PAGE_SIZE"


async def test_values_that_a_mutation_writes_cost_and_so_do_the_rows_it_answers(priced: Api) -> None:
    query = "mutation ($p: [PersonInput!]!) { createPeople: createShopPeople(input: { people: $p }) { people { id } } }"
    rows = [{"name": f"n{place}", "mood": "happy"} for place in range(150)]
    reply = await priced.reply(query, {"p": rows}, role=MEMBER)
    assert reply.code == "TOO_COSTLY"
    assert reply.errors[0]["extensions"]["value"] == 1 + 150 * 2 * 10 + 150 * 2
    assert await priced.sql("select count(*) from shop.people where name = 'n1'") == [0]
    assert "errors" not in (await priced.reply(query, {"p": rows[:2]}, role=MEMBER)).body


async def test_three_pages_of_twenty_within_one_another_are_no_matter(shop: Api) -> None:
    fields = "id name email mood hidden alias mentorId nodeId"
    inmost = f"pupils(first: 20) {{ nodes {{ {fields} }} }}"
    pages = f"{{ people(first: 20) {{ nodes {{ {fields} pupils(first: 20) {{ nodes {{ {fields} {inmost} }} }} }} }} }}"
    assert await cost(shop, pages, ANONYMOUS) == 1 + 20 * (9 + 1 + 20 * (9 + 1 + 20 * 9))
    assert (await shop.reply(NESTED.replace("id", f"id {inmost}"), {"n": 500, "m": 500})).code == "TOO_COSTLY"


async def test_what_postgres_expects_of_a_query_is_bounded(planned: Api) -> None:
    assert "errors" not in (await planned.reply("{ people(first: 1) { nodes { id } } }")).body
    reply = await planned.reply("{ people { nodes { pupils { nodes { pupils { nodes { id } } } } } } }")
    (error,) = reply.errors
    assert (reply.status, reply.code) == (400, "TOO_COSTLY")
    assert error["extensions"]["limit"] == 400
    assert error["extensions"]["value"] > 400
    # One digit: more would tell how many rows there are.
    assert str(error["extensions"]["value"]).strip("0") in "123456789"


async def test_what_postgres_expects_of_a_mutation_is_known_before_it_writes(planned: Api) -> None:
    step = '%s: createPerson(input: { name: "Expected" }) { person { id } query { %s } }'
    costly = "people { nodes { pupils { nodes { pupils { nodes { id } } } } } }"
    written = "select count(*) from shop.people where name = 'Expected'"
    for steps in (step % ("a", costly), step % ("a", "__typename") + step % ("b", costly)):
        assert (await planned.reply(f"mutation {{ {steps} }}", role=MEMBER)).code == "TOO_COSTLY"
        assert await planned.sql(written) == [0]
    assert "errors" not in (await planned.reply(f"mutation {{ {step % ('a', '__typename')} }}", role=MEMBER)).body
    assert await planned.sql(written) == [1]


@pytest.mark.parametrize("text", ["shop_member", "shop_member=", "=5", "shop_member=0", "shop_member=-1", "other=5"])
def test_costs_of_roles_are_checked(text: str) -> None:
    with pytest.raises(SetUpError, match="role_costs"):
        Settings(database_url="postgresql://nowhere/nothing", authenticated_role="shop_member", role_costs=(text,))


def aliased(field: str, count: int = 100) -> str:
    return " ".join(f"a{place}: {field}" for place in range(count))


@pytest.mark.parametrize(
    "asked",
    [
        f"(filter: $filter) {{ {aliased('totalCount')} }}",
        f"(filter: $filter) {{ {aliased('aggregates { count }')} }}",
        f'(filter: $filter, after: "x") {{ pageInfo {{ {aliased("hasPreviousPage")} }} }}',
        f"(orderBy: $order) {{ edges {{ {aliased('cursor')} }} }}",
        f"(orderBy: $order) {{ aggregates {{ arrayAgg {{ {aliased('name')} }} }} }}",
        f"{{ {aliased('groupedAggregates(groupBy: [{ mood: VALUE }], having: $having) { count }', 60)} }}",
    ],
)
async def test_conditions_count_as_often_as_the_statement_says_them(shop: Api, asked: str) -> None:
    types = {"filter": "PersonFilter", "order": "[PersonOrderBy!]", "having": "PersonAggregatesFilter"}
    given: dict[str, object] = {
        "filter": {"or": [{"name": {"eq": "x"}}] * 6},
        "order": [{"name": "ASC"}] * 6,
        "having": {"or": [{"count": {"gte": 1}}] * 10},
    }
    (name,) = (name for name in types if f"${name}" in asked)
    reply = await shop.reply(f"query (${name}: {types[name]}) {{ people{asked} }}", {name: given[name]})
    (error,) = reply.errors
    assert (error["extensions"]["code"], error["extensions"]["limit"]) == ("TOO_COMPLEX", 500)
    assert error["extensions"]["value"] > 500


async def test_rows_that_are_found_again_and_again_count_as_relations(shop: Api) -> None:
    reply = await shop.reply(f"{{ people {{ {aliased('totalCount', 201)} }} }}")
    assert (reply.status, reply.code, reply.errors[0]["extensions"]["limit"]) == (400, "TOO_COMPLEX", 200)
    data = await shop.data(f"{{ people {{ {aliased('totalCount', 200)} }} }}")
    assert len(data["people"]) == 200
