"""Operations as trees, and their answers computed from a `World` in the plainest way: loops, no SQL, no cleverness."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cmp_to_key
from typing import Any

from graphql import GraphQLInputObjectType, get_named_type

from gatepost.catalog import Relation
from gatepost.schema.meaning import (
    AggregateField,
    ColumnField,
    ColumnFilter,
    ColumnOrder,
    ConnectionField,
    Direction,
    Join,
    KeyField,
    Logic,
    ManyFilter,
    NodeIdField,
    Part,
    RowField,
    RowFilter,
    RowOrder,
    Rows,
    ValueField,
    ValueFilter,
    meaning_of,
)
from tests.differential.conditions import Truth, conjunction, disjunction, passes
from tests.differential.values import Label, compare
from tests.differential.world import Row, World, computed


@dataclass
class Asked:
    """A field of an operation: its response key, definition, arguments (see `CursorAt`, `Operand`) and selection."""

    key: str
    name: str
    definition: Any
    type_name: str
    arguments: dict[str, Any] = field(default_factory=dict)
    selection: list[Asked] = field(default_factory=list)

    @property
    def meaning(self) -> Any:
        return None if self.definition is None else meaning_of(self.definition)


@dataclass
class CursorAt:
    """The cursor of a row, as an earlier answer to `root` in the same order gave it: that answer's place-th edge."""

    root: str
    order_by: Any
    row: Row
    place: int
    text: str = ""

    @property
    def given(self) -> str:
        return self.text


@dataclass(frozen=True)
class AnyCursor:
    """A cursor in an answer: `order` and the row tell which, so that equal ones must be equal texts."""

    relation: int
    order: str
    place: int


@dataclass(frozen=True)
class NodeId:
    """A Relay id in an answer."""

    type_name: str
    key: tuple[str | None, ...]


Key = tuple[Callable[[Row], Any], bool, bool]
"""What of a row to order by, whether descending, whether nulls come first."""


class Naive:
    """Answers of one world. `page` is how many rows come where the caller does not say."""

    def __init__(self, world: World, page: int) -> None:
        self.world = world
        self.page = page
        self._values: dict[tuple[Row, str], Any] = {}
        self._found: dict[tuple[int, tuple[str, ...]], dict[tuple[Any, ...], list[Row]]] = {}

    def answer(self, asked: list[Asked]) -> dict[str, Any]:
        """The `data` of a query."""
        return {item.key: self._root(item) for item in asked}

    def _root(self, asked: Asked) -> Any:
        meaning = asked.meaning
        if isinstance(meaning, KeyField):
            for row in self.world.rows[meaning.rows.relation.oid]:
                wanted = [(column.name, asked.arguments[name].value) for name, column, _ in meaning.columns]
                if all(_equal(self.value(row, column), value) for column, value in wanted):
                    return self._object(row, asked.selection)
            return None
        if isinstance(meaning, ConnectionField):
            return self._connection(asked, meaning.rows, None)
        return asked.type_name

    def _object(self, row: Row, selection: list[Asked]) -> dict[str, Any]:
        return {item.key: self._member(row, item) for item in selection}

    def _member(self, row: Row, asked: Asked) -> Any:
        match asked.meaning:
            case ColumnField(column, _):
                return self._shown(row, column.name)
            case ValueField(call, _):
                return self._shown(row, computed(call) or "")
            case NodeIdField(type_name, columns):
                return NodeId(type_name, tuple(row.texts[column] for column in columns))
            case RowField(rows):
                found = self.related(rows, row)
                return self._object(found[0], asked.selection) if found else None
            case ConnectionField(rows):
                return self._connection(asked, rows, row)
        return asked.type_name

    def value(self, row: Row, column: str) -> Any:
        """A value that compares; None for null."""
        if (row, column) not in self._values:
            text = row.texts[column]
            kind = self.world.kind(row.relation, column)
            assert kind is not None
            self._values[row, column] = None if text is None else kind.parse(text)
        return self._values[row, column]

    def _shown(self, row: Row, column: str) -> Any:
        text = row.texts[column]
        kind = self.world.kind(row.relation, column)
        assert kind is not None
        return None if text is None else kind.shown(text)

    def related(self, rows: Rows, row: Row | None) -> list[Row]:
        """The rows that a relation leads to from a row; from none, all."""
        if row is None:
            return list(self.world.rows[rows.relation.oid])
        if rows.join is not None:
            return self._joined(rows.relation, rows.join, row)
        assert rows.through is not None
        way = rows.through
        return [
            far
            for middle in self._joined(way.junction, way.near, row)
            for far in self._joined(rows.relation, way.far, middle)
        ]

    def _joined(self, relation: Relation, join: Join, row: Row) -> list[Row]:
        by_key = self._found.get((relation.oid, join.there))
        if by_key is None:
            by_key = self._found[relation.oid, join.there] = {}
            for other in self.world.rows[relation.oid]:
                by_key.setdefault(tuple(self.value(other, column) for column in join.there), []).append(other)
        key = tuple(self.value(row, column) for column in join.here)
        return [] if None in key else by_key.get(key, [])

    def holds(self, row: Row, type_: Any, filter_: dict[str, Any] | None) -> Truth:
        """Whether a row passes a filter; null fields are no conditions."""
        if filter_ is None:
            return True
        fields = get_named_type(type_).fields
        return conjunction(
            self._condition(row, type_, fields[name], value) for name, value in filter_.items() if value is not None
        )

    def _condition(self, row: Row, own: Any, definition: Any, value: Any) -> Truth:
        match meaning_of(definition):
            case Logic.AND:
                return conjunction(self.holds(row, own, item) for item in value)
            case Logic.OR:
                return disjunction(self.holds(row, own, item) for item in value)
            case Logic.NOT:
                return self.holds(row, own, value) is not True
            case ColumnFilter(column, _):
                return passes(self.world.kind(row.relation, column.name), row.texts[column.name], value)
            case ValueFilter(call, _):
                name = computed(call) or ""
                return passes(self.world.kind(row.relation, name), row.texts[name], value)
            case RowFilter(rows):
                return any(self.holds(other, definition.type, value) is True for other in self.related(rows, row))
            case ManyFilter(rows):
                return self._many(definition.type, self.related(rows, row), value)
        raise TypeError(f"not known to the naive answer: {definition}")

    def _many(self, type_: GraphQLInputObjectType, others: list[Row], value: dict[str, Any]) -> bool:
        results = []
        for quantifier, filter_ in value.items():
            if filter_ is not None:
                passed = [self.holds(other, type_.fields[quantifier].type, filter_) is True for other in others]
                results.append({"some": any(passed), "every": all(passed), "none": not any(passed)}[quantifier])
        return all(results)

    def order(self, rows: Rows, type_: Any, wanted: Any) -> list[Key]:
        """The keys of an order, the last ones telling rows apart; where nothing can, rows stay as they come."""
        keys = [key for item in wanted or [] for key in self._keys(type_, item)]
        if not keys:
            keys = [self._key(item.column.name, item.descending) for item in rows.order]
        descending = keys[-1][1] if keys else False
        keys += [self._key(item.column.name, descending) for item in rows.unique]
        return keys or [(lambda row: row.place, False, False)]

    def _key(self, column: str, descending: bool) -> Key:
        return (lambda row: self.value(row, column)), descending, descending

    def _keys(self, type_: Any, item: dict[str, Any]) -> list[Key]:
        [(name, value)] = item.items()
        definition = get_named_type(type_).fields[name]
        match meaning_of(definition):
            case ColumnOrder(column, _):
                direction = _direction(value)
                read, descending, nulls_first = self._key(column.name, direction.descending)
                return [(read, descending, nulls_first if direction.nulls_first is None else direction.nulls_first)]
            case RowOrder(rows):
                return [
                    (self._behind(rows, read), descending, nulls_first)
                    for read, descending, nulls_first in self._keys(definition.type, value)
                ]
        raise TypeError(f"not known to the naive answer: {definition}")

    def _behind(self, rows: Rows, read: Callable[[Row], Any]) -> Callable[[Row], Any]:
        def value(row: Row) -> Any:
            found = self.related(rows, row)
            return read(found[0]) if found else None

        return value

    def _connection(self, asked: Asked, rows: Rows, row: Row | None) -> dict[str, Any]:
        arguments = asked.arguments
        definitions = asked.definition.args
        ordering = definitions.get("orderBy")
        wanted = arguments.get("orderBy")
        keys = self.order(rows, ordering.type if ordering else None, wanted)
        told = repr(wanted or [(item.column.name, item.descending) for item in rows.order] or id(keys))
        kept = self.related(rows, row)
        if (filter_ := arguments.get("filter")) is not None:
            kept = [item for item in kept if self.holds(item, definitions["filter"].type, filter_) is True]

        def in_order(a: Row, b: Row) -> int:
            return compared(keys, a, b)

        kept = sorted(kept, key=cmp_to_key(in_order))
        kept = self._distinct(kept, definitions, arguments.get("distinct") or [])
        after, before = arguments.get("after"), arguments.get("before")
        low = sum(after is not None and compared(keys, item, after.row) <= 0 for item in kept)
        high = sum(before is None or compared(keys, item, before.row) < 0 for item in kept)
        within = kept[low:high]
        offset, last = arguments.get("offset") or 0, arguments.get("last")
        if last is not None:
            end = max(len(within) - offset, 0)
            start = max(end - last, 0)
            more_before, more_after = start > 0, offset > 0 and bool(within)
        else:
            first = arguments.get("first")
            start = offset
            end = start + (self.page if first is None else first)
            more_before, more_after = offset > 0 and bool(within), end < len(within)
        page = within[start:end]
        info = {
            Part.HAS_PREVIOUS_PAGE: more_before or low > 0,
            Part.HAS_NEXT_PAGE: more_after or high < len(kept),
            Part.START_CURSOR: self._cursor(page[0], keys, told) if page else None,
            Part.END_CURSOR: self._cursor(page[-1], keys, told) if page else None,
        }
        answer: dict[str, Any] = {}
        for item in asked.selection:
            match item.meaning:
                case Part.NODES:
                    answer[item.key] = [self._object(row, item.selection) for row in page]
                case Part.EDGES:
                    answer[item.key] = [self._edge(row, item, keys, told) for row in page]
                case Part.PAGE_INFO:
                    answer[item.key] = {part.key: info.get(part.meaning, part.type_name) for part in item.selection}
                case Part.TOTAL_COUNT:
                    answer[item.key] = len(kept)
                case Part.AGGREGATES:
                    answer[item.key] = {part.key: self._aggregate(part, kept) for part in item.selection}
                case _:
                    answer[item.key] = item.type_name
        return answer

    def _distinct(self, rows: list[Row], definitions: Any, names: list[Label]) -> list[Row]:
        """Of rows that are alike in some columns, nulls too, the first."""
        if not names:
            return rows
        values = get_named_type(definitions["distinct"].type).values
        columns = [values[label.name].value.name for label in names]
        first: dict[tuple[Any, ...], Row] = {}
        for row in rows:
            first.setdefault(tuple(self.value(row, column) for column in columns), row)
        return list(first.values())

    def _aggregate(self, asked: Asked, rows: list[Row]) -> Any:
        if not isinstance(asked.meaning, AggregateField):
            return asked.type_name
        if asked.meaning.function == "count":
            return len(rows)
        return {
            item.key: self._aggregated(asked.meaning.function, rows, item.meaning.column.name)
            for item in asked.selection
        }

    def _aggregated(self, function: str, rows: list[Row], column: str) -> Any:
        found = [row for row in rows if row.texts[column] is not None]
        values = [self.value(row, column) for row in found]
        if function == "distinctCount":
            return len(set(values))
        if not values:
            return None
        if function in ("boolAnd", "boolOr"):
            return all(values) if function == "boolAnd" else any(values)
        if function == "sum":
            return str(sum(values))
        extreme = min(values) if function == "min" else max(values)
        return self._shown(found[values.index(extreme)], column)

    def _edge(self, row: Row, asked: Asked, keys: list[Key], order: str) -> dict[str, Any]:
        return {
            item.key: self._object(row, item.selection)
            if item.meaning is Part.NODE
            else self._cursor(row, keys, order)
            if item.meaning is Part.CURSOR
            else item.type_name
            for item in asked.selection
        }

    def _cursor(self, row: Row, keys: list[Key], order: str) -> AnyCursor:
        # Rows that nothing tells apart have one cursor.
        alike = (other for other in self.world.rows[row.relation.oid] if compared(keys, row, other) == 0)
        return AnyCursor(row.relation.oid, order, next(alike).place)


def _direction(label: Label) -> Direction:
    words = label.name.split("_")
    return Direction(words[0] == "DESC", None if len(words) == 1 else words[2] == "FIRST")


def _equal(a: Any, b: Any) -> bool:
    return a is not None and b is not None and compare(a, b) == 0


def compared(keys: list[Key], a: Row, b: Row) -> int:
    for read, descending, nulls_first in keys:
        x, y = read(a), read(b)
        if x is None or y is None:
            if (x is None) is not (y is None):
                return -1 if (x is None) is nulls_first else 1
        elif result := compare(x, y):
            return -result if descending else result
    return 0
