"""Volatile functions of every form as fields of Mutation, and what their payloads hold."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api

READER, WRITER = "forms_reader", "forms_writer"


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (
            'place(input: { spot: { x: 1, y: "2.50" } }) { result { x y label } }',
            {"result": {"x": 1, "y": "2.50", "label": None}},
        ),
        ("places(input: { spots: [{ x: 1 }, { x: 2 }] }) { result { x } }", {"result": [{"x": 1}, {"x": 2}]}),
        ("paint(input: { kind: gas, size: 3 }) { result }", {"result": "gas"}),
        ('split(input: { words: "a b" }) { result }', {"result": ["a", "b"]}),
        ('strictly(input: { word: "it" }) { result }', {"result": "got it"}),
        ("forget(input: { argument1: 1 }) { query { moon(id: 1) { radius } } }", {"query": {"moon": {"radius": None}}}),
        ("forget(input: { argument1: 1 }) { __typename }", {"__typename": "ForgetPayload"}),
        ("noChanges { __typename }", {"__typename": "NoChangesPayload"}),
        ("noChanges { query { moonCount } }", {"query": {"moonCount": "5"}}),
        ("tooManyChanges { __typename }", {"__typename": "TooManyChangesPayload"}),
        ("tooManyChanges { result }", {"result": [1, 2]}),
        ("whoamiNow { result }", {"result": "postgres"}),
        # A row, rows
        (
            "addMoon(input: { planetId: 3 }) { moon { id name radius } }",
            {"moon": {"id": 6, "name": "New", "radius": None}},
        ),
        (
            'addMoon(input: { planetId: 3, name: "N", radii: [7, 8] }) { moon { name radius planet { moonNames } } }',
            {"moon": {"name": "N", "radius": 7, "planet": {"moonNames": ["N"]}}},
        ),
        (
            "growMoons(input: { by: 10 }) { moons { id radius } }",
            {"moons": [{"id": 1, "radius": 21}, {"id": 2, "radius": 16}, {"id": 5, "radius": 11}]},
        ),
        (
            "renamePlanet(input: {"
            ' planet: { id: 1, name: "Ares" }, suffix: "!" }) { planet { name mass moons { totalCount } } }',
            {"planet": {"name": "Ares!", "mass": "6", "moons": {"totalCount": 2}}},
        ),
        # Columns of its own
        (
            "measure(input: { moonId: 1 }) { result { moonId oldRadius newRadius tags } }",
            {"result": {"moonId": 1, "oldRadius": 11, "newRadius": 22, "tags": ['a"b', None, "Phobos"]}},
        ),
        (
            "measure(input: { moonId: 1 }) { r: result { newRadius tags } query { moon(id: 1) { radius } } }",
            {"r": {"newRadius": 22, "tags": ['a"b', None, "Phobos"]}, "query": {"moon": {"radius": 22}}},
        ),
        ("measure(input: { moonId: 99 }) { result { moonId } }", {"result": None}),
        (
            "measure(input: { moonId: 99 }) { result { moonId } query { moonCount } }",
            {"result": None, "query": {"moonCount": "5"}},
        ),
        (
            "measureAll { result { id spot { x y label } kind raw } }",
            {"result": [
                {"id": 1, "spot": {"x": 12, "y": "0.10", "label": "Phobos"}, "kind": "gas", "raw": "AP8="},
                {"id": 2, "spot": {"x": 7, "y": "0.10", "label": "Deimos"}, "kind": "gas", "raw": "AP8="},
                {"id": 3, "spot": {"x": 1822, "y": "0.10", "label": "Io"}, "kind": "gas", "raw": "AP8="},
                {"id": 4, "spot": {"x": 1561, "y": "0.10", "label": "Europa"}, "kind": "gas", "raw": "AP8="},
            ]},
        ),
        (
            "measureAll { a: result { id } b: result { kind } query { moon(id: 1) { radius } } }",
            {
                "a": [{"id": 1}, {"id": 2}, {"id": 3}, {"id": 4}],
                "b": [{"kind": "gas"}] * 4,
                "query": {"moon": {"radius": 12}},
            },
        ),
    ],
)  # fmt: skip
async def test_a_form(own_sky: Api, field: str, expected: Any) -> None:
    assert await own_sky.data(f"mutation {{ v: {field} }}", role=WRITER) == {"v": expected}


async def test_arguments_as_variables(own_sky: Api) -> None:
    data = await own_sky.data(
        """mutation ($m: AddMoonInput!, $p: PlanetsRowInput!) {
             addMoon(input: $m) { moon { name radius } }
             renamePlanet(input: { planet: $p, suffix: "" }) { planet { id name } } }""",
        {"m": {"planetId": 1, "name": "Third", "radii": [3]}, "p": {"id": 3, "name": "Eve"}},
        role=WRITER,
    )
    assert data == {
        "addMoon": {"moon": {"name": "Third", "radius": 3}},
        "renamePlanet": {"planet": {"id": 3, "name": "Eve"}},
    }


async def test_each_is_called_once(own_sky: Api) -> None:
    await own_sky.data("mutation { measureAll { result { id } query { moonCount } } }", role=WRITER)
    assert await own_sky.sql("select radius from sky.moons order by id") == [12, 7, 1822, 1561, 1]


async def test_a_strict_function_of_a_null_is_not_called(own_sky: Api) -> None:
    query = "mutation ($n: Int) { strictChange(input: { id: $n }) { moon { name } query { moonCount } } }"
    data = await own_sky.data(query, {"n": None}, role=WRITER)
    assert data == {"strictChange": {"moon": None, "query": {"moonCount": "5"}}}
    assert await own_sky.sql("select radius from sky.moons where id = 1") == [11]
    data = await own_sky.data(query, role=WRITER)
    assert data == {"strictChange": {"moon": {"name": "Phobos"}, "query": {"moonCount": "5"}}}


async def test_a_functions_domain_and_policies_hold(own_sky: Api) -> None:
    reply = await own_sky.reply("mutation { paint(input: { kind: gas, size: -1 }) { result } }", role=WRITER)
    assert reply.code == "CHECK_VIOLATION"
    grown = await own_sky.data("mutation { growMoons(input: { by: 1 }) { moons { id } } }", role=WRITER)
    assert grown == {"growMoons": {"moons": [{"id": 1}, {"id": 2}, {"id": 5}]}}
    reply = await own_sky.reply("mutation { growMoons(input: { by: 1 }) { moons { id } } }", role=READER)
    assert reply.code == "FORBIDDEN"
    assert await own_sky.sql("select sum(radius) from sky.moons") == [3402]


async def test_a_variadic_argument_behind_one_that_is_absent(own_sky: Api) -> None:
    reply = await own_sky.reply("mutation { addMoon(input: { planetId: 3, radii: [1] }) { moon { id } } }", role=WRITER)
    assert reply.code == "BAD_USER_INPUT"
    assert reply.errors[0]["message"] == "`radii` can be given only with all arguments that come before it."
