"""A connection's parts beside one another, in one statement."""

from __future__ import annotations

from tests.api import Api


async def test_one_statement_answers_pages_aggregates_and_groups(market: Api) -> None:
    data = await market.data(
        """query ($n: Int!, $least: BigInt!) {
           sellers(first: $n, orderBy: [{sales: {sum: {quantity: DESC_NULLS_LAST}}}]) {
             edges { cursor node { name sales(distinct: [note], first: 1) {
               nodes { id } totalCount pageInfo { hasNextPage }
               aggregates { count arrayAgg { note } }
               groupedAggregates(groupBy: [{paid: VALUE}], having: {sum: {quantity: {gte: $least}}}) {
                 keys { paid } sum { quantity } } } } }
             aggregates { count } totalCount } }""",
        {"n": 1, "least": "3"},
    )
    (edge,) = data["sellers"]["edges"]
    assert edge["node"] == {
        "name": "Bob",
        "sales": {
            "nodes": [{"id": 3}],
            "totalCount": 2,
            "pageInfo": {"hasNextPage": True},
            "aggregates": {"count": 2, "arrayAgg": {"note": ["two", None]}},
            "groupedAggregates": [
                {"keys": {"paid": True}, "sum": {"quantity": "3"}},
                {"keys": {"paid": None}, "sum": {"quantity": "3"}},
            ],
        },
    }
    assert (data["sellers"]["aggregates"], data["sellers"]["totalCount"]) == ({"count": 3}, 3)


async def test_aggregates_of_a_functions_rows_and_across_a_junction_table(shop: Api) -> None:
    data = await shop.data(
        """{ findPeople(filterArgument: "") { aggregates { count arrayAgg { name } }
               groupedAggregates(groupBy: [{mood: VALUE}]) { keys { mood } count } }
             orders(filter: {productsViaOrderItems: {aggregates: {count: {gt: 1}}}}) {
               nodes { number productsViaOrderItems { aggregates { count sum { stock } min { name } } } } } }"""
    )
    assert data == {
        "findPeople": {
            "aggregates": {"count": 4, "arrayAgg": {"name": ["Eve", "Cyd", "Bob", "Ada Lovelace"]}},
            "groupedAggregates": [
                {"keys": {"mood": "sad"}, "count": 1},
                {"keys": {"mood": "ok"}, "count": 2},
                {"keys": {"mood": "happy"}, "count": 1},
            ],
        },
        "orders": {
            "nodes": [
                {
                    "number": 1,
                    "productsViaOrderItems": {
                        "aggregates": {
                            "count": 2,
                            "sum": {"stock": "9223372036854775807"},
                            "min": {"name": '100% "Tea"'},
                        }
                    },
                }
            ]
        },
    }


async def test_a_mutations_payload_counts_what_it_wrote(own_shop: Api) -> None:
    data = await own_shop.data(
        """mutation { createPerson(input: {name: "Zoe"}) {
             query { people(filter: {name: {eq: "Zoe"}}) { aggregates { count max { name } } } } } }""",
        role="shop_member",
    )
    assert data["createPerson"]["query"]["people"]["aggregates"] == {"count": 1, "max": {"name": "Zoe"}}


async def test_columns_of_a_junction_table_with_the_longest_names(market: Api) -> None:
    name = "firstOfTwoColumnsOfAJunctionTableWithTheLongestNames"
    data = await market.data(
        f"{{ sellers(first: 1) {{ nodes {{ markets {{ edges {{ {name} node {{ id }} }} }} }} }} }}"
    )
    assert data["sellers"]["nodes"][0]["markets"]["edges"] == [{name: 7, "node": {"id": 1}}]
