"""Where rows stand while a selection is compiled: an alias, and which of its columns the selection needs."""

from __future__ import annotations

from itertools import count
from typing import Any

import sqlalchemy as sa

from gatepost.plan.elements import Reference, WholeRow

ROW = "(row)"
ORDINAL = "(ordinal)"
EDGE = "(edge) "
"""Before the name of a column of the junction table across which rows were found."""


class Aliases:
    """Fresh names for the aliases of one statement."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def fresh(self, prefix: str) -> str:
        return f"{prefix}{next(self._numbers)}"


class Frame:
    """Rows under an alias.

    `direct`: the alias is the table (or function) itself; else it is a subselect that has to bring along what
    `needs` gathers: columns, the whole row as `ROW`, the place in a function's own order as `ORDINAL`.
    """

    def __init__(self, alias: str, direct: bool) -> None:
        self.alias = alias
        self.direct = direct
        self.needs: dict[str, None] = {}

    def column(self, name: str) -> sa.ColumnElement[Any]:
        self.needs[name] = None
        return Reference(self.alias, name)

    def key(self, name: str) -> sa.ColumnElement[Any]:
        """A column to order rows by."""
        return self.column(name)

    def row(self) -> sa.ColumnElement[Any]:
        """The row as one value, of the table's row type: what a function of the row takes."""
        if self.direct:
            return WholeRow(self.alias)
        self.needs[ROW] = None
        return Reference(self.alias, ROW)

    def selected_row(self) -> sa.ColumnElement[Any]:
        """The same, to stand in a select list."""
        return sa.case((sa.true(), self.row())) if self.direct else self.row()

    def brought(self, inner: Frame) -> list[sa.ColumnElement[Any]]:
        """What `inner` has to select so that this frame finds it."""
        return [(inner.selected_row() if name == ROW else inner.column(name)).label(name) for name in self.needs]


class Across(Frame):
    """Rows found across a junction table, whose columns go by EDGE and their name.

    `joined` are the columns that find the rows, with those of the junction table that hold the same.
    """

    def __init__(self, alias: str, junction: Frame, joined: dict[str, str]) -> None:
        super().__init__(alias, direct=True)
        self.junction = junction
        self._joined = joined

    def key(self, name: str) -> sa.ColumnElement[Any]:
        # An index of the junction table has them in this order, and begins where a page does.
        return self.junction.column(self._joined[name]) if name in self._joined else self.column(name)

    def column(self, name: str) -> sa.ColumnElement[Any]:
        if name.startswith(EDGE):
            return self.junction.column(name.removeprefix(EDGE))
        return super().column(name)
