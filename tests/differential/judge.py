"""Which rows pass a filter, what they lead to and in which order they come: by loops, no SQL, no cleverness."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import GraphQLInputObjectType, get_named_type

from gatepost.catalog import Relation
from gatepost.schema.meaning import (
    AggregateField,
    AggregatesOrder,
    ColumnFilter,
    ColumnOrder,
    Direction,
    Join,
    Logic,
    ManyFilter,
    RankOrder,
    RowFilter,
    RowOrder,
    Rows,
    ValueFilter,
    ValueOrder,
    meaning_of,
)
from tests.differential.aggregation import Aggregation
from tests.differential.calls import cell_of
from tests.differential.conditions import conjunction, disjunction, passes, told
from tests.differential.values import Kind, Label, Truth, compare, kind_by_name
from tests.differential.world import Row, World

Key = tuple[Callable[[Any], Any], bool, bool]
"""What of a row to order by, whether descending, whether nulls come first."""


class Judge:
    """Judges the rows of one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.aggregation = Aggregation(world, self.value)
        self._values: dict[tuple[Row, str], Any] = {}
        self._found: dict[tuple[int, tuple[str, ...]], dict[tuple[Any, ...], list[Row]]] = {}

    def kind(self, relation: Relation, column: str) -> Kind:
        kind = self.world.kind(relation, column)
        assert kind is not None
        return kind

    def value(self, row: Row, column: str) -> Any:
        """A value that compares; None for null."""
        if (row, column) not in self._values:
            text = row.texts[column]
            kind = self.world.kind(row.relation, column)
            assert kind is not None
            self._values[row, column] = None if text is None else kind.parse(text)
        return self._values[row, column]

    def related(self, rows: Rows, row: Row | None) -> list[Row]:
        """The rows that a relation leads to from a row; from none, all."""
        if row is None:
            return list(self.world.rows[rows.relation.oid])
        if rows.join is not None:
            return self.joined(rows.relation, rows.join, row)
        assert rows.through is not None
        way = rows.through
        return [
            far
            for middle in self.joined(way.junction, way.near, row)
            for far in self.joined(rows.relation, way.far, middle)
        ]

    def joined(self, relation: Relation, join: Join, row: Row) -> list[Row]:
        by_key = self._found.get((relation.oid, join.there))
        if by_key is None:
            by_key = self._found[relation.oid, join.there] = {}
            for other in self.world.rows[relation.oid]:
                by_key.setdefault(tuple(hashable(self.value(other, column)) for column in join.there), []).append(other)
        key = tuple(hashable(self.value(row, column)) for column in join.here)
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
                name = cell_of(call)
                return passes(self.world.kind(row.relation, name), row.texts[name], value)
            case RowFilter(rows):
                return any(self.holds(other, definition.type, value) is True for other in self.related(rows, row))
            case ManyFilter(rows):
                return self._many(definition.type, self.related(rows, row), value)
        raise TypeError(f"not known to the naive answer: {definition}")

    def _many(self, type_: GraphQLInputObjectType, others: list[Row], value: dict[str, Any]) -> bool:
        results = []
        for quantifier, filter_ in value.items():
            if quantifier == "aggregates" and filter_ is not None:
                results.append(self.having(type_.fields[quantifier].type, others, filter_) is True)
            elif filter_ is not None:
                passed = [self.holds(other, type_.fields[quantifier].type, filter_) is True for other in others]
                results.append({"some": any(passed), "every": all(passed), "none": not any(passed)}[quantifier])
        return all(results)

    def having(self, type_: Any, rows: list[Row], conditions: dict[str, Any]) -> Truth:
        """Whether aggregates of rows meet all conditions."""
        fields = get_named_type(type_).fields
        truths: list[Truth] = []
        for name, value in conditions.items():
            if value is None:
                continue
            match meaning_of(fields[name]):
                case Logic.AND:
                    truths.append(conjunction(self.having(type_, rows, item) for item in value))
                case Logic.OR:
                    truths.append(disjunction(self.having(type_, rows, item) for item in value))
                case Logic.NOT:
                    truths.append(self.having(type_, rows, value) is not True)
                case AggregateField("count"):
                    truths.append(passes(kind_by_name("int8"), str(len(rows)), value))
                case AggregateField(function):
                    members = get_named_type(fields[name].type).fields
                    for member, of_value in value.items():
                        kind, text = self.aggregation.compared(function, meaning_of(members[member]), rows)
                        truths.append(passes(kind, text, of_value))
        return conjunction(truths)

    def order(self, rows: Rows, type_: Any, wanted: Any) -> list[Key]:
        """The keys of an order, the last ones telling rows apart; where nothing can, rows stay as they come."""
        keys = [key for item in wanted or [] for key in self._keys(type_, item)]
        if not keys and not rows.order:
            return [(lambda row: row.place, False, False)]
        if not keys:
            keys = [self._key(item.column.name, item.descending) for item in rows.order]
        descending = keys[-1][1] if keys else False
        keys += [self._key(item.column.name, descending) for item in rows.unique]
        return [*keys, (lambda row: row.place, False, False)]  # rows that are alike in all of them

    def _key(self, column: str, descending: bool) -> Key:
        return (lambda row: self.value(row, column)), descending, descending

    def _keys(self, type_: Any, item: dict[str, Any]) -> list[Key]:
        [(name, value)] = item.items()
        definition = get_named_type(type_).fields[name]
        match meaning_of(definition):
            case ColumnOrder(column, _):
                return [directed(lambda row: self.value(row, column.name), value)]
            case ValueOrder(call, _):
                return [directed(lambda row: self.value(row, cell_of(call)), value)]
            case RankOrder(column):

                def rank(row: Row) -> Any:
                    kind, text = self.kind(row.relation, column.name), row.texts[column.name]
                    return None if text is None else float(told(kind, "rank", text, value["matches"]))

                direction = value.get("direction")
                return [(rank, True, False) if direction is None else directed(rank, direction)]
            case AggregatesOrder(rows):
                return [directed(self._of_many(rows, definition.type, value), leaf(value))]
            case RowOrder(rows):
                return [
                    (self._behind(rows, read), descending, nulls_first)
                    for read, descending, nulls_first in self._keys(definition.type, value)
                ]
        raise TypeError(f"not known to the naive answer: {definition}")

    def _of_many(self, rows: Rows, type_: Any, value: dict[str, Any]) -> Callable[[Row], Any]:
        [(name, item)] = value.items()
        known: dict[Row, Any] = {}

        def read(row: Row) -> Any:
            if row not in known:
                known[row] = self.group_value(type_, name, item, self.related(rows, row))
            return known[row]

        return read

    def group_value(self, type_: Any, name: str, item: Any, rows: list[Row]) -> Any:
        """What groups are ordered by: an aggregate of a group's rows, as it compares."""
        if isinstance(item, Label):
            return len(rows)
        field_ = get_named_type(type_).fields[name]
        operand = meaning_of(get_named_type(field_.type).fields[next(iter(item))])
        kind, text = self.aggregation.compared(meaning_of(field_).function, operand, rows)
        return None if text is None else kind.parse(text)

    def _behind(self, rows: Rows, read: Callable[[Row], Any]) -> Callable[[Row], Any]:
        def value(row: Row) -> Any:
            found = self.related(rows, row)
            return read(found[0]) if found else None

        return value


def directed(read: Callable[[Any], Any], label: Label) -> Key:
    """A key of an order, in the direction of this name."""
    words = label.name.split("_")
    direction = Direction(words[0] == "DESC", None if len(words) == 1 else words[2] == "FIRST")
    nulls_first = direction.descending if direction.nulls_first is None else direction.nulls_first
    return read, direction.descending, nulls_first


def leaf(value: Any) -> Label:
    """The direction inside an order."""
    while isinstance(value, dict):
        [value] = value.values()
    assert isinstance(value, Label)
    return value


def hashable(value: Any) -> Any:
    return tuple(hashable(item) for item in value) if isinstance(value, list) else value


def compared(keys: list[Key], a: Any, b: Any) -> int:
    for read, descending, nulls_first in keys:
        x, y = read(a), read(b)
        if x is None or y is None:
            if (x is None) is not (y is None):
                return -1 if (x is None) is nulls_first else 1
        elif result := compare(x, y):
            return -result if descending else result
    return 0
