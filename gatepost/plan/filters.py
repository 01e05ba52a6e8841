"""Filters as conditions.

A field that is absent or null sets no condition. `not` and `every` take a condition that SQL leaves unknown, as of a
null, for one that does not hold.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from graphql import GraphQLInputObjectType, get_named_type, get_nullable_type

from gatepost.plan.aggregate_functions import applied, only, operand_value, result_codec
from gatepost.plan.elements import Parameters, Reference, number
from gatepost.plan.frame import Across, Frame
from gatepost.plan.operators import operators
from gatepost.plan.select import select
from gatepost.plan.selection import Operation
from gatepost.plan.sources import Condition, Source, Sources
from gatepost.plan.values import Value
from gatepost.schema.aggregates import COUNT
from gatepost.schema.meaning import (
    AggregateField,
    CalledFilter,
    ColumnFilter,
    EdgeFilter,
    Logic,
    ManyFilter,
    Operand,
    PassingFilter,
    RowFilter,
    Rows,
    ValueFilter,
    meaning_of,
)
from gatepost.schema.types import Codec


class Filters:
    """Compiles filters within one statement."""

    def __init__(self, sources: Sources, operation: Operation) -> None:
        self._sources = sources
        self._operation = operation

    @property
    def _parameters(self) -> Parameters:
        return self._sources.parameters

    def conditions(self, type_: Any, value: Value, frame: Frame) -> list[Condition]:
        """The conditions, all of which must hold, that a filter of this input type sets on the rows of `frame`."""
        if not isinstance(value, dict):
            return []
        filter_ = get_named_type(type_)
        found: list[Condition] = []
        for name, item in value.items():
            if item is None:
                continue
            field = filter_.fields[name]
            found.extend(self._field(meaning_of(field), get_nullable_type(field.type), item, frame, filter_))
        return found

    def _all(self, type_: Any, value: Value, frame: Frame) -> Condition:
        with self._operation.deeper():
            return sa.and_(sa.true(), *self.conditions(type_, value, frame))

    def _field(
        self, meaning: object, type_: Any, value: Value, frame: Frame, own: GraphQLInputObjectType
    ) -> list[Condition]:
        match meaning:
            case Logic.AND if isinstance(value, list):
                return [self._all(own, item, frame) for item in value]
            case Logic.OR if isinstance(value, list):
                return [sa.or_(sa.false(), *(self._all(own, item, frame) for item in value))]
            case Logic.NOT:
                return [self._all(own, value, frame).is_not(sa.true())]
            case ColumnFilter(column, codec):
                return self._operators(frame.column(column.name), codec, value)
            case ValueFilter(call, codec):
                return self._operators(self._sources.value(call, frame, {}, codec), codec, value)
            case CalledFilter(call, codec) if isinstance(value, dict) and isinstance(value["args"], dict):
                given = self._sources.value(call, frame, value["args"], codec)
                return self._operators(given, codec, value.get("value"))
            case EdgeFilter() if isinstance(frame, Across):
                return [self._all(type_, value, frame.junction)]
            case RowFilter(rows):
                return [self._exists(rows, type_, value, frame)]
            case ManyFilter(rows) if isinstance(value, dict):
                return self._many(rows, type_, value, frame)
        raise TypeError(f"not a filter: {meaning!r}")

    def _exists(self, rows: Rows, type_: Any, value: Value, frame: Frame, negated: bool = False) -> Condition:
        source = self._sources.rows(rows, frame, {})
        condition = self._all(type_, value, source.frame)
        return _exists(source, condition.is_not(sa.true()) if negated else condition)

    def _many(self, rows: Rows, type_: Any, value: dict[str, Value], frame: Frame) -> list[Condition]:
        found: list[Condition] = []
        for quantifier, item in value.items():
            if item is None:
                continue
            inner = type_.fields[quantifier].type
            if quantifier == "aggregates":
                found.append(self._aggregates(rows, inner, item, frame))
                continue
            exists = self._exists(rows, inner, item, frame, negated=quantifier == "every")
            found.append(exists if quantifier == "some" else sa.not_(exists))
        return found

    def _aggregates(self, rows: Rows, type_: Any, value: Value, frame: Frame) -> Condition:
        source = self._sources.rows(rows, frame, {})
        passes = self.having(
            type_,
            value,
            lambda operand: operand_value(self._sources, operand, source.frame),
            lambda filter_, given: self._all(filter_, given, source.frame),
        )
        one_row = sa.func.count() >= number(0)  # an aggregate, even where no other is asked for
        return select(sa.and_(one_row, *passes)).select_from(source.from_).where(*source.conditions)

    def having(
        self,
        type_: Any,
        value: Value,
        value_of: Callable[[Operand], Condition],
        passes: Callable[[Any, Value], Condition],
        of: Condition | None = None,
    ) -> list[Condition]:
        """The conditions that a filter of aggregates sets; `of`: on those of the rows that pass.

        `value_of` gives an operand's value in each row, `passes` whether a row passes a filter of a type.
        """
        if not isinstance(value, dict):
            return []
        filter_ = get_named_type(type_)
        found: list[Condition] = []
        for name, item in value.items():
            if isinstance(meaning_of(filter_.fields[name]), PassingFilter) and item is not None:
                passing = passes(filter_.fields[name].type, item)
                of = passing if of is None else sa.and_(of, passing)

        def all_of(item: Value) -> Condition:
            with self._operation.deeper():
                return sa.and_(sa.true(), *self.having(filter_, item, value_of, passes, of))

        for name, item in value.items():
            match meaning_of(filter_.fields[name]):
                case Logic.AND if isinstance(item, list):
                    found += [all_of(each) for each in item]
                case Logic.OR if isinstance(item, list):
                    found.append(sa.or_(sa.false(), *(all_of(each) for each in item)))
                case Logic.NOT if item is not None:
                    found.append(all_of(item).is_not(sa.true()))
                case AggregateField("count"):
                    found += self._operators(only(sa.func.count(), of), COUNT, item)
                case AggregateField(function) if isinstance(item, dict):
                    members = get_named_type(filter_.fields[name].type).fields
                    for member, condition in item.items():
                        operand = meaning_of(members[member])
                        result = applied(function, value_of(operand), operand.codec, of=of)
                        found += self._operators(result, result_codec(function, operand), condition)
        return found

    def _operators(self, operand: Condition, codec: Codec, value: Value) -> list[Condition]:
        found = operators(operand, codec, value, self._parameters)
        if codec.dimensions and isinstance(value, dict) and isinstance(value.get("any"), dict):
            found.append(self._any(operand, codec, value["any"]))
        return found

    def _any(self, operand: Condition, codec: Codec, value: Value) -> Condition:
        """At least one element of an array passes."""
        alias = self._sources.aliases.fresh("e")
        # In FROM, a composite would come as its columns.
        elements = select(sa.func.unnest(operand).label("v")).subquery(alias)
        conditions = self._operators(Reference(alias, "v"), codec.of_elements(), value)
        return select(sa.true()).select_from(elements).where(*conditions).exists()


def _exists(source: Source, condition: Condition) -> Condition:
    return select(sa.true()).select_from(source.from_).where(*source.conditions, condition).exists()
