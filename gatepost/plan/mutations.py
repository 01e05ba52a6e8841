"""Mutations: a function's call, and the payload read after it, in one round trip.

A payload may read more than the function returned, and has to see what it wrote. A statement sees nothing that a
function wrote while it ran, so the payload needs a statement of its own. Both are branches of one statement that is
executed twice at once, with `run` 1 and 2, in one implicit transaction (Postgres manual, 55.2.3): the first calls the
function and leaves what it returned in a setting of the transaction, the second reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from graphql import GraphQLObjectType, get_named_type

from gatepost.plan.compile import Statement, with_room, wrapped
from gatepost.plan.elements import Reference, SqlType, Subscript, constant, number, sql_type
from gatepost.plan.frame import Frame
from gatepost.plan.output import JsonObject, aggregate
from gatepost.plan.rows import Members, PageBounds, RowCompiler
from gatepost.plan.selection import Operation, Selected
from gatepost.plan.sources import Condition, Source
from gatepost.plan.structures import value_as_json
from gatepost.plan.writes import write
from gatepost.schema.changes import Write
from gatepost.schema.codecs import Codec
from gatepost.schema.meaning import (
    ColumnField,
    ListField,
    MutationField,
    NodeIdField,
    PayloadPart,
    RowField,
    ValueField,
    meaning_of,
)

RETURNED = "gatepost.returned_{}"
"""The setting that holds, within its transaction, what the call of one function returned.

The planner looks into it, and would stumble over what another function, of an earlier field, left there.
"""


def mutation(operation: Operation, field: Selected, bounds: PageBounds) -> Statement:
    """One field of a mutation as a statement that answers its JSON; `runs` says whether once or twice at once."""
    return with_room(operation, lambda: _mutation(operation, field, bounds))


def _mutation(operation: Operation, field: Selected, bounds: PageBounds) -> Statement:
    assert field.definition is not None
    meaning = meaning_of(field.definition)
    if isinstance(meaning, Write):
        return write(operation, field, meaning, bounds)
    assert isinstance(meaning, MutationField)
    payload = get_named_type(field.definition.type)
    assert isinstance(payload, GraphQLObjectType)
    selected = operation.select(payload, field.selection_sets)
    step = _Step(field, meaning, payload, selected)
    compiler = RowCompiler(operation, bounds)
    if all(_returned_alone(operation, part) for part in selected) and not isinstance(meaning.result, ListField):
        return Statement(*compiler.parameters.compile(wrapped(compiler.parameters, _call_and_answer(compiler, step))))
    run = compiler.parameters.run
    both = sa.union_all(
        wrapped(compiler.parameters, _call(compiler, step), run == number(1)),
        wrapped(compiler.parameters, _payload(compiler, step), run == number(2)),
    )
    return Statement(*compiler.parameters.compile(both), runs=2)


@dataclass(frozen=True, slots=True)
class _Step:
    field: Selected
    meaning: MutationField
    payload: GraphQLObjectType
    selected: list[Selected]

    @property
    def left(self) -> Condition:
        """The name of the setting."""
        return constant(RETURNED.format(self.meaning.call.function.oid))

    @property
    def returns_set(self) -> bool:
        return self.meaning.call.function.returns_set

    def function(self, compiler: RowCompiler) -> Any:
        values = compiler.arguments(self.field).get("input")
        return compiler.sources.call(self.meaning.call, None, values if isinstance(values, dict) else {})


def _returned_alone(operation: Operation, part: Selected) -> bool:
    """Whether this part of a payload needs nothing but what the function returned."""
    if part.definition is None:
        return True
    if meaning_of(part.definition) is not PayloadPart.RESULT:
        return False
    type_ = get_named_type(part.definition.type)
    if not isinstance(type_, GraphQLObjectType):
        return True
    fields = operation.select(type_, part.selection_sets)
    return all(
        field.definition is None or isinstance(meaning_of(field.definition), ColumnField | NodeIdField)
        for field in fields
    )


def _call_and_answer(compiler: RowCompiler, step: _Step) -> sa.Select[Any]:
    """The call, and the payload from what it returned: the function stands once in FROM, and runs once."""
    function, alias = step.function(compiler), compiler.aliases.fresh("t")
    frame = Frame(alias, direct=True)
    from_: sa.FromClause
    if isinstance(step.meaning.result, ValueField):
        from_ = compiler.sources.values(function, step.meaning.result.codec, alias)
    else:
        from_ = function.alias(alias)
    if step.returns_set and all(part.definition is None for part in step.selected):
        from_ = sa.select(sa.func.count().label("v")).select_from(from_).subquery(alias)
    members = Members(JsonObject(), [])
    for part in step.selected:
        if part.definition is None:
            members.json.add(part.key, constant(step.payload.name))
        elif isinstance(step.meaning.result, ValueField):
            value = value_as_json(compiler, Reference(alias, "v"), step.meaning.result.codec, part)
            members.json.add(part.key, aggregate(value) if step.returns_set else value)
        else:
            type_, selected = compiler.of(part)
            row = compiler.object(type_, selected, frame)
            members.json.add(part.key, compiler.one(row, None, compiler.sources.exists_row(frame)))
    inner = compiler.aliases.fresh("o")
    answer = members.select(from_).subquery(inner)
    return sa.select(members.json.read(inner).label("d")).select_from(answer)


def _call(compiler: RowCompiler, step: _Step) -> sa.Select[Any]:
    """The call alone, whose rows or values are left in a setting."""
    function, alias = step.function(compiler), compiler.aliases.fresh("t")
    result = step.meaning.result
    conditions: list[Condition] = []
    value: Condition
    from_: sa.FromClause
    if isinstance(result, RowField | ListField):
        from_ = function.alias(alias)
        value = compiler.sources.left(result.rows, alias)
        if isinstance(result, RowField) or compiler.sources.never_null(result.rows):
            conditions = [compiler.sources.exists_row(Frame(alias, direct=True))]
    else:
        if result is not None:
            from_ = compiler.sources.values(function, result.codec, alias)
        else:
            from_ = function.table_valued(sa.column("v")).render_derived(name=alias)
        value = sa.cast(Reference(alias, "v"), sa.Text())
    all_ = sa.cast(sa.func.array_agg(value), sa.Text())
    left = sa.func.set_config(step.left, sa.func.coalesce(all_, constant("{}")), sa.true())
    # Never answers anything; it is there so that the setting is made.
    nothing = sa.case((left.is_(sa.null()), sa.cast(constant("null"), sa.JSON())))
    return sa.select(nothing.label("d")).select_from(from_).where(*conditions)


def _payload(compiler: RowCompiler, step: _Step) -> sa.Select[Any]:
    """The payload, read after the call by an execution of its own, which sees what the call wrote."""
    # The planner may look before there is anything; '' is what a setting falls back to.
    setting = sa.func.nullif(sa.func.current_setting(step.left, sa.true()), constant(""))
    result = step.meaning.result
    members = Members(JsonObject(), [])
    for part in step.selected:
        if part.definition is None:
            members.json.add(part.key, constant(step.payload.name))
        elif meaning_of(part.definition) is PayloadPart.QUERY:
            type_, selected = compiler.of(part)
            members.json.add(part.key, compiler.one(compiler.object(type_, selected, None), None))
        elif isinstance(result, RowField | ListField):
            source = compiler.sources.returned(result.rows, setting)
            members.json.add(part.key, _rows(compiler, part, source, isinstance(result, ListField)))
        elif result is not None:
            texts = sa.cast(setting, SqlType("pg_catalog", "text", 1))
            members.json.add(part.key, _values(compiler, step, part, texts, result.codec))
    return sa.select(compiler.one(members, None).label("d"))


def _values(compiler: RowCompiler, step: _Step, part: Selected, texts: Condition, codec: Codec) -> Condition:
    """The value that a function returned, or all of a set, from their text forms."""
    type_ = sql_type(codec)
    if not step.returns_set:
        return value_as_json(compiler, sa.cast(Subscript(texts, [number(1)]), type_), codec, part)
    alias = compiler.aliases.fresh("v")
    values = sa.select(sa.func.unnest(texts).label("v")).subquery(alias)
    value = value_as_json(compiler, sa.cast(Reference(alias, "v"), type_), codec, part)
    return sa.select(aggregate(value)).select_from(values).scalar_subquery()


def _rows(compiler: RowCompiler, part: Selected, source: Source, many: bool) -> Condition:
    type_, selected = compiler.of(part)
    members = compiler.object(type_, selected, source.frame)
    if not many:
        return compiler.one(members, source.from_)
    alias = compiler.aliases.fresh("o")
    rows = members.select(source.from_).subquery(alias)
    return sa.select(aggregate(members.json.read(alias))).select_from(rows).scalar_subquery()
