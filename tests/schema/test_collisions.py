"""Names that are taken, and what cannot be served: however a database names its things, its API answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from graphql import GraphQLObjectType, get_named_type, is_leaf_type, is_required_argument, validate_schema

from tests.api import Api, CreateDatabase, opened

SCRIPT = (Path(__file__).parent / "collisions.sql").read_text()
WHO = "collisions_reader"


@pytest.fixture(scope="module")
async def api(create_database: CreateDatabase) -> AsyncIterator[Api]:
    async with opened(await create_database(SCRIPT), schemas=("one", "two"), anonymous_role=WHO) as opened_api:
        yield opened_api


def leaves(row: GraphQLObjectType) -> str:
    """All scalars of a row's type that need no argument."""
    fields = row.fields.items()
    names = [
        name
        for name, field in fields
        if is_leaf_type(get_named_type(field.type)) and not any(map(is_required_argument, field.args.values()))
    ]
    return " ".join(names)


async def test_the_schema_is_valid(api: Api) -> None:
    assert validate_schema(api.gateway.api.whole()) == []


async def test_every_table_answers(api: Api) -> None:
    schema = api.gateway.engine.schema
    assert schema.query_type is not None
    asked = 0
    for name, field in schema.query_type.fields.items():
        connection = get_named_type(field.type)
        if not isinstance(connection, GraphQLObjectType) or "totalCount" not in connection.fields:
            continue
        row = get_named_type(connection.fields["nodes"].type)
        assert isinstance(row, GraphQLObjectType)
        await api.data(f"{{ {name} {{ totalCount nodes {{ {leaves(row)} }} edges {{ cursor }} }} }}", role=WHO)
        asked += 1
    assert asked == 16


async def test_types_that_graphql_or_another_table_has(api: Api) -> None:
    types = api.gateway.engine.schema.type_map
    assert {"OneQuery", "OneMutation", "OneNode", "OnePageInfo", "OneString", "StringFilter", "OneThing"} <= set(types)
    told = {remark.object: remark.reason for remark in api.gateway.api.report.remarks}
    assert told["one.query"] == "is OneQuery in the schema, as Query is taken"
    assert told["one.node"] == "is OneNode in the schema, as Node is taken"
    assert told["one.query.node_id"] == "is nodeIdColumn in type OneQuery, as nodeId is taken"
    data = await api.data("{ query(id: 1) { nodeIdColumn nodeIdColumn2 typename first filter } }", role=WHO)
    assert data["query"] == {"nodeIdColumn": 2, "nodeIdColumn2": 3, "typename": "type", "first": 4, "filter": 5}


async def test_a_function_comes_before_a_table_and_overloads_are_told_apart(api: Api) -> None:
    assert await api.data('{ things over(a: 1) overByB(b: "x") unnamed(argument1: 5) }', role=WHO) == {
        "things": 1,
        "over": 1,
        "overByB": "x",
        "unnamed": 5,
    }


async def test_relations_between_schemas_and_to_oneself(api: Api) -> None:
    data = await api.data(
        """{ twoThings { nodes { thing thingByThingId { id } oneThing { id } thingByThing { name idComputed
               likes: like(firstArgument: 1, first: 1) { nodes { id } } } } }
             pairs { nodes { thingByA { id } thingByB { id } } } loners { nodes { lonerByAAndB { a } } }
             days { nodes { day } } gathereds { nodes { id } } }""",
        role=WHO,
    )
    thing = {"name": "one", "idComputed": 7, "likes": {"nodes": [{"id": 1}]}}
    assert data["twoThings"]["nodes"] == [
        {"thing": 1, "thingByThingId": {"id": 1}, "oneThing": {"id": 1}, "thingByThing": thing}
    ]
    assert data["days"]["nodes"] == [{"day": "2024-05-05"}]
    assert data["gathereds"]["nodes"] == [{"id": 1}]


async def test_functions_that_cannot_be_served_are_reported(api: Api) -> None:
    left_out = {
        remark.object: remark.reason
        for remark in api.gateway.api.report.remarks
        if remark.reason.startswith("is left out")
    }
    assert left_out["function one.any_type(a anyelement)"] == "is left out, as it takes arguments of any type"
    assert left_out["function one.done()"] == "is left out, as it is a procedure, which only `call` runs"
    others = ("many", "unnamed", "triggered", "total")  # they are served, or are no functions of an API
    assert not [told for told in left_out if told.startswith(tuple(f"function one.{name}(" for name in others))]
