"""SQL functions as fields: of a row (computed), of Query (stable and immutable) or of Mutation (volatile)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gatepost.catalog import Catalog, Function
from gatepost.schema.meaning import Call, Rows
from gatepost.schema.names import Claims, Report, camel, pascal
from gatepost.schema.shapes import ComputedMember, Shape, Shapes
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
    for function in catalog.functions:
        tags = parse(function.comment)
        if tags.omit:
            continue
        named = f"function {function.schema}.{function.name}"
        if reason := _unserved(catalog, shapes, function):
            report.add(named, f"is left out, as it {reason}")
            continue
        owner = _owner(shapes, function)
        if owner is not None:
            _add_computed(shapes, types, owner, function, tags)
            continue
        if any(catalog.types[argument.type].row for argument in function.inputs):
            report.add(named, "is left out, as it takes a row")
            continue
        claims, members = (mutation, mutations) if function.volatility == "v" else (query, queries)
        wanted = tags.get("name") or camel(function.name)
        by_arguments = f"{wanted}By{'And'.join(pascal(argument.name) for argument in function.inputs) or 'Nothing'}"
        name = claims.claim(named, wanted, by_arguments)
        members.append(_member(shapes, types, name, function, tags))
    return Functions(tuple(queries), tuple(mutations))


def _unserved(catalog: Catalog, shapes: Shapes, function: Function) -> str | None:
    returned = catalog.types[function.returns]
    if any(argument.mode in "obt" for argument in function.arguments):
        return "returns columns of its own"
    if any(argument.mode == "v" for argument in function.arguments):
        return "takes any number of arguments"
    if any(catalog.types[argument.type].kind == "p" for argument in function.inputs):
        return "takes arguments of any type"
    if function.returns != VOID and returned.kind == "p":
        return f"returns {returned.name}"
    if returned.row and function.returns not in shapes.by_row_type:
        return f"returns rows of {returned.schema}.{returned.name}, which the API may not read"
    if any(not argument.name for argument in function.inputs[1:]):
        return "has arguments without a name"
    if function.returns == VOID and function.volatility != "v":
        return "returns nothing and changes nothing"
    return None


def _owner(shapes: Shapes, function: Function) -> Shape | None:
    """The shape of which this is a computed field: the first argument its row, the name prefixed by its name."""
    if function.volatility == "v" or not function.inputs:
        return None
    shape = shapes.by_row_type.get(function.inputs[0].type)
    if shape is None or not shape.whole_row or not function.name.startswith(f"{shape.relation.name}_"):
        return None
    return shape


def _returned(shapes: Shapes, function: Function, call: Call, tags: Tags) -> tuple[Shape | None, Rows | None]:
    shape = shapes.by_row_type.get(function.returns)
    if shape is None:
        return None, None
    return shape, replace(shape.rows(call=call), order=shapes.order(tags, shape.relation))


def _add_computed(shapes: Shapes, types: Types, owner: Shape, function: Function, tags: Tags) -> None:
    call = shapes.call(function, on_row=True)
    wanted = tags.get("name") or camel(function.name.removeprefix(f"{owner.relation.name}_"))
    name = owner.fields.claim(f"function {function.schema}.{function.name}", wanted, f"{wanted}Computed")
    shape, rows = _returned(shapes, function, call, tags)
    codec = None if shape is not None else types.codec(function.returns)
    owner.computed.append(ComputedMember(name, call, codec, rows, tags))


def _member(shapes: Shapes, types: Types, name: str, function: Function, tags: Tags) -> FunctionMember:
    call = shapes.call(function, on_row=False)
    shape, rows = _returned(shapes, function, call, tags)
    codec = None if shape is not None or function.returns == VOID else types.codec(function.returns)
    return FunctionMember(name, call, codec, rows, shape, function.returns_set, tags)
