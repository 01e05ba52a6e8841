"""Rows that differ in some columns: which one stands for those that are alike, and pages of them."""

from __future__ import annotations

import pytest

from tests.api import Api

CASES = {
    "distinct: [note]": [1, 2, 4],
    "distinct: note": [1, 2, 4],
    "distinct: [note], orderBy: [{id: DESC}]": [5, 4, 3],
    "distinct: [note], orderBy: [{price: DESC_NULLS_LAST}]": [1, 3, 4],
    "distinct: [note, sellerId]": [1, 2, 3, 4, 5],
    "distinct: [sellerId], orderBy: [{quantity: DESC}, {id: DESC}]": [5, 4, 2],
    "distinct: [label]": [1, 3, 4, 5],
    "distinct: [note], filter: {quantity: {gt: 1}}": [2, 4, 5],
    "distinct: [note], first: 2": [1, 2],
    "distinct: [note], last: 2": [2, 4],
    "distinct: [note], first: 1, offset: 1": [2],
    "distinct: []": [1, 2, 3, 4, 5],
    "distinct: null": [1, 2, 3, 4, 5],
    "distinct: [note], orderBy: [{seller: {name: DESC_NULLS_LAST}}]": [4, 3, 1],
}


@pytest.mark.parametrize("arguments", CASES)
async def test_distinct(market: Api, arguments: str) -> None:
    data = await market.data(
        f"""{{ nodes: sales({arguments}) {{ nodes {{ id }} }}
               edges: sales({arguments}) {{ edges {{ node {{ id }} }} }} }}"""
    )
    assert [row["id"] for row in data["nodes"]["nodes"]] == CASES[arguments]
    assert [edge["node"]["id"] for edge in data["edges"]["edges"]] == CASES[arguments]


async def test_counts_and_aggregates_are_of_the_rows_that_are_left(market: Api) -> None:
    data = await market.data(
        """query ($of: [SaleDistinct!]) { sales(distinct: $of) {
             totalCount aggregates { count sum { quantity } arrayAgg { id } }
             groupedAggregates(groupBy: [{note: VALUE}]) { keys { note } count } } }""",
        {"of": ["note"]},
    )
    assert data["sales"] == {
        "totalCount": 3,
        "aggregates": {"count": 3, "sum": {"quantity": "6"}, "arrayAgg": {"id": [1, 2, 4]}},
        "groupedAggregates": [
            {"keys": {"note": "one"}, "count": 1},
            {"keys": {"note": "two"}, "count": 1},
            {"keys": {"note": None}, "count": 1},
        ],
    }


async def test_pages_of_distinct_rows(market: Api) -> None:
    query = """query ($after: String) { sales(distinct: [note], orderBy: [{quantity: DESC}], first: 1, after: $after) {
      edges { cursor node { id seller { name } } } pageInfo { hasNextPage hasPreviousPage endCursor } } }"""
    after, seen = None, []
    while True:
        page = (await market.data(query, {"after": after}))["sales"]
        seen.append(page["edges"][0]["node"])
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == [
        {"id": 5, "seller": None},
        {"id": 4, "seller": {"name": "Bob"}},
        {"id": 3, "seller": {"name": "Bob"}},
    ]


async def test_distinct_related_rows(market: Api) -> None:
    data = await market.data("{ sellers { nodes { sales(distinct: [sellerId]) { nodes { id } totalCount } } } }")
    assert data["sellers"]["nodes"] == [
        {"sales": {"nodes": [{"id": 1}], "totalCount": 1}},
        {"sales": {"nodes": [{"id": 3}], "totalCount": 1}},
        {"sales": {"nodes": [], "totalCount": 0}},
    ]


async def test_distinct_rows_across_a_junction_table(shop: Api) -> None:
    data = await shop.data(
        """{ orders(first: 1) { nodes {
               productsViaOrderItems(distinct: [live], orderBy: [{name: ASC}]) {
                 edges { quantity node { name } } totalCount } } } }"""
    )
    assert data["orders"]["nodes"][0]["productsViaOrderItems"] == {
        "edges": [{"quantity": 2, "node": {"name": '100% "Tea"'}}, {"quantity": 1, "node": {"name": "Snow_man"}}],
        "totalCount": 2,
    }


async def test_distinct_rows_of_a_function_come_in_its_own_order(shop: Api) -> None:
    data = await shop.data(
        """{ findPeople(filterArgument: "", distinct: [mood]) {
               nodes { name mood } totalCount edges { cursor } pageInfo { hasNextPage } } }"""
    )
    assert data["findPeople"]["nodes"] == [
        {"name": "Eve", "mood": "ok"},
        {"name": "Cyd", "mood": "sad"},
        {"name": "Ada Lovelace", "mood": "happy"},
    ]
    assert data["findPeople"]["totalCount"] == 3
