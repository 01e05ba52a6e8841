"""Every kind of relation and key, as the API serves it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api

CASES: dict[str, tuple[str, Any]] = {
    "equal names in two schemas": (
        "{ stations { nodes { name } } railStations { nodes { name } } "
        'railStation(country: "ch", code: "z") { name } }',
        {
            "stations": {"nodes": [{"name": "Berlin ZOB"}, {"name": "Nowhere"}]},
            "railStations": {"nodes": [{"name": "Zürich HB"}, {"name": "Berlin Hbf"}]},
            "railStation": {"name": "Zürich HB"},
        },
    ),
    "a deferrable foreign key over several columns, into another schema": (
        "{ stations { nodes { station { name } } } railStations { nodes { stations { nodes { id } } } } }",
        {
            "stations": {"nodes": [{"station": {"name": "Berlin Hbf"}}, {"station": None}]},
            "railStations": {"nodes": [{"stations": {"nodes": []}}, {"stations": {"nodes": [{"id": 1}]}}]},
        },
    ),
    "two foreign keys to one table": (
        "{ trip(id: 1) { from { name tripsByFrom { totalCount } } to { name tripsByTo { nodes { id } } } } }",
        {
            "trip": {
                "from": {"name": "Berlin ZOB", "tripsByFrom": {"totalCount": 1}},
                "to": {"name": "Nowhere", "tripsByTo": {"nodes": [{"id": 1}]}},
            }
        },
    ),
    "a self reference": (
        "{ trips { nodes { returns { id } tripsByReturns { nodes { id } } } } }",
        {
            "trips": {
                "nodes": [
                    {"returns": None, "tripsByReturns": {"nodes": [{"id": 2}]}},
                    {"returns": {"id": 1}, "tripsByReturns": {"nodes": []}},
                ]
            }
        },
    ),
    "one to one by a unique index": (
        "{ trip(id: 2) { permit { code } } permitByTripId(tripId: 1) { code } "
        "station(id: 1) { permits { totalCount } } }",
        {
            "trip": {"permit": {"code": "B"}},
            "permitByTripId": {"code": "A"},
            "station": {"permits": {"totalCount": 2}},
        },
    ),
    "many to many, with the junction's columns on the edge": (
        """{ trip(id: 1) { driversViaShifts(orderBy: [{name: DESC}], first: 1) {
               edges { hours cursorColumn id node { name } } totalCount pageInfo { hasNextPage } } }
             driver(id: 1) { tripsViaShifts { edges { node { id } hours } nodes { fromId } } } }""",
        {
            "trip": {
                "driversViaShifts": {
                    "edges": [{"hours": "2", "cursorColumn": None, "id": 2, "node": {"name": "Bo"}}],
                    "totalCount": 2,
                    "pageInfo": {"hasNextPage": True},
                }
            },
            "driver": {
                "tripsViaShifts": {
                    "edges": [{"node": {"id": 1}, "hours": "7.5"}, {"node": {"id": 2}, "hours": "1"}],
                    "nodes": [{"fromId": 1}, {"fromId": 2}],
                }
            },
        },
    ),
    "rows without a key": (
        "{ logs(first: 2) { nodes { line } totalCount } }",
        {"logs": {"nodes": [{"line": "a"}, {"line": "a"}], "totalCount": 3}},
    ),
    "a partitioned table": (
        "{ tickets { nodes { id day trip { id } refunds { nodes { id } } } } refund(id: 1) { ticket { day } } }",
        {
            "tickets": {
                "nodes": [
                    {"id": 1, "day": "2025-05-01", "trip": {"id": 1}, "refunds": {"nodes": []}},
                    {"id": 2, "day": "2026-05-01", "trip": {"id": 1}, "refunds": {"nodes": [{"id": 1}]}},
                ]
            },
            "refund": {"ticket": {"day": "2026-05-01"}},
        },
    ),
    "a view with keys in its comment": (
        """{ timetable(trip: 2) { start origin { id } trip_: tripByTrip { toId } station { name } }
             timetableByStartAndStartId(start: "Berlin ZOB", startId: 1) { trip }
             trip(id: 1) { timetable { start } } stationById: station(id: 1) { departures { nodes { trip } } } }""",
        {
            "timetable": {"start": "Nowhere", "origin": {"id": 2}, "trip_": {"toId": 1}, "station": None},
            "timetableByStartAndStartId": {"trip": 1},
            "trip": {"timetable": {"start": "Berlin ZOB"}},
            "stationById": {"departures": {"nodes": [{"trip": 1}]}},
        },
    ),
    "a materialized view": (
        "{ totals { nodes { sold trip { id } } } trip(id: 1) { total { sold } } }",
        {
            "totals": {"nodes": [{"sold": "2", "trip": {"id": 1}}]},
            "trip": {"total": {"sold": "2"}},
        },
    ),
    "a foreign table": (
        '{ signs(orderBy: [{number: DESC}]) { nodes { text } } sign(number: "1") { nodeId text } }',
        {
            "signs": {"nodes": [{"text": "Go"}, {"text": "Stop"}]},
            "sign": {"nodeId": "WyJTaWduIiwgIjEiXQ==", "text": "Stop"},
        },
    ),
    "filters along them": (
        """{ stations(filter: {departures: {some: {trip: {eq: 1}}}}) { nodes { id } }
             trips(filter: {driversViaShifts: {none: {name: {eq: "Bo"}}}, permit: {code: {eq: "B"}}}) {
               nodes { id } } }""",
        {"stations": {"nodes": [{"id": 1}]}, "trips": {"nodes": [{"id": 2}]}},
    ),
}


@pytest.mark.parametrize("case", CASES)
async def test_relation(transport: Api, case: str) -> None:
    query, expected = CASES[case]
    assert await transport.data(query, role="transport_guest") == expected


async def test_what_is_no_relation_and_no_key_is_not_there(transport: Api) -> None:
    data = await transport.data("{ __schema { queryType { fields { name } } } }", role="transport_guest")
    names = {field["name"] for field in data["__schema"]["queryType"]["fields"]}
    assert {"tickets", "ticket", "permitByTripId", "logs"} <= names
    assert not {name for name in names if "2025" in name or name in ("log", "permitByCode", "permitByStationId")}


async def test_a_tag_that_names_what_is_not_there_is_reported(transport: Api) -> None:
    told = [remark.reason for remark in transport.gateway.api.report.remarks if remark.object == "road.timetable"]
    assert any("(nothing) references road.trips" in reason for reason in told)
