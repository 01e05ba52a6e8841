"""The input types of a table's own mutations: a new row, and a patch of one that is there.

Their fields come from the grants by column: a column may be in one, in both or in none, and readable or not.
"""

from __future__ import annotations

from collections.abc import Callable

from graphql import GraphQLInputField, GraphQLInputObjectType

from gatepost.catalog import Column
from gatepost.schema.changes import ColumnInput
from gatepost.schema.meaning import KEY
from gatepost.schema.names import Claims, camel
from gatepost.schema.shapes import ColumnMember, Shape
from gatepost.schema.tags import parse
from gatepost.schema.types import Types, non_null


class Inputs:
    """Makes the input types of shapes, each once, when asked for; None where a type would have no field."""

    def __init__(self, types: Types, claims: Claims) -> None:
        self._types = types
        self._claims = claims
        self._made: dict[tuple[int, str], GraphQLInputObjectType | None] = {}
        self._columns: dict[int, tuple[ColumnMember, ...]] = {}

    def row(self, shape: Shape) -> GraphQLInputObjectType | None:
        """`ThreadInput`: the columns that may be inserted; needed are those without null and without a default."""
        return self._input(
            shape,
            "Input",
            insertable,
            lambda column: column.not_null and not column.has_default and not column.identity,
            f"A new {shape.type_name}. What is absent takes its default, or is null.",
        )

    def patch(self, shape: Shape) -> GraphQLInputObjectType | None:
        """`ThreadPatch`: the columns that may be updated, none of them needed."""
        return self._input(
            shape,
            "Patch",
            updatable,
            lambda column: False,
            f"Changes of a {shape.type_name}. What is absent stays as it is.",
        )

    def columns(self, shape: Shape) -> tuple[ColumnMember, ...]:
        """All columns that can be written, by the names that they are read by where they can be read too."""
        known = self._columns.get(shape.relation.oid)
        if known is None:
            members = (self._member(shape, column) for column in shape.relation.columns)
            known = self._columns[shape.relation.oid] = tuple(member for member in members if member is not None)
        return known

    def _member(self, shape: Shape, column: Column) -> ColumnMember | None:
        tags = parse(column.comment)
        if tags.omit or not (insertable(column) or updatable(column)):
            return None
        if shown := shape.column(column.name):
            return shown
        wanted = tags.get("name") or camel(column.name)
        relation = shape.relation
        name = shape.fields.claim(f"{relation.schema}.{relation.name}.{column.name}", wanted, f"{wanted}Column")
        return ColumnMember(name, column, self._types.codec(column.type), tags)

    def _input(
        self,
        shape: Shape,
        suffix: str,
        allowed: Callable[[Column], bool],
        needed: Callable[[Column], bool],
        description: str,
    ) -> GraphQLInputObjectType | None:
        key = (shape.relation.oid, suffix)
        if key not in self._made:
            action = "create" if suffix == "Input" else "update"
            fields = {
                member.name: GraphQLInputField(
                    non_null(member.codec.input, needed(member.column)),
                    description=member.tags.description,
                    extensions={KEY: ColumnInput(member.column, member.codec)},
                )
                for member in self.columns(shape)
                if allowed(member.column) and not member.tags.omits(action)
            }
            made = None
            if fields:
                what = f"the {suffix.lower()} of {shape.type_name}"
                name = self._claims.claim(what, f"{shape.type_name}{suffix}", f"{shape.type_name}Row{suffix}")
                made = GraphQLInputObjectType(name, fields, description=description)
            self._made[key] = made
        return self._made[key]


def insertable(column: Column) -> bool:
    """Whether a new row may be given a value for it: Postgres computes generated and `always` columns itself."""
    return bool(column.insert) and not column.generated and column.identity != "a"


def updatable(column: Column) -> bool:
    """Whether its value may be changed."""
    return bool(column.update) and not column.generated and column.identity != "a"
