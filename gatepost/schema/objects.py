"""The object types of rows, and their connections, edges and pages."""

from __future__ import annotations

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLID,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLString,
)

from gatepost.schema.filters import Filters
from gatepost.schema.meaning import (
    KEY,
    ColumnField,
    ConnectionField,
    EdgeColumnField,
    NodeIdField,
    Part,
    RowField,
    Rows,
    ValueField,
)
from gatepost.schema.names import Claims, pascal, plural
from gatepost.schema.ordering import Orderings
from gatepost.schema.parameters import arguments
from gatepost.schema.shapes import ColumnMember, ComputedMember, RelationMember, Shape, Shapes
from gatepost.schema.types import non_null

NODE = GraphQLInterfaceType(
    "Node",
    {
        "nodeId": GraphQLField(
            GraphQLNonNull(GraphQLID), description="An id that is unique among all rows of all types."
        )
    },
    description="Any row with a primary key.",
)
CURSOR = "Cursor"
PAGE_INFO = GraphQLObjectType(
    "PageInfo",
    {
        "hasNextPage": GraphQLField(
            GraphQLNonNull(GraphQLBoolean),
            description="Whether rows come after this page.",
            extensions={KEY: Part.HAS_NEXT_PAGE},
        ),
        "hasPreviousPage": GraphQLField(
            GraphQLNonNull(GraphQLBoolean),
            description="Whether rows come before this page.",
            extensions={KEY: Part.HAS_PREVIOUS_PAGE},
        ),
        "startCursor": GraphQLField(
            GraphQLString, description="The cursor of the page's first row.", extensions={KEY: Part.START_CURSOR}
        ),
        "endCursor": GraphQLField(
            GraphQLString, description="The cursor of the page's last row.", extensions={KEY: Part.END_CURSOR}
        ),
    },
    description="Where a page stands among all rows.",
)


class Objects:
    """Makes the object types of shapes, each once, when asked for."""

    def __init__(self, shapes: Shapes, filters: Filters, orderings: Orderings, claims: Claims) -> None:
        self._shapes = shapes
        self._filters = filters
        self._orderings = orderings
        self._claims = claims
        self._rows: dict[int, GraphQLObjectType] = {}
        self._connections: dict[int, GraphQLObjectType] = {}

    def row(self, shape: Shape) -> GraphQLObjectType:
        """`Thread`."""
        made = self._rows.get(shape.relation.oid)
        if made is None:
            made = self._rows[shape.relation.oid] = GraphQLObjectType(
                shape.type_name,
                lambda: self._row_fields(shape),
                interfaces=[NODE] if shape.node_key else [],
                description=shape.tags.description,
            )
        return made

    def _row_fields(self, shape: Shape) -> dict[str, GraphQLField]:
        fields: dict[str, GraphQLField] = {}
        if shape.node_key:
            fields["nodeId"] = GraphQLField(
                GraphQLNonNull(GraphQLID),
                description="An id that is unique among all rows of all types.",
                extensions={KEY: NodeIdField(shape.type_name, shape.node_key)},
            )
        is_table = shape.relation.kind in "rp"
        for column in shape.columns:
            fields[column.name] = GraphQLField(
                non_null(column.codec.graphql, column.tags.not_null or (is_table and _never_null(column))),
                description=column.tags.description,
                deprecation_reason=column.tags.deprecated,
                extensions={KEY: ColumnField(column.column, column.codec)},
            )
        for member in shape.relations:
            target = self._shapes.by_relation[member.rows.relation.oid]
            if member.many:
                fields[member.name] = self._many(shape, member, target)
            else:
                row = self.row(target)
                fields[member.name] = GraphQLField(
                    GraphQLNonNull(row) if member.not_null else row,
                    description=member.description,
                    deprecation_reason=member.tags.deprecated,
                    extensions={KEY: RowField(member.rows)},
                )
        for computed in shape.computed:
            fields[computed.name] = self._computed(computed)
        return fields

    def _many(self, shape: Shape, member: RelationMember, target: Shape) -> GraphQLField:
        field = self.connection(target, member.rows, member.description, member.tags.deprecated)
        if not member.edge:
            return field
        title = f"{shape.type_name}{pascal(member.name)}"
        field.type = GraphQLNonNull(self._across(target, title, member.edge))
        if filter_ := field.args.get("filter"):
            filter_.type = self._filters.across(shape, member)
        if (order := field.args.get("orderBy")) and (ordering := self._orderings.across(shape, member)):
            order.type = GraphQLList(GraphQLNonNull(ordering))
        return field

    def _computed(self, member: ComputedMember) -> GraphQLField:
        if member.rows is not None:
            shape = self._shapes.of(member.rows)
            if member.many:
                return self.connection(
                    shape, member.rows, member.tags.description, member.tags.deprecated, arguments(member.call)
                )
            row = self.row(shape)
            return GraphQLField(
                GraphQLNonNull(row) if member.tags.not_null else row,
                arguments(member.call),
                description=member.tags.description,
                deprecation_reason=member.tags.deprecated,
                extensions={KEY: RowField(member.rows)},
            )
        assert member.codec is not None
        type_: GraphQLOutputType = non_null(member.codec.graphql, member.tags.not_null)
        if member.many:
            type_ = GraphQLNonNull(GraphQLList(type_))
        return GraphQLField(
            type_,
            arguments(member.call),
            description=member.tags.description,
            deprecation_reason=member.tags.deprecated,
            extensions={KEY: ValueField(member.call, member.codec)},
        )

    def connection(
        self,
        shape: Shape,
        rows: Rows,
        description: str | None,
        deprecated: str | None = None,
        further: dict[str, GraphQLArgument] | None = None,
    ) -> GraphQLField:
        """A field that leads to many rows, in pages (Relay's connections); `further`: a call's arguments."""
        given = dict(further or {})
        given |= {
            "first": GraphQLArgument(GraphQLInt, description="At most this many rows, from the beginning."),
            "after": GraphQLArgument(GraphQLString, description="Only rows after this cursor."),
            "last": GraphQLArgument(GraphQLInt, description="At most this many rows, from the end."),
            "before": GraphQLArgument(GraphQLString, description="Only rows before this cursor."),
            "offset": GraphQLArgument(GraphQLInt, description="Passes over this many rows."),
        }
        if not shape.tags.omits("filter"):
            given["filter"] = GraphQLArgument(self._filters.rows(shape), description="Only rows that pass.")
        if ordering := self._orderings.rows(shape):
            given["orderBy"] = GraphQLArgument(
                GraphQLList(GraphQLNonNull(ordering)), description="The order, by each of these in turn."
            )
        if not shape.tags.omits("distinct") and (distinct := self._orderings.columns(shape)):
            given["distinct"] = GraphQLArgument(
                GraphQLList(GraphQLNonNull(distinct)),
                description="Of rows that are alike in these columns only the first, in the order that is asked for.",
            )
        return GraphQLField(
            GraphQLNonNull(self.pages(shape)),
            given,
            description=description,
            deprecation_reason=deprecated,
            extensions={KEY: ConnectionField(rows)},
        )

    def pages(self, shape: Shape) -> GraphQLObjectType:
        """`ThreadConnection`."""
        made = self._connections.get(shape.relation.oid)
        if made is None:
            made = self._connections[shape.relation.oid] = self._paged(shape, shape.type_name, {})
        return made

    def _across(self, shape: Shape, title: str, members: tuple[ColumnMember, ...]) -> GraphQLObjectType:
        """A connection across a junction table, whose other columns are its edges'."""
        names = Claims(f"type {title}Edge", self._shapes.report, taken=["cursor", "node"])
        fields = {
            names.claim(f"column {member.column.name}", member.name, f"{member.name}Column"): GraphQLField(
                non_null(member.codec.graphql, member.tags.not_null or _never_null(member)),
                description=member.tags.description,
                deprecation_reason=member.tags.deprecated,
                extensions={KEY: EdgeColumnField(member.column, member.codec)},
            )
            for member in members
        }
        return self._paged(shape, title, fields)

    def _paged(self, shape: Shape, title: str, beside: dict[str, GraphQLField]) -> GraphQLObjectType:
        row = self.row(shape)
        what = f"the connection of {title}"
        edge = GraphQLObjectType(
            self._claims.claim(what, f"{title}Edge"),
            lambda: {
                "cursor": GraphQLField(
                    GraphQLNonNull(GraphQLString),
                    description="Where the row stands, for `after` and `before`.",
                    extensions={KEY: Part.CURSOR},
                ),
                "node": GraphQLField(GraphQLNonNull(row), description="The row.", extensions={KEY: Part.NODE}),
                **beside,
            },
            description=f"A row of a {title}Connection, and its place.",
        )
        return GraphQLObjectType(
            self._claims.claim(what, f"{title}Connection"),
            lambda: {
                "nodes": GraphQLField(
                    GraphQLNonNull(GraphQLList(GraphQLNonNull(row))),
                    description="The rows of this page.",
                    extensions={KEY: Part.NODES},
                ),
                "edges": GraphQLField(
                    GraphQLNonNull(GraphQLList(GraphQLNonNull(edge))),
                    description="The rows of this page, with their cursors.",
                    extensions={KEY: Part.EDGES},
                ),
                "pageInfo": GraphQLField(
                    GraphQLNonNull(PAGE_INFO),
                    description="Where this page stands.",
                    extensions={KEY: Part.PAGE_INFO},
                ),
                "totalCount": GraphQLField(
                    GraphQLNonNull(GraphQLInt),
                    description="How many rows there are on all pages.",
                    extensions={KEY: Part.TOTAL_COUNT},
                ),
                **self._aggregates(shape),
            },
            description=f"A page of {plural(shape.type_name)}.",
        )

    def _aggregates(self, shape: Shape) -> dict[str, GraphQLField]:
        if shape.tags.omits("aggregates"):
            return {}
        aggregates = self._filters.aggregates
        result = GraphQLNonNull(aggregates.result(shape))
        fields = {
            "aggregates": GraphQLField(
                result,
                description="What is counted, summed and so on of the rows of all pages.",
                extensions={KEY: Part.AGGREGATES},
            )
        }
        if arguments := aggregates.grouping(shape):
            fields["groupedAggregates"] = GraphQLField(
                GraphQLNonNull(GraphQLList(result)),
                arguments,
                description="The same of groups of the rows of all pages.",
                extensions={KEY: Part.GROUPED_AGGREGATES},
            )
        return fields


def _never_null(member: ColumnMember) -> bool:
    return member.column.not_null or member.codec.not_null
