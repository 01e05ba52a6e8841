"""Postgres types as GraphQL types, and what each needs on its way in and out of SQL.

One `Codec` a type: `gatepost.plan` reads it to cast a value that comes in and to turn a column into JSON.
"""

from __future__ import annotations

from dataclasses import replace

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLInt,
    GraphQLList,
    GraphQLScalarType,
    GraphQLString,
)

from gatepost import catalog
from gatepost.catalog import Argument, Catalog, Column, Function, Type
from gatepost.schema import scalars, tags
from gatepost.schema.codecs import Attribute, Codec, InputType, OutputType, comparison, non_null
from gatepost.schema.composites import composite, multirange, range_name, range_type
from gatepost.schema.labels import value_names
from gatepost.schema.names import Claims, Report, camel, pascal, spoken

__all__ = ["Codec", "InputType", "OutputType", "Types", "non_null"]

_Row = tuple[GraphQLScalarType, str, str | None, str]

_STRING = GraphQLString
# pg_catalog's types: GraphQL type, output, native, operators. A type that is not here is a string in its text form.
_BUILT_IN: dict[str, _Row] = {
    "bool": (GraphQLBoolean, "plain", "bool", "order"),
    "int2": (GraphQLInt, "plain", "int4", "order"),
    "int4": (GraphQLInt, "plain", "int4", "order"),
    "int8": (scalars.BIG_INT, "text", "int8", "order"),
    "oid": (scalars.BIG_INT, "text", "int8", "order"),
    "float4": (scalars.FLOAT, "plain", "float8", "order"),
    "float8": (scalars.FLOAT, "plain", "float8", "order"),
    "numeric": (scalars.DECIMAL, "text", None, "order"),
    "money": (scalars.DECIMAL, "numeric", None, "order"),
    "text": (_STRING, "plain", "text", "text"),
    "varchar": (_STRING, "plain", "text", "text"),
    "bpchar": (_STRING, "plain", None, "text"),
    "name": (_STRING, "plain", None, "text"),
    "char": (_STRING, "text", None, "order"),
    "uuid": (scalars.UUID, "plain", "uuid", "order"),
    "bytea": (scalars.BASE64, "base64", "bytea", "order"),
    "json": (scalars.JSON, "plain", None, "plainjson"),
    "jsonb": (scalars.JSON, "plain", None, "json"),
    "date": (scalars.DATE, "plain", None, "order"),
    "time": (scalars.TIME, "plain", None, "order"),
    "timetz": (scalars.TIME, "plain", None, "order"),
    "timestamp": (scalars.LOCAL_DATETIME, "plain", None, "order"),
    "timestamptz": (scalars.DATETIME, "plain", None, "order"),
    "interval": (scalars.INTERVAL, "text", None, "order"),
    "inet": (_STRING, "plain", None, "inet"),
    "cidr": (_STRING, "text", None, "inet"),
    "macaddr": (_STRING, "text", None, "order"),
    "macaddr8": (_STRING, "text", None, "order"),
    "bit": (_STRING, "text", None, "order"),
    "varbit": (_STRING, "text", None, "order"),
    "tsvector": (_STRING, "text", None, "fulltext"),
    "tsquery": (_STRING, "text", None, "equality"),
    "pg_lsn": (_STRING, "text", None, "order"),
}
# Served in their text form as a matter of course; the others of which that is said are in the report.
_TEXT_FORM = frozenset(
    "xml jsonpath cid xid xid8 tid aclitem refcursor pg_snapshot txid_snapshot int2vector oidvector".split()
)
# They compare as oids.
_NAMES_OF_OBJECTS = frozenset(
    "regclass regcollation regconfig regdictionary regnamespace regoper regoperator regproc regprocedure regrole "
    "regtype".split()
)
_COMPARISONS = {"btree": "order", "hash": "identity", None: "none"}
# Types of extensions, by name, as an extension may be in any schema.
_OF_EXTENSIONS: dict[str, _Row] = {
    "citext": (_STRING, "text", None, "text"),
    "hstore": (scalars.HSTORE, "json", None, "hstore"),
    "ltree": (_STRING, "text", None, "ltree"),
    "vector": (scalars.VECTOR, "list", None, "equality"),
    "halfvec": (scalars.VECTOR, "list", None, "equality"),
    "geometry": (scalars.GEOJSON, "geojson", None, "none"),
    "geography": (scalars.GEOJSON, "geojson", None, "none"),
}


class Types:
    """The codecs of a catalog's types, made when asked for, and the types of the API that they bring."""

    def __init__(self, catalog: Catalog, claims: Claims, report: Report) -> None:
        self._catalog = catalog
        self._claims = claims
        self._report = report
        self._codecs: dict[tuple[int, int], Codec] = {}

    def codec(self, oid: int, dimensions: int = 1) -> Codec:
        """The codec of the type with this oid, of an array in so many dimensions.

        A type that is not known is served as a string.
        """
        type_ = self._catalog.types[oid]
        key = oid, max(dimensions, 1) if type_.is_array else 1
        codec = self._codecs.get(key)
        if codec is None:
            codec = self._codecs[key] = self._make(type_, key[1])
        return codec

    def column(self, column: Column) -> Codec:
        """The codec of a column: its array has the dimensions with which it was declared, or that a tag tells."""
        found = tags.parse(column.comment)
        codec = self.codec(column.type, found.dimensions or column.dimensions)
        if not column.deterministic:
            return replace(codec, deterministic=False)
        if codec.operators != "fulltext":
            return codec
        return replace(codec, search=found.get("searchConfig") or column.search)

    def argument(self, function: Function, argument: Argument) -> Codec:
        """The codec of an argument; of an array, a tag of the function tells the dimensions: `@dimensions grid 2`."""
        return self.codec(argument.type, tags.parse(function.comment).dimensions_of(argument.name))

    def returned(self, function: Function) -> Codec:
        """The codec of what a function returns; of an array, a tag tells the dimensions: `@dimensions 2`."""
        return self.codec(function.returns, tags.parse(function.comment).dimensions)

    def _make(self, type_: Type, dimensions: int) -> Codec:
        sql = (type_.schema, type_.name)
        if sql[0] == "pg_catalog" and sql[1] in _BUILT_IN:
            return replace(_codec(_BUILT_IN[sql[1]], sql), point=type_.decimal_point or ".")
        if sql[0] == "pg_catalog" and sql[1] in _NAMES_OF_OBJECTS:
            return _text_form(sql, "identity")
        if sql[0] == "pg_catalog" and sql[1] in _TEXT_FORM:
            return _text_form(sql, _COMPARISONS[type_.comparison])
        if type_.is_array and type_.element is not None:
            return self._array(type_, self.codec(type_.element), dimensions)
        match type_.kind:
            case "d" if type_.base is not None:
                return self._domain(type_, self.codec(type_.base, type_.dimensions))
            case "e" if type_.labels:
                return self._enum(type_)
            case "c" if type_.attributes:
                return self._composite(type_)
            case "r" if type_.range_of is not None:
                bounds = self.codec(type_.range_of)
                name = self._name(type_, range_name(type_, pascal(type_.name)))
                return range_type(type_, bounds, name, self._claims, tags.parse(type_.comment))
            case "m" if type_.range_of is not None:
                return multirange(type_, self.codec(type_.range_of))
            case "b" if type_.name in _OF_EXTENSIONS:
                return _codec(_OF_EXTENSIONS[type_.name], sql)
        return self._unknown(type_)

    def _array(self, type_: Type, element: Codec, dimensions: int) -> Codec:
        graphql: OutputType = element.graphql
        input_: InputType = element.input
        for _ in range(dimensions):
            graphql, input_ = GraphQLList(graphql), GraphQLList(input_)
        made = replace(
            element,
            graphql=graphql,
            input=input_,
            operators=comparison([element]),
            dimensions=dimensions,
            not_null=False,
            domain=None,
            element=element,
        )
        if element.domain is None or not element.dimensions:
            return made
        return replace(made, sql=element.domain, native=None)  # each element is a value of the domain

    @staticmethod
    def _domain(type_: Type, base: Codec) -> Codec:
        not_null = type_.not_null or base.not_null
        own = (type_.schema, type_.name)
        if base.dimensions:  # an array's `sql` is its element's; Postgres casts the array to the domain itself
            return replace(base, not_null=not_null, domain=own)
        return replace(base, sql=own, base=base.base or base.sql, not_null=not_null, domain=own)

    def _name(self, type_: Type, wanted: str) -> str:
        return self._claims.claim(
            f"type {type_.schema}.{type_.name}",
            tags.parse(type_.comment).get("name") or wanted,
            pascal(f"{type_.schema}_{wanted}"),
        )

    def _enum(self, type_: Type) -> Codec:
        names = value_names(type_.labels)
        renamed = tuple((label, name) for label, name in names.items() if label != name)
        for label, name in renamed:
            self._report.add(f"label {label!r} of type {type_.schema}.{type_.name}", f"is {name}")
        found = tags.parse(type_.comment)
        told, deprecated = found.about("value"), found.about("deprecatedValue")
        enum = GraphQLEnumType(
            self._name(type_, pascal(type_.name)),
            {
                name: GraphQLEnumValue(
                    label,
                    description=told.get(label) or (spoken(label) if label == name else f"`{label}`"),
                    deprecation_reason=(deprecated[label] or tags.NO_REASON) if label in deprecated else None,
                )
                for label, name in names.items()
            },
            description=found.description or f"A value of the type {type_.name}.",
        )
        output = "enum" if renamed else "plain"
        return Codec(enum, enum, output, None, (type_.schema, type_.name), "order", renamed=renamed)

    def _composite(self, type_: Type) -> Codec:
        name = self._name(type_, f"{pascal(type_.name)}Row" if type_.row else pascal(type_.name))
        members = Claims(f"type {name}", self._report)
        told = [(attribute, tags.parse(attribute.comment)) for attribute in type_.attributes]
        if all(found.omit for _, found in told):
            self._report.add(
                f"type {type_.schema}.{type_.name}", "shows all that is tagged @omit: an object needs a field"
            )
            told = [(attribute, tags.Tags()) for attribute, _ in told]
        attributes = tuple(
            None if found.omit else self._attribute(type_, members, attribute, found) for attribute, found in told
        )
        return composite(type_, attributes, name, self._claims, tags.parse(type_.comment))

    def _attribute(self, type_: Type, members: Claims, attribute: catalog.Attribute, found: tags.Tags) -> Attribute:
        wanted = camel(attribute.name)
        return Attribute(
            attribute.name,
            members.claim(
                f"{type_.schema}.{type_.name}.{attribute.name}", found.get("name") or wanted, f"{wanted}Attribute"
            ),
            self.codec(attribute.type, found.dimensions or attribute.dimensions),
        )

    def _unknown(self, type_: Type) -> Codec:
        if type_.kind != "p":
            self._report.add(f"type {type_.schema}.{type_.name}", "is served as a String in its text form")
        return _text_form((type_.schema, type_.name), _COMPARISONS[type_.comparison])


def _codec(row: _Row, sql: tuple[str, str]) -> Codec:
    graphql, output, native, operators = row
    via = ("pg_catalog", "numeric") if output == "numeric" else None
    return Codec(graphql, graphql, output, native, sql, operators, via=via)


def _text_form(sql: tuple[str, str], operators: str) -> Codec:
    return Codec(GraphQLString, GraphQLString, "text", None, sql, operators)
