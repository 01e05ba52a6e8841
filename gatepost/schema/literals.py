"""Values as Postgres' input functions read them: arrays, composites and ranges from what graphql-core coerced.

Postgres manual: 8.15.6 (arrays), 8.16.6 (composites), 8.17.5 (ranges). Each part is quoted, so that none is mistaken
for syntax; a composite or range is text here already, since its input type coerced it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from gatepost.schema.codecs import Attribute, Codec


def text(value: Any, codec: Codec) -> str | None:
    """The text form of a coerced value; None for null."""
    if value is None:
        return None
    if codec.dimensions and codec.element is not None:
        return _array(value, codec.element, codec.dimensions)
    if codec.output == "multirange":
        return f"{{{','.join(item for item in value if item is not None)}}}"
    if codec.output == "numeric":
        return _amount(value, codec.point)
    return _scalar(value)


def _amount(value: str, point: str) -> str:
    """An amount of money without an exponent, which it does not read, as it does read (Postgres manual, 8.2)."""
    number = Decimal(value)
    return f"{number:f}".replace(".", point) if number.is_finite() else value


def bound(value: Any, codec: Codec) -> Any:
    """A coerced value as the driver takes it for a parameter of this type: an array as a list."""
    if codec.dimensions and codec.element is not None:
        return _elements(value, codec.element, codec.dimensions)
    return text(value, codec) if codec.output == "multirange" else value


def _elements(value: Any, element: Codec, depth: int) -> Any:
    if depth and isinstance(value, list):
        return [_elements(item, element, depth - 1) for item in value]
    return text(value, element) if element.dimensions else bound(value, element)


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value if isinstance(value, str) else repr(value)


def _quoted(part: str) -> str:
    escaped = part.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _array(value: Any, element: Codec, dimensions: int) -> str:
    if not isinstance(value, list):
        value = [value]
    parts = []
    for item in value:
        if dimensions > 1 and item is not None:
            parts.append(_array(item, element, dimensions - 1))
        else:
            part = text(item, element)
            parts.append("NULL" if part is None else _quoted(part))
    return f"{{{','.join(parts)}}}"


def record(values: dict[str, Any], attributes: Sequence[Attribute | None]) -> str:
    """A composite; an attribute that is absent is null, as is one that the API does not show (None)."""
    parts = (text(values.get(item.member), item.codec) if item else None for item in attributes)
    return f"({','.join('' if part is None else _quoted(part) for part in parts)})"


def range_(values: dict[str, Any], bounds: Codec) -> str:
    """A range; a bound that is null or absent is none."""
    if values.get("empty"):
        return "empty"
    lower, upper = (text(values.get(name), bounds) for name in ("lower", "upper"))
    return "".join(
        (
            "(" if values.get("lowerInclusive") is False else "[",
            "" if lower is None else _quoted(lower),
            ",",
            "" if upper is None else _quoted(upper),
            "]" if values.get("upperInclusive") else ")",
        )
    )
