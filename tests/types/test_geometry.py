"""Geometries as GeoJSON, by the functions of the schema in which PostGIS is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.api import Api, CreateDatabase, opened
from tests.types.asking import ROLE, literal
from tests.types.conftest import KINDS_SQL, SETTINGS

GEOMETRY_SQL = (Path(__file__).parent / "geometry.sql").read_text()
POINT = {"type": "Point", "coordinates": [0.1, -12.345678901234]}
LINE = {"type": "LineString", "coordinates": [[0, 0], [1, 1.5], [-180, 90]]}
AREA = {"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 2], [0, 0]]]}


@pytest.fixture(scope="module")
async def places(create_database: CreateDatabase) -> AsyncIterator[Api]:
    async with opened(await create_database(KINDS_SQL, GEOMETRY_SQL, user="kinds_gateway"), **SETTINGS) as api:
        yield api


async def test_columns_of_geometries(places: Api) -> None:
    data = await places.data("{ places(first: 2) { nodes { spot spots } } }", role=ROLE)
    assert data["places"]["nodes"] == [
        {
            "spot": {"type": "Point", "coordinates": [1, 2.5]},
            "spots": [None, {"type": "Point", "coordinates": [3, 4]}],
        },
        {"spot": None, "spots": None},
    ]


@pytest.mark.parametrize("shape", [POINT, LINE, AREA], ids=["point", "line", "area"])
async def test_geometries_are_geojson_both_ways(places: Api, shape: dict[str, Any]) -> None:
    data = await places.data(
        f"""query ($shape: GeoJSON!) {{
              variable: sameSpot(spot: $shape) literal: sameSpot(spot: {literal(shape)})
              globe: sameGlobe(globe: $shape) spots: sameSpots(spots: [$shape, null]) }}""",
        {"shape": shape},
        role=ROLE,
    )
    assert data == {"variable": shape, "literal": shape, "globe": shape, "spots": [shape, None]}
    row = {"spot": shape, "spots": [shape, None], "globe": shape, "area": shape, "stop": {"name": "a", "place": shape}}
    data = await places.data(
        """mutation ($row: PlaceInput!) { createPlace(input: {place: $row}) {
             place { spot spots globe area stop { name place } } } }""",
        {"row": row},
        role=ROLE,
    )
    assert data["createPlace"]["place"] == row


@pytest.mark.parametrize("given", ['"POINT(1 2)"', "7", "[]", "{coordinates: [1, 2]}", '{type: "Star"}', "{type: []}"])
async def test_what_is_no_geojson(places: Api, given: str) -> None:
    reply = await places.reply(f"{{ sameSpot(spot: {given}) }}", role=ROLE)
    assert reply.code == "GRAPHQL_VALIDATION_FAILED"


async def test_a_geometry_that_there_is_not_is_the_callers_error(places: Api) -> None:
    reply = await places.reply('{ sameSpot(spot: {type: "Point", coordinates: "x"}) }', role=ROLE)
    assert reply.code == "BAD_USER_INPUT"
