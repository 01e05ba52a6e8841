"""What people read of a schema: descriptions, reasons why a thing is deprecated, defaults, and inputs of one field."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, get_introspection_query, validate_schema

from tests.api import Api, CreateDatabase, opened

SQL = (Path(__file__).parent / "described.sql").read_text()
ROLE = "described_reader"


@pytest.fixture(scope="module")
async def described(create_database: CreateDatabase) -> AsyncIterator[Api]:
    async with opened(await create_database(SQL), schemas=("described",), anonymous_role=ROLE, pool_size=2) as api:
        yield api


@pytest.fixture(scope="module")
async def types(described: Api) -> dict[str, Any]:
    """The types as introspection tells them, by name."""
    query = get_introspection_query(input_value_deprecation=True, specified_by_url=True, one_of=True)
    data = await described.data(query, role=ROLE)
    return {type_["name"]: type_ for type_ in data["__schema"]["types"]}


def parts(type_: dict[str, Any]) -> list[dict[str, Any]]:
    return [part for kind in ("fields", "inputFields", "enumValues") for part in type_[kind] or ()]


def part(type_: dict[str, Any], name: str) -> dict[str, Any]:
    [found] = [part for part in parts(type_) if part["name"] == name]
    return found


async def test_the_schema_is_valid(described: Api) -> None:
    schema: GraphQLSchema = described.gateway.api.whole()
    assert validate_schema(schema) == []


def test_why_things_are_deprecated(types: dict[str, Any]) -> None:
    reasons = {
        f"{type_['name']}.{part['name']}": part["deprecationReason"]
        for type_ in types.values()
        for part in parts(type_)
        if part["isDeprecated"]
    }
    weight, code, shelf, shelves, label = (
        "Nobody weighs them.",
        "Read the id.",
        "Boxes have no place.",
        "Boxes are kept on the floor.",
        "Read the code.",
    )
    assert {name: reason for name, reason in reasons.items() if name.startswith(("Box.", "BoxFilter.", "BoxOrd"))} == {
        "Box.weight": weight,
        "Box.code": code,
        "Box.shelf": shelf,
        "Box.label": label,
        "BoxFilter.weight": weight,
        "BoxFilter.code": code,
        "BoxFilter.shelf": shelf,
        "BoxFilter.label": label,
        "BoxOrderBy.weight": weight,
        "BoxOrderBy.code": code,
        "BoxOrderBy.shelf": shelf,
    }
    # A new row needs the code, and what is needed cannot be deprecated (GraphQL spec, 3.13.3).
    assert {name: reason for name, reason in reasons.items() if name.startswith(("BoxInput.", "BoxPatch."))} == {
        "BoxInput.weight": weight,
        "BoxInput.shelf": shelf,
        "BoxPatch.weight": weight,
        "BoxPatch.code": code,
        "BoxPatch.shelf": shelf,
    }
    assert {
        name: reason for name, reason in reasons.items() if name.startswith(("Query.", "Mutation."))
    } == dict.fromkeys(
        [
            "Query.shelf",
            "Query.shelves",
            *(f"Mutation.{do}{what}" for do in ("create", "update", "delete") for what in ("Shelf", "Shelves")),
            "Mutation.upsertShelf",
        ],
        shelves,
    )
    assert (reasons["Spot.y"], reasons["SpotInput.y"]) == ("All are on a line.",) * 2
    assert (reasons["AddBoxInput.weight"], "AddBoxInput.code" in reasons) == (weight, False)
    assert (reasons["BoxSums.weight"], reasons["BoxDistinct.weight"], reasons["BoxColumn.weight"]) == (weight,) * 3


def test_arguments_and_enum_values(types: dict[str, Any]) -> None:
    greet = {argument["name"]: argument for argument in part(types["Query"], "greet")["args"]}
    assert [(name, a["deprecationReason"]) for name, a in greet.items() if a["isDeprecated"]] == [
        ("times", "No longer supported"),
        ("big", "Say less."),
    ]
    assert (greet["name"]["description"], greet["times"]["description"]) == ("Whom to greet.", "Times.")
    values = [(v["name"], v["description"], v["deprecationReason"]) for v in types["State"]["enumValues"]]
    assert values == [
        ("new", "Nobody has begun.", None),
        ("half_done", "Somebody has.", "No longer supported"),
        ("done", "Done.", None),
        ("gone", "Gone.", "Use done."),
    ]
    assert (types["State"]["description"], types["Spot"]["description"]) == (
        "How far it is.",
        "A value of the type spot.",
    )


def test_defaults_that_are_constants(types: dict[str, Any]) -> None:
    greet = {argument["name"]: argument["defaultValue"] for argument in part(types["Query"], "greet")["args"]}
    assert {name: default for name, default in greet.items() if default is not None} == {
        "name": '"it\'s \\"you\\""',
        "times": "-1",
        "big": '"9223372036854775807"',
        "exact": '"1.50"',
        "wide": "2.5",
        "yes": "true",
        "state": "half_done",
        "id": '"00000000-0000-0000-0000-000000000001"',
        "letters": '"abc"',
    }
    assert part(types["AddBoxInput"], "weight")["defaultValue"] == "5"
    label = {argument["name"]: argument["defaultValue"] for argument in part(types["Box"], "label")["args"]}
    assert label == {"prefix": '"Box"', "loud": "false"}


async def test_a_default_is_what_an_absent_argument_is(described: Api, types: dict[str, Any]) -> None:
    given = {argument["name"]: argument["defaultValue"] for argument in part(types["Query"], "greet")["args"]}
    told = ", ".join(f"{name}: {default}" for name, default in given.items() if default is not None)
    data = await described.data(f"{{ absent: greet told: greet({told}) }}", role=ROLE)
    assert data["absent"] == data["told"]
    assert data["absent"].startswith('it\'s "you"|-1|9223372036854775807|1.50|2.5|t|half done|')
    query = """mutation ($i: AddBoxInput!) {
      variable: addBox(input: $i) { result }
      literal: addBox(input: { code: "a" }) { result }
    }"""
    assert await described.data(query, {"i": {"code": "a"}}, role=ROLE) == {
        "variable": {"result": 5},
        "literal": {"result": 5},
    }
    # Null is a value of its own.
    assert await described.data("{ greet(name: null, words: null) }", role=ROLE) != {"greet": data["absent"]}


def test_inputs_of_exactly_one_field(types: dict[str, Any]) -> None:
    assert types["BoxShelfNested"]["isOneOf"]
    assert types["BoxShelfNestedPatch"]["isOneOf"]
    assert types["BoxOrderBy"]["isOneOf"]
    assert not types["ShelfBoxesNested"]["isOneOf"]  # rows may be created and others connected
    assert not types["BoxFilter"]["isOneOf"]


@pytest.mark.parametrize("shelf", [{}, {"connect": {"id": 1}, "create": {"id": 2, "name": "b"}}, {"connect": None}])
async def test_one_field_is_one(described: Api, shelf: dict[str, Any]) -> None:
    query = "mutation ($b: BoxInput!) { createBox(input: {box: $b}) { box { id } } }"
    box = {"id": 1, "code": "a", "shelf": shelf}
    reply = await described.reply(query, {"b": box}, role=ROLE)
    assert (reply.status, reply.code) == (400, "BAD_USER_INPUT")
    assert "BoxShelfNested" in reply.errors[0]["message"] or "exactly one" in reply.errors[0]["message"].lower()


def test_things_of_which_nobody_said_anything(types: dict[str, Any]) -> None:
    assert types["Box"]["description"] == "One of the boxes."
    assert part(types["Box"], "createdAt")["description"] == "Created at."
    assert part(types["Shelf"], "boxes")["description"] == "The Boxes whose `shelf` this is."
    assert part(types["Box"], "shelf")["description"] == "The Shelf that `shelfId` refers to."
    assert part(types["BoxKey"], "id")["description"] == "The same id."
