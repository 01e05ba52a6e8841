"""The input types of what is written along a row's relations: with a new row, or with a patch of one that is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from graphql import (
    GraphQLBoolean,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
)

from gatepost.catalog import Column, Relation
from gatepost.schema.changes import INPUTS, ColumnInput, NestedPart, RelationInput
from gatepost.schema.meaning import KEY, Join, Through
from gatepost.schema.names import Claims, pascal
from gatepost.schema.shapes import ColumnMember, RelationMember, Shape, Shapes
from gatepost.schema.tags import parse

if TYPE_CHECKING:
    from gatepost.schema.inputs import Inputs

_Parts = dict[NestedPart, tuple[GraphQLInputType, str]]


class Nested:
    """Makes these types, each once, when asked for; there is none where nothing could be written."""

    def __init__(self, shapes: Shapes, claims: Claims, inputs: Inputs) -> None:
        self._shapes = shapes
        self._claims = claims
        self._inputs = inputs
        self._made: dict[tuple[int, str], GraphQLInputObjectType | None] = {}

    def fields(self, shape: Shape, given: set[str], *, patch: bool) -> dict[str, GraphQLInputField]:
        """The relations of a new row, or of a `patch`, of which the columns `given` can be given."""
        forward = {(key.columns, key.referenced, key.referenced_columns) for key in shape.relation.foreign_keys}
        fields: dict[str, GraphQLInputField] = {}
        for member in shape.relations:
            target = self._shapes.by_relation[member.rows.relation.oid]
            join, through = member.rows.join, member.rows.through
            ahead = join is not None and (join.here, target.relation.oid, join.there) in forward
            if through is not None:
                parts = self._across(shape, target, through, patch)
                meaning = RelationInput(target.relation, through.near, False, through)
            elif join is not None:
                parts = (
                    self._ahead(shape, target, join, given, patch)
                    if ahead
                    else self._behind(shape, member, target, join, patch)
                )
                meaning = RelationInput(target.relation, join, ahead)
            else:
                continue
            if parts:
                # A row refers to one; and of a patch, what a unique key gives up makes room for another.
                type_ = self._type(shape, member, parts, patch, ahead or (not patch and not member.many))
                fields[member.name] = GraphQLInputField(
                    type_,
                    description=member.description,
                    deprecation_reason=member.tags.deprecated,
                    extensions={KEY: meaning},
                )
        return fields

    def _type(
        self, shape: Shape, member: RelationMember, parts: _Parts, patch: bool, one_of: bool
    ) -> GraphQLInputObjectType:
        """`ThreadAuthorNested`: what is to be created, connected and so on; `one_of`: one of these alone."""
        what = f"the nested {'changes of ' if patch else ''}{member.name} of {shape.type_name}"
        name = self._claims.claim(what, f"{shape.type_name}{pascal(member.name)}Nested{'Patch' if patch else ''}")
        return GraphQLInputObjectType(
            name,
            {
                part.value: GraphQLInputField(type_, description=description, extensions={KEY: part})
                for part, (type_, description) in parts.items()
            },
            description=f"Changed with a {shape.type_name}." if patch else f"Written with a new {shape.type_name}.",
            is_one_of=one_of,
        )

    def _ahead(self, shape: Shape, target: Shape, join: Join, given: set[str], patch: bool) -> _Parts:
        """What can be done with the row that this one refers to."""
        parts: _Parts = {}
        if not shape.shows(join.here) or not target.shows(join.there):
            return parts
        refers = set(join.here) <= given
        row = self._row(target)
        if refers and row is not None:
            parts[NestedPart.CREATE] = row, "A new row."
        if refers and (key := self.key(target)):
            parts[NestedPart.CONNECT] = key, "What is there already, by its key."
        if not patch:
            return parts
        loose = refers and bool(_loose(shape.relation, join.here))
        if loose:
            parts[NestedPart.DISCONNECT] = GraphQLBoolean, "Where true, refers to none any more."
        if change := self._change(target):
            parts[NestedPart.UPDATE] = change, "What is to change of the row that is referred to."
        if loose and target.relation.delete and not target.tags.omits("delete"):
            parts[NestedPart.DELETE] = GraphQLBoolean, "Where true, the row that is referred to is deleted."
        return parts

    def _behind(self, shape: Shape, member: RelationMember, target: Shape, join: Join, patch: bool) -> _Parts:
        """What can be done with the rows that refer to this one."""
        parts: _Parts = {}
        if not shape.shows(join.here):
            return parts
        many, there = member.many, set(join.there)
        new = {column.column.name for column in self._inputs.columns(target) if insertable(column.column)}
        changed = {column.column.name for column in self._inputs.columns(target) if updatable(column.column)}
        changes = there <= changed and not target.tags.omits("update")
        row = self._row(target)
        if row is not None and there <= new and target.shows(join.there):
            parts[NestedPart.CREATE] = (_list(row), "New rows.") if many else (row, "A new row.")
        key = self.key(target)
        if changes and key is not None:
            parts[NestedPart.CONNECT] = _list(key) if many else key, "What is there already, by its key."
        if not patch or key is None or not target.shows(join.there):
            return parts
        which: GraphQLInputType = _list(key) if many else GraphQLBoolean
        if changes and _loose(target.relation, join.there):
            what = "Rows that are to refer to this one no more." if many else "Where true, it refers to this no more."
            parts[NestedPart.DISCONNECT] = which, what
        if change := self._change(target):
            update = self._keyed_change(target, change) if many else change
            parts[NestedPart.UPDATE] = (_list(update) if many else update), "What is to change of what is there."
        if target.relation.delete and not target.tags.omits("delete"):
            what = "Rows to delete." if many else "Where true, it is deleted."
            parts[NestedPart.DELETE] = which, what
        return parts

    def _across(self, shape: Shape, target: Shape, through: Through, patch: bool) -> _Parts:
        """What can be done with rows to which rows of a junction table lead."""
        parts: _Parts = {}
        junction = through.junction
        tags, ends = parse(junction.comment), {*through.near.there, *through.far.here}
        key = self.key(target)
        if key is None or not shape.shows(through.near.here) or not target.shows(through.far.there):
            return parts
        if _takes(junction, ends) and not tags.omits("create"):
            if row := self._row(target):
                parts[NestedPart.CREATE] = _list(row), "New rows, each connected."
            parts[NestedPart.CONNECT] = _list(key), "What is there already, by its key."
        leads = all(junction.by_name[name].select for name in ends)
        if patch and leads and junction.delete and not tags.omits("delete"):
            parts[NestedPart.DISCONNECT] = _list(key), "Rows to which this is to lead no more; they stay themselves."
        return parts

    def _row(self, shape: Shape) -> GraphQLInputObjectType | None:
        return None if shape.tags.omits("create") else self._inputs.row(shape)

    def _change(self, shape: Shape) -> GraphQLInputObjectType | None:
        return None if shape.tags.omits("update") or not self.key(shape) else self._inputs.patch(shape)

    def types(self, shape: Shape) -> Iterator[GraphQLInputObjectType]:
        """Those by which rows of a shape are found to be written along a relation."""
        if key := self.key(shape):
            yield key
            if change := self._change(shape):
                yield self._keyed_change(shape, change)

    def key(self, shape: Shape) -> GraphQLInputObjectType | None:
        """`UserConnect`: the primary key of a row."""
        place = (shape.relation.oid, "Connect")
        if place not in self._made:
            made = None
            if members := _primary(shape):
                name = self._claims.claim(f"the key of {shape.type_name}", f"{shape.type_name}Connect")
                made = GraphQLInputObjectType(
                    name,
                    {member.name: _of_key(member) for member in members},
                    description=f"Which {shape.type_name}.",
                )
            self._made[place] = made
        return self._made[place]

    def _keyed_change(self, shape: Shape, change: GraphQLInputObjectType) -> GraphQLInputObjectType:
        """`UserNestedUpdate`: the primary key of a row, and what is to change of it."""
        place = (shape.relation.oid, "NestedUpdate")
        made = self._made.get(place)
        if made is None:
            what = f"the nested update of {shape.type_name}"
            claims = Claims(what, self._shapes.report, INPUTS)
            fields = {
                claims.claim(member.column.name, member.name, f"{member.name}Key"): _of_key(member)
                for member in _primary(shape)
            }
            fields[NestedPart.PATCH.value] = GraphQLInputField(
                GraphQLNonNull(change), description="The new values.", extensions={KEY: NestedPart.PATCH}
            )
            made = self._made[place] = GraphQLInputObjectType(
                self._claims.claim(what, f"{shape.type_name}NestedUpdate"),
                fields,
                description=f"Which {shape.type_name}, and what is to change of it.",
            )
        return made


def insertable(column: Column) -> bool:
    """Whether a new row may be given a value for it: Postgres computes generated and `always` columns itself."""
    return bool(column.insert) and not column.generated and column.identity != "a"


def updatable(column: Column) -> bool:
    """Whether its value may be changed."""
    return bool(column.update) and not column.generated and column.identity != "a"


def needed(column: Column) -> bool:
    """Whether a new row cannot do without a value for it."""
    not_null = column.not_null or column.domain_not_null
    return not_null and not column.has_default and not column.identity and not column.generated


def _primary(shape: Shape) -> list[ColumnMember]:
    """The primary key, where the API shows all of it."""
    primary = shape.relation.primary_key
    members = [shape.column(name) for name in primary.columns] if primary else []
    found = [member for member in members if member is not None]
    return found if len(found) == len(members) else []


def _of_key(member: ColumnMember) -> GraphQLInputField:
    return GraphQLInputField(
        GraphQLNonNull(member.codec.input),
        description=member.tags.description,
        extensions={KEY: ColumnInput(member.column, member.codec)},
    )


def _loose(relation: Relation, columns: Iterable[str]) -> list[str]:
    """Those of a foreign key's columns that can be null."""
    return [name for name in columns if not relation.by_name[name].not_null]


def _takes(junction: Relation, ends: set[str]) -> bool:
    """Whether a row of a junction table can be added that gives nothing but its two ends."""
    return all(insertable(column) if column.name in ends else not needed(column) for column in junction.columns)


def _list(type_: GraphQLInputType) -> GraphQLInputType:
    assert isinstance(type_, GraphQLInputObjectType)
    return GraphQLList(GraphQLNonNull(type_))
