"""Aggregate functions as SQL: of one value of each row, or of the rows themselves."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.sql.functions import FunctionElement

from gatepost.plan.elements import Subscript, constant, number, sql_type
from gatepost.plan.frame import Frame
from gatepost.plan.sources import Condition, Sources
from gatepost.schema.aggregates import COUNT
from gatepost.schema.codecs import Codec
from gatepost.schema.meaning import Operand

_NAMES = {
    "sum": "sum",
    "avg": "avg",
    "stddev": "stddev_samp",
    "stddevPop": "stddev_pop",
    "variance": "var_samp",
    "variancePop": "var_pop",
    "boolAnd": "bool_and",
    "boolOr": "bool_or",
}
_HAVE_EXTREMES = frozenset(
    "int2 int4 int8 oid float4 float8 numeric money date time timetz timestamp timestamptz interval text varchar "
    "bpchar inet".split()
)
"""The types that every version has min and max of, beside arrays; others have an order, but not all of them these."""

_VECTOR = ("pg_catalog", "oidvector")
"""The one type with an order whose values are one each to the API, and arrays to array_agg, which joins them."""


def operand_value(sources: Sources, operand: Operand, frame: Frame) -> Condition:
    """The value of an operand of the rows of `frame`."""
    if operand.column is not None:
        return frame.column(operand.column.name)
    assert operand.call is not None
    return sources.value(operand.call, frame, {}, operand.codec)


def applied(
    function: str, value: Condition, codec: Codec, distinct: bool = False, of: Condition | None = None
) -> Condition:
    """An aggregate of a value of this codec; `distinct`: of each of its values once; `of`: of the rows that pass."""
    if function == "distinctCount":
        return only(sa.func.count(sa.distinct(value)), of)
    if function == "arrayAgg":
        ordered = aggregate_order_by(gathered(value, codec), value.asc())
        return listed(only(sa.func.array_agg(ordered), of), codec)
    if function in ("min", "max"):
        schema, name = codec.base or codec.sql
        if codec.dimensions or (schema, name) == _VECTOR or (schema == "pg_catalog" and name in _HAVE_EXTREMES):
            return only(getattr(sa.func, function)(value), of)
        ordered = aggregate_order_by(value, value.asc() if function == "min" else value.desc())
        there = value.is_distinct_from(sa.null())  # of a composite of nulls, `is null` is true
        return Subscript(only(sa.func.array_agg(ordered), there if of is None else sa.and_(there, of)), [number(1)])
    return only(getattr(sa.func, _NAMES[function])(sa.distinct(value) if distinct else value), of)


def gathered(value: Condition, codec: Codec) -> Condition:
    """A value as array_agg takes it, to be one element of an array; `listed` makes that array what it should be."""
    return sa.cast(value, sa.Text()) if (codec.base or codec.sql) == _VECTOR else value


def listed(array: Condition, codec: Codec) -> Condition:
    """What array_agg made of values that were `gathered`; an empty array where there were none."""
    type_ = ARRAY(sql_type(codec))
    whole = sa.cast(array, type_) if (codec.base or codec.sql) == _VECTOR else sa.type_coerce(array, type_)
    return sa.func.coalesce(whole, sa.cast(constant("{}"), type_))


def only(aggregate: FunctionElement[Any], of: Condition | None) -> Condition:
    """An aggregate of the rows that pass `of` alone."""
    return aggregate if of is None else sa.funcfilter(aggregate, of)


def result_codec(function: str, operand: Operand) -> Codec:
    """The codec of what an aggregate function gives for an operand."""
    found: Any = operand.codec
    if function == "distinctCount":
        found = COUNT
    elif function == "arrayAgg":
        found = operand.codec.listed()
    elif function == "sum":
        found = operand.sum
    elif function in ("avg", "stddev", "stddevPop", "variance", "variancePop"):
        found = operand.mean
    assert isinstance(found, Codec)
    return found
