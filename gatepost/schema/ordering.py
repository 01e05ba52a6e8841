"""The input types of orderings."""

from __future__ import annotations

from graphql import (
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNonNull,
    GraphQLString,
)

from gatepost.schema.choices import DIRECTION
from gatepost.schema.codecs import Codec
from gatepost.schema.filters import Filters
from gatepost.schema.meaning import (
    KEY,
    AggregatesOrder,
    CalledOrder,
    ColumnOrder,
    DistinctColumn,
    EdgeOrder,
    RankOrder,
    RowOrder,
    ValueOrder,
)
from gatepost.schema.names import Claims, pascal, valid
from gatepost.schema.operators import SEARCH_FIELDS
from gatepost.schema.shapes import ComputedMember, RelationMember, Shape, Shapes, edge_name


class Orderings:
    """Makes the ordering type of each relation, once, when asked for."""

    def __init__(self, shapes: Shapes, filters: Filters, claims: Claims) -> None:
        self._shapes = shapes
        self._filters = filters
        self._aggregates = filters.aggregates
        self._claims = claims
        self._made: dict[int, GraphQLInputObjectType] = {}
        self._columns: dict[int, GraphQLEnumType] = {}
        self._calls: dict[str, GraphQLInputObjectType] = {}
        self._ranks: GraphQLInputObjectType | None = None

    def rows(self, shape: Shape) -> GraphQLInputObjectType | None:
        """`ThreadOrderBy`: one key of the ordering; None where the relation has nothing to order by."""
        oid = shape.relation.oid
        if oid not in self._made:
            if shape.tags.omits("order"):
                return None
            if not any(column.codec.orderable and not column.tags.omits("order") for column in shape.columns):
                return None
            self._made[oid] = GraphQLInputObjectType(
                self._claims.claim(f"the ordering of {shape.type_name}", f"{shape.type_name}OrderBy"),
                lambda: self._fields(shape),
                description=f"One thing to order {shape.type_name} rows by; a list of them orders by each in turn.",
                is_one_of=True,
            )
        return self._made[oid]

    def across(self, shape: Shape, member: RelationMember) -> GraphQLInputObjectType | None:
        """`WorkerTripsViaShiftsOrderBy`: keys of the order of rows across a junction table, and of its own row."""
        target = self._shapes.by_relation[member.rows.relation.oid]
        order, junction = self.rows(target), self._shapes.junction(member)
        own = self.rows(junction) if junction is not None else None
        if order is None or junction is None or own is None:
            return order
        title = f"{shape.type_name}{pascal(member.name)}"
        edge = GraphQLInputField(own, description="By the row that leads there.", extensions={KEY: EdgeOrder()})
        return GraphQLInputObjectType(
            self._claims.claim(f"the ordering of {title}", f"{title}OrderBy"),
            lambda: self._fields(target) | {edge_name(target, junction): edge},
            description=f"One thing to order {target.type_name} rows by, or the {junction.type_name} that leads there.",
            is_one_of=True,
        )

    def _called(self, shape: Shape, computed: ComputedMember, codec: Codec) -> GraphQLInputField:
        title = f"{shape.type_name}{pascal(computed.name)}"
        made = self._calls.get(title)
        if made is None:
            arguments = GraphQLNonNull(self._filters.arguments(shape, computed))
            made = self._calls[title] = GraphQLInputObjectType(
                self._claims.claim(f"the ordering of {title}", f"{title}OrderBy", f"{title}CallOrderBy"),
                {
                    "args": GraphQLInputField(arguments, description="What it is computed with."),
                    "direction": GraphQLInputField(GraphQLNonNull(DIRECTION), description="The direction."),
                },
                description=f"An order of {shape.type_name} rows by {computed.name}.",
            )
        return GraphQLInputField(
            made,
            description=computed.tags.description,
            deprecation_reason=computed.tags.deprecated,
            extensions={KEY: CalledOrder(computed.call, codec)},
        )

    def _fields(self, shape: Shape) -> dict[str, GraphQLInputField]:
        fields: dict[str, GraphQLInputField] = {}
        for member in shape.columns:
            if member.tags.omits("order"):
                continue
            meaning: ColumnOrder | RankOrder = ColumnOrder(member.column, member.codec)
            type_: GraphQLInputType = DIRECTION
            if member.codec.operators == "fulltext" and not member.codec.dimensions:
                meaning, type_ = RankOrder(member.column, member.codec), self.rank()
            elif not member.codec.orderable:
                continue
            fields[member.name] = GraphQLInputField(
                type_,
                description=member.tags.description,
                deprecation_reason=member.tags.deprecated,
                extensions={KEY: meaning},
            )
        for relation in shape.relations:
            target = self._shapes.by_relation[relation.rows.relation.oid]
            if relation.tags.omits("order") or target.tags.omits("order"):
                continue
            if relation.many and target.tags.omits("aggregates"):
                continue
            if relation.many:
                fields[relation.name] = GraphQLInputField(
                    self._aggregates.order(target),
                    description=relation.description,
                    deprecation_reason=relation.tags.deprecated,
                    extensions={KEY: AggregatesOrder(relation.rows)},
                )
            elif order := self.rows(target):
                fields[relation.name] = GraphQLInputField(
                    order,
                    description=relation.description,
                    deprecation_reason=relation.tags.deprecated,
                    extensions={KEY: RowOrder(relation.rows)},
                )
        for computed in shape.computed:
            called = computed.called_for("sortable")
            if called is not None and called.orderable and not computed.tags.omits("order"):
                fields[computed.name] = self._called(shape, computed, called)
            codec = computed.value_for("sortable")
            if codec is not None and codec.orderable and not computed.tags.omits("order"):
                fields[computed.name] = GraphQLInputField(
                    DIRECTION,
                    description=computed.tags.description,
                    deprecation_reason=computed.tags.deprecated,
                    extensions={KEY: ValueOrder(computed.call, codec)},
                )
        return fields

    def columns(self, shape: Shape) -> GraphQLEnumType | None:
        """`ThreadDistinct`: the columns of which rows can be told apart; None where there is none."""
        oid = shape.relation.oid
        if oid not in self._columns:
            values = {
                member.name: GraphQLEnumValue(
                    DistinctColumn(member.column.name),
                    description=member.tags.description,
                    deprecation_reason=member.tags.deprecated,
                )
                for member in shape.columns
                if member.codec.orderable and valid(member.name)
            }
            if not values:
                return None
            self._columns[oid] = GraphQLEnumType(
                self._claims.claim(f"the columns of {shape.type_name}", f"{shape.type_name}Distinct"),
                values,
                description=f"A column of {shape.type_name} in which rows are to differ.",
            )
        return self._columns[oid]

    def rank(self) -> GraphQLInputObjectType:
        """`RankOrderBy`, of all searches."""
        if self._ranks is None:
            self._ranks = GraphQLInputObjectType(
                self._claims.claim("the order by rank", "RankOrderBy"),
                {
                    "matches": GraphQLInputField(
                        GraphQLNonNull(GraphQLString), description="The search, as the filter `matches` has it."
                    ),
                    "direction": GraphQLInputField(
                        DIRECTION, description="DESC, the best first, where it is not given."
                    ),
                    **SEARCH_FIELDS,
                },
                description="An order by how well a text matches a search.",
            )
        return self._ranks
