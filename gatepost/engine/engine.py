"""Executes operations: graphql-core judges, Postgres answers what is generated, Tartiflette what is hand-written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import FieldNode, GraphQLObjectType, GraphQLSchema, OperationType

from gatepost.auth.caller import Caller, Visit
from gatepost.engine import tartiflette
from gatepost.engine.answer import Answer, failed, joined, members, refused, success, told, without_hints
from gatepost.engine.judge import Judged, Refused
from gatepost.engine.plans import Plan, part_of, plan
from gatepost.engine.roles import RoleSchema, RoleSchemas
from gatepost.errors import BadRequest, GatepostError, Unavailable, Violation
from gatepost.plan import compile as compiler
from gatepost.plan.compile import Statement
from gatepost.plan.cost import check, check_planned
from gatepost.plan.rows import PageBounds
from gatepost.plan.selection import SENT, Operation, Selected, locate
from gatepost.plan.values import constant
from gatepost.plan.violations import explain
from gatepost.settings import Settings
from gatepost.transaction import Database, Transaction, undisturbed
from gatepost.transaction.expected import expected_cost
from gatepost.transaction.failures import is_bad_value, masked, told_of_write

__all__ = ["Answer", "Engine", "RequestContext"]


@dataclass(slots=True)
class RequestContext:
    """Who asks, and how: `read_only` (GET) allows queries alone.

    With `tell_cost` the answer says what the operation may cost.
    """

    caller: Caller
    read_only: bool = False
    response_format: str = "application/json"
    visit: Visit | None = None
    tell_cost: bool = False
    cost: dict[str, int] | None = None
    """What the answer is to say of the cost, once that is known."""


class _StepFailed(Exception):
    def __init__(self, field: Selected) -> None:
        super().__init__(field.key)
        self.field = field


class Engine(tartiflette.Engine):
    """The engine that tartiflette-aiohttp serves; it hands Tartiflette the hand-written fields alone."""

    def __init__(self, roles: RoleSchemas, settings: Settings, database: Database) -> None:
        super().__init__()
        self.roles = roles
        self._made = roles.made
        self._database = database
        self._bounds = PageBounds(settings.default_page_size, settings.max_page_size)
        self._introspection = frozenset(settings.introspection)
        self._most_cost = settings.max_cost
        self._role_costs = settings.role_limits
        self._most_planner_cost = settings.max_planner_cost
        self._unlimited = min([self._most_cost, *self._role_costs.values()])
        """What costs no more than this, every role may ask."""

    @property
    def schema(self) -> GraphQLSchema:
        """The schema of all roles together, hand-written part included."""
        return self.roles.schema

    def swap(self, roles: RoleSchemas) -> None:
        """Serves other schemas from the next request on; those that were begun end with the schema that judged them."""
        self.roles, self._made = roles, roles.made

    async def cook(self, *_: Any, **__: Any) -> None:
        """Nothing is left to cook: what is hand-written was cooked when the gateway opened."""

    async def execute(
        self,
        query: str | bytes,
        operation_name: str | None = None,
        context: Any = None,
        variables: dict[str, Any] | None = None,
        initial_value: Any = None,
    ) -> Any:
        """The whole response of one operation, as an `Answer`. Never raises, but for a cancellation."""
        assert isinstance(context, RequestContext)
        try:
            served = self._made.get(context.caller.role) or await self.roles.of(context.caller.role)
            judged = served.judge.judge(str(query), operation_name)
            values = judged.coerce(variables or {})
            shape = judged.shape(values)
            planned: Plan | None = judged.plans.get(shape)
            if planned is None:
                planned = self._plan(served, judged, shape, values, context)
            if planned.cost.most > self._unlimited or context.tell_cost:
                self._weigh(planned, values, context)
            if self._most_planner_cost:
                await self._foresee(planned, values, context.caller)
            if planned.kind is OperationType.MUTATION:
                if context.read_only:
                    raise BadRequest("A mutation cannot be sent by GET.", code="METHOD_NOT_ALLOWED", status=405)
                return await self._mutate(served, judged, planned, values, context)
            if planned.generated_alone:
                return success(await self._read(planned, values, context.caller))
            return await self._mixed_query(served, judged, planned, values, context)
        except Refused as refusal:
            return refused(refusal.errors if self._may_introspect(context.caller) else without_hints(refusal.errors))
        except Unavailable as error:
            return refused([told(error)], error.status)
        except BadRequest as error:
            return refused([told(error)], error.status)
        except GatepostError as error:
            if isinstance(error, Violation):
                explain(error, self._made[context.caller.role].shown)
            return refused([told(error)]) if error.code in _OF_THE_REQUEST else failed([told(error)])
        except Exception as error:
            return failed([told(masked(error))], status=500)

    def _plan(
        self, served: RoleSchema, judged: Judged, shape: object, values: dict[str, Any], context: RequestContext
    ) -> Plan:
        if context.read_only and judged.operation.operation is OperationType.MUTATION:
            raise BadRequest("A mutation cannot be sent by GET.", code="METHOD_NOT_ALLOWED", status=405)
        planned = plan(judged, values, self._bounds, self._limit(context))
        served.judge.keep(judged, shape, planned, planned.size)
        return planned

    def _limit(self, context: RequestContext) -> int:
        return self._role_costs.get(context.caller.role, self._most_cost)

    def _weigh(self, planned: Plan, values: dict[str, Any], context: RequestContext) -> None:
        """Raises BadRequest (TOO_COSTLY) where these variables make an operation cost more than its caller may ask."""
        value, limit = planned.cost.of(values), self._limit(context)
        check(value, limit)
        if context.tell_cost:
            context.cost = {"value": value, "limit": limit}

    async def _foresee(self, planned: Plan, values: dict[str, Any], caller: Caller) -> None:
        """Raises BadRequest (TOO_COSTLY) where the planner of Postgres expects too much of an operation."""
        statements = list(planned.steps.values())
        if planned.statement is not None:
            statements.append(planned.statement)
        expected = 0.0
        for statement in statements:
            try:
                expected += await self._expected_cost(statement, values, caller)
            except GatepostError as error:
                if statement.unread is None or error.code != "FORBIDDEN":
                    raise
                expected += await self._expected_cost(statement.unread, values, caller)
        check_planned(expected, self._most_planner_cost)

    async def _expected_cost(self, statement: Statement, values: dict[str, Any], caller: Caller) -> float:
        arguments = [bind(values) for bind in statement.binders]
        return await expected_cost(
            self._database,
            caller.role,
            caller.claims,
            statement.sql,
            arguments,
            headers=caller.headers,
            runs=statement.runs,
        )

    def _may_introspect(self, caller: Caller) -> bool:
        return "*" in self._introspection or caller.role in self._introspection

    async def _read(self, planned: Plan, values: dict[str, Any], caller: Caller) -> bytes:
        statement = planned.statement
        assert statement is not None
        try:
            arguments = statement.bind(values)
            return await self._database.answer(
                caller.role, caller.claims, statement.sql, arguments, headers=caller.headers
            )
        except GatepostError as error:
            if len(planned.keys) == 1 and not isinstance(error, Unavailable):
                field = planned.selected[planned.keys[0]]
                locate(error, (field, field))
            raise

    async def _mixed_query(
        self, served: RoleSchema, judged: Judged, planned: Plan, values: dict[str, Any], context: RequestContext
    ) -> Answer:
        parts = {key: orjson.dumps(name) for key, name in planned.typenames.items()}
        errors: list[dict[str, Any]] = []
        if planned.introspection:
            if not self._may_introspect(context.caller):
                raise BadRequest("Introspection is off for this role.", code="INTROSPECTION_OFF")
            query, name = judged.text, judged.operation.name
            parts |= await served.introspection.answer(
                query,
                name.value if name else None,
                lambda: part_of(judged, planned.introspection)[0],
                values[SENT],
            )
        if planned.statement is not None:
            parts |= members(await self._read(planned, values, context.caller))
        if planned.handwritten:
            if planned.statement is None:
                await self._database.check(context.caller.role, context.caller.claims, context.caller.headers)
            data, errors = await self._resolve(served, judged, planned.handwritten, values, context)
            if data is None:
                return failed(errors)
            parts |= {key: orjson.dumps(value) for key, value in data.items()}
        body = joined(planned.keys, parts)
        return failed(errors, body) if errors else success(body)

    async def _resolve(
        self,
        served: RoleSchema,
        judged: Judged,
        fields: tuple[Selected, ...],
        values: dict[str, Any],
        context: RequestContext,
    ) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
        assert served.handwritten is not None
        document, operation = part_of(judged, fields)
        full = judged.full_values(values[SENT])

        async def rows(type_name: str, key: Mapping[str, object], who: Caller, nodes: Sequence[FieldNode]) -> object:
            return await self._row(served, judged, values, type_name, key, who, nodes)

        return await served.handwritten.execute(document, operation, full, context.caller, rows, context.visit)

    async def _row(
        self,
        served: RoleSchema,
        judged: Judged,
        values: dict[str, Any],
        type_name: str,
        key: Mapping[str, object],
        caller: Caller,
        nodes: Sequence[FieldNode],
    ) -> object:
        """A row that a hand-written field refers to, with what was selected of it."""
        key_columns = type_name, frozenset(key)
        # Somebody who has just logged in is another than the caller, and may know a key that the caller does not.
        known = served if key_columns in served.keys else await self.roles.of(caller.role)
        type_ = served.schema.get_type(type_name)
        field = known.keys.get(key_columns)
        if field is None or not isinstance(type_, GraphQLObjectType):
            raise TypeError(f"{type_name} has no key of {sorted(key)}")
        operation = Operation(served.schema, judged.operation, judged.fragments, values)
        selected = Selected(nodes[0].name.value, nodes[0].name.value, None, list(nodes))
        given = {name: constant(str(key[column.name])) for name, column, _ in field.columns}
        statement = compiler.row(operation, type_, selected, field, given, self._bounds)
        arguments = statement.bind(values)
        answer = await self._database.answer(
            caller.role, caller.claims, statement.sql, arguments, headers=caller.headers
        )
        return None if answer is None else orjson.Fragment(answer)

    async def _mutate(
        self, served: RoleSchema, judged: Judged, planned: Plan, values: dict[str, Any], context: RequestContext
    ) -> Answer:
        if len(planned.steps) == 1 and not planned.handwritten and not planned.typenames:
            return await self._single(served, planned, values, context.caller)
        if not planned.steps:
            return await self._mixed_query(served, judged, planned, values, context)
        try:
            if planned.handwritten:
                return await self._in_transaction(served, judged, planned, values, context, True)
            try:
                return await undisturbed(lambda: self._in_transaction(served, judged, planned, values, context, False))
            except _StepFailed as failure:
                if not is_bad_value(_cause(failure)):
                    raise
                # A policy that does not bear unset claims failed while it was planned: see Database.answer.
                return await self._in_transaction(served, judged, planned, values, context, True)
        except _StepFailed as failure:
            step = planned.steps.get(failure.field.key)
            return _failed_at(served, failure.field, told_of_write(_cause(failure)), step)
        except GatepostError:
            raise
        except Exception as error:  # of the transaction's begin or commit
            raise told_of_write(error) from error

    async def _single(self, served: RoleSchema, planned: Plan, values: dict[str, Any], caller: Caller) -> Answer:
        """A mutation of one field: its statement is its own transaction."""
        [(key, step)] = planned.steps.items()
        try:
            try:
                answer = await self._write(step, values, caller)
            except GatepostError as error:
                if step.unread is None or error.code != "FORBIDDEN":
                    raise
                answer = await self._write(step.unread, values, caller)
        except GatepostError as error:
            answered = _failed_at(served, planned.selected[key], error, step)
            if error.code in _OF_THE_REQUEST:
                raise
            return answered
        return success(b'{"%b":%b}' % (key.encode(), answer))

    async def _write(self, step: Statement, values: dict[str, Any], caller: Caller) -> bytes:
        arguments = step.bind(values)
        return await self._database.answer(
            caller.role,
            caller.claims,
            step.sql,
            arguments,
            headers=caller.headers,
            runs=step.runs,
            read_only=False,
        )

    async def _in_transaction(
        self,
        served: RoleSchema,
        judged: Judged,
        planned: Plan,
        values: dict[str, Any],
        context: RequestContext,
        set_claims: bool,
    ) -> Answer:
        """All fields in order, in one transaction; when a hand-written one fails, nothing generated holds either."""
        caller = context.caller
        parts = {key: orjson.dumps(name) for key, name in planned.typenames.items()}
        rolled_back: list[dict[str, Any]] = []
        try:
            async with self._database.transaction(
                caller.role,
                caller.claims,
                caller.headers,
                set_claims=set_claims,
                nests=bool(planned.handwritten),
            ) as transaction:
                for key in planned.keys:
                    if step := planned.steps.get(key):
                        parts[key] = await _step(transaction, step, planned.selected[key], values)
                    elif key not in planned.typenames:
                        field = planned.selected[key]
                        data, rolled_back = await self._resolve(served, judged, (field,), values, context)
                        if rolled_back or data is None:
                            raise _Undone
                        parts[key] = orjson.dumps(data[key])
        except _Undone:
            return failed(rolled_back)
        return success(joined(planned.keys, parts))


class _Undone(Exception):
    """Ends a transaction whose hand-written part failed."""


async def _step(transaction: Transaction, step: Statement, field: Selected, values: dict[str, Any]) -> bytes:
    try:
        arguments = step.bind(values)
        if step.unread is None:
            return await transaction.answer(step.sql, arguments, step.runs)
        answer = await transaction.attempt(step.sql, arguments, step.runs)
        if answer is not None:
            return answer
        step = step.unread
        return await transaction.answer(step.sql, step.bind(values), step.runs)
    except Exception as error:
        raise _StepFailed(field) from error


_OF_THE_REQUEST = frozenset({"BAD_REQUEST", "BAD_USER_INPUT", "INVALID_CURSOR", "PAGE_SIZE"})
"""Codes of errors that make a request wrong as a whole, so that it has no `data`."""


def _cause(failure: _StepFailed) -> BaseException:
    assert failure.__cause__ is not None
    return failure.__cause__


def _failed_at(served: RoleSchema, field: Selected, error: GatepostError, step: Statement | None) -> Answer:
    if isinstance(error, Unavailable):
        return refused([told(error)], error.status)
    if isinstance(error, Violation):
        explain(error, served.shown, () if step is None else step.touched, field.definition)
    error.path = [field.key]  # and not what it is within the payload
    locate(error, (field, field))
    return failed([told(error)])
