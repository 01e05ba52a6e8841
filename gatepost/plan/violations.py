"""A broken constraint in the API's own words: the fields of a mutation's input that it is about, and nothing hidden."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLField

from gatepost.catalog import Relation
from gatepost.errors import Broken, Violation
from gatepost.schema.changes import ColumnInput, RelationInput
from gatepost.schema.meaning import MutationField, meaning_of
from gatepost.schema.shapes import Shape

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Touched:
    """Rows of a relation in the input of a mutation: of what type they are, and where they stand, row and patch aside.

    `tied` are the columns that the row above gives, `related` the relations that are given, and `key` the names of the
    columns that find the row.
    """

    relation: Relation
    type_: Any
    path: Path
    tied: tuple[str, ...] = ()
    related: set[str] = field(default_factory=set)
    key: dict[str, str] = field(default_factory=dict)

    def names(self) -> dict[str, str]:
        """Where the value of each column comes from."""
        names = {column: ".".join((*self.path, name)) for column, name in self.key.items()}
        for name, item in self.type_.fields.items():
            meaning = meaning_of(item)
            if isinstance(meaning, ColumnInput):
                names[meaning.column.name] = ".".join((*self.path, name))
        for name in self.related:
            meaning = meaning_of(self.type_.fields[name])
            if isinstance(meaning, RelationInput) and meaning.forward:
                names |= {column: ".".join((*self.path, name)) for column in meaning.join.here}
        return names | {column: ".".join(self.path[:-1]) for column in self.tied}

    def holding(self, domain: tuple[str, str]) -> list[str]:
        """Where values of a domain come from."""
        fields = ((name, meaning_of(item)) for name, item in self.type_.fields.items())
        return [
            ".".join((*self.path, name))
            for name, meaning in fields
            if isinstance(meaning, ColumnInput) and meaning.codec.holds(domain)
        ]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a role's schema shows: tables, by schema and name, and the schemas whose types may be named."""

    tables: Mapping[tuple[str, str], Shape]
    schemas: Container[str]


def explain(
    error: Violation, shown: Shown, touched: Sequence[Touched] = (), definition: GraphQLField | None = None
) -> None:
    """Adds to an error what its caller may know of the broken constraint: `fields`, `field`, `constraint`.

    The name of a constraint is told where the caller's schema shows its table, or the mutation itself writes to it, and
    all its columns; of a domain's, where its schema is exposed or a field that was given has the domain.
    """
    about, found = error.about, error.extensions
    table = about.schema or "", about.table or ""
    shape = shown.tables.get(table)
    parts = [part for part in touched if (part.relation.schema, part.relation.name) == table]
    names = {member.column.name: member.name for member in shape.columns} if shape is not None else {}
    for part in parts:
        names |= part.names()
    relation = shape.relation if shape is not None else parts[0].relation if parts else None
    columns = _columns(relation, about) if relation is not None else ()
    fields = violated(touched, about)
    if not fields and definition is not None:
        fields = arguments_of(definition, about, columns)
    if about.domain is not None:
        may_know = bool(fields) or about.schema in shown.schemas
    else:
        may_know = relation is not None and all(column in names for column in columns)
    if not may_know:
        return
    if about.constraint:
        found["constraint"] = about.constraint
    if about.column and about.column in names:
        found["field"] = names[about.column].rpartition(".")[2]
    if fields:
        found["fields"] = fields


def violated(touched: Iterable[Touched], about: Broken) -> list[str]:
    """The names of the columns that a constraint is about, as the input has them, in the constraint's order.

    Those of nested rows are paths, such as `comments.create.text`. Empty where it is of another table, such as one that
    still refers to a row, or of columns that the input lacks. Of a domain's constraint, all columns of that domain: the
    database does not tell which of them it was.
    """
    found: list[str] = []
    for part in touched:
        if about.domain is not None:
            found += part.holding((about.schema or "", about.domain))
        elif (part.relation.schema, part.relation.name) == (about.schema, about.table):
            names = part.names()
            found += [names[column] for column in _columns(part.relation, about) if column in names]
    return list(dict.fromkeys(found))


def arguments_of(definition: GraphQLField, about: Broken, columns: Iterable[str]) -> list[str]:
    """The arguments of a function's mutation that a constraint is about.

    Of a domain's, those that hold values of it; of a table's, those that are called as its columns are.
    """
    meaning = meaning_of(definition)
    if not isinstance(meaning, MutationField):
        return []
    parameters = meaning.call.parameters
    if about.domain is not None:
        domain = (about.schema or "", about.domain)
        return [parameter.name for parameter in parameters if parameter.codec.holds(domain)]
    by_name = {parameter.argument.name: parameter.name for parameter in parameters}
    return [by_name[column] for column in columns if column in by_name]


def _columns(relation: Relation, about: Broken) -> tuple[str, ...]:
    if about.column is not None:
        return (about.column,)
    known: dict[str, tuple[str, ...]] = {
        index.name: tuple(column for column in index.columns if column is not None) for index in relation.indexes
    }
    known |= {key.name: key.columns for key in relation.keys}
    known |= {key.name: key.columns for key in relation.foreign_keys}
    known |= {check.name: check.columns for check in relation.checks}
    return known.get(about.constraint or "", ())
