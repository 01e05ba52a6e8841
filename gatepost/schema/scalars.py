"""The scalars of the API: how each is written in JSON and in a document, checked before it reaches Postgres.

A coerced value is what the driver is given: an int, float, bool or bytes where the driver has a codec, else the text
that Postgres' own input function reads.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import uuid
from collections.abc import Callable

import orjson
from graphql import (
    ConstValueNode,
    FloatValueNode,
    GraphQLError,
    GraphQLScalarType,
    IntValueNode,
    StringValueNode,
    print_ast,
    value_from_ast_untyped,
)

_INT8 = (-(2**63), 2**63 - 1)
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|NaN|[+-]?Infinity")


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
        raise GraphQLError("A JSON value is expected, and this is not one.") from None
    if "\\u0000" in result:
        raise GraphQLError("A JSON value may not hold the NUL character.")
    return result


def _literal(parse: Callable[[object], object]) -> Callable[[ConstValueNode], object]:
    def coerce(node: ConstValueNode) -> object:
        if isinstance(node, IntValueNode):
            return parse(int(node.value))
        if isinstance(node, StringValueNode | FloatValueNode):
            return parse(node.value)
        raise GraphQLError(f"A string or a number is expected, and {print_ast(node)} is neither.", node)

    return coerce


def _json_literal(node: ConstValueNode) -> str:
    return json(value_from_ast_untyped(node))


def _scalar(
    name: str, description: str, parse: Callable[[object], object], specification: str | None = None
) -> GraphQLScalarType:
    return GraphQLScalarType(
        name,
        description=description,
        specified_by_url=specification,
        coerce_input_value=parse,
        coerce_input_literal=_literal(parse),
    )


BIG_INT = _scalar("BigInt", "A 64-bit integer; in answers a string, so that no digit is lost.", big_int)
DECIMAL = _scalar("Decimal", "An exact decimal number; in answers a string, so that no digit is lost.", decimal)
DATETIME = _scalar(
    "Datetime",
    "A point in time in ISO 8601, with its offset from UTC.",
    text,
    "https://www.rfc-editor.org/rfc/rfc3339",
)
LOCAL_DATETIME = _scalar("LocalDatetime", "A date and a time of day without a time zone, in ISO 8601.", text)
DATE = _scalar("Date", "A day in ISO 8601.", text)
TIME = _scalar("Time", "A time of day in ISO 8601, with its offset where the column has one.", text)
INTERVAL = _scalar("Interval", "A span of time in ISO 8601, such as P1DT2H.", text)
UUID = _scalar("UUID", "A universally unique identifier.", universally_unique, "https://www.rfc-editor.org/rfc/rfc9562")
BASE64 = _scalar("Base64", "Bytes in base64.", octets, "https://www.rfc-editor.org/rfc/rfc4648")
JSON = GraphQLScalarType(
    "JSON",
    description="Any JSON value.",
    specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
    coerce_input_value=json,
    coerce_input_literal=_json_literal,
)
