"""What groups pass by and are ordered by, aggregates of some of the rows, and keys of every type."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import MEMBER, Api
from tests.reading.test_cursors import KINDS

HAVING = {
    'stddev: {quantity: {gt: "2"}}': ["one"],
    'stddevPop: {quantity: {lte: "0.5"}}': ["two", None],
    'variance: {quantity: {isNull: true}}': [None],
    'variancePop: {quantity: {eq: "4"}}': ["one"],
    'stddev: {weight: {gt: 1}}': ["one"],
    "boolAnd: {paid: {eq: true}}": ["one"],
    "boolOr: {paid: {eq: true}}": ["one", "two"],
    "boolOr: {paid: {isNull: true}}": [None],
    "not: {boolAnd: {paid: {eq: true}}}": ["two", None],
    "arrayAgg: {quantity: {contains: [5]}}": ["one"],
    "arrayAgg: {quantity: {eq: [2, 3]}}": ["two"],
    "arrayAgg: {quantity: {overlaps: [1, 3]}}": ["one", "two", None],
    "arrayAgg: {quantity: {any: {gt: 4}}}": ["one"],
    "arrayAgg: {paid: {any: {isNull: true}}}": [None],
    'arrayAgg: {price: {containedBy: ["0.20", "5"]}}': ["two"],
    'arrayAgg: {lasted: {any: {gt: "PT90M"}}}': ["two"],
    'or: [{boolAnd: {paid: {eq: true}}}, {arrayAgg: {id: {contains: [4]}}}]': ["one", None],
    "filter: {quantity: {gt: 2}}, count: {eq: 1}": ["one", "two", None],
    "filter: {paid: {eq: true}}, count: {eq: 1}, sum: {quantity: {eq: 3}}": ["two"],
    "filter: {paid: {eq: true}}, or: [{count: {eq: 2}}, {count: {eq: 0}}]": ["one", None],
    "and: [{filter: {id: {lt: 3}}, count: {eq: 1}}, {filter: {id: {gt: 2}}, count: {eq: 1}}]": ["one", "two"],
    "filter: {id: {gt: 1}}, and: [{filter: {id: {lt: 3}}, count: {eq: 1}}]": ["two"],
    "filter: {seller: {name: {eq: \"Bob\"}}}, arrayAgg: {id: {eq: [3]}}": ["two"],
    "filter: {id: {lt: 0}}, max: {id: {isNull: true}}": ["one", "two", None],
    "filter: null, count: {eq: 1}": [None],
}  # fmt: skip


@pytest.mark.parametrize("having", HAVING)
async def test_having(market: Api, having: str) -> None:
    data = await market.data(
        f"{{ sales {{ groupedAggregates(groupBy: [{{note: VALUE}}], having: {{{having}}}) {{ keys {{ note }} }} }} }}"
    )
    assert [group["keys"]["note"] for group in data["sales"]["groupedAggregates"]] == HAVING[having]


SELLERS = {
    "boolOr: {paid: {eq: true}}": [1, 2],
    "boolAnd: {paid: {eq: true}}": [2],
    'stddev: {price: {gt: "7"}}': [1],
    "arrayAgg: {quantity: {contains: [3]}}": [2],
    "arrayAgg: {quantity: {eq: []}}": [3],
    "arrayAgg: {quantity: {any: {lt: 2}}}": [1],
    "filter: {paid: {eq: true}}, count: {gte: 1}": [1, 2],
    "filter: {quantity: {gt: 1}}, count: {eq: 1}": [1],
    'filter: {note: {eq: "two"}}, sum: {quantity: {gte: 3}}': [2],
}


@pytest.mark.parametrize("condition", SELLERS)
async def test_rows_by_aggregates_of_others(market: Api, condition: str) -> None:
    data = await market.data(f"{{ sellers(filter: {{sales: {{aggregates: {{{condition}}}}}}}) {{ nodes {{ id }} }} }}")
    assert [row["id"] for row in data["sellers"]["nodes"]] == SELLERS[condition]


ORDERS = {
    "{stddevPop: {quantity: DESC}}": ["one", "two", None],
    "{variance: {quantity: ASC_NULLS_FIRST}}": [None, "two", "one"],
    "{boolAnd: {paid: ASC_NULLS_FIRST}}": [None, "two", "one"],
    "{boolOr: {paid: DESC_NULLS_LAST}}, {keys: {note: DESC}}": ["two", "one", None],
}


@pytest.mark.parametrize("order", ORDERS)
async def test_the_order_of_groups(market: Api, order: str) -> None:
    data = await market.data(
        f"{{ sales {{ groupedAggregates(groupBy: [{{note: VALUE}}], orderBy: [{order}]) {{ keys {{ note }} }} }} }}"
    )
    assert [group["keys"]["note"] for group in data["sales"]["groupedAggregates"]] == ORDERS[order]


async def test_rows_ordered_by_deviations_of_others(market: Api) -> None:
    data = await market.data(
        """{ a: sellers(orderBy: [{sales: {stddev: {price: DESC_NULLS_LAST}}}, {id: DESC}]) { nodes { id } }
             b: sellers(orderBy: [{sales: {boolAnd: {paid: DESC_NULLS_LAST}}}, {id: ASC}]) { nodes { id } } }"""
    )
    assert [[row["id"] for row in rows["nodes"]] for rows in data.values()] == [[1, 3, 2], [2, 1, 3]]


async def test_aggregates_of_the_rows_that_pass(market: Api) -> None:
    data = await market.data(
        """query ($least: Int) { sales(filter: {id: {lt: 5}}) {
             aggregates {
               all: count paid: count(filter: {paid: {eq: true}}) none: count(filter: {id: {lt: 0}})
               every: count(filter: {}) unset: count(filter: null)
               sum(filter: {quantity: {gte: $least}}) { quantity }
               avg(filter: {seller: {name: {eq: "Ada"}}}) { quantity }
               min(filter: {note: {eq: "two"}}) { price label key }
               distinctCount(filter: {not: {note: {eq: "one"}}}) { note }
               boolAnd(filter: {paid: {eq: true}}) { paid }
               arrayAgg(filter: {quantity: {gt: 1}}, distinct: true) { quantity }
               none_: arrayAgg(filter: {id: {lt: 0}}) { quantity } } } }""",
        {"least": 3},
    )
    assert data["sales"]["aggregates"] == {
        "all": 4, "paid": 2, "none": 0, "every": 4, "unset": 4,
        "sum": {"quantity": "6"},
        "avg": {"quantity": "1.5000000000000000"},
        "min": {"price": "0.20", "label": "A", "key": "00000000-0000-0000-0000-000000000001"},
        "distinctCount": {"note": 1},
        "boolAnd": {"paid": True},
        "arrayAgg": {"quantity": [2, 3]},
        "none_": {"quantity": []},
    }  # fmt: skip


async def test_aggregates_of_some_rows_of_each_group_and_of_distinct_rows(market: Api) -> None:
    data = await market.data(
        """{ sales(distinct: [note], orderBy: [{id: DESC}]) {
               aggregates { count big: count(filter: {quantity: {gt: 2}}) } }
             grouped: sales { groupedAggregates(groupBy: [{note: VALUE}]) {
               keys { note } count paid: count(filter: {paid: {eq: true}})
               sum(filter: {sellerId: {eq: 2}}) { quantity } } } }"""
    )
    assert data == {
        "sales": {"aggregates": {"count": 3, "big": 3}},
        "grouped": {"groupedAggregates": [
            {"keys": {"note": "one"}, "count": 2, "paid": 2, "sum": {"quantity": None}},
            {"keys": {"note": "two"}, "count": 2, "paid": 1, "sum": {"quantity": "3"}},
            {"keys": {"note": None}, "count": 1, "paid": 0, "sum": {"quantity": "3"}},
        ]},
    }  # fmt: skip


async def test_row_security_holds_for_rows_that_pass(market: Api) -> None:
    query = "{ sales { aggregates { count(filter: {quantity: {gt: 3}}) } } }"
    assert (await market.data(query))["sales"]["aggregates"] == {"count": 1}
    assert (await market.data(query, role=MEMBER))["sales"]["aggregates"] == {"count": 2}
    reply = await market.reply("{ sales { aggregates { count(filter: {secret: {eq: 7}}) } } }")
    assert reply.code == "GRAPHQL_VALIDATION_FAILED"


COUNTS = "select count(*) from museum.kinds as k"
STRUCTURED = {
    "spot": "{ room wall }",
    "range": "{ lower upper empty }",
    "ranges": "{ lower upper }",
}


@pytest.mark.parametrize("column", KINDS)
async def test_groups_and_distinct_rows_by_every_type(museum: Api, column: str) -> None:
    """As many as Postgres itself tells apart, of how many rows each."""
    counts = await museum.sql(f'{COUNTS} group by k."{column}" order by 1')
    selection = f"{column} {STRUCTURED.get(column, '')}"
    data = await museum.data(
        f"""{{ kinds(distinct: [{column}]) {{ totalCount nodes {{ id }} aggregates {{ distinctCount {{ {column} }} }} }}
               groups: kinds {{ groupedAggregates(groupBy: [{{{column}: VALUE}}], orderBy: [{{count: ASC}}]) {{
                 count keys {{ {selection} }} min {{ {selection} }} max {{ {selection} }} }} }} }}"""
    )
    groups = data["groups"]["groupedAggregates"]
    assert [group["count"] for group in groups] == counts
    assert data["kinds"]["totalCount"] == len(data["kinds"]["nodes"]) == len(counts)
    nulls = 1 if column == "data" else sum(group["keys"][column] is None for group in groups)  # JSON's null is a value
    assert data["kinds"]["aggregates"]["distinctCount"][column] == len(counts) - nulls
    alike = [group for group in groups if group["count"] > 1]  # which of equal values stands for them is not said
    assert all(group["min"] == group["max"] == group["keys"] for group in groups if group not in alike)


async def test_keys_are_the_values_themselves(museum: Api) -> None:
    data = await museum.data(
        """{ kinds { groupedAggregates(groupBy: [{spot: VALUE}, {range: VALUE}], first: 3) {
               keys { spot { room wall } range { lower upper } numbers } } } }"""
    )
    assert data["kinds"]["groupedAggregates"] == [
        {"keys": {"spot": {"room": 1, "wall": "north, east"}, "range": {"lower": 1, "upper": 5}, "numbers": None}},
        {"keys": {"spot": {"room": 1, "wall": None}, "range": {"lower": None, "upper": 4}, "numbers": None}},
        {"keys": {"spot": {"room": None, "wall": "x"}, "range": {"lower": 5, "upper": None}, "numbers": None}},
    ]
    data = await museum.data(
        """{ kinds { groupedAggregates(groupBy: [{words: VALUE}, {data: VALUE}]) { keys { words data } count }
             aggregates {
               max { grid spot { room } range { lower } } arrayAgg { data spot { wall } ranges { lower } } } } }"""
    )
    groups: list[Any] = data["kinds"]["groupedAggregates"]
    assert [group["keys"] for group in groups] == [
        {"words": [], "data": "é"},
        {"words": ["NULL", None], "data": [1, 2]},
        {"words": ["a", "b"], "data": {"a": 1}},
        {"words": ['a,"b\\'], "data": None},
        {"words": None, "data": None},
    ]
    aggregates = data["kinds"]["aggregates"]
    assert aggregates["max"] == {"grid": [[1, 2], [3, 4]], "spot": {"room": None}, "range": {"lower": 5}}
    assert aggregates["arrayAgg"] == {
        "data": [{"a": 1}, [1, 2], None, "é", None],
        "spot": [{"wall": "north, east"}, {"wall": None}, {"wall": None}, {"wall": "x"}, None],
        "ranges": [[{"lower": 1}, {"lower": 7}], [], [{"lower": None}], None, None],
    }


UNITS = {
    "MICROSECOND": "2024-05-16T13:14:15.123456+00:00",
    "MILLISECOND": "2024-05-16T13:14:15.123+00:00",
    "SECOND": "2024-05-16T13:14:15+00:00",
    "MINUTE": "2024-05-16T13:14:00+00:00",
    "HOUR": "2024-05-16T13:00:00+00:00",
    "DAY": "2024-05-16T00:00:00+00:00",
    "WEEK": "2024-05-13T00:00:00+00:00",
    "MONTH": "2024-05-01T00:00:00+00:00",
    "QUARTER": "2024-04-01T00:00:00+00:00",
    "YEAR": "2024-01-01T00:00:00+00:00",
    "DECADE": "2020-01-01T00:00:00+00:00",
    "CENTURY": "2001-01-01T00:00:00+00:00",
    "MILLENNIUM": "2001-01-01T00:00:00+00:00",
}


@pytest.mark.parametrize("unit", UNITS)
async def test_every_part_of_time(museum: Api, unit: str) -> None:
    by_day = "VALUE" if unit in ("MICROSECOND", "MILLISECOND", "SECOND", "MINUTE", "HOUR") else unit
    data = await museum.data(
        f"""{{ events(filter: {{id: {{eq: 1}}}}) {{
              groupedAggregates(groupBy: [{{at: {unit}}}, {{local: {unit}}}, {{day: {by_day}}}]) {{
                keys {{ at local day }} }} }} }}"""
    )
    (group,) = data["events"]["groupedAggregates"]
    expected = UNITS[unit]
    assert group["keys"]["at"] == expected
    assert group["keys"]["local"] == expected.removesuffix("+00:00")
    assert group["keys"]["day"] == (expected[:10] if by_day == unit else "2024-05-16")


ZONES = {
    "DAY": [
        ("2024-03-30T23:00:00+00:00", 1), ("2024-03-31T22:00:00+00:00", 1), ("2024-05-15T22:00:00+00:00", 1),
        ("infinity", 1), (None, 1),
    ],
    "MONTH": [
        ("2024-02-29T23:00:00+00:00", 1), ("2024-03-31T22:00:00+00:00", 1), ("2024-04-30T22:00:00+00:00", 1),
        ("infinity", 1), (None, 1),
    ],
    "YEAR": [("2023-12-31T23:00:00+00:00", 3), ("infinity", 1), (None, 1)],
}  # fmt: skip


@pytest.mark.parametrize("unit", ZONES)
async def test_days_and_months_of_a_time_zone(museum: Api, unit: str) -> None:
    """Across the night in which Paris puts its clocks forward, with the zone as a variable."""
    data = await museum.data(
        f"""query ($zone: String) {{ events {{
              groupedAggregates(groupBy: [{{at: {unit}}}], timeZone: $zone) {{ keys {{ at }} count }} }} }}""",
        {"zone": "Europe/Paris"},
    )
    found = [(group["keys"]["at"], group["count"]) for group in data["events"]["groupedAggregates"]]
    assert found == ZONES[unit]
