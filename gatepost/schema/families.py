"""Which types belong to which relation, so that a type is found by its name before it is made, and is named for good.

A type of a relation is called after it, as `ThreadFilter` after `Thread`, and it does not matter when it is made unless
something else may want the same name: relations of whose types that is so have all of them made at the beginning.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator

from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
)

from gatepost.schema.names import pascal
from gatepost.schema.shapes import Shape

ENDINGS = tuple(
    "Connection Edge Filter ListFilter OrderBy Distinct Connect NestedUpdate Increment Append Prepend Remove SetAt "
    "RemoveAt Aggregates Values Counts Sums Averages Deviations Booleans Lists GroupBy GroupOrderBy AggregatesFilter "
    "ValuesFilter CountsFilter SumsFilter AveragesFilter DeviationsFilter BooleansFilter AggregatesOrderBy "
    "ValuesOrderBy NumbersOrderBy ListsFilter DeviationsOrderBy BooleansOrderBy".split()
)
"""How the names of a relation's types end that are made when they are asked for."""
_COMPUTED = ("Filter", "CallFilter", "OrderBy", "CallOrderBy", "Arguments")
ALONG = ("Nested", "NestedPatch", "Connection", "Edge", "Filter", "ListFilter", "OrderBy")


class Families:
    """Opens the families of shapes, each once, when one of their types is looked for by its name."""

    def __init__(self, shapes: Iterable[Shape], beginnings: Callable[[Shape], Iterable[GraphQLNamedType]]) -> None:
        self._shapes = {shape.type_name: shape for shape in shapes}
        self._beginnings = beginnings
        self._opened: set[str] = set()

    def find(self, name: str) -> Iterator[GraphQLNamedType]:
        """The types of the shapes after which one of this name may be called, but for those found before."""
        for size in range(len(name), 0, -1):
            shape = self._shapes.get(name[:size])
            if shape is not None and not name[size : size + 1].islower() and shape.type_name not in self._opened:
                yield from self.open([shape])

    def open(self, shapes: Iterable[Shape]) -> Iterator[GraphQLNamedType]:
        """All types of these shapes, and those that their fields have beside them."""
        owners = {shape.type_name for shape in shapes}
        self._opened |= owners
        waiting: list[GraphQLNamedType] = []
        for owner in sorted(owners):
            waiting += self._beginnings(self._shapes[owner])
        return walked(waiting, lambda name: self._owner(name) in owners)

    def clashing(self, taken: Container[str]) -> list[Shape]:
        """The shapes of which some type may want a name that is `taken`, or that one of another shape may want.

        With those whose own name is wanted: types that are called otherwise then begin with it.
        """
        names = Counter[str]()
        for shape in self._shapes.values():
            names.update(_names(shape))
        twice = {name for name, times in names.items() if times > 1 or name in taken}
        return [
            shape
            for shape in self._shapes.values()
            if shape.type_name in twice or (twice and not twice.isdisjoint(_names(shape)))
        ]

    def _owner(self, name: str) -> str | None:
        for size in range(len(name), 0, -1):
            if name[:size] in self._shapes and not name[size : size + 1].islower():
                return name[:size]
        return None


def _names(shape: Shape) -> set[str]:
    """What the types of a shape may be called."""
    names = {shape.type_name + ending for ending in ENDINGS}
    for member in shape.relations:
        names.update(f"{shape.type_name}{pascal(member.name)}{ending}" for ending in ALONG)
    for computed in shape.computed:
        names.update(f"{shape.type_name}{pascal(computed.name)}{ending}" for ending in _COMPUTED)
    return names


def walked(
    beginning: Iterable[GraphQLNamedType], follow: Callable[[str], bool] = lambda name: True
) -> Iterator[GraphQLNamedType]:
    """These types and all to which they lead, further on only from those whose names are to be followed."""
    waiting, seen = list(beginning), set[str]()
    while waiting:
        type_ = waiting.pop()
        if type_.name in seen:
            continue
        seen.add(type_.name)
        yield type_
        if not follow(type_.name):
            continue
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for field in type_.fields.values():
                waiting.append(get_named_type(field.type))
                waiting += (get_named_type(argument.type) for argument in field.args.values())
        elif isinstance(type_, GraphQLInputObjectType):
            waiting += (get_named_type(given.type) for given in type_.fields.values())
