"""Builds the GraphQL schema of a catalog."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLID,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    assert_name,
)
from graphql.type import definition

from gatepost.catalog import Catalog
from gatepost.schema.declared import declared
from gatepost.schema.filters import Filters
from gatepost.schema.functions import FunctionMember, classify
from gatepost.schema.meaning import (
    KEY,
    KeyField,
    NodeField,
    RowField,
    ValueField,
)
from gatepost.schema.mutations import call_field
from gatepost.schema.names import Claims, Report, camel, pascal, plural
from gatepost.schema.objects import NODE, Objects, parameters
from gatepost.schema.ordering import Orderings
from gatepost.schema.shapes import Shape, Shapes
from gatepost.schema.types import Types, non_null
from gatepost.schema.writes import Writes

T = TypeVar("T")
_TAKEN = frozenset(
    "Query Mutation Subscription Node PageInfo OrderDirection GroupByValue GroupByDate GroupByTime Int Float String "
    "Boolean ID SearchSyntax FullTextSearch JSONPath BigInt Decimal Datetime LocalDatetime Date Time Interval UUID "
    "Base64 JSON Hstore Vector GeoJSON".split()
)


@dataclass(frozen=True, slots=True)
class Api:
    """A generated schema, and what of the database it shows under another name or not at all."""

    schema: GraphQLSchema
    report: Report


def build(catalog: Catalog) -> Api:
    """The API of a database. Deterministic: the same catalog gives the same schema, to the last letter."""
    return _in_one_go(lambda: _build(catalog, Report()))


def build_for(role: str, catalog: Catalog, whole: Api) -> Api:
    """The part of the `whole` API, that of all roles of the catalog, which one role may use, under the same names.

    Where it may read nothing, `node` is still there, as a schema without a field of Query is none.
    """
    return _in_one_go(lambda: _build(catalog.of(role), Report(settled=whole.report)))


# graphql-core spells each name through again wherever it stands: a fifth of the time that a large schema takes.
vars(definition)["assert_name"] = lru_cache(maxsize=65_536)(assert_name)


def _in_one_go(work: Callable[[], Api]) -> Api:
    """Builds without a look for garbage, of which there is none: it would walk all that was made, again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        return deep(work)
    finally:
        if enabled:
            gc.enable()


_DEEP = threading.Lock()
_deep = [0, 0]  # how many work deep, and the recursion limit before the first of them


def deep(work: Callable[[], T]) -> T:
    """Runs `work` with room to recurse: graphql-core walks a schema's references recursively, a level a type."""
    results: list[T] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:
            failures.append(error)

    # The limit and the size are the whole process's: they are put back when the last of several threads is done.
    with _DEEP:
        if not _deep[0]:
            _deep[1] = sys.getrecursionlimit()
            sys.setrecursionlimit(100_000)
        _deep[0] += 1
        stack = threading.stack_size(256 * 1024 * 1024)
        try:
            thread = threading.Thread(target=run)
            thread.start()
        finally:
            threading.stack_size(stack)
    thread.join()
    with _DEEP:
        _deep[0] -= 1
        if not _deep[0]:
            sys.setrecursionlimit(_deep[1])
    if failures:
        raise failures[0]
    return results[0]


def _build(catalog: Catalog, report: Report) -> Api:
    claims = Claims("the schema", report, _TAKEN)
    catalog = declared(catalog, report)
    types = Types(catalog, claims, report)
    shapes = Shapes(catalog, types, claims, report)
    query_claims = Claims("type Query", report, ["node"])
    mutation_claims = Claims("type Mutation", report)
    functions = classify(catalog, shapes, types, query_claims, mutation_claims, report)
    filters = Filters(shapes, claims)
    orderings = Orderings(shapes, filters.aggregates, claims)
    objects = Objects(shapes, filters, orderings, claims)

    node_keys: dict[str, KeyField] = {}
    fields: dict[str, GraphQLField] = {}
    for shape in shapes.by_relation.values():
        _add_relation(shape, objects, query_claims, fields, node_keys)
    for member in functions.queries:
        fields[member.name] = _query_field(member, objects)
    if node_keys or report.settled is not None:
        fields["node"] = GraphQLField(
            NODE,
            {"nodeId": GraphQLArgument(GraphQLNonNull(GraphQLID))},
            description="Any row, by its `nodeId`.",
            extensions={KEY: NodeField(node_keys)},
        )
    query = GraphQLObjectType("Query", dict(sorted(fields.items())), description="What can be read.")
    mutations = {member.name: call_field(member, objects, claims, query) for member in functions.mutations}
    mutations |= Writes(shapes, objects, filters, claims, mutation_claims, query).fields()
    mutation = GraphQLObjectType(
        "Mutation",
        dict(sorted(mutations.items())),
        description="What can be done. The fields of one operation run in order, and all of them hold or none does.",
    )
    if not fields:
        return Api(GraphQLSchema(), report)
    return Api(GraphQLSchema(query, mutation if mutations else None), report)


def _add_relation(
    shape: Shape,
    objects: Objects,
    claims: Claims,
    fields: dict[str, GraphQLField],
    node_keys: dict[str, KeyField],
) -> None:
    relation = shape.relation
    named = f"{relation.schema}.{relation.name}"
    in_schema = camel(f"{relation.schema}_{shape.many}")
    many = claims.claim(named, shape.many, in_schema)
    if not shape.tags.omits("all"):
        fields[many] = objects.connection(shape, shape.rows(), _reads(shape), shape.tags.deprecated)
    for key in sorted(relation.keys, key=lambda key: not key.primary):
        members = [shape.column(name) for name in key.columns]
        if any(member is None for member in members):
            continue
        columns = tuple((member.name, member.column, member.codec) for member in members if member is not None)
        field = KeyField(shape.rows(), columns)
        by = f"{shape.single}By{'And'.join(pascal(name) for name, _, _ in columns)}"
        names = (shape.single, camel(f"{relation.schema}_{shape.single}"), by) if key.primary else (by,)
        if not key.primary and by in claims:
            by = camel(f"{relation.schema}_{by}")
        if key.primary and shape.node_key:
            node_keys[shape.type_name] = field
        fields[claims.claim(f"key {key.name} of {named}", *names)] = GraphQLField(
            objects.row(shape),
            {name: GraphQLArgument(GraphQLNonNull(codec.input)) for name, _, codec in columns},
            description=f"The {shape.type_name} with this {' and '.join(name for name, _, _ in columns)}.",
            extensions={KEY: field},
        )


def _reads(shape: Shape) -> str:
    return f"The {plural(shape.type_name)} that the caller may see."


def _query_field(member: FunctionMember, objects: Objects) -> GraphQLField:
    arguments = parameters(member.call)
    if member.shape is not None and member.rows is not None:
        row = objects.row(member.shape)
        if member.many:
            return objects.connection(
                member.shape, member.rows, member.tags.description, member.tags.deprecated, arguments
            )
        return GraphQLField(
            GraphQLNonNull(row) if member.tags.not_null else row,
            arguments,
            description=member.tags.description,
            deprecation_reason=member.tags.deprecated,
            extensions={KEY: RowField(member.rows)},
        )
    assert member.codec is not None
    type_: GraphQLOutputType = non_null(member.codec.graphql, member.tags.not_null)
    return GraphQLField(
        GraphQLNonNull(GraphQLList(type_)) if member.many else type_,
        arguments,
        description=member.tags.description,
        deprecation_reason=member.tags.deprecated,
        extensions={KEY: ValueField(member.call, member.codec)},
    )
