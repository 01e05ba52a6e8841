"""Functions of two schemas at once: names that both want, types of one in functions of the other, sets of all kinds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.api import Api, CreateDatabase, opened
from tests.functions.conftest import FORMS, SETTINGS

WRITER = "forms_writer"
OUTER = (Path(__file__).parent / "outer.sql").read_text()


@pytest.fixture(scope="module")
async def space(create_database: CreateDatabase) -> AsyncIterator[Api]:
    url = await create_database(FORMS, OUTER, user="forms_gateway")
    async with opened(url, **{**SETTINGS, "schemas": ("sky", "outer_space")}) as api:
        yield api


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        # The schema that is named first comes first
        ("add(argument1: 2, argument2: 1)", 3),
        ("addByArgument1AndArgument2(argument1: 2, argument2: 1)", 1),
        ("addUp(a: 1)", -1),
        ('addUpByB(b: "x")', "x"),
        ("addUpByA(a: 1)", 1),
        ('outerSpaceAddUp(b: "x")', "outer x"),
        ("planetOf(moon: { id: 1, planetId: 2 }) { name }", {"name": "Jupiter"}),
        ("moon(id: 1)", "moon 1"),
        ("skyMoon(id: 1) { name }", {"name": "Phobos"}),
        # Sets and types
        ("tones", ["low", None, "high"]),
        ("arrays", [[1, 2], None]),
        ("domains", [1, 2]),
        ("ranges { lower upper }", [{"lower": 1, "upper": 3}]),
        ("rightSpots { x label }", [{"x": 1, "label": "x"}]),
        ("rightX(spot: { x: 3 })", 3),
        ("few(numbers: [1, 2])", [1, 2]),
        ("outRow { id name }", {"id": 1, "name": "Phobos"}),
        (
            "outRows { nodes { n moon { name } } }",
            {"nodes": [{"n": 7, "moon": {"name": "Phobos"}}, {"n": 7, "moon": {"name": "Deimos"}}]},
        ),
        ("howMany(moons: [{ id: 1 }, null])", 2),
        (
            "reserved(firstArgument: 5, first: 1) { nodes { last nodeIdColumn andColumn } }",
            {"nodes": [{"last": 5, "nodeIdColumn": "n", "andColumn": 2}]},
        ),
        ("nowByDefault", True),
        ('nowByDefault(at: "2020-01-01T00:00:00Z")', False),
    ],
)
async def test_a_query(space: Api, field: str, expected: Any) -> None:
    assert await space.data(f"{{ v: {field} }}", role=WRITER) == {"v": expected}


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ('createMoon(input: { name: "x" }) { result }', {"result": "made x"}),
        (
            'createSkyMoon(input: { moon: { id: 50, planetId: 1, name: "Fifty" } }) { moon { name } }',
            {"moon": {"name": "Fifty"}},
        ),
        (
            "spans(input: { spans: [{ lower: 1, upper: 3 }, null] }) { result { lower upper } }",
            {"result": [{"lower": 1, "upper": 3}, None]},
        ),
        (
            "spanAndSpots { result { span { upper } spots { label } } }",
            {"result": {"span": {"upper": 3}, "spots": [{"label": "x"}]}},
        ),
        (
            "spanAndSpots { result { span { upper } spots { label } } query { add(argument1: 1, argument2: 1) } }",
            {"result": {"span": {"upper": 3}, "spots": [{"label": "x"}]}, "query": {"add": 2}},
        ),
    ],
)
async def test_a_mutation(space: Api, field: str, expected: Any) -> None:
    assert await space.data(f"mutation {{ v: {field} }}", role=WRITER) == {"v": expected}


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("rightX(spot: { x: -3 })", "CHECK_VIOLATION"),
        ("few(numbers: [1, 2, 3])", "CHECK_VIOLATION"),
        ("refused(n: 1)", "NO_WAY"),
    ],
)
async def test_a_refusal(space: Api, field: str, code: str) -> None:
    assert (await space.reply(f"{{ {field} }}", role=WRITER)).code == code


async def test_whoever_asks_names_are_the_same(space: Api) -> None:
    assert await space.data("{ addUpByA(a: 1) }", role="forms_reader") == {"addUpByA": 1}
    assert (await space.reply("{ addUp(a: 1) }", role="forms_reader")).code == "GRAPHQL_VALIDATION_FAILED"
