"""Operations as trees, and their answers computed from a `World` in the plainest way: loops, no SQL, no cleverness."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from functools import cmp_to_key
from operator import itemgetter
from typing import Any

from graphql import get_named_type

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
    Precision,
    RowField,
    Rows,
    ValueField,
    meaning_of,
)
from gatepost.schema.meaning import Operand as Aggregated
from tests.differential.aggregation import Among, column_of
from tests.differential.calls import Asking
from tests.differential.judge import Judge, Key, compared, directed, hashable, leaf
from tests.differential.values import Kind, Label, compare, elements
from tests.differential.world import Row, World


@dataclass
class Asked:
    """A field of an operation: its response key, definition, arguments (see `CursorAt`, `Operand`) and selection."""

    key: str
    name: str
    definition: Any
    type_name: str
    arguments: dict[str, Any] = field(default_factory=dict)
    selection: list[Asked] = field(default_factory=list)
    asking: Asking | None = None
    """Of a field that calls a function, the call."""

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
    """A Relay id: a JSON array of a type's name and a row's key, in base64."""

    type_name: str
    key: tuple[str | None, ...]

    @property
    def given(self) -> str:
        return base64.b64encode(json.dumps([self.type_name, *self.key]).encode()).decode()


class Naive(Judge):
    """Answers of one world. `page` is how many rows come where the caller does not say, `most` how many at most."""

    def __init__(self, world: World, page: int, most: int = 500) -> None:
        super().__init__(world)
        self.page = page
        self.most = most

    def answer(self, asked: list[Asked]) -> dict[str, Any]:
        """The `data` of a query."""
        return {item.key: self._root(item) for item in asked}

    def _root(self, asked: Asked) -> Any:
        meaning = asked.meaning
        if isinstance(meaning, KeyField):
            wanted = {column.name: asked.arguments[name].value for name, column, _ in meaning.columns}
            return self._by_key(meaning.rows, wanted, asked.selection)
        if isinstance(meaning, NodeField):
            id_ = asked.arguments["nodeId"]
            rows = meaning.types[id_.type_name].rows
            columns = [column for _, column, _ in meaning.types[id_.type_name].columns]
            texts = {column.name: part for column, part in zip(columns, id_.key, strict=True)}
            wanted = {name: self.kind(rows.relation, name).parse(text or "") for name, text in texts.items()}
            return self._by_key(rows, wanted, asked.selection)
        return asked.type_name if meaning is None else self._called(asked, None)

    def _by_key(self, rows: Rows, wanted: dict[str, Any], selection: list[Asked]) -> Any:
        for row in self.world.rows[rows.relation.oid]:
            if all(_equal(self.value(row, column), value) for column, value in wanted.items()):
                return self.object(row, selection)
        return None

    def _called(self, asked: Asked, row: Row | None) -> Any:
        """A field that may call a function, of a row or at the root."""
        meaning, asking = asked.meaning, asked.asking
        known: Any = row.texts if row is not None else self.world.called
        answer = None if asking is None else known[asking.cell]
        match meaning:
            case ValueField():
                assert asking is not None
                kind = self.world.kinds[row.relation.oid if row is not None else 0, asking.cell]
                if asking.shape == "values":
                    return [self.shown(kind, text, asked) for text in answer or []]
                return self.shown(kind, answer, asked)
            case RowField(rows):
                found = self.related(rows, row) if asking is None else self.world.rows_of(rows.relation, answer)
                return self.object(found[0], asked.selection) if found else None
            case ConnectionField(rows):
                given = None if asking is None else self.world.rows_of(rows.relation, answer)
                return self._connection(asked, rows, row, given)
        return asked.type_name

    def object(self, row: Row, selection: list[Asked]) -> dict[str, Any]:
        """What is selected of a row."""
        return {item.key: self._member(row, item) for item in selection}

    def _member(self, row: Row, asked: Asked) -> Any:
        match asked.meaning:
            case ColumnField(column, _) | EdgeColumnField(column, _):
                return self.shown(self.kind(row.relation, column.name), row.texts[column.name], asked)
            case NodeIdField(type_name, columns):
                return NodeId(type_name, tuple(row.texts[column] for column in columns))
            case None:
                return asked.type_name
        return self._called(asked, row)

    def shown(self, kind: Kind, text: str | None, asked: Asked) -> Any:
        """A value in an answer; of one of which fields are selected, these."""
        if text is None:
            return None
        if not asked.selection:
            return kind.shown(text)
        if kind.element is not None:
            return [self.shown(kind.element, item, asked) for item in elements(text)]
        if kind.items is not None:
            return [self.shown(kind.items[0], item, asked) for item in kind.items[1][text]]
        answer: dict[str, Any] = {}
        for item in asked.selection:
            match item.meaning:
                case AttributeField(name, _) | BoundField(name, _):
                    answer[item.key] = self.shown(kind.members[name], kind.parts[text][name], item)
                case _:
                    answer[item.key] = item.type_name
        return answer

    def _connection(self, asked: Asked, rows: Rows, row: Row | None, given: list[Row] | None) -> dict[str, Any]:
        arguments = asked.arguments
        definitions = asked.definition.args
        ordering = definitions.get("orderBy")
        wanted = arguments.get("orderBy")
        keys = self.order(rows, ordering.type if ordering else None, wanted)
        told_ = repr(wanted or [(item.column.name, item.descending) for item in rows.order] or id(keys))
        kept = self.related(rows, row) if given is None else given
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
            Part.START_CURSOR: self._cursor(page[0], keys, told_) if page else None,
            Part.END_CURSOR: self._cursor(page[-1], keys, told_) if page else None,
        }
        beside = self._beside(rows, row)
        answer: dict[str, Any] = {}
        for item in asked.selection:
            match item.meaning:
                case Part.NODES:
                    answer[item.key] = [self.object(one, item.selection) for one in page]
                case Part.EDGES:
                    answer[item.key] = [self._edge(one, item, keys, told_, beside) for one in page]
                case Part.PAGE_INFO:
                    answer[item.key] = {part.key: info.get(part.meaning, part.type_name) for part in item.selection}
                case Part.TOTAL_COUNT:
                    answer[item.key] = len(kept)
                case Part.AGGREGATES:
                    answer[item.key] = {part.key: self._aggregate(part, kept, {}) for part in item.selection}
                case Part.GROUPED_AGGREGATES:
                    answer[item.key] = self._grouped(item, kept)
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
            first.setdefault(tuple(hashable(self.value(row, column)) for column in columns), row)
        return list(first.values())

    def _grouped(self, asked: Asked, rows: list[Row]) -> list[Any]:
        given = asked.arguments
        by = {name: label for item in given["groupBy"] for name, label in item.items()}
        fields = get_named_type(asked.definition.args["groupBy"].type).fields
        operands = {name: meaning_of(fields[name]) for name in by}
        groups: dict[tuple[Any, ...], list[Row]] = {} if by else {(): rows}
        texts: dict[tuple[Any, ...], dict[str, list[str | None]]] = {}
        zone = given.get("timeZone") or "UTC"
        for row in rows if by else []:
            own = {
                name: self._truncated(row, operands[name], fields[name].type, label, zone) for name, label in by.items()
            }
            key = tuple(
                None if text is None else hashable(self.kind(row.relation, column_of(operands[name])).parse(text))
                for name, text in own.items()
            )
            groups.setdefault(key, []).append(row)
            for name, text in own.items():
                texts.setdefault(key, {}).setdefault(name, []).append(text)
        if (conditions := given.get("having")) is not None:
            type_ = asked.definition.args["having"].type
            groups = {key: own for key, own in groups.items() if self.having(type_, own, conditions) is True}
        names, order_type = list(by), asked.definition.args["orderBy"].type

        def key_of(item: dict[str, Any]) -> Key:
            [(name, value)] = item.items()
            if name == "keys":
                return directed(lambda key: key[names.index(next(iter(value)))], leaf(value))
            return directed(lambda key: self.group_value(order_type, name, value, groups[key]), leaf(value))

        order = [key_of(item) for item in given.get("orderBy") or []]
        order += [directed(itemgetter(place), Label("ASC")) for place in range(len(names))]
        keys = sorted(groups, key=cmp_to_key(lambda a, b: compared(order, a, b)))
        start = given.get("offset") or 0
        first = given.get("first")
        keys = keys[start : start + (self.most if first is None else first)]
        return [
            {part.key: self._aggregate(part, groups[key], texts.get(key, {})) for part in asked.selection}
            for key in keys
        ]

    def _truncated(self, row: Row, operand: Aggregated, type_: Any, label: Label, zone: str) -> str | None:
        text: str | None = row.texts[column_of(operand)]
        precision = get_named_type(type_).values[label.name].value
        assert isinstance(precision, Precision)
        if text is None or precision.unit is None:
            return text
        kind = self.kind(row.relation, column_of(operand))
        zone = zone if kind.name == "timestamptz" else "UTC"
        return self.world.truncated[kind.name, precision.unit, zone][text]

    def _aggregate(self, asked: Asked, rows: list[Row], keys: dict[str, list[str | None]]) -> Any:
        """One aggregate of rows; `keys`: by what they were grouped, in all forms that there are of it."""
        if not isinstance(asked.meaning, AggregateField):
            return asked.type_name
        function, distinct = asked.meaning.function, asked.arguments.get("distinct") is True
        if function == "count":
            return len(rows)
        if function == "keys" and not keys:
            return None
        answer: dict[str, Any] = {}
        for item in asked.selection:
            operand = item.meaning
            if operand is None:
                answer[item.key] = item.type_name
            elif function == "keys":
                answer[item.key] = self._shown_key(item, rows, keys.get(operand.name))
            elif function == "arrayAgg":
                answer[item.key] = self._listed(item, rows, distinct)
            else:
                answer[item.key] = self.aggregation.shown(function, item, rows, distinct, self.shown)
        return answer

    def _shown_key(self, asked: Asked, rows: list[Row], texts: list[str | None] | None) -> Any:
        if texts is None or texts[0] is None:
            return None
        kind = self.kind(rows[0].relation, column_of(asked.meaning))
        return Among(tuple(self.shown(kind, text, asked) for text in texts if text is not None))

    def _listed(self, asked: Asked, rows: list[Row], distinct: bool) -> list[Any]:
        column = column_of(asked.meaning)
        if not rows:
            return []
        kind = self.kind(rows[0].relation, column)
        if not distinct:
            return [self.shown(kind, row.texts[column], asked) for row in rows[: self.most]]
        listed: list[Any] = []
        every = self.aggregation.values(rows, column)
        for value, _ in self.aggregation.values(rows, column, distinct=True):
            alike = (text for other, text in every if compare(other, value) == 0)
            listed.append(Among(tuple(self.shown(kind, text, asked) for text in alike)))
        if len(every) < len(rows):
            listed.append(None)
        return listed[: self.most]

    def _beside(self, rows: Rows, row: Row | None) -> dict[Row, Row]:
        """The rows of the junction table that lead to others."""
        if rows.through is None or row is None:
            return {}
        way = rows.through
        return {
            far: middle
            for middle in self.joined(way.junction, way.near, row)
            for far in self.joined(rows.relation, way.far, middle)
        }

    def _edge(self, row: Row, asked: Asked, keys: list[Key], order: str, beside: dict[Row, Row]) -> dict[str, Any]:
        answer: dict[str, Any] = {}
        for item in asked.selection:
            match item.meaning:
                case Part.NODE:
                    answer[item.key] = self.object(row, item.selection)
                case Part.CURSOR:
                    answer[item.key] = self._cursor(row, keys, order)
                case EdgeColumnField():
                    answer[item.key] = self._member(beside[row], item)
                case _:
                    answer[item.key] = item.type_name
        return answer

    def _cursor(self, row: Row, keys: list[Key], order: str) -> AnyCursor:
        rows = self.world.rows.get(row.relation.oid, [])
        if len(keys) > 1:  # a row that a function gave has the place that it has there, and the cursor of any other way
            row = next((other for other in rows if other.texts is row.texts), row)
        # Rows that nothing tells apart have one cursor.
        alike = (other for other in rows if compared(keys, row, other) == 0)
        return AnyCursor(row.relation.oid, order, next(alike, row).place)


def _equal(a: Any, b: Any) -> bool:
    return a is not None and b is not None and compare(a, b) == 0
