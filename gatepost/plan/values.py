"""Arguments parted in two: the structure, which decides the SQL, and the leaves, which are bound at each run.

Structure is what is given, null or absent, the keys of input objects, the lengths of their lists, booleans and
directions. A leaf is any other value. Two sets of variables of the same `shape` share one plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, TypeGuard

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    FieldNode,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLInputType,
    ListValueNode,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    VariableValues,
    Visitor,
    get_named_type,
    get_nullable_type,
    is_list_type,
    visit,
)
from graphql.utilities.coerce_input_value import coerce_input_literal

from gatepost.errors import BadInput
from gatepost.plan.elements import Binder, Variables
from gatepost.plan.nodes import type_of
from gatepost.plan.selection import Operation
from gatepost.schema.codecs import WholeValue
from gatepost.schema.meaning import Structural, meaning_of

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value that is bound at each run; `constant` holds it where the document itself gives it."""

    bind: Binder
    constant: object = Undefined

    def then(self, change: Callable[[Any], object]) -> Leaf:
        """This leaf with its value changed on the way."""
        if self.constant is not Undefined:
            changed = change(self.constant)
            return Leaf(lambda _: changed, changed)
        bind = self.bind
        return Leaf(lambda variables: change(bind(variables)))


Value = Leaf | bool | Structural | None | list["Value"] | dict[str, "Value"]
"""The value of an argument; an absent one is not in its dict."""


def constant(value: object) -> Leaf:
    """A leaf that is the same at each run."""
    return Leaf(lambda _: value, value)


def _structural(type_: Any) -> bool:
    """Whether values of this type (or lists of it) decide the SQL."""
    named = get_named_type(type_)
    return _is_object(named) or named is GraphQLBoolean or _is_structural_enum(named)


def _is_object(type_: object) -> TypeGuard[GraphQLInputObjectType]:
    """Whether this is an input object type, and not one whose objects are one value each in SQL."""
    return isinstance(type_, GraphQLInputObjectType) and not isinstance(meaning_of(type_), WholeValue)


def _is_structural_enum(type_: object) -> bool:
    return isinstance(type_, GraphQLEnumType) and any(
        isinstance(value.value, Structural) for value in type_.values.values()
    )


def shape(value: object, type_: GraphQLInputType) -> object:
    """What of a coerced variable decides the SQL, as something that can be a key of a cache."""
    if value is None:
        return None
    nullable = get_nullable_type(type_)
    if is_list_type(nullable):
        if not _structural(nullable.of_type) or not isinstance(value, list):
            return True
        return tuple(shape(item, nullable.of_type) for item in value)
    if _is_object(nullable) and isinstance(value, dict):
        fields = nullable.fields
        return tuple((name, shape(value[name], fields[name].type)) for name in sorted(value))
    if nullable is GraphQLID:
        return type_of(value)
    return (value,) if _structural(nullable) else True


def coerced(value: object, type_: GraphQLInputType, path: Path) -> Value:
    """Parts a coerced variable's value, found at `path` within the variables."""
    if value is None:
        return None
    nullable = get_nullable_type(type_)
    if is_list_type(nullable) and isinstance(value, list) and _structural(nullable.of_type):
        return [coerced(item, nullable.of_type, (*path, place)) for place, item in enumerate(value)]
    if _is_object(nullable) and isinstance(value, dict):
        return {name: coerced(item, nullable.fields[name].type, (*path, name)) for name, item in value.items()}
    if isinstance(value, bool | Structural):
        return value
    if len(path) == 1:
        return Leaf(itemgetter(path[0]))

    def walk(variables: Variables) -> object:
        found: Any = variables
        for step in path:
            found = found[step]
        return found

    return Leaf(walk)


class _Variables(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def enter_variable(self, *_: object) -> None:
        self.found = True


def _has_variables(node: ValueNode) -> bool:
    visitor = _Variables()
    visit(node, visitor)
    return visitor.found


def literal(node: ValueNode, type_: GraphQLInputType, operation: Operation) -> Value:
    """Parts a value of the document. Raises KeyError where it is a variable that was not given."""
    nullable = get_nullable_type(type_)
    if isinstance(node, VariableNode):
        name = node.name.value
        return coerced(operation.variables[name], type_, (name,))
    if isinstance(node, NullValueNode):
        return None
    if is_list_type(nullable) and _structural(nullable.of_type):
        items = node.values if isinstance(node, ListValueNode) else [node]
        return [_or_null(item, nullable.of_type, operation) for item in items]
    if _is_object(nullable) and isinstance(node, ObjectValueNode):
        return _object(node.fields, nullable.fields, operation)
    if isinstance(node, BooleanValueNode) and nullable is GraphQLBoolean:
        return node.value
    if _has_variables(node):
        return Leaf(lambda variables: _value(node, type_, operation.full_values(variables)))
    value = _value(node, type_, None)
    return value if isinstance(value, Structural) else constant(value)


def _or_null(node: ValueNode, type_: GraphQLInputType, operation: Operation) -> Value:
    try:
        return literal(node, type_, operation)
    except KeyError:
        return None


def _object(
    nodes: Iterable[ArgumentNode | ObjectFieldNode], definitions: Mapping[str, Any], operation: Operation
) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for node in nodes:
        try:
            values[node.name.value] = literal(node.value, definitions[node.name.value].type, operation)
        except KeyError:
            continue
    return values


def _value(node: ValueNode, type_: GraphQLInputType, values: VariableValues | None) -> object:
    value = coerce_input_literal(node, type_, values)
    if value is Undefined:
        raise BadInput("A value of the document does not fit its type.")
    return value


def arguments(definition: GraphQLField, node: FieldNode, operation: Operation) -> dict[str, Value]:
    """The arguments of a field, absent ones left out (GraphQL spec, 6.4.1). Generated arguments have no defaults."""
    return _object(node.arguments or (), definition.args, operation)
