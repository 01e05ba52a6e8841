"""The scalars of the API: how each is written in JSON and in a document, checked before it reaches Postgres.

A coerced value is what the driver is given: an int, float, bool or bytes where the driver has a codec, else the text
that Postgres' own input function reads.
"""

from __future__ import annotations

import base64
import binascii
import json as standard_json
import math
import re
import uuid
from collections.abc import Callable

import orjson
from graphql import (
    ConstValueNode,
    FloatValueNode,
    GraphQLError,
    GraphQLFloat,
    GraphQLScalarType,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    StringValueNode,
    print_ast,
    value_from_ast_untyped,
)

_INT8 = (-(2**63), 2**63 - 1)
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|NaN|[+-]?Infinity")

_GEOMETRIES = tuple("Point MultiPoint LineString MultiLineString Polygon MultiPolygon GeometryCollection".split())
_NO_NUMBERS = ("NaN", "Infinity", "-Infinity")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def big_int(value: object) -> int:
    """A 64-bit integer, as a JSON string (exact) or number."""
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d{1,19}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not _INT8[0] <= value <= _INT8[1]:
        raise GraphQLError(f"BigInt is a 64-bit integer, and {_shown(value)} is not one.")
    return value


def decimal(value: object) -> str:
    """An exact decimal number, as a JSON string, or as a number where the loss of digits is the sender's wish."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise GraphQLError(f"Decimal is a number, and {_shown(value)} is not one.")
    text = value if isinstance(value, str) else "NaN" if isinstance(value, float) and math.isnan(value) else repr(value)
    if not _DECIMAL.fullmatch(text) or len(text) > 200_000:
        raise GraphQLError(f"Decimal is a number, and {_shown(value)} is not one.")
    return text


def floating(value: object) -> float:
    """A number of 64 bits; `NaN`, `Infinity` and `-Infinity`, for which JSON has no number, are strings."""
    if isinstance(value, str) and value in _NO_NUMBERS:
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise GraphQLError(f"Float is a number, or one of {', '.join(_NO_NUMBERS)}, and {_shown(value)} is neither.")
    try:
        return float(value)
    except OverflowError:
        raise GraphQLError(f"Float is a number of 64 bits, and {_shown(value)} has more.") from None


def text(value: object) -> str:
    """A text without the NUL character, which Postgres cannot hold, and without lone surrogates."""
    if not isinstance(value, str):
        raise GraphQLError(f"A string is needed, and {_shown(value)} is not one.")
    if "\0" in value:
        raise GraphQLError("A string may not hold the NUL character.")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise GraphQLError("A string may not hold half of a surrogate pair.") from None
    return value


def universally_unique(value: object) -> str:
    """A UUID in any of the forms that Postgres reads."""
    try:
        return str(uuid.UUID(text(value)))
    except ValueError:
        raise GraphQLError(f"UUID is 32 hexadecimal digits, and {_shown(value)} is not.") from None


def octets(value: object) -> bytes:
    """Bytes in base64 (RFC 4648, section 4)."""
    try:
        return base64.b64decode(text(value), validate=True)
    except binascii.Error:
        raise GraphQLError("Base64 is expected (RFC 4648), and this is not.") from None


def json(value: object) -> str:
    """Any JSON value, as its text."""
    try:
        result = orjson.dumps(value).decode()
    except (TypeError, orjson.JSONEncodeError):
        try:  # a number of more than 64 bits
            result = standard_json.dumps(value, ensure_ascii=False, allow_nan=False)
            result.encode()
        except (TypeError, ValueError, RecursionError):
            raise GraphQLError("A JSON value is expected, and this is not one.") from None
    return _without_nul(result)


def _without_nul(json_text: str) -> str:
    if _NUL.search(json_text):
        raise GraphQLError("A JSON value may not hold the NUL character.")
    return json_text


def pairs(value: object) -> str:
    """An hstore in its text form: a JSON object whose values are strings or null."""
    if not isinstance(value, dict) or not all(isinstance(item, str | None) for item in value.values()):
        raise GraphQLError("A JSON object of strings and nulls is expected, and this is not one.")
    return ",".join(f"{_quoted(key)}=>{'NULL' if item is None else _quoted(item)}" for key, item in value.items())


def _quoted(part: object) -> str:
    escaped = text(part).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def numbers(value: object) -> str:
    """A vector in its text form: a list of finite numbers."""
    if not isinstance(value, list) or not all(
        isinstance(item, int | float) and not isinstance(item, bool) and math.isfinite(item) for item in value
    ):
        raise GraphQLError("A list of numbers is expected, and this is not one.")
    return f"[{','.join(repr(item) for item in value)}]"


def geometry(value: object) -> str:
    """A GeoJSON object of a geometry, as its text (RFC 7946, section 1.4)."""
    if not isinstance(value, dict) or value.get("type") not in _GEOMETRIES:
        raise GraphQLError("A geometry in GeoJSON is expected (RFC 7946), and this is not one.")
    return json(value)


def _literal(parse: Callable[[object], object]) -> Callable[[ConstValueNode], object]:
    def coerce(node: ConstValueNode) -> object:
        if isinstance(node, IntValueNode):
            return parse(int(node.value))
        if isinstance(node, StringValueNode | FloatValueNode):
            return parse(node.value)
        raise GraphQLError(f"A string or a number is expected, and {print_ast(node)} is neither.", node)

    return coerce


def _located(coerce: Callable[[ConstValueNode], object]) -> Callable[[ConstValueNode], object]:
    """With the place in the document in what is wrong with a literal."""

    def located(node: ConstValueNode) -> object:
        try:
            return coerce(node)
        except GraphQLError as error:
            raise GraphQLError(error.message, error.nodes or node) from None

    return located


def _json_literal(node: ConstValueNode) -> str:
    return _without_nul(_json_text(node))


def _json_text(node: ConstValueNode) -> str:
    """A literal as JSON: numbers stay as they are written, so that they lose no digit."""
    if isinstance(node, IntValueNode | FloatValueNode):
        return node.value
    if isinstance(node, ObjectValueNode):
        members = (f"{json(member.name.value)}:{_json_text(member.value)}" for member in node.fields)
        return f"{{{','.join(members)}}}"
    if isinstance(node, ListValueNode):
        return f"[{','.join(_json_text(item) for item in node.values)}]"
    return json(value_from_ast_untyped(node))


def _scalar(
    name: str,
    description: str,
    parse: Callable[[object], object],
    specification: str | None = None,
    literal: Callable[[ConstValueNode], object] | None = None,
) -> GraphQLScalarType:
    return GraphQLScalarType(
        name,
        description=description,
        specified_by_url=specification,
        coerce_input_value=parse,
        coerce_input_literal=_located(literal or _literal(parse)),
    )


def _untyped(parse: Callable[[object], object]) -> Callable[[ConstValueNode], object]:
    return lambda node: parse(value_from_ast_untyped(node))


def _float_literal(node: ConstValueNode) -> float:
    if isinstance(node, IntValueNode | FloatValueNode):
        number = float(node.value)
        if math.isinf(number):
            raise GraphQLError(f"Float is a number of 64 bits, and {_shown(node.value)} has more.", node)
        return number
    if isinstance(node, StringValueNode):
        return floating(node.value)
    raise GraphQLError(
        f"Float is a number, or one of {', '.join(_NO_NUMBERS)}, and {print_ast(node)} is neither.", node
    )


# A schema has one Float, which cannot be defined anew; this one also takes what it gives.
FLOAT = GraphQLFloat
FLOAT.coerce_input_value = floating
FLOAT.coerce_input_literal = _float_literal
_POSTGRES = "https://www.postgresql.org/docs/current"
_ISO_8601 = "https://www.iso.org/iso-8601-date-and-time-format.html"
BIG_INT = _scalar(
    "BigInt",
    "A 64-bit integer; in answers a string, so that no digit is lost.",
    big_int,
    f"{_POSTGRES}/datatype-numeric.html#DATATYPE-INT",
)
DECIMAL = _scalar(
    "Decimal",
    "An exact decimal number; in answers a string, so that no digit is lost.",
    decimal,
    f"{_POSTGRES}/datatype-numeric.html#DATATYPE-NUMERIC-DECIMAL",
)
DATETIME = _scalar(
    "Datetime",
    "A point in time in ISO 8601, with its offset from UTC.",
    text,
    "https://www.rfc-editor.org/rfc/rfc3339",
)
LOCAL_DATETIME = _scalar("LocalDatetime", "A date and a time of day without a time zone, in ISO 8601.", text, _ISO_8601)
DATE = _scalar("Date", "A day in ISO 8601.", text, "https://www.rfc-editor.org/rfc/rfc3339")
TIME = _scalar("Time", "A time of day in ISO 8601, with its offset where the column has one.", text, _ISO_8601)
INTERVAL = _scalar("Interval", "A span of time in ISO 8601, such as P1DT2H.", text, _ISO_8601)
UUID = _scalar("UUID", "A universally unique identifier.", universally_unique, "https://www.rfc-editor.org/rfc/rfc9562")
BASE64 = _scalar("Base64", "Bytes in base64.", octets, "https://www.rfc-editor.org/rfc/rfc4648")
JSON = _scalar("JSON", "Any JSON value.", json, "https://www.rfc-editor.org/rfc/rfc8259", _json_literal)
HSTORE = _scalar(
    "Hstore", "A JSON object whose values are strings or null.", pairs, f"{_POSTGRES}/hstore.html", _untyped(pairs)
)
VECTOR = _scalar(
    "Vector", "A JSON list of numbers.", numbers, "https://www.rfc-editor.org/rfc/rfc8259", _untyped(numbers)
)
GEOJSON = _scalar(
    "GeoJSON",
    "A geometry as a GeoJSON object.",
    geometry,
    "https://www.rfc-editor.org/rfc/rfc7946",
    _untyped(geometry),
)
