"""An operation as statements: a query is one, a mutation one or two for each of its fields.

Each statement sets the caller's claims itself, before anything below it runs: the lateral subselect depends on the
result of `set_config`. `$1` is always the claims.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from graphql import GraphQLObjectType, get_named_type
from sqlalchemy.dialects.postgresql import ARRAY

from gatepost.plan.elements import Binder, Parameters, Reference, WholeRow, constant
from gatepost.plan.frame import Frame
from gatepost.plan.output import JsonObject, aggregate, as_json
from gatepost.plan.rows import Members, PageBounds, RowCompiler
from gatepost.plan.selection import Operation, Selected
from gatepost.plan.sources import Condition, Source
from gatepost.plan.values import Leaf
from gatepost.schema.meaning import (
    ColumnField,
    KeyField,
    ListField,
    MutationField,
    NodeIdField,
    PayloadPart,
    RowField,
    ValueField,
    meaning_of,
)

CLAIMS = "request.jwt.claims"
RETURNED = "(returned)"
"""The name under which a payload's binders find what the call answered; no GraphQL variable can have it."""
_CLAIMS_PARAMETER = "claims"


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of one row and one column, and what gives $2, $3, ... their values. `$1` is the caller's claims."""

    sql: str
    binders: tuple[Binder, ...]


@dataclass(frozen=True, slots=True)
class MutationStep:
    """One field of a mutation.

    `call` runs the function. Without a `payload` its answer is the field's JSON; else it answers the returned rows as
    texts, an array that `payload` takes as $2, and `payload` answers the JSON.
    """

    key: str
    call: Statement
    payload: Statement | None


def query(operation: Operation, selected: list[Selected], bounds: PageBounds) -> Statement:
    """All these root fields of a query as one statement, which answers their JSON object."""
    compiler = RowCompiler(operation, bounds)
    type_ = operation.schema.query_type
    assert type_ is not None
    value = compiler.one(compiler.object(type_, selected, None), None)
    return _statement(compiler.parameters, sa.select(value.label("d")))


def row(
    operation: Operation,
    type_: GraphQLObjectType,
    field: Selected,
    key: KeyField,
    values: dict[str, Leaf],
    bounds: PageBounds,
) -> Statement:
    """The selection of one row, found by its key: what a hand-written field refers to. Null where there is none."""
    compiler = RowCompiler(operation, bounds)
    source = compiler.sources.rows(key.rows, None, {})
    for name, column, codec in key.columns:
        leaf = values[name]
        source.conditions.append(source.frame.column(column.name) == compiler.parameters.text(leaf.bind, codec))
    members = compiler.object(type_, operation.select(type_, field.selection_sets), source.frame)
    value = compiler.one(members, source.from_, *source.conditions)
    return _statement(compiler.parameters, sa.select(value.label("d")))


def mutation_step(operation: Operation, field: Selected, bounds: PageBounds) -> MutationStep:
    """A field of a mutation: its call and, where the payload reads more than that returned, a second statement."""
    assert field.definition is not None
    meaning = meaning_of(field.definition)
    assert isinstance(meaning, MutationField)
    payload = get_named_type(field.definition.type)
    assert isinstance(payload, GraphQLObjectType)
    selected = operation.select(payload, field.selection_sets)
    step = _Step(field, meaning, payload, selected)
    if all(_returned_alone(operation, part) for part in selected) and not isinstance(meaning.result, ListField):
        return MutationStep(field.key, _call_and_answer(RowCompiler(operation, bounds), step), None)
    return MutationStep(
        field.key,
        _call(RowCompiler(operation, bounds), step),
        _payload(RowCompiler(operation, bounds), step),
    )


@dataclass(frozen=True, slots=True)
class _Step:
    field: Selected
    meaning: MutationField
    payload: GraphQLObjectType
    selected: list[Selected]

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


def _call_and_answer(compiler: RowCompiler, step: _Step) -> Statement:
    """The call, and the payload from what it returned: the function stands once in FROM, and runs once."""
    function, alias = step.function(compiler), compiler.aliases.fresh("t")
    frame = Frame(alias, direct=True)
    from_: sa.FromClause
    if isinstance(step.meaning.result, ValueField):
        from_ = function.table_valued(sa.column("v")).render_derived(name=alias)
        if step.meaning.call.function.returns_set:
            value = aggregate(as_json(Reference(alias, "v"), step.meaning.result.codec))
            from_ = sa.select(value.label("v")).select_from(from_).subquery(alias)
    else:
        from_ = function.alias(alias)
    members = Members(JsonObject(), [])
    for part in step.selected:
        if part.definition is None:
            members.json.add(part.key, constant(step.payload.name))
        elif isinstance(step.meaning.result, ValueField):
            value = Reference(alias, "v")
            set_ = step.meaning.call.function.returns_set
            members.json.add(part.key, value if set_ else as_json(value, step.meaning.result.codec))
        else:
            type_, selected = compiler.of(part)
            row = compiler.object(type_, selected, frame)
            members.json.add(part.key, compiler.one(row, None, compiler.sources.exists_row(frame)))
    inner = compiler.aliases.fresh("o")
    answer = members.select(from_).subquery(inner)
    return _statement(compiler.parameters, sa.select(members.json.read(inner).label("d")).select_from(answer))


def _call(compiler: RowCompiler, step: _Step) -> Statement:
    """The call alone; it answers the rows, or the value as JSON, in their text forms."""
    function, alias = step.function(compiler), compiler.aliases.fresh("t")
    result = step.meaning.result
    conditions: list[Condition] = []
    value: Condition
    from_: sa.FromClause
    if isinstance(result, RowField | ListField):
        from_ = function.alias(alias)
        value = WholeRow(alias)
        if isinstance(result, RowField):
            conditions = [compiler.sources.exists_row(Frame(alias, direct=True))]
    else:
        from_ = function.table_valued(sa.column("v")).render_derived(name=alias)
        value = Reference(alias, "v")
        if result is not None:
            json = as_json(value, result.codec)
            value = aggregate(json) if step.meaning.call.function.returns_set else sa.func.to_json(json)
            from_ = sa.select(value.label("v")).select_from(from_).subquery(alias)
            value = Reference(alias, "v")
    texts = sa.func.array_agg(sa.cast(value, sa.Text()))
    return _statement(compiler.parameters, sa.select(texts.label("d")).select_from(from_).where(*conditions))


def _payload(compiler: RowCompiler, step: _Step) -> Statement:
    """The payload, read after the call by a statement of its own, which sees what the call wrote."""
    texts = compiler.parameters.add(itemgetter(RETURNED), ARRAY(sa.Text()))
    members = Members(JsonObject(), [])
    for part in step.selected:
        if part.definition is None:
            members.json.add(part.key, constant(step.payload.name))
        elif meaning_of(part.definition) is PayloadPart.QUERY:
            type_, selected = compiler.of(part)
            members.json.add(part.key, compiler.one(compiler.object(type_, selected, None), None))
        elif isinstance(step.meaning.result, RowField | ListField):
            source = compiler.sources.returned(step.meaning.result.rows, texts)
            members.json.add(part.key, _rows(compiler, part, source, isinstance(step.meaning.result, ListField)))
        else:
            members.json.add(part.key, sa.cast(sa.func.array_to_string(texts, constant("")), sa.JSON()))
    return _statement(compiler.parameters, sa.select(compiler.one(members, None).label("d")))


def _rows(compiler: RowCompiler, part: Selected, source: Source, many: bool) -> Condition:
    type_, selected = compiler.of(part)
    members = compiler.object(type_, selected, source.frame)
    if not many:
        return compiler.one(members, source.from_)
    alias = compiler.aliases.fresh("o")
    rows = members.select(source.from_).subquery(alias)
    return sa.select(aggregate(members.json.read(alias))).select_from(rows).scalar_subquery()


def _statement(parameters: Parameters, answer: sa.Select[Any]) -> Statement:
    """Puts the claims before an answer, `d`: the planner cannot run it before they are set."""
    claims = sa.bindparam(_CLAIMS_PARAMETER, None, type_=sa.Text())
    set_ = sa.func.set_config(constant(CLAIMS), claims, sa.true()).label("c")
    zero: sa.ColumnElement[int] = sa.literal_column("0")
    setting = sa.select(set_).offset(zero).subquery("s")
    answered = answer.where(Reference("s", "c").is_not(sa.null())).offset(zero).lateral("q")
    statement = sa.select(Reference("q", "d")).select_from(setting.join(answered, sa.true()))
    sql, names = parameters.compile(statement)
    if names[0] != _CLAIMS_PARAMETER:
        raise AssertionError("the claims come first")
    return Statement(sql, tuple(parameters.binder(name) for name in names[1:]))
