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
from graphql import GraphQLInputObjectType, GraphQLObjectType, get_named_type
from sqlalchemy.sql import quoted_name
from sqlalchemy.sql.dml import ReturningDelete, ReturningInsert, ReturningUpdate

from gatepost.errors import BadInput
from gatepost.plan.compile import CLAIMS, Statement, wrapped
from gatepost.plan.elements import Reference, WholeRow, base_type, constant, number, sql_type
from gatepost.plan.frame import Frame
from gatepost.plan.output import JsonObject, aggregate
from gatepost.plan.rows import Members, PageBounds, RowCompiler
from gatepost.plan.selection import Operation, Selected
from gatepost.plan.sources import Condition, Source
from gatepost.plan.values import Leaf, Value
from gatepost.plan.values import constant as constant_leaf
from gatepost.schema.changes import ColumnInput, Given, Kind, Write
from gatepost.schema.meaning import PayloadPart, meaning_of
from gatepost.schema.codecs import Codec

LEFT = "gatepost.returned"
"""The setting that holds, within its transaction, what finds the written rows again."""
_SET = "s"  # the CTE that sets the claims; it has a row where the write is to happen
_WRITTEN = "w"  # the CTE that writes; it has a row for each row written


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
        given = self.compiler.arguments(field)["input"]
        assert isinstance(given, dict)
        self.given = given
        inputs = get_named_type(field.definition.args["input"].type)
        assert isinstance(inputs, GraphQLInputObjectType)
        self.inputs = inputs.fields
        relation = meaning.relation
        self.table = sa.table(
            quoted_name(relation.name, True),
            *(sa.column(quoted_name(column.name, True)) for column in relation.columns),
            schema=quoted_name(relation.schema, True),
        )

    def statement(self) -> Statement:
        """The statement, which first sets the claims, in a CTE that has no row where nothing is to be done."""
        parameters = self.compiler.parameters
        setting = sa.select(sa.func.set_config(constant(CLAIMS), parameters.claims, sa.true()).label("c"))
        setting = setting.where(sa.func.current_user() == parameters.role)
        if self.runs == 2:
            setting = setting.where(parameters.run == number(1))
        claims = setting.cte(_SET)
        written = self._written(claims).cte(_WRITTEN)
        counted = sa.select(sa.func.count()).select_from(written).scalar_subquery()
        refusals = self._refusals(counted)
        if self.runs == 1:
            row = self._before(written) if self.reads_rows else sa.null()
            answer: Condition = self._payload(row, counted)
            if refusals:
                refused = sa.cast(sa.func.set_config(sa.case(*refusals), constant(""), sa.true()), sa.JSON())
                answer = sa.case((sa.or_(*(condition for condition, _ in refusals)), refused), else_=answer)
            return Statement(*parameters.compile(_gated(answer, claims).add_cte(claims, written)))
        left = sa.func.json_build_object(constant("count"), counted, constant("rows"), self._left(written))
        name = sa.case(*refusals, else_=constant(LEFT)) if refusals else constant(LEFT)
        setting_left = sa.func.set_config(name, sa.cast(left, sa.Text()), sa.true())
        # Never answers anything; it is there so that the setting is made.
        nothing = sa.case((setting_left.is_(sa.null()), sa.cast(constant("null"), sa.JSON())))
        second = wrapped(parameters, sa.select(self._later().label("d")), parameters.run == number(2))
        return Statement(*parameters.compile(sa.union_all(_gated(nothing, claims), second).add_cte(claims, written)), runs=2)

    def _written(self, claims: sa.CTE) -> ReturningInsert[Any] | ReturningUpdate[Any] | ReturningDelete[Any]:
        """The INSERT, UPDATE or DELETE, which does nothing where `claims` has no row."""
        if self.meaning.kind is Kind.CREATE:
            names, values = self._columns(Given.ROW)
            rows = sa.select(*values).select_from(claims).where(Reference(_SET, "c").is_not(sa.null()))
            insert = sa.insert(self.table).from_select([self.table.c[name] for name in names], rows)
            return insert.returning(*self._returned(lambda name: self.table.c[name]))
        alias = self.compiler.aliases.fresh("t")
        frame = Frame(alias, direct=True)
        # A condition without columns is checked before the rows, and their policies, are looked at.
        gate = sa.select(Reference(_SET, "c")).select_from(claims).scalar_subquery().is_not(sa.null())
        conditions = [*self._found(frame), gate]
        target = self.table.alias(alias)
        assert isinstance(target, sa.Alias)
        if self.meaning.kind is Kind.DELETE:
            return sa.delete(target).where(*conditions).returning(*self._returned(frame.column))
        names, values = self._columns(Given.PATCH)
        changes = {target.c[name]: value for name, value in zip(names, values, strict=True)}
        return sa.update(target).values(changes).where(*conditions).returning(*self._returned(frame.column))

    def _columns(self, given: Given) -> tuple[list[str], list[Condition]]:
        """The columns that the input gives values for, and these. Raises BadInput where there are none."""
        name, field = next((name, field) for name, field in self.inputs.items() if meaning_of(field) is given)
        type_, values = get_named_type(field.type), self.given[name]
        assert isinstance(type_, GraphQLInputObjectType)
        assert isinstance(values, dict)
        if not values:
            raise BadInput(f"`{name}` is empty: give at least one value.")
        names, found = [], []
        for key, value in values.items():
            meaning = meaning_of(type_.fields[key])
            assert isinstance(meaning, ColumnInput)
            names.append(meaning.column.name)
            found.append(self._value(value, meaning.codec))
        return names, found

    def _value(self, value: Value, codec: Codec) -> Condition:
        if value is None:
            return sa.cast(sa.null(), sql_type(codec))
        return self.compiler.parameters.value(_leaf(value).bind, codec, exact=True)

    def _found(self, frame: Frame) -> list[Condition]:
        """What the rows to update or delete meet."""
        return [
            frame.column(column.name) == self.compiler.parameters.value(_leaf(self.given[name]).bind, codec)
            for name, column, codec in self.meaning.key
        ]

    def _returned(self, column: Callable[[str], Condition]) -> list[Condition]:
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
        return []

    def _left(self, written: sa.CTE) -> Condition:
        """What the second run finds the written rows by, as JSON."""
        if not self.reads_rows:
            return sa.null()
        if self.meaning.kind is Kind.DELETE:
            return self._before(written)
        if not self.meaning.identity:
            texts = sa.cast(sa.func.array_agg(WholeRow(_WRITTEN)), sa.Text())
            return sa.select(texts).select_from(written).scalar_subquery()
        keys = [sa.cast(Reference(_WRITTEN, f"k{place}"), sa.Text()) for place in range(len(self.meaning.identity))]
        return sa.select(aggregate(sa.func.json_build_array(*keys))).select_from(written).scalar_subquery()

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
        row: Condition = sa.null()
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
            return Source(source.frame, table.join(from_, sa.and_(*on)), [])
        return Source(source.frame, from_, on)

    def _read(self, source: Source) -> Condition:
        """What the payload asks of the rows of a source, as JSON."""
        part = next(part for part in self.selected if _part(part) is PayloadPart.RESULT)
        type_, selected = self.compiler.of(part)
        members = self.compiler.object(type_, selected, source.frame)
        return self.compiler.one(members, source.from_, *source.conditions)

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


def _leaf(value: Value) -> Leaf:
    return value if isinstance(value, Leaf) else constant_leaf(value)


def _extract_text(json: Condition, *path: str) -> Condition:
    return sa.func.json_extract_path_text(json, *(constant(step) for step in path))
