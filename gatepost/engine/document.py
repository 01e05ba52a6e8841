"""Translates a validated graphql-core operation to the document that Tartiflette executes.

The translation is normal: fragments are unfolded, `@skip` and `@include` decided, equal response keys merged, and every
argument, coerced by graphql-core, has become a variable. So Tartiflette has no text to parse, nothing to validate and
nothing to coerce.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLError,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableValues,
    get_argument_values,
    get_directive_values,
    get_location,
    get_named_type,
)
from tartiflette.language import ast

from gatepost.engine.sdl import ARGUMENT, Parts
from gatepost.errors import BadRequest

MOST_FIELDS = 10_000
"""Fields of an operation with its fragments unfolded; nested fragments can double them at every level."""


@dataclass(slots=True)
class Document:
    """A translated operation, with the variables that it needs."""

    tartiflette: Any = None
    variables: dict[str, Any] = field(default_factory=dict)
    row_nodes: dict[int, list[FieldNode]] = field(default_factory=dict)
    """`id` of a Tartiflette field whose type is generated → the caller's fields, with their selections."""
    problems: dict[int, GraphQLError] = field(default_factory=dict)
    """`id` of a Tartiflette field → what is wrong with its arguments' values."""
    fields: int = 0


def translate(
    schema: GraphQLSchema,
    parts: Parts,
    fragments: Mapping[str, FragmentDefinitionNode],
    operation: OperationDefinitionNode,
    variables: VariableValues,
) -> Document:
    """The hand-written root fields of `operation`, for Tartiflette. Raises BadRequest (TOO_COMPLEX)."""
    root = schema.get_root_type(operation.operation)
    if root is None:
        raise TypeError(f"the schema has no {operation.operation.value}")
    return _Translation(schema, parts, fragments, variables).operation(root, operation)


class _Translation:
    def __init__(
        self,
        schema: GraphQLSchema,
        parts: Parts,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: VariableValues,
    ) -> None:
        self._schema = schema
        self._parts = parts
        self._fragments = fragments
        self._variables = variables
        self._document = Document()

    def operation(self, root: GraphQLObjectType, operation: OperationDefinitionNode) -> Document:
        own = self._parts.roots.get(root.name, {})
        selections = [
            self._field(root, key, nodes)
            for key, nodes in self._collect(root, [operation.selection_set]).items()
            if nodes[0].name.value in own
        ]
        definitions = [
            ast.VariableDefinitionNode(_variable(name), ast.NamedTypeNode(_name(ARGUMENT)))
            for name in self._document.variables
        ]
        self._document.tartiflette = ast.DocumentNode(
            [
                ast.OperationDefinitionNode(
                    operation.operation.value, ast.SelectionSetNode(selections), variable_definitions=definitions
                )
            ]
        )
        return self._document

    def _field(self, parent: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> Any:
        self._document.fields += 1
        if self._document.fields > MOST_FIELDS:
            raise BadRequest(f"The operation selects more than {MOST_FIELDS} fields.", code="TOO_COMPLEX")
        node = nodes[0]
        name = node.name.value
        arguments: list[Any] = []
        alias = _name(key) if key != name else None
        translated = ast.FieldNode(_name(name), alias, arguments, directives=[], location=_location(node))
        definition = parent.fields.get(name)
        if definition is None:  # __typename
            return translated
        try:
            values = get_argument_values(definition, node, self._variables)
        except GraphQLError as error:
            # An error of this field and not of the request (specification, section 6.4.1): its siblings are answered.
            self._document.problems[id(translated)] = error
            values = {}
        for argument, value in values.items():
            variable = f"v{len(self._document.variables)}"
            self._document.variables[variable] = value
            arguments.append(ast.ArgumentNode(_name(argument), _variable(variable)))
        type_ = get_named_type(definition.type)
        if type_.name in self._parts.rows:
            self._document.row_nodes[id(translated)] = nodes
        elif type_.name in self._parts.unions:
            translated.selection_set = ast.SelectionSetNode(
                [
                    ast.InlineFragmentNode(
                        self._selections(possible, nodes), ast.NamedTypeNode(_name(possible.name)), directives=[]
                    )
                    for possible in self._parts.unions[type_.name]
                ]
            )
        elif isinstance(type_, GraphQLObjectType):
            translated.selection_set = self._selections(type_, nodes)
        return translated

    def _selections(self, type_: GraphQLObjectType, nodes: list[FieldNode]) -> Any:
        collected = self._collect(type_, [node.selection_set for node in nodes if node.selection_set is not None])
        return ast.SelectionSetNode([self._field(type_, key, below) for key, below in collected.items()])

    def _collect(
        self, type_: GraphQLObjectType, selection_sets: Iterable[SelectionSetNode]
    ) -> dict[str, list[FieldNode]]:
        """CollectFields (GraphQL specification, section 6.3.2): response key → the fields that it merges."""
        collected: dict[str, list[FieldNode]] = {}
        visited: set[str] = set()
        waiting = [selection for selection_set in selection_sets for selection in selection_set.selections]
        waiting.reverse()
        while waiting:
            selection = waiting.pop()
            if not self._is_included(selection):
                continue
            if isinstance(selection, FieldNode):
                key = selection.alias.value if selection.alias else selection.name.value
                collected.setdefault(key, []).append(selection)
                continue
            fragment: InlineFragmentNode | FragmentDefinitionNode
            if isinstance(selection, FragmentSpreadNode):
                if selection.name.value in visited:
                    continue
                visited.add(selection.name.value)
                fragment = self._fragments[selection.name.value]
            elif isinstance(selection, InlineFragmentNode):
                fragment = selection
            else:
                raise TypeError(f"{selection.kind} is no selection")
            if self._applies(fragment, type_):
                waiting += reversed(fragment.selection_set.selections)
        return collected

    def _is_included(self, selection: Any) -> bool:
        if not selection.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, selection, self._variables)
        if skip is not None and skip["if"]:
            return False
        include = get_directive_values(GraphQLIncludeDirective, selection, self._variables)
        return include is None or bool(include["if"])

    def _applies(self, fragment: InlineFragmentNode | FragmentDefinitionNode, type_: GraphQLObjectType) -> bool:
        if fragment.type_condition is None:
            return True
        condition = self._schema.type_map[fragment.type_condition.name.value]
        if condition is type_:
            return True
        return isinstance(condition, GraphQLAbstractType) and self._schema.is_sub_type(condition, type_)


def _name(value: str) -> Any:
    return ast.NameNode(value)


def _variable(name: str) -> Any:
    return ast.VariableNode(ast.NameNode(name))


def _location(node: FieldNode) -> Any:
    if node.loc is None:
        return None
    location = get_location(node.loc.source, node.loc.start)
    return ast.Location(location.line, location.column)
