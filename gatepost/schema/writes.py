"""A table's own mutations: create, update and delete, of one row and of many, as far as its grants allow them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
)

from gatepost.catalog import Key, Relation
from gatepost.schema.changes import INPUTS, Columns, Given, Kind, Write
from gatepost.schema.filters import Filters
from gatepost.schema.inputs import Inputs
from gatepost.schema.meaning import KEY, PayloadPart
from gatepost.schema.mutations import query_part
from gatepost.schema.names import Claims, camel, pascal, plural, singular
from gatepost.schema.objects import Objects
from gatepost.schema.shapes import Shape, Shapes
from gatepost.schema.tags import parse

_DONE = {Kind.CREATE: "created", Kind.UPSERT: "created or changed", Kind.UPDATE: "updated", Kind.DELETE: "deleted"}
Make = Callable[[], GraphQLField]


class _Names(NamedTuple):
    """Of a mutation's field, and of its types."""

    field: str
    input: str
    payload: str


class Writes:
    """Makes the mutation fields of all relations."""

    def __init__(
        self,
        shapes: Shapes,
        objects: Objects,
        filters: Filters,
        types: Claims,
        mutations: Claims,
        query: GraphQLObjectType,
    ) -> None:
        self._shapes = shapes
        self._objects = objects
        self._filters = filters
        self._claims = types
        self._names = mutations
        self._query = query
        self.inputs = self._inputs = Inputs(shapes, types)
        self.types: dict[str, str] = {}
        """The types of inputs and payloads: of which field each is."""

    def fields(self) -> dict[str, Make]:
        """The fields of Mutation, by name: named now, and made when they are asked for."""
        fields: dict[str, Make] = {}
        for relation in self._shapes.catalog.relations.values():
            shape = self._shapes.by_relation.get(relation.oid)
            readable = shape is not None
            if shape is None:
                shape = self._unread(relation)
            if shape is not None:
                fields |= self._of(shape, readable)
        return fields

    def _unread(self, relation: Relation) -> Shape | None:
        """The shape of a relation that may be written to and not be read."""
        tags = parse(relation.comment)
        if tags.omit or not any(column.insert for column in relation.columns):
            return None
        base = tags.get("name") or relation.name
        single, many = camel(singular(base)), camel(plural(base))
        type_name = pascal(singular(base))
        return Shape(
            relation,
            tags,
            type_name,
            single,
            many if many != single else f"{many}List",
            order=(),
            unique=(),
            whole_row=False,
            fields=Claims(f"the input of {relation.schema}.{relation.name}", self._shapes.report),
        )

    def _of(self, shape: Shape, readable: bool) -> Iterator[tuple[str, Make]]:
        row = None if shape.tags.omits("create") else self._inputs.row(shape)
        if row is not None:
            for many, stem in ((False, shape.single), (True, shape.many)):
                yield self._named(shape, Kind.CREATE, stem, partial(self._create, shape, readable, row, many=many))
        if not readable:
            return
        if row is not None and shape.relation.kind in "rp" and not shape.tags.omits("upsert"):
            keys, columns = self._inputs.conflicts(shape), self._inputs.choices(shape)
            if keys is not None and columns is not None:
                yield self._named(shape, Kind.UPSERT, shape.single, partial(self._upsert, shape, row, keys, columns))
        kinds = []
        if not shape.tags.omits("update") and self._inputs.patch(shape) is not None:
            kinds.append(Kind.UPDATE)
        if shape.relation.delete and not shape.tags.omits("delete"):
            kinds.append(Kind.DELETE)
        for key in sorted(shape.relation.keys, key=lambda key: not key.primary):
            if (found := _columns(shape, key)) is not None and not parse(key.comment).omit:
                by = "" if key.primary else f"By{'And'.join(pascal(name) for name, _, _ in found)}"
                for kind in kinds:
                    make = partial(self._by_key, shape, kind, key, found)
                    yield self._named(shape, kind, f"{shape.single}{by}", make)
        for kind in kinds:
            yield self._named(shape, kind, shape.many, partial(self._by_filter, shape, kind))

    def _named(self, shape: Shape, kind: Kind, stem: str, make: Callable[[_Names], GraphQLField]) -> tuple[str, Make]:
        """Names a mutation, and the types of what it takes and gives."""
        relation, action = shape.relation, kind.value
        what = f"{action} {stem} of {relation.schema}.{relation.name}"
        name = self._names.claim(what, f"{action}{pascal(stem)}", f"{action}{pascal(relation.schema)}{pascal(stem)}")
        title = name[0].upper() + name[1:]
        names = _Names(
            name,
            self._claims.claim(what, f"{title}Input", f"{title}MutationInput"),
            self._claims.claim(what, f"{title}Payload", f"{title}MutationPayload"),
        )
        self.types[names.input] = self.types[names.payload] = name
        return name, partial(make, names)

    def _changes(self, shape: Shape) -> dict[str, GraphQLInputField]:
        """The fields of an input that tell what to change."""
        patch = self._inputs.patch(shape)
        if patch is None:
            return {}
        operators = self._inputs.operators(shape)
        type_ = patch if operators else GraphQLNonNull(patch)
        field = GraphQLInputField(type_, description="The new values.", extensions={KEY: Given.PATCH})
        return {Given.PATCH.value: field, **operators}

    def _create(
        self, shape: Shape, readable: bool, row: GraphQLInputObjectType, names: _Names, *, many: bool
    ) -> GraphQLField:
        name = _apart(shape.many if many else shape.single)
        type_: GraphQLInputType = GraphQLNonNull(row)
        if many:
            type_ = GraphQLNonNull(GraphQLList(type_))
        field = GraphQLInputField(
            type_, description="The new rows." if many else "The new row.", extensions={KEY: Given.ROW}
        )
        write = self._write(shape, Kind.CREATE, many=many, readable=readable)
        what = plural(shape.type_name) if many else f"a {shape.type_name}"
        return self._field(shape, write, names, {name: field}, f"Adds {what}.")

    def _upsert(
        self,
        shape: Shape,
        row: GraphQLInputObjectType,
        keys: GraphQLEnumType,
        columns: GraphQLEnumType,
        names: _Names,
    ) -> GraphQLField:
        fields = {
            _apart(shape.single): GraphQLInputField(
                GraphQLNonNull(row), description="The new row.", extensions={KEY: Given.ROW}
            ),
            "onConflict": GraphQLInputField(
                GraphQLNonNull(keys),
                description="The key by which a row that is there already is the same one.",
                extensions={KEY: Given.ON_CONFLICT},
            ),
            "update": GraphQLInputField(
                GraphQLList(GraphQLNonNull(columns)),
                description="What such a row takes from the new one: where this is absent all that is given, but for "
                "the key; with an empty list it stays as it is.",
                extensions={KEY: Given.UPDATE},
            ),
        }
        description = f"Adds a {shape.type_name}, or changes the one that has the same key."
        return self._field(shape, self._write(shape, Kind.UPSERT), names, fields, description)

    def _by_filter(self, shape: Shape, kind: Kind, names: _Names) -> GraphQLField:
        fields = {
            "filter": GraphQLInputField(
                self._filters.rows(shape), description="Which rows: those that pass.", extensions={KEY: Given.FILTER}
            ),
            "all": GraphQLInputField(
                GraphQLBoolean,
                description="Say true where the filter is to take every row; else a filter that sets no condition is "
                "refused.",
                extensions={KEY: Given.ALL},
            ),
            "atMost": GraphQLInputField(
                GraphQLInt,
                description="Where it would be more rows than this, nothing is done.",
                extensions={KEY: Given.AT_MOST},
            ),
            **(self._changes(shape) if kind is Kind.UPDATE else {}),
        }
        verb = "Changes" if kind is Kind.UPDATE else "Deletes"
        description = f"{verb} the {plural(shape.type_name)} that pass a filter."
        return self._field(shape, self._write(shape, kind, many=True), names, fields, description)

    def _by_key(self, shape: Shape, kind: Kind, key: Key, columns: Columns, names: _Names) -> GraphQLField:
        claims = Claims(f"the input of {kind.value} by {key.name}", self._shapes.report, INPUTS)
        arguments = tuple(
            (claims.claim(column.name, name, f"{name}Key"), column, codec) for name, column, codec in columns
        )
        fields = {
            name: GraphQLInputField(GraphQLNonNull(codec.input), description=f"Of the row to {kind.value}.")
            for name, _, codec in arguments
        }
        fields["filter"] = GraphQLInputField(
            self._filters.rows(shape),
            description="What the row has to pass as well, such as the version that the caller has read; where it does "
            f"not, there is no such row to {kind.value}.",
            extensions={KEY: Given.FILTER},
        )
        if kind is Kind.UPDATE:
            fields |= self._changes(shape)
        verb = "Changes" if kind is Kind.UPDATE else "Deletes"
        found_by = " and ".join(name for name, _, _ in columns)
        write = self._write(shape, kind, key=arguments)
        description = f"{verb} the {shape.type_name} with this {found_by}."
        return self._field(shape, write, names, fields, description)

    def _identity(self, shape: Shape) -> Columns:
        """A key that tells each row from all others, to read it again by: one without nulls, the primary one first."""
        by_name = shape.relation.by_name
        for key in sorted(shape.relation.keys, key=lambda key: not key.primary):
            if shape.shows(key.columns) and all(by_name[name].not_null or key.primary for name in key.columns):
                codecs = self._shapes.types
                return tuple((name, by_name[name], codecs.column(by_name[name])) for name in key.columns)
        return ()

    def _write(
        self, shape: Shape, kind: Kind, *, many: bool = False, readable: bool = True, key: Columns = ()
    ) -> Write:
        identity = self._identity(shape) if readable else ()
        rows = shape.rows() if readable and (identity or (shape.whole_row and kind is not Kind.DELETE)) else None
        return Write(kind, shape.relation, many, rows, identity, key)

    def _field(
        self,
        shape: Shape,
        write: Write,
        names: _Names,
        inputs: dict[str, GraphQLInputField],
        description: str,
    ) -> GraphQLField:
        """A mutation's field, with its input and its payload."""
        what_for = GraphQLInputObjectType(names.input, inputs, description=f"What `{names.field}` needs.")
        payload = GraphQLObjectType(
            names.payload, lambda: self._payload(shape, write), description=f"What `{names.field}` did."
        )
        return GraphQLField(
            payload,
            {"input": GraphQLArgument(GraphQLNonNull(what_for), description=f"What `{names.field}` needs.")},
            description=description,
            deprecation_reason=shape.tags.deprecated,
            extensions={KEY: write},
        )

    def _payload(self, shape: Shape, write: Write) -> dict[str, GraphQLField]:
        fields: dict[str, GraphQLField] = {}
        done = _DONE[write.kind]
        if write.rows is not None:
            row = self._objects.row(shape)
            when = ", as it was before" if write.kind is Kind.DELETE else ""
            if write.many:
                fields[_apart(shape.many)] = GraphQLField(
                    GraphQLNonNull(GraphQLList(GraphQLNonNull(row))),
                    description=f"The rows that were {done}{when}, as far as the caller may see them.",
                    extensions={KEY: PayloadPart.RESULT},
                )
            else:
                fields[_apart(shape.single)] = GraphQLField(
                    row,
                    description=f"The row that was {done}{when}; null where the caller may not see it.",
                    extensions={KEY: PayloadPart.RESULT},
                )
            if write.kind is Kind.UPDATE and write.identity:
                fields["before"] = GraphQLField(
                    GraphQLNonNull(GraphQLList(GraphQLNonNull(row))) if write.many else row,
                    description=f"The same, as {'they were' if write.many else 'it was'} before.",
                    extensions={KEY: PayloadPart.BEFORE},
                )
        if write.many or write.rows is None:
            fields["count"] = GraphQLField(
                GraphQLNonNull(GraphQLInt),
                description=f"How many rows were {done}.",
                extensions={KEY: PayloadPart.COUNT},
            )
        fields["query"] = query_part(self._query)
        return fields


def _apart(name: str) -> str:
    """A name of rows beside the other fields of an input or a payload."""
    return f"{name}Rows" if name in INPUTS or name in ("query", "count", "before") else name


def _columns(shape: Shape, key: Key) -> Columns | None:
    """The columns of a key, where the API may read all of them."""
    members = [shape.column(name) for name in key.columns]
    columns = tuple((member.name, member.column, member.codec) for member in members if member is not None)
    return columns if len(columns) == len(key.columns) else None
