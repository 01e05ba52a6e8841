"""Arrays of arrays, dimensions that are told, domains of domains, hidden attributes, types that nobody knows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.api import Api, CreateDatabase, opened
from tests.types.asking import ROLE
from tests.types.conftest import KINDS_SQL, SETTINGS

AWKWARD_SQL = (Path(__file__).parent / "awkward.sql").read_text()
GIVEN: dict[str, Any] = {
    "needed": "n",
    "small": 5,
    "smalls": [1, 2],
    "grid": [[1, 2], [3, 4]],
    "fews": [[1, 2], [3], None],
    "wordss": [['a"b', None], ["c,{d}"], []],
    "homess": [[{"street": "s", "tags": ["x"]}, None], []],
    "ratess": [["1.10", "NaN"], None],
    "grids": [[[1, 2], [3, 4]]],
    "secretive": {"shown": 1, "last": "2024-01-01"},
    "secrets": [{"shown": 2}, None],
    "matrix": {"cells": [[1, 2], [3, None]], "label": "m"},
    "deep": {"innerHomes": [{"street": "i"}], "grids": [[[1]]], "secret": {"shown": 9}},
    "cube": "(1, 2)",
    "cubes": ["(1)"],
    "xid": "77",
    "class": "pg_class",
}
FIELDS = """needed small smalls grid fews wordss homess { street tags } ratess grids secretive { shown last }
    secrets { shown } matrix { cells label } deep { innerHomes { street } grids secret { shown } }
    cube cubes xid class"""


@pytest.fixture
async def api(create_database: CreateDatabase) -> AsyncIterator[Api]:
    async with opened(await create_database(KINDS_SQL, AWKWARD_SQL, user="kinds_gateway"), **SETTINGS) as opened_api:
        yield opened_api


@pytest.fixture(scope="module")
async def filled(create_database: CreateDatabase) -> AsyncIterator[Api]:
    """A gateway on one row, shared by tests that only read."""
    async with opened(await create_database(KINDS_SQL, AWKWARD_SQL, user="kinds_gateway"), **SETTINGS) as opened_api:
        await opened_api.data(
            "mutation ($row: AwkwardInput!) { createAwkward(input: {awkward: $row}) { __typename } }",
            {"row": GIVEN},
            role=ROLE,
        )
        yield opened_api


async def test_rows_are_written_read_and_found_by_each_column(api: Api) -> None:
    data = await api.data(
        f"""mutation ($row: AwkwardInput!) {{
              one: createAwkward(input: {{awkward: $row}}) {{ awkward {{ {FIELDS} }} }}
              many: createAwkwards(input: {{awkwards: [$row, $row]}}) {{ awkwards {{ {FIELDS} }} }} }}""",
        {"row": GIVEN},
        role=ROLE,
    )
    assert data == {"one": {"awkward": GIVEN}, "many": {"awkwards": [GIVEN, GIVEN]}}
    opaque = {"secretive", "secrets", "deep"}  # a part of these is hidden, so they do not compare
    query = "query ($f: AwkwardFilter) { awkwards(filter: $f) { totalCount } }"
    for name, value in GIVEN.items():
        for filter_ in ({"isNull": False},) if name in opaque else ({"eq": value}, {"isNull": False}):
            data = await api.data(query, {"f": {name: filter_}}, role=ROLE)
            assert data["awkwards"]["totalCount"] == 3, name
        if name in opaque:
            reply = await api.reply(query, {"f": {name: {"eq": value}}}, role=ROLE)
            assert reply.code == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("fews: {any: {contains: [3]}}", 1),
        ("fews: {any: {contains: [4]}}", 0),
        ("fews: {contains: [[3]]}", 1),
        ("fews: {ne: [[1, 2]]}", 1),
        ("homess: {any: {any: {isNull: true}}}", 1),
        ('cube: {gte: "(1,2)", lt: "(1,3)"}', 1),
        ('cube: {in: ["(0)", "(1,2)"]}', 1),
        ('cube: {notIn: ["(1,2)"]}', 0),
        ('cubes: {any: {eq: "(1)"}}', 1),
        ('xid: {in: ["77"], ne: "78", notIn: ["78", "79"]}', 1),
        ('xid: {ne: "77"}', 0),
        ('xid: {notIn: ["77"]}', 0),
        ('class: {in: ["pg_class", "pg_type"]}', 1),
        ('class: {distinctFrom: "pg_class"}', 0),
        ("small: {in: [5, 700]}", 1),
    ],
)
async def test_conditions(filled: Api, condition: str, found: int) -> None:
    data = await filled.data(f"{{ awkwards(filter: {{{condition}}}) {{ totalCount }} }}", role=ROLE)
    assert data["awkwards"]["totalCount"] == found


async def test_a_tag_tells_dimensions_that_the_database_does_not(filled: Api) -> None:
    data = await filled.data(
        """query ($grid: [[Int]]!) { awkwardGrids { nodes { grid blob } } turned(grid: $grid, amount: 1)
             literal: turned(grid: [[5, null]], amount: 1) }""",
        {"grid": [[1, 2], [3, 4]]},
        role=ROLE,
    )
    assert data == {
        "awkwardGrids": {"nodes": [{"grid": [[1, 2], [3, 4]], "blob": [["eA=="]]}]},
        "turned": [[1, 2], [3, 4]],
        "literal": [[5, None]],
    }


async def test_lower_bounds_of_arrays_do_not_show(api: Api) -> None:
    await api.sql(
        """insert into kinds.awkward (needed, small, grid, smalls, blob, homess)
           values
             ('n', 1, '[0:1][5:6]={{1,2},{3,4}}', '[7:8]={1,2}', '[-1:0]={"\\\\x00",NULL}', '[3:3]={"[2:2]={NULL}"}')"""
    )
    data = await api.data("{ awkwards { nodes { grid smalls blob homess { street } } } }", role=ROLE)
    assert data["awkwards"]["nodes"] == [
        {"grid": [[1, 2], [3, 4]], "smalls": [1, 2], "blob": ["AA==", None], "homess": [[None]]}
    ]


async def test_hidden_attributes_are_neither_shown_nor_given(filled: Api) -> None:
    data = await filled.data(
        """{ allSecrets { shown last } textOfSecretive(value: {shown: 1, last: "2024-01-01"})
             keepers { nodes { owner { id name } } }
             given: __type(name: "SecretiveInput") { inputFields { name } }
             type: __type(name: "Secretive") { fields { name } }
             row: __type(name: "OwnersRow") { fields { name } } }""",
        role=ROLE,
    )
    assert data == {
        "allSecrets": [{"shown": 1, "last": "2024-01-01"}, {"shown": 2, "last": "2024-01-01"}],
        "textOfSecretive": "(1,,2024-01-01)",
        "keepers": {"nodes": [{"owner": {"id": 1, "name": "Ada"}}]},
        "given": {"inputFields": [{"name": "shown"}, {"name": "last"}]},
        "type": {"fields": [{"name": "shown"}, {"name": "last"}]},
        "row": {"fields": [{"name": "id"}, {"name": "name"}]},
    }


async def test_defaults_and_needs_of_domains(api: Api) -> None:
    data = await api.data(
        """mutation { createAwkward(input: {awkward: {needed: "x", small: 1}}) {
             awkward { stamped needed twice } } }""",
        role=ROLE,
    )
    assert data["createAwkward"]["awkward"] == {"stamped": "now", "needed": "x", "twice": "now"}
    reply = await api.reply('mutation { createAwkward(input: {awkward: {needed: "x"}}) { __typename } }', role=ROLE)
    assert "required field 'small'" in reply.errors[0]["message"]


async def test_ranges_of_own_subtypes_and_arrays_of_renamed_labels(api: Api) -> None:
    row = {
        "other": "glad",
        "moodss": [["_1st"], ["happy", "extra_small"], None],
        "measures": {"one": "NaN", "more": ["Infinity", 1.5]},
        "floats": {"lower": "-Infinity", "upper": "Infinity", "upperInclusive": True},
        "moods": {"lower": "extra_small", "upper": "_true", "upperInclusive": False},
        "places": {"lower": {"street": 'a "b"'}, "upper": {"street": "b,c"}},
        "moodses": [{"lower": "happy"}, None],
    }
    data = await api.data(
        """mutation ($row: NestedInput!) { createNested(input: {nested: $row}) { nested {
             other moodss measures { one more } floats { lower upper upperInclusive }
             moods { lower upper upperInclusive }
             places { lower { street } upper { street } } moodses { lower } } } }""",
        {"row": row},
        role=ROLE,
    )
    assert data["createNested"]["nested"] == row
    query = "query ($f: NestedFilter) { nesteds(filter: $f) { totalCount } }"
    for name, value in row.items():
        data = await api.data(query, {"f": {name: {"eq": value}}}, role=ROLE)
        assert data["nesteds"]["totalCount"] == 1, name
    for condition, found in (
        ('floats: {containsValue: "Infinity"}', 1),
        ("moods: {containsValue: _1st}", 1),
        ("moods: {containsValue: happy}", 0),
        ('places: {containsValue: {street: "b"}}', 1),
        ("moodss: {any: {contains: [extra_small]}}", 1),
        ("moodss: {any: {contains: [_true]}}", 0),
        ("moodses: {any: {containsValue: _true}}", 1),
    ):
        data = await api.data(f"{{ nesteds(filter: {{{condition}}}) {{ totalCount }} }}", role=ROLE)
        assert data["nesteds"]["totalCount"] == found, condition


async def test_generated_columns_are_read_and_not_given(api: Api) -> None:
    data = await api.data(
        """mutation { a: createGenerated(input: {generated: {first: 7}}) {
                        generated { id other first stored tripled } }
                      b: createGenerated(input: {generated: {other: 70}}) {
                        generated { id other first stored tripled } }
                      c: updateGenerated(input: {id: 5, patch: {first: 8}}) { generated { stored tripled } } }""",
        role=ROLE,
    )
    assert data == {
        "a": {"generated": {"id": 5, "other": 1, "first": 7, "stored": 14, "tripled": 21}},
        "b": {"generated": {"id": 6, "other": 70, "first": 2, "stored": 4, "tripled": 6}},
        "c": {"generated": {"stored": 16, "tripled": 24}},
    }
    data = await api.data(
        """{ generateds(filter: {tripled: {gt: 6}, stored: {in: [16]}}, orderBy: [{tripled: DESC}]) { nodes { id } }
             input: __type(name: "GeneratedInput") { inputFields { name } }
             patch: __type(name: "GeneratedPatch") { inputFields { name } } }""",
        role=ROLE,
    )
    given = {"inputFields": [{"name": "other"}, {"name": "first"}]}
    assert data == {"generateds": {"nodes": [{"id": 5}]}, "input": given, "patch": given}


@pytest.mark.parametrize(
    ("given", "constraint", "fields"),
    [
        ("small: 500", "small_check", ["small", "smalls"]),
        ("small: 1, smalls: [1, 100]", "small_check", ["small", "smalls"]),
        ("small: 1, fews: [[1, 2, 3, 4]]", "few_check", ["fews"]),
    ],
)
async def test_a_domains_rule_names_the_fields_of_the_domain(
    filled: Api, given: str, constraint: str, fields: list[str]
) -> None:
    reply = await filled.reply(
        f'mutation {{ createAwkward(input: {{awkward: {{needed: "n", {given}}}}}) {{ __typename }} }}', role=ROLE
    )
    assert reply.errors[0]["extensions"] == {"code": "CHECK_VIOLATION", "constraint": constraint, "fields": fields}


async def test_a_domains_rule_names_a_functions_argument(filled: Api) -> None:
    reply = await filled.reply("mutation { keepSmall(input: {amount: 500, other: 1}) { result } }", role=ROLE)
    assert reply.errors[0]["extensions"] == {
        "code": "CHECK_VIOLATION",
        "constraint": "small_check",
        "fields": ["amount"],
    }


async def test_a_domain_that_needs_a_value(filled: Api) -> None:
    reply = await filled.reply(
        "mutation { updateAwkward(input: {id: 1, patch: {needed: null}}) { __typename } }", role=ROLE
    )
    assert reply.errors[0]["extensions"] == {"code": "NOT_NULL_VIOLATION", "fields": ["needed"]}


async def test_the_types_of_no_own_form_are_reported(filled: Api) -> None:
    told = {remark.object for remark in filled.gateway.api.report.remarks if remark.kind == "text"}
    assert told == {"type public.cube"}
