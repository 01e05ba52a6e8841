"""Aggregates of rows in Python: exact where Postgres is, and near where it rounds."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import cmp_to_key
from typing import Any

from gatepost.schema.meaning import Operand as Aggregated
from tests.differential.calls import cell_of
from tests.differential.values import Kind, compare, kind_by_name
from tests.differential.world import Row, World

EXACT = frozenset({"int2", "int4", "int8", "numeric"})
INEXACT = frozenset({"float4", "float8"})
SUMMED = EXACT | INEXACT | {"interval", "money"}
"""Kinds of what is summed and averaged, as far as each goes."""
_DIGITS = 60


@dataclass(frozen=True)
class Near:
    """A number of an answer, whatever its last digits; `seconds`: it is an interval."""

    value: Decimal
    seconds: bool = False

    def same(self, got: Any) -> bool:
        if not isinstance(got, str | int | float) or isinstance(got, bool):
            return False
        found = kind_by_name("interval").parse(str(got)) if self.seconds else Decimal(str(got))
        return bool(abs(found - self.value) <= max(abs(self.value), Decimal(1)) * Decimal("1e-6"))


@dataclass(frozen=True)
class Among:
    """One of several values that are equal in Postgres, and look different."""

    values: tuple[Any, ...]


def column_of(operand: Aggregated) -> str:
    """What the values of an operand are called in rows."""
    if operand.column is not None:
        return operand.column.name
    assert operand.call is not None
    return cell_of(operand.call)


def _by_value(a: tuple[Any, str], b: tuple[Any, str]) -> int:
    return compare(a[0], b[0])


class Aggregation:
    """Aggregates of the rows of one world."""

    def __init__(self, world: World, value: Callable[[Row, str], Any]) -> None:
        self.world = world
        self._value = value

    def values(self, rows: list[Row], column: str, distinct: bool = False) -> list[tuple[Any, str]]:
        """What is not null of a column: as it compares, and its text form."""
        found = [(self._value(row, column), row.texts[column]) for row in rows if row.texts[column] is not None]
        if not distinct:
            return found
        once: list[tuple[Any, str]] = []
        for item in sorted(found, key=cmp_to_key(_by_value)):
            if not once or compare(once[-1][0], item[0]):
                once.append(item)
        return once

    def number(self, function: str, kind: Kind, rows: list[Row], column: str, distinct: bool = False) -> Any:
        """A sum, mean or deviation as a number; None of too few values, a text of those that are none."""
        texts = [text for _, text in self.values(rows, column, distinct)]
        least = 2 if function in ("stddev", "variance") else 1
        if len(texts) < least:
            return None
        if unlike := {text for text in texts if re.search("nan|inf", text, re.IGNORECASE)}:
            return unlike.pop() if len(unlike) == 1 and function in ("sum", "avg") else "NaN"
        parse = kind.parse if kind.name == "interval" else lambda text: Decimal(re.sub(r"[$,]", "", text))
        with localcontext() as context:
            context.prec = _DIGITS
            numbers = [parse(text) for text in texts]
            total, count = sum(numbers, Decimal(0)), len(numbers)
            if function == "sum":
                return total
            if function == "avg":
                return total / count
            mean = total / count
            squares = sum(((number - mean) ** 2 for number in numbers), Decimal(0))
            variance = squares / (count if function.endswith("Pop") else count - 1)
            return variance if function.startswith("variance") else variance.sqrt()

    def compared(self, function: str, operand: Aggregated, rows: list[Row]) -> tuple[Kind, str | None]:
        """An aggregate for conditions and orders: its kind and text form."""
        column = column_of(operand)
        if function == "distinctCount":
            return kind_by_name("int8"), str(len(self.values(rows, column, distinct=True)))
        kind = self._kind(rows, column, operand)
        if function in ("min", "max"):
            found = self.extremes(function, rows, column)
            return kind, found[0] if found else None
        number = self.number(function, kind, rows, column)
        wanted = "int8" if function == "sum" and kind.name in ("int2", "int4") else "numeric"
        return kind_by_name(wanted), None if number is None else str(number)

    def _kind(self, rows: list[Row], column: str, operand: Aggregated) -> Kind:
        for row in rows:
            kind = self.world.kind(row.relation, column)
            assert kind is not None
            return kind
        found = self.world.library.kind(operand.codec)
        assert found is not None
        return found

    def extremes(self, function: str, rows: list[Row], column: str) -> list[str]:
        """The text forms of the smallest or largest value; several where equal ones look different."""
        found = self.values(rows, column, distinct=False)
        if not found:
            return []
        best = (min if function == "min" else max)(found, key=cmp_to_key(_by_value))
        return [text for value, text in found if compare(value, best[0]) == 0]

    def shown(self, function: str, asked: Any, rows: list[Row], distinct: bool, show: Callable[..., Any]) -> Any:
        """An aggregate as an answer has it; `show`: makes that of a value's text form."""
        operand = asked.meaning
        column = column_of(operand)
        if function == "distinctCount":
            return len(self.values(rows, column, distinct=True))
        kind = self._kind(rows, column, operand)
        if function in ("boolAnd", "boolOr"):
            truths = [value for value, _ in self.values(rows, column)]
            return None if not truths else all(truths) if function == "boolAnd" else any(truths)
        if function in ("min", "max"):
            texts = self.extremes(function, rows, column)
            return Among(tuple(show(kind, text, asked) for text in texts)) if texts else None
        number = self.number(function, kind, rows, column, distinct)
        if not isinstance(number, Decimal):
            return number
        if function == "sum" and kind.name in EXACT | {"money"}:
            return format(number, "f")
        return Near(number, kind.name == "interval")
