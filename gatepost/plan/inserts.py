"""INSERTs as a chain of data-modifying CTEs: rows referred to first, then the row, then the rows that refer to it.

Each link takes its keys from what the one before returned, so that one statement does all or nothing. Foreign keys are
checked at its end (Postgres manual, SET CONSTRAINTS); policies that look for a row of the same statement find none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from graphql import get_named_type
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import quoted_name

from gatepost.catalog import Relation
from gatepost.errors import BadInput, BadRequest
from gatepost.plan.elements import Reference
from gatepost.plan.given import Cells, Givens, Nested, Values, leaf
from gatepost.plan.sources import Condition
from gatepost.plan.values import Value
from gatepost.schema.changes import ColumnInput, NestedPart
from gatepost.schema.meaning import Through, meaning_of

CLAIMS_CTE = "(set)"
"""The CTE that sets the claims."""
MOST_PARTS = 200
"""Statements within one: each takes some milliseconds to be put together, in which nobody else is served."""
Returned = list[tuple[str, Condition]]
"""What RETURNING gives: labels, and columns or constants."""
Finish = Callable[[postgresql.Insert, Cells], postgresql.Insert]
_ONE: Returned = [("one", sa.literal_column("1"))]


def table_of(relation: Relation) -> sa.TableClause:
    """A relation with its columns, to be written to."""
    columns: list[sa.ColumnClause[Any]] = [sa.column(quoted_name(column.name, True)) for column in relation.columns]
    return sa.table(quoted_name(relation.name, True), *columns, schema=quoted_name(relation.schema, True))


@dataclass(frozen=True, slots=True)
class Required:
    """A CTE that has to have as many rows, where `of` has any; else the whole is not done: NOT_FOUND."""

    cte: sa.CTE
    least: int
    of: sa.CTE | None


class Inserts:
    """The CTEs of one statement; none does anything where `claims` has no row."""

    def __init__(self, givens: Givens, claims: sa.CTE) -> None:
        self._givens = givens
        self._claims = claims
        self.ctes: list[sa.CTE] = []
        self.required: list[Required] = []
        self.given: list[Values] = []
        """What the mutation's own rows give, in their order."""

    def rows(self, relation: Relation, returned: Returned, finish: Finish) -> list[sa.CTE]:
        """The INSERTs of the mutation's own rows, in their order. Raises BadInput, BadRequest."""
        type_, rows = self._givens.rows()
        parted = [self._givens.parted(relation, row, type_) for row in rows]
        self.given = [values for values, _ in parted]
        return self._rows(relation, parted, returned, finish, [], [])

    def gate(self) -> Condition:
        """A condition without columns: it is checked before rows, and their policies, are looked at."""
        claims = sa.select(Reference(CLAIMS_CTE, "c")).select_from(self._claims)
        return claims.scalar_subquery().is_not(sa.null())

    def add(self, statement: Any, least: int = 0, of: sa.CTE | None = None) -> sa.CTE:
        """A CTE more, with the rows that it has to have. Raises BadRequest where they are too many."""
        if len(self.ctes) == MOST_PARTS:
            raise BadRequest(
                f"The mutation has more than {MOST_PARTS} parts: rows with others nested in them count one by one.",
                code="TOO_COMPLEX",
                extensions={"limit": MOST_PARTS},
            )
        cte: sa.CTE = statement.cte(self._givens.alias("n"))
        self.ctes.append(cte)
        if least:
            self.required.append(Required(cte, least, of))
        return cte

    def _rows(
        self,
        relation: Relation,
        rows: list[tuple[Values, list[Nested]]],
        returned: Returned,
        finish: Finish,
        bound: Cells,
        sources: list[sa.CTE],
        after: Sequence[Condition] = (),
    ) -> list[sa.CTE]:
        """As few INSERTs as keep the rows' order; `bound` are columns that all of them take from `sources`."""
        inserts: list[sa.CTE] = []
        for _, group in groupby(enumerate(rows), lambda item: _alike(*item)):
            same = [row for _, row in group]
            if same[0][1]:
                inserts.append(self._nested(relation, *same[0], returned, finish, bound, sources, after))
            else:
                values = [values for values, _ in same]
                inserts.append(self._insert(relation, values, returned, finish, sources, bound, after))
        return inserts

    def _nested(
        self,
        relation: Relation,
        values: Values,
        nested: list[Nested],
        returned: Returned,
        finish: Finish,
        bound: Cells,
        sources: list[sa.CTE],
        after: Sequence[Condition] = (),
    ) -> sa.CTE:
        """A row with what it refers to, and what refers to it."""
        bound, sources = list(bound), list(sources)
        for part in nested:
            if part.meaning.forward:
                source = self.referred(part)
                sources.append(source)
                pairs = zip(part.meaning.join.here, part.meaning.join.there, strict=True)
                bound += [(here, Reference(source.name, label(there))) for here, there in pairs]
        table = table_of(relation)
        needed = {name for part in nested if not part.meaning.forward for name in part.meaning.join.here}
        # Once each: what a row refers to is read by that row, and by those that refer to it themselves.
        needed -= {name for name in needed if label(name) in dict(returned)}
        returned = [*returned, *((label(name), table.c[name]) for name in sorted(needed))]
        made = self._insert(relation, [values], returned, finish, sources, bound, after)
        for part in nested:
            if not part.meaning.forward:
                self.referring(part, made)
        return made

    def referred(self, nested: Nested) -> sa.CTE:
        """The row that another refers to: a new one, or one that is there. Raises BadInput where it is not one."""
        meaning = nested.meaning
        given = parts(nested)
        if len(given) != 1:
            names = [name for name, item in nested.type_.fields.items() if meaning_of(item) is not NestedPart.UPDATE]
            raise BadInput(f"Give one of {' and '.join(f'`{name}`' for name in names)}.")
        [(part, (name, item))] = given.items()
        inner = get_named_type(nested.type_.fields[name].type)
        if part is NestedPart.CREATE:
            row = self._givens.parted(meaning.relation, item, inner, (*nested.path, name))
            returned: Returned = [(label(there), table_of(meaning.relation).c[there]) for there in meaning.join.there]
            return self._nested(meaning.relation, *row, returned, _plain, [], [])
        return self._found(meaning.relation, [item], inner, meaning.join.there, None)

    def _found(
        self, relation: Relation, items: list[Value], type_: Any, columns: tuple[str, ...], of: sa.CTE | None
    ) -> sa.CTE:
        """These columns of rows that are there, found by their keys, in the caller's order."""
        target = table_of(relation).alias(self._givens.alias("t"))
        assert isinstance(target, sa.Alias)
        keys, on = self.keyed(items, type_, target)
        found = sa.select(*(target.c[name].label(label(name)) for name in columns))
        found = found.select_from(keys.join(target, on)).where(self.gate())
        return self.add(found, len(items), of)

    def keyed(self, items: list[Value], type_: Any, target: sa.Alias) -> tuple[sa.Values, Condition]:
        """Keys as rows, and the condition by which `target` has one of them."""
        meanings = _columns(type_)
        data = [
            tuple(self._givens.bound(leaf(item[name]), meaning.codec) for name, meaning in meanings)
            for item in items
            if isinstance(item, dict)
        ]
        columns: list[sa.ColumnClause[Any]] = [sa.column(f"c{place}") for place in range(len(meanings))]
        keys = sa.values(*columns, name=self._givens.alias("v")).data(data)
        pairs = zip(meanings, columns, strict=True)
        return keys, sa.and_(*(target.c[meaning.column.name] == keys.c[column.name] for (_, meaning), column in pairs))

    def by_key(self, item: Value, type_: Any, target: sa.Alias) -> list[Condition]:
        """The conditions by which `target` has this key."""
        assert isinstance(item, dict)
        return [
            target.c[meaning.column.name] == self._givens.bound(leaf(item[name]), meaning.codec)
            for name, meaning in _columns(type_)
        ]

    def referring(self, nested: Nested, made: sa.CTE, after: Sequence[Condition] = (), single: bool = True) -> None:
        """The rows that refer to those of `made`, or to which a junction table leads: new ones, and ones there.

        `after` holds when what makes room for them was done.
        """
        meaning = nested.meaning
        if meaning.through is not None:
            self._across(nested, meaning.through, made, after)
            return
        pairs = list(zip(meaning.join.here, meaning.join.there, strict=True))
        for part, (name, items) in parts(nested).items():
            inner = get_named_type(nested.type_.fields[name].type)
            rows: list[Value] = list(items) if isinstance(items, list) else [items]
            if part is NestedPart.CREATE:
                bound: Cells = [(there, Reference(made.name, label(here))) for here, there in pairs]
                path = (*nested.path, name)
                new = [self._givens.parted(meaning.relation, row, inner, path, meaning.join.there) for row in rows]
                self._rows(meaning.relation, new, _ONE, _plain, bound, [made], after)
            elif part is NestedPart.CONNECT and rows:
                if not single:
                    raise BadInput("`connect` gives rows to one row, and not to all that pass a filter.")
                target = table_of(meaning.relation).alias(self._givens.alias("t"))
                assert isinstance(target, sa.Alias)
                _, on = self.keyed(rows, inner, target)
                changes = {target.c[there]: made.c[label(here)] for here, there in pairs}
                there_is = made.c[label(pairs[0][0])].is_not(sa.null())
                update = sa.update(target).values(changes).where(on, there_is, self.gate(), *after)
                self.add(update.returning(*_one()), len(rows), made)

    def _across(self, nested: Nested, through: Through, made: sa.CTE, after: Sequence[Condition]) -> None:
        """The rows to which a junction table leads, and its rows."""
        relation, junction = nested.meaning.relation, table_of(through.junction)
        there = through.far.there
        for part, (name, items) in parts(nested).items():
            inner = get_named_type(nested.type_.fields[name].type)
            if part not in (NestedPart.CREATE, NestedPart.CONNECT) or not isinstance(items, list) or not items:
                continue
            if part is NestedPart.CREATE:
                new = [self._givens.parted(relation, row, inner, (*nested.path, name)) for row in items]
                returned: Returned = [(label(column), table_of(relation).c[column]) for column in there]
                # They come into being with the row, or not at all.
                ends = self._rows(relation, new, returned, _plain, [], [], [sa.exists().select_from(made)])
            else:
                ends = [self._found(relation, items, inner, there, made)]
            self._givens.parted(through.junction, {}, _NO_TYPE, (*nested.path, name), tuple(_ends(through)))
            for end in ends:
                self._join(through, junction, made, end, after, again=part is NestedPart.CONNECT)

    def _join(
        self,
        through: Through,
        junction: sa.TableClause,
        made: sa.CTE,
        end: sa.CTE,
        after: Sequence[Condition],
        *,
        again: bool,
    ) -> None:
        """The rows of a junction table between these two; `again`: where it is there already, it stays."""
        cells: list[Condition] = [Reference(made.name, label(name)) for name in through.near.here]
        cells += [Reference(end.name, label(name)) for name in through.far.there]
        from_ = self._claims.join(made, sa.true()).join(end, sa.true())
        rows = sa.select(*cells).select_from(from_).where(Reference(CLAIMS_CTE, "c").is_not(sa.null()), *after)
        insert = postgresql.insert(junction).from_select([junction.c[name] for name in _ends(through)], rows)
        if again:
            insert = _kept_once(insert, through)
        self.add(insert.returning(*_one()))

    def _insert(
        self,
        relation: Relation,
        group: list[Values],
        returned: Returned,
        finish: Finish,
        sources: list[sa.CTE],
        bound: Cells,
        after: Sequence[Condition] = (),
    ) -> sa.CTE:
        """One INSERT of rows that give the same columns."""
        names = [*group[0], *(name for name, _ in bound)]
        if len(set(names)) < len(names):
            raise BadInput("A column is given twice: by itself, and by a relation.")
        table = table_of(relation)
        from_: sa.FromClause = self._claims
        for source in sources:
            from_ = from_.join(source, sa.true())
        if len(group) > 1:
            given, values, _ = self._givens.table(group, list(group[0]))
            from_ = from_.join(given, sa.true())
            cells = [*zip(group[0], values, strict=True), *bound]
        else:
            cells = [*self._givens.cells(group[0]), *bound]
        rows = sa.select(*(value for _, value in cells)).select_from(from_)
        rows = rows.where(Reference(CLAIMS_CTE, "c").is_not(sa.null()), *after)
        insert = postgresql.insert(table).from_select([table.c[name] for name in names], rows)
        if not names:
            insert._select_names = _NoNames()
        insert = finish(insert, cells)
        return self.add(insert.returning(*(value.label(label_) for label_, value in returned)))


class _NoNames(list[str]):
    """The columns of an INSERT of rows that give none: SQLAlchemy takes an empty list for no SELECT at all."""

    def __bool__(self) -> bool:
        return True


class _NoType:
    """The type of rows of which the input gives nothing itself."""

    fields: Mapping[str, Any] = {}


_NO_TYPE = _NoType()


def _plain(insert: postgresql.Insert, _: Cells) -> postgresql.Insert:
    return insert


def _one() -> list[sa.Label[Any]]:
    return [value.label(name) for name, value in _ONE]


def _columns(type_: Any) -> list[tuple[str, ColumnInput]]:
    """The columns that an input type gives values for, by their names there."""
    found = ((name, meaning_of(item)) for name, item in type_.fields.items())
    return [(name, meaning) for name, meaning in found if isinstance(meaning, ColumnInput)]


def _alike(place: int, row: tuple[Values, list[Nested]]) -> object:
    """What rows have to have in common to be inserted at once."""
    values, nested = row
    return place if nested else tuple(values)


def _ends(through: Through) -> tuple[str, ...]:
    """The columns of a junction table that refer to its two ends."""
    return (*through.near.there, *through.far.here)


def _kept_once(insert: postgresql.Insert, through: Through) -> postgresql.Insert:
    """An INSERT into a junction table that leaves a pair as it is that is there already, where Postgres can tell."""
    ends, junction = set(_ends(through)), through.junction
    if any(key.deferrable for key in junction.keys):
        return insert
    if sum(index.unique for index in junction.indexes) == 1:
        return insert.on_conflict_do_nothing()  # naming the key would need a policy that shows the new row
    key = next(key.columns for key in junction.keys if set(key.columns) == ends)
    if all(junction.by_name[name].select for name in ends):
        return insert.on_conflict_do_nothing(index_elements=[insert.table.c[name] for name in key])
    return insert


def label(column: str) -> str:
    """The name under which a CTE has a column of what it wrote."""
    return f"({column})"


def parts(nested: Nested) -> dict[NestedPart, tuple[str, Value]]:
    """What is given of `create`, `connect` and so on, with its name; what is null or false is not."""
    return {
        meaning_of(nested.type_.fields[name]): (name, item)
        for name, item in nested.value.items()
        if item is not None and item is not False
    }
