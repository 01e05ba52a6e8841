"""Rows behind a subselect: numbered in their own order, one of each that are alike, or those that are told apart."""

from __future__ import annotations

from abc import abstractmethod

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from gatepost.plan.elements import Reference
from gatepost.plan.frame import ORDINAL, Frame
from gatepost.plan.ordering import Order, by_place
from gatepost.plan.sources import Condition, Source


class Derived(Frame):
    """Rows that are read from a subselect, made when all is known that it has to bring along."""

    def __init__(self, alias: str, source: Source) -> None:
        super().__init__(alias, direct=False)
        self._source = source

    def source(self) -> Source:
        """These rows as a source; what is selected from is `from_of` it."""
        return Source(self, self._source.from_, [])

    @abstractmethod
    def from_(self) -> sa.FromClause:
        """The subselect."""


def from_of(source: Source) -> sa.FromClause:
    """What to select from, once all that is needed of the rows was asked of their frame."""
    return source.frame.from_() if isinstance(source.frame, Derived) else source.from_


class Numbered(Derived):
    """A function's rows with their place in its own order."""

    def from_(self) -> sa.FromClause:
        inner = self._source
        return (
            sa.select(*self.brought(_WithOrdinal(inner.frame, [])))
            .select_from(inner.from_)
            .where(*inner.conditions)
            .subquery(self.alias)
        )


class _WithOrdinal(Frame):
    def __init__(self, frame: Frame, alike: list[Condition]) -> None:
        super().__init__(frame.alias, direct=True)
        self._frame = frame
        self._alike = alike

    def column(self, name: str) -> Condition:
        if name == ORDINAL:
            return sa.func.row_number().over(partition_by=self._alike or None)
        return self._frame.column(name)

    def row(self) -> Condition:
        return self._frame.row()


class Repeated(Derived):
    """Rows of which some may be alike in all keys of `order`, told apart by their place among those."""

    def __init__(self, alias: str, source: Source, order: Order) -> None:
        super().__init__(alias, source)
        self._order = order

    def order(self) -> Order:
        """The order, in which each row has a place of its own."""
        return Order.of([*moved(self._order, self.alias).keys, by_place(self)])

    def from_(self) -> sa.FromClause:
        inner = self._source
        frame = _WithOrdinal(inner.frame, [key.value for key in self._order.keys])
        return (
            sa.select(*self.brought(frame), *keys(self._order))
            .select_from(from_of(inner))
            .where(*inner.conditions)
            .subquery(self.alias)
        )


class Distinct(Derived):
    """Of the rows that are alike in `columns`, the first in `order`."""

    def __init__(self, alias: str, source: Source, order: Order, columns: list[str]) -> None:
        super().__init__(alias, source)
        self._order = order
        self._columns = columns

    def order(self) -> Order:
        """The order of the rows that are left."""
        return moved(self._order, self.alias)

    def from_(self) -> sa.FromClause:
        inner = self._source
        brought = [*self.brought(inner.frame), *keys(self._order)]
        alike = [inner.frame.column(name) for name in self._columns]
        return (
            sa.select(*(brought or [sa.true().label("(row)")]))
            .select_from(from_of(inner))
            .where(*inner.conditions)
            .order_by(*alike, *self._order.sort())
            .ext(distinct_on(*alike))
            .subquery(self.alias)
        )


def keys(order: Order) -> list[Condition]:
    """The keys of an order as columns of a subselect."""
    return [key.value.label(_key(place)) for place, key in enumerate(order.keys)]


def moved(order: Order, alias: str) -> Order:
    """The same order, its keys read from a subselect that has them as `keys` says."""
    return order.read_from([Reference(alias, _key(place)) for place in range(len(order.keys))])


def _key(place: int) -> str:
    return f"(key {place})"
