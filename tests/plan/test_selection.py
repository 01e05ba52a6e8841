"""What is selected, and how it is said: aliases, fragments, directives, merged fields, the order of keys, nulls."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api

LONG = "a" * 70

CASES: dict[str, tuple[str, dict[str, Any], str]] = {
    "keys stand in the order of the document": (
        "{ z: greet, person(id: 1) { name id }, a: greet }",
        {},
        '{"z":"Hello you! ","person":{"name":"Ada Lovelace","id":"1"},"a":"Hello you! "}',
    ),
    "aliases": (
        "{ x: person(id: 1) { a: name b: name } y: person(id: 2) { a: name } }",
        {},
        '{"x":{"a":"Ada Lovelace","b":"Ada Lovelace"},"y":{"a":"Bob"}}',
    ),
    "an alias longer than an identifier of Postgres": (
        f"{{ person(id: 2) {{ {LONG}: name {LONG}b: email m: mentor {{ {LONG}: name }} }} }}",
        {},
        f'{{"person":{{"{LONG}":"Bob","{LONG}b":"Bob@Example.org","m":{{"{LONG}":"Ada Lovelace"}}}}}}',
    ),
    "a long alias of nothing": (
        f"{{ person(id: 1) {{ name mentor {{ {LONG}: name }} }} {LONG}: person(id: 99) {{ id }} }}",
        {},
        f'{{"person":{{"name":"Ada Lovelace","mentor":null}},"{LONG}":null}}',
    ),
    "aliases with capitals and keywords": (
        "{ person(id: 1) { SELECT: id select: id From: name } }",
        {},
        '{"person":{"SELECT":"1","select":"1","From":"Ada Lovelace"}}',
    ),
    "the same field twice is merged": (
        "{ person(id: 2) { mentor { id } id mentor { name mentor { id } } id } }",
        {},
        '{"person":{"mentor":{"id":"1","name":"Ada Lovelace","mentor":null},"id":"2"}}',
    ),
    "a connection twice is merged": (
        "{ people(first: 1) { nodes { id } } people(first: 1) { totalCount nodes { name } } }",
        {},
        '{"people":{"nodes":[{"id":"1","name":"Ada Lovelace"}],"totalCount":4}}',
    ),
    "typename at every level": (
        "{ __typename people(first: 1) { __typename edges { __typename node { __typename } }"
        " pageInfo { __typename } } }",
        {},
        '{"__typename":"Query","people":{"__typename":"PersonConnection","edges":[{"__typename":"PersonEdge",'
        '"node":{"__typename":"Person"}}],"pageInfo":{"__typename":"PageInfo"}}}',
    ),
    "nothing but typename": (
        "{ person(id: 1) { __typename } gone: person(id: 99) { __typename } }",
        {},
        '{"person":{"__typename":"Person"},"gone":null}',
    ),
    "fragments within fragments": (
        "{ person(id: 2) { ...A } } fragment A on Person { id ...B mentor { ...B } } fragment B on Person { name }",
        {},
        '{"person":{"id":"2","name":"Bob","mentor":{"name":"Ada Lovelace"}}}',
    ),
    "inline fragments, with and without a type": (
        "{ ... { person(id: 1) { ... on Person { id } ... { name } ... on Node { nodeId } } } }",
        {},
        '{"person":{"id":"1","name":"Ada Lovelace","nodeId":"WyJQZXJzb24iLCAiMSJd"}}',
    ),
    "a fragment on an interface": (
        "{ person(id: 1) { ...N } } fragment N on Node { __typename ... on Person { name } ... on Order { number } }",
        {},
        '{"person":{"__typename":"Person","name":"Ada Lovelace"}}',
    ),
    "skip and include with literals": (
        "{ person(id: 1) { id @skip(if: true) name @include(if: true)"
        " email @include(if: false) mood @skip(if: false) } }",
        {},
        '{"person":{"name":"Ada Lovelace","mood":"happy"}}',
    ),
    "skip wins over include": (
        "{ person(id: 1) { id name @include(if: true) @skip(if: true) } }",
        {},
        '{"person":{"id":"1"}}',
    ),
    "everything below is skipped": (
        "query ($no: Boolean!) { person(id: 1) { id @skip(if: $no) } }",
        {"no": True},
        '{"person":{}}',
    ),
    "everything is skipped": ("{ greet @skip(if: true) }", {}, "{}"),
    "fragments are skipped and included": (
        "query ($yes: Boolean!) { person(id: 1) { ...F @include(if: $yes) ... @skip(if: $yes) { id } } }"
        " fragment F on Person { name }",
        {"yes": True},
        '{"person":{"name":"Ada Lovelace"}}',
    ),
    "a fragment that was skipped may still be spread": (
        "{ person(id: 1) { ...F @skip(if: true) ...F } } fragment F on Person { name }",
        {},
        '{"person":{"name":"Ada Lovelace"}}',
    ),
    "arguments of nested connections are their own": (
        "{ people(first: 2) { nodes { id one: buyerOrders(first: 1) { nodes { number } }"
        " two: buyerOrders(orderBy: [{number: DESC}]) { nodes { number } totalCount } } } }",
        {},
        '{"people":{"nodes":[{"id":"1","one":{"nodes":[{"number":1}]},"two":{"nodes":[{"number":2},{"number":1}],'
        '"totalCount":2}},{"id":"2","one":{"nodes":[{"number":1}]},"two":{"nodes":[{"number":1}],"totalCount":1}}]}}',
    ),
    "no rows are an empty list": (
        "{ person(id: 3) { pupils { nodes { id } edges { cursor } totalCount } } }",
        {},
        '{"person":{"pupils":{"nodes":[],"edges":[],"totalCount":0}}}',
    ),
}


def packed(text: str) -> str:
    """JSON without the spaces that Postgres puts between the items of a list."""
    return text.replace(", {", ",{").replace("\n", "")


@pytest.mark.parametrize("name", CASES)
async def test_selection(shop: Api, name: str) -> None:
    query, variables, expected = CASES[name]
    query = query.replace("buyerOrders", "ordersByBuyer")
    reply = await shop.reply(query, variables)
    assert packed(reply.text) == f'{{"data":{expected}}}'


async def test_a_directive_with_a_variable_decides_at_each_request(shop: Api) -> None:
    query = "query ($all: Boolean! = false) { person(id: 1) { id name @include(if: $all) } }"
    assert await shop.data(query, {"all": True}) == {"person": {"id": "1", "name": "Ada Lovelace"}}
    assert await shop.data(query, {"all": False}) == {"person": {"id": "1"}}
    assert await shop.data(query) == {"person": {"id": "1"}}
    assert await shop.data(query, {"all": True}) == {"person": {"id": "1", "name": "Ada Lovelace"}}


async def test_one_to_one_and_many_to_many(shop: Api) -> None:
    data = await shop.data(
        """{ order(shopId: 1, number: 1) {
               buyer { name } seller { name } invoice { memo order { number } }
               orderItems(orderBy: [{quantity: ASC}]) { nodes { quantity product { name } } }
               productsViaOrderItems(orderBy: [{name: DESC}]) { nodes { name orderedIn { nodes { shopId number } } } }
             }
             none: order(shopId: 1, number: 2) { invoice { memo } productsViaOrderItems { totalCount } } }"""
    )
    assert data == {
        "order": {
            "buyer": {"name": "Ada Lovelace"},
            "seller": {"name": "Bob"},
            "invoice": {"memo": "paid", "order": {"number": 1}},
            "orderItems": {
                "nodes": [
                    {"quantity": 1, "product": {"name": "Snow_man"}},
                    {"quantity": 2, "product": {"name": '100% "Tea"'}},
                ]
            },
            "productsViaOrderItems": {
                "nodes": [
                    {"name": "Snow_man", "orderedIn": {"nodes": [{"shopId": 1, "number": 1}]}},
                    {
                        "name": '100% "Tea"',
                        "orderedIn": {"nodes": [{"shopId": 1, "number": 1}, {"shopId": 2, "number": 1}]},
                    },
                ]
            },
        },
        "none": {"invoice": None, "productsViaOrderItems": {"totalCount": 0}},
    }


async def test_a_self_reference_leads_both_ways(shop: Api) -> None:
    data = await shop.data(
        "{ person(id: 2) { mentor { name pupils { nodes { name } } } pupils { nodes { name mentor { id } } } } }"
    )
    assert data == {
        "person": {
            "mentor": {"name": "Ada Lovelace", "pupils": {"nodes": [{"name": "Bob"}]}},
            "pupils": {"nodes": [{"name": "Cyd", "mentor": {"id": "2"}}]},
        }
    }


async def test_names_with_quotes_spaces_capitals_and_keywords(shop: Api) -> None:
    data = await shop.data(
        """{ oddTables(filter: {orColumn: {eq: "o"}, upper: {eq: "U"}, or: [{quoTe: {eq: "q"}}]},
                       orderBy: [{perCent: DESC}]) {
               nodes { select orColumn notColumn andColumn camelCase upper withSpace withSpaceColumn quoTe _1st
                       perCent colonX grosse } } }"""
    )
    assert data["oddTables"]["nodes"] == [
        {
            "select": 1,
            "orColumn": "o",
            "notColumn": "n",
            "andColumn": "a",
            "camelCase": "cc",
            "upper": "U",
            "withSpace": "ws",
            "withSpaceColumn": "w_s",
            "quoTe": "q",
            "_1st": "f",
            "perCent": "p",
            "colonX": "c",
            "grosse": "g",
        }
    ]
