"""Functions of a row: values, objects, rows and sets, with arguments; in filters and orders."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api

READER, WRITER = "forms_reader", "forms_writer"


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("moonNames", [["Phobos", "Deimos"], ["Io", "Europa"], []]),
        ("moonNames(shout: true)", [["PHOBOS", "DEIMOS"], ["IO", "EUROPA"], []]),
        ("bigMoons(minimum: 10) { totalCount }", [{"totalCount": 1}, {"totalCount": 2}, {"totalCount": 0}]),
        (
            "bigMoons(minimum: 1, first: 1, orderBy: [{ radius: DESC }]) { nodes { name planet { id } } }",
            [
                {"nodes": [{"name": "Phobos", "planet": {"id": 1}}]},
                {"nodes": [{"name": "Io", "planet": {"id": 2}}]},
                {"nodes": []},
            ],
        ),
        (
            'bigMoons(minimum: 1, filter: { name: { startsWith: "D" } }) { edges { node { name } } }',
            [{"edges": [{"node": {"name": "Deimos"}}]}, {"edges": []}, {"edges": []}],
        ),
        (
            "extent { smallest largest }",
            [{"smallest": 6, "largest": 11}, {"smallest": 1560, "largest": 1821}, None],
        ),
        (
            "orbits(orderBy: [{ radius: ASC }]) { nodes { moon radius } totalCount }",
            [
                {"nodes": [{"moon": "Deimos", "radius": 6}, {"moon": "Phobos", "radius": 11}], "totalCount": 2},
                {"nodes": [{"moon": "Europa", "radius": 1560}, {"moon": "Io", "radius": 1821}], "totalCount": 2},
                {"nodes": [], "totalCount": 0},
            ],
        ),
        (
            "orbits(last: 1) { nodes { moon } pageInfo { hasPreviousPage } }",
            [
                {"nodes": [{"moon": "Deimos"}], "pageInfo": {"hasPreviousPage": True}},
                {"nodes": [{"moon": "Europa"}], "pageInfo": {"hasPreviousPage": True}},
                {"nodes": [], "pageInfo": {"hasPreviousPage": False}},
            ],
        ),
        ("spot { x y label }", [
            {"x": 1, "y": "1.5", "label": "Mars"},
            {"x": 2, "y": "1.5", "label": "Jupiter"},
            {"x": 3, "y": "1.5", "label": "Venus"},
        ]),
        ("firstSpot { x label }", [{"x": None, "label": "Deimos"}, {"x": 1560, "label": "Europa"}, None]),
        ("spots { x }", [[{"x": 11}, {"x": 6}], [{"x": 1821}, {"x": 1560}], []]),
        ("firstMoon { name }", [{"name": "Phobos"}, {"name": "Io"}, None]),
        ("oneName", ["Phobos", "Io", None]),
        ("span { low high }", [{"low": 6, "high": 11}, {"low": 1560, "high": 1821}, None]),
        ("weight", ["12", "18014398509481986", None]),
        ('weight(gravity: "0.5")', ["3.0", "4503599627370496.5", None]),
        ("rank", ["2", "1", "3"]),
        ("rankByBackwards(backwards: true)", ["-2", "-1", "-3"]),
        ("nearByBy(by: 3)", ["by 3", "by 3", "by 3"]),
        ('nearByWithin(within: "y")', ["within y", "within y", "within y"]),
        # Announced as one row: the first of them, and no second parent.
        ("tooManyNames", ["Phobos", "Io", None]),
        ("tooManySpots { label }", [{"label": "Phobos"}, {"label": "Io"}, None]),
        ("tooManyMoons { name }", [{"name": "Phobos"}, {"name": "Io"}, None]),
        ("tooManyPairs { name }", [{"name": "Phobos"}, {"name": "Io"}, None]),
        ('closest(other: {id: 9, name: "X"})', ["Mars/X", "Jupiter/X", "Venus/X"]),
    ],
)  # fmt: skip
async def test_a_form(sky: Api, field: str, expected: list[Any]) -> None:
    data = await sky.data(f"{{ planets {{ nodes {{ v: {field} }} }} }}", role=READER)
    assert [node["v"] for node in data["planets"]["nodes"]] == expected


@pytest.mark.parametrize(
    ("arguments", "ids"),
    [
        ('filter: { rank: { gte: "2" } }', [1, 3]),
        ('filter: { rank: { in: ["1"] } }', [2]),
        ("orderBy: [{ rank: DESC }]", [3, 1, 2]),
        ("orderBy: [{ rank: ASC }], last: 2", [1, 3]),
        ("filter: { firstSpot: { isNull: true } }", [3]),
        ("filter: { firstSpot: { isNull: false } }", [1, 2]),
        ("orderBy: [{ firstSpot: DESC_NULLS_LAST }]", [1, 2, 3]),
        ('filter: { oneName: { startsWith: "I" } }', [2]),
        ("orderBy: [{ oneName: DESC_NULLS_LAST }]", [1, 2, 3]),
        ('filter: { weight: { eq: "12" } }', [1]),
        ("orderBy: [{ weight: DESC_NULLS_LAST }]", [2, 1, 3]),
        ('filter: { tooManyNames: { eq: "Phobos" } }', [1]),
        ("orderBy: [{ tooManyNames: DESC_NULLS_FIRST }]", [3, 1, 2]),
    ],
)
async def test_in_filters_and_orders(sky: Api, arguments: str, ids: list[int]) -> None:
    data = await sky.data(f"{{ planets({arguments}) {{ nodes {{ id }} }} }}", role=READER)
    assert [node["id"] for node in data["planets"]["nodes"]] == ids


async def test_a_composite_that_a_set_gives_is_aggregated_whole(sky: Api) -> None:
    data = await sky.data("{ planets { aggregates { max { firstSpot { x y label } } } } }", role=READER)
    assert data["planets"]["aggregates"]["max"]["firstSpot"] == {"x": None, "y": "1.5", "label": "Deimos"}


async def test_a_cursor_of_an_order_by_a_computed_field(sky: Api) -> None:
    query = """query ($a: String) { planets(first: 1, after: $a, orderBy: [{ weight: ASC_NULLS_FIRST }]) {
                 nodes { id } pageInfo { endCursor } } }"""
    found, cursor = [], None
    for _ in range(4):
        page = (await sky.data(query, {"a": cursor}, role=READER))["planets"]
        found += [node["id"] for node in page["nodes"]]
        cursor = page["pageInfo"]["endCursor"]
    assert found == [3, 1, 2]


async def test_what_they_read_is_the_callers(sky: Api) -> None:
    query = "{ planet(id: 2) { moonNames orbits { totalCount } extent { smallest } } }"
    assert await sky.data(query, role=WRITER) == {
        "planet": {
            "moonNames": ["Io", "Europa", "Hush"],
            "orbits": {"totalCount": 3},
            "extent": {"smallest": 1},
        }
    }
