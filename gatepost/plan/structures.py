"""Composites and ranges as JSON: the fields that are selected of them, however deep, in lists too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gatepost.plan.elements import AttributeOf, Reference, Subscript, constant, number
from gatepost.plan.output import JsonObject, as_json, elements
from gatepost.plan.select import select
from gatepost.plan.selection import Selected
from gatepost.schema.codecs import Codec
from gatepost.schema.meaning import AttributeField, BoundField, meaning_of

if TYPE_CHECKING:
    from gatepost.plan.rows import RowCompiler

Expression = sa.ColumnElement[Any]


def value_as_json(compiler: RowCompiler, value: Expression, codec: Codec, field: Selected) -> Expression:
    """A value of any type, with what `field` selects of it where it is an object or a list of them."""
    if not codec.structured:
        return as_json(value, codec)
    if not isinstance(value, Reference | AttributeOf | Subscript):  # it is named more than once below
        alias = compiler.aliases.fresh("v")
        once = select(value.label("v")).offset(number(0)).subquery(alias)
        inner = value_as_json(compiler, Reference(alias, "v"), codec, field)
        return select(inner).select_from(once)
    if codec.element is not None and codec.dimensions:
        element = codec.element
        return elements(value, codec.dimensions, lambda item: value_as_json(compiler, item, element, field))
    if codec.element is not None and codec.output == "multirange":
        ranges = codec.element
        return elements(value, 1, lambda item: value_as_json(compiler, item, ranges, field))
    # A composite of nulls `is null` too, but is not null (Postgres manual, 9.2).
    return sa.case((value.is_distinct_from(sa.null()), _object(compiler, value, field)))


def _object(compiler: RowCompiler, value: Expression, field: Selected) -> Expression:
    type_, selected = compiler.of(field)
    json = JsonObject()
    for member in selected:
        if member.definition is None:
            json.add(member.key, constant(type_.name))
        else:
            json.add(member.key, _member(compiler, value, member))
    alias = compiler.aliases.fresh("o")
    inner = select(*json.columns()).subquery(alias)
    return select(json.read(alias)).select_from(inner)


def _member(compiler: RowCompiler, value: Expression, field: Selected) -> Expression:
    assert field.definition is not None
    match meaning_of(field.definition):
        case AttributeField(name, codec):
            return value_as_json(compiler, AttributeOf(value, name), codec, field)
        case BoundField(function, codec):
            fact = getattr(sa.func, function)(value)
            return fact if codec is None else value_as_json(compiler, fact, codec, field)
    raise TypeError(f"not a field of a value: {field.name}")
