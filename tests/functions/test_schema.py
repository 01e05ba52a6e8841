"""Which functions the schema holds, how they are described, and what is left out and told."""

from __future__ import annotations

import asyncpg
import pytest
from graphql import GraphQLInputObjectType, GraphQLSchema

from gatepost.schema.names import camel
from tests.api import Api

READER, WRITER = "forms_reader", "forms_writer"


async def _served(api: Api, role: str) -> GraphQLSchema:
    return (await api.gateway.engine.roles.of(role)).schema


@pytest.mark.parametrize(
    ("signature", "reason"),
    [
        ("same(value anyelement)", "is left out, as it takes arguments of any type"),
        ('many(VARIADIC "any")', "is left out, as it takes arguments of any type"),
        ("loose()", "is left out, as it returns record"),
        ("quiet()", "is left out, as it returns nothing and changes nothing"),
        ("outside()", "is left out, as it returns rows of hidden.things, which the API may not read"),
        ("inside(thing hidden.things)", "is left out, as it takes rows of hidden.things, which the API may not read"),
        ("locked_spots()", "is left out, as it returns rows of sky.locked, which the API may not read"),
        ("proceed()", "is left out, as it is a procedure, which only `call` runs"),
        ("nobodys()", "is not granted: no role of the API may execute it"),
        ("lock(row_of sky.locked)", "is left out, as it takes rows of sky.locked, which the API may not read"),
    ],
)
async def test_what_is_left_out_is_told(sky: Api, signature: str, reason: str) -> None:
    remarks = sky.gateway.engine.roles.whole.report.remarks
    assert [remark.reason for remark in remarks if remark.object == f"function sky.{signature}"] == [reason]
    schema = await _served(sky, READER)
    assert schema.query_type is not None
    assert camel(signature.partition("(")[0]) not in schema.query_type.fields


async def test_what_is_no_function_of_the_api_is_hidden(sky: Api) -> None:
    hidden = {"nobodys", "withAggregateByInteger", "besideByAAndC", "watch", "watchAll", "proceed", "grand", "unwanted"}
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


async def test_an_overload_has_one_name_whoever_asks(sky: Api) -> None:
    assert await sky.data('{ alone(a: 1) aloneByA(a: "x") }', role=WRITER) == {"alone": "integer", "aloneByA": "text"}
    assert await sky.data('{ aloneByA(a: "x") }', role=READER) == {"aloneByA": "text"}
    assert (await sky.reply("{ alone(a: 1) }", role=READER)).code == "GRAPHQL_VALIDATION_FAILED"


async def test_rows_of_a_table_have_the_columns_that_may_be_read(sky: Api) -> None:
    assert (await sky.reply("{ lockedRows { nodes { code } } }", role=READER)).code == "GRAPHQL_VALIDATION_FAILED"
    # The function itself reads all columns, as the caller, and is not let.
    assert (await sky.reply("{ lockedRows { nodes { id } } }", role=READER)).code == "FORBIDDEN"


async def test_arguments_are_described_by_tags(sky: Api) -> None:
    schema = await _served(sky, WRITER)
    assert schema.query_type is not None
    census, quoted = schema.query_type.fields["census"], schema.query_type.fields["quoted"]
    assert census.description == "Planets, and what circles them."
    assert census.args["minimum"].description == "Only planets of so many moons."
    assert (quoted.description, quoted.args["end"].description) == ("How far it is.", "Where it ends.")
    assert quoted.args["startAt"].description == "Start at."
    inputs = schema.get_type("AddMoonInput")
    assert isinstance(inputs, GraphQLInputObjectType)
    assert inputs.fields["name"].description == "What it is called."


async def test_a_function_of_which_each_call_fits_another_is_left_out_and_told(sky: Api) -> None:
    told = {remark.object: remark.reason for remark in sky.gateway.engine.roles.whole.report.remarks}
    reason = "is left out, as it cannot be called: each call fits another function of its name as well"
    assert told["function sky.longer(a integer)"] == reason
    assert told["function sky.skipping(a integer, c integer)"] == reason
    with pytest.raises(asyncpg.AmbiguousFunctionError):
        await sky.sql("select sky.longer(1)")


async def test_overloads_that_calls_cannot_tell_apart_need_all_their_arguments(sky: Api) -> None:
    query = (await _served(sky, READER)).query_type
    assert query is not None
    types = {name: str(argument.type) for name, argument in query.fields["twin"].args.items()}
    assert types == {"a": "Int!", "b": "Int!"}
    types = {name: str(argument.type) for name, argument in query.fields["beside"].args.items()}
    assert types == {"a": "Int!", "b": "Int!"}, "also beside one that nobody may execute"
    types = {name: str(argument.type) for name, argument in query.fields["foundByNameAndExact"].args.items()}
    assert types == {"name": "String!", "exact": "Boolean"}
