"""A table's own mutations: the write in a data-modifying CTE, and the payload in a second execution that sees it.

The first run (see `mutations.py`) writes, and leaves in a setting what finds the rows again: their keys. The second
reads them by these under the caller's policies. Rows to be deleted are read in the first run instead: a statement's
other parts see the rows as they were before it (Postgres manual, 7.8.4).

What an UPDATE's rows were before is read by a SELECT that locks them first: it sees them as they are now, where another
transaction has just changed them.

An INSERT that returns columns fails where a new row is hidden from its author, so there is a second statement beside
each, which returns nothing of the rows: `Statement.unread`. It answers null, or, of many, those that are found by a key
that the input itself gives.

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

from gatepost.plan.before import Before
from gatepost.plan.compile import CLAIMS, Statement, wrapped
from gatepost.plan.elements import Reference, WholeRow, base_type, constant, number
from gatepost.plan.frame import Frame
from gatepost.plan.given import Cells, Givens, excluded
from gatepost.plan.inserts import CLAIMS_CTE, Inserts, Returned, table_of
from gatepost.plan.output import JsonObject, aggregate, empty_list
from gatepost.plan.patches import Found, Patches
from gatepost.plan.rows import Members, PageBounds, RowCompiler
from gatepost.plan.selection import Operation, Selected
from gatepost.plan.sources import Condition, Source
from gatepost.schema.changes import Kind, Write
from gatepost.schema.meaning import PayloadPart, Rows, meaning_of

LEFT = "gatepost.written_{}"
"""The setting that holds, within its transaction, what finds the written rows of one relation again.

The planner looks into it, and would stumble over the keys of another relation, which an earlier field left there.
"""
_SET = CLAIMS_CTE  # it sets the claims; it has a row where the write is to happen
_WRITTEN = "(written)"  # the CTE that writes; it has a row for each row written


def write(operation: Operation, field: Selected, meaning: Write, bounds: PageBounds) -> Statement:
    """One mutation of a table as a statement that answers its JSON. Raises BadInput."""
    made = _Writing(operation, field, meaning, bounds, unread=False)
    statement = made.statement()
    if meaning.kind is Kind.CREATE and made.returns:
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
        self.givens = Givens(self.compiler, field, meaning)
        self.returns = PayloadPart.RESULT in parts and not unread
        self.given_key = self.givens.given_key() if PayloadPart.RESULT in parts and unread and meaning.many else ()
        again = bool(self.given_key) or (self.returns and meaning.kind is not Kind.DELETE)
        self.runs = 2 if PayloadPart.QUERY in parts or again else 1
        self.before = Before(self.compiler, part) if (part := self._selected(PayloadPart.BEFORE)) else None
        self.foreign: Before | None = None  # another server's rows are read before they are deleted, or they are gone
        if meaning.relation.kind == "f" and meaning.kind is Kind.DELETE and self.returns:
            self.foreign = Before(self.compiler, self._result())
        self.order: list[Condition] = []  # of the rows that are read again
        self.kept: Cells = []  # the key of a row that an upsert leaves as it is
        self.table = table_of(meaning.relation)
        self.left = constant(LEFT.format(meaning.relation.oid))

    def _selected(self, wanted: PayloadPart) -> Selected | None:
        """The first of what is selected that asks for this: all of them ask for the same rows."""
        return next((part for part in self.selected if _part(part) is wanted), None)

    def _result(self) -> Selected:
        part = self._selected(PayloadPart.RESULT)
        assert part is not None
        return part

    def statement(self) -> Statement:
        """The statement, which first sets the claims, in a CTE that has no row where nothing is to be done."""
        parameters = self.compiler.parameters
        setting = sa.select(sa.func.set_config(constant(CLAIMS), parameters.claims, sa.true()).label("c"))
        setting = setting.where(sa.func.current_user() == parameters.role)
        if self.runs == 2:
            setting = setting.where(parameters.run == number(1))
        claims = setting.cte(_SET)
        self.inserts = Inserts(self.givens, claims)
        written = self._written()
        ctes = (claims, *self.inserts.ctes, written)
        counted = sa.select(sa.func.count()).select_from(written).scalar_subquery()
        refusals = self._refusals(counted)
        touched = tuple(self.givens.touched.values())
        if self.runs == 1:
            row = self._as_it_was(written) if self.returns else self._none()
            answer: Condition = self._payload(row, counted, written)
            if refusals:
                refused = sa.cast(sa.func.set_config(sa.case(*refusals), constant(""), sa.true()), sa.JSON())
                answer = sa.case((sa.or_(*(condition for condition, _ in refusals)), refused), else_=answer)
            return Statement(*parameters.compile(_gated(answer, claims).add_cte(*ctes)), touched=touched)
        facts = [constant("count"), counted, constant("rows"), self._left(written)]
        if self.before:
            facts += [constant("before"), self.before.read(written, self.meaning.many)]
        name = sa.case(*refusals, else_=self.left) if refusals else self.left
        setting_left = sa.func.set_config(name, sa.cast(sa.func.json_build_object(*facts), sa.Text()), sa.true())
        # Never answers anything; it is there so that the setting is made.
        nothing = sa.case((setting_left.is_(sa.null()), sa.cast(constant("null"), sa.JSON())))
        second = wrapped(parameters, sa.select(self._later().label("d")), parameters.run == number(2))
        both = sa.union_all(_gated(nothing, claims), second).add_cte(*ctes)
        return Statement(*parameters.compile(both), runs=2, touched=touched)

    def _written(self) -> sa.CTE:
        """The CTE with a row for each that the INSERTs, the UPDATE or the DELETE wrote."""
        relation = self.meaning.relation
        if self.meaning.kind in (Kind.CREATE, Kind.UPSERT):
            return self._inserted()
        if self.meaning.kind is Kind.DELETE:
            target = self.table.alias(self.compiler.aliases.fresh("t"))
            assert isinstance(target, sa.Alias)
            found, returned = self._with_old(self.foreign)
            delete = sa.delete(target).where(*found(target), self.inserts.gate())
            return delete.returning(*_labelled(returned(target))).cte(_WRITTEN)
        found, returned = self._with_old(self.before)
        patches = Patches(self.givens, self.inserts, single=not self.meaning.many)
        made = patches.update(relation, self.givens.patch(), found, returned, self.givens.operated)
        return sa.select(*(column.label(column.name) for column in made.c)).cte(_WRITTEN)

    def _with_old(self, before: Before | None) -> tuple[Found, Callable[[sa.Alias], Returned]]:
        """How the rows are found, and what is returned of them, where they are read as they were, or are not."""
        if before is None:
            return self._found, self._returned
        old = before.rows(self.meaning.relation, self._identity(), self._found, self.inserts)
        found = before.found(old, self._identity(), self.meaning.relation, self._found)
        return found, before.returned(old, self._returned)

    def _found(self, target: sa.Alias) -> list[Condition]:
        """The rows that the input means."""
        return self.givens.found(Frame(target.name, direct=True))

    def _identity(self) -> list[str]:
        return [column.name for _, column, _ in self.meaning.identity]

    def _inserted(self) -> sa.CTE:
        """The INSERTs of all rows, and one that has them all."""
        returned = self._returned(self.table)
        labels = [label for label, _ in returned]
        found = self.inserts.rows(self.meaning.relation, returned, self._on_conflict)
        if not found:
            nothing = sa.select(*(sa.null().label(label) for label in labels)).where(sa.false())
            return nothing.cte(_WRITTEN)
        chosen = [
            sa.select(*(Reference(part.name, label).label(label) for label in labels)).select_from(part)
            for part in found
        ]
        return (sa.union_all(*chosen) if len(chosen) > 1 else chosen[0]).cte(_WRITTEN)

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

    def _returned(self, target: sa.FromClause) -> Returned:
        """What RETURNING needs so that the rows can be read again."""
        if not self.returns:
            return [("one", self._read_alone(target))]
        names = self._identity() or [column.name for column in self.meaning.relation.columns]
        return [(f"k{place}", target.c[name]) for place, name in enumerate(names)]

    def _read_alone(self, target: sa.FromClause) -> Condition:
        """What RETURNING gives where nothing of the rows is needed.

        Policies that show rows hold for an UPDATE or a DELETE only where it reads a column (Postgres manual, CREATE
        POLICY): without one, all rows would be written and counted, the hidden ones too.
        """
        if self.meaning.kind in (Kind.UPDATE, Kind.DELETE):
            readable = (column.name for column in self.meaning.relation.columns if column.select)
            if (name := next(readable, None)) is not None:
                return target.c[name]
        return sa.literal_column("1")  # needs no privilege, and no policy that shows the row

    def _refusals(self, counted: Condition) -> list[tuple[Condition, Condition]]:
        """When the whole is not to be done, and the name that says so."""
        not_found = constant("gatepost.NOT_FOUND 0")
        refusals: list[tuple[Condition, Condition]] = []
        if self.meaning.key:
            refusals.append((counted == number(0), not_found))
        for required in self.inserts.required:
            too_few = _count(required.cte) < number(required.least)
            if required.of is not None:
                too_few = sa.and_(too_few, sa.exists().select_from(required.of))
            refusals.append((too_few, not_found))
        at_most = self.givens.at_most()
        if at_most is not None:
            refusals.append((counted > at_most, sa.func.concat(constant("gatepost.TOO_MANY_ROWS "), counted)))
        return refusals

    def _left(self, written: sa.CTE) -> Condition:
        """What the second run finds the written rows by, as JSON."""
        if not self.returns:
            return sa.null()
        if self.meaning.kind is Kind.DELETE:
            return self._as_it_was(written)
        if not self.meaning.identity:
            texts = sa.cast(sa.func.array_agg(WholeRow(_WRITTEN)), sa.Text())
            return sa.select(texts).select_from(written).scalar_subquery()
        keys = [sa.cast(Reference(_WRITTEN, f"k{place}"), sa.Text()) for place in range(len(self.meaning.identity))]
        return sa.select(aggregate(sa.func.json_build_array(*keys))).select_from(written).scalar_subquery()

    def _as_it_was(self, written: sa.CTE) -> Condition:
        """The rows that are deleted, as JSON, as they were before."""
        rows = self.meaning.rows
        assert rows is not None
        if self.foreign is not None:
            return self.foreign.read(written, self.meaning.many)
        source = self.compiler.sources.rows(rows, None, {})
        on = [
            source.frame.column(column.name) == Reference(_WRITTEN, f"k{place}")
            for place, (_, column, _) in enumerate(self.meaning.identity)
        ]
        return self._read(Source(source.frame, written.join(source.from_, sa.and_(*on)), []))

    def _later(self) -> Condition:
        """The payload, read by the second run."""
        # The planner may look before there is anything; '' is what a setting falls back to.
        text = sa.func.nullif(sa.func.current_setting(self.left, sa.true()), constant(""))
        setting = sa.cast(text, sa.JSON())
        count = sa.cast(_extract_text(setting, "count"), sa.Integer())
        row = self._none()
        if self.returns and self.meaning.kind is Kind.DELETE:
            row = sa.func.json_extract_path(setting, constant("rows"))
        elif self.returns or self.given_key:
            row = self._read(self._given_again() if self.given_key else self._again(setting))
        return self._payload(row, count, None, setting)

    def _given_again(self) -> Source:
        """The written rows, as they are after it, by a key that the input gives."""
        assert self.meaning.rows is not None
        source = self.compiler.sources.rows(self.meaning.rows, None, {})
        given, values, place = self.givens.table(self.inserts.given, list(self.given_key))
        pairs = zip(self.given_key, values, strict=True)
        on = [source.frame.column(name) == value for name, value in pairs]
        self.order = [place]
        return Source(source.frame, given.join(source.from_, sa.and_(*on)), [])

    def _again(self, setting: Condition) -> Source:
        """The written rows, as they are after it."""
        rows, identity = self.meaning.rows, self.meaning.identity
        assert rows is not None
        left = sa.func.json_extract_path(setting, constant("rows"))
        if not identity:
            return self.compiler.sources.returned(rows, _extract_text(setting, "rows"))
        source = self.compiler.sources.rows(rows, None, {})
        key: Condition = sa.func.json_extract_path(left, constant("0"))
        if self.kept:
            key = sa.func.coalesce(key, self._kept_key(rows))
        from_ = source.from_
        if self.meaning.many:
            alias = self.compiler.aliases.fresh("e")
            table = sa.func.json_array_elements(left).table_valued(sa.column("v"), with_ordinality="n")
            key = Reference(alias, "v")
        on = [
            source.frame.column(column.name) == sa.cast(_extract_text(key, str(place)), base_type(codec))
            for place, (_, column, codec) in enumerate(identity)
        ]
        if self.meaning.many:
            self.order = [Reference(alias, "n")]
            return Source(source.frame, table.render_derived(name=alias).join(from_, sa.and_(*on)), [])
        return Source(source.frame, from_, on)

    def _kept_key(self, rows: Rows) -> Condition:
        """The identity of the row that an upsert left as it is: the second run sees it, however new it is."""
        source = self.compiler.sources.rows(rows, None, {})
        conditions = [source.frame.column(name) == value for name, value in self.kept]
        there = [sa.cast(source.frame.column(name), sa.Text()) for name in self._identity()]
        key = sa.select(sa.func.json_build_array(*there)).select_from(source.from_).where(*conditions)
        return key.limit(number(1) if rows.relation.inherited else None).scalar_subquery()

    def _read(self, source: Source) -> Condition:
        """What the payload asks of the rows of a source, as JSON."""
        type_, selected = self.compiler.of(self._result())
        members = self.compiler.object(type_, selected, source.frame)
        if not self.meaning.many:
            several = self.meaning.relation.inherited
            return self.compiler.one(members, source.from_, *source.conditions, several=several)
        alias = self.compiler.aliases.fresh("o")
        rows = members.select(source.from_).where(*source.conditions).order_by(*self.order).subquery(alias)
        return sa.select(aggregate(members.json.read(alias))).select_from(rows).scalar_subquery()

    def _none(self) -> Condition:
        """What stands for rows that are not read."""
        return empty_list() if self.meaning.many else sa.null()

    def _payload(
        self, row: Condition, count: Condition, written: sa.CTE | None, setting: Condition | None = None
    ) -> Condition:
        """The payload from its parts."""
        members = Members(JsonObject(), [])
        for part in self.selected:
            match _part(part):
                case None:
                    members.json.add(part.key, constant(self.payload.name))
                case PayloadPart.RESULT:
                    members.json.add(part.key, row)
                case PayloadPart.BEFORE:
                    assert self.before is not None
                    if written is not None:
                        before = self.before.read(written, self.meaning.many)
                    else:
                        before = sa.func.json_extract_path(setting, constant("before"))
                    members.json.add(part.key, before)
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


def _count(cte: sa.CTE) -> Condition:
    return sa.select(sa.func.count()).select_from(cte).scalar_subquery()


def _labelled(returned: Returned) -> list[sa.Label[Any]]:
    return [value.label(label) for label, value in returned]


def _part(part: Selected) -> PayloadPart | None:
    return None if part.definition is None else meaning_of(part.definition)


def _kept(cells: Cells, key: tuple[str, ...]) -> Cells:
    """The values of a key; none where a row does not give all of them."""
    found = [(name, value) for name, value in cells if name in key and not isinstance(value, Reference)]
    return found if len(found) == len(key) else []


def _extract_text(json: Condition, *path: str) -> Condition:
    return sa.func.json_extract_path_text(json, *(constant(step) for step in path))
