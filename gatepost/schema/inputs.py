"""The input types of a table's own mutations: a new row, and a patch of one that is there.

Their fields come from the grants by column: a column may be in one, in both or in none, and readable or not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from graphql import (
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLString,
    get_named_type,
)

from gatepost.catalog import Column
from gatepost.schema.changes import OPERATORS, ColumnChoice, ColumnInput, Given, KeyChoice
from gatepost.schema.meaning import KEY, meaning_of
from gatepost.schema.names import Claims, camel, pascal, spoken, valid
from gatepost.schema.nested import Nested, insertable, needed, updatable
from gatepost.schema.scalars import JSON
from gatepost.schema.shapes import ColumnMember, Shape, Shapes
from gatepost.schema.tags import parse
from gatepost.schema.types import non_null

_NUMBERS = frozenset("int2 int4 int8 float4 float8 numeric".split())
_OPERATORS = {
    Given.INCREMENT: "Numbers to add to columns; below zero to take away. A null stays null.",
    Given.APPEND: "What to put at the end of arrays, or of JSON arrays; a JSON object is merged into an object.",
    Given.PREPEND: "What to put before the first element of arrays, or of JSON arrays.",
    Given.REMOVE: "What to take out: of arrays all elements that equal one of these, of JSON columns these keys.",
    Given.SET_AT: "Values to put into JSON columns, each at its path.",
    Given.REMOVE_AT: "What to take out of JSON columns: the path of keys that leads there.",
}
_PATH = GraphQLList(GraphQLNonNull(GraphQLString))
_AT_PATH = GraphQLInputObjectType(
    "JsonAtPath",
    {
        "path": GraphQLInputField(
            GraphQLNonNull(_PATH),
            description="The keys that lead there; of an array's element its place, from 0.",
        ),
        "value": GraphQLInputField(JSON, description="What is to stand there; null is JSON's own null."),
    },
    description="A value, and where in a JSON value it is to stand.",
)


class Inputs:
    """Makes the input types of shapes, each once, when asked for; None where a type would have no field."""

    def __init__(self, shapes: Shapes, claims: Claims) -> None:
        self._shapes = shapes
        self._types = shapes.types
        self._claims = claims
        self._made: dict[tuple[int, str], GraphQLInputObjectType | None] = {}
        self._columns: dict[int, tuple[ColumnMember, ...]] = {}
        self._enums: dict[tuple[int, str], GraphQLEnumType] = {}
        self._nested = Nested(shapes, claims, self)

    def row(self, shape: Shape) -> GraphQLInputObjectType | None:
        """`ThreadInput`: the columns that may be inserted; needed are those without null and without a default."""
        return self._input(
            shape,
            "Input",
            insertable,
            needed,
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

    def types(self, shape: Shape) -> Iterator[GraphQLNamedType]:
        """All of these of a shape, but for those to which others lead."""
        row, patch = self.row(shape), self.patch(shape)
        if row is not None and not shape.tags.omits("create"):
            yield row
        if patch is not None and not shape.tags.omits("update"):
            yield patch
            yield from (get_named_type(field.type) for field in self.operators(shape).values())
        yield from self._nested.types(shape)
        made = (self._enums.get((shape.relation.oid, suffix)) for suffix in ("Key", "Column"))
        yield from (enum for enum in made if enum is not None)

    def operators(self, shape: Shape) -> dict[str, GraphQLInputField]:
        """`increment`, `append` and so on: those for which the shape has columns that can be read too."""
        fields: dict[str, GraphQLInputField] = {}
        for given in OPERATORS:
            key = (shape.relation.oid, given.value)
            if key not in self._made:
                self._made[key] = self._operator(shape, given)
            if made := self._made[key]:
                fields[given.value] = GraphQLInputField(made, description=_OPERATORS[given], extensions={KEY: given})
        return fields

    def _operator(self, shape: Shape, given: Given) -> GraphQLInputObjectType | None:
        fields: dict[str, GraphQLInputField] = {}
        for member in self.columns(shape):
            codec = member.codec
            kind = "" if codec.dimensions else (codec.base or codec.sql)[1]
            type_: GraphQLInputType = codec.input
            if given is Given.INCREMENT:
                fits = kind in _NUMBERS
            elif given is Given.SET_AT:
                fits, type_ = kind == "jsonb", GraphQLList(GraphQLNonNull(_AT_PATH))
            elif given is Given.REMOVE_AT:
                fits, type_ = kind == "jsonb", _PATH
            elif given is Given.REMOVE:
                fits = kind == "jsonb" or (codec.dimensions == 1 and codec.operators != "none")
                type_ = GraphQLList(GraphQLNonNull(GraphQLString)) if kind == "jsonb" else type_
            else:
                fits = kind == "jsonb" or codec.dimensions == 1
            if fits and member.column.select and updatable(member.column) and not member.tags.omits("update"):
                fields[member.name] = GraphQLInputField(
                    type_,
                    description=member.tags.description,
                    deprecation_reason=member.tags.deprecated,
                    extensions={KEY: ColumnInput(member.column, codec)},
                )
        if not fields:
            return None
        name = self._claims.claim(f"{given.value} of {shape.type_name}", f"{shape.type_name}{pascal(given.value)}")
        return GraphQLInputObjectType(name, fields, description=_OPERATORS[given])

    def conflicts(self, shape: Shape) -> GraphQLEnumType | None:
        """`ThreadKey`: the keys on which a new row may meet another; None where the API shows none."""
        values: dict[str, GraphQLEnumValue] = {}
        for key in sorted(shape.relation.keys, key=lambda key: not key.primary):
            members = [shape.column(name) for name in key.columns]
            name = "And".join(
                pascal(member.name) if place else member.name for place, member in enumerate(members) if member
            )
            if (
                all(member and insertable(member.column) for member in members)
                and not key.deferrable
                and not key.declared
                and valid(name)
            ):
                same = " and ".join(member.name for member in members if member)
                values.setdefault(name, GraphQLEnumValue(KeyChoice(key.columns), description=f"The same {same}."))
        return self._enum(shape, "Key", values, f"The keys of a {shape.type_name}.")

    def choices(self, shape: Shape) -> GraphQLEnumType | None:
        """`ThreadColumn`: the columns that an upsert may take from the new row."""
        values = {
            member.name: GraphQLEnumValue(
                ColumnChoice(member.column.name),
                description=member.tags.description,
                deprecation_reason=member.tags.deprecated,
            )
            for member in self.columns(shape)
            if insertable(member.column) and updatable(member.column)
            if not member.tags.omits("update") and not member.tags.omits("create") and valid(member.name)
        }
        return self._enum(shape, "Column", values, f"The columns of a {shape.type_name} that can be changed.")

    def _enum(
        self, shape: Shape, suffix: str, values: dict[str, GraphQLEnumValue], description: str
    ) -> GraphQLEnumType | None:
        if not values or (shape.relation.oid, suffix) in self._enums:
            return self._enums.get((shape.relation.oid, suffix))
        what = f"the {suffix.lower()} choices of {shape.type_name}"
        name = self._claims.claim(what, f"{shape.type_name}{suffix}", f"{shape.type_name}{suffix}Choice")
        made = self._enums[shape.relation.oid, suffix] = GraphQLEnumType(name, values, description=description)
        return made

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
        return ColumnMember(name, column, self._types.column(column), tags.described(spoken(name)))

    def _input(
        self,
        shape: Shape,
        suffix: str,
        allowed: Callable[[Column], bool],
        required: Callable[[Column], bool],
        description: str,
    ) -> GraphQLInputObjectType | None:
        key = (shape.relation.oid, suffix)
        if key in self._made:
            return self._made[key]
        action = "create" if suffix == "Input" else "update"
        members = [member for member in self.columns(shape) if allowed(member.column) and not member.tags.omits(action)]
        if not members:
            self._made[key] = None
            return None

        def fields() -> dict[str, GraphQLInputField]:
            given = {member.column.name for member in members}
            nested = self._nested.fields(shape, given, patch=suffix == "Patch")
            relations = [meaning_of(field) for field in nested.values()]
            by_relation = {name for relation in relations if relation.forward for name in relation.join.here}

            def needs(column: Column) -> bool:
                return required(column) and column.name not in by_relation

            found = {
                member.name: GraphQLInputField(
                    non_null(member.codec.input, needs(member.column)),
                    description=member.tags.description,
                    # What is needed cannot be deprecated.
                    deprecation_reason=None if needs(member.column) else member.tags.deprecated,
                    extensions={KEY: ColumnInput(member.column, member.codec)},
                )
                for member in members
            }
            return found | nested

        what = f"the {suffix.lower()} of {shape.type_name}"
        name = self._claims.claim(what, f"{shape.type_name}{suffix}", f"{shape.type_name}Row{suffix}")
        made = self._made[key] = GraphQLInputObjectType(name, fields, description=description)
        return made
