"""A schema whose types and root fields are made when an operation first names them, as few of thousands ever are."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
)
from graphql.type.schema import InterfaceImplementations

from gatepost.schema.deep import deep

if TYPE_CHECKING:
    from _collections_abc import dict_items, dict_keys, dict_values

_UNMADE = GraphQLField(GraphQLString)


class LazyFields(dict[str, GraphQLField]):
    """Fields, each made when it is first looked at; their names are there from the beginning."""

    def __init__(self, makes: Mapping[str, Callable[[], GraphQLField]]) -> None:
        super().__init__(dict.fromkeys(makes, _UNMADE))
        self._makes = makes

    def __getitem__(self, name: str) -> GraphQLField:
        field = super().__getitem__(name)
        if field is _UNMADE:
            field = self[name] = self._makes[name]()
        return field

    def get(self, name: str, default: Any = None) -> Any:
        if name not in self:
            return default
        return self[name]

    def values(self) -> dict_values[str, GraphQLField]:
        self._make_all()
        return super().values()

    def items(self) -> dict_items[str, GraphQLField]:
        self._make_all()
        return super().items()

    def copy(self) -> dict[str, GraphQLField]:
        return dict(self.items())

    def _make_all(self) -> None:
        for name in self:
            self[name]


class RootType(GraphQLObjectType):
    """Query or Mutation."""

    def __init__(self, name: str, makes: Mapping[str, Callable[[], GraphQLField]], description: str) -> None:
        super().__init__(name, {}, description=description)
        self.fields = LazyFields(makes)


class TypeMap(dict[str, GraphQLNamedType]):
    """Types by name. One that is not there is looked for; whoever walks through them has all of them made."""

    def __init__(
        self,
        known: Mapping[str, GraphQLNamedType],
        find: Callable[[str], Iterable[GraphQLNamedType]],
        every: Callable[[], Mapping[str, GraphQLNamedType]],
    ) -> None:
        super().__init__(known)
        self._find = find
        self._every = every
        self.has_all = False
        """Whether all types are made."""

    def __contains__(self, name: object) -> bool:
        if super().__contains__(name):
            return True
        if self.has_all or not isinstance(name, str):
            return False
        for type_ in self._find(name):
            self.setdefault(type_.name, type_)
        return super().__contains__(name)

    def __getitem__(self, name: str) -> GraphQLNamedType:
        if name in self:
            return super().__getitem__(name)
        raise KeyError(name)

    def get(self, name: str, default: Any = None) -> Any:
        return super().__getitem__(name) if name in self else default

    def __iter__(self) -> Iterator[str]:
        self._make_all()
        return super().__iter__()

    def __len__(self) -> int:
        self._make_all()
        return super().__len__()

    def keys(self) -> dict_keys[str, GraphQLNamedType]:
        self._make_all()
        return super().keys()

    def values(self) -> dict_values[str, GraphQLNamedType]:
        self._make_all()
        return super().values()

    def items(self) -> dict_items[str, GraphQLNamedType]:
        self._make_all()
        return super().items()

    def made(self) -> list[GraphQLNamedType]:
        """The types that are there already."""
        return list(super().values())

    def _make_all(self) -> None:
        if not self.has_all:
            every = self._every()
            self.has_all = True
            self.clear()
            self.update(every)


class LazySchema(GraphQLSchema):
    """A schema that is taken for valid, and knows a type when it is asked for it by name or finds it behind a field.

    `own` are the names of types that were made for it. `find` tells the types that one of this name may be among,
    itself and those near it. `implementations`: of Node.
    Only one thread may work with it, and with its types.
    """

    def __init__(
        self,
        query: GraphQLObjectType,
        mutation: GraphQLObjectType | None,
        known: Iterable[GraphQLNamedType],
        own: Container[str],
        implementations: list[GraphQLObjectType],
        find: Callable[[str], Iterable[GraphQLNamedType]],
        description: str,
    ) -> None:
        super().__init__(assume_valid=True, description=description)
        self.query_type, self.mutation_type = query, mutation
        roots = (query,) if mutation is None else (query, mutation)
        beginning = {**self.type_map, **{type_.name: type_ for type_ in (*known, *roots)}}
        self._own = own
        self._nodes = InterfaceImplementations(objects=implementations, interfaces=[])
        self.type_map: TypeMap = TypeMap(beginning, find, lambda: self.whole().type_map)

    def get_implementations(self, interface_type: GraphQLInterfaceType) -> InterfaceImplementations:
        """The types of rows, which implement Node; there is no other interface."""
        return self._nodes

    def dismantle(self) -> None:
        """Takes the types apart, which refer to each other in circles: else they stay until garbage is looked for."""
        for type_ in self.type_map.made():
            if type_.name in self._own or isinstance(type_, RootType):
                vars(type_).clear()
        self.type_map.clear()

    def whole(self) -> GraphQLSchema:
        """An ordinary schema of the same types, all of which are made; not taken for valid."""
        return deep(lambda: GraphQLSchema(self.query_type, self.mutation_type, description=self.description))
