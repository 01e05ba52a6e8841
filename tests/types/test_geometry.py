"""Geometries as GeoJSON, by the functions of the schema in which PostGIS is."""

from __future__ import annotations

from pathlib import Path

from tests.api import CreateDatabase, opened
from tests.types.asking import ROLE
from tests.types.conftest import KINDS_SQL, SETTINGS

GEOMETRY_SQL = (Path(__file__).parent / "geometry.sql").read_text()


async def test_geometries_are_geojson_both_ways(create_database: CreateDatabase) -> None:
    url = await create_database(KINDS_SQL, GEOMETRY_SQL, user="kinds_gateway")
    async with opened(url, **SETTINGS) as api:
        data = await api.data(
            """query ($spot: GeoJSON!) {
                 places { nodes { spot spots } }
                 variable: textOfSpot(spot: $spot)
                 literal: textOfSpot(spot: {type: "Point", coordinates: [5, 6.5]})
               }""",
            {"spot": {"type": "Point", "coordinates": [5, 6.5]}},
            role=ROLE,
        )
        assert data == {
            "places": {
                "nodes": [
                    {
                        "spot": {"type": "Point", "coordinates": [1, 2.5]},
                        "spots": [None, {"type": "Point", "coordinates": [3, 4]}],
                    },
                    {"spot": None, "spots": None},
                ]
            },
            "variable": "POINT(5 6.5)",
            "literal": "POINT(5 6.5)",
        }
        reply = await api.reply('{ textOfSpot(spot: "POINT(1 2)") }', role=ROLE)
        assert reply.code == "GRAPHQL_VALIDATION_FAILED"
