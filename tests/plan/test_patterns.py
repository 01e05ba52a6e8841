"""Texts that Postgres compiles are bounded before it sees them."""

from __future__ import annotations

from typing import Any

import pytest

from gatepost.errors import BadRequest
from gatepost.plan import patterns
from tests.api import Api

PEOPLE = "query ($f: PersonFilter, $o: [PersonOrderBy!]) { people(filter: $f, orderBy: $o) { totalCount } }"
TITLE = {"name": {"eq": "a"}}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "^a+(b|c)?$",
        r"^[A-Z]{2}-[0-9]{1,6}$",
        r"^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$",
        r"\(a{1,100}\){1,100}",
        "[(]{1,99}(a)",
        "[]{(]{1,1000}",
        "[[:alpha:]]{1,255}",
        "{1,100}))",
        "a{0}",
        "a{,5}",
    ],
)
def test_expressions_that_people_write_pass(text: str) -> None:
    assert patterns.regex(text) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x" * 501, 501),
        ("(a{1,100}){1,100}", 10_000),
        ("(((a{1,100}){1,100}){1,100}){1,2}", 2_000_000),
        ("((a{50}){50,})", 2_500),
        ("a{1,255}" * 10, 2_550),
        ("(" * 20 + "a" + "{1,255})" * 20, 1_000_000_000),
    ],
)
def test_expressions_that_unfold_are_refused(text: str, value: int) -> None:
    with pytest.raises(BadRequest) as caught:
        patterns.regex(text)
    assert caught.value.extensions == {
        "code": "TOO_COMPLEX",
        "limit": 500 if len(text) > 500 else 2_000,
        "value": value,
    }


@pytest.mark.parametrize("text", ["(((a{1,100}){1,100}){1,100}){1,2}", "(a|b|c|d)*" * 60])
@pytest.mark.parametrize("operator", ["regex", "regexInsensitive"])
async def test_a_filter_with_a_bomb_is_refused_before_postgres_compiles_it(shop: Api, text: str, operator: str) -> None:
    for query in (PEOPLE, f'{{ people(filter: {{ name: {{ {operator}: "{text}" }} }}) {{ totalCount }} }}'):
        reply = await shop.reply(query, {"f": {"name": {operator: text}}})
        assert (reply.status, reply.code) == (400, "TOO_COMPLEX")


@pytest.mark.parametrize(
    ("variables", "value"),
    [
        ({"f": {"and": [TITLE] * 501}}, 501),
        ({"f": {"or": [{"mentor": TITLE}] * 101}}, 505),
        ({"f": {"pupils": {"some": {"and": [TITLE] * 500}}}}, 504),
        ({"o": [{"name": "ASC"}] * 501}, 501),
        ({"o": [{"mentor": {"name": "ASC"}}] * 101}, 505),
    ],
)
async def test_conditions_of_variables_are_bounded(shop: Api, variables: dict[str, Any], value: int) -> None:
    for _ in range(2):
        reply = await shop.reply(PEOPLE, variables)
        assert (reply.status, reply.code) == (400, "TOO_COMPLEX")
        assert reply.errors[0]["extensions"] == {"code": "TOO_COMPLEX", "limit": 500, "value": value}


async def test_conditions_of_all_fields_count_together(shop: Api) -> None:
    fields = " ".join(f"a{place}: people(filter: $f) {{ totalCount }}" for place in range(6))
    query = f"query ($f: PersonFilter) {{ {fields} }}"
    assert "errors" not in (await shop.reply(query, {"f": {"and": [TITLE] * 80}})).body
    assert (await shop.reply(query, {"f": {"and": [TITLE] * 90}})).code == "TOO_COMPLEX"


async def test_a_list_of_values_is_one_condition(shop: Api) -> None:
    assert "errors" not in (await shop.reply(PEOPLE, {"f": {"name": {"in": ["a"] * 1_900}}})).body


async def test_relations_are_bounded_where_fragments_multiply_them(shop: Api) -> None:
    parts = [
        f"fragment F{place} on Person {{ mentor {{ ...F{place + 1} }} pupils {{ nodes {{ ...F{place + 1} }} }} }}"
        for place in range(7)
    ]
    query = f"{{ people(first: 1) {{ nodes {{ ...F0 }} }} }} {' '.join(parts)} fragment F7 on Person {{ id }}"
    reply = await shop.reply(query)
    assert (reply.status, reply.code) == (400, "TOO_COMPLEX")
    assert reply.errors[0]["extensions"]["limit"] == 200
