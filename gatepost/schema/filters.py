"""The input types of filters: for each relation one, for each kind of value one."""

from __future__ import annotations

from graphql import (
    GraphQLBoolean,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLString,
    is_list_type,
)

from gatepost.schema.meaning import KEY, ColumnFilter, Logic, ManyFilter, RowFilter, ValueFilter
from gatepost.schema.names import Claims
from gatepost.schema.shapes import Shape, Shapes
from gatepost.schema.types import Codec

_EQUALITY = {
    "eq": "Equal to this.",
    "ne": "Not equal to this.",
    "distinctFrom": "Not equal to this, where null counts as a value.",
}
_ORDER = {
    "lt": "Less than this.",
    "lte": "Less than or equal to this.",
    "gt": "Greater than this.",
    "gte": "Greater than or equal to this.",
}
_TEXT = {
    "like": "Matches this pattern: `%` any characters, `_` one character.",
    "ilike": "Matches this pattern, whatever the case.",
    "includes": "Contains this text.",
    "includesInsensitive": "Contains this text, whatever the case.",
    "startsWith": "Starts with this text.",
    "startsWithInsensitive": "Starts with this text, whatever the case.",
    "endsWith": "Ends with this text.",
    "endsWithInsensitive": "Ends with this text, whatever the case.",
}


class Filters:
    """Makes filter types, each once, when asked for."""

    def __init__(self, shapes: Shapes, claims: Claims) -> None:
        self._shapes = shapes
        self._claims = claims
        self._values: dict[str, GraphQLInputObjectType] = {}
        self._rows: dict[int, GraphQLInputObjectType] = {}
        self._many: dict[int, GraphQLInputObjectType] = {}

    def rows(self, shape: Shape) -> GraphQLInputObjectType:
        """`ThreadFilter`."""
        made = self._rows.get(shape.relation.oid)
        if made is None:
            name = self._claims.claim(f"the filter of {shape.type_name}", f"{shape.type_name}Filter")
            made = self._rows[shape.relation.oid] = GraphQLInputObjectType(
                name,
                lambda: self._row_fields(shape),
                description=f"Conditions on {shape.type_name} rows, all of which must hold. Null is no condition.",
            )
        return made

    def _row_fields(self, shape: Shape) -> dict[str, GraphQLInputField]:
        own = self.rows(shape)
        many = GraphQLList(GraphQLNonNull(own))
        fields = {
            "and": GraphQLInputField(many, description="All of these hold.", extensions={KEY: Logic.AND}),
            "or": GraphQLInputField(many, description="At least one of these holds.", extensions={KEY: Logic.OR}),
            "not": GraphQLInputField(own, description="This does not hold.", extensions={KEY: Logic.NOT}),
        }
        for column in shape.columns:
            if type_ := self.value(column.codec):
                fields[column.name] = GraphQLInputField(
                    type_,
                    description=column.tags.description,
                    extensions={KEY: ColumnFilter(column.column, column.codec)},
                )
        for member in shape.relations:
            target = self._shapes.by_relation[member.rows.relation.oid]
            if member.many:
                fields[member.name] = GraphQLInputField(
                    self._some(target), description=member.description, extensions={KEY: ManyFilter(member.rows)}
                )
            else:
                fields[member.name] = GraphQLInputField(
                    self.rows(target), description=member.description, extensions={KEY: RowFilter(member.rows)}
                )
        for computed in shape.computed:
            if computed.codec is None or computed.call.parameters or computed.many:
                continue
            if type_ := self.value(computed.codec):
                fields[computed.name] = GraphQLInputField(
                    type_,
                    description=computed.tags.description,
                    extensions={KEY: ValueFilter(computed.call, computed.codec)},
                )
        return fields

    def _some(self, shape: Shape) -> GraphQLInputObjectType:
        made = self._many.get(shape.relation.oid)
        if made is None:
            name = self._claims.claim(f"the list filter of {shape.type_name}", f"{shape.type_name}ListFilter")
            one = self.rows(shape)
            made = self._many[shape.relation.oid] = GraphQLInputObjectType(
                name,
                {
                    "some": GraphQLInputField(one, description="At least one of them passes."),
                    "every": GraphQLInputField(one, description="All of them pass; so it is where there are none."),
                    "none": GraphQLInputField(one, description="Not one of them passes."),
                },
                description=f"Conditions on many {shape.type_name} rows.",
            )
        return made

    def value(self, codec: Codec) -> GraphQLInputObjectType | None:
        """`BigIntFilter`, `StringFilter`, ...; None for a type that has no operators."""
        if codec.operators == "none":
            return None
        graphql = codec.graphql
        base = f"{graphql.of_type}List" if is_list_type(graphql) else str(graphql)
        text = codec.operators == "text" and not codec.dimensions
        key = f"{base}{codec.operators if base == 'String' else ''}"
        made = self._values.get(key)
        if made is None:
            wanted = "StringFilter" if text else "TextFormFilter" if base == "String" else f"{base}Filter"
            made = self._values[key] = GraphQLInputObjectType(
                self._claims.claim(f"the filter of {base}", wanted),
                self._operators(codec, text),
                description=f"Conditions on {base} values, all of which must hold. Null is no condition.",
            )
        return made

    @staticmethod
    def _operators(codec: Codec, text: bool) -> dict[str, GraphQLInputField]:
        def field(type_: GraphQLInputType, description: str) -> GraphQLInputField:
            return GraphQLInputField(type_, description=description)

        graphql = codec.graphql
        fields = {
            "isNull": field(GraphQLBoolean, "Null, where true; not null, where false."),
            **{name: field(graphql, description) for name, description in _EQUALITY.items()},
        }
        if codec.dimensions:
            return fields
        many: GraphQLInputType = GraphQLList(GraphQLNonNull(graphql))
        fields["in"] = field(many, "Equal to one of these.")
        fields["notIn"] = field(many, "Equal to none of these.")
        if codec.operators in ("order", "text") and graphql is not GraphQLBoolean:
            fields |= {name: field(graphql, description) for name, description in _ORDER.items()}
        if text:
            fields |= {name: field(GraphQLString, description) for name, description in _TEXT.items()}
        return fields
