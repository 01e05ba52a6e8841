"""Which part of an operation answers which of its root fields, as plans that are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)

from gatepost.engine.judge import Judged
from gatepost.errors import BadRequest, GatepostError
from gatepost.plan.compile import Statement, query
from gatepost.plan.cost import Cost, check, cost
from gatepost.plan.mutations import mutation
from gatepost.plan.rows import PageBounds
from gatepost.plan.selection import Operation, Selected, locate
from gatepost.schema.meaning import meaning_of

_INTROSPECTION = ("__schema", "__type")


@dataclass(frozen=True, slots=True)
class Plan:
    """How an operation is answered.

    `keys`: all response keys in their order. `statement` answers the generated fields of a query, `steps` those of a
    mutation, each at its key; `typenames` and `introspection` need no database; `handwritten` are Tartiflette's.
    """

    keys: tuple[str, ...]
    statement: Statement | None
    steps: dict[str, Statement]
    typenames: dict[str, str]
    introspection: tuple[Selected, ...]
    handwritten: tuple[Selected, ...]
    kind: OperationType
    selected: dict[str, Selected]
    cost: Cost

    @property
    def size(self) -> int:
        """Characters of its statements."""
        statements = [self.statement, *self.steps.values(), *(step.unread for step in self.steps.values())]
        return sum(len(statement.sql) for statement in statements if statement is not None)

    @property
    def generated_alone(self) -> bool:
        """Whether the one statement of a query answers everything."""
        return self.statement is not None and not (self.typenames or self.introspection or self.handwritten)


def plan(judged: Judged, values: dict[str, Any], bounds: PageBounds, most: int) -> Plan:
    """Plans an operation for variables of one shape, where it costs `most` at most. Raises BadRequest or BadInput."""
    schema, definition = judged.schema, judged.operation
    root = schema.get_root_type(definition.operation)
    if root is None or definition.operation is OperationType.SUBSCRIPTION:
        raise BadRequest(f"This API has no {definition.operation.value} operations.")
    operation = Operation(schema, definition, judged.fragments, values)
    fields = operation.select(root, [definition.selection_set])
    # Before it is compiled, which takes longer.
    costs = cost(Operation(schema, definition, judged.fragments, values), root, fields, bounds)
    check(costs.of(values), most)
    generated = [field for field in fields if field.definition is not None and meaning_of(field.definition) is not None]
    introspection = tuple(field for field in fields if field.name in _INTROSPECTION)
    typenames = {field.key: root.name for field in fields if field.name == "__typename"}
    handwritten = tuple(
        field
        for field in fields
        if field not in generated and field not in introspection and field.key not in typenames
    )
    is_query = definition.operation is OperationType.QUERY
    return Plan(
        keys=tuple(field.key for field in fields),
        statement=query(operation, generated, bounds) if is_query and generated else None,
        steps={} if is_query else {field.key: _step(operation, field, bounds) for field in generated},
        typenames=typenames,
        introspection=introspection,
        handwritten=handwritten,
        kind=definition.operation,
        selected={field.key: field for field in fields},
        cost=costs,
    )


def _step(operation: Operation, field: Selected, bounds: PageBounds) -> Statement:
    try:
        return mutation(operation, field, bounds)
    except GatepostError as error:
        error.path = [field.key]  # and not what it is within the payload
        locate(error, (field, field))
        raise


def part_of(judged: Judged, fields: tuple[Selected, ...]) -> tuple[DocumentNode, OperationDefinitionNode]:
    """The document, reduced to these root fields of its operation."""
    nodes = tuple(node for field in fields for node in field.nodes)
    source = judged.operation
    operation = OperationDefinitionNode(
        operation=source.operation,
        name=source.name,
        variable_definitions=source.variable_definitions,
        directives=(),
        selection_set=SelectionSetNode(selections=nodes, loc=source.selection_set.loc),
        loc=source.loc,
    )
    fragments: list[FragmentDefinitionNode] = list(judged.fragments.values())
    return DocumentNode(definitions=(operation, *fragments)), operation
