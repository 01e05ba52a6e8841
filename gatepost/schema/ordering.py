"""The input types of orderings."""

from __future__ import annotations

from graphql import (
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLInputField,
    GraphQLInputObjectType,
)

from gatepost.schema.meaning import KEY, ColumnOrder, Direction, RowOrder
from gatepost.schema.names import Claims
from gatepost.schema.shapes import Shape, Shapes


def _direction(descending: bool, nulls_first: bool | None, description: str) -> GraphQLEnumValue:
    direction = Direction(descending, nulls_first)
    return GraphQLEnumValue(direction, description=description)


DIRECTION = GraphQLEnumType(
    "OrderDirection",
    {
        "ASC": _direction(False, None, "Smallest first, nulls last."),
        "DESC": _direction(True, None, "Largest first, nulls first."),
        "ASC_NULLS_FIRST": _direction(False, True, "Nulls first, then the smallest."),
        "ASC_NULLS_LAST": _direction(False, False, "Smallest first, nulls last."),
        "DESC_NULLS_FIRST": _direction(True, True, "Nulls first, then the largest."),
        "DESC_NULLS_LAST": _direction(True, False, "Largest first, nulls last."),
    },
    description="A direction, and where nulls come.",
)


class Orderings:
    """Makes the ordering type of each relation, once, when asked for."""

    def __init__(self, shapes: Shapes, claims: Claims) -> None:
        self._shapes = shapes
        self._claims = claims
        self._made: dict[int, GraphQLInputObjectType] = {}

    def rows(self, shape: Shape) -> GraphQLInputObjectType | None:
        """`ThreadOrderBy`: one key of the ordering; None where the relation has nothing to order by."""
        oid = shape.relation.oid
        if oid not in self._made:
            if not any(column.codec.orderable for column in shape.columns):
                return None
            self._made[oid] = GraphQLInputObjectType(
                self._claims.claim(f"the ordering of {shape.type_name}", f"{shape.type_name}OrderBy"),
                lambda: self._fields(shape),
                description=f"One thing to order {shape.type_name} rows by; a list of them orders by each in turn.",
                is_one_of=True,
            )
        return self._made[oid]

    def _fields(self, shape: Shape) -> dict[str, GraphQLInputField]:
        fields = {
            member.name: GraphQLInputField(
                DIRECTION,
                description=member.tags.description,
                extensions={KEY: ColumnOrder(member.column, member.codec)},
            )
            for member in shape.columns
            if member.codec.orderable
        }
        for relation in shape.relations:
            if not relation.many and (target := self.rows(self._shapes.by_relation[relation.rows.relation.oid])):
                fields[relation.name] = GraphQLInputField(
                    target, description=relation.description, extensions={KEY: RowOrder(relation.rows)}
                )
        return fields
