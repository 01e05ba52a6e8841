"""What a table's own mutations mean: which rows they write, how they find them, and which value goes where.

`gatepost.plan.writes` reads these; they hang on GraphQL fields and input fields as those of `meaning.py` do.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from gatepost.catalog import Column, Relation
from gatepost.schema.codecs import Codec
from gatepost.schema.meaning import Join, Rows, Structural, Through

Columns = tuple[tuple[str, Column, Codec], ...]
"""Columns with the names that the API has for them."""


class Kind(Enum):
    CREATE = "create"
    UPSERT = "upsert"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Write:
    """A mutation of one relation.

    `many`: of several rows, or of all that a filter finds; else of one, which an update or a delete finds by `key`.
    `rows`: where the payload reads what was written, by `identity`; None where the caller's role may read none of it.
    """

    kind: Kind
    relation: Relation
    many: bool
    rows: Rows | None
    identity: Columns
    key: Columns = ()


@dataclass(frozen=True, slots=True)
class ColumnInput:
    """A value for a column."""

    column: Column
    codec: Codec


@dataclass(frozen=True, slots=True)
class RelationInput:
    """Rows of another relation, written with the row; `forward`: the row refers to it, else they refer to the row.

    `through`: a junction table's rows refer to both, and `join` ties these to the row.
    """

    relation: Relation
    join: Join
    forward: bool
    through: Through | None = None


class NestedPart(Enum):
    """How such rows are given; of one that is there, `patch` says what is to change."""

    CREATE = "create"
    CONNECT = "connect"
    DISCONNECT = "disconnect"
    DELETE = "delete"
    UPDATE = "update"
    PATCH = "patch"


@dataclass(frozen=True, slots=True)
class KeyChoice(Structural):
    """A key on which a new row may meet one that is there."""

    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ColumnChoice(Structural):
    """A column that an upsert is to change."""

    column: str


class Given(Enum):
    """The fields of a mutation's input, but for those of a key."""

    ROW = "row"
    PATCH = "patch"
    INCREMENT = "increment"
    APPEND = "append"
    PREPEND = "prepend"
    REMOVE = "remove"
    SET_AT = "setAt"
    REMOVE_AT = "removeAt"
    FILTER = "filter"
    ALL = "all"
    AT_MOST = "atMost"
    ON_CONFLICT = "onConflict"
    UPDATE = "update"


INPUTS = frozenset(given.value for given in Given if given is not Given.ROW)
"""Their names; that of a new row is its type's."""
OPERATORS = (Given.INCREMENT, Given.APPEND, Given.PREPEND, Given.REMOVE, Given.SET_AT, Given.REMOVE_AT)
