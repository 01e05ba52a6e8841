"""What an operation may cost, told before it is compiled: the fields of all rows that it can answer, page in page.

The unit is one field of one row. It is an estimate of what the document asks for, not of what the tables hold: rows
that have to be read to be counted or filtered are in no page, so that they have fixed weights.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    GraphQLInputObjectType,
    GraphQLObjectType,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_abstract_type,
)

from gatepost.errors import BadRequest
from gatepost.plan.elements import Variables
from gatepost.plan.nodes import type_of
from gatepost.plan.rows import PageBounds
from gatepost.plan.selection import Operation, Selected
from gatepost.schema.changes import Given, Write
from gatepost.schema.meaning import (
    AggregateField,
    AggregatesOrder,
    ConnectionField,
    KeyField,
    ListField,
    ManyFilter,
    MutationField,
    NodeField,
    Part,
    PayloadPart,
    RowField,
    RowFilter,
    RowOrder,
    ValueField,
    meaning_of,
)

CALLED = 10
"""Of a function that Postgres calls."""
READ = 100
"""Of rows that are read and not answered: to count or aggregate them, or to filter or order by those of a relation."""
WRITTEN = 10
"""Of each value that a mutation writes."""
MOST_RELATIONS = 200
"""Relations of an operation with its fragments unfolded, connections twice or as often as their rows are found: each
takes a millisecond to compile."""
MOST_CONDITIONS = 500
"""Conditions and keys of the filters and orders of an operation, those along a relation four times, and each as often
as the statement says them."""

Terms = dict[tuple[str, ...], int]
"""A sum of products: the variables that give the sizes of pages within one another, and by what they are multiplied."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What an operation may cost; `most`: whatever sizes of pages the variables give."""

    most: int
    _fixed: int
    _varying: tuple[tuple[tuple[str, ...], int], ...]
    _largest: int

    def of(self, variables: Variables) -> int:
        """The cost with these variables."""
        total = self._fixed
        for names, product in self._varying:
            for name in names:
                # A size beyond the bounds is going to be refused for itself.
                product *= min(max(variables[name], 0), self._largest)
            total += product
        return total


def cost(operation: Operation, type_: GraphQLObjectType, fields: list[Selected], bounds: PageBounds) -> Cost:
    """What these fields of a root type may cost, with variables of this shape.

    Raises BadRequest (TOO_COMPLEX) where they would take long to compile.
    """
    terms = _Estimate(operation, bounds).fields(type_, fields)
    most = sum(product * bounds.most ** len(names) for names, product in terms.items())
    fixed = terms.pop((), 0)
    return Cost(most, fixed, tuple(terms.items()), bounds.most)


MOST_TOLD = 1_000_000_000_000
"""The largest cost that is told: nested pages multiply to numbers that JSON's readers cannot hold."""


def check(value: int, limit: int) -> None:
    """Raises BadRequest (TOO_COSTLY) where an operation costs more than its caller may have it cost."""
    if value > limit:
        told = min(value, MOST_TOLD)
        raise BadRequest(
            f"The operation may cost {limit:,} and comes to {told:,}{' or more' if told < value else ''}. "
            "Ask for smaller pages or fewer fields.",
            code="TOO_COSTLY",
            extensions={"limit": limit, "value": told},
        )


def check_planned(value: float, limit: int) -> None:
    """Raises BadRequest (TOO_COSTLY) where Postgres expects an operation to cost more than it may.

    What exactly it expects would tell how many rows there are, hidden ones too.
    """
    if value > limit:
        rounded = int(min(float(f"{value:.1g}"), MOST_TOLD))
        raise BadRequest(
            f"Postgres may expect the operation to cost {limit:,} and expects about {rounded:,}.",
            code="TOO_COSTLY",
            extensions={"limit": limit, "value": rounded},
        )


class _Estimate:
    """Adds up one operation."""

    def __init__(self, operation: Operation, bounds: PageBounds) -> None:
        self._operation = operation
        self._bounds = bounds
        self._relations = 0
        self._conditions = 0

    def fields(self, type_: GraphQLObjectType, fields: Iterable[Selected]) -> Terms:
        """What all these fields of one object cost."""
        return _sum(self._field(type_, field) for field in fields)

    def _field(self, type_: GraphQLObjectType, field: Selected) -> Terms:
        if field.definition is None:
            return {(): 1}
        meaning = meaning_of(field.definition)
        if isinstance(meaning, ConnectionField):
            return self._connection(field)
        self._count_arguments(field)
        match meaning:
            case ValueField(call) if call.function.returns_set:
                return {(): CALLED + int(call.function.rows)}
            case ValueField(call):
                return {(): 1 if call.body is not None else CALLED}
            case NodeField():
                self._relate(1)
                return self._node(field)
            case RowField() | KeyField():
                self._relate(1)
                return self._object(field)
            case Write() as write:
                return self._write(field, write)
            case MutationField(call, result):
                rows = int(call.function.rows) if isinstance(result, ListField) else 1
                return _sum([{(): CALLED}, self._payload(field, rows)])
            case _:
                return self._object(field)

    def _object(self, field: Selected) -> Terms:
        """A value, or one object with what is selected of it."""
        return _sum([{(): 1}, self._within(field, field.selection_sets)])

    def _within(self, field: Selected, selection_sets: list[SelectionSetNode]) -> Terms:
        if not selection_sets or field.definition is None:
            return {}
        type_ = get_named_type(field.definition.type)
        if is_abstract_type(type_):
            each = [self._selected(possible, selection_sets) for possible in self._possible(type_)]
            return max(each, key=lambda terms: sum(terms.values()), default={})
        assert isinstance(type_, GraphQLObjectType)
        return self._selected(type_, selection_sets)

    def _possible(self, type_: Any) -> Iterable[GraphQLObjectType]:
        return self._operation.schema.get_possible_types(type_)

    def _selected(self, type_: GraphQLObjectType, selection_sets: list[SelectionSetNode]) -> Terms:
        return self.fields(type_, self._operation.select(type_, selection_sets))

    def _connection(self, field: Selected) -> Terms:
        arguments = _arguments(field)
        size = self._size(arguments.get("last")) or self._size(arguments.get("first")) or {(): self._bounds.default}
        parts = self._below(field)
        times = self._times(parts, arguments)
        self._relate(max(times, 2))
        self._count_arguments(field, times, self._ordered(parts))
        found: list[Terms] = [{(): 1 + READ * times * self._read(field, arguments)}]
        for part in parts:
            self._count_arguments(part)
            match _meaning(part):
                case Part.NODES | Part.EDGES:
                    found.append(_product(size, self._object(part)))
                case Part.TOTAL_COUNT:
                    found.append({(): READ})
                case Part.AGGREGATES:
                    found += [{(): READ}, self._object(part)]
                case Part.GROUPED_AGGREGATES:
                    groups = self._size(_arguments(part).get("first")) or {(): self._bounds.most}
                    found += [{(): READ}, _product(groups, self._object(part))]
                case _:
                    found.append(self._object(part))
        return _sum(found)

    def _times(self, parts: list[Selected], arguments: dict[str, ValueNode]) -> int:
        """How often the rows of a connection are found: each of its parts says anew which they are."""
        meanings = [_meaning(part) for part in parts]
        times = sum(meaning in (Part.TOTAL_COUNT, Part.AGGREGATES, Part.GROUPED_AGGREGATES) for meaning in meanings)
        times += any(meaning in (Part.NODES, Part.EDGES, Part.PAGE_INFO) for meaning in meanings)
        if not arguments.keys().isdisjoint(("after", "before", "offset")):
            # Whether there are rows on the other side of the page.
            times += sum(
                _meaning(field) in (Part.HAS_NEXT_PAGE, Part.HAS_PREVIOUS_PAGE)
                for part in parts
                if _meaning(part) is Part.PAGE_INFO
                for field in self._below(part)
            )
        return max(times, 1)

    def _ordered(self, parts: list[Selected]) -> int:
        """How often the keys of a connection's order are said beside that: by each cursor, and each list of values."""
        found = 0
        for part in parts:
            match _meaning(part):
                case Part.EDGES:
                    found += sum(_meaning(field) is Part.CURSOR for field in self._below(part))
                case Part.AGGREGATES | Part.GROUPED_AGGREGATES:
                    for field in self._below(part):
                        found += len(self._below(field)) if _meaning(field) == AggregateField("arrayAgg") else 0
        return found

    def _below(self, field: Selected) -> list[Selected]:
        type_ = get_named_type(field.definition.type) if field.definition else None
        assert isinstance(type_, GraphQLObjectType)
        return self._operation.select(type_, field.selection_sets)

    def _size(self, node: ValueNode | None) -> Terms | None:
        """The size of a page; None where it is not given."""
        if isinstance(node, VariableNode):
            name = node.name.value
            return None if self._operation.variables.get(name) is None else {(name,): 1}
        if isinstance(node, IntValueNode):
            return {(): min(max(int(node.value), 0), self._bounds.most)}
        return None

    def _node(self, field: Selected) -> Terms:
        """Any row; which type it is of, its id says, and so do the variables' shape."""
        type_ = self._operation.schema.get_type(type_of(self._given(_arguments(field)["nodeId"])) or "")
        if not isinstance(type_, GraphQLObjectType):
            return {(): 1}
        return _sum([{(): 1}, self._selected(type_, field.selection_sets)])

    def _write(self, field: Selected, write: Write) -> Terms:
        given = self._given(_arguments(field)["input"])
        assert field.definition is not None
        type_ = get_named_type(field.definition.args["input"].type)
        assert isinstance(type_, GraphQLInputObjectType)
        rows = 1
        if write.many:
            # Of those that a filter is going to find, nobody knows how many they are.
            name = next((name for name, item in type_.fields.items() if meaning_of(item) is Given.ROW), None)
            given_rows = given.get(name) if name is not None and isinstance(given, dict) else None
            rows = self._bounds.most if name is None else len(given_rows) if isinstance(given_rows, list) else 1
        read = relations(type_, given)
        for name, item in type_.fields.items():
            if meaning_of(item) not in (Given.ROW, Given.PATCH) and isinstance(given, dict):
                self._count(item.type, given.get(name))
        return _sum([{(): READ * read + WRITTEN * _values(given)}, self._payload(field, rows)])

    def _payload(self, field: Selected, rows: int) -> Terms:
        found: list[Terms] = [{(): 1}]
        for part in self._below(field):
            self._count_arguments(part)
            many = rows if _meaning(part) in (PayloadPart.RESULT, PayloadPart.BEFORE) else 1
            found.append(_product({(): many}, self._object(part)))
        return _sum(found)

    def _relate(self, weight: int) -> None:
        self._relations += weight
        if self._relations > MOST_RELATIONS:
            raise _too_complex(f"The operation may lead along {MOST_RELATIONS} relations", MOST_RELATIONS)

    def _count_arguments(self, field: Selected, times: int = 1, ordered: int = 0) -> None:
        """Counts what a field is filtered and ordered by; as it is said so many times, its order some more."""
        for name, node in _arguments(field).items():
            assert field.definition is not None
            taken = field.definition.args[name].type
            if name != "input" and isinstance(get_named_type(taken), GraphQLInputObjectType):
                self._count(taken, self._given(node), times + (ordered if name == "orderBy" else 0))

    def _count(self, type_: Any, value: Any, times: int = 1) -> None:
        self._conditions += times * _conditions(type_, value)
        if self._conditions > MOST_CONDITIONS:
            message = f"The operation may filter and order by {MOST_CONDITIONS} conditions"
            raise _too_complex(message, MOST_CONDITIONS, self._conditions)

    def _read(self, field: Selected, arguments: dict[str, ValueNode]) -> int:
        """How many relations a connection's rows are filtered and ordered by."""
        assert field.definition is not None
        return sum(
            relations(field.definition.args[name].type, self._given(arguments[name]))
            for name in ("filter", "orderBy")
            if name in arguments
        )

    def _given(self, node: ValueNode) -> Any:
        """What a value of the document holds; of leaves nothing but that there are some."""
        if isinstance(node, VariableNode):
            return self._operation.variables.get(node.name.value)
        if isinstance(node, ObjectValueNode):
            return {item.name.value: self._given(item.value) for item in node.fields}
        if isinstance(node, ListValueNode):
            return [self._given(item) for item in node.values]
        return None if isinstance(node, NullValueNode) else getattr(node, "value", None)


def _arguments(field: Selected) -> dict[str, ValueNode]:
    node: FieldNode = field.nodes[0]
    return {argument.name.value: argument.value for argument in node.arguments or ()}


def _meaning(field: Selected) -> object:
    return None if field.definition is None else meaning_of(field.definition)


def _too_complex(message: str, limit: int, value: int | None = None) -> BadRequest:
    extensions = {"limit": limit} if value is None else {"limit": limit, "value": value}
    told = "has more" if value is None else f"has {value:,}"
    return BadRequest(f"{message} and {told}.", code="TOO_COMPLEX", extensions=extensions)


def _conditions(type_: Any, value: Any) -> int:
    """How many conditions or keys a filter, an order or another argument sets; a list of plain values is one."""
    named = get_named_type(type_)
    if value is None:
        return 0
    if isinstance(named, GraphQLInputObjectType) and isinstance(value, list):
        return sum(_conditions(type_, item) for item in value)
    if not isinstance(named, GraphQLInputObjectType) or not isinstance(value, dict):
        return 1
    found = 0
    for name, item in value.items():
        field = named.fields[name]
        along = isinstance(meaning_of(field), ManyFilter | RowFilter | AggregatesOrder | RowOrder)
        found += (4 if along else 0) + _conditions(field.type, item)
    return found


def relations(type_: Any, value: Any) -> int:
    """How many relations a filter or an order leads along."""
    if isinstance(value, list):
        return sum(relations(type_, item) for item in value)
    named = get_named_type(type_)
    if not isinstance(value, dict) or not isinstance(named, GraphQLInputObjectType):
        return 0
    found = 0
    for name, item in value.items():
        field = named.fields[name]
        match meaning_of(field):
            case ManyFilter() if isinstance(item, dict):
                found += len(item)
            case RowFilter() | AggregatesOrder() | RowOrder():
                found += 1
        found += relations(field.type, item)
    return found


def _values(value: Any) -> int:
    """How many values an input holds."""
    if isinstance(value, list):
        return sum(_values(item) for item in value)
    return sum(_values(item) for item in value.values()) if isinstance(value, dict) else 1


def _sum(found: Iterable[Terms]) -> Terms:
    total: Terms = {}
    for terms in found:
        for names, product in terms.items():
            total[names] = total.get(names, 0) + product
    return total


def _product(one: Terms, other: Terms) -> Terms:
    found: Terms = {}
    for names, factor in one.items():
        for others, product in other.items():
            key = tuple(sorted((*names, *others)))
            found[key] = found.get(key, 0) + factor * product
    return found
