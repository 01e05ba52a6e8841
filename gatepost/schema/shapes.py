"""The shape of each relation in the API: its type's name and its members, all named, before any GraphQL type is made.

Objects, filters and orders are made from the same members, so that a thing has one name everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import permutations

from graphql import GraphQLInputField, GraphQLInputObjectType, GraphQLNonNull

from gatepost.catalog import Argument, Catalog, Column, ForeignKey, Function, Key, Relation
from gatepost.schema.inlining import body
from gatepost.schema.meaning import Call, Join, KeyField, OrderItem, Parameter, Rows, Through
from gatepost.schema.names import Claims, Report, camel, in_ascii, pascal, plural, singular, spoken, words
from gatepost.schema.paging import paging
from gatepost.schema.tags import NO_REASON, Tags, parse
from gatepost.schema.types import Codec, Types

TAKEN = frozenset({"nodeId", "and", "or", "not"})
"""Fields of every row's type or filter; a thing has one name in both."""
PAGE_ARGUMENTS = frozenset({"first", "after", "last", "before", "offset", "filter", "orderBy", "distinct"})


@dataclass(frozen=True, slots=True)
class ColumnMember:
    name: str
    column: Column
    codec: Codec
    tags: Tags


@dataclass(frozen=True, slots=True)
class RelationMember:
    """A way to other rows; `many`: a connection, else at most one row, or always one where `not_null`."""

    name: str
    rows: Rows
    many: bool
    tags: Tags
    description: str
    not_null: bool = False
    edge: tuple[ColumnMember, ...] = ()  # what a junction table holds beside its two keys


@dataclass(frozen=True, slots=True)
class ComputedMember:
    """A function of the row: its value, or the rows it returns."""

    name: str
    call: Call
    codec: Codec | None
    rows: Rows | None
    tags: Tags

    @property
    def many(self) -> bool:
        """Whether it returns many rows or values; a set of which `rows 1` was declared is one at most."""
        return self.call.function.returns_set and self.call.function.rows > 1

    def called_for(self, tag: str) -> Codec | None:
        """The codec of its one value, where that needs arguments and it has this tag."""
        needed = not all(parameter.argument.has_default for parameter in self.call.parameters)
        return self.codec if needed and not self.many and tag in self.tags.values else None

    def value_for(self, tag: str) -> Codec | None:
        """The codec of its one value, where that needs no arguments, or, with this tag, none but have defaults."""
        if self.many or not all(parameter.argument.has_default for parameter in self.call.parameters):
            return None
        return self.codec if not self.call.parameters or tag in self.tags.values else None


@dataclass
class Shape:
    """A relation as the API shows it."""

    relation: Relation
    tags: Tags
    type_name: str
    single: str
    many: str
    order: tuple[OrderItem, ...]
    unique: tuple[OrderItem, ...]
    whole_row: bool  # some role may read every column, as a function of the row needs
    fields: Claims
    keyed: bool = True  # `unique` is a key
    columns: list[ColumnMember] = field(default_factory=list)
    relations: list[RelationMember] = field(default_factory=list)
    computed: list[ComputedMember] = field(default_factory=list)

    def column(self, name: str) -> ColumnMember | None:
        """The member of a column by the column's own name, if the API shows it."""
        return next((member for member in self.columns if member.column.name == name), None)

    def shows(self, names: tuple[str, ...]) -> bool:
        """Whether each of these columns may be selected by some role (shown by name, or left out of the API)."""
        return all(self.relation.by_name[name].select for name in names)

    @property
    def node_key(self) -> tuple[str, ...] | None:
        """The primary key, where the API shows all of it: an id of a row tells what is in its key."""
        key = self.relation.primary_key
        return key.columns if key is not None and all(map(self.column, key.columns)) else None

    def rows(self, join: Join | None = None, through: Through | None = None, call: Call | None = None) -> Rows:
        """These rows, reached in some way."""
        return Rows(self.relation, self.type_name, self.order, self.unique, join, through, call, keyed=self.keyed)


class Shapes:
    """The shapes of all relations that some role may read."""

    def __init__(self, catalog: Catalog, types: Types, claims: Claims, report: Report) -> None:
        self.catalog = catalog
        self.types = types
        self.claims = claims
        self.report = report
        self.by_relation: dict[int, Shape] = {}
        self._hidden: list[Shape] = []
        self._ahead: dict[tuple[int, ForeignKey], str] = {}
        """What fields along foreign keys are called."""
        self._key_inputs: dict[int, GraphQLInputObjectType] = {}
        relations = sorted(catalog.relations.values(), key=lambda r: (catalog.schemas.index(r.schema), r.name))
        names = {relation.oid: self._type_name(relation) for relation in relations}  # before those of columns' types
        for relation in relations:
            self._add(relation, names[relation.oid])
        self.records: dict[int, Shape] = {}
        self.by_row_type = {shape.relation.row_type: shape for shape in self.by_relation.values()}
        self.by_type_name = {shape.type_name: shape for shape in self.by_relation.values()}
        for shape in self.by_relation.values():
            self._add_forward(shape)
        for shape in self.by_relation.values():
            self._add_backward(shape)
        for shape in [*self.by_relation.values(), *self._hidden]:
            self._add_many_to_many(shape)

    def _type_name(self, relation: Relation) -> str:
        tags = parse(relation.comment)
        base = singular(in_ascii(tags.get("name") or relation.name))
        names = pascal(base), pascal(f"{relation.schema}_{base}")
        if tags.omit or not any(column.select for column in relation.columns):
            return names[0]
        return self.claims.claim(f"{relation.schema}.{relation.name}", *names)

    def _add(self, relation: Relation, type_name: str) -> None:
        tags = parse(relation.comment)
        columns = [column for column in relation.columns if column.select]
        name = f"{relation.schema}.{relation.name}"
        if not relation.columns:
            self.report.add(name, "is left out, as it has no columns")
            return
        if not columns:
            written = ", so that rows can only be created" if any(c.insert for c in relation.columns) else ""
            self.report.add(name, f"is not granted: no role of the API may read it{written}")
            return
        base = tags.get("name") or relation.name
        ascii_base = in_ascii(base)
        single, many = camel(singular(ascii_base)), camel(plural(ascii_base))
        whole_row = frozenset.intersection(*(column.select for column in relation.columns))
        unique, keyed = self._unique(relation)
        shape = Shape(
            relation=relation,
            tags=tags.described(f"One of the {words(plural(ascii_base))}."),
            type_name=type_name,
            single=single,
            many=many if many != single else f"{many}List",
            order=self.order(tags, relation) or unique,
            unique=unique,
            whole_row=bool(whole_row),
            fields=Claims(f"type {type_name}", self.report, taken=TAKEN),
            keyed=keyed,
        )
        self.report.tell_spelling(name, base, type_name)
        for column in columns:
            column_tags = parse(column.comment)
            if not column_tags.omit:
                wanted = column_tags.get("name") or camel(column.name)
                claimed = shape.fields.claim(f"{name}.{column.name}", wanted, f"{wanted}Column")
                self.report.tell_spelling(f"{name}.{column.name}", column_tags.get("name") or column.name, claimed)
                shape.columns.append(
                    ColumnMember(
                        claimed,
                        column,
                        self.types.column(column),
                        column_tags.described(spoken(claimed)),
                    )
                )
        if tags.omit:
            self._hidden.append(shape)
        else:
            self.by_relation[relation.oid] = shape

    def _unique(self, relation: Relation) -> tuple[tuple[OrderItem, ...], bool]:
        """A key that the API may read, the primary one first, and True; else every column that has an order.

        A unique constraint lets nulls repeat, so that only one without nulls will do.
        """

        def tells_apart(item: OrderItem, key: Key) -> bool:
            not_null = item.column.not_null or item.column.said_not_null or (key.declared and key.primary)
            return bool(item.column.select) and not_null and item.codec.orderable

        items = {column.name: OrderItem(column, self.types.column(column)) for column in relation.columns}
        for key in sorted(relation.keys, key=lambda key: not key.primary):
            members = tuple(items[name] for name in key.columns)
            if all(tells_apart(item, key) for item in members):
                return members, not relation.inherited
        return tuple(item for item in items.values() if item.column.select and item.codec.orderable), False

    def _joins(self, shape: Shape) -> list[tuple[ForeignKey, Shape]]:
        """The foreign keys of a shape whose both ends the API may read."""
        found = []
        for foreign_key in shape.relation.foreign_keys:
            target = self.by_relation.get(foreign_key.referenced)
            if target is None:
                self.report.add(self._named(shape, foreign_key), "is not granted: where it leads is not in the API")
            if target is not None and shape.shows(foreign_key.columns) and target.shows(foreign_key.referenced_columns):
                found.append((foreign_key, target))
        return found

    def _add_forward(self, shape: Shape) -> None:
        for foreign_key, target in self._joins(shape):
            tags = parse(foreign_key.comment)
            if tags.omits("forward"):
                continue
            columns = "And".join(pascal(name) for name in foreign_key.columns)
            names = [f"{target.single}By{columns}"]
            if len(foreign_key.columns) > 1:
                names.insert(0, target.single)
            elif stem := forward_stem(foreign_key):
                names.insert(0, camel(stem))
            called = shape.fields.claim(self._named(shape, foreign_key), tags.get("fieldName") or names[0], *names)
            self._ahead[shape.relation.oid, foreign_key] = called
            shape.relations.append(
                RelationMember(
                    called,
                    target.rows(join=Join(foreign_key.columns, foreign_key.referenced_columns)),
                    False,
                    tags,
                    tags.description or f"The {target.type_name} that {_shown(foreign_key.columns)} refers to.",
                    tags.not_null,
                )
            )

    def _add_backward(self, shape: Shape) -> None:
        for foreign_key, target in self._joins(shape):
            tags = parse(foreign_key.comment)
            if tags.omits("backward"):
                continue
            alike = sum(key.referenced == foreign_key.referenced for key in shape.relation.foreign_keys)
            unique = any(set(key.columns) <= set(foreign_key.columns) for key in shape.relation.keys)
            base = shape.single if unique else shape.many
            names = [f"{base}By{self._forward_name(shape, foreign_key)}"]
            rows = shape.rows(join=Join(foreign_key.referenced_columns, foreign_key.columns))
            if alike == 1 and target is not shape:
                names.insert(0, base)
            ahead = self._ahead.get((shape.relation.oid, foreign_key))
            shown = f"`{ahead}`" if ahead else _shown(foreign_key.columns)
            target.relations.append(
                RelationMember(
                    target.fields.claim(
                        self._named(shape, foreign_key), tags.get("foreignFieldName") or names[0], *names
                    ),
                    replace(rows, order=self.order(tags, shape.relation) or rows.order),
                    not unique,
                    tags,
                    tags.get("backwardDescription")
                    or f"The {shape.type_name if unique else plural(shape.type_name)} whose {shown} this is.",
                )
            )

    def _add_many_to_many(self, junction: Shape) -> None:
        # A pair of rows may meet but once, else the far row would come more than once.
        pairs = {frozenset(key.columns) for key in junction.relation.keys}
        for (near, here), (far, there) in permutations(self._joins(junction), 2):
            if frozenset({*near.columns, *far.columns}) not in pairs or set(near.columns) & set(far.columns):
                continue
            tags = parse(far.comment)
            if tags.omit or (junction.tags.omits("manyToMany") and not tags.get("manyToManyFieldName")):
                continue
            name = f"{plural(camel(self._forward_name(junction, far)))}Via{pascal(junction.many)}"
            rows = there.rows(
                through=Through(
                    junction.relation,
                    near=Join(near.referenced_columns, near.columns),
                    far=Join(far.columns, far.referenced_columns),
                )
            )
            here.relations.append(
                RelationMember(
                    here.fields.claim(self._named(junction, far), tags.get("manyToManyFieldName") or name, name),
                    replace(rows, order=self._order_across(tags, there.relation, junction.relation) or rows.order),
                    True,
                    tags,
                    tags.get("manyToManyDescription")
                    or f"The {plural(there.type_name)} to which {plural(junction.type_name)} lead from here.",
                    edge=_beside(junction, near, far),
                )
            )

    def junction(self, member: RelationMember) -> Shape | None:
        """The shape of the junction table that leads to a member's rows, where its own columns are on the edges."""
        through = member.rows.through
        return self.by_relation.get(through.junction.oid) if through is not None and member.edge else None

    def of(self, rows: Rows) -> Shape:
        """The shape of these rows: of their relation, or of the function that returns columns of its own."""
        oid = rows.relation.oid
        return self.records[oid] if rows.record else self.by_relation[oid]

    def order(self, tags: Tags, relation: Relation) -> tuple[OrderItem, ...]:
        """The order that a tag `@orderBy created_at desc, id desc` gives; empty without one."""
        return self._order(tags, "orderBy", relation, relation.by_name)

    def _order_across(self, tags: Tags, relation: Relation, junction: Relation) -> tuple[OrderItem, ...]:
        """The order that a tag `@manyToManyOrderBy edge.since desc, id desc` gives; empty without one."""
        edge = {f"edge.{name}": column for name, column in junction.by_name.items()}
        return self._order(tags, "manyToManyOrderBy", relation, relation.by_name | edge)

    def _order(self, tags: Tags, tag: str, relation: Relation, columns: Mapping[str, Column]) -> tuple[OrderItem, ...]:
        items = []
        for part in (tags.get(tag) or "").split(","):
            name, _, direction = part.strip().partition(" ")
            column = columns.get(name)
            if column is not None and not column.select:
                continue  # nor may it be told by a cursor
            if column is not None and direction.strip().lower() in ("", "asc", "desc"):
                descending = direction.strip().lower() == "desc"
                items.append(OrderItem(column, self.types.column(column), descending, name != column.name))
            elif name:
                self.report.add(
                    f"{relation.schema}.{relation.name}", f"has a tag @{tag} that is not understood: {part}"
                )
        return tuple(items)

    def _forward_name(self, shape: Shape, foreign_key: ForeignKey) -> str:
        tags = parse(foreign_key.comment)
        stem = tags.get("fieldName") or forward_stem(foreign_key)
        return pascal(stem) if stem else "And".join(pascal(name) for name in foreign_key.columns)

    @staticmethod
    def _argument_name(claims: Claims, argument: Argument, place: int) -> str:
        wanted = camel(argument.name) if argument.name else f"argument{place}"
        return claims.claim(f"argument {argument.name or place}", wanted, f"{wanted}Argument")

    def _named(self, shape: Shape, foreign_key: ForeignKey) -> str:
        return f"foreign key {foreign_key.name} of {shape.relation.schema}.{shape.relation.name}"

    def call(self, function: Function, on_row: bool) -> Call:
        """The call of a function: its parameters named as the API names them."""
        many = function.returns_set and (function.returns in self.by_row_type or bool(function.columns))
        taken = PAGE_ARGUMENTS if many and function.volatility != "v" else frozenset()
        claims = Claims(f"the arguments of {function.schema}.{function.name}", self.report, taken)
        shape = self.by_row_type.get(function.inputs[0].type) if on_row else None
        tags = parse(function.comment)
        what = f"function {function.schema}.{function.name}({function.signature})"
        page = tags.get("page")
        inputs = function.inputs[1:] if on_row else function.inputs
        pages = paging(function, inputs, self.types, page) if page and function.returns in self.by_row_type else None
        if "page" in tags.values and pages is None:
            self.report.add(what, f"has a tag @page that is not understood: {page or 'nothing'}")
        if pages is not None:
            inputs = inputs[: -len(pages.parameters)]
        told, deprecated = tags.about("param"), tags.about("deprecatedParam")
        parameters = []
        for place, argument in enumerate(inputs, start=1):
            name = argument.name or f"argument{place}"
            codec = self.types.argument(function, argument)
            called = self._argument_name(claims, argument, place)
            said = spoken(called) if argument.name else f"The argument at place {place}."
            reason = (deprecated[name] or NO_REASON) if name in deprecated and argument.has_default else None
            parameter = Parameter(called, argument, codec, told.get(name) or said, reason)
            parameters.append(self._by_key(parameter) if name in tags.every("byKey") else parameter)
        keyed = {item.argument.name or f"argument{place}" for place, item in enumerate(parameters, 1) if item.key}
        for name in tags.every("byKey"):
            if name not in keyed:
                self.report.add(what, f"has a tag @byKey that is not understood: {name}")
        return Call(
            function,
            tuple(parameters),
            on_row,
            body(function, shape.relation, self.catalog, self.types) if shape is not None else None,
            pages,
        )

    def _by_key(self, parameter: Parameter) -> Parameter:
        """The same, given by the key of a row; as it is where there is no such row, or no key that the API shows."""
        shape = self.by_row_type.get(parameter.argument.type)
        key = shape.relation.primary_key if shape is not None else None
        if shape is None or key is None:
            return parameter
        members = [member for name in key.columns if (member := shape.column(name)) is not None]
        if len(members) < len(key.columns):
            return parameter
        input_ = self._key_inputs.get(shape.relation.oid)
        if input_ is None:
            what = f"the key of {shape.relation.schema}.{shape.relation.name} as an argument"
            input_ = self._key_inputs[shape.relation.oid] = GraphQLInputObjectType(
                self.claims.claim(what, f"{shape.type_name}KeyInput", f"{shape.type_name}ByKeyInput"),
                {
                    member.name: GraphQLInputField(
                        GraphQLNonNull(member.codec.input), description=member.tags.description
                    )
                    for member in members
                },
                description=f"A {shape.type_name} that is there, by its primary key. None that the caller sees: null.",
            )
        columns = tuple((member.name, member.column, member.codec) for member in members)
        return replace(parameter, codec=replace(parameter.codec, input=input_), key=KeyField(shape.rows(), columns))


def forward_stem(foreign_key: ForeignKey) -> str | None:
    """What a one-column foreign key's field is called after: `author_id` → `author`; None where no such ending is."""
    if len(foreign_key.columns) != 1:
        return None
    match = re.fullmatch(r"(.+?)(_id|_uuid|_key|_fk|Id|ID)", foreign_key.columns[0])
    return match.group(1) if match else None


def _beside(junction: Shape, near: ForeignKey, far: ForeignKey) -> tuple[ColumnMember, ...]:
    """The columns of a junction table that are of neither key; none where the table itself is not shown."""
    keys = {*near.columns, *far.columns}
    return () if junction.tags.omit else tuple(m for m in junction.columns if m.column.name not in keys)


def edge_name(shape: Shape, junction: Shape) -> str:
    """What the row of a junction table is called beside the members of the rows to which it leads."""
    taken = {column.name for column in shape.columns}
    taken |= {relation.name for relation in shape.relations} | {computed.name for computed in shape.computed}
    name = next((name for name in ("edge", junction.single) if name not in taken), "edge")
    while name in taken:
        name = f"{name}Row"
    return name


def _shown(columns: tuple[str, ...]) -> str:
    return ", ".join(f"`{camel(column)}`" for column in columns)
