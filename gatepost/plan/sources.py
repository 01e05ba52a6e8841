"""Where rows come from, as FROM clauses and conditions: tables, joins, ways through junction tables, functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import quoted_name
from sqlalchemy.sql.functions import Function as SqlFunction

from gatepost.catalog import Relation
from gatepost.errors import BadInput
from gatepost.plan.elements import (
    FirstOf,
    NamedArgument,
    Parameters,
    Reference,
    SqlType,
    Subscript,
    Variadic,
    WholeRow,
    call,
    number,
    sql_type,
    table,
)
from gatepost.plan.frame import Across, Aliases, Frame
from gatepost.plan.select import Select, select
from gatepost.plan.values import Leaf, Value, constant
from gatepost.schema.codecs import Codec
from gatepost.schema.meaning import Body, Call, Join, KeyField, Parameter, Rows, Through

Condition = sa.ColumnElement[Any]
Hints = Mapping[str, Condition]
_NONE: Hints = {}
_COLLATED = frozenset(("pg_catalog", name) for name in ("text", "varchar", "bpchar"))


@dataclass(slots=True)
class Source:
    """Rows under an alias: what to select from, and the conditions that tie them to the row at hand."""

    frame: Frame
    from_: sa.FromClause
    conditions: list[Condition]


class Sources:
    """Makes the sources of one statement."""

    def __init__(self, parameters: Parameters, aliases: Aliases) -> None:
        self.parameters = parameters
        self.aliases = aliases

    def rows(self, rows: Rows, parent: Frame | None, values: dict[str, Value], hints: Hints = _NONE) -> Source:
        """The source of `rows`, tied to the row at hand in `parent`.

        `values`: the arguments of a function; `hints`: what it is told of the page, by the names of its own arguments.
        """
        alias = self.aliases.fresh("t")
        frame = Frame(alias, direct=True)
        if rows.call is not None:
            return Source(frame, self.call(rows.call, parent, values, hints).alias(alias), self._real(rows, frame))
        from_ = table(rows.relation.schema, rows.relation.name, alias)
        conditions: list[Condition] = []
        if rows.join is not None and parent is not None:
            conditions = self._joined(rows.join, parent, frame)
        elif rows.through is not None and parent is not None:
            junction = Frame(self.aliases.fresh("t"), direct=True)
            way = rows.through
            on = sa.and_(*self._joined(way.far, junction, frame))
            from_ = table(way.junction.schema, way.junction.name, junction.alias).join(from_, on)
            conditions = self._joined(way.near, parent, junction)
            frame = Across(alias, junction, self._alike(rows.relation, way))
        return Source(frame, from_, conditions)

    @staticmethod
    def never_null(rows: Rows) -> bool:
        """Whether a row of nulls, which a function may return, is none of these: they are a table's."""
        return rows.relation.kind in ("r", "p") and any(column.not_null for column in rows.relation.columns)

    @staticmethod
    def _real(rows: Rows, frame: Frame) -> list[Condition]:
        """What keeps rows of nulls from those of a table, of which a function that is no SELECT may return some."""
        if rows.call is None or rows.call.paging is not None or rows.call.function.language == "sql":
            return []
        return [Sources.exists_row(frame)] if rows.call.function.returns_set and Sources.never_null(rows) else []

    @staticmethod
    def _alike(relation: Relation, way: Through) -> dict[str, str]:
        """The columns of the far key that equal those of the junction table to the letter, and these."""
        pairs = zip(way.far.there, way.far.here, strict=True)
        columns = [(relation.by_name[there], way.junction.by_name[here]) for there, here in pairs]
        return {there.name: here.name for there, here in columns if there.type == here.type and there.deterministic}

    def by_key(self, key: KeyField, values: dict[str, Value]) -> Source:
        """The source of the row with this key."""
        source = self.rows(key.rows, None, {})
        for name, column, codec in key.columns:
            value = values[name]
            leaf = value if isinstance(value, Leaf) else constant(value)
            source.conditions.append(source.frame.column(column.name) == self.parameters.value(leaf.bind, codec))
        return source

    @staticmethod
    def _joined(join: Join, here: Frame, there: Frame) -> list[Condition]:
        return [there.column(b) == here.column(a) for a, b in zip(join.here, join.there, strict=True)]

    def call(
        self, called: Call, parent: Frame | None, values: dict[str, Value], hints: Hints = _NONE
    ) -> SqlFunction[Any]:
        """A call of a function; an argument that is absent takes its default in SQL, and a hint is null.

        Raises BadInput where one is absent before one that has to come at its place, and so cannot be passed over.
        """
        arguments: list[Condition] = []
        if called.on_row and parent is not None:
            arguments.append(parent.row())
        given = [parameter for parameter in called.parameters if parameter.name in values]
        by_place = max((place for place, item in enumerate(given, 1) if not item.argument.name), default=0)
        if called.function.by_place or any(item.argument.mode == "v" for item in called.parameters):
            by_place = len(given)  # named notation gives a variadic function no defaults
        if [item.name for item in given[:by_place]] != [item.name for item in called.parameters[:by_place]]:
            raise BadInput(f"`{given[by_place - 1].name}` can be given only with all arguments that come before it.")
        for place, parameter in enumerate(given):
            value = self._argument(parameter, values[parameter.name])
            if place >= by_place:
                value = NamedArgument(parameter.argument.name, value)
            arguments.append(Variadic(value) if parameter.argument.mode == "v" else value)
        for parameter in called.paging.parameters if called.paging is not None else ():
            name = parameter.argument.name
            arguments.append(NamedArgument(name, hints.get(name, self._argument(parameter, None))))
        return call(called.function.schema, called.function.name, *arguments)

    def _argument(self, parameter: Parameter, value: Value) -> Condition:
        if value is None:
            return sa.cast(sa.null(), sql_type(parameter.codec))
        if parameter.key is not None:
            assert isinstance(value, dict)
            found = self.by_key(parameter.key, value)
            return select(found.frame.selected_row()).select_from(found.from_).where(*found.conditions)
        leaf = value if isinstance(value, Leaf) else constant(value)
        return self.parameters.value(leaf.bind, parameter.codec, exact=True)

    @staticmethod
    def values(function: SqlFunction[Any], codec: Codec, alias: str) -> sa.FromClause:
        """What a function of values gives, as the column `v` of an alias."""
        if codec.composite:  # in FROM its attributes would be columns (Postgres manual, 7.2.1.4)
            return select(function.label("v")).offset(number(0)).subquery(alias)
        return function.table_valued(sa.column("v")).render_derived(name=alias)

    def returned(self, rows: Rows, texts: Condition) -> Source:
        """The rows that a function returned before, given as the text forms of its row type."""
        alias = self.aliases.fresh("t")
        if rows.record:
            return Source(Frame(alias, direct=True), self._records(rows, texts).subquery(alias), [])
        type_ = SqlType(rows.relation.schema, rows.relation.name, 1)
        return Source(Frame(alias, direct=True), sa.func.unnest(sa.cast(texts, type_)).alias(alias), [])

    @staticmethod
    def left(rows: Rows, alias: str) -> Condition:
        """A row under an alias so that `returned` reads it, when all of them are put into an array."""
        if not rows.record:
            return WholeRow(alias)
        return postgresql.array([sa.cast(Reference(alias, name), sa.Text()) for name, _ in rows.record])

    def _records(self, rows: Rows, texts: Condition) -> Select:
        """Rows of which each is an array of its columns' text forms."""
        all_, place = self.aliases.fresh("v"), self.aliases.fresh("n")
        array = select(sa.cast(texts, postgresql.ARRAY(sa.Text())).label("v")).offset(number(0)).subquery(all_)
        places = sa.func.generate_subscripts(Reference(all_, "v"), number(1)).table_valued(sa.column("n"))
        columns = (
            sa.cast(Subscript(Reference(all_, "v"), [Reference(place, "n"), number(column)]), sql_type(codec)).label(
                quoted_name(name, True)
            )
            for column, (name, codec) in enumerate(rows.record, start=1)
        )
        return select(*columns).select_from(array.join(places.render_derived(name=place), sa.true()))

    @staticmethod
    def exists_row(frame: Frame) -> Condition:
        """For a function that returns one row: not the row of nulls that stands for none."""
        # `is not null` would want every column to be so (Postgres manual, 9.2).
        return WholeRow(frame.alias).is_(sa.null()).is_not(sa.true())

    def value(self, called: Call, parent: Frame | None, values: dict[str, Value], codec: Codec) -> Condition:
        """What a function of one value, of this codec, gives, as an expression."""
        if called.body is not None and parent is not None:
            return self._in_place(called.body, parent)
        function = self.call(called, parent, values)
        if not called.function.returns_set:
            return function
        alias = self.aliases.fresh("f")
        from_ = self.values(function, codec, alias)
        # `rows 1` is what the function's author expects, and no promise.
        return select(Reference(alias, "v")).select_from(from_).limit(number(1))

    @staticmethod
    def _in_place(body: Body, parent: Frame) -> Condition:
        """A function's body in place of its call: as of the function, its first row's value, or null."""
        columns = (parent.column(name).label(quoted_name(name, True)) for name in body.columns)
        row = select(*columns).subquery(quoted_name(body.row, True))
        value: Condition = sa.cast(FirstOf(body), sql_type(body.codec))
        if body.codec.sql in _COLLATED:
            value = sa.collate(value, "default")
        return select(value).select_from(row)
