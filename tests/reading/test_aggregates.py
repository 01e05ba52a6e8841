"""Aggregates of all rows, of related rows and of groups, with the rows' filter; what they filter and order."""

from __future__ import annotations

import pytest

from tests.api import MEMBER, Api, CreateDatabase, opened


async def test_each_function_gives_what_postgres_gives(market: Api) -> None:
    data = await market.data(
        """{ sales { aggregates {
               count keys { id }
               sum { quantity stock price weight lasted }
               avg { quantity stock price weight lasted }
               min { quantity price soldAt day lasted paid key note }
               max { quantity price soldAt day lasted paid label key note }
               stddev { quantity weight } stddevPop { quantity } variance { quantity } variancePop { quantity }
               distinctCount { id note label price }
               boolAnd { paid } boolOr { paid }
               arrayAgg { id price label paid } } } }"""
    )
    assert data["sales"]["aggregates"] == {
        "count": 5,
        "keys": None,
        "sum": {"quantity": "14", "stock": "9223372036854775813", "price": "16.30", "weight": 8, "lasted": "PT3H30M"},
        "avg": {
            "quantity": "2.8000000000000000",
            "stock": "2305843009213693953",
            "price": "4.0750000000000000",
            "weight": 2,
            "lasted": "PT1H10M",
        },
        "min": {
            "quantity": 1, "price": "0.20", "soldAt": "2024-01-31T23:30:00+00:00", "day": "2024-01-31",
            "lasted": "PT30M", "paid": False,
            "key": "00000000-0000-0000-0000-000000000001", "note": "one",
        },
        "max": {
            "quantity": 5, "price": "10.10", "soldAt": "2024-02-15T12:00:00+00:00", "day": "2024-02-15",
            "lasted": "PT2H", "paid": True, "label": "c",
            "key": "00000000-0000-0000-0000-000000000002", "note": "two",
        },
        "stddev": {"quantity": "1.4832396974191326", "weight": 1.4719601443879744},
        "stddevPop": {"quantity": "1.3266499161421599"},
        "variance": {"quantity": "2.2000000000000000"},
        "variancePop": {"quantity": "1.7600000000000000"},
        "distinctCount": {"id": 5, "note": 2, "label": 3, "price": 4},
        "boolAnd": {"paid": False},
        "boolOr": {"paid": True},
        "arrayAgg": {
            "id": [1, 2, 3, 4, 5],
            "price": ["10.10", "0.20", "5.00", None, "1.00"],
            "label": ["a", "A", "B", None, "c"],
            "paid": [True, False, True, None, True],
        },
    }  # fmt: skip


async def test_of_no_rows(market: Api) -> None:
    data = await market.data(
        """{ sales(filter: {id: {lt: 0}}) {
               aggregates {
                 count sum { quantity } min { note } distinctCount { note } boolAnd { paid } arrayAgg { id } }
               groupedAggregates(groupBy: [{note: VALUE}]) { count } } }"""
    )
    assert data["sales"] == {
        "aggregates": {
            "count": 0,
            "sum": {"quantity": None},
            "min": {"note": None},
            "distinctCount": {"note": 0},
            "boolAnd": {"paid": None},
            "arrayAgg": {"id": []},
        },
        "groupedAggregates": [],
    }


async def test_each_value_once(market: Api) -> None:
    data = await market.data(
        """query ($once: Boolean) { sales { aggregates {
             twice: sum { quantity } sum(distinct: true) { quantity } avg(distinct: $once) { quantity }
             arrayAgg(distinct: true) { quantity label note } } } }""",
        {"once": True},
    )
    assert data["sales"]["aggregates"] == {
        "twice": {"quantity": "14"},
        "sum": {"quantity": "11"},
        "avg": {"quantity": "2.7500000000000000"},
        "arrayAgg": {"quantity": [1, 2, 3, 5], "label": ["a", "B", "c", None], "note": ["one", "two", None]},
    }


async def test_with_filter_order_and_aliases_beside_the_page(market: Api) -> None:
    data = await market.data(
        """{ sales(first: 1, filter: {quantity: {gte: 2}}, orderBy: [{id: DESC}]) {
               totalCount nodes { id }
               a: aggregates { __typename n: count s: sum { __typename q: quantity r: quantity } }
               aggregates { arrayAgg { id } } } }"""
    )
    assert data["sales"] == {
        "totalCount": 4,
        "nodes": [{"id": 5}],
        "a": {"__typename": "SaleAggregates", "n": 4, "s": {"__typename": "SaleSums", "q": "13", "r": "13"}},
        "aggregates": {"arrayAgg": {"id": [5, 4, 3, 2]}},
    }


async def test_of_related_rows_and_computed_fields(market: Api) -> None:
    data = await market.data(
        """{ sellers {
               nodes { name sold sales { aggregates { count sum { price } }
                 groupedAggregates(groupBy: [{note: VALUE}]) { keys { note } count } } }
               aggregates { sum { sold } max { sold name } } } }"""
    )
    assert data["sellers"] == {
        "nodes": [
            {
                "name": "Ada",
                "sold": "3",
                "sales": {
                    "aggregates": {"count": 2, "sum": {"price": "10.30"}},
                    "groupedAggregates": [
                        {"keys": {"note": "one"}, "count": 1},
                        {"keys": {"note": "two"}, "count": 1},
                    ],
                },
            },
            {
                "name": "Bob",
                "sold": "6",
                "sales": {
                    "aggregates": {"count": 2, "sum": {"price": "5.00"}},
                    "groupedAggregates": [
                        {"keys": {"note": "two"}, "count": 1},
                        {"keys": {"note": None}, "count": 1},
                    ],
                },
            },
            {
                "name": "Cyd",
                "sold": None,
                "sales": {"aggregates": {"count": 0, "sum": {"price": None}}, "groupedAggregates": []},
            },
        ],
        "aggregates": {"sum": {"sold": "9"}, "max": {"sold": "6", "name": "Cyd"}},
    }


async def test_row_security_and_column_grants_hold(market: Api) -> None:
    data = await market.data("{ sales { aggregates { count max { note secret } } } }", role=MEMBER)
    assert data["sales"]["aggregates"] == {"count": 6, "max": {"note": "two", "secret": 7}}
    data = await market.data("{ sales { aggregates { count max { quantity } } } }")
    assert data["sales"]["aggregates"] == {"count": 5, "max": {"quantity": 5}}
    reply = await market.reply("{ sales { aggregates { max { secret } } } }")
    assert reply.code == "GRAPHQL_VALIDATION_FAILED"


GROUPS = {
    "groupBy: [{note: VALUE}]": [("one", 2, "6"), ("two", 2, "5"), (None, 1, "3")],
    "groupBy: {note: VALUE}": [("one", 2, "6"), ("two", 2, "5"), (None, 1, "3")],
    "groupBy: [{note: VALUE}], orderBy: [{count: ASC}, {keys: {note: DESC}}]": [
        (None, 1, "3"), ("two", 2, "5"), ("one", 2, "6"),
    ],
    "groupBy: [{note: VALUE}], orderBy: [{keys: {note: DESC_NULLS_LAST}}]": [
        ("two", 2, "5"), ("one", 2, "6"), (None, 1, "3"),
    ],
    "groupBy: [{note: VALUE}], orderBy: [{sum: {quantity: ASC}}]": [(None, 1, "3"), ("two", 2, "5"), ("one", 2, "6")],
    "groupBy: [{note: VALUE}], orderBy: {max: {price: DESC_NULLS_LAST}}": [
        ("one", 2, "6"), ("two", 2, "5"), (None, 1, "3"),
    ],
    "groupBy: [{note: VALUE}], having: {count: {gt: 1}}": [("one", 2, "6"), ("two", 2, "5")],
    "groupBy: [{note: VALUE}], having: {sum: {quantity: {gt: \"5\"}}}": [("one", 2, "6")],
    "groupBy: [{note: VALUE}], having: {min: {price: {isNull: true}}}": [(None, 1, "3")],
    "groupBy: [{note: VALUE}], having: {not: {min: {note: {startsWith: \"o\"}}}}": [("two", 2, "5"), (None, 1, "3")],
    "groupBy: [{note: VALUE}], having: {or: [{avg: {quantity: {lt: 3}}}, {count: {eq: 1}}]}": [
        ("two", 2, "5"), (None, 1, "3"),
    ],
    "groupBy: [{note: VALUE}], having: {and: [{count: {eq: 2}}, {distinctCount: {quantity: {eq: 2}}}]}": [
        ("one", 2, "6"), ("two", 2, "5"),
    ],
    "groupBy: [{note: VALUE}], having: {}": [("one", 2, "6"), ("two", 2, "5"), (None, 1, "3")],
    "groupBy: [{note: VALUE}], having: null, orderBy: null": [("one", 2, "6"), ("two", 2, "5"), (None, 1, "3")],
    "groupBy: [{note: VALUE}], first: 1, offset: 1": [("two", 2, "5")],
    "groupBy: [{note: VALUE}], first: 0": [],
    "groupBy: []": [(None, 5, "14")],
}  # fmt: skip


@pytest.mark.parametrize("arguments", GROUPS)
async def test_groups(market: Api, arguments: str) -> None:
    data = await market.data(
        f"{{ sales {{ groupedAggregates({arguments}) {{ keys {{ note }} count sum {{ quantity }} }} }} }}"
    )
    found = [
        ((group["keys"] or {"note": None})["note"], group["count"], group["sum"]["quantity"])
        for group in data["sales"]["groupedAggregates"]
    ]
    assert found == GROUPS[arguments]


TIMES = {
    "[{soldAt: DAY}]": [
        ("2024-01-31T00:00:00+00:00", None, 1), ("2024-02-01T00:00:00+00:00", None, 2),
        ("2024-02-15T00:00:00+00:00", None, 1), (None, None, 1),
    ],
    "[{soldAt: MONTH}]": [
        ("2024-01-01T00:00:00+00:00", None, 1), ("2024-02-01T00:00:00+00:00", None, 3), (None, None, 1),
    ],
    "[{soldAt: MONTH}], timeZone: \"Europe/Paris\"": [("2024-01-31T23:00:00+00:00", None, 4), (None, None, 1)],
    "[{soldAt: YEAR}]": [("2024-01-01T00:00:00+00:00", None, 4), (None, None, 1)],
    "[{day: WEEK}]": [(None, "2024-01-29", 3), (None, "2024-02-12", 1), (None, None, 1)],
    "[{day: QUARTER}, {soldAt: YEAR}]": [("2024-01-01T00:00:00+00:00", "2024-01-01", 4), (None, None, 1)],
    "[{day: VALUE}], first: 1": [(None, "2024-01-31", 1)],
}  # fmt: skip


@pytest.mark.parametrize("by", TIMES)
async def test_groups_by_time(market: Api, by: str) -> None:
    data = await market.data(f"{{ sales {{ groupedAggregates(groupBy: {by}) {{ keys {{ soldAt day }} count }} }} }}")
    found = [
        (group["keys"]["soldAt"], group["keys"]["day"], group["count"]) for group in data["sales"]["groupedAggregates"]
    ]
    assert found == TIMES[by]


async def test_grouping_as_variables(market: Api) -> None:
    query = """query ($by: [SaleGroupBy!]!, $having: SaleAggregatesFilter, $order: [SaleGroupOrderBy!], $first: Int) {
      sales { groupedAggregates(groupBy: $by, having: $having, orderBy: $order, first: $first) {
        keys { note soldAt } count } } }"""
    data = await market.data(query, {"by": [{"note": "VALUE"}], "having": {"count": {"gte": 2}}, "first": 5})
    assert data["sales"]["groupedAggregates"] == [
        {"keys": {"note": "one", "soldAt": None}, "count": 2},
        {"keys": {"note": "two", "soldAt": None}, "count": 2},
    ]
    data = await market.data(query, {"by": [{"soldAt": "YEAR"}], "order": [{"keys": {"soldAt": "DESC"}}], "first": 2})
    assert data["sales"]["groupedAggregates"] == [
        {"keys": {"note": None, "soldAt": None}, "count": 1},
        {"keys": {"note": None, "soldAt": "2024-01-01T00:00:00+00:00"}, "count": 4},
    ]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("groupBy: [{note: VALUE}, {note: VALUE}]", "BAD_USER_INPUT"),
        ("groupBy: [{note: VALUE}], orderBy: [{keys: {id: ASC}}]", "BAD_USER_INPUT"),
        ("groupBy: [{note: VALUE}], first: 501", "PAGE_SIZE"),
        ("groupBy: [{note: VALUE}], first: -1", "PAGE_SIZE"),
        ("groupBy: [{note: VALUE}], offset: -1", "PAGE_SIZE"),
        ('groupBy: [{soldAt: DAY}], timeZone: "Nowhere/Else"', "BAD_USER_INPUT"),
        ("groupBy: [{note: DAY}]", "GRAPHQL_VALIDATION_FAILED"),
        ("groupBy: [{day: HOUR}]", "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_groups_that_cannot_be(market: Api, arguments: str, code: str) -> None:
    reply = await market.reply(f"{{ sales {{ groupedAggregates({arguments}) {{ count }} }} }}")
    assert (reply.status, reply.code) == (400, code)


SELLERS = {
    "filter: {sales: {aggregates: {count: {gte: 2}}}}": ["Ada", "Bob"],
    "filter: {sales: {aggregates: {count: {eq: 0}}}}": ["Cyd"],
    "filter: {sales: {aggregates: {sum: {quantity: {gt: 3}}}}}": ["Bob"],
    "filter: {sales: {aggregates: {min: {price: {lt: 1}}}, some: {note: {eq: \"one\"}}}}": ["Ada"],
    "filter: {sales: {aggregates: {}}}": ["Ada", "Bob", "Cyd"],
    "filter: {sales: {aggregates: null}}": ["Ada", "Bob", "Cyd"],
    "orderBy: [{sales: {count: DESC}}, {name: DESC}]": ["Bob", "Ada", "Cyd"],
    "orderBy: [{sales: {sum: {quantity: DESC_NULLS_LAST}}}]": ["Bob", "Ada", "Cyd"],
    "orderBy: [{sales: {min: {price: ASC_NULLS_FIRST}}}]": ["Cyd", "Ada", "Bob"],
    "orderBy: [{sales: {distinctCount: {note: ASC}}}, {name: DESC}]": ["Cyd", "Bob", "Ada"],
    "orderBy: [{sold: DESC}]": ["Cyd", "Bob", "Ada"],
    "orderBy: [{sold: ASC}]": ["Ada", "Bob", "Cyd"],
}  # fmt: skip


@pytest.mark.parametrize("arguments", SELLERS)
async def test_rows_by_what_is_counted_of_others(market: Api, arguments: str) -> None:
    data = await market.data(f"{{ sellers({arguments}) {{ nodes {{ name }} totalCount }} }}")
    assert [row["name"] for row in data["sellers"]["nodes"]] == SELLERS[arguments]
    assert data["sellers"]["totalCount"] == len(SELLERS[arguments])


async def test_an_order_by_counts_along_a_relation(market: Api) -> None:
    data = await market.data(
        "{ sales(orderBy: [{seller: {sales: {count: ASC}}}, {seller: {name: DESC}}, {id: DESC}]) { nodes { id } } }"
    )
    assert [row["id"] for row in data["sales"]["nodes"]] == [4, 3, 2, 1, 5]


async def test_names_as_long_as_postgres_allows(market: Api) -> None:
    one, two = (f"theFirstOfTwoColumnsWhoseNamesAreAsLongAsNameCan{end}" for end in ("Be", "Bf"))
    data = await market.data(
        f"""{{ sales(distinct: [{one}, {two}], orderBy: [{{{two}: ASC}}]) {{
              nodes {{ {one} {two} }} aggregates {{ count sum {{ {one} {two} }} }}
              groupedAggregates(groupBy: [{{{one}: VALUE}}, {{{two}: VALUE}}]) {{ keys {{ {one} {two} }} }} }} }}"""
    )
    assert data["sales"] == {
        "nodes": [{one: 1, two: 2}],
        "aggregates": {"count": 1, "sum": {one: "1", two: "2"}},
        "groupedAggregates": [{"keys": {one: 1, two: 2}}],
    }


async def test_vectors_of_ids_are_one_value_each(create_database: CreateDatabase) -> None:
    url = await create_database("create table calls (takes oidvector); insert into calls values ('3 4'), ('3'), ('3')")
    async with opened(url, schemas=("public",), anonymous_role="postgres") as api:
        query = "{ calls { aggregates { min { takes } max { takes } all: arrayAgg { takes } %s } } }"
        data = await api.data(query % "each: arrayAgg(distinct: true) { takes }", role="postgres")
    assert data["calls"]["aggregates"] == {
        "min": {"takes": "3"},
        "max": {"takes": "3 4"},
        "all": {"takes": ["3", "3", "3 4"]},
        "each": {"takes": ["3", "3 4"]},
    }
