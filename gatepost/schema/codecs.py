"""How values of one Postgres type cross the border between GraphQL and SQL, as plain facts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLNullableType,
    GraphQLObjectType,
    GraphQLScalarType,
)

OutputType = GraphQLScalarType | GraphQLEnumType | GraphQLObjectType | GraphQLList[Any]
"""The type of a value in answers: an object where it is a composite or a range."""
InputType = GraphQLScalarType | GraphQLEnumType | GraphQLInputObjectType | GraphQLList[Any]
"""The type of a value in arguments and variables: an input object where it is a composite or a range."""

_Nullable = TypeVar("_Nullable", bound=GraphQLNullableType)


@dataclass(frozen=True, slots=True)
class WholeValue:
    """The meaning of an input object type whose objects are one SQL value each: coercing gives its text form."""


@dataclass(frozen=True, slots=True)
class Codec:
    """How values of one Postgres type cross the border.

    `graphql`: the (nullable) type in answers; `input`: the one in arguments.
    `output`: how a value becomes JSON, one of the words that `gatepost.plan.output` tells.
    `native`: the driver's own type that a coerced value has (`int8`, `text`, ...); None: it is sent as text and cast.
    `sql`: the type's schema and name, of an array the element's. `dimensions`: of an array, else 0.
    `base`: of a domain, the type below it. `not_null`: a domain's NOT NULL.
    `domain`: of a domain, its own schema and name, also over an array.
    `operators`: the filter operators that make sense: `equality`, `identity` (equality without an order), `order`,
    `text`, `json`, `plainjson`, `hstore`, `range`, `fulltext`, `ltree`, `inet`, `none`.
    `element`: of an array its elements', of a range its bounds', of a multirange its ranges'.
    `attributes`: of a composite. `renamed`: an enum's labels that have another name in the API, each with that name.
    `via`: the type to which an incoming text is cast before it is cast to `sql`.
    `point`: the decimal point of an amount of money within a text form, which is that of the database's locale.
    `deterministic`: of a column, whether its collation tells apart all texts that differ.
    `search`: of a column of full-text search, the configuration by which it was made; None: the database's default.
    """

    graphql: OutputType
    input: InputType
    output: str
    native: str | None
    sql: tuple[str, str]
    operators: str
    dimensions: int = 0
    base: tuple[str, str] | None = None
    domain: tuple[str, str] | None = None
    not_null: bool = False
    element: Codec | None = None
    attributes: tuple[Attribute, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    via: tuple[str, str] | None = None
    point: str = "."
    search: str | None = None
    deterministic: bool = True

    @property
    def orderable(self) -> bool:
        """Whether rows can be ordered, grouped and told apart by values of this type."""
        return self.operators not in ("none", "plainjson", "fulltext", "hstore", "identity")

    @property
    def in_parts(self) -> bool:
        """Whether the driver's own form of a coerced value is another: see `literals.bound`."""
        return self.output == "multirange" or (self.element is not None and bool(self.element.dimensions))

    @property
    def structured(self) -> bool:
        """Whether a value is an object or a list of objects in answers, of which a caller selects fields."""
        return self.output in ("composite", "range", "multirange")

    @property
    def composite(self) -> bool:
        """Whether a value is one composite: a function that returns it gives its attributes as columns."""
        return self.output == "composite" and not self.dimensions

    def listed(self) -> Codec:
        """The codec of a list of these values, which are no arrays themselves."""
        return replace(
            self,
            graphql=GraphQLList(self.graphql),
            input=GraphQLList(self.input),
            operators="equality",
            dimensions=1,
            not_null=False,
            element=self,
        )

    def holds(self, domain: tuple[str, str]) -> bool:
        """Whether values of a domain are in these values."""
        parts = (attribute.codec for attribute in self.attributes)
        return self.domain == domain or any(part.holds(domain) for part in (*parts, *filter(None, [self.element])))

    def of_elements(self) -> Codec:
        """The codec of an array's elements, whatever its dimensions. Raises ValueError for what has none."""
        if self.element is None:
            raise ValueError(f"{'.'.join(self.sql)} has no elements")
        return self.element


def comparison(parts: Iterable[Codec]) -> str:
    """The operators of a value that has these parts, such as an array."""
    kinds = {part.operators for part in parts}
    if kinds & {"none", "plainjson"}:
        return "none"
    return "identity" if "identity" in kinds else "equality"


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of a composite type: its name in the database and in the API."""

    name: str
    member: str
    codec: Codec


def non_null(type_: _Nullable, condition: bool) -> _Nullable | GraphQLNonNull[_Nullable]:
    """`type_`, and non-null where the condition holds."""
    return GraphQLNonNull(type_) if condition else type_
