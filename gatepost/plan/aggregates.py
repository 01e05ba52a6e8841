"""Aggregates of a connection's rows as JSON: of all of them, or of groups.

The rows are a subselect that has a column for each value that is aggregated or grouped by; the aggregates are another
one around it; the JSON is made of its columns.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from graphql import GraphQLObjectType, get_named_type
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from gatepost.errors import BadInput
from gatepost.plan.aggregate_functions import applied, gathered, listed, only, operand_value, result_codec
from gatepost.plan.derived import from_of, keys, moved
from gatepost.plan.elements import Reference, constant, number, sql_type
from gatepost.plan.ordering import Order, sorted_by
from gatepost.plan.output import JsonObject, aggregate
from gatepost.plan.rows import Members, RowCompiler
from gatepost.plan.selection import Selected
from gatepost.plan.sources import Condition, Source
from gatepost.plan.structures import value_as_json
from gatepost.plan.values import Leaf, Value
from gatepost.schema.codecs import Codec
from gatepost.schema.meaning import AggregateField, Direction, Operand, Precision, meaning_of


class Aggregation:
    """Compiles one field of aggregates over the rows of a source, which are in `order`."""

    def __init__(self, compiler: RowCompiler, field: Selected, source: Source, order: Order) -> None:
        self.compiler = compiler
        self.field = field
        self.source = source
        self.order = order
        self.values = compiler.arguments(field)
        self.rows = compiler.aliases.fresh("r")
        self.groups = compiler.aliases.fresh("g")
        self._cells: dict[str, Condition] = {}
        self._keys: dict[str, Condition] = {}
        self._tests: list[Condition] = []
        self._results: list[Condition] = []
        self._ordered = False

    def whole(self) -> Condition:
        """The aggregates of all rows."""
        type_, selected = self.compiler.of(self.field)
        members = self._members(type_, selected)
        return self.compiler.one(members, self._aggregated().subquery(self.groups))

    def grouped(self) -> Condition:
        """A list of the aggregates of each group."""
        assert self.field.definition is not None
        definitions = self.field.definition.args
        by: Any = get_named_type(definitions["groupBy"].type)
        asked = self.values.get("groupBy")
        for item in asked if isinstance(asked, list) else [asked]:
            for name, precision in item.items() if isinstance(item, dict) else ():
                self._group_by(meaning_of(by.fields[name]), precision)
        type_, selected = self.compiler.of(self.field)
        members = self._members(type_, selected)
        having = self.compiler.filters.having(
            definitions["having"].type, self.values.get("having"), self._cell, self._test
        )
        order = self._group_order(get_named_type(definitions["orderBy"].type))
        statement = (
            self._aggregated().group_by(*(self._key(name) for name in self._keys)).having(sa.and_(True, *having))
        )
        statement = statement.order_by(*order).limit(self._bounded("first", self.compiler.bounds.most))
        if isinstance(self.values.get("offset"), Leaf):
            statement = statement.offset(self._bounded("offset", None))
        alias = self.compiler.aliases.fresh("o")
        objects = members.select(statement.subquery(self.groups)).subquery(alias)
        return sa.select(aggregate(members.json.read(alias))).select_from(objects).scalar_subquery()

    # The rows

    def _cell(self, operand: Operand) -> Condition:
        """An operand's value as a column of the rows."""
        if operand.name not in self._cells:
            self._cells[operand.name] = operand_value(self.compiler.sources, operand, self.source.frame)
        return Reference(self.rows, _place("v", self._cells, operand.name), sql_type(operand.codec))

    def _rows(self) -> sa.FromClause:
        columns: list[Condition] = [value.label(_place("v", self._cells, name)) for name, value in self._cells.items()]
        columns += [value.label(_place("k", self._keys, name)) for name, value in self._keys.items()]
        columns += [test.label(f"f{place}") for place, test in enumerate(self._tests)]
        columns += keys(self.order) if self._ordered else []
        selected = sa.select(*(columns or [sa.true().label("(row)")]))
        return selected.select_from(from_of(self.source)).where(*self.source.conditions).subquery(self.rows)

    def _key(self, name: str) -> Condition:
        return Reference(self.rows, _place("k", self._keys, name))

    def _aggregated(self) -> sa.Select[Any]:
        groups = [self._key(name).label(_place("k", self._keys, name)) for name in self._keys]
        results = self._results or [sa.func.count().label("(count)")]
        return sa.select(*groups, *results).select_from(self._rows())

    def _group_by(self, operand: Operand, precision: Value) -> None:
        if operand.name in self._keys:
            raise BadInput(f"`groupBy` names {operand.name} twice.")
        value = operand_value(self.compiler.sources, operand, self.source.frame)
        if isinstance(precision, Precision) and precision.unit is not None:
            value = self._truncated(value, operand, precision.unit)
        self._keys[operand.name] = value

    def _truncated(self, value: Condition, operand: Operand, unit: str) -> Condition:
        type_ = (operand.codec.base or operand.codec.sql)[1]
        zone = self.values.get("timeZone")
        if type_ == "timestamptz" and isinstance(zone, Leaf):
            return sa.func.date_trunc(constant(unit), value, self.compiler.parameters.add(zone.bind, sa.Text()))
        if type_ == "date":
            return sa.cast(sa.func.date_trunc(constant(unit), sa.cast(value, sa.TIMESTAMP())), sa.Date())
        return sa.func.date_trunc(constant(unit), value)

    # What is given of them

    def _members(self, type_: GraphQLObjectType, selected: list[Selected]) -> Members:
        members = Members(JsonObject(), [])
        for field in selected:
            meaning = meaning_of(field.definition) if field.definition else None
            if not isinstance(meaning, AggregateField):
                members.json.add(field.key, constant(type_.name))
            elif meaning.function == "count":
                members.json.add(field.key, self._result(only(sa.func.count(), self._passing(field))))
            elif meaning.function == "keys" and not self._keys:
                members.json.add(field.key, sa.cast(sa.null(), sa.JSON()))
            else:
                members.json.add(field.key, self._object(field, meaning.function))
        return members

    def _result(self, value: Condition) -> Condition:
        name = f"a{len(self._results)}"
        self._results.append(value.label(name))
        return Reference(self.groups, name)

    def _object(self, field: Selected, function: str) -> Condition:
        type_, selected = self.compiler.of(field)
        distinct = self.compiler.arguments(field).get("distinct") is True
        passing = self._passing(field)
        json = JsonObject()
        for member in selected:
            operand = meaning_of(member.definition) if member.definition else None
            if function == "keys" and isinstance(operand, Operand) and operand.name not in self._keys:
                json.add(member.key, sa.null())
            elif isinstance(operand, Operand):
                value, codec = self._value(function, operand, distinct, passing)
                json.add(member.key, value_as_json(self.compiler, value, codec, member))
            else:
                json.add(member.key, constant(type_.name))
        return self.compiler.one(Members(json, []), None)

    def _passing(self, field: Selected) -> Condition | None:
        """The condition that the field sets on its own rows, as a column of the rows."""
        assert field.definition is not None
        given = self.compiler.arguments(field).get("filter")
        if given is None:
            return None
        return self._test(field.definition.args["filter"].type, given)

    def _test(self, type_: Any, given: Value) -> Condition:
        """Whether a row passes a filter, as a column of the rows."""
        conditions = self.compiler.filters.conditions(type_, given, self.source.frame)
        self._tests.append(sa.and_(sa.true(), *conditions))
        return Reference(self.rows, f"f{len(self._tests) - 1}")

    def _value(
        self, function: str, operand: Operand, distinct: bool, passing: Condition | None
    ) -> tuple[Condition, Codec]:
        if function == "keys":
            return Reference(self.groups, _place("k", self._keys, operand.name)), operand.codec
        if function == "arrayAgg":
            return self._list(operand, distinct, passing)
        value = applied(function, self._cell(operand), operand.codec, distinct, passing)
        return self._result(value), result_codec(function, operand)

    def _list(self, operand: Operand, distinct: bool, passing: Condition | None) -> tuple[Condition, Codec]:
        cell = gathered(self._cell(operand), operand.codec)
        if distinct:
            ordered = aggregate_order_by(sa.distinct(cell), cell.asc())
        else:
            self._ordered = True
            ordered = aggregate_order_by(cell, *moved(self.order, self.rows).sort())
        array = sa.type_coerce(only(sa.func.array_agg(ordered), passing), ARRAY(sa.Text()))
        most = array[number(1) : number(self.compiler.bounds.most)]
        return self._result(listed(most, operand.codec)), operand.codec.listed()

    # Which groups, and in which order

    def _group_order(self, type_: Any) -> list[Condition]:
        order: list[Condition] = []
        asked = self.values.get("orderBy")
        for item in asked if isinstance(asked, list) else [asked]:
            for name, value in item.items() if isinstance(item, dict) else ():
                field = type_.fields[name]
                function = meaning_of(field).function
                if isinstance(value, Direction):
                    order.append(sorted_by(sa.func.count(), value))
                elif isinstance(value, dict):
                    inner = get_named_type(field.type)
                    order += [
                        sorted_by(self._order_value(function, meaning_of(inner.fields[member])), direction)
                        for member, direction in value.items()
                        if isinstance(direction, Direction)
                    ]
        return [*order, *(self._key(name).asc() for name in self._keys)]

    def _order_value(self, function: str, operand: Operand) -> Condition:
        if function == "keys":
            if operand.name not in self._keys:
                raise BadInput(f"Groups can be ordered only by what `groupBy` names, and {operand.name} is not there.")
            return self._key(operand.name)
        return applied(function, self._cell(operand), operand.codec)

    def _bounded(self, name: str, most: int | None) -> Condition:
        def checked(size: Any) -> int:
            if size < 0 or (most is not None and size > most):
                raise BadInput(
                    f"`{name}` may be from 0{'' if most is None else f' to {most}'}, and is {size}.",
                    code="PAGE_SIZE",
                    extensions={"limit": most, "value": size},
                )
            return int(size)

        value = self.values.get(name)
        if not isinstance(value, Leaf):
            return number(most or 0)
        return self.compiler.parameters.add(value.then(checked).bind, sa.BigInteger())


def _place(prefix: str, among: dict[str, Condition], name: str) -> str:
    """What a value is called within the statement: a name of the API can be too long for a column."""
    return f"{prefix}{list(among).index(name)}"
