"""What the input of a table's own mutation gives, as SQL: rows, changes of columns, and which rows are meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from graphql import GraphQLInputObjectType, get_named_type
from sqlalchemy.dialects.postgresql import ARRAY

from gatepost.catalog import Relation
from gatepost.errors import BadInput, BadRequest
from gatepost.plan.elements import Reference, constant, number, sql_type
from gatepost.plan.frame import Frame
from gatepost.plan.rows import RowCompiler
from gatepost.plan.selection import Selected
from gatepost.plan.sources import Condition
from gatepost.plan.values import Leaf, Value
from gatepost.plan.values import constant as constant_leaf
from gatepost.plan.violations import Path, Touched
from gatepost.schema.changes import OPERATORS, ColumnChoice, ColumnInput, Given, KeyChoice, RelationInput, Write
from gatepost.schema.codecs import Codec
from gatepost.schema.meaning import Logic, ManyFilter, meaning_of

MOST_VALUES = 30_000
"""Values of the rows of one mutation; a statement of Postgres takes 65,535 (appendix K)."""
Cells = list[tuple[str, Condition]]
"""Columns, each with its value."""


Values = dict[str, tuple[Value, Codec]]
"""Columns, each with what the input gives for it, in the order of their names."""


@dataclass(frozen=True, slots=True)
class Nested:
    """What is to be written along a relation, and where in the input it stands."""

    meaning: RelationInput
    type_: Any
    value: dict[str, Value]
    path: Path


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
        self.touched: dict[tuple[int, Path], Touched] = {}
        """The relations that the input gives values for, each with where it stands: what errors are told by."""

    def _get(self, given: Given) -> Value:
        """The value of one of the input's fields; None where it is absent."""
        return self._values.get(self._types[given][0]) if given in self._types else None

    def rows(self) -> tuple[GraphQLInputObjectType, list[Value]]:
        """The new rows, with their type. Raises BadRequest where they hold too much."""
        name, type_ = self._types[Given.ROW]
        assert isinstance(type_, GraphQLInputObjectType)
        given = self._get(Given.ROW)
        rows: list[Value] = list(given) if isinstance(given, list) else [given]
        _check_size(name, rows)
        return type_, rows

    def given_key(self) -> tuple[str, ...]:
        """A key of which each of the new rows gives all columns, and which may be read; empty where there is none."""
        type_, rows = self.rows()
        if not rows:
            return ()
        found = ((name, meaning_of(item)) for name, item in type_.fields.items())
        names = {meaning.column.name: name for name, meaning in found if isinstance(meaning, ColumnInput)}
        for key in sorted(self._meaning.relation.keys, key=lambda key: not key.primary):
            columns = [self._meaning.relation.by_name[name] for name in key.columns]
            if all(column.select and column.name in names for column in columns) and all(
                isinstance(row, dict) and all(row.get(names[name]) is not None for name in key.columns) for row in rows
            ):
                return key.columns
        return ()

    def alias(self, prefix: str) -> str:
        """A fresh alias."""
        return self._compiler.aliases.fresh(prefix)

    def bound(self, value: Leaf, codec: Codec) -> Condition:
        """A value to compare a column with."""
        return self._compiler.parameters.value(value.bind, codec)

    def parted(
        self, relation: Relation, row: Value, type_: Any, path: Path = (), tied: tuple[str, ...] = ()
    ) -> tuple[Values, list[Nested]]:
        """What a row or a patch gives for columns of its own, and what along relations; `tied`: by the one above."""
        assert isinstance(row, dict)
        touched = self.touched.setdefault((relation.oid, path), Touched(relation, type_, path, tied))
        nested: list[Nested] = []
        plain: Values = {}
        for key, value in row.items():
            meaning = meaning_of(type_.fields[key])
            if isinstance(meaning, ColumnInput):
                plain[meaning.column.name] = value, meaning.codec
            elif isinstance(value, dict):
                touched.related.add(key)
                nested.append(Nested(meaning, get_named_type(type_.fields[key].type), value, (*path, key)))
        return dict(sorted(plain.items())), nested

    def patch(self) -> tuple[Values, list[Nested]]:
        """What the patch gives. Raises BadRequest where it holds too much."""
        name, type_ = self._types[Given.PATCH]
        _check_size(name, self._get(Given.PATCH))
        found = self.parted(self._meaning.relation, self._get(Given.PATCH) or {}, type_)
        touched = self.touched[self._meaning.relation.oid, ()]
        touched.key.update({column.name: name for name, column, _ in self._meaning.key})
        return found

    def operated(self, frame: Frame) -> Cells:
        """The columns that operators change, and their new values."""
        found: Cells = []
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
        if not key and not _narrows(filter_, type_) and self._get(Given.ALL) is not True:
            raise BadInput("This filter takes every row. Say `all: true` where that is meant.")
        return [*key, *self._compiler.filters.conditions(type_, filter_, frame)]

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

    def cells(self, values: Values) -> Cells:
        """The columns of one row, bound."""
        return [(name, self._value(value, codec)) for name, (value, codec) in values.items()]

    def table(self, rows: list[Values], names: list[str]) -> tuple[sa.FromClause, list[Condition], Condition]:
        """These columns of several rows, all of which give them, as something to select from; and their places.

        Each column is one parameter, an array, so that the statement is the same for any number of rows; but for
        columns that are arrays themselves, of which Postgres would take all for one.
        """
        alias, codecs = self.alias("v"), [rows[0][name][1] for name in names]
        columns = [Reference(alias, f"c{place}") for place in range(len(names))]
        place = Reference(alias, "n")
        if any(codec.dimensions for codec in codecs):
            heads: list[sa.ColumnClause[Any]] = [*(sa.column(column.name) for column in columns), sa.column("n")]
            data = [(*(self._value(*row[name]) for name in names), number(at)) for at, row in enumerate(rows)]
            return sa.values(*heads, name=alias).data(data), list(columns), place
        if not names:
            places = sa.func.generate_series(number(1), number(len(rows))).table_valued(sa.column("n"))
            return places.render_derived(name=alias), [], place
        parameters = self._compiler.parameters
        arrays = [
            parameters.each([leaf(row[name][0]).bind for row in rows], codec)
            for name, codec in zip(names, codecs, strict=True)
        ]
        table = sa.func.unnest(*arrays).table_valued(
            *(sa.column(column.name) for column in columns), with_ordinality="n"
        )
        elements = [parameters.element(column, codec) for column, codec in zip(columns, codecs, strict=True)]
        return table.render_derived(name=alias), elements, place

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
        if given is Given.REMOVE_AT:
            return old.op("#-")(self._compiler.parameters.add(leaf(value).bind, ARRAY(sa.Text())))
        if given is Given.REMOVE:
            if not codec.dimensions:
                return old.op("-")(self._compiler.parameters.add(leaf(value).bind, ARRAY(sa.Text())))
            return self._without(old, self._value(value, codec))
        new_value = self._value(value, codec)
        match given:
            case Given.INCREMENT:
                return old + new_value
            case Given.APPEND:
                return old.op("||")(new_value)
            case _:
                return new_value.op("||")(old)

    def _without(self, old: Condition, values: Condition) -> Condition:
        """An array without the elements that equal one of these; nulls equal none."""
        alias = self.alias("e")
        # In FROM, a composite would come as its columns; so they come in the order of the array itself.
        elements = sa.select(sa.func.unnest(old).label("v")).subquery(alias)
        kept = sa.select(Reference(alias, "v")).select_from(elements)
        kept = kept.where((Reference(alias, "v") == sa.any_(values)).is_not(sa.true()))
        return sa.case((old.is_not(sa.null()), sa.func.array(kept.scalar_subquery())))


def leaf(value: Value) -> Leaf:
    """A value as a leaf."""
    return value if isinstance(value, Leaf) else constant_leaf(value)


def excluded(name: str) -> Condition:
    """A column of the row that an upsert could not insert."""
    return Reference("excluded", name)


def _check_size(name: str, value: Value) -> None:
    if _size(value) > MOST_VALUES:
        raise BadRequest(
            f"`{name}` has more than {MOST_VALUES:,} values.", code="TOO_COMPLEX", extensions={"limit": MOST_VALUES}
        )


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
