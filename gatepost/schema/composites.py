"""Composite types and ranges as objects: what their fields mean, and input objects that coerce to one SQL value."""

from __future__ import annotations

from functools import partial
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLObjectType,
)

from gatepost.catalog import Type
from gatepost.schema.codecs import Attribute, Codec, WholeValue, comparison, non_null
from gatepost.schema.literals import range_, record
from gatepost.schema.meaning import KEY, AttributeField, BoundField
from gatepost.schema.names import Claims, spoken
from gatepost.schema.tags import Tags, parse

_FLAGS = {
    "lowerInclusive": ("lower_inc", "Whether the lower bound belongs to it"),
    "upperInclusive": ("upper_inc", "Whether the upper bound belongs to it"),
    "empty": ("isempty", "Whether it holds nothing"),
}
_BUILT_IN = {
    "int4range": "Int4Range",
    "int8range": "Int8Range",
    "numrange": "NumRange",
    "tsrange": "TsRange",
    "tstzrange": "TstzRange",
    "daterange": "DateRange",
}


def composite(type_: Type, all_: tuple[Attribute | None, ...], name: str, claims: Claims, tags: Tags) -> Codec:
    """The codec of a composite type whose object type is called `name`; None stands for an attribute not shown."""
    attributes = tuple(attribute for attribute in all_ if attribute is not None)
    comments = {attribute.name: parse(attribute.comment) for attribute in type_.attributes}
    output = GraphQLObjectType(
        name,
        {
            attribute.member: GraphQLField(
                non_null(attribute.codec.graphql, comments[attribute.name].not_null),
                description=comments[attribute.name].description or spoken(attribute.member),
                deprecation_reason=comments[attribute.name].deprecated,
                extensions={KEY: AttributeField(attribute.name, attribute.codec)},
            )
            for attribute in attributes
        },
        description=tags.description or f"A value of the type {type_.name}.",
    )
    input_ = GraphQLInputObjectType(
        claims.claim(f"the input of type {type_.schema}.{type_.name}", f"{name}Input", f"{name}ValueInput"),
        {
            attribute.member: GraphQLInputField(
                non_null(attribute.codec.input, attribute.codec.not_null),
                description=comments[attribute.name].description or spoken(attribute.member),
                deprecation_reason=None if attribute.codec.not_null else comments[attribute.name].deprecated,
            )
            for attribute in attributes
        },
        description=tags.description or f"A value of {name}; what is absent is null.",
        out_type=partial(_record, all_),
        extensions={KEY: WholeValue()},
    )
    return Codec(
        output,
        input_,
        "composite",
        None,
        (type_.schema, type_.name),
        # What is not shown is not to be found out by comparing either.
        comparison(attribute.codec for attribute in attributes) if len(attributes) == len(all_) else "none",
        attributes=attributes,
    )


def _record(attributes: tuple[Attribute | None, ...], values: dict[str, Any]) -> str:
    return record(values, attributes)


def range_name(type_: Type, wanted: str) -> str:
    """The name of a range type's object type: `Int4Range`."""
    return _BUILT_IN.get(type_.name, wanted) if type_.schema == "pg_catalog" else wanted


def range_type(type_: Type, bounds: Codec, name: str, claims: Claims, tags: Tags) -> Codec:
    """The codec of a range type whose object type is called `name`."""
    described = {"lower": "The lower bound; null where there is none.", "upper": "The upper bound; null likewise."}
    output = GraphQLObjectType(
        name,
        {
            **{
                bound: GraphQLField(
                    bounds.graphql, description=description, extensions={KEY: BoundField(bound, bounds)}
                )
                for bound, description in described.items()
            },
            **{
                flag: GraphQLField(
                    GraphQLBoolean, description=f"{description}.", extensions={KEY: BoundField(function, None)}
                )
                for flag, (function, description) in _FLAGS.items()
            },
        },
        description=tags.description or f"A range of the type {type_.name}.",
    )
    input_ = GraphQLInputObjectType(
        claims.claim(f"the input of type {type_.schema}.{type_.name}", f"{name}Input", f"{name}ValueInput"),
        {
            "lower": GraphQLInputField(bounds.input, description="The lower bound; none where null or absent."),
            "upper": GraphQLInputField(bounds.input, description="The upper bound; none where null or absent."),
            "lowerInclusive": GraphQLInputField(
                GraphQLBoolean, description=f"{_FLAGS['lowerInclusive'][1]}; true where absent."
            ),
            "upperInclusive": GraphQLInputField(
                GraphQLBoolean, description=f"{_FLAGS['upperInclusive'][1]}; false where absent."
            ),
            "empty": GraphQLInputField(GraphQLBoolean, description="The empty range, whatever the bounds."),
        },
        description=tags.description or f"A range of the type {type_.name}: `[lower, upper)` unless it says more.",
        out_type=partial(_range, bounds),
        extensions={KEY: WholeValue()},
    )
    return Codec(output, input_, "range", None, (type_.schema, type_.name), "range", element=bounds)


def _range(bounds: Codec, values: dict[str, Any]) -> str:
    return range_(values, bounds)


def multirange(type_: Type, ranges: Codec) -> Codec:
    """The codec of a multirange type: a list of ranges."""
    return Codec(
        GraphQLList(ranges.graphql),
        GraphQLList(ranges.input),
        "multirange",
        None,
        (type_.schema, type_.name),
        "range",
        element=ranges,
    )
