"""Types of parts of filters and orders, named by variables before anything else of theirs was asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.api import SHOP_SETTINGS, Api, opened

TYPED: dict[str, tuple[str, Any, list[int]]] = {
    "GuideRoomsViaShiftsFilter": (
        "guides(filter: {roomsViaShifts: {some: $v}}) { nodes { id } }",
        {"shift": {"hours": {"gt": 2}}},
        [2],
    ),
    "GuideRoomsViaShiftsListFilter": (
        "guides(filter: {roomsViaShifts: $v}) { nodes { id } }",
        {"every": {"shift": {"hours": {"gt": 2}}}},
        [3],
    ),
    "[RoomOrderBy!]": (
        "rooms(orderBy: $v) { nodes { id } }",
        [{"worth": {"args": {"factor": 1}, "direction": "ASC"}}],
        [3, 2, 1],
    ),
    "RoomWorthFilter": (
        "rooms(filter: {worth: $v}) { nodes { id } }",
        {"args": {"factor": 2}, "value": {"gt": 17}},
        [1],
    ),
    "RoomWorthArguments!": (
        'rooms(filter: {worth: {args: $v, value: {gt: "17"}}}) { nodes { id } }',
        {"factor": 2, "lowest": "17.5"},
        [1, 2, 3],
    ),
    "[HstoreAt!]": (
        "labels(filter: {pairs: {at: $v}}) { nodes { id } }",
        [{"key": "color", "text": {"eq": "red"}}],
        [1],
    ),
    "[JSONAt!]": (
        "labels(filter: {data: {at: $v}}) { nodes { id } }",
        [{"path": ["1"], "value": {"hasKey": "size"}}],
        [3],
    ),
    "JSONAtFilter": ('labels(filter: {data: {at: {path: ["size"], value: $v}}}) { nodes { id } }', {"eq": 1}, [2]),
    "JSONPath": ("labels(filter: {data: {pathWith: $v}}) { nodes { id } }", {"path": "$.a.b"}, [1, 2]),
    "FullTextSearch": (
        "texts(filter: {bare: {matchesWith: $v}}) { nodes { id } }",
        {"query": "Haus", "config": "german"},
        [1, 2, 3],
    ),
    "RankOrderBy": (
        "texts(orderBy: [{german: $v}]) { nodes { id } }",
        {"matches": "haus", "direction": "DESC"},
        [3, 2, 1],
    ),
    "ShiftListsFilter": (
        "guides(filter: {shifts: {aggregates: {arrayAgg: $v}}}) { nodes { id } }",
        {"hours": {"contains": [5]}},
        [2],
    ),
    "IntListFilter": (
        "guides(filter: {shifts: {aggregates: {arrayAgg: {hours: $v}}}}) { nodes { id } }",
        {"eq": [1, 2, 2]},
        [1],
    ),
    "ShiftAveragesFilter": (
        "guides(filter: {shifts: {aggregates: {stddev: $v}}}) { nodes { id } }",
        {"hours": {"gt": "1"}},
        [2],
    ),
}


@pytest.fixture(scope="module")
async def fresh(museum: Api) -> AsyncIterator[Api]:
    """A gateway that was asked nothing yet."""
    async with opened(museum.url, **{**SHOP_SETTINGS, "schemas": ("museum",), "pool_size": 1}) as api:
        yield api


@pytest.mark.parametrize("type_", TYPED)
async def test_a_type_is_known_by_its_name(fresh: Api, type_: str) -> None:
    query, value, expected = TYPED[type_]
    (data,) = (await fresh.data(f"query ($v: {type_}) {{ {query} }}", {"v": value})).values()
    assert [row["id"] for row in data["nodes"]] == expected
