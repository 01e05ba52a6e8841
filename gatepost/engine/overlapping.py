"""The rule that fields of one response name must be mergeable, in time that grows with the fields and not their square.

GraphQL specification, 5.3.2. graphql-core compares every two fields of a name, and gives up on many. Here fields that
are to be merged are put together, level by level, and each is compared with one that stands for those before it: being
the same field, with the same arguments, and having a type of the same shape hold of all when they hold of neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLOutputType,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    ValidationRule,
    ValueNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    type_from_ast,
)


class _Field:
    """A field node below a type; `type` is None where the type has no such field, which another rule tells."""

    __slots__ = ("arguments", "node", "parent", "type")

    def __init__(self, node: FieldNode, parent: GraphQLNamedType | None) -> None:
        self.node = node
        self.parent = parent
        self.type: GraphQLOutputType | None = None
        if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            definition = parent.fields.get(node.name.value)
            self.type = definition.type if definition is not None else None
        self.arguments: object = None

    def asks(self) -> object:
        """The arguments, in a form that is equal where they are."""
        if self.arguments is None:
            arguments = self.node.arguments
            self.arguments = {argument.name.value: _value(argument.value) for argument in arguments or ()}
        return self.arguments


class _Conflict(Exception):
    """Two fields that cannot be merged, and why; `names` lead to them."""

    def __init__(self, names: list[str], reason: str, nodes: list[FieldNode]) -> None:
        super().__init__(reason)
        self.names = names
        self.reason = reason
        self.nodes = nodes

    def told(self) -> GraphQLError:
        reason = self.reason
        for name in reversed(self.names[1:]):
            reason = f"subfields '{name}' conflict because {reason}"
        return GraphQLError(
            f"Fields '{self.names[0]}' conflict because {reason}. "
            "Use different aliases on the fields to fetch both if this was intentional.",
            self.nodes,
        )


class OverlappingFields(ValidationRule):
    """Stands in for graphql-core's OverlappingFieldsCanBeMergedRule: it accepts and rejects the same operations.

    For documents whose fragments do not contain themselves, and unfold to a bounded number of fields.
    """

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        """Judges the whole of an operation, with its fragments."""
        root = self.context.schema.get_root_type(node.operation)
        for group in self._groups([(root, node.selection_set)]):
            try:
                self._check([_name(group[0].node)], group, exclusive=False)
            except _Conflict as conflict:
                self.report_error(conflict.told())

    def _groups(self, sets: Sequence[tuple[GraphQLNamedType | None, SelectionSetNode]]) -> Iterator[list[_Field]]:
        """The fields of selection sets that are merged, put together by response name; no fragment is opened twice."""
        groups: dict[str, list[_Field]] = {}
        opened: set[str] = set()
        waiting = list(reversed(sets))
        while waiting:
            parent, selection_set = waiting.pop()
            inner: list[tuple[GraphQLNamedType | None, SelectionSetNode]] = []
            for selection in selection_set.selections:
                if isinstance(selection, FieldNode):
                    groups.setdefault(_name(selection), []).append(_Field(selection, parent))
                elif isinstance(selection, InlineFragmentNode):
                    inner.append((self._type(selection, parent), selection.selection_set))
                elif isinstance(selection, FragmentSpreadNode):
                    fragment = self.context.get_fragment(selection.name.value)
                    if fragment is not None and fragment.name.value not in opened:
                        opened.add(fragment.name.value)
                        inner.append((self._type(fragment, None), fragment.selection_set))
            waiting.extend(reversed(inner))
        return iter(groups.values())

    def _type(self, fragment: Any, parent: GraphQLNamedType | None) -> GraphQLNamedType | None:
        if fragment.type_condition is None:
            return parent
        found = type_from_ast(self.context.schema, fragment.type_condition)
        return found if isinstance(found, GraphQLNamedType) else None

    def _check(self, names: list[str], fields: list[_Field], exclusive: bool) -> None:
        """Raises _Conflict where fields of one response name cannot be merged.

        `exclusive`: they never belong to the same object, so that only the shapes of their types have to agree.
        """
        by_object: dict[GraphQLNamedType | None, list[_Field]] = {}
        shared: list[_Field] = []  # of interfaces and unions: they may overlap with any
        for field in fields:
            if exclusive or not isinstance(field.parent, GraphQLObjectType):
                shared.append(field)
            else:
                by_object.setdefault(field.parent, []).append(field)
        together = [shared + own for own in by_object.values()] or [shared]
        if not exclusive:
            for overlapping in together:
                _same(names, overlapping)
        _alike(names, fields)
        for overlapping in together:
            self._below(names, overlapping, exclusive)
        if len(together) > 1:
            self._below(names, fields, exclusive=True)

    def _below(self, names: list[str], fields: list[_Field], exclusive: bool) -> None:
        sets = [
            (None if field.type is None else get_named_type(field.type), field.node.selection_set)
            for field in fields
            if field.node.selection_set is not None
        ]
        # What one field alone asks for twice is no matter of those above it.
        above = names if len(sets) > 1 else []
        for group in self._groups(sets):
            self._check([*above, _name(group[0].node)], group, exclusive)


def _name(node: FieldNode) -> str:
    return node.alias.value if node.alias else node.name.value


def _same(names: list[str], fields: list[_Field]) -> None:
    first = fields[0]
    for field in fields[1:]:
        one, other = first.node.name.value, field.node.name.value
        if one != other:
            raise _Conflict(names, f"'{one}' and '{other}' are different fields", [first.node, field.node])
        if (first.node.arguments or field.node.arguments) and first.asks() != field.asks():
            raise _Conflict(names, "they have differing arguments", [first.node, field.node])


def _alike(names: list[str], fields: list[_Field]) -> None:
    first = fields[0]
    for field in fields:
        if first.type is None:
            first = field
        elif field.type is not None and _differ(first.type, field.type):
            reason = f"they return conflicting types '{first.type}' and '{field.type}'"
            raise _Conflict(names, reason, [first.node, field.node])


def _differ(one: GraphQLOutputType, other: GraphQLOutputType) -> bool:
    """Whether types have other wrappers or other leaves; fields of objects are compared on their own."""
    while one is not other:
        if is_list_type(one) and is_list_type(other):
            one, other = one.of_type, other.of_type
        elif is_list_type(one) or is_list_type(other):
            return True
        elif is_non_null_type(one) and is_non_null_type(other):
            one, other = one.of_type, other.of_type
        elif is_non_null_type(one) or is_non_null_type(other):
            return True
        else:
            return is_leaf_type(one) or is_leaf_type(other)
    return False


def _value(node: ValueNode) -> object:
    """A value in a form that is equal where the text asks for the same."""
    if isinstance(node, ObjectValueNode):
        return {field.name.value: _value(field.value) for field in node.fields}
    if isinstance(node, ListValueNode):
        return [_value(value) for value in node.values]
    if isinstance(node, StringValueNode):
        return node.kind, node.value, bool(node.block)
    if isinstance(node, VariableNode):
        return node.kind, node.name.value
    return node.kind, getattr(node, "value", None)
