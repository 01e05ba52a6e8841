"""Variables wherever a value may stand, and what null, absent and default mean there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api

ALL = ["Ada Lovelace", "Bob", "Cyd", "Eve"]


def page(declared: str, arguments: str) -> str:
    return f"query ({declared}) {{ people({arguments}) {{ nodes {{ name }} }} }}"


CASES: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "a value within a filter": (
        page("$n: String", "filter: {name: {eq: $n}}"),
        {"n": "Bob"},
        ["Bob"],
    ),
    "null within a filter sets no condition": (page("$n: String", "filter: {name: {eq: $n}}"), {"n": None}, ALL),
    "absent within a filter sets no condition": (page("$n: String", "filter: {name: {eq: $n}}"), {}, ALL),
    "a default takes the place of an absent one": (
        page('$n: String = "Eve"', "filter: {name: {eq: $n}}"),
        {},
        ["Eve"],
    ),
    "a null is not replaced by the default": (
        page('$n: String = "Eve"', "filter: {name: {eq: $n}}"),
        {"n": None},
        ALL,
    ),
    "the operators of a field": (
        page("$f: StringFilter", "filter: {name: $f}"),
        {"f": {"in": ["Bob", "Eve"], "ne": "Bob"}},
        ["Eve"],
    ),
    "a whole filter": (
        page("$f: PersonFilter", "filter: $f"),
        {"f": {"or": [{"name": {"eq": "Bob"}}, {"mentor": {"name": {"eq": "Bob"}}}]}},
        ["Bob", "Cyd"],
    ),
    "a whole filter that is absent": (page("$f: PersonFilter", "filter: $f"), {}, ALL),
    "an item of a list of filters": (
        page("$f: PersonFilter!, $n: String", "filter: {or: [$f, {name: {eq: $n}}]}"),
        {"f": {"name": {"eq": "Cyd"}}, "n": "Eve"},
        ["Cyd", "Eve"],
    ),
    "a list": (page("$n: [String!]", "filter: {name: {in: $n}}"), {"n": ["Cyd", "Bob"]}, ["Bob", "Cyd"]),
    "an empty list": (page("$n: [String!]", "filter: {name: {in: $n}}"), {"n": []}, []),
    "one value for a list": (page("$n: [String!]", "filter: {name: {in: $n}}"), {"n": "Cyd"}, ["Cyd"]),
    "an item of a list": (
        page("$n: String!", 'filter: {name: {in: ["Bob", $n]}}'),
        {"n": "Eve"},
        ["Bob", "Eve"],
    ),
    "an enum": (page("$m: Mood", "filter: {mood: {eq: $m}}"), {"m": "ok"}, ["Bob", "Eve"]),
    "a list of enums": (
        page("$m: [Mood!]", "filter: {mood: {in: $m}}"),
        {"m": ["ok", "sad"]},
        ["Bob", "Cyd", "Eve"],
    ),
    "a boolean operator, true": (page("$b: Boolean", "filter: {email: {isNull: $b}}"), {"b": True}, ["Cyd", "Eve"]),
    "a boolean operator, false": (
        page("$b: Boolean", "filter: {email: {isNull: $b}}"),
        {"b": False},
        ["Ada Lovelace", "Bob"],
    ),
    "a direction": (
        page("$d: OrderDirection!", "orderBy: [{name: $d}]"),
        {"d": "DESC"},
        ALL[::-1],
    ),
    "an ordering": (
        page("$o: PersonOrderBy!", "orderBy: [$o]"),
        {"o": {"mentor": {"name": "DESC_NULLS_LAST"}}},
        ["Cyd", "Bob", "Eve", "Ada Lovelace"],
    ),
    "all orderings": (
        page("$o: [PersonOrderBy!]", "orderBy: $o"),
        {"o": [{"mood": "ASC"}, {"name": "DESC"}]},
        ["Cyd", "Eve", "Bob", "Ada Lovelace"],
    ),
    "no orderings": (page("$o: [PersonOrderBy!]", "orderBy: $o"), {"o": []}, ALL),
    "the size of a page": (page("$n: Int", "first: $n"), {"n": 2}, ["Ada Lovelace", "Bob"]),
    "a null size": (page("$n: Int", "first: $n"), {"n": None}, ALL),
    "the last rows": (page("$n: Int", "last: $n"), {"n": 1}, ["Eve"]),
    "an offset": (page("$n: Int", "offset: $n"), {"n": 3}, ["Eve"]),
    "first absent beside last": (page("$f: Int, $l: Int", "first: $f, last: $l"), {"l": 2}, ["Cyd", "Eve"]),
}


@pytest.mark.parametrize("name", CASES)
async def test_variable(shop: Api, name: str) -> None:
    query, variables, expected = CASES[name]
    data = await shop.data(query, variables)
    assert [row["name"] for row in data["people"]["nodes"]] == expected


async def test_one_text_with_variables_of_many_shapes(shop: Api) -> None:
    """Plans are kept by the shape of the variables: another shape must not meet a kept one."""
    query = page("$f: PersonFilter, $n: Int", "filter: $f, first: $n")
    for _ in range(2):
        for variables, expected in (
            ({"f": {"name": {"eq": "Bob"}}}, ["Bob"]),
            ({"f": {"name": {"ne": "Bob"}}, "n": 1}, ["Ada Lovelace"]),
            ({"f": {"name": {"eq": "Eve"}}}, ["Eve"]),
            ({"f": {"name": {"eq": None}}}, ALL),
            ({"f": {"name": None}}, ALL),
            ({"f": {"email": {"isNull": True}}}, ["Cyd", "Eve"]),
            ({"f": {"email": {"isNull": False}}}, ["Ada Lovelace", "Bob"]),
            ({"f": {"not": {"name": {"in": ["Bob", "Cyd"]}}}}, ["Ada Lovelace", "Eve"]),
            ({"f": {"not": {"name": {"in": ["Bob"]}}}}, ["Ada Lovelace", "Cyd", "Eve"]),
            ({"n": 0}, []),
            ({}, ALL),
        ):
            data = await shop.data(query, variables)
            assert [row["name"] for row in data["people"]["nodes"]] == expected, variables


async def test_arguments_of_functions(shop: Api) -> None:
    query = "query ($n: String, $t: Int) { greet(name: $n, times: $t) }"
    assert await shop.data(query) == {"greet": "Hello you! "}
    assert await shop.data(query, {"n": "Ada"}) == {"greet": "Hello Ada! "}
    assert await shop.data(query, {"n": None}) == {"greet": "Hello nobody! "}
    assert await shop.data(query, {"n": "x", "t": 2}) == {"greet": "Hello x! Hello x! "}


@pytest.mark.parametrize(
    ("declared", "use", "value", "says"),
    [
        ("$n: Int!", "people(first: $n) { totalCount }", "two", "Int cannot represent non-integer value"),
        ("$i: BigInt!", "person(id: $i) { id }", "9223372036854775808", "64-bit"),
        ("$i: BigInt!", "person(id: $i) { id }", None, "null"),
        ("$i: BigInt!", "person(id: $i) { id }", True, "64-bit"),
        ("$m: Mood!", "feeling(mood: $m)", "glad", "Mood"),
        ("$f: PersonFilter!", "people(filter: $f) { totalCount }", {"nam": {}}, "nam"),
        ("$o: [PersonOrderBy!]!", "people(orderBy: $o) { totalCount }", [{"name": "ASC", "id": "ASC"}], "OneOf"),
        ("$u: UUID!", "product(id: $u) { id }", "1234", "UUID"),
    ],
)
async def test_a_variable_that_does_not_fit_is_refused(
    shop: Api, declared: str, use: str, value: object, says: str
) -> None:
    name = declared[1 : declared.index(":")]
    reply = await shop.reply(f"query ({declared}) {{ {use} }}", {name: value})
    assert reply.status == 400
    assert "data" not in reply.body
    assert reply.code == "BAD_USER_INPUT"
    assert says in reply.errors[0]["message"]


async def test_each_variable_that_does_not_fit_is_told(shop: Api) -> None:
    reply = await shop.reply("query ($a: Int!, $b: Int!) { people(first: $a, offset: $b) { totalCount } }")
    assert [error["locations"] for error in reply.errors] == [
        [{"line": 1, "column": 8}],
        [{"line": 1, "column": 18}],
    ]
