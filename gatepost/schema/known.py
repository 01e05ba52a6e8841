"""The types that belong to no relation: few, so that they are made at the beginning, and have their names for good."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from graphql import (
    GraphQLNamedType,
    GraphQLType,
    get_named_type,
    is_named_type,
    specified_scalar_types,
)

from gatepost.schema import choices, inputs, objects, scalars
from gatepost.schema.aggregates import COUNT, averaged, summed
from gatepost.schema.families import walked
from gatepost.schema.filters import Filters
from gatepost.schema.functions import Functions
from gatepost.schema.inputs import Inputs
from gatepost.schema.meaning import Call
from gatepost.schema.ordering import Orderings
from gatepost.schema.shapes import Shape
from gatepost.schema.types import Codec

_FIXED = tuple(
    type_ for module in (choices, inputs, objects, scalars) for type_ in vars(module).values() if is_named_type(type_)
)


def known(
    shapes: Iterable[Shape], functions: Functions, inputs: Inputs, filters: Filters, orderings: Orderings
) -> Iterator[GraphQLNamedType]:
    """The types of the values that these show or take, their filters, and those that are the same everywhere."""
    codecs = {id(codec): codec for codec in _codecs(shapes, functions, inputs)}.values()
    types: list[GraphQLType] = [
        *specified_scalar_types.values(),
        *_FIXED,
        filters.value(COUNT),
    ]
    for codec in codecs:
        types += codec.graphql, codec.input
        types += (filters.value(of) for of in (codec, summed(codec), averaged(codec)) if of is not None)
        if codec.orderable and not codec.dimensions:
            types.append(filters.value(codec.listed()))
        if codec.operators == "fulltext":
            types.append(orderings.rank())
    return walked(map(get_named_type, types))


def _codecs(shapes: Iterable[Shape], functions: Functions, inputs: Inputs) -> Iterator[Codec]:
    for shape in shapes:
        yield from (member.codec for member in (*shape.columns, *inputs.columns(shape)))
        for computed in shape.computed:
            yield from _of_call(computed.call, computed.codec)
    for member in (*functions.queries, *functions.mutations):
        yield from _of_call(member.call, member.codec)


def _of_call(call: Call, result: Codec | None) -> Iterator[Codec]:
    if result is not None:
        yield result
    yield from (parameter.codec for parameter in call.parameters)
