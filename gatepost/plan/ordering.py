"""Orders of rows: what is asked for, else their own, made unique by a key."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from graphql import get_named_type

from gatepost.plan.aggregate_functions import applied, operand_value, result_codec
from gatepost.plan.elements import SqlType, Variables, base_type, number
from gatepost.plan.frame import EDGE, ORDINAL, Across, Frame
from gatepost.plan.operators import search
from gatepost.plan.select import select
from gatepost.plan.sources import Condition, Source, Sources
from gatepost.plan.values import Leaf, Value, constant
from gatepost.schema.aggregates import COUNT
from gatepost.schema.codecs import Codec
from gatepost.schema.meaning import (
    AggregatesOrder,
    Call,
    CalledOrder,
    ColumnOrder,
    Direction,
    EdgeOrder,
    OrderItem,
    RankOrder,
    RowOrder,
    Rows,
    ValueOrder,
    meaning_of,
)


@dataclass(frozen=True, slots=True)
class Key:
    """One key of an order."""

    name: str  # what it is, for the fingerprint
    value: Condition
    type: sa.types.TypeEngine[Any]
    nullable: bool
    descending: bool
    nulls_first: bool
    depends: tuple[Leaf, ...] = ()  # what the value depends on, beside the row

    def reversed(self) -> Key:
        return replace(self, descending=not self.descending, nulls_first=not self.nulls_first)

    def sort(self) -> Condition:
        ordered = self.value.desc() if self.descending else self.value.asc()
        if self.nullable and self.nulls_first is not self.descending:
            return ordered.nulls_first() if self.nulls_first else ordered.nulls_last()
        return ordered

    def after(self, bound: Condition) -> Condition:
        """This key's value comes after `bound`."""
        beyond: Condition = self.value < bound if self.descending else self.value > bound
        if not self.nullable:
            return beyond
        before, behind = (bound, self.value) if self.nulls_first else (self.value, bound)
        # Not `is null`, which a composite of nulls is, too (Postgres manual, 9.2).
        absent = before.is_not_distinct_from(sa.null())
        return sa.or_(beyond, sa.and_(absent, behind.is_distinct_from(sa.null())))

    def same(self, bound: Condition) -> Condition:
        return self.value.is_not_distinct_from(bound) if self.nullable else self.value == bound


@dataclass(frozen=True, slots=True)
class Order:
    """The keys of an order. `fingerprint` tells it from other orders, and is the same for its reverse."""

    keys: tuple[Key, ...]
    fingerprint: str

    @property
    def mark(self) -> Leaf:
        """The fingerprint, and of the values that decide the order: of a search, and of a function's arguments."""
        values = [leaf for key in self.keys for leaf in key.depends]
        if not values:
            return constant(self.fingerprint)

        def told(variables: Variables) -> str:
            text = "\0".join(repr(leaf.bind(variables)) for leaf in values)
            return f"{self.fingerprint}{_digest(text)}"

        return Leaf(told)

    @classmethod
    def of(cls, keys: list[Key]) -> Order:
        told = ";".join(f"{key.name} {key.descending} {key.nulls_first}" for key in keys)
        return cls(tuple(keys), _digest(told))

    def reversed(self) -> Order:
        return replace(self, keys=tuple(key.reversed() for key in self.keys))

    def sort(self) -> list[Condition]:
        return [key.sort() for key in self.keys]

    def read_from(self, columns: list[Condition]) -> Order:
        """The same order, its keys' values read from elsewhere."""
        return replace(
            self, keys=tuple(replace(key, value=value) for key, value in zip(self.keys, columns, strict=True))
        )


class Orderings:
    """Compiles orders within one statement."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def order(self, rows: Rows, type_: Any, value: Value, frame: Frame) -> Order:
        """The order that is asked for, else the rows' own, made unique by their key."""
        keys: list[Key] = []
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                keys.extend(self._keys(get_named_type(type_), item, rows, frame, ""))
        if not keys and in_own_order(rows):
            return Order.of([by_place(frame)])
        keys = keys or [_key(item, rows, frame, item.descending) for item in rows.order]
        told = {key.name for key in keys}
        descending = keys[-1].descending if keys else False
        keys.extend(_key(item, rows, frame, descending) for item in rows.unique if item.column.name not in told)
        return Order.of(keys)

    def _keys(self, type_: Any, value: dict[str, Value], rows: Rows, frame: Frame, path: str) -> list[Key]:
        keys: list[Key] = []
        for name, item in value.items():
            field = type_.fields[name]
            match meaning_of(field):
                case ColumnOrder(column, codec) if isinstance(item, Direction):
                    key = _key(OrderItem(column, codec), rows, frame, item.descending)
                    keys.append(replace(key, name=f"{path}{column.name}", nulls_first=_nulls_first(item)))
                case ValueOrder(call, codec) if isinstance(item, Direction):
                    value_ = self._sources.value(call, frame, {}, codec)
                    keys.append(_value_key(f"{path}{name}()", value_, codec, item))
                case CalledOrder(call, codec) if isinstance(item, dict):
                    keys.append(self._called(call, codec, item, frame, f"{path}{name}"))
                case EdgeOrder() if isinstance(item, dict) and isinstance(frame, Across):
                    found = self._keys(get_named_type(field.type), item, rows, frame.junction, f"{path}{name}.")
                    keys.extend(replace(key, nullable=True) for key in found)
                case RankOrder(column, codec) if isinstance(item, dict):
                    keys.append(self._rank(frame.column(column.name), codec, item, f"{path}{column.name} rank"))
                case AggregatesOrder(related) if isinstance(item, dict):
                    keys.extend(self._aggregates(related, field.type, item, frame, f"{path}{name} "))
                case RowOrder(related) if isinstance(item, dict):
                    keys.extend(self._related(related, field.type, item, frame, f"{path}{name}."))
        return keys

    def _related(self, rows: Rows, type_: Any, value: dict[str, Value], frame: Frame, path: str) -> list[Key]:
        source = self._sources.rows(rows, frame, {})
        limit = number(1) if rows.relation.inherited else None
        return [
            replace(
                key,
                value=select(key.value).select_from(source.from_).where(*source.conditions).limit(limit),
                nullable=True,
            )
            for key in self._keys(get_named_type(type_), value, rows, source.frame, path)
        ]

    def _called(self, call: Call, codec: Codec, asked: dict[str, Value], frame: Frame, name: str) -> Key:
        given, direction = asked["args"], asked["direction"]
        assert isinstance(given, dict)
        assert isinstance(direction, Direction)
        depends = tuple(value for value in given.values() if isinstance(value, Leaf))
        told = ", ".join(key if isinstance(value, Leaf) else f"{key}={value}" for key, value in given.items())
        value = self._sources.value(call, frame, given, codec)
        return replace(_value_key(f"{name}({told})", value, codec, direction), depends=depends)

    def _rank(self, column: Condition, codec: Codec, value: dict[str, Value], name: str) -> Key:
        asked = value.get("direction")
        direction = asked if isinstance(asked, Direction) else Direction(True, False)
        wanted = {"query": value["matches"], "config": value.get("config"), "syntax": value.get("syntax")}
        rank = sa.func.ts_rank(column, search(wanted, codec, self._sources.parameters))
        real = SqlType("pg_catalog", "float4")
        depends = tuple(leaf for leaf in wanted.values() if isinstance(leaf, Leaf))
        told = f"{name} {wanted['syntax']} {len(depends)}"
        return Key(told, rank, real, True, direction.descending, _nulls_first(direction), depends=depends)

    def _aggregates(self, rows: Rows, type_: Any, value: dict[str, Value], frame: Frame, path: str) -> list[Key]:
        keys: list[Key] = []
        for name, item in value.items():
            field = get_named_type(type_).fields[name]
            function = meaning_of(field).function
            source = self._sources.rows(rows, frame, {})
            if isinstance(item, Direction):
                keys.append(_value_key(f"{path}{name}", _of_rows(sa.func.count(), source), COUNT, item))
            elif isinstance(item, dict):
                for member, direction in item.items():
                    operand = meaning_of(get_named_type(field.type).fields[member])
                    value_ = applied(function, operand_value(self._sources, operand, source.frame), operand.codec)
                    if isinstance(direction, Direction):
                        codec = result_codec(function, operand)
                        keys.append(_value_key(f"{path}{name} {member}", _of_rows(value_, source), codec, direction))
        return keys


def by_place(frame: Frame) -> Key:
    """The key of rows that are numbered."""
    return Key(ORDINAL, frame.column(ORDINAL), SqlType("pg_catalog", "int8"), False, False, False)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=4).hexdigest()


def _of_rows(value: Condition, source: Source) -> Condition:
    return select(value).select_from(source.from_).where(*source.conditions)


def _nulls_first(direction: Direction) -> bool:
    return direction.descending if direction.nulls_first is None else direction.nulls_first


def sorted_by(value: Condition, direction: Direction) -> Condition:
    """A value as part of an ORDER BY."""
    ordered = value.desc() if direction.descending else value.asc()
    return ordered.nulls_first() if _nulls_first(direction) else ordered.nulls_last()


def _value_key(name: str, value: Condition, codec: Codec, direction: Direction) -> Key:
    return Key(name, value, base_type(codec), True, direction.descending, _nulls_first(direction))


def in_own_order(rows: Rows) -> bool:
    """Whether these have no order but the one in which they come: a function's, or rows without a value to order."""
    return not rows.order


def _key(item: OrderItem, rows: Rows, frame: Frame, descending: bool) -> Key:
    name, relation = item.column.name, rows.relation
    if item.edge and rows.through is not None:
        name, relation = f"{EDGE}{name}", rows.through.junction
    # As the schema says, so that an index finds where a page begins; a function of a table's rows keeps to it, too.
    never = item.column.said_not_null or (item.column.not_null and relation.kind in "rp")
    return Key(name, frame.key(name), base_type(item.codec), not never, descending, descending)
