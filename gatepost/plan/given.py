"""What the input of a table's own mutation gives, as SQL: rows, changes of columns, and which rows are meant."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from graphql import GraphQLInputObjectType, get_named_type
from sqlalchemy.dialects.postgresql import ARRAY

from gatepost.errors import BadInput, BadRequest
from gatepost.plan.elements import Reference, constant, sql_type
from gatepost.plan.frame import Frame
from gatepost.plan.rows import RowCompiler
from gatepost.plan.selection import Selected
from gatepost.plan.sources import Condition
from gatepost.plan.values import Leaf, Value
from gatepost.plan.values import constant as constant_leaf
from gatepost.schema.changes import OPERATORS, ColumnChoice, ColumnInput, Given, KeyChoice, Write
from gatepost.schema.codecs import Codec
from gatepost.schema.meaning import Logic, ManyFilter, meaning_of

MOST_VALUES = 30_000
"""Values of the rows of one mutation; a statement of Postgres takes 65,535 (appendix K)."""
Cells = list[tuple[str, Condition]]
"""Columns, each with its value."""


class Givens:
    """The input of one mutation."""

    def __init__(self, compiler: RowCompiler, field: Selected, meaning: Write) -> None:
        assert field.definition is not None
        type_ = get_named_type(field.definition.args["input"].type)
        values = compiler.arguments(field)["input"]
        assert isinstance(type_, GraphQLInputObjectType)
        assert isinstance(values, dict)
        self._compiler = compiler
        self._meaning = meaning
        self._values = values
        self._types = {
            given: (name, get_named_type(item.type))
            for name, item in type_.fields.items()
            if isinstance(given := meaning_of(item), Given)
        }

    def _get(self, given: Given) -> Value:
        """The value of one of the input's fields; None where it is absent."""
        return self._values.get(self._types[given][0]) if given in self._types else None

    def rows(self) -> tuple[str, GraphQLInputObjectType, list[Value]]:
        """The new rows, with the name and the type of their field. Raises BadRequest where they hold too much."""
        name, type_ = self._types[Given.ROW]
        assert isinstance(type_, GraphQLInputObjectType)
        given = self._get(Given.ROW)
        rows: list[Value] = list(given) if isinstance(given, list) else [given]
        if _size(rows) > MOST_VALUES:
            raise BadRequest(
                f"`{name}` has more than {MOST_VALUES:,} values.", code="TOO_COMPLEX", extensions={"limit": MOST_VALUES}
            )
        return name, type_, rows

    def alias(self, prefix: str) -> str:
        """A fresh alias."""
        return self._compiler.aliases.fresh(prefix)

    def bound(self, value: Leaf, codec: Codec) -> Condition:
        """A value to compare a column with."""
        return self._compiler.parameters.value(value.bind, codec)

    def changes(self, frame: Frame) -> Cells:
        """The columns to change, and their new values. Raises BadInput: none, or one column twice."""
        found: Cells = []
        patch = self._get(Given.PATCH)
        if patch:
            assert isinstance(patch, dict)
            found += self.cells(patch, self._types[Given.PATCH][1])
        for given in OPERATORS:
            values = self._get(given)
            if not isinstance(values, dict):
                continue
            for name, value in values.items():
                meaning = meaning_of(self._types[given][1].fields[name])
                assert isinstance(meaning, ColumnInput)
                if value is not None:
                    changed = self._operated(given, frame.column(meaning.column.name), value, meaning.codec)
                    found.append((meaning.column.name, changed))
        if not found:
            raise BadInput("There is nothing to change: give at least one value.")
        if len({column for column, _ in found}) < len(found):
            raise BadInput("A column is changed twice.")
        return found

    def found(self, frame: Frame) -> list[Condition]:
        """What the rows meet that are meant. Raises BadInput where that is every row, and was not said to be."""
        key = [
            frame.column(column.name) == self._compiler.parameters.value(leaf(self._values[name]).bind, codec)
            for name, column, codec in self._meaning.key
        ]
        if Given.FILTER not in self._types:
            return key
        filter_, type_ = self._get(Given.FILTER), self._types[Given.FILTER][1]
        if not _narrows(filter_, type_) and self._get(Given.ALL) is not True:
            raise BadInput("This filter takes every row. Say `all: true` where that is meant.")
        return self._compiler.filters.conditions(type_, filter_, frame)

    def at_most(self) -> Condition | None:
        """How many rows may be written; None where any number may."""
        bound = self._get(Given.AT_MOST)
        return self._compiler.parameters.add(bound.bind, sa.Integer()) if isinstance(bound, Leaf) else None

    def conflict(self) -> tuple[str, ...]:
        """The key by which an upsert tells that the row is there already."""
        choice = self._get(Given.ON_CONFLICT)
        assert isinstance(choice, KeyChoice)
        return choice.columns

    def updated(self, given: list[str]) -> list[str]:
        """The columns that an upsert takes from a new row that gives these. Raises BadInput where it lacks one."""
        choices = self._get(Given.UPDATE)
        if not isinstance(choices, list):
            allowed = {column.name for column in self._meaning.relation.columns if column.update}
            return [name for name in given if name in allowed and name not in self.conflict()]
        names = [choice.column for choice in choices if isinstance(choice, ColumnChoice)]
        if not set(names) <= set(given):
            raise BadInput("`update` names a column that the new row does not give.")
        return list(dict.fromkeys(names))

    def cells(self, values: dict[str, Value], type_: Any) -> Cells:
        """The columns that an input object gives values for, and these."""
        found: Cells = []
        for key, value in values.items():
            meaning = meaning_of(type_.fields[key])
            assert isinstance(meaning, ColumnInput)
            found.append((meaning.column.name, self._value(value, meaning.codec)))
        return found

    def _value(self, value: Value, codec: Codec) -> Condition:
        if value is None:
            return sa.cast(sa.null(), sql_type(codec))
        return self._compiler.parameters.value(leaf(value).bind, codec, exact=True)

    def _operated(self, given: Given, old: Condition, value: Value, codec: Codec) -> Condition:
        """What an operator makes of a column's value."""
        if given is Given.SET_AT:
            for item in value if isinstance(value, list) else []:
                assert isinstance(item, dict)
                path = self._compiler.parameters.add(leaf(item["path"]).bind, ARRAY(sa.Text()))
                new = item.get("value")
                json = constant("null") if new is None else self._compiler.parameters.add(leaf(new).bind, sa.Text())
                old = sa.func.jsonb_set(old, path, sa.cast(json, sql_type(codec)), sa.true())
            return old
        new_value = self._value(value, codec)
        match given:
            case Given.INCREMENT:
                return old + new_value
            case Given.APPEND:
                return old.op("||")(new_value)
            case _:
                return new_value.op("||")(old)


def leaf(value: Value) -> Leaf:
    """A value as a leaf."""
    return value if isinstance(value, Leaf) else constant_leaf(value)


def excluded(name: str) -> Condition:
    """A column of the row that an upsert could not insert."""
    return Reference("excluded", name)


def _size(value: Value) -> int:
    """How many values a value holds."""
    if isinstance(value, list):
        return sum(_size(item) for item in value)
    return sum(_size(item) for item in value.values()) if isinstance(value, dict) else 1


def _narrows(value: Value, type_: Any) -> bool:
    """Whether a filter sets a condition at all."""
    if not isinstance(value, dict):
        return False
    for name, item in value.items():
        field = type_.fields[name]
        inner = get_named_type(field.type)
        match meaning_of(field):
            case Logic.AND:
                narrows = isinstance(item, list) and any(_narrows(part, type_) for part in item)
            case Logic.OR:
                narrows = isinstance(item, list) and all(_narrows(part, type_) for part in item)
            case Logic.NOT:
                narrows = isinstance(item, dict)
            case ManyFilter() if isinstance(item, dict):
                narrows = any(
                    isinstance(part, dict)
                    and (quantifier != "every" or _narrows(part, get_named_type(inner.fields[quantifier].type)))
                    for quantifier, part in item.items()
                )
            case _:
                narrows = item is not None and (not isinstance(item, dict) or _given(item))
        if narrows:
            return True
    return False


def _given(values: dict[str, Value]) -> bool:
    """Whether any of a column's operators is given, or any of a row's conditions."""
    return any(
        _given(value) if isinstance(value, dict) else value is not None or name == "distinctFrom"
        for name, value in values.items()
    )
