"""INSERTs as a chain of data-modifying CTEs: rows referred to first, then the row, then the rows that refer to it.

Each link takes its keys from what the one before returned, so that one statement does all or nothing. Foreign keys are
checked at its end (Postgres manual, SET CONSTRAINTS); policies that look for a row of the same statement find none.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from graphql import get_named_type
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import quoted_name

from gatepost.catalog import Relation
from gatepost.errors import BadInput
from gatepost.plan.elements import Reference
from gatepost.plan.given import Cells, Givens, leaf
from gatepost.plan.sources import Condition
from gatepost.plan.values import Value
from gatepost.schema.changes import ColumnInput, NestedPart, RelationInput
from gatepost.schema.meaning import meaning_of

CLAIMS_CTE = "(set)"
"""The CTE that sets the claims."""
Returned = list[tuple[str, Condition]]
"""What RETURNING gives: labels, and columns or constants."""
Finish = Callable[[postgresql.Insert, Cells], postgresql.Insert]
_Nested = list[tuple[RelationInput, Any, dict[str, Value]]]


def table_of(relation: Relation) -> sa.TableClause:
    """A relation with its columns, to be written to."""
    columns: list[sa.ColumnClause[Any]] = [sa.column(quoted_name(column.name, True)) for column in relation.columns]
    return sa.table(quoted_name(relation.name, True), *columns, schema=quoted_name(relation.schema, True))


class Inserts:
    """The CTEs of one statement; none does anything where `claims` has no row."""

    def __init__(self, givens: Givens, claims: sa.CTE) -> None:
        self._givens = givens
        self._claims = claims
        self.ctes: list[sa.CTE] = []
        self.connected: list[sa.CTE] = []
        """Those that find a row to connect to: each has to have one."""

    def rows(self, relation: Relation, returned: Returned, finish: Finish) -> list[sa.CTE]:
        """The INSERTs of the mutation's own rows, in their order. Raises BadInput, BadRequest."""
        name, type_, rows = self._givens.rows()
        return self._rows(relation, [self._parted(row, type_, name) for row in rows], returned, finish, [], [])

    def _rows(
        self,
        relation: Relation,
        rows: list[tuple[Cells, _Nested]],
        returned: Returned,
        finish: Finish,
        bound: Cells,
        sources: list[sa.CTE],
    ) -> list[sa.CTE]:
        """As few INSERTs as keep the rows' order; `bound` are columns that all of them take from `sources`."""
        inserts: list[sa.CTE] = []
        for _, group in groupby(enumerate(rows), lambda item: _alike(*item)):
            same = [row for _, row in group]
            if same[0][1]:
                inserts.append(self._nested(relation, *same[0], returned, finish, bound, sources))
            else:
                inserts.append(self._insert(relation, [cells for cells, _ in same], returned, finish, sources, bound))
        return inserts

    def gate(self) -> Condition:
        """A condition without columns: it is checked before rows, and their policies, are looked at."""
        claims = sa.select(Reference(CLAIMS_CTE, "c")).select_from(self._claims)
        return claims.scalar_subquery().is_not(sa.null())

    def _parted(self, row: Value, type_: Any, name: str) -> tuple[Cells, _Nested]:
        assert isinstance(row, dict)
        nested: _Nested = []
        plain: dict[str, Value] = {}
        for key, value in row.items():
            meaning = meaning_of(type_.fields[key])
            if not isinstance(meaning, RelationInput):
                plain[key] = value
            elif isinstance(value, dict):
                nested.append((meaning, get_named_type(type_.fields[key].type), value))
        if not plain and not nested:
            raise BadInput(f"`{name}` is empty: give at least one value.")
        return sorted(self._givens.cells(plain, type_), key=lambda cell: cell[0]), nested

    def _nested(
        self,
        relation: Relation,
        cells: Cells,
        nested: _Nested,
        returned: Returned,
        finish: Finish,
        bound: Cells,
        sources: list[sa.CTE],
    ) -> sa.CTE:
        """A row with what it refers to, and what refers to it."""
        cells, sources = [*cells, *bound], list(sources)
        for meaning, type_, value in nested:
            if meaning.forward:
                source = self._referred(meaning, type_, value)
                sources.append(source)
                pairs = zip(meaning.join.here, meaning.join.there, strict=True)
                cells += [(here, Reference(source.name, _label(there))) for here, there in pairs]
        table = table_of(relation)
        needed = {name for meaning, _, _ in nested if not meaning.forward for name in meaning.join.here}
        returned = [*returned, *((_label(name), table.c[name]) for name in sorted(needed))]
        made = self._insert(relation, [cells], returned, finish, sources)
        for meaning, type_, value in nested:
            if not meaning.forward:
                self._referring(meaning, type_, value, made)
        return made

    def _referred(self, meaning: RelationInput, type_: Any, value: dict[str, Value]) -> sa.CTE:
        """The row that the new one refers to: a new one itself, or one that is there."""
        [(part, name, item)] = _parts(type_, value, one=True)
        inner = get_named_type(type_.fields[name].type)
        table = table_of(meaning.relation)
        if part is NestedPart.CREATE:
            cells, nested = self._parted(item, inner, name)
            returned: Returned = [(_label(there), table.c[there]) for there in meaning.join.there]
            return self._nested(meaning.relation, cells, nested, returned, _plain, [], [])
        alias = self._givens.alias("t")
        columns: list[Condition] = [Reference(alias, there).label(_label(there)) for there in meaning.join.there]
        found = sa.select(*columns).select_from(table.alias(alias)).where(*self._key(item, inner, alias), self.gate())
        cte = found.cte(self._givens.alias("n"))
        self.ctes.append(cte)
        self.connected.append(cte)
        return cte

    def _referring(self, meaning: RelationInput, type_: Any, value: dict[str, Value], made: sa.CTE) -> None:
        """The rows that refer to the new one: new ones, or ones that are there."""
        pairs = list(zip(meaning.join.here, meaning.join.there, strict=True))
        bound: Cells = [(there, Reference(made.name, _label(here))) for here, there in pairs]
        one: Returned = [("one", sa.literal_column("1"))]
        for part, name, items in _parts(type_, value, one=False):
            inner = get_named_type(type_.fields[name].type)
            rows = items if isinstance(items, list) else [items]
            if part is NestedPart.CREATE:
                self._rows(
                    meaning.relation, [self._parted(row, inner, name) for row in rows], one, _plain, bound, [made]
                )
                continue
            for item in rows:
                alias = self._givens.alias("t")
                target = table_of(meaning.relation).alias(alias)
                assert isinstance(target, sa.Alias)
                changes = {target.c[there]: sa.select(new).select_from(made).scalar_subquery() for there, new in bound}
                update = sa.update(target).values(changes).where(*self._key(item, inner, alias), self.gate())
                cte = update.returning(sa.literal_column("1").label("one")).cte(self._givens.alias("n"))
                self.ctes.append(cte)
                self.connected.append(cte)

    def _key(self, item: Value, type_: Any, alias: str) -> list[Condition]:
        assert isinstance(item, dict)
        conditions: list[Condition] = []
        for name, value in item.items():
            meaning = meaning_of(type_.fields[name])
            assert isinstance(meaning, ColumnInput)
            bound = self._givens.bound(leaf(value), meaning.codec)
            conditions.append(Reference(alias, meaning.column.name) == bound)
        return conditions

    def _insert(
        self,
        relation: Relation,
        group: list[Cells],
        returned: Returned,
        finish: Finish,
        sources: list[sa.CTE],
        bound: Cells | None = None,
    ) -> sa.CTE:
        """One INSERT of rows that give the same columns."""
        shared = bound or []
        names = [name for name, _ in [*group[0], *shared]]
        if len(set(names)) < len(names):
            raise BadInput("A column is given twice: by itself, and by a relation.")
        table = table_of(relation)
        cells: list[Condition] = [value for _, value in group[0]]
        from_: sa.FromClause = self._claims
        for source in sources:
            from_ = from_.join(source, sa.true())
        if len(group) > 1:
            alias = self._givens.alias("v")
            columns: list[sa.ColumnClause[Any]] = [sa.column(f"c{place}") for place in range(len(group[0]))]
            data = sa.values(*columns, name=alias).data([tuple(value for _, value in row) for row in group])
            cells = [Reference(alias, column.name) for column in columns]
            from_ = from_.join(data, sa.true())
        cells += [value for _, value in shared]
        rows = sa.select(*cells).select_from(from_).where(Reference(CLAIMS_CTE, "c").is_not(sa.null()))
        insert = finish(
            postgresql.insert(table).from_select([table.c[name] for name in names], rows), [*group[0], *shared]
        )
        cte = insert.returning(*(value.label(label) for label, value in returned)).cte(self._givens.alias("n"))
        self.ctes.append(cte)
        return cte


def _plain(insert: postgresql.Insert, _: Cells) -> postgresql.Insert:
    return insert


def _alike(place: int, row: tuple[Cells, _Nested]) -> object:
    """What rows have to have in common to be inserted at once."""
    cells, nested = row
    return place if nested else tuple(name for name, _ in cells)


def _label(column: str) -> str:
    return f"({column})"


def _parts(type_: Any, value: dict[str, Value], *, one: bool) -> list[tuple[NestedPart, str, Value]]:
    """What is given of `create` and `connect`. Raises BadInput where it is not one, or not one at all."""
    parts: list[tuple[NestedPart, str, Value]] = []
    for name, item in value.items():
        if item is not None:
            parts.append((meaning_of(type_.fields[name]), name, item))
    if one and len(parts) != 1:
        raise BadInput("Give one of `create` and `connect`.")
    return parts
