"""The input types of filters: for each relation one, for each kind of value one."""

from __future__ import annotations

from graphql import (
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLString,
    get_named_type,
)

from gatepost.schema.aggregates import Aggregates
from gatepost.schema.meaning import KEY, ColumnFilter, Logic, ManyFilter, RowFilter, ValueFilter
from gatepost.schema.names import Claims
from gatepost.schema.operators import JSONB, TEXT, comparable, operators, stem
from gatepost.schema.shapes import Shape, Shapes
from gatepost.schema.types import Codec


class Filters:
    """Makes filter types, each once, when asked for."""

    def __init__(self, shapes: Shapes, claims: Claims) -> None:
        self._shapes = shapes
        self._claims = claims
        self.aggregates = Aggregates(self.value, self.rows, claims)
        self._values: dict[tuple[str, str], GraphQLInputObjectType] = {}
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
            if column.tags.omits("filter"):
                continue
            fields[column.name] = GraphQLInputField(
                self.value(column.codec),
                description=column.tags.description,
                extensions={KEY: ColumnFilter(column.column, column.codec)},
            )
        for member in shape.relations:
            target = self._shapes.by_relation[member.rows.relation.oid]
            if member.tags.omits("filter") or target.tags.omits("filter"):
                continue
            if member.many:
                fields[member.name] = GraphQLInputField(
                    self._some(target), description=member.description, extensions={KEY: ManyFilter(member.rows)}
                )
            else:
                fields[member.name] = GraphQLInputField(
                    self.rows(target), description=member.description, extensions={KEY: RowFilter(member.rows)}
                )
        for computed in shape.computed:
            codec = computed.value_for("filterable")
            if codec is None or computed.tags.omits("filter"):
                continue
            fields[computed.name] = GraphQLInputField(
                self.value(codec),
                description=computed.tags.description,
                extensions={KEY: ValueFilter(computed.call, codec)},
            )
        return fields

    def _some(self, shape: Shape) -> GraphQLInputObjectType:
        made = self._many.get(shape.relation.oid)
        if made is None:
            name = self._claims.claim(f"the list filter of {shape.type_name}", f"{shape.type_name}ListFilter")
            one = self.rows(shape)
            made = self._many[shape.relation.oid] = GraphQLInputObjectType(
                name,
                lambda: {
                    "some": GraphQLInputField(one, description="At least one of them passes."),
                    "every": GraphQLInputField(one, description="All of them pass; so it is where there are none."),
                    "none": GraphQLInputField(one, description="Not one of them passes."),
                    **self._of_all(shape),
                },
                description=f"Conditions on many {shape.type_name} rows.",
            )
        return made

    def _of_all(self, shape: Shape) -> dict[str, GraphQLInputField]:
        if shape.tags.omits("aggregates"):
            return {}
        condition = self.aggregates.condition(shape)
        return {"aggregates": GraphQLInputField(condition, description="What is counted and summed of them passes.")}

    def value(self, codec: Codec) -> GraphQLInputObjectType:
        """`BigIntFilter`, `StringFilter`, `StringListFilter`, ..."""
        codec = comparable(codec)
        value = codec.of_elements() if codec.dimensions else codec
        base = stem(value, str(get_named_type(codec.graphql)))
        base += "s" * (value.output == "multirange") + "List" * codec.dimensions
        made = self._values.get((base, value.operators))
        if made is None:
            made = self._values[base, value.operators] = GraphQLInputObjectType(
                self._claims.claim(f"the filter of {base}", f"{base}Filter", f"{base}{value.operators.title()}Filter"),
                lambda: self._operators(codec),
                description=f"Conditions on {base} values, all of which must hold. Null is no condition.",
            )
        return made

    def _operators(self, codec: Codec) -> dict[str, GraphQLInputField]:
        fields = operators(codec)
        if codec.operators in ("json", "hstore") and not codec.dimensions:
            at = GraphQLList(GraphQLNonNull(self._place(codec)))
            fields["at"] = GraphQLInputField(at, description="The values at these places pass.")
        if codec.dimensions and codec.operators != "none":
            fields["any"] = GraphQLInputField(
                self.value(codec.of_elements()), description="At least one element passes."
            )
        return fields

    def _place(self, codec: Codec) -> GraphQLInputObjectType:
        """`JSONAt`, `HstoreAt`: conditions on what is found within a value."""
        key: GraphQLInputType = GraphQLNonNull(GraphQLString)
        fields = {"text": GraphQLInputField(self.value(TEXT), description="Conditions on it as a text.")}
        if codec.operators == "hstore":
            where = {"key": GraphQLInputField(key, description="The key of the value.")}
        else:
            path = GraphQLNonNull(GraphQLList(key))
            where = {"path": GraphQLInputField(path, description="Keys, and the places of elements from 0.")}
            fields["value"] = GraphQLInputField(self.value(JSONB), description="Conditions on it as a JSON value.")
        name = "HstoreAt" if codec.operators == "hstore" else "JSONAt"
        return GraphQLInputObjectType(
            self._claims.claim(f"what is within {get_named_type(codec.graphql)}", name),
            where | fields,
            description="Conditions on what is found within a value, null where nothing is.",
        )
