"""Subselects: what most of a statement is made of.

SQLAlchemy's own find out what they are FROM, what is correlated and what a result's columns are called. Here all of
that is said, and a reference names its alias; to find it out again took half of the time of planning. The statement
itself, and what is put before it (`with`), are SQLAlchemy's.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

Expression = sa.ColumnElement[Any]

_AROUND = {
    "add_to_result_map",
    "asfrom",
    "fromhints",
    "from_linter",
    "lateral",
    "within_columns_clause",
    "within_label_clause",
}
"""What SQLAlchemy tells the parts of a SELECT about what stands just around them."""


class Select(sa.ColumnElement[Any]):
    """A SELECT in parentheses: the value of its one row and column, or, under an alias, rows to select from."""

    inherit_cache = False

    def __init__(self, columns: tuple[Expression, ...]) -> None:
        self.type = columns[0].type if columns else sa.types.NULLTYPE
        self.columns = columns
        self.from_: sa.FromClause | None = None
        self.conditions: tuple[Expression, ...] = ()
        self.order: tuple[Expression, ...] = ()
        self.most: Expression | None = None
        self.skipped: Expression | None = None

    def _with(self, **parts: object) -> Select:
        changed = Select.__new__(Select)
        vars(changed).update(vars(self), **parts)
        return changed

    def select_from(self, from_: sa.FromClause) -> Select:
        return self._with(from_=from_)

    def where(self, *conditions: Expression) -> Select:
        """Further conditions, all of which must hold."""
        return self._with(conditions=(*self.conditions, *conditions)) if conditions else self

    def order_by(self, *order: Expression) -> Select:
        return self._with(order=order)

    def limit(self, limit: Expression | None) -> Select:
        return self._with(most=limit)

    def offset(self, offset: Expression) -> Select:
        return self._with(skipped=offset)

    def subquery(self, alias: str) -> sa.FromClause:
        """These rows under an alias."""
        return _Aliased(self, alias, "")

    def lateral(self, alias: str) -> sa.FromClause:
        """These rows under an alias, once for each row that comes before them in FROM."""
        return _Aliased(self, alias, "LATERAL ")

    def exists(self) -> Expression:
        """Whether there is any row."""
        return _Exists(self)


def select(*columns: Expression) -> Select:
    """A subselect of these columns; a label is a column's name."""
    return Select(columns)


class _Aliased(sa.FromClause):
    inherit_cache = False
    named_with_column = True

    def __init__(self, rows: Select, name: str, before: str) -> None:
        self.rows = rows
        self.name = name
        self.before = before


class _Exists(sa.ColumnElement[bool]):
    inherit_cache = False

    def __init__(self, rows: Select) -> None:
        self.rows = rows
        self.type = sa.Boolean()


def _within(kw: dict[str, Any]) -> dict[str, Any]:
    """What the parts of a subselect have to know of the statement: nothing of what stands just around it."""
    return {name: value for name, value in kw.items() if name not in _AROUND}


@compiles(Select)
def _select(element: Select, compiler: SQLCompiler, **kw: Any) -> str:
    process, kw = compiler.process, _within(kw)
    parts = ["(SELECT ", ", ".join([_column(column, compiler, kw) for column in element.columns])]
    if element.from_ is not None:
        parts += [" \nFROM ", process(element.from_, asfrom=True, **kw)]
    if element.conditions:
        parts += [" \nWHERE ", process(sa.and_(*element.conditions), **kw)]
    if element.order:
        parts += [" ORDER BY ", ", ".join([process(key, **kw) for key in element.order])]
    if element.most is not None:
        parts += [" \n LIMIT ", process(element.most, **kw)]
    if element.skipped is not None:
        parts += [" OFFSET ", process(element.skipped, **kw)]
    return "".join([*parts, ")"])


def _column(column: Expression, compiler: SQLCompiler, kw: dict[str, Any]) -> str:
    if isinstance(column, sa.Label):
        return f"{compiler.process(column.element, **kw)} AS {compiler.preparer.quote(column.name)}"
    return compiler.process(column, **kw)


@compiles(_Aliased)
def _aliased(element: _Aliased, compiler: SQLCompiler, **kw: Any) -> str:
    return f"{element.before}{compiler.process(element.rows, **kw)} AS {compiler.preparer.quote(element.name)}"


@compiles(_Exists)
def _exists(element: _Exists, compiler: SQLCompiler, **kw: Any) -> str:
    return f"EXISTS {compiler.process(element.rows, **kw)}"
