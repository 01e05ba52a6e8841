"""Orders of rows: what is asked for, else their own, made unique by a key."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from graphql import get_named_type

from gatepost.plan.elements import SqlType, base_type
from gatepost.plan.frame import ORDINAL, Frame
from gatepost.plan.sources import Condition, Sources
from gatepost.plan.values import Value
from gatepost.schema.meaning import ColumnOrder, Direction, OrderItem, RowOrder, Rows, meaning_of


@dataclass(frozen=True, slots=True)
class Key:
    """One key of an order."""

    name: str  # what it is, for the fingerprint
    value: Condition
    type: sa.types.TypeEngine[Any]
    nullable: bool
    descending: bool
    nulls_first: bool

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
        if self.nulls_first:
            return sa.or_(beyond, sa.and_(bound.is_(sa.null()), self.value.is_not(sa.null())))
        return sa.or_(beyond, sa.and_(self.value.is_(sa.null()), bound.is_not(sa.null())))

    def same(self, bound: Condition) -> Condition:
        return self.value.is_not_distinct_from(bound) if self.nullable else self.value == bound


@dataclass(frozen=True, slots=True)
class Order:
    """The keys of an order. `fingerprint` tells it from other orders, and is the same for its reverse."""

    keys: tuple[Key, ...]
    fingerprint: str

    @classmethod
    def of(cls, keys: list[Key]) -> Order:
        told = ";".join(f"{key.name} {key.descending} {key.nulls_first}" for key in keys)
        return cls(tuple(keys), hashlib.blake2b(told.encode(), digest_size=4).hexdigest())

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
            return Order.of([Key(ORDINAL, frame.column(ORDINAL), SqlType("pg_catalog", "int8"), False, False, False)])
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
                    if item.nulls_first is not None:
                        key = replace(key, nulls_first=item.nulls_first)
                    keys.append(replace(key, name=f"{path}{column.name}"))
                case RowOrder(related) if isinstance(item, dict):
                    keys.extend(self._related(related, field.type, item, frame, f"{path}{name}."))
        return keys

    def _related(self, rows: Rows, type_: Any, value: dict[str, Value], frame: Frame, path: str) -> list[Key]:
        source = self._sources.rows(rows, frame, {})
        return [
            replace(
                key,
                value=sa.select(key.value).select_from(source.from_).where(*source.conditions).scalar_subquery(),
                nullable=True,
            )
            for key in self._keys(get_named_type(type_), value, rows, source.frame, path)
        ]


def in_own_order(rows: Rows) -> bool:
    """Whether these have no order but the one in which they come: a function's, or rows without a value to order."""
    return not rows.order


def _key(item: OrderItem, rows: Rows, frame: Frame, descending: bool) -> Key:
    nullable = not item.column.not_null or rows.relation.kind not in "rp"
    value = frame.column(item.column.name)
    return Key(item.column.name, value, base_type(item.codec), nullable, descending, descending)
