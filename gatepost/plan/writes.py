"""A table's own mutations: the write in a data-modifying CTE, and the payload in a second execution that sees it.

The first run (see `mutations.py`) writes, and leaves in a setting what finds the rows again: their keys. The second
reads them by these under the caller's policies. Rows to be deleted are read in the first run instead: a statement's
other parts see the rows as they were before it (Postgres manual, 7.8.4).

An INSERT that returns columns fails where the new row is hidden from its author, so there is a second statement beside
each, which returns nothing of the row and answers null for it: `Statement.unread`.

What may not be is refused within the statement, which takes back all that it did: setting a parameter of an impossible
name fails, and `gatepost.transaction.failures` reads the name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from graphql import GraphQLObjectType, get_named_type
from sqlalchemy.dialects import postgresql

from gatepost.plan.compile import CLAIMS, Statement, wrapped
from gatepost.plan.elements import Reference, WholeRow, base_type, constant, number
from gatepost.plan.frame import Frame
from gatepost.plan.given import Cells, Givens, excluded
from gatepost.plan.inserts import CLAIMS_CTE, Inserts, table_of
from gatepost.plan.output import JsonObject, aggregate, empty_list
from gatepost.plan.rows import Members, PageBounds, RowCompiler
from gatepost.plan.selection import Operation, Selected
from gatepost.plan.sources import Condition, Source
from gatepost.schema.changes import Kind, Write
from gatepost.schema.meaning import PayloadPart, meaning_of

LEFT = "gatepost.returned"
"""The setting that holds, within its transaction, what finds the written rows again."""
_SET = CLAIMS_CTE  # it sets the claims; it has a row where the write is to happen
_WRITTEN = "(written)"  # the CTE that writes; it has a row for each row written


def write(operation: Operation, field: Selected, meaning: Write, bounds: PageBounds) -> Statement:
    """One mutation of a table as a statement that answers its JSON. Raises BadInput."""
    made = _Writing(operation, field, meaning, bounds, unread=False)
    statement = made.statement()
    if meaning.kind is Kind.CREATE and made.reads_rows:
        unread = _Writing(operation, field, meaning, bounds, unread=True).statement()
        return replace(statement, unread=unread)
    return statement


class _Writing:
    """Compiles one mutation."""

    def __init__(
        self, operation: Operation, field: Selected, meaning: Write, bounds: PageBounds, *, unread: bool
    ) -> None:
        assert field.definition is not None
        payload = get_named_type(field.definition.type)
        assert isinstance(payload, GraphQLObjectType)
        self.compiler = RowCompiler(operation, bounds)
        self.meaning = meaning
        self.payload = payload
        self.selected = operation.select(payload, field.selection_sets)
        parts = [_part(part) for part in self.selected]
        self.reads_rows = PayloadPart.RESULT in parts and not unread
        later = PayloadPart.QUERY in parts or (self.reads_rows and meaning.kind is not Kind.DELETE)
        self.runs = 2 if later else 1
        self.givens = Givens(self.compiler, field, meaning)
        self.order: list[Condition] = []  # of the rows that are read again
        self.kept: Cells = []  # the key of a row that an upsert leaves as it is
        self.connected: list[sa.CTE] = []  # each has to have a row
        self.table = table_of(meaning.relation)

    def statement(self) -> Statement:
        """The statement, which first sets the claims, in a CTE that has no row where nothing is to be done."""
        parameters = self.compiler.parameters
        setting = sa.select(sa.func.set_config(constant(CLAIMS), parameters.claims, sa.true()).label("c"))
        setting = setting.where(sa.func.current_user() == parameters.role)
        if self.runs == 2:
            setting = setting.where(parameters.run == number(1))
        claims = setting.cte(_SET)
        *parts, written = self._written(claims)
        ctes = (claims, *parts, written)
        counted = sa.select(sa.func.count()).select_from(written).scalar_subquery()
        refusals = self._refusals(counted)
        if self.runs == 1:
            row = self._before(written) if self.reads_rows else self._none()
            answer: Condition = self._payload(row, counted)
            if refusals:
                refused = sa.cast(sa.func.set_config(sa.case(*refusals), constant(""), sa.true()), sa.JSON())
                answer = sa.case((sa.or_(*(condition for condition, _ in refusals)), refused), else_=answer)
            return Statement(*parameters.compile(_gated(answer, claims).add_cte(*ctes)))
        left = sa.func.json_build_object(constant("count"), counted, constant("rows"), self._left(written))
        name = sa.case(*refusals, else_=constant(LEFT)) if refusals else constant(LEFT)
        setting_left = sa.func.set_config(name, sa.cast(left, sa.Text()), sa.true())
        # Never answers anything; it is there so that the setting is made.
        nothing = sa.case((setting_left.is_(sa.null()), sa.cast(constant("null"), sa.JSON())))
        second = wrapped(parameters, sa.select(self._later().label("d")), parameters.run == number(2))
        return Statement(*parameters.compile(sa.union_all(_gated(nothing, claims), second).add_cte(*ctes)), runs=2)

    def _written(self, claims: sa.CTE) -> list[sa.CTE]:
        """The INSERTs, the UPDATE or the DELETE, which do nothing where `claims` has no row; the last one has all."""
        if self.meaning.kind in (Kind.CREATE, Kind.UPSERT):
            return self._inserted(claims)
        alias = self.compiler.aliases.fresh("t")
        frame = Frame(alias, direct=True)
        # A condition without columns is checked before the rows, and their policies, are looked at.
        gate = sa.select(Reference(_SET, "c")).select_from(claims).scalar_subquery().is_not(sa.null())
        conditions = [*self.givens.found(frame), gate]
        target = self.table.alias(alias)
        assert isinstance(target, sa.Alias)
        if self.meaning.kind is Kind.DELETE:
            return [sa.delete(target).where(*conditions).returning(*self._returned(frame.column)).cte(_WRITTEN)]
        changes = {target.c[name]: value for name, value in self.givens.changes(frame)}
        update = sa.update(target).values(changes).where(*conditions)
        return [update.returning(*self._returned(frame.column)).cte(_WRITTEN)]

    def _inserted(self, claims: sa.CTE) -> list[sa.CTE]:
        """The INSERTs of all rows, and one that has them all."""
        inserts = Inserts(self.givens, claims)
        returned = self._returned(lambda name: self.table.c[name])
        labels = [column.name for column in returned]
        found = inserts.rows(
            self.meaning.relation, [(column.name, column.element) for column in returned], self._on_conflict
        )
        self.connected = inserts.connected
        parts = [sa.select(*(Reference(part.name, label).label(label) for label in labels)) for part in found]
        if not parts:
            nothing = sa.select(*(sa.null().label(label) for label in labels)).where(sa.false())
            return [nothing.cte(_WRITTEN)]
        chosen = [part.select_from(cte) for part, cte in zip(parts, found, strict=True)]
        return [*inserts.ctes, (sa.union_all(*chosen) if len(chosen) > 1 else chosen[0]).cte(_WRITTEN)]

    def _on_conflict(self, insert: postgresql.Insert, cells: Cells) -> postgresql.Insert:
        """What is to be done where the row is there already."""
        if self.meaning.kind is not Kind.UPSERT:
            return insert
        key = [insert.table.c[name] for name in self.givens.conflict()]
        changes = {insert.table.c[name]: excluded(name) for name in self.givens.updated([name for name, _ in cells])}
        if changes:
            return insert.on_conflict_do_update(index_elements=key, set_=changes)
        self.kept = _kept(cells, self.givens.conflict())
        return insert.on_conflict_do_nothing(index_elements=key)

    def _returned(self, column: Callable[[str], Condition]) -> list[sa.Label[Any]]:
        """What RETURNING needs so that the rows can be read again."""
        if not self.reads_rows:
            return [sa.literal_column("1").label("one")]  # needs no privilege, and no policy that shows the row
        names = [column.name for _, column, _ in self.meaning.identity]
        names = names or [column.name for column in self.meaning.relation.columns]
        return [column(name).label(f"k{place}") for place, name in enumerate(names)]

    def _refusals(self, counted: Condition) -> list[tuple[Condition, Condition]]:
        """When the whole is not to be done, and the name that says so."""
        if self.meaning.key:
            return [(counted == number(0), constant("gatepost.NOT_FOUND 0"))]
        refusals: list[tuple[Condition, Condition]] = [
            (sa.not_(sa.exists(sa.select(sa.true()).select_from(cte))), constant("gatepost.NOT_FOUND 0"))
            for cte in self.connected
        ]
        at_most = self.givens.at_most()
        if at_most is not None:
            refusals.append((counted > at_most, sa.func.concat(constant("gatepost.TOO_MANY_ROWS "), counted)))
        return refusals

    def _left(self, written: sa.CTE) -> Condition:
        """What the second run finds the written rows by, as JSON."""
        if not self.reads_rows:
            return sa.null()
        if self.meaning.kind is Kind.DELETE:
            return self._before(written)
        if not self.meaning.identity:
            texts = sa.cast(sa.func.array_agg(WholeRow(_WRITTEN)), sa.Text())
            return sa.select(texts).select_from(written).scalar_subquery()
        places = range(len(self.meaning.identity))
        rows: sa.FromClause = written
        alias = _WRITTEN
        if self.kept:
            assert self.meaning.rows is not None
            source = self.compiler.sources.rows(self.meaning.rows, None, {})
            conditions = [source.frame.column(name) == value for name, value in self.kept]
            there = [source.frame.column(column.name) for _, column, _ in self.meaning.identity]
            alias = self.compiler.aliases.fresh("k")
            rows = sa.union_all(
                sa.select(*(Reference(_WRITTEN, f"k{place}").label(f"k{place}") for place in places)).select_from(
                    written
                ),
                sa.select(*there).select_from(source.from_).where(*conditions),
            ).subquery(alias)
        keys = [sa.cast(Reference(alias, f"k{place}"), sa.Text()) for place in places]
        return sa.select(aggregate(sa.func.json_build_array(*keys))).select_from(rows).scalar_subquery()

    def _before(self, written: sa.CTE) -> Condition:
        """The rows that are written, as JSON, as they were before."""
        rows = self.meaning.rows
        assert rows is not None
        source = self.compiler.sources.rows(rows, None, {})
        on = [
            source.frame.column(column.name) == Reference(_WRITTEN, f"k{place}")
            for place, (_, column, _) in enumerate(self.meaning.identity)
        ]
        return self._read(Source(source.frame, written.join(source.from_, sa.and_(*on)), []))

    def _later(self) -> Condition:
        """The payload, read by the second run."""
        # The planner may look before there is anything; '' is what a setting falls back to.
        text = sa.func.nullif(sa.func.current_setting(constant(LEFT), sa.true()), constant(""))
        setting = sa.cast(text, sa.JSON())
        count = sa.cast(_extract_text(setting, "count"), sa.Integer())
        row = self._none()
        if self.reads_rows and self.meaning.kind is Kind.DELETE:
            row = sa.func.json_extract_path(setting, constant("rows"))
        elif self.reads_rows:
            row = self._read(self._again(setting))
        return self._payload(row, count)

    def _again(self, setting: Condition) -> Source:
        """The written rows, as they are after it."""
        rows = self.meaning.rows
        assert rows is not None
        if not self.meaning.identity:
            return self.compiler.sources.returned(rows, _extract_text(setting, "rows"))
        source = self.compiler.sources.rows(rows, None, {})
        key: Condition = sa.func.json_extract_path(setting, constant("rows"), constant("0"))
        from_ = source.from_
        if self.meaning.many:
            alias = self.compiler.aliases.fresh("e")
            keys = sa.func.json_array_elements(sa.func.json_extract_path(setting, constant("rows")))
            table = keys.table_valued(sa.column("v"), with_ordinality="n").render_derived(name=alias)
            key = Reference(alias, "v")
        on = [
            source.frame.column(column.name) == sa.cast(_extract_text(key, str(place)), base_type(codec))
            for place, (_, column, codec) in enumerate(self.meaning.identity)
        ]
        if self.meaning.many:
            self.order = [Reference(alias, "n")]
            return Source(source.frame, table.join(from_, sa.and_(*on)), [])
        return Source(source.frame, from_, on)

    def _read(self, source: Source) -> Condition:
        """What the payload asks of the rows of a source, as JSON."""
        part = next(part for part in self.selected if _part(part) is PayloadPart.RESULT)
        type_, selected = self.compiler.of(part)
        members = self.compiler.object(type_, selected, source.frame)
        if not self.meaning.many:
            return self.compiler.one(members, source.from_, *source.conditions)
        alias = self.compiler.aliases.fresh("o")
        rows = members.select(source.from_).where(*source.conditions).order_by(*self.order).subquery(alias)
        return sa.select(aggregate(members.json.read(alias))).select_from(rows).scalar_subquery()

    def _none(self) -> Condition:
        """What stands for rows that are not read."""
        return empty_list() if self.meaning.many else sa.null()

    def _payload(self, row: Condition, count: Condition) -> Condition:
        """The payload from its parts."""
        members = Members(JsonObject(), [])
        for part in self.selected:
            match _part(part):
                case None:
                    members.json.add(part.key, constant(self.payload.name))
                case PayloadPart.RESULT:
                    members.json.add(part.key, row)
                case PayloadPart.COUNT:
                    members.json.add(part.key, count)
                case PayloadPart.QUERY:
                    type_, selected = self.compiler.of(part)
                    members.json.add(part.key, self.compiler.one(self.compiler.object(type_, selected, None), None))
        return self.compiler.one(members, None)


def _gated(value: Condition, claims: sa.CTE) -> sa.Select[Any]:
    """A value, `d`, no part of which is looked at before the claims are set."""
    zero: sa.ColumnElement[int] = sa.literal_column("0")  # keeps the planner from merging the subselects
    inner = sa.select(value.label("d")).where(Reference(_SET, "c").is_not(sa.null())).offset(zero).lateral("q")
    return sa.select(Reference("q", "d").label("d")).select_from(claims.join(inner, sa.true()))


def _part(part: Selected) -> PayloadPart | None:
    return None if part.definition is None else meaning_of(part.definition)


def _kept(cells: Cells, key: tuple[str, ...]) -> Cells:
    """The values of a key; none where a row does not give all of them."""
    found = [(name, value) for name, value in cells if name in key and not isinstance(value, Reference)]
    return found if len(found) == len(key) else []


def _extract_text(json: Condition, *path: str) -> Condition:
    return sa.func.json_extract_path_text(json, *(constant(step) for step in path))
