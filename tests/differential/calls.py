"""Calls of functions in plain SQL: what each gives, of a row or of nothing, for some arguments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gatepost.schema.meaning import Call, ConnectionField, RowField, ValueField
from tests.differential.library import Library, quoted, words
from tests.differential.values import operand

_TRIED = 5  # sets of arguments of each function


@dataclass(frozen=True, eq=False)
class Asking:
    """A call with arguments: `given` as the API takes them, `sql` as SQL does; `cell` is what its answer is called."""

    cell: str
    call: Call
    meaning: Any
    given: dict[str, Any]
    sql: tuple[str, ...]

    @property
    def shape(self) -> str:
        """What it gives: "value", "values", "row" or "rows"."""
        many = self.call.function.returns_set and (self.call.function.rows > 1 or not self.call.on_row)
        if isinstance(self.meaning, ConnectionField):
            return "rows"
        return "row" if isinstance(self.meaning, RowField) else "values" if many else "value"

    def expression(self, row: str | None) -> str:
        """What it gives as SQL; `row`: the row at hand. Values are text forms, rows arrays of them."""
        function = self.call.function
        arguments = [*([row] if row else []), *self.sql]
        called = f"{quoted(function.schema, function.name)}({', '.join(arguments)})"
        if isinstance(self.meaning, ConnectionField | RowField):
            columns = self.meaning.rows.relation.columns
            names = [f"c{place}" for place in range(len(columns))]
            shown = ", ".join(text_of(f"f.{name}") for name in names)
            return words("(select array_agg(array[", shown, "]) from", called, "as f (", ", ".join(names), "))")
        one = text_of("f.v")
        if self.shape == "values":
            return words("array(select", one, "from (select", called, ") as f (v))")
        return words("(select", one, "from (select", called, ") as f (v) limit 1)")


def text_of(value: str) -> str:
    """A value's text form as SQL; null of null, and not of a composite of nulls."""
    return f"case when {value} is distinct from null then format('%s', {value}) end"


def cell_of(call: Call, place: int = 0) -> str:
    """The name of an answer: of the place-th set of arguments, 0 being none at all."""
    return f"{call.function.name}({call.function.oid}, {place})"


def askings(meaning: Any, library: Library) -> list[Asking]:
    """Some calls of a function with arguments of values that there are."""
    call: Call = meaning.call if isinstance(meaning, ValueField) else meaning.rows.call
    found: list[Asking] = []
    if all(parameter.argument.has_default for parameter in call.parameters):
        found.append(Asking(cell_of(call), call, meaning, {}, ()))
    for place in range(1, _TRIED if call.parameters else 0):
        made = _arguments(call, library, place)
        if made is not None:
            found.append(Asking(cell_of(call, place), call, meaning, *made))
    return found


def _arguments(call: Call, library: Library, place: int) -> tuple[dict[str, Any], tuple[str, ...]] | None:
    given: dict[str, Any] = {}
    sql: list[str] = []
    by_place = any(p.argument.mode == "v" or not p.argument.name for p in call.parameters)
    left_out = False
    for number, parameter in enumerate(call.parameters, start=place):
        argument, kind = parameter.argument, library.kind(parameter.codec)
        if argument.has_default and (kind is None or left_out or number % 3 == 0):
            left_out = by_place
            continue
        if kind is None:
            return None
        pool = library.pool(kind)
        text = pool[number * 7 % len(pool)] if pool and number % 5 else None
        if text is None and (argument.mode == "v" or not argument.has_default):
            if not pool:
                return None
            text = pool[0]
        given[parameter.name] = operand(kind, text)
        type_ = library.catalog.types[argument.type]
        literal = "null" if text is None else "'" + text.replace("'", "''") + "'"
        value = f"{literal}::{quoted(type_.schema, type_.name)}"
        if argument.mode == "v":
            sql.append(f"variadic {value}")
        else:
            sql.append(value if by_place else f"{quoted(argument.name)} => {value}")
    return given, tuple(sql)
