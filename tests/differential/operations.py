"""Strategies of operations for the schema of one caller: what the naive answer knows, and nothing else of the schema.

A field, operator or type that it does not know is passed over, so that the schema may grow.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from graphql import GraphQLObjectType, get_named_type
from hypothesis import strategies as st

from gatepost.catalog import Relation
from gatepost.schema.meaning import (
    AggregateField,
    ColumnField,
    ColumnFilter,
    ColumnOrder,
    ConnectionField,
    KeyField,
    Logic,
    ManyFilter,
    NodeIdField,
    Operand,
    Part,
    RowField,
    RowFilter,
    RowOrder,
    Rows,
    ValueField,
    ValueFilter,
    meaning_of,
)
from tests.differential.conditions import ARRAYS, ORDERED, PATTERNS, REGEX
from tests.differential.naive import Asked, CursorAt
from tests.differential.values import Kind, Label, operand
from tests.differential.world import World, computed

T = TypeVar("T")
Draw = Callable[[st.SearchStrategy[Any]], Any]
_DEEPEST = 3
_INTEGERS = {"int2", "int4", "int8"}
_EXTREMES = _INTEGERS | {"text", "uuid", "date", "timestamp", "timestamptz"}
_AGGREGATES = {"min": _EXTREMES, "max": _EXTREMES, "sum": _INTEGERS, "boolAnd": {"bool"}, "boolOr": {"bool"}}
"""Of which kinds: of others, equal values may look different."""
_PARTS = {Part.AGGREGATES, Part.NODES, Part.EDGES, Part.PAGE_INFO, Part.TOTAL_COUNT}
_PAGE_INFO = {Part.HAS_NEXT_PAGE, Part.HAS_PREVIOUS_PAGE, Part.START_CURSOR, Part.END_CURSOR}


@st.composite
def operations(draw: Draw, world: World) -> list[Asked]:
    """The root fields of a query."""
    return Generator(world, draw).query()


class Generator:
    """Draws one operation."""

    def __init__(self, world: World, draw: Draw) -> None:
        self.world = world
        self.draw = draw

    def query(self) -> list[Asked]:
        query = self.world.schema.query_type
        assert query is not None
        known = [name for name, field in query.fields.items() if self._root(meaning_of(field))]
        lists = [name for name in known if isinstance(meaning_of(query.fields[name]), ConnectionField)]
        names = [self._one(lists if self._chance(80) else known) for _ in range(self._number(1, 2))]
        return [self._field(query, name, f"r{place}", 0) for place, name in enumerate(names)]

    def _chance(self, percent: int) -> bool:
        return bool(self.draw(st.integers(0, 99)) >= 100 - percent)

    def _number(self, least: int, most: int) -> int:
        return int(self.draw(st.integers(least, most)))

    def _few(self) -> int:
        """One or two, seldom none."""
        return self._number(1, 2) if self._chance(90) else 0

    def _one(self, items: Any) -> Any:
        return self.draw(st.sampled_from(list(items)))

    def _several(self, items: Any, count: int) -> list[Any]:
        return [self._one(items) for _ in range(count)]

    def _root(self, meaning: object) -> bool:
        match meaning:
            case KeyField(rows, columns):
                return _plain(rows) and all(self._compares(rows.relation, column.name) for _, column, _ in columns)
            case ConnectionField(rows):
                return self._lists(rows)
        return False

    def _lists(self, rows: Rows) -> bool:
        """Whether the order of these rows is known here."""
        columns = [*rows.order, *rows.unique]
        return _plain(rows) and all(self._compares(rows.relation, item.column.name) for item in columns)

    def _compares(self, relation: Relation, column: str) -> bool:
        kind = self.world.kind(relation, column)
        return kind is not None and kind.compares

    def _one_value(self, relation: Relation, column: str) -> bool:
        kind = self.world.kind(relation, column)
        return kind is not None and kind.compares and kind.element is None

    def _field(self, parent: GraphQLObjectType, name: str, key: str, depth: int) -> Asked:
        definition = parent.fields[name]
        asked = Asked(key, name, definition, parent.name)
        match asked.meaning:
            case KeyField(rows, columns):
                row = self._row(rows)
                for argument, column, _ in columns:
                    asked.arguments[argument] = self._operand(rows.relation, column.name, row)
                asked.selection = self._selection(get_named_type(definition.type), depth + 1)
            case RowField():
                asked.selection = self._selection(get_named_type(definition.type), depth + 1)
            case ConnectionField(rows):
                asked.arguments = self._arguments(rows, definition, root=parent is self.world.schema.query_type)
                asked.selection = self._parts(get_named_type(definition.type), rows.relation, depth)
        return asked

    def _selection(self, type_: Any, depth: int) -> list[Asked]:
        """Fields of a row, their keys all different."""
        leaves = [name for name, field in type_.fields.items() if self._leaf(type_, meaning_of(field))]
        ways = (
            [name for name, field in type_.fields.items() if self._way(meaning_of(field))] if depth < _DEEPEST else []
        )
        names = self._several(leaves, self._number(1, 3)) if leaves else []
        if ways and self._chance(60):
            names += self._several(ways, self._number(1, 2))
        found: dict[str, Asked] = {}
        for place, name in enumerate(names):
            key = f"{name[:20]}_{place}" if name in found or self._chance(20) else name
            found[key] = self._field(type_, name, key, depth)
        if not found or self._chance(10):
            found["__typename"] = Asked("__typename", "__typename", None, type_.name)
        return list(found.values())

    def _leaf(self, type_: Any, meaning: object) -> bool:
        relation = self.relation_of(type_)
        match meaning:
            case ColumnField(column, _):
                return self.world.kind(relation, column.name) is not None
            case ValueField(call, _):
                return self.world.kind(relation, computed(call) or "") is not None
            case NodeIdField():
                return True
        return False

    def relation_of(self, type_: Any) -> Relation:
        """The relation whose rows a type holds."""
        return self.world.relations[type_.name]

    def _way(self, meaning: object) -> bool:
        match meaning:
            case RowField(rows):
                return _plain(rows)
            case ConnectionField(rows):
                return self._lists(rows)
        return False

    def _parts(self, type_: Any, relation: Relation, depth: int) -> list[Asked]:
        names = [name for name, field in type_.fields.items() if _is(field, _PARTS)]
        found: list[Asked] = []
        for name in dict.fromkeys(self._several(names, self._number(1, 3))):
            part = Asked(name, name, type_.fields[name], type_.name)
            inner: Any = get_named_type(part.definition.type)
            match part.meaning:
                case Part.NODES:
                    part.selection = self._selection(inner, depth + 1)
                case Part.EDGES:
                    part.selection = [Asked("cursor", "cursor", inner.fields["cursor"], inner.name)]
                    if self._chance(70):
                        node = Asked("node", "node", inner.fields["node"], inner.name)
                        node.selection = self._selection(get_named_type(node.definition.type), depth + 1)
                        part.selection.append(node)
                case Part.PAGE_INFO:
                    known = [name for name, field in inner.fields.items() if _is(field, _PAGE_INFO)]
                    part.selection = [Asked(name, name, inner.fields[name], inner.name) for name in known]
                case Part.AGGREGATES:
                    part.selection = self._aggregates(inner, relation)
            found.append(part)
        return found

    def _aggregates(self, type_: Any, relation: Relation) -> list[Asked]:
        found: list[Asked] = []
        for name, field in type_.fields.items():
            meaning = meaning_of(field)
            if not isinstance(meaning, AggregateField) or not self._chance(50):
                continue
            asked = Asked(name, name, field, type_.name)
            inner: Any = get_named_type(field.type)
            if meaning.function != "count":
                known = [
                    member
                    for member, of in inner.fields.items()
                    if self._adds(meaning.function, relation, meaning_of(of))
                ]
                chosen = dict.fromkeys(self._several(known, self._number(1, 2))) if known else {}
                asked.selection = [Asked(member, member, inner.fields[member], inner.name) for member in chosen]
            if meaning.function == "count" or asked.selection:
                found.append(asked)
        return found or [Asked("__typename", "__typename", None, type_.name)]

    def _adds(self, function: str, relation: Relation, meaning: Any) -> bool:
        if not isinstance(meaning, Operand) or meaning.column is None:
            return False
        if not self._one_value(relation, meaning.column.name):
            return False
        kind = self.world.kinds[relation.oid, meaning.column.name]
        return function == "distinctCount" or kind.name in _AGGREGATES.get(function, ())

    def _arguments(self, rows: Rows, definition: Any, root: bool) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        ordering = definition.args.get("orderBy")
        order_by = None
        if ordering is not None and self._chance(50):
            order_by = arguments["orderBy"] = self._order(get_named_type(ordering.type), rows.relation)
        if "filter" in definition.args and self._chance(50):
            arguments["filter"] = self._filter(get_named_type(definition.args["filter"].type), rows.relation, 0)
        size = self._one(["first", "last", ""])
        if size:
            arguments[size] = self._number(0, 6)
        if self._chance(30):
            arguments["offset"] = self._number(0, 4)
        if "distinct" in definition.args and self._chance(15):
            columns = get_named_type(definition.args["distinct"].type).values
            known = [name for name, value in columns.items() if self._one_value(rows.relation, value.value.name)]
            arguments["distinct"] = [Label(name) for name in dict.fromkeys(self._several(known, 2))] if known else []
        if rows.order and (order_by or root):
            for side in ("after", "before"):
                if self._chance(30) and (cursor := self._cursor(rows, order_by)):
                    arguments[side] = cursor
        for name in ("first", "last", "after", "before", "offset", "filter", "orderBy"):
            if name in definition.args and name not in arguments and self._chance(5):
                arguments[name] = None
        return arguments

    def _cursor(self, rows: Rows, order_by: Any) -> CursorAt | None:
        query = self.world.schema.query_type
        assert query is not None
        for name, field in query.fields.items():
            meaning = meaning_of(field)
            if isinstance(meaning, ConnectionField) and meaning.rows.relation is rows.relation and _plain(meaning.rows):
                found = self.world.rows[rows.relation.oid]
                # The place is known when the rows are in order: see `check`.
                return CursorAt(name, order_by, row := self._one(found), row.place) if found else None
        return None

    def _order(self, type_: Any, relation: Relation) -> list[dict[str, Any]] | None:
        items = [item for _ in range(self._number(0, 3)) if (item := self._order_item(type_, relation, 0))]
        return items or self._one([None, []])

    def _order_item(self, type_: Any, relation: Relation, depth: int) -> dict[str, Any] | None:
        known = []
        for name, field in type_.fields.items():
            match meaning_of(field):
                case ColumnOrder(column, _) if self._compares(relation, column.name):
                    known.append(name)
                case RowOrder(rows) if _plain(rows) and depth < 2:
                    known.append(name)
        if not known:
            return None
        name = self._one(known)
        field = type_.fields[name]
        match meaning_of(field):
            case ColumnOrder():
                return {name: Label(self._one(field.type.values))}
            case RowOrder(rows):
                inner = self._order_item(get_named_type(field.type), rows.relation, depth + 1)
                return {name: inner} if inner else None
        return None

    def _filter(self, type_: Any, relation: Relation, depth: int) -> dict[str, Any]:
        known = [name for name, field in type_.fields.items() if self._filters(meaning_of(field), relation, depth)]
        return {name: self._condition(type_, name, relation, depth) for name in self._several(known, self._few())}

    def _filters(self, meaning: object, relation: Relation, depth: int) -> bool:
        match meaning:
            case Logic():
                return depth < _DEEPEST
            case ColumnFilter(column, _):
                return self.world.kind(relation, column.name) is not None
            case ValueFilter(call, _):
                return self.world.kind(relation, computed(call) or "") is not None
            case RowFilter(rows) | ManyFilter(rows):
                return depth < _DEEPEST and _plain(rows)
        return False

    def _condition(self, type_: Any, name: str, relation: Relation, depth: int) -> Any:
        if self._chance(4):
            return None
        field = type_.fields[name]
        inner: Any = get_named_type(field.type)
        match meaning_of(field):
            case Logic.NOT:
                return self._filter(type_, relation, depth + 1)
            case Logic():
                return [self._filter(type_, relation, depth + 1) for _ in range(self._number(0, 2))]
            case ColumnFilter(column, _):
                return self._operators(inner, relation, column.name)
            case ValueFilter(call, _):
                return self._operators(inner, relation, computed(call) or "")
            case RowFilter(rows):
                return self._filter(inner, rows.relation, depth + 1)
            case ManyFilter(rows):
                names = [self._one(["some", "every", "none"])]
                return {
                    name: self._filter(get_named_type(inner.fields[name].type), rows.relation, depth + 1)
                    for name in names
                    if name in inner.fields
                }
        raise TypeError(name)

    def _operators(self, type_: Any, relation: Relation, column: str) -> dict[str, Any]:
        kind = self.world.kind(relation, column)
        assert kind is not None
        texts = [row.texts[column] for row in self.world.rows[relation.oid]]
        return self._of_kind(type_, kind, [text for text in texts if text is not None and kind.sendable(text)])

    def _of_kind(self, type_: Any, kind: Kind, texts: list[str]) -> dict[str, Any]:
        known = ["isNull"]
        if kind.element is not None:
            known += [*ARRAYS, "any"]
        elif kind.compares:
            known += [*ORDERED, *([*PATTERNS, *REGEX] if kind.text else [])]
        known = [name for name in known if name in type_.fields]
        texts = [*texts, *self.world.pool.get(kind.name, [])[:50]]
        return {name: self._argument(type_, name, kind, texts) for name in self._several(known, self._few())}

    def _argument(self, type_: Any, name: str, kind: Kind, texts: list[str]) -> Any:
        if self._chance(4):
            return None
        if name == "isNull":
            return bool(self._chance(50))
        if name in ("in", "notIn"):
            return [operand(kind, self._one(texts)) for _ in range(self._number(0, 3))] if texts else []
        if name == "any":
            assert kind.element is not None
            return self._of_kind(type_.fields["any"].type, kind.element, self.world.pool.get(kind.element.name, []))
        if name in REGEX:
            return self.draw(st.text("abeo1", min_size=1, max_size=2))
        if name in PATTERNS:
            return self._pattern(texts, wild=name in ("like", "ilike"))
        return operand(kind, self._one(texts)) if texts else None

    def _pattern(self, texts: list[str], wild: bool) -> str:
        """A part of a text that there is, or something odd; some characters wild."""
        whole = self._one(texts) if texts and self._chance(80) else self.draw(st.text("aB%_\\'\"é", max_size=3))
        start = self._number(0, len(whole))
        part = str(whole[start : start + self._number(0, 6)])
        if not wild:
            return part
        part = "".join(f"\\{c}" if c in "\\" else c for c in part)
        return f"{self._one(['', '%', '_'])}{part}{self._one(['', '%', '_'])}"

    def _row(self, rows: Rows) -> Any:
        found = self.world.rows[rows.relation.oid]
        return self._one(found) if found and self._chance(80) else None

    def _operand(self, relation: Relation, column: str, row: Any) -> Any:
        kind = self.world.kind(relation, column)
        assert kind is not None
        text = row.texts[column] if row is not None else None
        if text is None or not kind.sendable(text):
            text = self._one(self.world.pool.get(kind.name) or ["1"])
        return operand(kind, text)


def _plain(rows: Rows) -> bool:
    """Whether these rows come from a table, along joins at most."""
    return rows.call is None


def _is(field: Any, parts: set[Part]) -> bool:
    meaning = meaning_of(field)
    return isinstance(meaning, Part) and meaning in parts
