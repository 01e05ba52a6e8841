"""Postgres values in Python: what a text form means, how it compares and how the API shows it.

Written from the Postgres manual (chapters 8 and 9), and from nothing of `gatepost.plan`. Of a type that is not here,
plain SQL is asked: see `library.py`.
"""

from __future__ import annotations

import base64
import json
import math
import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from gatepost.schema.codecs import Codec


@dataclass(frozen=True)
class Label:
    """An enum value of the API: a name in a document, a string among variables."""

    name: str


Truth = bool | None
"""In SQL's logic of three values; None for unknown."""


@dataclass(frozen=True)
class Operand:
    """A value of an argument: as it is sent, as it compares, and its text form."""

    given: Any
    value: Any
    text: str = ""


@dataclass(frozen=True)
class Table:
    """An operator as plain SQL tells it: of each value, by its text form, with each of these operands."""

    operands: tuple[Operand, ...]
    truths: Mapping[tuple[str, str], Any]


@dataclass(frozen=True)
class Kind:
    """Values of one type.

    `parse` makes something that compares as Postgres compares; `shown` is the value in answers, and `given` the one in
    arguments. `text`: "cased", "uncased" (citext) or "" for what is no text. `element`: of an array. `items`: of a
    multirange, the ranges of each value. `members`: of a composite or a range, by the names of attributes and of
    functions; `parts`: what these are of each value.
    """

    name: str
    parse: Callable[[str], Any]
    shown: Callable[[str], Any]
    given: Callable[[str], Any]
    text: str = ""
    element: Kind | None = None
    compares: bool = True
    items: tuple[Kind, Mapping[str, list[str | None]]] | None = None
    members: Mapping[str, Kind] = field(default_factory=dict)
    parts: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)

    def sendable(self, text: str) -> bool:
        """Whether a value may be given: GraphQL's Float knows no infinity, and a null is none (3.5.2, 3.12.2)."""
        if self.element is not None:
            return all(item is None or self.element.sendable(item) for item in elements(text))
        if self.items is not None:
            return all(item is None or self.items[0].sendable(item) for item in self.items[1].get(text, []))
        if self.members:
            parts = self.parts.get(text, {})
            return all(part is None or self.members[name].sendable(part) for name, part in parts.items())
        if self.name.startswith("float"):
            return bool(re.fullmatch(r"[-+.\de]*", text))
        return text != "null"


def operand(kind: Kind, text: str | None) -> Operand | None:
    """A value of the database as an argument; None for null."""
    return None if text is None else Operand(kind.given(text), kind.parse(text), text)


def _float(text: str) -> tuple[bool, float]:
    number = float(text)
    return (True, 0.0) if math.isnan(number) else (False, number)


def _float4(text: str) -> tuple[bool, float]:
    nan, number = _float(text)
    return nan, struct.unpack("f", struct.pack("f", number))[0]


def _shown_float(text: str) -> Any:
    return float(text) if math.isfinite(float(text)) else text


def _numeric(text: str) -> tuple[bool, Decimal]:
    number = Decimal(text)
    return (True, Decimal(0)) if number.is_nan() else (False, number)


def _moment(text: str) -> tuple[Any, ...]:
    """A date or a timestamp in UTC: infinities outermost, then years, those before Christ counted backwards."""
    if text in ("infinity", "-infinity"):
        return (1 if text == "infinity" else -1,)
    year, rest = re.sub(r"\+00( BC)?$", r"\1", text.replace("T", " ")).split("-", 1)
    before = rest.endswith(" BC")
    return (0, -int(year) if before else int(year), rest.removesuffix(" BC"))


_SPAN = re.compile(
    r"P(?:([-\d.]+)Y)?(?:([-\d.]+)M)?(?:([-\d.]+)W)?(?:([-\d.]+)D)?(?:T(?:([-\d.]+)H)?(?:([-\d.]+)M)?(?:([-\d.]+)S)?)?"
)


def _interval(text: str) -> Decimal:
    """Seconds, as Postgres compares: a month has 30 days, a day has 24 hours."""
    found = _SPAN.fullmatch(text)
    assert found is not None, text
    years, months, weeks, days, hours, minutes, seconds = (Decimal(part or 0) for part in found.groups())
    return ((years * 12 + months) * 30 + weeks * 7 + days) * 86_400 + hours * 3600 + minutes * 60 + seconds


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("\\x"))


def _same(text: str) -> Any:
    return text


def _iso(text: str) -> str:
    """As Postgres writes a timestamp in JSON (ISO 8601)."""
    return (
        re.sub(r"\+00( BC)?$", r"+00:00\1", text.replace(" ", "T", 1)) if text[-1].isdigit() or "BC" in text else text
    )


def _base64(text: str) -> str:
    return base64.b64encode(_bytes(text)).decode()


def _number(name: str, parse: Callable[[str], Any], shown: Callable[[str], Any]) -> Kind:
    return Kind(name, parse, shown, shown)


_KINDS = {
    "bool": Kind("bool", lambda text: text == "t", lambda text: text == "t", lambda text: text == "t"),
    "int2": _number("int2", int, int),
    "int4": _number("int4", int, int),
    "int8": _number("int8", int, _same),
    "float4": _number("float4", _float4, _shown_float),
    "float8": _number("float8", _float, _shown_float),
    "numeric": _number("numeric", _numeric, _same),
    "text": Kind("text", _same, _same, _same, "cased"),
    "varchar": Kind("text", _same, _same, _same, "cased"),
    "citext": Kind("citext", str.lower, _same, _same, "uncased"),
    "bpchar": Kind("bpchar", lambda text: text.rstrip(" "), _same, _same),
    "uuid": Kind("uuid", _same, _same, _same),
    "bytea": Kind("bytea", _bytes, _base64, _base64),
    "date": Kind("date", _moment, _same, _same),
    "time": Kind("time", _same, _same, _same),
    "timestamp": Kind("timestamp", _moment, _iso, _iso),
    "timestamptz": Kind("timestamptz", _moment, _iso, _iso),
    "interval": Kind("interval", _interval, _same, _same),
    "json": Kind("json", _same, json.loads, json.loads, compares=False),
}


def kind_of(codec: Codec, labels: tuple[str, ...] | None) -> Kind | None:
    """The kind of a codec's single values, None where it is not known by heart; `labels`: of an enum, in order."""
    if labels is not None:
        names = dict(codec.renamed)
        return Kind(
            ".".join(codec.sql),
            labels.index,
            lambda label: names.get(label, label),
            lambda label: Label(names.get(label, label)),
        )
    schema, name = codec.base or codec.sql
    if codec.structured or (schema != "pg_catalog" and name != "citext"):
        return None
    return _KINDS.get(name)


def kind_by_name(name: str) -> Kind:
    """A kind that is known by heart."""
    return _KINDS[name]


def array_of(element: Kind) -> Kind:
    """The kind of arrays of one dimension."""

    def each(change: Callable[[str], Any]) -> Callable[[str], Any]:
        return lambda text: [None if item is None else change(item) for item in elements(text)]

    return Kind(
        f"{element.name}[]",
        each(element.parse),
        each(element.shown),
        each(element.given),
        element=element,
        compares=element.compares,
    )


def elements(text: str) -> list[str | None]:
    """The elements of an array of one dimension in its text form (Postgres manual, 8.15.6)."""
    found: list[str | None] = []
    for quoted, plain in re.findall(r'"((?:[^"\\]|\\.)*)"|([^,{}"]+)', text):
        if plain:
            found.append(None if plain == "NULL" else plain)
        else:
            found.append(re.sub(r"\\(.)", r"\1", quoted))
    return found


def compare(a: Any, b: Any) -> int:
    """-1, 0 or 1 for two values of one kind, neither of them null."""
    if isinstance(a, list | tuple):  # tuples, where they are the keys of groups
        for x, y in zip(a, b, strict=False):
            if x is None or y is None:
                if x is not y:
                    return 1 if x is None else -1
            elif result := compare(x, y):
                return result
        return (len(a) > len(b)) - (len(a) < len(b))
    return int(a > b) - int(a < b)


def like(text: str, pattern: str, any_case: bool) -> bool:
    """LIKE and ILIKE (Postgres manual, 9.7.1)."""
    if any_case:
        text, pattern = text.lower(), pattern.lower()
    translated = ""
    for token in re.findall(r"\\.|.", pattern, re.DOTALL):
        if token == "%":
            translated += ".*"
        else:
            translated += "." if token == "_" else re.escape(token[-1])
    return re.fullmatch(translated, text, re.DOTALL) is not None
