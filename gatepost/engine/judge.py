"""Judges what callers send: bounds before parsing, graphql-core's parser and rules, and variables coerced to types."""

from __future__ import annotations

import re
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLBoolean,
    GraphQLError,
    GraphQLID,
    GraphQLInputType,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    VariableValues,
    get_nullable_type,
    get_variable_values,
    is_input_type,
    is_non_null_type,
    is_scalar_type,
    parse,
    type_from_ast,
    validate,
)

from gatepost.engine import bounds, rules
from gatepost.errors import BadRequest
from gatepost.plan.selection import SENT
from gatepost.plan.values import shape
from gatepost.settings import Settings

_MOST_ERRORS = 20
_MOST_NAMES = 300
_MISSING = object()
_STRINGS = re.compile(
    # A text that does not end is taken to its end, and nothing is tried twice: else the time grows with its square.
    r'"""(?:[^"\\]|\\.?|"(?!""))*+(?:"""|\Z)|"(?:[^"\\\n]|\\.?)*+(?:"|(?=\n)|\Z)|#[^\n]*',
    re.DOTALL,
)


class Refused(Exception):
    """A request that is not executed: its errors, in GraphQL's form."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors


@dataclass(frozen=True, slots=True)
class _Slot:
    """A variable: its type, and how to coerce a value that is neither null nor absent; None: only graphql-core can."""

    name: str
    type: GraphQLInputType
    coerce: Callable[[Any], Any] | None
    needed: bool


@dataclass(slots=True)
class Judged:
    """A valid document and the operation of it that is meant."""

    schema: GraphQLSchema
    document: DocumentNode
    operation: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    text: str
    size: int  # bytes of the text
    plans: OrderedDict[object, Any] = field(default_factory=OrderedDict)
    sizes: deque[int] = field(default_factory=deque)  # bytes of each of the plans
    room: int = 0  # bytes that all of it takes; 0 once it is forgotten
    _slots: tuple[_Slot, ...] = ()
    _alike: bool = True

    def __post_init__(self) -> None:
        slots = []
        for definition in self.operation.variable_definitions or ():
            type_ = type_from_ast(self.schema, definition.type)
            assert is_input_type(type_)  # as validation has seen
            nullable = get_nullable_type(type_)
            coerce = None
            if is_scalar_type(nullable) and definition.default_value is None:
                coerce = nullable.coerce_input_value
            needed = is_non_null_type(type_)
            slots.append(_Slot(definition.variable.name.value, type_, coerce, needed))
            alike = coerce is not None and needed and nullable not in (GraphQLBoolean, GraphQLID)
            self._alike = self._alike and alike
        self._slots = tuple(slots)

    def coerce(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """The coerced variables, and under SENT what was sent. Raises Refused: an error for each that does not fit."""
        values: dict[str, Any] = {SENT: sent}
        for slot in self._slots:
            value = sent.get(slot.name, _MISSING)
            if value is _MISSING and slot.coerce is not None and not slot.needed:
                continue
            if value is None and not slot.needed:
                values[slot.name] = None
                continue
            if slot.coerce is None or value is None or value is _MISSING:
                return {**self.full_values(sent).coerced, SENT: sent}
            try:
                values[slot.name] = slot.coerce(value)
            except (GraphQLError, ValueError, TypeError, OverflowError):
                return {**self.full_values(sent).coerced, SENT: sent}
        return values

    def full_values(self, sent: Mapping[str, Any]) -> VariableValues:
        """The variables as graphql-core keeps them. Raises Refused."""
        definitions = self.operation.variable_definitions or ()
        values = get_variable_values(self.schema, definitions, dict(sent), max_errors=_MOST_ERRORS)
        if isinstance(values, list):
            raise Refused([_formatted(error, "BAD_USER_INPUT") for error in values])
        return values

    def shape(self, values: Mapping[str, Any]) -> object:
        """What of the variables decides the SQL; the key of this operation's plans."""
        if self._alike:
            return None
        return tuple(shape(values[slot.name], slot.type) if slot.name in values else _MISSING for slot in self._slots)


def _formatted(error: GraphQLError, code: str) -> dict[str, Any]:
    formatted: dict[str, Any] = dict(error.formatted)
    if error.nodes is None and "error limit reached" in error.message:
        formatted["message"] = f"There are more errors than the {_MOST_ERRORS} before this one."
    formatted["extensions"] = {**formatted.get("extensions", {}), "code": code}
    return formatted


class Judge:
    """Parses and validates documents against one schema, and remembers the valid ones within a bound of bytes.

    `judges`: how many share that bound.
    """

    _COST = 400  # bytes that a byte of a query's text comes to, once it is parsed
    _PLAN_COST = 40  # bytes that a character of a plan's statements comes to, with what binds their parameters
    _MOST_PLANS = 100  # of one operation: as many shapes of its variables
    _ROOM = 64 * 1024 * 1024

    def __init__(self, schema: GraphQLSchema, settings: Settings, judges: int = 1) -> None:
        self.schema = schema
        self._settings = settings
        self._room = self._ROOM // judges
        self._known: OrderedDict[tuple[str, str | None], Judged] = OrderedDict()
        self._size = 0
        roots = [type_ for type_ in (schema.query_type, schema.mutation_type) if type_ is not None]
        # To find names like a wrong one takes a third of a second where there are some thousands.
        self._is_large = any(len(root.fields) > _MOST_NAMES for root in roots)

    @property
    def kept(self) -> tuple[Judged, ...]:
        """The operations that are remembered."""
        return tuple(self._known.values())

    def judge(self, query: str, operation_name: str | None) -> Judged:
        """The valid operation that a text holds. Raises Refused, or BadRequest where a bound is crossed."""
        key = (query, operation_name)
        judged = self._known.get(key)
        if judged is not None:
            self._known.move_to_end(key)
            return judged
        judged = self._judge(query, operation_name)
        judged.room = judged.size * self._COST
        self._known[key] = judged
        self._size += judged.room
        self._make_room()
        return judged

    def keep(self, judged: Judged, shape: object, plan: object, size: int) -> None:
        """Keeps a plan with its operation, within the same bound; `size`: characters of its statements."""
        if judged.room == 0:  # forgotten already
            return
        judged.plans[shape] = plan
        judged.sizes.append(size * self._PLAN_COST)
        freed = 0
        if len(judged.plans) > self._MOST_PLANS:
            judged.plans.popitem(last=False)
            freed = judged.sizes.popleft()
        grown = size * self._PLAN_COST - freed
        judged.room += grown
        self._size += grown
        self._make_room()

    def _make_room(self) -> None:
        while self._size > self._room:
            _, oldest = self._known.popitem(last=False)
            self._size -= oldest.room
            oldest.room = 0

    def _judge(self, query: str, operation_name: str | None) -> Judged:
        size = self._bounded(query)
        try:
            document = parse(query, max_tokens=self._settings.max_tokens, allow_empty_selection_sets=False)
        except GraphQLSyntaxError as error:
            raise Refused([_formatted(error, "GRAPHQL_PARSE_FAILED")]) from None
        operation = _operation(document, operation_name)
        circular = bounds.check(document, self._settings)
        try:
            errors = validate(
                self.schema,
                document,
                rules.OF_CIRCLES if circular else rules.of(query),
                max_errors=_MOST_ERRORS,
                allow_empty_selection_sets=False,
                hide_suggestions=self._is_large,
            )
        except GraphQLError as error:  # a rule may raise what it should report
            errors = [error]
        if errors:
            raise Refused([_formatted(error, "GRAPHQL_VALIDATION_FAILED") for error in errors])
        fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        return Judged(self.schema, document, operation, fragments, query, size)

    def _bounded(self, query: str) -> int:
        """The bytes of a query's text. Raises BadRequest where it is too long or nests its brackets too deep."""
        size = len(query) if query.isascii() else len(query.encode("utf-8", "surrogatepass"))
        limit = self._settings.max_query_bytes
        if size > limit:
            raise BadRequest(
                f"The query may have {limit:,} bytes and has {size:,}.",
                code="QUERY_TOO_LARGE",
                extensions={"limit": limit, "value": size},
            )
        depth = deepest = 0
        for character in re.findall(r"[{}\[\]()]", _STRINGS.sub("", query)):
            depth += 1 if character in "{[(" else -1
            deepest = max(deepest, depth)
        if deepest > self._settings.max_depth:
            raise BadRequest(
                f"The query may nest {self._settings.max_depth} levels and nests {deepest}.",
                code="TOO_DEEP",
                extensions={"limit": self._settings.max_depth, "value": deepest},
            )
        return size


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if name is None:
        if len(operations) == 1:
            return operations[0]
        message = "Say with operationName which operation is meant." if operations else "There is no operation."
        raise BadRequest(message, code="OPERATION_NAME")
    for operation in operations:
        if operation.name is not None and operation.name.value == name:
            return operation
    raise BadRequest("No operation has this operationName.", code="OPERATION_NAME")
