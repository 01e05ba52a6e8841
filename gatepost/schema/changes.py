"""What a table's own mutations mean: which rows they write, how they find them, and which value goes where.

`gatepost.plan.writes` reads these; they hang on GraphQL fields and input fields as those of `meaning.py` do.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from gatepost.catalog import Column, Relation
from gatepost.schema.codecs import Codec
from gatepost.schema.meaning import Rows

Columns = tuple[tuple[str, Column, Codec], ...]
"""Columns with the names that the API has for them."""


class Kind(Enum):
    CREATE = "create"
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


class Given(Enum):
    """The other fields of a mutation's input."""

    ROW = "row"
    PATCH = "patch"
    FILTER = "filter"
    ALL = "all"
    AT_MOST = "atMost"
