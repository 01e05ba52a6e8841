"""Strategies of operations for the schema of one caller: what the naive answer knows, and nothing else of the schema.

A field, operator or type that it does not know is passed over, so that the schema may grow.
"""

from __future__ import annotations

from typing import Any

from graphql import GraphQLObjectType, get_named_type
from hypothesis import strategies as st

from gatepost.catalog import Relation
from gatepost.schema.meaning import (
    AggregateField,
    AttributeField,
    BoundField,
    ColumnField,
    ConnectionField,
    EdgeColumnField,
    KeyField,
    NodeField,
    NodeIdField,
    Part,
    RowField,
    Rows,
    ValueField,
    meaning_of,
)
from gatepost.schema.meaning import Operand as Aggregated
from tests.differential.aggregation import column_of
from tests.differential.drawn import DEEPEST, Draw, Drawn
from tests.differential.naive import Asked, CursorAt, NodeId
from tests.differential.values import Kind, Label
from tests.differential.world import World

_PARTS = {Part.AGGREGATES, Part.GROUPED_AGGREGATES, Part.NODES, Part.EDGES, Part.PAGE_INFO, Part.TOTAL_COUNT}
_PAGE_INFO = {Part.HAS_NEXT_PAGE, Part.HAS_PREVIOUS_PAGE, Part.START_CURSOR, Part.END_CURSOR}
_ZONES = ("UTC", "Europe/Paris", "America/New_York", "Asia/Kathmandu")


@st.composite
def operations(draw: Draw, world: World) -> list[Asked]:
    """The root fields of a query."""
    return Generator(world, draw).query()


@st.composite
def lists(draw: Draw, world: World) -> Asked:
    """A list at the root with a filter and an order, and no page: to be walked through page by page."""
    return Generator(world, draw).whole()


class Generator(Drawn):
    """Draws one operation."""

    def query(self) -> list[Asked]:
        query = self.world.schema.query_type
        assert query is not None
        known = [name for name, field in query.fields.items() if self._known("Query", name, meaning_of(field))]
        many = [name for name in known if isinstance(meaning_of(query.fields[name]), ConnectionField)]
        names = [self.one(many if many and self.chance(75) else known) for _ in range(self.number(1, 2))]
        return [self.field(query, name, f"r{place}", 0) for place, name in enumerate(names)]

    def whole(self) -> Asked:
        query = self.world.schema.query_type
        assert query is not None
        known = [
            name
            for name, field in query.fields.items()
            if isinstance(meaning := meaning_of(field), ConnectionField) and self._known("Query", name, meaning)
        ]
        asked = self.field(query, self.one(known), "r", 0)
        kept = ("filter", "orderBy", "distinct", *(asked.asking.given if asked.asking is not None else ()))
        asked.arguments = {name: value for name, value in asked.arguments.items() if name in kept}
        type_: Any = get_named_type(asked.definition.type)
        edge: Any = get_named_type(type_.fields["edges"].type)
        cursor = Asked("cursor", "cursor", edge.fields["cursor"], edge.name)
        node = Asked("node", "node", edge.fields["node"], edge.name)
        node.selection = self.selection(get_named_type(node.definition.type), DEEPEST)
        edges = Asked("edges", "edges", type_.fields["edges"], type_.name, selection=[cursor, node])
        page: Any = get_named_type(type_.fields["pageInfo"].type)
        facts = [Asked(name, name, field, page.name) for name, field in page.fields.items() if _is(field, _PAGE_INFO)]
        asked.selection = [edges, Asked("pageInfo", "pageInfo", type_.fields["pageInfo"], type_.name, selection=facts)]
        return asked

    def _known(self, type_name: str, name: str, meaning: object) -> bool:
        """Whether a field that leads to rows, or calls a function, is known here."""
        match meaning:
            case NodeField(types):
                return all(
                    self.given(key.rows.relation, column.name) for key in types.values() for _, column, _ in key.columns
                )
            case KeyField(rows, columns):
                return all(self.given(rows.relation, column.name) for _, column, _ in columns)
            case ValueField():
                asked = self.world.askings.get((type_name, name), [])
                oid = self.world.relations[type_name].oid if type_name in self.world.relations else 0
                return any((oid, item.cell) in self.world.kinds for item in asked)
            case RowField(rows) | ConnectionField(rows) if rows.call is not None:
                return bool(self.world.askings.get((type_name, name)))
            case RowField():
                return True
            case ConnectionField(rows):
                return all(self.compares(rows.relation, item.column.name) for item in (*rows.order, *rows.unique))
        return False

    def field(self, parent: GraphQLObjectType, name: str, key: str, depth: int) -> Asked:
        definition = parent.fields[name]
        asked = Asked(key, name, definition, parent.name)
        if known := self.world.askings.get((parent.name, name)):
            asked.asking = self.one(known)
            asked.arguments = dict(asked.asking.given)
        inner: Any = get_named_type(definition.type)
        match asked.meaning:
            case NodeField(types):
                asked.arguments["nodeId"] = id_ = self._node_id(types)
                asked.selection = self.selection(self.world.schema.get_type(id_.type_name), depth + 1)
            case KeyField(rows, columns):
                row = self.row(rows)
                for argument, column, _ in columns:
                    asked.arguments[argument] = self.operand(rows.relation, column.name, row)
                asked.selection = self.selection(inner, depth + 1)
            case RowField():
                asked.selection = self.selection(inner, depth + 1)
            case ColumnField(_, codec) | EdgeColumnField(_, codec) if codec.structured:
                asked.selection = self._structure(inner, self.world.library.kind(codec), 0)
            case ValueField(_, codec) if codec.structured:
                asked.selection = self._structure(inner, self.world.library.kind(codec), 0)
            case ConnectionField(rows):
                root = parent is self.world.schema.query_type and rows.call is None
                asked.arguments |= self._arguments(rows, definition, root)
                asked.selection = self._parts(inner, rows.relation, depth)
        return asked

    def _node_id(self, types: dict[str, KeyField]) -> NodeId:
        type_name = self.one(types)
        meaning = types[type_name]
        row = self.row(meaning.rows)
        parts = [self.operand(meaning.rows.relation, column.name, row).text for _, column, _ in meaning.columns]
        return NodeId(type_name, tuple(parts))

    def selection(self, type_: Any, depth: int) -> list[Asked]:
        """Fields of a row, their keys all different."""
        leaves, ways = [], []
        for name, field in type_.fields.items():
            meaning = meaning_of(field)
            if isinstance(meaning, RowField | ConnectionField):
                ways += [name] * (depth < DEEPEST and self._known(type_.name, name, meaning))
            elif self._leaf(type_, name, meaning):
                leaves.append(name)
        names = self.several(leaves, self.number(1, 3)) if leaves else []
        if ways and self.chance(60):
            names += self.several(ways, self.number(1, 2))
        found: dict[str, Asked] = {}
        for place, name in enumerate(names):
            key = f"{name[:20]}_{place}" if name in found or self.chance(20) else name
            found[key] = self.field(type_, name, key, depth)
        if not found or self.chance(10):
            found["__typename"] = Asked("__typename", "__typename", None, type_.name)
        return list(found.values())

    def _leaf(self, type_: Any, name: str, meaning: object) -> bool:
        relation = self.world.relations[type_.name]
        match meaning:
            case ColumnField(column, _):
                return self.kind(relation, column.name) is not None
            case ValueField():
                return self._known(type_.name, name, meaning)
            case NodeIdField():
                return True
        return False

    def _structure(self, type_: Any, kind: Kind | None, depth: int) -> list[Asked]:
        """Fields of a composite or a range."""
        while kind is not None and (kind.element is not None or kind.items is not None):
            kind = kind.element if kind.element is not None else kind.items[0] if kind.items else None
        found = [Asked("__typename", "__typename", None, type_.name)] if kind is None or self.chance(10) else []
        for name, field in type_.fields.items() if kind is not None else ():
            meaning = meaning_of(field)
            if not isinstance(meaning, AttributeField | BoundField) or not self.chance(60):
                continue
            part = meaning.name if isinstance(meaning, AttributeField) else meaning.function
            assert kind is not None
            if part not in kind.members:
                continue
            asked = Asked(name, name, field, type_.name)
            if meaning.codec is not None and meaning.codec.structured:
                asked.selection = self._structure(get_named_type(field.type), kind.members[part], depth + 1)
            found.append(asked)
        return found or [Asked("__typename", "__typename", None, type_.name)]

    def _parts(self, type_: Any, relation: Relation, depth: int) -> list[Asked]:
        names = [name for name, field in type_.fields.items() if _is(field, _PARTS)]
        found: list[Asked] = []
        for name in dict.fromkeys(self.several(names, self.number(1, 3))):
            part = Asked(name, name, type_.fields[name], type_.name)
            inner: Any = get_named_type(part.definition.type)
            match part.meaning:
                case Part.NODES:
                    part.selection = self.selection(inner, depth + 1)
                case Part.EDGES:
                    part.selection = self._edges(inner, depth)
                case Part.PAGE_INFO:
                    known = [name for name, field in inner.fields.items() if _is(field, _PAGE_INFO)]
                    part.selection = [Asked(name, name, inner.fields[name], inner.name) for name in known]
                case Part.AGGREGATES:
                    part.selection = self._aggregates(inner, relation)
                case Part.GROUPED_AGGREGATES:
                    part.arguments = self._grouping(part.definition, relation)
                    part.selection = self._aggregates(inner, relation)
            found.append(part)
        return found

    def _edges(self, type_: Any, depth: int) -> list[Asked]:
        found = [Asked("cursor", "cursor", type_.fields["cursor"], type_.name)]
        if self.chance(70):
            node = Asked("node", "node", type_.fields["node"], type_.name)
            node.selection = self.selection(get_named_type(node.definition.type), depth + 1)
            found.append(node)
        for name, field in type_.fields.items():
            meaning = meaning_of(field)
            if isinstance(meaning, EdgeColumnField) and self.world.library.kind(meaning.codec) and self.chance(60):
                found.append(self.field(type_, name, name, depth))
        return found

    def _aggregates(self, type_: Any, relation: Relation) -> list[Asked]:
        found: list[Asked] = []
        for name, field in type_.fields.items():
            meaning = meaning_of(field)
            if not isinstance(meaning, AggregateField) or not self.chance(35):
                continue
            asked = Asked(name, name, field, type_.name)
            inner: Any = get_named_type(field.type)
            if "distinct" in field.args and self.chance(40):
                asked.arguments["distinct"] = self.one([True, True, False, None])
            if meaning.function != "count":
                known = [
                    m for m, of in inner.fields.items() if self.adds(meaning.function, relation, meaning_of(of), True)
                ]
                chosen = dict.fromkeys(self.several(known, self.number(1, 2))) if known else {}
                asked.selection = [self._aggregated(inner, member) for member in chosen]
            if meaning.function == "count" or asked.selection:
                found.append(asked)
        return found or [Asked("__typename", "__typename", None, type_.name)]

    def _aggregated(self, type_: Any, name: str) -> Asked:
        asked = Asked(name, name, type_.fields[name], type_.name)
        of: Any = get_named_type(asked.definition.type)
        if isinstance(of, GraphQLObjectType):
            asked.selection = self._structure(of, self.world.library.kind(asked.meaning.codec), 0)
        return asked

    def _grouping(self, definition: Any, relation: Relation) -> dict[str, Any]:
        by: Any = get_named_type(definition.args["groupBy"].type)
        known = [name for name, field in by.fields.items() if self._groups(relation, meaning_of(field))]
        chosen = dict.fromkeys(self.several(known, self.number(0, 2))) if known else {}
        grouped = {name: self._precision(relation, by.fields[name]) for name in chosen}
        given: dict[str, Any] = {"groupBy": [{name: label} for name, label in grouped.items()]}
        if self.chance(40):
            given["having"] = self.having(get_named_type(definition.args["having"].type), relation, 1)
        if self.chance(50):
            type_ = get_named_type(definition.args["orderBy"].type)
            items = [self.group_order(type_, relation, list(grouped)) for _ in range(self.number(0, 2))]
            given["orderBy"] = [item for item in items if item is not None]
        if self.chance(30):
            given["first"] = self.number(0, 4)
        if self.chance(20):
            given["offset"] = self.number(0, 2)
        if self.chance(40):
            given["timeZone"] = self.one(_ZONES)
        return given

    def _precision(self, relation: Relation, field: Any) -> Label:
        kind = self.kind(relation, column_of(meaning_of(field)))
        values = get_named_type(field.type).values
        known = [
            name
            for name, value in values.items()
            if value.value.unit is None
            or (kind is not None and (kind.name, value.value.unit, "UTC") in self.world.truncated)
        ]
        return Label(self.one(known))

    def _groups(self, relation: Relation, meaning: Any) -> bool:
        return isinstance(meaning, Aggregated) and self.compares(relation, column_of(meaning))

    def _arguments(self, rows: Rows, definition: Any, root: bool) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        ordering = definition.args.get("orderBy")
        order_by = None
        if ordering is not None and self.chance(50):
            order_by = arguments["orderBy"] = self.order(get_named_type(ordering.type), rows.relation)
        if "filter" in definition.args and self.chance(50):
            arguments["filter"] = self.filter(get_named_type(definition.args["filter"].type), rows.relation, 0)
        size = self.one(["first", "last", ""])
        if size:
            arguments[size] = self.number(0, 6)
        if self.chance(30):
            arguments["offset"] = self.number(0, 4)
        if "distinct" in definition.args and self.chance(15):
            columns = get_named_type(definition.args["distinct"].type).values
            known = [name for name, value in columns.items() if self.compares(rows.relation, value.value.name)]
            arguments["distinct"] = [Label(name) for name in dict.fromkeys(self.several(known, 2))] if known else []
        placed = rows.keyed or "distinct" not in arguments  # else rows that are alike are told apart in cursors
        if placed and rows.order and rows.call is None and (order_by or root):
            for side in ("after", "before"):
                if self.chance(30) and (cursor := self._cursor(rows, order_by)):
                    arguments[side] = cursor
        for name in ("first", "last", "after", "before", "offset", "filter", "orderBy"):
            if name in definition.args and name not in arguments and self.chance(5):
                arguments[name] = None
        return arguments

    def _cursor(self, rows: Rows, order_by: Any) -> CursorAt | None:
        query = self.world.schema.query_type
        assert query is not None
        for name, field in query.fields.items():
            meaning = meaning_of(field)
            if (
                isinstance(meaning, ConnectionField)
                and meaning.rows.relation is rows.relation
                and not meaning.rows.call
            ):
                found = self.world.rows[rows.relation.oid]
                # The place is known when the rows are in order: see `check`.
                return CursorAt(name, order_by, row := self.one(found), row.place) if found else None
        return None


def _is(field: Any, parts: set[Part]) -> bool:
    meaning = meaning_of(field)
    return isinstance(meaning, Part) and meaning in parts
