"""Functions of SQL as fields: of a row, of a query."""

from __future__ import annotations

from tests.api import Api


async def test_functions_of_a_row(shop: Api) -> None:
    data = await shop.data(
        """{ people(first: 3) { nodes { title short: title(greeting: "Yo") none: title(greeting: null) orderCount
               initials boss { name } bosses { nodes { name orderCount } totalCount pageInfo { hasNextPage } } } } }"""
    )
    assert data["people"]["nodes"] == [
        {
            "title": "Dear Ada Lovelace",
            "short": "Yo Ada Lovelace",
            "none": None,
            "orderCount": "2",
            "initials": ["A", "L"],
            "boss": None,
            "bosses": {"nodes": [], "totalCount": 0, "pageInfo": {"hasNextPage": False}},
        },
        {
            "title": "Dear Bob",
            "short": "Yo Bob",
            "none": None,
            "orderCount": "1",
            "initials": ["B"],
            "boss": {"name": "Ada Lovelace"},
            "bosses": {
                "nodes": [{"name": "Ada Lovelace", "orderCount": "2"}],
                "totalCount": 1,
                "pageInfo": {"hasNextPage": False},
            },
        },
        {
            "title": "Dear Cyd",
            "short": "Yo Cyd",
            "none": None,
            "orderCount": "0",
            "initials": ["C"],
            "boss": {"name": "Bob"},
            "bosses": {
                "nodes": [{"name": "Bob", "orderCount": "1"}, {"name": "Ada Lovelace", "orderCount": "2"}],
                "totalCount": 2,
                "pageInfo": {"hasNextPage": False},
            },
        },
    ]


async def test_functions_of_a_row_that_was_looked_up(shop: Api) -> None:
    data = await shop.data(
        "{ person(id: 3) { title boss { boss { title orderCount } }"
        " edges: bosses(last: 1) { edges { node { name } } } } }"
    )
    assert data["person"] == {
        "title": "Dear Cyd",
        "boss": {"boss": {"title": "Dear Ada Lovelace", "orderCount": "2"}},
        "edges": {"edges": [{"node": {"name": "Ada Lovelace"}}]},
    }


async def test_values_and_rows(shop: Api) -> None:
    data = await shop.data(
        """{ greet named: greet(name: "Ada", times: 2) addUp(numbers: ["1", 2, null], extra: "0.5") countdown(start: 3)
             nothing: countdown(start: 0) firstPerson { name mentor { id } title } feeling(mood: sad)
             checkCode(code: "AB-1") }"""
    )
    assert data == {
        "greet": "Hello you! ",
        "named": "Hello Ada! Hello Ada! ",
        "addUp": "3.5",
        "countdown": [3, 2, 1],
        "nothing": [],
        "firstPerson": {"name": "Ada Lovelace", "mentor": None, "title": "Dear Ada Lovelace"},
        "feeling": "feels sad",
        "checkCode": "AB-1",
    }


async def test_a_function_that_finds_no_row(own_shop: Api) -> None:
    await own_shop.sql("truncate shop.people cascade")
    assert await own_shop.data("{ firstPerson { name } }") == {"firstPerson": None}


async def test_rows_in_the_functions_own_order(shop: Api) -> None:
    query = """query ($a: String) { findPeople(filterArgument: "", first: 2, after: $a) {
                 nodes { name } pageInfo { hasNextPage hasPreviousPage endCursor } totalCount } }"""
    first = (await shop.data(query))["findPeople"]
    assert first["nodes"] == [{"name": "Eve"}, {"name": "Cyd"}]
    assert first["totalCount"] == 4
    second = (await shop.data(query, {"a": first["pageInfo"]["endCursor"]}))["findPeople"]
    assert second["nodes"] == [{"name": "Bob"}, {"name": "Ada Lovelace"}]
    assert (second["pageInfo"]["hasNextPage"], second["pageInfo"]["hasPreviousPage"]) == (False, True)


async def test_rows_of_a_function_filter_and_sort_like_a_table(shop: Api) -> None:
    data = await shop.data(
        """{ filtered: findPeople(filterArgument: "", firstArgument: true, filter: {name: {ne: "Cyd"}}) {
               nodes { name } }
             last: findPeople(filterArgument: "", last: 1) { nodes { name } }
             sorted: findPeople(filterArgument: "", orderBy: [{name: ASC}], first: 2) { nodes { name ordersByBuyer {
               totalCount } } } }"""
    )
    assert data == {
        "filtered": {"nodes": [{"name": "Eve"}, {"name": "Bob"}, {"name": "Ada Lovelace"}]},
        "last": {"nodes": [{"name": "Ada Lovelace"}]},
        "sorted": {
            "nodes": [
                {"name": "Ada Lovelace", "ordersByBuyer": {"totalCount": 2}},
                {"name": "Bob", "ordersByBuyer": {"totalCount": 1}},
            ]
        },
    }


async def test_an_argument_that_its_domain_refuses(shop: Api) -> None:
    reply = await shop.reply('{ checkCode(code: "ab") }')
    assert reply.code == "CHECK_VIOLATION"
    assert reply.body["data"] is None
