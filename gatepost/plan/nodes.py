"""Relay's global ids: a JSON array of a type's name and a row's key, in base64 (see `output.node_id`)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

import orjson


def _parts(node_id: object) -> list[str] | None:
    try:
        parts = orjson.loads(base64.b64decode(str(node_id), validate=True))
    except (binascii.Error, ValueError):
        return None
    if not isinstance(parts, list) or not all(isinstance(part, str) and "\0" not in part for part in parts):
        return None
    return parts


def type_of(node_id: object) -> str | None:
    """The name of the type that an id names; None where it is no id."""
    parts = _parts(node_id)
    return parts[0] if parts else None


def key_of(length: int, place: int) -> Callable[[object], str | None]:
    """Gives the part of the key at `place`; None, which equals nothing, where the id is not of a key this long."""

    def part(node_id: object) -> str | None:
        parts = _parts(node_id)
        return parts[place + 1] if parts and len(parts) == length + 1 else None

    return part
