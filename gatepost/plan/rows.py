"""Selections of rows as SQL: each object a subselect that becomes JSON, each connection one that aggregates a page."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from graphql import GraphQLObjectType, get_named_type

from gatepost.errors import BadRequest, GatepostError
from gatepost.plan.elements import Parameters, Reference, constant, number
from gatepost.plan.filters import Filters
from gatepost.plan.frame import Aliases, Frame
from gatepost.plan.nodes import key_of, type_of
from gatepost.plan.ordering import Orderings
from gatepost.plan.output import JsonObject, aggregate, node_id
from gatepost.plan.select import Select, select
from gatepost.plan.selection import Operation, Selected, locate
from gatepost.plan.sources import Condition, Source, Sources
from gatepost.plan.structures import value_as_json
from gatepost.plan.values import Leaf, Value, arguments
from gatepost.schema.meaning import (
    ColumnField,
    ConnectionField,
    KeyField,
    NodeField,
    NodeIdField,
    RowField,
    ValueField,
    meaning_of,
)


@dataclass(frozen=True, slots=True)
class PageBounds:
    """Rows of a page: how many where the caller does not say, and how many at most."""

    default: int
    most: int


@dataclass(slots=True)
class Members:
    """An object under construction, and the lateral joins that its members need."""

    json: JsonObject
    joins: list[sa.FromClause]

    def select(self, from_: sa.FromClause | None) -> Select:
        """The members as columns, from rows and the joins beside them."""
        statement = select(*self.json.columns())
        if self.joins and from_ is None:
            from_ = select(sa.true()).subquery("one")
        for join in self.joins:
            assert from_ is not None
            from_ = from_.outerjoin(join, sa.true())
        return statement if from_ is None else statement.select_from(from_)


class RowCompiler:
    """Compiles the selections of one statement."""

    def __init__(self, operation: Operation, bounds: PageBounds) -> None:
        self.operation = operation
        self.bounds = bounds
        self.parameters = Parameters()
        self.aliases = Aliases()
        self.sources = Sources(self.parameters, self.aliases)
        self.filters = Filters(self.sources, operation)
        self.orderings = Orderings(self.sources)

    def object(self, type_: GraphQLObjectType, selected: list[Selected], frame: Frame | None) -> Members:
        """The object that `selected` asks for, of the row at hand; without one, of the root."""
        members = Members(JsonObject(), [])
        above = self.parameters.place
        with self.operation.deeper():
            for field in selected:
                self.parameters.place = place = (field if above is None else above[0], field)
                try:
                    members.json.add(field.key, self._member(type_, field, frame, members))
                except GatepostError as error:
                    locate(error, place)
                    raise
        self.parameters.place = above
        return members

    def one(
        self, members: Members, from_: sa.FromClause | None, *conditions: Condition, several: bool = False
    ) -> Condition:
        """An object as one value: a scalar subselect; of `several` rows that may be there, it is of one."""
        alias = self.aliases.fresh("o")
        inner = members.select(from_).where(*conditions).limit(number(1) if several else None).subquery(alias)
        return select(members.json.read(alias)).select_from(inner)

    def of(self, field: Selected) -> tuple[GraphQLObjectType, list[Selected]]:
        """The object type that a field leads to, and what is selected of it."""
        assert field.definition is not None
        type_ = get_named_type(field.definition.type)
        assert isinstance(type_, GraphQLObjectType)
        return type_, self.operation.select(type_, field.selection_sets)

    def arguments(self, field: Selected) -> dict[str, Value]:
        if field.definition is None or not field.definition.args:
            return {}
        return arguments(field.definition, field.nodes[0], self.operation)

    def _member(self, type_: GraphQLObjectType, field: Selected, frame: Frame | None, members: Members) -> Condition:
        if field.definition is None:
            if field.name != "__typename":
                raise BadRequest(f"{field.name} can be asked only at the root of a query.")
            return constant(type_.name)
        meaning = meaning_of(field.definition)
        match meaning:
            case ColumnField(column, codec):
                assert frame is not None
                return value_as_json(self, frame.column(column.name), codec, field)
            case NodeIdField(type_name, columns):
                assert frame is not None
                return node_id(type_name, [frame.column(column) for column in columns])
            case RowField(rows):
                source = self.sources.rows(rows, frame, self.arguments(field))
                if rows.call is not None:
                    source.conditions.append(self.sources.exists_row(source.frame))
                several = rows.relation.inherited if rows.call is None else rows.call.function.returns_set
                return self._row(field, source, members, single=several)
            case KeyField(rows):
                source = self.sources.by_key(meaning, self.arguments(field))
                return self._row(field, source, members, single=rows.relation.inherited)
            case NodeField(types):
                return self._node(field, types, members)
            case ConnectionField(rows):
                from gatepost.plan.connections import Connection

                return Connection(self, rows, field, frame).compile()
            case ValueField():
                return self._value(field, meaning, frame, members)
        raise TypeError(f"not a field of the database: {type_.name}.{field.name}")

    def _row(
        self,
        field: Selected,
        source: Source,
        members: Members,
        single: bool = False,
        of: tuple[GraphQLObjectType, list[Selected]] | None = None,
    ) -> Condition:
        type_, selected = of or self.of(field)
        inner = self.object(type_, selected, source.frame)
        statement = inner.select(source.from_).where(*source.conditions)
        if single:
            statement = statement.limit(sa.literal_column("1"))
        alias = self.aliases.fresh("o")
        members.joins.append(statement.lateral(alias))
        return inner.json.read(alias)

    def _node(self, field: Selected, types: dict[str, KeyField], members: Members) -> Condition:
        leaf = self.arguments(field)["nodeId"]
        assert isinstance(leaf, Leaf)
        type_name = type_of(leaf.bind(self.operation.variables))
        meaning = types.get(type_name or "")
        type_ = self.operation.schema.get_type(type_name or "")
        if meaning is None or not isinstance(type_, GraphQLObjectType):
            return sa.null()
        source = self.sources.rows(meaning.rows, None, {})
        for place, (_, column, codec) in enumerate(meaning.columns):
            part = leaf.then(key_of(len(meaning.columns), place))
            source.conditions.append(source.frame.column(column.name) == self.parameters.text(part.bind, codec))
        selected = self.operation.select(type_, field.selection_sets)
        single = meaning.rows.relation.inherited
        return self._row(field, source, members, single=single, of=(type_, selected))

    def _value(self, field: Selected, meaning: ValueField, frame: Frame | None, members: Members) -> Condition:
        call, codec = meaning.call, meaning.codec
        if call.body is not None:
            return value_as_json(self, self.sources.value(call, frame, {}, codec), codec, field)
        function = self.sources.call(call, frame, self.arguments(field))
        if not call.function.returns_set:
            return value_as_json(self, function, codec, field)
        alias = self.aliases.fresh("f")
        from_ = self.sources.values(function, codec, alias)
        value = value_as_json(self, Reference(alias, "v"), codec, field)
        if frame is not None and call.function.rows <= 1:
            # `rows 1` is what the function's author expects, and no promise: a second row would double the parent's.
            one = select(value.label("v")).select_from(from_).limit(sa.literal_column("1"))
            alias = self.aliases.fresh("o")
            members.joins.append(one.lateral(alias))
            return Reference(alias, "v")
        return select(aggregate(value)).select_from(from_)
