"""Statements: all root fields of a query are one, and so is each field of a mutation (see `mutations.py`).

Each statement sets the caller's claims itself, before anything below it runs: the lateral subselect depends on the
result of `set_config`. `$1` is always the claims, `$2` the role: where the session's is another, nothing runs and no
row is answered.
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
_CALLER_PARAMETERS = ("claims", "role")


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of one row and one column, and what gives $3, $4, ... their values.

    `$1` is the caller's claims, `$2` the role. It answers no row, and does nothing, in a session of another role.
    """

    sql: str
    binders: tuple[Binder, ...]


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


def wrapped(parameters: Parameters, answer: sa.Select[Any], condition: Condition | None = None) -> sa.Select[Any]:
    """Puts the claims before an answer, `d`: nothing of it runs before they are set, nor where `condition` fails."""
    setting = sa.select(sa.func.set_config(constant(CLAIMS), parameters.claims, sa.true()).label("c"))
    if condition is not None:
        setting = setting.where(condition)
    zero: sa.ColumnElement[int] = sa.literal_column("0")  # keeps the planner from merging the subselects
    answered = answer.where(Reference("s", "c").is_not(sa.null())).offset(zero).lateral("q")
    return sa.select(Reference("q", "d").label("d")).select_from(
        setting.offset(zero).subquery("s").join(answered, sa.true())
    )


def _statement(parameters: Parameters, answer: sa.Select[Any]) -> Statement:
    return Statement(*parameters.compile(wrapped(parameters, answer)))
