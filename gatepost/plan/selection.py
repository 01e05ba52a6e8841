"""The fields that a selection set asks of one type: fragments opened, skipped ones left out, equal keys merged.

GraphQL spec, 6.3.2 (CollectFields) and 6.4.3 (MergeSelectionSets). The document was validated before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from graphql import (
    BooleanValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    VariableValues,
    get_location,
    get_variable_values,
    is_abstract_type,
)

from gatepost.errors import BadInput, BadRequest, GatepostError
from gatepost.plan.elements import Variables


@dataclass(slots=True)
class Selected:
    """One response key: its field, and every field node that asks for it."""

    key: str
    name: str
    definition: GraphQLField | None  # None: __typename
    nodes: list[FieldNode] = field(default_factory=list)

    @property
    def selection_sets(self) -> list[SelectionSetNode]:
        return [node.selection_set for node in self.nodes if node.selection_set is not None]


Place = tuple[Selected, Selected]
"""A field of an operation, behind the root's field that it is within."""


def locate(error: GatepostError, place: Place) -> None:
    """Tells an error where it is: the root's field by its path, and the field itself by its place in the document."""
    root, field = place
    node = field.nodes[0]
    if error.path is None:
        error.path = [root.key]
    if error.locations is None and node.loc is not None:
        found = get_location(node.loc.source, node.loc.start)
        error.locations = [{"line": found.line, "column": found.column}]


MOST_LEVELS = 60
"""Levels that rows nest in an answer with its fragments unfolded, and relations and logic in a filter."""
MOST_FIELDS = 5_000
"""Fields of an operation with its fragments unfolded: nested fragments can double them at every level."""
SENT = "(sent)"
"""The name under which coerced variables hold what was sent; no GraphQL variable can have it."""


@dataclass(slots=True)
class Operation:
    """A validated operation, the fragments beside it, and its coerced variables, whose structure counts."""

    schema: GraphQLSchema
    definition: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Variables
    selected: int = 0
    level: int = 0

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """A level further down. Raises BadRequest (TOO_DEEP) below MOST_LEVELS."""
        if self.level == MOST_LEVELS:
            raise BadRequest(
                f"The operation nests more than {MOST_LEVELS} levels.",
                code="TOO_DEEP",
                extensions={"limit": MOST_LEVELS},
            )
        self.level += 1
        try:
            yield
        finally:
            self.level -= 1

    def select(self, type_: GraphQLObjectType, selection_sets: Iterable[SelectionSetNode]) -> list[Selected]:
        """What these selection sets, merged, ask of `type_`, in the order of the response.

        Raises BadRequest (TOO_COMPLEX) when the whole operation comes to more than MOST_FIELDS.
        """
        found: dict[str, Selected] = {}
        visited: set[str] = set()
        for selection_set in selection_sets:
            self._collect(type_, selection_set, found, visited)
        self.selected += len(found)
        if self.selected > MOST_FIELDS:
            raise BadRequest(
                f"The operation asks for more than {MOST_FIELDS:,} fields.",
                code="TOO_COMPLEX",
                extensions={"limit": MOST_FIELDS},
            )
        return list(found.values())

    def full_values(self, variables: Variables) -> VariableValues:
        """The variables as graphql-core keeps them, for a value that has some of them within a literal."""
        values = get_variable_values(self.schema, self.definition.variable_definitions or (), variables[SENT])
        if isinstance(values, list):
            raise BadInput(values[0].message)
        return values

    def _collect(
        self, type_: GraphQLObjectType, selection_set: SelectionSetNode, found: dict[str, Selected], visited: set[str]
    ) -> None:
        for node in selection_set.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                key = node.alias.value if node.alias else node.name.value
                selected = found.get(key)
                if selected is None:
                    selected = found[key] = Selected(key, node.name.value, type_.fields.get(node.name.value))
                selected.nodes.append(node)
            elif isinstance(node, InlineFragmentNode):
                if node.type_condition is None or self._applies(node.type_condition.name.value, type_):
                    self._collect(type_, node.selection_set, found, visited)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in visited:
                visited.add(node.name.value)
                fragment = self.fragments[node.name.value]
                if self._applies(fragment.type_condition.name.value, type_):
                    self._collect(type_, fragment.selection_set, found, visited)

    def _applies(self, condition: str, type_: GraphQLObjectType) -> bool:
        if condition == type_.name:
            return True
        abstract = self.schema.get_type(condition)
        return abstract is not None and is_abstract_type(abstract) and self.schema.is_sub_type(abstract, type_)

    def _included(self, node: SelectionNode) -> bool:
        for directive in node.directives or ():
            name = directive.name.value
            if name in ("skip", "include") and directive.arguments:
                value = directive.arguments[0].value
                held = value.value if isinstance(value, BooleanValueNode) else None
                if isinstance(value, VariableNode):
                    held = self.variables.get(value.name.value)
                if held is (name == "skip"):
                    return False
        return True
