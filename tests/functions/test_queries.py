"""Stable and immutable functions of every form as fields of Query."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api

READER, WRITER = "forms_reader", "forms_writer"


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        # Arguments without names, with defaults, both, variadic
        ("add(argument1: 2, argument2: 3)", 5),
        ("scale(argument1: 2)", 14),
        ("scale(argument1: 2, factor: 3)", 16),
        ("scale(argument1: 2, factor: 3, argument3: 1)", 7),
        ("scale(argument1: 2, factor: null)", None),
        ('total(label: "all", numbers: [1, 2, 3])', "all=6"),
        ('total(label: "none", numbers: [])', "none=0"),
        ('total(label: "one", numbers: 4)', "one=4"),
        ('total(numbers: [1, null], label: "some")', "some=1"),
        ("joined", "none"),
        ('joined(words: ["a", "b"])', "a-b"),
        ("quoted(startAt: 2, end: 5)", 3),
        # What comes out of arguments
        ("next(number: 4)", 5),
        ('lastLetter(word: "abc")', "c"),
        ("divided(a: 7) { quotient remainder }", {"quotient": 2, "remainder": 1}),
        ("divided(a: 7, b: 2) { r: remainder __typename }", {"r": 1, "__typename": "DividedRow"}),
        ('swapped(a: 1, b: "four") { a b }', {"a": 4, "b": "1"}),
        ("unnamedOut(argument1: 3) { column1 column2 }", {"column1": 3, "column2": "n3"}),
        # Types
        ('strictLength(word: "four")', 4),
        ("kinds(of: gas)", ["gas"]),
        ("kinds(of: gas, also: [rock, null])", ["gas", "rock", None]),
        ("root(of: 4)", 4),
        ('moved(spot: {x: 1, y: "0.50", label: "a,\\"b"}) { x y label }', {"x": 2, "y": "0.50", "label": 'a,"b'}),
        ("moved(spot: {x: 1}, by: 5) { x y }", {"x": 6, "y": None}),
        ('walked(path: {name: "p", spots: [{x: 1}, {x: 2}]}) { x }', [{"x": 1}, {"x": 2}]),
        ('planetWord(planet: {id: 7, name: "Pluto"})', "7:Pluto"),
        ("planetWord(planet: {id: 8})", "8:?"),
        # Languages, and as whom
        ('larger(argument1: "a", argument2: "B")', "B"),
        ('lengths(word: "é")', [1, 2]),
        ("whoami", "postgres"),
        ("moonCount", "4"),
        ("realMoonCount", "5"),
        # Sets
        ("evens(upTo: 6)", [2, 4, 6]),
        ("evens(upTo: 0)", []),
        ("oneColumn", [1, 2]),
        ("heaviest { name moons { totalCount } }", {"name": "Jupiter", "moons": {"totalCount": 2}}),
        (
            "smallPlanets { nodes { name } totalCount }",
            {"nodes": [{"name": "Venus"}, {"name": "Mars"}], "totalCount": 2},
        ),
        (
            'clashing(filterArgument: "%", firstArgument: 2, first: 1, orderBy: [{ name: ASC }]) { nodes { name } }',
            {"nodes": [{"name": "Jupiter"}]},
        ),
        ("allAtOnce { name mass }", [
            {"name": "Mars", "mass": "6"},
            {"name": "Jupiter", "mass": "9007199254740993"},
            {"name": "Venus", "mass": None},
        ]),
        # Overloads
        ("found", "nothing"),
        ("foundById(id: 3)", "id 3"),
        ('foundByNameAndExact(name: "x")', "name x true"),
        ("twin(a: 1, b: 2)", "b 2"),
        ('twinByAAndC(a: 1, c: "z")', "c z"),
        ("beside(a: 1, b: 2)", "b 2"),
        ("longer(a: 1, b: 1)", "long"),
        ("skipping(a: 1, b: 2, c: 3)", "three"),
        ('crossed(a: 1, b: "x")', "1x"),
        ('crossedByBAndA(a: 1, b: "x")', "x1"),
        ("otherNames(a: 1)", "1b"),
        ('otherNames(a: 1, b: "x")', "1x"),
        ("otherNamesByXAndC(x: 1)", "1 2"),
        ("withProcedure(a: 1, b: 2)", 3),
        ("withAggregate(a: 1)", 2),
        ("inListByArgument1AndB(argument1: 1, b: 2)", "two"),
        ("inList(argument1: 1, numbers: [3, 4])", "list 3 4"),
        ("tooMany", [1, 2]),
    ],
)  # fmt: skip
async def test_a_form(sky: Api, field: str, expected: Any) -> None:
    assert await sky.data(f"{{ v: {field} }}", role=READER) == {"v": expected}


async def test_arguments_as_variables(sky: Api) -> None:
    data = await sky.data(
        """query ($n: [Int]!, $s: SpotInput!, $f: Int, $p: PlanetsRowInput!) {
             total(label: "v", numbers: $n) moved(spot: $s) { x } scale(argument1: 1, factor: $f)
             planetWord(planet: $p) }""",
        {"n": [4, 5], "s": {"x": 3}, "p": {"id": 1, "name": "it's"}},
        role=READER,
    )
    assert data == {"total": "v=9", "moved": {"x": 4}, "scale": 12, "planetWord": "1:it's"}


async def test_an_argument_without_a_name_behind_one_that_is_absent(sky: Api) -> None:
    reply = await sky.reply("{ scale(argument1: 1, argument3: 2) }", role=READER)
    assert reply.code == "BAD_USER_INPUT"
    assert reply.errors[0]["message"] == "`argument3` can be given only with all arguments that come before it."


async def test_rows_of_a_functions_own_columns(sky: Api) -> None:
    data = await sky.data(
        "{ census { nodes { planet kind moons names biggest { x y label } } totalCount pageInfo { hasNextPage } } }",
        role=READER,
    )
    assert data["census"] == {
        "nodes": [
            {"planet": "Venus", "kind": None, "moons": "0", "names": [None],
             "biggest": {"x": None, "y": "0.50", "label": "Venus"}},
            {"planet": "Jupiter", "kind": "gas", "moons": "2", "names": ["Io", "Europa"],
             "biggest": {"x": 1821, "y": "0.50", "label": "Jupiter"}},
            {"planet": "Mars", "kind": "rock", "moons": "2", "names": ["Phobos", "Deimos"],
             "biggest": {"x": 11, "y": "0.50", "label": "Mars"}},
        ],
        "totalCount": 3,
        "pageInfo": {"hasNextPage": False},
    }  # fmt: skip


async def test_they_filter_sort_page_and_aggregate_like_a_tables(sky: Api) -> None:
    data = await sky.data(
        """{ filtered: census(filter: { moons: { gt: 0 }, kind: { eq: gas } }) { nodes { planet } }
             some: census(minimum: 1) { totalCount aggregates { sum { moons } } }
             sorted: census(orderBy: [{ planet: ASC }], first: 2) { nodes { planet } pageInfo { endCursor } } }""",
        role=READER,
    )
    assert data["filtered"] == {"nodes": [{"planet": "Jupiter"}]}
    assert data["some"] == {"totalCount": 2, "aggregates": {"sum": {"moons": "4"}}}
    assert data["sorted"]["nodes"] == [{"planet": "Jupiter"}, {"planet": "Mars"}]
    query = "query ($a: String) { census(orderBy: [{ planet: ASC }], after: $a) { edges { node { planet } } } }"
    data = await sky.data(query, {"a": data["sorted"]["pageInfo"]["endCursor"]}, role=READER)
    assert data == {"census": {"edges": [{"node": {"planet": "Venus"}}]}}


async def test_their_own_order_is_paged_through(sky: Api) -> None:
    query = "query ($a: String) { pairs(first: 2, after: $a) { nodes { a b } pageInfo { endCursor hasNextPage } } }"
    first = (await sky.data(query, role=READER))["pairs"]
    assert first["nodes"] == [{"a": 1, "b": 2}, {"a": 1, "b": 1}]
    second = (await sky.data(query, {"a": first["pageInfo"]["endCursor"]}, role=READER))["pairs"]
    assert second == {
        "nodes": [{"a": None, "b": 3}],
        "pageInfo": {"endCursor": second["pageInfo"]["endCursor"], "hasNextPage": False},
    }


async def test_what_a_function_reads_is_the_callers(sky: Api) -> None:
    query = '{ moonCount census(filter: { planet: { eq: "Jupiter" } }) { nodes { moons names } } }'
    assert await sky.data(query, role=WRITER) == {
        "moonCount": "5",
        "census": {"nodes": [{"moons": "3", "names": ["Io", "Europa", "Hush"]}]},
    }


async def test_strict_functions_of_a_null_are_not_called(sky: Api) -> None:
    data = await sky.data(
        """query ($n: Int, $w: String) {
             strictWord(word: $w) strictWords(word: $w) strictPlanet(id: $n) { name }
             strictPlanets(id: $n) { nodes { name } totalCount } strictPair(x: $n) { b } }""",
        {"n": None, "w": None},
        role=READER,
    )
    assert data == {
        "strictWord": None,
        "strictWords": [],
        "strictPlanet": None,
        "strictPlanets": {"nodes": [], "totalCount": 0},
        "strictPair": None,
    }
    absent = "{ strictWord strictWords strictPlanet { name } strictPlanets { totalCount } strictPair { b } }"
    assert await sky.data(absent, role=READER) == {
        "strictWord": "w",
        "strictWords": ["w"],
        "strictPlanet": {"name": "Mars"},
        "strictPlanets": {"totalCount": 1},
        "strictPair": {"b": 2},
    }
