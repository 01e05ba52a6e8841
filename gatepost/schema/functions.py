"""SQL functions as fields: of a row (computed), of Query (stable and immutable) or of Mutation (volatile)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gatepost.catalog import Catalog, Column, Function, Relation
from gatepost.schema.meaning import Call, OrderItem, Rows
from gatepost.schema.names import Claims, Report, camel, pascal, spoken
from gatepost.schema.paging import fits
from gatepost.schema.shapes import TAKEN, ColumnMember, ComputedMember, Shape, Shapes
from gatepost.schema.tags import Tags, parse
from gatepost.schema.types import Codec, Types

VOID = 2278  # pg_catalog.void, one of the oids that never change (pg_type.dat)


@dataclass(frozen=True, slots=True)
class FunctionMember:
    """A function as a root field: it returns `rows` of a shape, a value of `codec` (`many`: a list), or nothing."""

    name: str
    call: Call
    codec: Codec | None
    rows: Rows | None
    shape: Shape | None
    many: bool
    tags: Tags


@dataclass(frozen=True, slots=True)
class Functions:
    queries: tuple[FunctionMember, ...]
    mutations: tuple[FunctionMember, ...]


def classify(
    catalog: Catalog, shapes: Shapes, types: Types, query: Claims, mutation: Claims, report: Report
) -> Functions:
    """Parts the functions into queries and mutations, and gives the functions of a row to their shapes."""
    queries: list[FunctionMember] = []
    mutations: list[FunctionMember] = []
    for function in sorted(catalog.functions, key=lambda function: catalog.schemas.index(function.schema)):
        tags = parse(function.comment)
        if tags.omit:
            continue
        named = _named(function)
        if not function.execute:
            report.add(named, "is not granted: no role of the API may execute it")
            continue
        if reason := _unserved(catalog, shapes, function):
            report.add(named, f"is left out, as it {reason}")
            continue
        owner = _owner(shapes, function)
        call = shapes.call(function, on_row=owner is not None)
        if owner is not None:
            _add_computed(shapes, types, owner, call, tags)
            continue
        claims, members = (mutation, mutations) if function.volatility == "v" else (query, queries)
        wanted = tags.get("name") or camel(function.name)
        names = *_names(wanted, call, "ByNothing"), *_names(camel(f"{function.schema}_{wanted}"), call, "ByNothing")
        name = claims.claim(named, *names)
        members.append(_member(shapes, types, name, call, tags))
    return Functions(tuple(queries), tuple(mutations))


def _named(function: Function) -> str:
    return f"function {function.schema}.{function.name}({function.signature})"


def _names(wanted: str, call: Call, without: str) -> tuple[str, str]:
    """The name that is wanted, and the one that tells an overload apart, by its arguments."""
    arguments = "And".join(pascal(parameter.name) for parameter in call.parameters)
    return wanted, f"{wanted}By{arguments}" if arguments else f"{wanted}{without}"


def _unserved(catalog: Catalog, shapes: Shapes, function: Function) -> str | None:
    """Why the API leaves a function out; None where it serves it."""
    if function.procedure:
        return "is a procedure, which only `call` runs"
    if function.ambiguous:
        return "cannot be called: each call fits another function of its name as well"
    for argument in function.arguments:
        type_ = catalog.types[argument.type]
        if type_.kind == "p":
            if argument.mode in "otb":
                return f"returns {type_.name}"
            return "takes arguments of any type" if type_.name.startswith("any") else f"takes {type_.name}"
    for argument in function.inputs:
        if name := _unread(catalog, shapes, argument.type):
            return f"takes rows of {name}, which the API may not read"
    returned = catalog.types[function.returns]
    if function.returns == VOID:
        return "returns nothing and changes nothing" if function.volatility != "v" else None
    if returned.kind == "p" and not function.columns:
        return f"returns {returned.name}"
    if not (returned.row and function.returns in shapes.by_row_type):
        for oid in (function.returns, *(column for _, column in function.columns)):
            if name := _unread(catalog, shapes, oid):
                return f"returns rows of {name}, which the API may not read"
    return None


def _unread(catalog: Catalog, shapes: Shapes, oid: int) -> str | None:
    """The relation whose rows a type holds as values, with all their columns, though no role may read all of them."""
    type_ = catalog.types[oid]
    if type_.is_array and type_.element is not None:
        type_ = catalog.types[type_.element]
    shape = shapes.by_row_type.get(type_.oid)
    return None if not type_.row or (shape and shape.whole_row) else f"{type_.schema}.{type_.name}"


def _owner(shapes: Shapes, function: Function) -> Shape | None:
    """The shape of which this is a computed field: the first argument its row, the name prefixed by its name."""
    if function.volatility == "v" or not function.inputs:
        return None
    shape = shapes.by_row_type.get(function.inputs[0].type)
    if shape is None or not shape.whole_row or not function.name.startswith(f"{shape.relation.name}_"):
        return None
    return shape


def _returned(shapes: Shapes, types: Types, call: Call, title: str, tags: Tags) -> tuple[Shape | None, Rows | None]:
    function = call.function
    if function.columns:
        shape, record = _record(shapes, types, function, title)
        rows = replace(shape.rows(call=call), record=record)
    elif function.returns in shapes.by_row_type:
        shape = shapes.by_row_type[function.returns]
        rows = shape.rows(call=call)
    else:
        return None, None
    rows = replace(rows, order=shapes.order(tags, shape.relation))
    if call.paging is not None and not fits(call.paging, rows):
        shapes.report.add(_named(function), "has a tag @page that does not name the columns of its order and its key")
    return shape, rows


def _record(
    shapes: Shapes, types: Types, function: Function, title: str
) -> tuple[Shape, tuple[tuple[str, Codec], ...]]:
    """The shape of the columns that a function itself declares, as those of a relation without keys."""
    nobody: frozenset[str] = frozenset()
    columns = tuple(
        Column(name, number, type_, 0, False, False, "", False, None, function.execute, nobody, nobody)
        for number, (name, type_) in enumerate(function.columns, start=1)
    )
    relation = Relation(
        oid=-function.oid,  # beside the oids of relations
        schema=function.schema,
        name=function.name,
        kind="c",
        row_type=function.returns,
        row_security=False,
        comment=None,
        select=function.execute,
        insert=nobody,
        update=nobody,
        delete=nobody,
        columns=columns,
        keys=(),
        foreign_keys=(),
        indexes=(),
        policies=(),
    )
    type_name = shapes.claims.claim(f"the rows of {_named(function)}", f"{title}Row", f"{title}Record")
    fields = Claims(f"type {type_name}", shapes.report, taken=TAKEN)
    codecs = {column.name: types.column(column) for column in columns}
    shape = shapes.records[relation.oid] = Shape(
        relation=relation,
        tags=Tags(description=f"A row that `{function.name}` returns."),
        type_name=type_name,
        single="result",
        many="result",
        order=(),
        unique=tuple(OrderItem(column, codecs[column.name]) for column in columns if codecs[column.name].orderable),
        whole_row=False,
        fields=fields,
        keyed=False,
        columns=[
            ColumnMember(
                fields.claim(f"column {column.name}", camel(column.name), f"{camel(column.name)}Column"),
                column,
                codecs[column.name],
                Tags(description=spoken(camel(column.name))),
            )
            for column in columns
        ],
    )
    return shape, tuple(codecs.items())


def _add_computed(shapes: Shapes, types: Types, owner: Shape, call: Call, tags: Tags) -> None:
    function = call.function
    wanted = tags.get("name") or camel(function.name.removeprefix(f"{owner.relation.name}_"))
    name = owner.fields.claim(_named(function), *_names(wanted, call, "Computed"))
    shape, rows = _returned(shapes, types, call, f"{owner.type_name}{pascal(name)}", tags)
    codec = None if shape is not None else types.returned(function)
    owner.computed.append(ComputedMember(name, call, codec, rows, tags.described(spoken(name))))


def _member(shapes: Shapes, types: Types, name: str, call: Call, tags: Tags) -> FunctionMember:
    function = call.function
    shape, rows = _returned(shapes, types, call, pascal(name), tags)
    codec = None if shape is not None or function.returns == VOID else types.returned(function)
    does = f"What `{name}` gives." if function.volatility != "v" else f"Does `{name}`."
    return FunctionMember(name, call, codec, rows, shape, function.returns_set, tags.described(does))
