"""What the database is: pg_catalog read into frozen dataclasses."""

from gatepost.catalog.model import (
    Argument,
    Attribute,
    Catalog,
    Column,
    ForeignKey,
    Function,
    Index,
    Key,
    Policy,
    Relation,
    Type,
)
from gatepost.catalog.read import read, read_from

__all__ = [
    "Argument",
    "Attribute",
    "Catalog",
    "Column",
    "ForeignKey",
    "Function",
    "Index",
    "Key",
    "Policy",
    "Relation",
    "Type",
    "read",
    "read_from",
]
