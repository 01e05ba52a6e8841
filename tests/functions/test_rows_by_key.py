"""Arguments that are rows of a table, given by their key alone: the tag `@byKey`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api

READER, WRITER = "forms_reader", "forms_writer"


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("moonLine(moon: { id: 1 })", "Phobos of none"),
        ("moonLine(moon: { id: 1 }, argument2: { id: 2 })", "Phobos of Jupiter"),
        ("moonLine(moon: { id: 1 }, argument2: null)", "Phobos of none"),
        ("moonLine(moon: { id: 5 })", "no moon of none"),  # a policy hides it from this role
        ("moonLine(moon: { id: 99 })", "no moon of none"),
        ("strictMoon(moon: { id: 3 })", 1821),
        ("strictMoon(moon: { id: 99 })", None),
        ('bothKeyed(seat: { row: 1, place: "b" })', "1b"),
        ("planet(id: 1) { meets(other: { id: 3 }) }", {"meets": "Mars/Venus"}),
        ('notKeyed(kind: gas, spot: { label: "as before" })', "gas as before"),
    ],
)
async def test_a_query(sky: Api, field: str, expected: Any) -> None:
    assert await sky.data(f"{{ v: {field} }}", role=READER) == {"v": expected}


async def test_keys_as_variables(sky: Api) -> None:
    query = """query ($m: MoonKeyInput!, $p: PlanetKeyInput, $i: Int!, $s: String!) {
                 whole: moonLine(moon: $m, argument2: $p) part: moonLine(moon: { id: $i })
                 seat: bothKeyed(seat: { place: $s, row: 1 }) }"""
    for planet, name in (({"id": 3}, "Venus"), (None, "none"), ({"id": 1}, "Mars")):
        data = await sky.data(query, {"m": {"id": 4}, "p": planet, "i": 2, "s": "a"}, role=READER)
        assert data == {"whole": f"Europa of {name}", "part": "Deimos of none", "seat": "1a"}


async def test_what_is_no_key_is_refused(sky: Api) -> None:
    for wrong in ('{ name: "Phobos" }', "{ id: null }", "{}", "null", '{ id: 1, name: "forged" }'):
        reply = await sky.reply(f"{{ moonLine(moon: {wrong}) }}", role=READER)
        assert {error["extensions"]["code"] for error in reply.errors} == {"GRAPHQL_VALIDATION_FAILED"}


async def test_a_mutation_gets_the_row_as_the_caller_sees_it(own_sky: Api) -> None:
    query = """mutation ($m: MoonKeyInput!) {
                 once: shrink(input: { moon: $m, by: 2 }) { moon { radius planet { name } } }
                 again: shrink(input: { moon: $m, by: 3 }) { moon { radius } } }"""
    assert await own_sky.data(query, {"m": {"id": 1}}, role=WRITER) == {
        "once": {"moon": {"radius": 9, "planet": {"name": "Mars"}}},
        "again": {"moon": {"radius": 6}},
    }
    nothing = {"once": {"moon": None}, "again": {"moon": None}}
    assert await own_sky.data(query, {"m": {"id": 99}}, role=WRITER) == nothing


async def test_a_tag_that_names_no_row_is_told(sky: Api) -> None:
    told = [remark for remark in sky.gateway.engine.roles.whole.report.remarks if "not_keyed" in remark.object]
    assert [(remark.kind, remark.reason.partition(": ")[2]) for remark in told] == [
        ("note", "kind"),
        ("note", "spot"),
        ("note", "nothing"),
    ]


async def test_how_it_is_described(sky: Api) -> None:
    data = await sky.data(
        '{ __type(name: "Query") { fields { name args { name description type { kind ofType { name } name } } } } }',
        role=READER,
    )
    [field] = [field for field in data["__type"]["fields"] if field["name"] == "moonLine"]
    assert field["args"] == [
        {
            "name": "moon",
            "description": "Which one.",
            "type": {"kind": "NON_NULL", "ofType": {"name": "MoonKeyInput"}, "name": None},
        },
        {
            "name": "argument2",
            "description": "The argument at place 2.",
            "type": {"kind": "INPUT_OBJECT", "ofType": None, "name": "PlanetKeyInput"},
        },
    ]
