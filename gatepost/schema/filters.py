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
from gatepost.schema.codecs import Codec
from gatepost.schema.meaning import (
    KEY,
    CalledFilter,
    ColumnFilter,
    EdgeFilter,
    Logic,
    ManyFilter,
    RowFilter,
    ValueFilter,
)
from gatepost.schema.names import Claims, pascal
from gatepost.schema.operators import JSONB, TEXT, comparable, operators, stem
from gatepost.schema.parameters import inputs
from gatepost.schema.shapes import ComputedMember, RelationMember, Shape, Shapes, edge_name


class Filters:
    """Makes filter types, each once, when asked for."""

    def __init__(self, shapes: Shapes, claims: Claims) -> None:
        self._shapes = shapes
        self._claims = claims
        self.aggregates = Aggregates(self.value, self.rows, claims)
        self._values: dict[tuple[str, str], GraphQLInputObjectType] = {}
        self._rows: dict[int, GraphQLInputObjectType] = {}
        self._many: dict[str, GraphQLInputObjectType] = {}
        self._across: dict[str, GraphQLInputObjectType] = {}
        self._calls: dict[str, GraphQLInputObjectType] = {}
        self._arguments: dict[str, GraphQLInputObjectType] = {}

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
        return self._fields(shape, self.rows(shape))

    def across(self, shape: Shape, member: RelationMember) -> GraphQLInputObjectType:
        """`WorkerTripsViaShiftsFilter`: conditions on rows across a junction table, and on its own row."""
        target = self._shapes.by_relation[member.rows.relation.oid]
        junction = self._shapes.junction(member)
        if junction is None or junction.tags.omits("filter"):
            return self.rows(target)
        title = f"{shape.type_name}{pascal(member.name)}"
        made = self._across.get(title)
        if made is None:
            edge = GraphQLInputField(
                self.rows(junction), description="Of the row that leads there.", extensions={KEY: EdgeFilter()}
            )
            made = self._across[title] = GraphQLInputObjectType(
                self._claims.claim(f"the filter of {title}", f"{title}Filter"),
                lambda: self._fields(target, self._across[title]) | {edge_name(target, junction): edge},
                description=f"Conditions on {target.type_name} rows and on the {junction.type_name} that leads there.",
            )
        return made

    def _fields(self, shape: Shape, own: GraphQLInputObjectType) -> dict[str, GraphQLInputField]:
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
                deprecation_reason=column.tags.deprecated,
                extensions={KEY: ColumnFilter(column.column, column.codec)},
            )
        for member in shape.relations:
            target = self._shapes.by_relation[member.rows.relation.oid]
            if member.tags.omits("filter") or target.tags.omits("filter"):
                continue
            if member.many:
                rows = self.across(shape, member)
                fields[member.name] = GraphQLInputField(
                    self.some(target, rows),
                    description=member.description,
                    deprecation_reason=member.tags.deprecated,
                    extensions={KEY: ManyFilter(member.rows)},
                )
            else:
                fields[member.name] = GraphQLInputField(
                    self.rows(target),
                    description=member.description,
                    deprecation_reason=member.tags.deprecated,
                    extensions={KEY: RowFilter(member.rows)},
                )
        for computed in shape.computed:
            if computed.tags.omits("filter"):
                continue
            if (called := computed.called_for("filterable")) is not None:
                fields[computed.name] = self._called(shape, computed, called)
            codec = computed.value_for("filterable")
            if codec is None:
                continue
            fields[computed.name] = GraphQLInputField(
                self.value(codec),
                description=computed.tags.description,
                deprecation_reason=computed.tags.deprecated,
                extensions={KEY: ValueFilter(computed.call, codec)},
            )
        return fields

    def _called(self, shape: Shape, computed: ComputedMember, codec: Codec) -> GraphQLInputField:
        title = f"{shape.type_name}{pascal(computed.name)}"
        arguments = self.arguments(shape, computed)
        type_ = self._calls.get(title) or GraphQLInputObjectType(
            self._claims.claim(f"the filter of {title}", f"{title}Filter", f"{title}CallFilter"),
            lambda: {
                "args": GraphQLInputField(GraphQLNonNull(arguments), description="What it is computed with."),
                "value": GraphQLInputField(self.value(codec), description="Conditions on what it gives."),
            },
            description=f"Conditions on {computed.name} of {shape.type_name} rows.",
        )
        self._calls[title] = type_
        return GraphQLInputField(
            type_,
            description=computed.tags.description,
            deprecation_reason=computed.tags.deprecated,
            extensions={KEY: CalledFilter(computed.call, codec)},
        )

    def arguments(self, shape: Shape, computed: ComputedMember) -> GraphQLInputObjectType:
        """`BookDiscountedArguments`: the arguments of a computed field as one input object."""
        title = f"{shape.type_name}{pascal(computed.name)}Arguments"
        if title not in self._arguments:
            self._arguments[title] = GraphQLInputObjectType(
                self._claims.claim(f"the arguments of {title}", title),
                inputs(computed.call),
                description=f"What {computed.name} of {shape.type_name} rows is computed with.",
            )
        return self._arguments[title]

    def some(self, shape: Shape, across: GraphQLInputObjectType | None = None) -> GraphQLInputObjectType:
        """`ThreadListFilter`; of rows `across` a junction table, of their own filter."""
        one = across or self.rows(shape)
        made = self._many.get(one.name)
        if made is None:
            base = one.name.removesuffix("Filter")
            name = self._claims.claim(f"the list filter of {base}", f"{base}ListFilter")
            made = self._many[one.name] = GraphQLInputObjectType(
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
        base = self._stem(value) + "List" * codec.dimensions
        made = self._values.get((base, value.operators))
        if made is None:
            made = self._values[base, value.operators] = GraphQLInputObjectType(
                self._claims.claim(f"the filter of {base}", f"{base}Filter", f"{base}{value.operators.title()}Filter"),
                lambda: self._operators(codec),
                description=f"Conditions on {base} values, all of which must hold. Null is no condition.",
            )
        return made

    def _stem(self, value: Codec) -> str:
        if value.dimensions:  # a domain over an array, of which there is an array
            return f"ArrayOf{self._stem(value.of_elements())}" + "List" * value.dimensions
        return stem(value, str(get_named_type(value.graphql))) + "s" * (value.output == "multirange")

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
            # Not a JSONFilter: what is further down has a longer path, and conditions would nest without an end.
            value = GraphQLInputObjectType(
                self._claims.claim("the filter of what is within JSON", "JSONAtFilter"),
                operators(JSONB),
                description="Conditions on what is found within a JSON value, all of which must hold.",
            )
            fields["value"] = GraphQLInputField(value, description="Conditions on it as a JSON value.")
        name = "HstoreAt" if codec.operators == "hstore" else "JSONAt"
        return GraphQLInputObjectType(
            self._claims.claim(f"what is within {get_named_type(codec.graphql)}", name),
            where | fields,
            description="Conditions on what is found within a value, null where nothing is.",
        )
