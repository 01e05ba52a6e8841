"""Builds the GraphQL schema of a catalog."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLID,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLOutputType,
    GraphQLSchema,
    assert_name,
    get_named_type,
)
from graphql.type import definition

from gatepost.catalog import Catalog
from gatepost.schema.declared import declared
from gatepost.schema.families import Families
from gatepost.schema.filters import Filters
from gatepost.schema.functions import FunctionMember, classify
from gatepost.schema.garbage import no_garbage
from gatepost.schema.known import known
from gatepost.schema.lazy import LazySchema, RootType
from gatepost.schema.meaning import (
    KEY,
    KeyField,
    NodeField,
    RowField,
    ValueField,
)
from gatepost.schema.mutations import call_field
from gatepost.schema.names import Claims, Report, camel, pascal, plural
from gatepost.schema.objects import NODE, Objects
from gatepost.schema.ordering import Orderings
from gatepost.schema.parameters import arguments
from gatepost.schema.shapes import Shape, Shapes
from gatepost.schema.tags import parse, unknown
from gatepost.schema.types import Types, non_null
from gatepost.schema.writes import Make, Writes

_TAKEN = frozenset(
    "Query Mutation Subscription Node PageInfo OrderDirection GroupByValue GroupByDate GroupByTime Int Float String "
    "Boolean ID SearchSyntax FullTextSearch JSONPath BigInt Decimal Datetime LocalDatetime Date Time Interval UUID "
    "Base64 JSON Hstore Vector GeoJSON".split()
)
_TOLD = "What a database lets its caller read and do. A field that is not here for one caller may be for another."
SCHEMA = "the schema"
"""The scope of types' names."""


@dataclass(frozen=True, slots=True)
class Api:
    """A generated schema, and what of the database it shows under another name or not at all."""

    schema: GraphQLSchema
    report: Report
    keys: dict[tuple[str, frozenset[str]], KeyField] = field(default_factory=dict)
    """The keys by which the API finds rows, by type and columns."""
    shapes: dict[tuple[str, str], Shape] = field(default_factory=dict)
    """The tables that it shows, by schema and name."""

    def whole(self) -> GraphQLSchema:
        """The schema with all its types made, and the report complete."""
        return self.schema.whole() if isinstance(self.schema, LazySchema) else self.schema


def build(catalog: Catalog) -> Api:
    """The API of a database. Deterministic: the same catalog gives the same schema, to the last letter."""
    with no_garbage():
        return _build(catalog, Report())


def build_for(role: str, catalog: Catalog, whole: Api) -> Api:
    """The part of the `whole` API, that of all roles of the catalog, which one role may use, under the same names.

    Where it may read nothing, `node` is still there, as a schema without a field of Query is none.
    """
    with no_garbage():
        return _build(catalog.of(role), Report(settled=whole.report))


# graphql-core spells each name through again wherever it stands: a fifth of the time that a large schema takes.
vars(definition)["assert_name"] = lru_cache(maxsize=65_536)(assert_name)


def _build(catalog: Catalog, report: Report) -> Api:
    claims = Claims(SCHEMA, report, _TAKEN)
    catalog = declared(catalog, report)
    if report.settled is None:
        _tell(catalog, report)
    types = Types(catalog, claims, report)
    shapes = Shapes(catalog, types, claims, report)
    query_claims = Claims("type Query", report, ["node"])
    mutation_claims = Claims("type Mutation", report)
    functions = classify(catalog, shapes, types, query_claims, mutation_claims, report)
    filters = Filters(shapes, claims)
    orderings = Orderings(shapes, filters, claims)
    objects = Objects(shapes, filters, orderings, claims)

    node_keys: dict[str, KeyField] = {}
    keys: dict[tuple[str, frozenset[str]], KeyField] = {}
    fields: dict[str, Make] = {}
    for shape in shapes.by_relation.values():
        _add_relation(shape, objects, query_claims, fields, keys)
        if shape.node_key:
            node_keys[shape.type_name] = keys[shape.type_name, frozenset(shape.node_key)]
    for member in functions.queries:
        fields[member.name] = partial(_query_field, member, objects)
    # A schema without a field of Query is none: where there is nothing but mutations, it has this one.
    writable = functions.mutations or any(c.insert for r in catalog.relations.values() for c in r.columns)
    if node_keys or report.settled is not None or (writable and not fields):
        fields["node"] = partial(_node_field, node_keys)
    if not fields:
        return Api(GraphQLSchema(), report)
    query = RootType("Query", dict(sorted(fields.items())), "What can be read.")
    writes = Writes(shapes, objects, filters, claims, mutation_claims, query)
    calls = {member.name: call_field(member, objects, claims, query) for member in functions.mutations}
    mutations: dict[str, Make] = {name: partial(_as_it_is, call) for name, call in calls.items()}
    mutations |= writes.fields()
    mutation = RootType(
        "Mutation",
        dict(sorted(mutations.items())),
        "What can be done. The fields of one operation run in order, and all of them hold or none does.",
    )
    every_shape = [*shapes.by_relation.values(), *shapes.records.values()]
    families = Families(every_shape, partial(_beginnings, objects, filters, orderings, writes))

    def find(name: str) -> Iterator[GraphQLNamedType]:
        if name in writes.types:
            yield from _around(mutation.fields[writes.types[name]])
        else:
            yield from families.find(name)

    beginning = [type_ for call in calls.values() for type_ in _around(call)]
    beginning += known(every_shape, functions, writes.inputs, filters, orderings)
    beginning += families.open(families.clashing(report.taken[SCHEMA]))
    nodes = [objects.row(shapes.by_type_name[name]) for name in node_keys]
    schema = LazySchema(query, mutation if mutations else None, beginning, report.taken[SCHEMA], nodes, find, _TOLD)
    tables = {(shape.relation.schema, shape.relation.name): shape for shape in shapes.by_relation.values()}
    return Api(schema, report, keys, tables)


def _tell(catalog: Catalog, report: Report) -> None:
    """Adds what can be told of a database without its API: schemas, and tags."""
    for name in catalog.unknown:
        report.add(f"schema {name}", "is left out, as it is not there")
    for name, count in catalog.unexposed:
        report.add(f"schema {name}", f"is not exposed, as `schemas` does not name it; tables and views in it: {count}")
    for what, comment in catalog.comments():
        for tag in unknown(comment):
            report.add(what, f"has a tag @{tag} that is not understood")


def _as_it_is(made: GraphQLField) -> GraphQLField:
    return made


def _around(made: GraphQLField) -> list[GraphQLNamedType]:
    return [get_named_type(made.type), *(get_named_type(argument.type) for argument in made.args.values())]


def _node_field(keys: dict[str, KeyField]) -> GraphQLField:
    return GraphQLField(
        NODE,
        {"nodeId": GraphQLArgument(GraphQLNonNull(GraphQLID), description="The `nodeId` of the row.")},
        description="Any row, by its `nodeId`.",
        extensions={KEY: NodeField(keys)},
    )


def _beginnings(
    objects: Objects, filters: Filters, orderings: Orderings, writes: Writes, shape: Shape
) -> Iterator[GraphQLNamedType]:
    """Types of a shape that lead to all the others."""
    omits = shape.tags.omits
    yield objects.row(shape)
    yield objects.pages(shape)
    if not omits("filter"):
        yield filters.rows(shape)
        yield filters.some(shape)
    if ordering := orderings.rows(shape):
        yield ordering
    if not omits("distinct") and (distinct := orderings.columns(shape)):
        yield distinct
    if not omits("aggregates"):
        yield filters.aggregates.order(shape)
    if shape.relation.oid > 0:
        yield from writes.inputs.types(shape)


def _add_relation(
    shape: Shape,
    objects: Objects,
    claims: Claims,
    fields: dict[str, Make],
    keys: dict[tuple[str, frozenset[str]], KeyField],
) -> None:
    relation = shape.relation
    named = f"{relation.schema}.{relation.name}"
    in_schema = camel(f"{relation.schema}_{shape.many}")
    many = claims.claim(named, shape.many, in_schema)
    if not shape.tags.omits("all"):
        reads = f"The {plural(shape.type_name)} that the caller may see."
        fields[many] = partial(objects.connection, shape, shape.rows(), reads, shape.tags.deprecated)
    for key in sorted(relation.keys, key=lambda key: not key.primary):
        members = [shape.column(name) for name in key.columns]
        if any(member is None for member in members):
            continue
        columns = tuple((member.name, member.column, member.codec) for member in members if member is not None)
        found = KeyField(shape.rows(), columns)
        by = f"{shape.single}By{'And'.join(pascal(name) for name, _, _ in columns)}"
        names = (shape.single, camel(f"{relation.schema}_{shape.single}"), by) if key.primary else (by,)
        if not key.primary and by in claims:
            by = camel(f"{relation.schema}_{by}")
        keys[shape.type_name, frozenset(key.columns)] = found
        if not parse(key.comment).omit:
            fields[claims.claim(f"key {key.name} of {named}", *names)] = partial(_key_field, shape, found, objects)


def _key_field(shape: Shape, found: KeyField, objects: Objects) -> GraphQLField:
    members = [(name, codec, shape.column(column.name)) for name, column, codec in found.columns]
    return GraphQLField(
        objects.row(shape),
        {
            name: GraphQLArgument(GraphQLNonNull(codec.input), description=member.tags.description if member else None)
            for name, codec, member in members
        },
        description=f"The {shape.type_name} with this {' and '.join(name for name, _, _ in found.columns)}.",
        deprecation_reason=shape.tags.deprecated,
        extensions={KEY: found},
    )


def _query_field(member: FunctionMember, objects: Objects) -> GraphQLField:
    given = arguments(member.call)
    if member.shape is not None and member.rows is not None:
        row = objects.row(member.shape)
        if member.many:
            return objects.connection(member.shape, member.rows, member.tags.description, member.tags.deprecated, given)
        return GraphQLField(
            GraphQLNonNull(row) if member.tags.not_null else row,
            given,
            description=member.tags.description,
            deprecation_reason=member.tags.deprecated,
            extensions={KEY: RowField(member.rows)},
        )
    assert member.codec is not None
    type_: GraphQLOutputType = non_null(member.codec.graphql, member.tags.not_null)
    return GraphQLField(
        GraphQLNonNull(GraphQLList(type_)) if member.many else type_,
        given,
        description=member.tags.description,
        deprecation_reason=member.tags.deprecated,
        extensions={KEY: ValueField(member.call, member.codec)},
    )
