"""Draws filters, orders and values that the naive answer knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import get_named_type
from hypothesis import strategies as st

from gatepost.catalog import Relation
from gatepost.schema.meaning import (
    AggregateField,
    AggregatesOrder,
    ColumnFilter,
    ColumnOrder,
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
from gatepost.schema.meaning import Operand as Aggregated
from tests.differential.aggregation import EXACT, INEXACT, SUMMED, column_of
from tests.differential.calls import cell_of
from tests.differential.conditions import ARRAYS, ORDERED, PATTERNS, REGEX
from tests.differential.values import Kind, Label, Operand, kind_by_name, operand
from tests.differential.world import World

Draw = Callable[[st.SearchStrategy[Any]], Any]
DEEPEST = 3
_MEANS = frozenset({"avg", "stddev", "stddevPop", "variance", "variancePop"})


class Drawn:
    """What is drawn for one operation in a world."""

    def __init__(self, world: World, draw: Draw) -> None:
        self.world = world
        self.draw = draw

    def chance(self, percent: int) -> bool:
        return bool(self.draw(st.integers(0, 99)) >= 100 - percent)

    def number(self, least: int, most: int) -> int:
        return int(self.draw(st.integers(least, most)))

    def one(self, items: Any) -> Any:
        return self.draw(st.sampled_from(list(items)))

    def several(self, items: Any, count: int) -> list[Any]:
        return [self.one(items) for _ in range(count)]

    def few(self, items: Any) -> list[Any]:
        """One or two different ones, seldom none."""
        items = list(items)
        return list(dict.fromkeys(self.several(items, self.number(1, 2)))) if items and self.chance(90) else []

    def kind(self, relation: Relation, column: str) -> Kind | None:
        return self.world.kind(relation, column)

    def compares(self, relation: Relation, column: str) -> bool:
        kind = self.kind(relation, column)
        return kind is not None and kind.compares

    def given(self, relation: Relation, column: str) -> bool:
        """Whether there is a value to look a row up by."""
        kind = self.kind(relation, column)
        return kind is not None and kind.compares and bool(self.world.pool(kind))

    # Filters

    def filter(self, type_: Any, relation: Relation, depth: int) -> dict[str, Any]:
        known = [name for name, field in type_.fields.items() if self._filters(meaning_of(field), relation, depth)]
        return {name: self._condition(type_, name, relation, depth) for name in self.few(known)}

    def _filters(self, meaning: object, relation: Relation, depth: int) -> bool:
        match meaning:
            case Logic():
                return depth < DEEPEST
            case ColumnFilter(column, _):
                return self.kind(relation, column.name) is not None
            case ValueFilter(call, _):
                return self.kind(relation, cell_of(call)) is not None
            case RowFilter(rows) | ManyFilter(rows):
                return depth < DEEPEST and rows.call is None
        return False

    def _condition(self, type_: Any, name: str, relation: Relation, depth: int) -> Any:
        if self.chance(4):
            return None
        field = type_.fields[name]
        inner: Any = get_named_type(field.type)
        match meaning_of(field):
            case Logic.NOT:
                return self.filter(type_, relation, depth + 1)
            case Logic():
                return [self.filter(type_, relation, depth + 1) for _ in range(self.number(0, 2))]
            case ColumnFilter(column, _):
                return self._operators(inner, relation, column.name)
            case ValueFilter(call, _):
                return self._operators(inner, relation, cell_of(call))
            case RowFilter(rows):
                return self.filter(inner, rows.relation, depth + 1)
            case ManyFilter(rows):
                quantifiers = self.several([name for name in inner.fields if name != "aggregates"], 1)
                if "aggregates" in inner.fields and self.chance(30):
                    quantifiers = ["aggregates"]
                made = {}
                for quantifier in quantifiers:
                    of = get_named_type(inner.fields[quantifier].type)
                    if quantifier == "aggregates":
                        made[quantifier] = self.having(of, rows.relation, depth + 1)
                    else:
                        made[quantifier] = self.filter(of, rows.relation, depth + 1)
                return made
        raise TypeError(name)

    def having(self, type_: Any, relation: Relation, depth: int) -> dict[str, Any]:
        """Conditions on aggregates of a relation's rows."""
        made: dict[str, Any] = {}
        for name in self.few(type_.fields):
            field = type_.fields[name]
            inner: Any = get_named_type(field.type)
            match meaning_of(field):
                case Logic.NOT if depth < DEEPEST:
                    made[name] = self.having(type_, relation, depth + 1)
                case Logic() as logic if depth < DEEPEST and logic is not Logic.NOT:
                    made[name] = [self.having(type_, relation, depth + 1) for _ in range(self.number(0, 2))]
                case AggregateField("count"):
                    made[name] = self._of_kind(inner, kind_by_name("int4"), ["0", "1", "2", "3", "7"])
                case AggregateField(function):
                    known = [m for m, of in inner.fields.items() if self.adds(function, relation, meaning_of(of))]
                    made[name] = {}
                    for member in self.few(known):
                        made[name][member] = self._of_aggregate(
                            inner.fields[member], function, relation, meaning_of(inner.fields[member])
                        )
        return made

    def _of_aggregate(self, field: Any, function: str, relation: Relation, aggregated: Aggregated) -> dict[str, Any]:
        type_ = get_named_type(field.type)
        if function == "distinctCount":
            return self._of_kind(type_, kind_by_name("int4"), ["0", "1", "2", "3"])
        kind = self.kind(relation, column_of(aggregated))
        assert kind is not None
        if function in ("min", "max"):
            return self._of_kind(type_, kind, self.world.pool(kind)[:50])
        wanted = "numeric" if function != "sum" or kind.name in ("int8", "numeric") else "int8"
        return self._of_kind(type_, kind_by_name(wanted), ["0", "1", "2", "7", "10", "-3", "1000"])

    def adds(self, function: str, relation: Relation, meaning: Any, shown: bool = False) -> bool:
        """Whether an aggregate is known here; `shown`: it is for an answer, which may be inexact."""
        if not isinstance(meaning, Aggregated) or not self.compares(relation, column_of(meaning)):
            return False
        kind = self.kind(relation, column_of(meaning))
        assert kind is not None
        if (
            kind.name in INEXACT
            and function in ("sum", "avg")
            and any(1e150 < abs(float(text)) < float("inf") for text in self.world.pool(kind))
        ):
            return False  # Postgres itself has no number for the sum of their squares
        if function == "sum":
            return kind.name in (SUMMED if shown else EXACT)
        if function == "avg":
            return kind.name in (EXACT | INEXACT | {"interval"} if shown else EXACT)
        if function in _MEANS:
            return kind.name in EXACT
        return shown or function in ("min", "max", "distinctCount")

    def _operators(self, type_: Any, relation: Relation, column: str) -> dict[str, Any]:
        kind = self.kind(relation, column)
        assert kind is not None
        texts = [row.texts[column] for row in self.world.rows[relation.oid]] if relation.oid in self.world.rows else []
        own = [text for text in texts if text is not None and kind.sendable(text)]
        return self._of_kind(type_, kind, [*own, *self.world.pool(kind)[:50]])

    def _of_kind(self, type_: Any, kind: Kind, texts: list[str]) -> dict[str, Any]:
        known = ["isNull"]
        if kind.element is not None:
            known += [*(ARRAYS if kind.compares else ()), "any"]
        elif kind.compares:
            known += [*ORDERED, *([*PATTERNS, *REGEX] if kind.text else [])]
        known += [name for name, table in kind.tables.items() if table.operands]
        known = [name for name in known if name in type_.fields]
        return {name: self._argument(type_, name, kind, texts) for name in self.few(known)}

    def _argument(self, type_: Any, name: str, kind: Kind, texts: list[str]) -> Any:
        if self.chance(4):
            return None
        if name == "isNull":
            return bool(self.chance(50))
        if name in kind.tables:
            given: Operand = self.one(kind.tables[name].operands)
            return given
        if name in ("in", "notIn"):
            return [operand(kind, self.one(texts)) for _ in range(self.number(0, 3))] if texts else []
        if name == "any":
            assert kind.element is not None
            return self._of_kind(type_.fields["any"].type, kind.element, self.world.pool(kind.element)[:50])
        if name in REGEX:
            return self.draw(st.text("abeo1", min_size=1, max_size=2))
        if name in PATTERNS:
            return self._pattern(texts, wild=name in ("like", "ilike"))
        return operand(kind, self.one(texts)) if texts else None

    def _pattern(self, texts: list[str], wild: bool) -> str:
        """A part of a text that there is, or something odd; some characters wild."""
        whole = self.one(texts) if texts and self.chance(80) else self.draw(st.text("aB%_\\'\"é", max_size=3))
        start = self.number(0, len(whole))
        part = str(whole[start : start + self.number(0, 6)])
        if not wild:
            return part
        part = "".join(f"\\{c}" if c in "\\" else c for c in part)
        return f"{self.one(['', '%', '_'])}{part}{self.one(['', '%', '_'])}"

    # Orders

    def order(self, type_: Any, relation: Relation) -> list[dict[str, Any]] | None:
        items = [item for _ in range(self.number(0, 3)) if (item := self._order_item(type_, relation, 0))]
        return items or self.one([None, []])

    def _order_item(self, type_: Any, relation: Relation, depth: int) -> dict[str, Any] | None:
        known = []
        for name, field in type_.fields.items():
            match meaning_of(field):
                case ColumnOrder(column, _) if self.compares(relation, column.name):
                    known.append(name)
                case ValueOrder(call, _) if self.compares(relation, cell_of(call)):
                    known.append(name)
                case RankOrder(column) if self.kind(relation, column.name) is not None:
                    known.append(name)
                case AggregatesOrder(rows) if rows.call is None:
                    known.append(name)
                case RowOrder(rows) if rows.call is None and depth < 2:
                    known.append(name)
        if not known:
            return None
        name = self.one(known)
        field = type_.fields[name]
        match meaning_of(field):
            case ColumnOrder() | ValueOrder():
                return {name: self._direction(field.type)}
            case RankOrder(column):
                kind = self.kind(relation, column.name)
                assert kind is not None
                search = {"matches": self.one(kind.tables["rank"].operands)}
                if self.chance(60):
                    search["direction"] = self._direction(get_named_type(field.type).fields["direction"].type)
                return {name: search}
            case AggregatesOrder(rows):
                inner = self.group_order(get_named_type(field.type), rows.relation, ())
                return {name: inner} if inner else None
            case RowOrder(rows):
                inner = self._order_item(get_named_type(field.type), rows.relation, depth + 1)
                return {name: inner} if inner else None
        return None

    def _direction(self, type_: Any) -> Label:
        return Label(self.one(type_.values))

    def group_order(self, type_: Any, relation: Relation, keys: Any) -> dict[str, Any] | None:
        """An order by an aggregate of a relation's rows, or by one of `keys`."""
        name = self.one([name for name in type_.fields if name != "keys" or keys])
        inner: Any = get_named_type(type_.fields[name].type)
        if name == "count":
            return {name: self._direction(inner)}
        known = [m for m, of in inner.fields.items() if self.adds(name, relation, meaning_of(of))]
        known = list(keys) if name == "keys" else known
        if not known:
            return None
        member = self.one(known)
        return {name: {member: self._direction(inner.fields[member].type)}}

    # Values

    def operand(self, relation: Relation, column: str, row: Any) -> Any:
        """A value for a column: that of a row, or another that there is."""
        kind = self.kind(relation, column)
        assert kind is not None
        text = row.texts.get(column) if row is not None else None
        if text is None or not kind.sendable(text):
            text = self.one(self.world.pool(kind))
        return operand(kind, text)

    def row(self, rows: Rows) -> Any:
        found = self.world.rows[rows.relation.oid]
        return self.one(found) if found and self.chance(80) else None
