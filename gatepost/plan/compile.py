"""Statements: all root fields of a query are one, and so is each field of a mutation (see `mutations.py`).

Each statement sets the caller's claims itself, before anything below it runs: the lateral subselect depends on the
result of `set_config`. `$1` is always the claims, `$2` the role: where the session's is another, nothing runs and no
row is answered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from graphql import GraphQLObjectType

from gatepost.errors import GatepostError
from gatepost.plan.elements import Binder, Parameters, Reference, Variables, constant
from gatepost.plan.rows import PageBounds, RowCompiler
from gatepost.plan.select import Select, select
from gatepost.plan.selection import Operation, Place, Selected, locate
from gatepost.plan.sources import Condition
from gatepost.plan.values import Leaf
from gatepost.plan.violations import Touched
from gatepost.schema.deep import deep
from gatepost.schema.meaning import (
    KeyField,
)

CLAIMS = "request.jwt.claims"


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of one row and one column, and what gives the parameters after the fixed ones their values.

    `$1` is the caller's claims, `$2` the role. It answers no row, and does nothing, in a session of another role. With
    `runs` 2 it is to be executed twice at once, `$3` being 1 and then 2, and the second row is the answer. Where it is
    not allowed, `unread` is to be run instead: it does the same, and answers without the row. `touched` tells which
    fields of a mutation's input a broken constraint is about, `places` for which field of the operation each parameter
    is.
    """

    sql: str
    binders: tuple[Binder, ...]
    places: tuple[Place | None, ...]
    runs: int = 1
    unread: Statement | None = None
    touched: tuple[Touched, ...] = ()

    def bind(self, variables: Variables) -> list[object]:
        """The values of the parameters. Raises BadInput, with its place, for one that is out of bounds."""
        try:
            return [bind(variables) for bind in self.binders]
        except GatepostError:
            for bind, place in zip(self.binders, self.places, strict=True):
                try:
                    bind(variables)
                except GatepostError as error:
                    if place is not None:
                        locate(error, place)
                    raise
            raise


def with_room(operation: Operation, work: Callable[[], Statement]) -> Statement:
    """Compiles; SQLAlchemy recurses some thirty frames a level of the statement, for which few operations need room."""
    selected = operation.selected
    try:
        return work()
    except RecursionError:
        operation.selected = selected
        return deep(work)


def query(operation: Operation, selected: list[Selected], bounds: PageBounds) -> Statement:
    """All these root fields of a query as one statement, which answers their JSON object."""
    return with_room(operation, lambda: _query(operation, selected, bounds))


def _query(operation: Operation, selected: list[Selected], bounds: PageBounds) -> Statement:
    compiler = RowCompiler(operation, bounds)
    type_ = operation.schema.query_type
    assert type_ is not None
    value = compiler.one(compiler.object(type_, selected, None), None)
    return _statement(compiler.parameters, select(value.label("d")))


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
    value = compiler.one(members, source.from_, *source.conditions, several=key.rows.relation.inherited)
    return _statement(compiler.parameters, select(value.label("d")))


def wrapped(
    parameters: Parameters, answer: Select | sa.Select[Any], condition: Condition | None = None
) -> sa.Select[Any]:
    """Puts the claims and the role before an answer, `d`: nothing of it runs before the claims are set.

    Nor does anything run where the session is under another role, or where `condition` fails.
    """
    setting = select(sa.func.set_config(constant(CLAIMS), parameters.claims, sa.true()).label("c"))
    setting = setting.where(sa.func.current_user() == parameters.role)
    if condition is not None:
        setting = setting.where(condition)
    zero: sa.ColumnElement[int] = sa.literal_column("0")  # keeps the planner from merging the subselects
    answered = answer.where(Reference("s", "c").is_not(sa.null())).offset(zero).lateral("q")
    return sa.select(Reference("q", "d").label("d")).select_from(
        setting.offset(zero).subquery("s").join(answered, sa.true())
    )


def _statement(parameters: Parameters, answer: Select) -> Statement:
    return Statement(*parameters.compile(wrapped(parameters, answer)))
