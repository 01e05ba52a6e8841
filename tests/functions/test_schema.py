"""Which functions the schema holds, how they are described, and what is left out and told."""

from __future__ import annotations

import pytest
from graphql import GraphQLInputObjectType, GraphQLSchema

from tests.api import Api

READER, WRITER = "forms_reader", "forms_writer"


async def _served(api: Api, role: str) -> GraphQLSchema:
    return (await api.gateway.engine.roles.of(role)).schema


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("same", "is left out, as it takes arguments of any type"),
        ("many", "is left out, as it takes arguments of any type"),
        ("loose", "is left out, as it returns record"),
        ("quiet", "is left out, as it returns nothing and changes nothing"),
        ("outside", "is left out, as it returns rows of hidden.things, which the API may not read"),
        ("inside", "is left out, as it takes a row of hidden.things, which the API may not read"),
    ],
)
async def test_what_is_left_out_is_told(sky: Api, name: str, reason: str) -> None:
    remarks = sky.gateway.engine.roles.whole.report.remarks
    assert [remark.reason for remark in remarks if remark.object == f"function sky.{name}"] == [reason]
    schema = await _served(sky, READER)
    assert schema.query_type is not None
    assert name not in schema.query_type.fields


async def test_what_is_no_function_of_the_api_is_hidden(sky: Api) -> None:
    hidden = {"watch", "watchAll", "proceed", "grand", "unwanted"}
    for role in (READER, WRITER):
        schema = await _served(sky, role)
        assert schema.query_type is not None
        assert schema.mutation_type is not None
        assert not hidden & {*schema.query_type.fields, *schema.mutation_type.fields}


async def test_a_function_that_a_role_may_not_execute_is_not_in_its_schema(sky: Api) -> None:
    for role, there in ((READER, False), (WRITER, True)):
        mutation = (await _served(sky, role)).mutation_type
        assert mutation is not None
        assert ("clearSecrets" in mutation.fields) is there
    reply = await sky.reply("mutation { clearSecrets { result } }", role=READER)
    assert reply.code == "GRAPHQL_VALIDATION_FAILED"


async def test_arguments_are_described_by_tags(sky: Api) -> None:
    schema = await _served(sky, WRITER)
    assert schema.query_type is not None
    census, quoted = schema.query_type.fields["census"], schema.query_type.fields["quoted"]
    assert census.description == "Planets, and what circles them."
    assert census.args["minimum"].description == "Only planets of so many moons."
    assert (quoted.description, quoted.args["end"].description) == ("How far it is.", "Where it ends.")
    assert quoted.args["startAt"].description is None
    inputs = schema.get_type("AddMoonInput")
    assert isinstance(inputs, GraphQLInputObjectType)
    assert inputs.fields["name"].description == "What it is called."


async def test_overloads_that_calls_cannot_tell_apart_need_all_their_arguments(sky: Api) -> None:
    query = (await _served(sky, READER)).query_type
    assert query is not None
    types = {name: str(argument.type) for name, argument in query.fields["twin"].args.items()}
    assert types == {"a": "Int!", "b": "Int!"}
    types = {name: str(argument.type) for name, argument in query.fields["foundByNameAndExact"].args.items()}
    assert types == {"name": "String!", "exact": "Boolean"}
