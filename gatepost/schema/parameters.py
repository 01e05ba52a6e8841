"""The parameters of SQL functions as GraphQL arguments and input fields, with defaults that are constants."""

from __future__ import annotations

import re

from graphql import (
    BooleanValueNode,
    ConstValueNode,
    EnumValueNode,
    FloatValueNode,
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLDefaultInput,
    GraphQLEnumType,
    GraphQLError,
    GraphQLFloat,
    GraphQLInputField,
    GraphQLInt,
    GraphQLString,
    IntValueNode,
    StringValueNode,
    Undefined,
    coerce_input_literal,
)

from gatepost.schema.codecs import InputType
from gatepost.schema.meaning import Call, Parameter
from gatepost.schema.scalars import BIG_INT, DECIMAL, UUID
from gatepost.schema.types import non_null

_QUOTED = re.compile(r"'((?:[^'\\]|'')*)'::[^()']+")
_BARE = re.compile(r"-?\d+(?:\.\d+)?|true|false")
_INT = re.compile(r"-?(?:0|[1-9]\d*)")
_FLOAT = re.compile(rf"{_INT.pattern}(?:\.\d+)?")


def arguments(call: Call) -> dict[str, GraphQLArgument]:
    """A function's parameters as arguments: needed, unless SQL gives a default."""
    return {
        parameter.name: GraphQLArgument(
            non_null(parameter.codec.input, not parameter.argument.has_default),
            description=parameter.description,
            deprecation_reason=parameter.deprecated,
            default=default(parameter),
        )
        for parameter in call.parameters
    }


def inputs(call: Call) -> dict[str, GraphQLInputField]:
    """The same as fields of an input object."""
    return {
        parameter.name: GraphQLInputField(
            non_null(parameter.codec.input, not parameter.argument.has_default),
            description=parameter.description,
            deprecation_reason=parameter.deprecated,
            default=default(parameter),
        )
        for parameter in call.parameters
    }


def default(parameter: Parameter) -> GraphQLDefaultInput | None:
    """The default of a parameter, where it is a constant that is not null: it then is the same to give it or not.

    It is told to clients; where an argument is absent, Postgres still takes its own.
    """
    expression = parameter.argument.default
    if expression is None or parameter.key is not None or parameter.codec.dimensions:
        return None
    quoted = _QUOTED.fullmatch(expression)
    text = quoted[1].replace("''", "'") if quoted else expression if _BARE.fullmatch(expression) else None
    node = None if text is None else _literal(text, parameter.codec.input)
    if node is None:
        return None
    try:
        fits = coerce_input_literal(node, parameter.codec.input) is not Undefined
    except GraphQLError:
        return None
    return GraphQLDefaultInput(literal=node) if fits else None


def _literal(text: str, type_: InputType) -> ConstValueNode | None:
    """A constant as GraphQL writes it; None for types of which Postgres' settings decide the text form."""
    if type_ is GraphQLInt and _INT.fullmatch(text):
        return IntValueNode(value=text)
    if type_ is GraphQLFloat and _FLOAT.fullmatch(text):
        return FloatValueNode(value=text)
    if type_ is GraphQLBoolean and text in ("true", "false", "t", "f"):
        return BooleanValueNode(value=text.startswith("t"))
    if isinstance(type_, GraphQLEnumType):
        name = next((name for name, value in type_.values.items() if value.value == text), None)
        return None if name is None else EnumValueNode(value=name)
    return StringValueNode(value=text) if type_ in (GraphQLString, BIG_INT, DECIMAL, UUID) else None
