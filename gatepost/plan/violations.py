"""A broken constraint in the API's own words: the fields of a mutation's input that it is about."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import GraphQLField, GraphQLInputObjectType, get_named_type

from gatepost.catalog import Relation
from gatepost.errors import Broken
from gatepost.schema.changes import ColumnInput, Write
from gatepost.schema.meaning import meaning_of


def violated(definition: GraphQLField, about: Broken) -> list[str]:
    """The names of the columns that a constraint is about, as the field's input has them, in the constraint's order.

    Empty where it is of another table, such as one that still refers to a row, or of columns that the input lacks.
    """
    meaning = meaning_of(definition)
    if not isinstance(meaning, Write) or (meaning.relation.schema, meaning.relation.name) != (
        about.schema,
        about.table,
    ):
        return []
    names = dict(_names(definition, meaning))
    return [names[column] for column in _columns(meaning.relation, about) if column in names]


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


def _names(definition: GraphQLField, meaning: Write) -> Iterator[tuple[str, str]]:
    """The columns that the input can give, and their names there."""
    yield from ((column.name, name) for name, column, _ in meaning.key)
    inputs = get_named_type(definition.args["input"].type)
    assert isinstance(inputs, GraphQLInputObjectType)
    for field in inputs.fields.values():
        type_ = get_named_type(field.type)
        if isinstance(type_, GraphQLInputObjectType):
            for name, column_field in type_.fields.items():
                column = meaning_of(column_field)
                if isinstance(column, ColumnInput):
                    yield column.column.name, name
