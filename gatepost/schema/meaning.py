"""What a field of the API means in SQL. `gatepost.plan` reads these, and nothing else, to compile an operation.

A meaning hangs on its GraphQL field, argument type's field or enum value under `extensions[KEY]`; see `meaning_of`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from gatepost.catalog import Argument, Column, Function, Relation
from gatepost.schema.codecs import Codec

KEY = "gatepost"


class _Extended(Protocol):
    extensions: dict[str, Any]


def meaning_of(element: _Extended) -> Any:
    """The meaning that a GraphQL field, input field or enum value carries, or None: then it is hand-written."""
    return element.extensions.get(KEY)


@dataclass(frozen=True, slots=True)
class Join:
    """How a row of one relation finds rows of another: `here` equals `there`, column by column."""

    here: tuple[str, ...]
    there: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Through:
    """A junction table on the way: `near` joins it to the row at hand, `far` joins it to the rows looked for."""

    junction: Relation
    near: Join  # here: columns of the row at hand; there: of the junction
    far: Join  # here: columns of the junction; there: of the rows looked for


@dataclass(frozen=True, slots=True)
class Parameter:
    """An argument of a function: its name in the API, and how its value is bound; `key`: of the row that it is."""

    name: str
    argument: Argument
    codec: Codec
    description: str | None = None
    deprecated: str | None = None
    key: KeyField | None = None


@dataclass(frozen=True, slots=True)
class Body:
    """The body of a function of a row, to stand in a statement in place of the call: see `inlining.py`.

    It is a SELECT of one value, which finds the row's `columns` under the alias `row`.
    """

    select: str
    row: str
    columns: tuple[str, ...]
    codec: Codec


@dataclass(frozen=True, slots=True)
class Paging:
    """The arguments by which a function that pages itself is told what a page needs; they are no part of the API.

    `size`: how many rows are read; `keys`: columns of its order, and what tells their values in the row before those.
    """

    size: Parameter
    keys: tuple[tuple[str, Parameter], ...]

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return (self.size, *(parameter for _, parameter in self.keys))


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function; `on_row`: the row at hand is its first argument."""

    function: Function
    parameters: tuple[Parameter, ...]
    on_row: bool = False
    body: Body | None = None
    paging: Paging | None = None


@dataclass(frozen=True, slots=True)
class OrderItem:
    """One column of an order; `edge`: of the junction table across which the rows are found, and not of the rows."""

    column: Column
    codec: Codec
    descending: bool = False
    edge: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """Where rows of `relation` come from: the table itself, a join, a way through a junction table, or a function.

    `order` is the order where the caller asks for none; empty for a function: its own order. `unique` are the columns
    that break ties; where the relation has no key, and so is not `keyed`, all that can be ordered. `record` are the
    columns of a function that returns columns of its own, for whose rows there is no type.
    """

    relation: Relation
    type_name: str
    order: tuple[OrderItem, ...]
    unique: tuple[OrderItem, ...]
    join: Join | None = None
    through: Through | None = None
    call: Call | None = None
    record: tuple[tuple[str, Codec], ...] = ()
    keyed: bool = True


# Fields of object types


@dataclass(frozen=True, slots=True)
class ColumnField:
    column: Column
    codec: Codec


@dataclass(frozen=True, slots=True)
class AttributeField:
    """An attribute of a composite value."""

    name: str
    codec: Codec


@dataclass(frozen=True, slots=True)
class BoundField:
    """A fact of a range, as a function of pg_catalog tells it; `codec`: of a bound, None for yes or no."""

    function: str
    codec: Codec | None


@dataclass(frozen=True, slots=True)
class NodeIdField:
    """The Relay id of a row: its type's name and its primary key."""

    type_name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowField:
    """At most one row: along a foreign key, or what a function returns."""

    rows: Rows


@dataclass(frozen=True, slots=True)
class KeyField:
    """At most one row, found by a key: `columns` are the arguments' names and what they bind to."""

    rows: Rows
    columns: tuple[tuple[str, Column, Codec], ...]


@dataclass(frozen=True, slots=True)
class NodeField:
    """Any row, found by its Relay id; `types` maps a type's name to its key."""

    types: dict[str, KeyField]


@dataclass(frozen=True, slots=True)
class ConnectionField:
    """Many rows, in pages."""

    rows: Rows


@dataclass(frozen=True, slots=True)
class EdgeColumnField:
    """A column of the junction table that an edge stands for."""

    column: Column
    codec: Codec


class Part(Enum):
    """The fields of a connection, its edges and its pageInfo."""

    NODES = "nodes"
    EDGES = "edges"
    PAGE_INFO = "pageInfo"
    TOTAL_COUNT = "totalCount"
    AGGREGATES = "aggregates"
    GROUPED_AGGREGATES = "groupedAggregates"
    NODE = "node"
    CURSOR = "cursor"
    HAS_NEXT_PAGE = "hasNextPage"
    HAS_PREVIOUS_PAGE = "hasPreviousPage"
    START_CURSOR = "startCursor"
    END_CURSOR = "endCursor"


@dataclass(frozen=True, slots=True)
class ValueField:
    """A scalar or a list of scalars that a function returns."""

    call: Call
    codec: Codec


@dataclass(frozen=True, slots=True)
class MutationField:
    """A volatile function; `result` is what the payload's result field holds, None for void."""

    call: Call
    result: RowField | ListField | ValueField | None


@dataclass(frozen=True, slots=True)
class ListField:
    """All rows that a function of a mutation returned."""

    rows: Rows


class PayloadPart(Enum):
    """The fields of a mutation's payload."""

    RESULT = "result"
    BEFORE = "before"
    QUERY = "query"
    COUNT = "count"


# Fields of filters and orders


@dataclass(frozen=True, slots=True)
class ColumnFilter:
    column: Column
    codec: Codec


@dataclass(frozen=True, slots=True)
class ValueFilter:
    """A filter on what a computed field gives."""

    call: Call
    codec: Codec


@dataclass(frozen=True, slots=True)
class CalledFilter:
    """A filter on what a computed field gives for the arguments `args`; `value` is the condition."""

    call: Call
    codec: Codec


@dataclass(frozen=True, slots=True)
class PassingFilter:
    """A filter on the rows of which aggregates are taken."""


@dataclass(frozen=True, slots=True)
class EdgeFilter:
    """A filter on the row of the junction table across which a row was found."""


@dataclass(frozen=True, slots=True)
class RowFilter:
    """A filter on the row that a relation leads to; without such a row it does not hold."""

    rows: Rows


@dataclass(frozen=True, slots=True)
class ManyFilter:
    """A filter on the many rows of a relation: some, every, none."""

    rows: Rows


class Logic(Enum):
    AND = "and"
    OR = "or"
    NOT = "not"


@dataclass(frozen=True, slots=True)
class ColumnOrder:
    column: Column
    codec: Codec


@dataclass(frozen=True, slots=True)
class RowOrder:
    """An order by a column of the row that a relation leads to."""

    rows: Rows


class Structural:
    """A value of an enum that decides the SQL: not one to be bound."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Direction(Structural):
    """A direction, and where nulls come; Postgres' own default where `nulls_first` is None."""

    descending: bool
    nulls_first: bool | None = None


@dataclass(frozen=True, slots=True)
class Syntax(Structural):
    """How a search is read: by this function of Postgres."""

    function: str


@dataclass(frozen=True, slots=True)
class AggregatesOrder:
    """An order by what is counted or summed of the many rows that a relation leads to."""

    rows: Rows


@dataclass(frozen=True, slots=True)
class RankOrder:
    """An order by how well a column matches a search (Postgres manual, 12.3.3)."""

    column: Column
    codec: Codec


@dataclass(frozen=True, slots=True)
class ValueOrder:
    """An order by what a computed field gives."""

    call: Call
    codec: Codec


@dataclass(frozen=True, slots=True)
class CalledOrder:
    """An order by what a computed field gives for the arguments `args`, in a `direction`."""

    call: Call
    codec: Codec


@dataclass(frozen=True, slots=True)
class EdgeOrder:
    """An order by the row of the junction table across which a row was found."""


@dataclass(frozen=True, slots=True)
class DistinctColumn(Structural):
    """A column of which each value is to come once."""

    name: str


# Aggregates


@dataclass(frozen=True, slots=True)
class Operand:
    """A value of each row, to be aggregated: a column or a computed field.

    `sum` and `mean` are the codecs of its sum, and of its average and deviations, where it has them.
    """

    name: str
    column: Column | None
    call: Call | None
    codec: Codec
    sum: Codec | None
    mean: Codec | None
    description: str | None
    deprecated: str | None


@dataclass(frozen=True, slots=True)
class AggregateField:
    """An aggregate function: on its own (`count`), or the object of what it gives for each operand."""

    function: str


@dataclass(frozen=True, slots=True)
class Precision(Structural):
    """How finely rows are grouped by a value: `unit` as date_trunc has it; None: by the value itself."""

    unit: str | None
