"""Postgres types as GraphQL types, and what each needs on its way in and out of SQL.

One `Codec` a type: `gatepost.plan` reads it to cast a value that comes in and to turn a column into JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLFloat,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLString,
    get_named_type,
)

from gatepost.catalog import Catalog, Type
from gatepost.schema import scalars, tags
from gatepost.schema.names import Claims, Report, pascal, valid

ValueType = GraphQLScalarType | GraphQLEnumType | GraphQLList[Any]
"""A type of values, which arguments and fields alike can have."""


@dataclass(frozen=True, slots=True)
class Codec:
    """How values of one Postgres type cross the border.

    `graphql`: the (nullable) type in the API, for values in and out alike.
    `output`: how a value becomes JSON: `plain` (as Postgres' to_json does), `text` (its text form), `base64`.
    `native`: the driver's own type that a coerced value has (`int8`, `text`, ...); None: it is sent as text and cast.
    `sql`: the type's schema and name, `dimensions` 1 for an array of it; `base`: of a domain, the type below it.
    `operators`: the filter operators that make sense: `equality`, `order`, `text`, `json`, `range`, `fulltext`,
    `ltree`, `inet`, `none`; of an array, those of its elements.
    """

    graphql: ValueType
    output: str
    native: str | None
    sql: tuple[str, str]
    operators: str
    dimensions: int = 0
    base: tuple[str, str] | None = None

    @property
    def orderable(self) -> bool:
        """Whether rows can be ordered by values of this type."""
        return self.operators in ("order", "text", "inet", "ltree", "range") and not self.dimensions

    def of_elements(self) -> Codec:
        """The codec of an array's elements."""
        element: Any = get_named_type(self.graphql)
        return replace(self, graphql=element, dimensions=0)


_ORDERED, _TEXT, _EQUAL, _NONE = "order", "text", "equality", "none"
_JSON, _NETWORK, _FULL_TEXT = "json", "inet", "fulltext"

# pg_catalog's types: GraphQL type, output, native, operators. A type that is not here is a string in its text form.
_BUILT_IN: dict[str, tuple[ValueType, str, str | None, str]] = {
    "bool": (GraphQLBoolean, "plain", "bool", _ORDERED),
    "int2": (GraphQLInt, "plain", "int4", _ORDERED),
    "int4": (GraphQLInt, "plain", "int4", _ORDERED),
    "int8": (scalars.BIG_INT, "text", "int8", _ORDERED),
    "oid": (scalars.BIG_INT, "text", "int8", _ORDERED),
    "float4": (GraphQLFloat, "plain", "float8", _ORDERED),
    "float8": (GraphQLFloat, "plain", "float8", _ORDERED),
    "numeric": (scalars.DECIMAL, "text", None, _ORDERED),
    "text": (GraphQLString, "plain", "text", _TEXT),
    "varchar": (GraphQLString, "plain", "text", _TEXT),
    "bpchar": (GraphQLString, "plain", None, _TEXT),
    "name": (GraphQLString, "plain", None, _TEXT),
    "uuid": (scalars.UUID, "plain", "uuid", _ORDERED),
    "bytea": (scalars.BASE64, "base64", "bytea", _ORDERED),
    "json": (scalars.JSON, "plain", None, _NONE),
    "jsonb": (scalars.JSON, "plain", None, _JSON),
    "date": (scalars.DATE, "plain", None, _ORDERED),
    "time": (scalars.TIME, "plain", None, _ORDERED),
    "timetz": (scalars.TIME, "plain", None, _ORDERED),
    "timestamp": (scalars.LOCAL_DATETIME, "plain", None, _ORDERED),
    "timestamptz": (scalars.DATETIME, "plain", None, _ORDERED),
    "interval": (scalars.INTERVAL, "text", None, _ORDERED),
    "money": (GraphQLString, "text", None, _ORDERED),
    "inet": (GraphQLString, "text", None, _NETWORK),
    "cidr": (GraphQLString, "text", None, _NETWORK),
    "macaddr": (GraphQLString, "text", None, _ORDERED),
    "macaddr8": (GraphQLString, "text", None, _ORDERED),
    "bit": (GraphQLString, "text", None, _ORDERED),
    "varbit": (GraphQLString, "text", None, _ORDERED),
    "tsvector": (GraphQLString, "text", None, _FULL_TEXT),
}


class Types:
    """The codecs of a catalog's types, made when asked for, and the enums among them."""

    def __init__(self, catalog: Catalog, claims: Claims, report: Report) -> None:
        self._catalog = catalog
        self._claims = claims
        self._report = report
        self._codecs: dict[int, Codec] = {}

    def codec(self, oid: int) -> Codec:
        """The codec of the type with this oid; a type that is not known is served as a string."""
        codec = self._codecs.get(oid)
        if codec is None:
            codec = self._codecs[oid] = self._make(self._catalog.types[oid])
        return codec

    def _make(self, type_: Type) -> Codec:
        sql = (type_.schema, type_.name)
        if type_.is_array and type_.element is not None:
            element = self.codec(type_.element)
            if element.dimensions or element.output == "base64":
                return self._unknown(type_)
            return replace(
                element,
                graphql=GraphQLList(element.graphql),
                dimensions=1,
            )
        if type_.kind == "d" and type_.base is not None:
            base = self.codec(type_.base)
            return base if base.dimensions else replace(base, sql=sql, base=base.base or base.sql)
        if type_.kind == "e":
            return self._enum(type_)
        if type_.schema == "pg_catalog" and type_.name in _BUILT_IN:
            graphql, output, native, operators = _BUILT_IN[type_.name]
            return Codec(graphql, output, native, sql, operators)
        if type_.name == "citext":
            return Codec(GraphQLString, "text", None, sql, _TEXT)
        return self._unknown(type_)

    def _enum(self, type_: Type) -> Codec:
        bad = next((label for label in type_.labels if not valid(label)), None)
        if bad is not None or not type_.labels:
            self._report.add(
                f"type {type_.schema}.{type_.name}", f"is a String, as its label {bad!r} is no GraphQL name"
            )
            return Codec(GraphQLString, "text", None, (type_.schema, type_.name), _ORDERED)
        comment = tags.parse(type_.comment)
        enum = GraphQLEnumType(
            self._claims.claim(
                f"type {type_.schema}.{type_.name}",
                comment.get("name") or pascal(type_.name),
                pascal(f"{type_.schema}_{type_.name}"),
            ),
            {label: GraphQLEnumValue(label) for label in type_.labels},
            description=comment.description,
        )
        return Codec(enum, "plain", None, (type_.schema, type_.name), _ORDERED)

    def _unknown(self, type_: Type) -> Codec:
        if type_.kind not in "p":
            self._report.add(f"type {type_.schema}.{type_.name}", "is served as a String in its text form")
        return Codec(GraphQLString, "text", None, (type_.schema, type_.name), _NONE)


def non_null(type_: ValueType, condition: bool) -> ValueType | GraphQLNonNull[ValueType]:
    """`type_`, and non-null where the condition holds."""
    return GraphQLNonNull(type_) if condition else type_
