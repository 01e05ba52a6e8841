"""Volatile functions as fields of Mutation, each with its input and its payload."""

from __future__ import annotations

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
)

from gatepost.schema.functions import FunctionMember
from gatepost.schema.meaning import KEY, ListField, MutationField, PayloadPart, RowField, ValueField
from gatepost.schema.names import Claims, plural
from gatepost.schema.objects import Objects
from gatepost.schema.parameters import inputs as input_fields
from gatepost.schema.types import non_null


def call_field(member: FunctionMember, objects: Objects, claims: Claims, query: GraphQLObjectType) -> GraphQLField:
    """The field that calls a volatile function."""
    what = f"function {member.call.function.schema}.{member.call.function.name}"
    title = member.name[0].upper() + member.name[1:]
    fields: dict[str, GraphQLField] = {}
    result: RowField | ListField | ValueField | None = None
    if member.shape is not None and member.rows is not None:
        row = objects.row(member.shape)
        result = ListField(member.rows) if member.many else RowField(member.rows)
        one = GraphQLNonNull(row) if member.many or member.tags.not_null else row
        fields[member.shape.many if member.many else member.shape.single] = GraphQLField(
            GraphQLNonNull(GraphQLList(one)) if member.many else one,
            description=f"The {plural(row.name) if member.many else row.name} that `{member.name}` returns.",
            extensions={KEY: PayloadPart.RESULT},
        )
    elif member.codec is not None:
        type_: GraphQLOutputType = non_null(member.codec.graphql, member.tags.not_null)
        result = ValueField(member.call, member.codec)
        fields["result"] = GraphQLField(
            GraphQLNonNull(GraphQLList(type_)) if member.many else type_,
            description=f"What `{member.name}` returns.",
            extensions={KEY: PayloadPart.RESULT},
        )
    if query.fields:
        fields["query"] = query_part(query)
    payload = GraphQLObjectType(claims.claim(what, f"{title}Payload"), fields, description=f"What `{member.name}` did.")
    arguments = {}
    if member.call.parameters:
        inputs = GraphQLInputObjectType(
            claims.claim(what, f"{title}Input"),
            input_fields(member.call),
            description=f"What `{member.name}` needs.",
        )
        needed = any(not parameter.argument.has_default for parameter in member.call.parameters)
        arguments["input"] = GraphQLArgument(
            GraphQLNonNull(inputs) if needed else inputs, description=f"What `{member.name}` needs."
        )
    return GraphQLField(
        GraphQLNonNull(payload) if fields else payload,
        arguments,
        description=member.tags.description,
        deprecation_reason=member.tags.deprecated,
        extensions={KEY: MutationField(member.call, result)},
    )


def query_part(query: GraphQLObjectType) -> GraphQLField:
    """The field `query` of a payload."""
    return GraphQLField(
        GraphQLNonNull(query),
        description="Anything else, read after this was done.",
        extensions={KEY: PayloadPart.QUERY},
    )
