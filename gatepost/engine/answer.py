"""Answers: complete GraphQL responses as bytes, put together without reading what Postgres wrote."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from gatepost.errors import GatepostError

_decoder = json.JSONDecoder()
_AWAY = frozenset({"BUSY", "UNAVAILABLE", "OUTCOME_UNKNOWN"})


@dataclass(slots=True)
class Answer:
    """A GraphQL response: its HTTP status, and its body, complete JSON."""

    status: int
    body: bytes


def members(text: bytes) -> dict[str, bytes]:
    """The members of a JSON object as they stand, each value's own bytes."""
    source = text.decode()
    found: dict[str, bytes] = {}
    place = _beyond_space(source, 1)
    while source[place] != "}":
        key, place = _decoder.raw_decode(source, place)
        start = _beyond_space(source, source.index(":", place) + 1)
        _, place = _decoder.raw_decode(source, start)
        found[key] = source[start:place].encode()
        place = _beyond_space(source, place)
        if source[place] == ",":
            place = _beyond_space(source, place + 1)
    return found


def _beyond_space(text: str, place: int) -> int:
    while text[place].isspace():
        place += 1
    return place


def joined(keys: Iterable[str], values: Mapping[str, bytes]) -> bytes:
    """A JSON object of these keys in their order; one without a value is null."""
    return b"{" + b",".join(b'"%b":%b' % (key.encode(), values.get(key, b"null")) for key in keys) + b"}"


def success(data: bytes) -> Answer:
    """An answer without errors."""
    return Answer(200, b'{"data":%b}' % data)


def refused(errors: list[dict[str, Any]], status: int = 400) -> Answer:
    """An answer to a request that was not executed: it has no `data` (GraphQL spec, 7.1)."""
    return Answer(status, orjson.dumps({"errors": errors}))


def failed(errors: list[dict[str, Any]], data: bytes = b"null", status: int = 200) -> Answer:
    """An answer of an execution that went wrong: errors first, then what there is.

    Where there is nothing since the database is away, the status says so.
    """
    if not _AWAY.isdisjoint(error["extensions"].get("code") for error in errors):
        found = orjson.loads(data)
        if found is None or all(value is None for value in found.values()):
            status = 503
    return Answer(status, b'{"errors":%b,"data":%b}' % (orjson.dumps(errors), data))


def told(error: GatepostError) -> dict[str, Any]:
    """An error in GraphQL's form (spec, 7.1.2)."""
    formatted: dict[str, Any] = {"message": error.message}
    if error.locations:
        formatted["locations"] = error.locations
    if error.path:
        formatted["path"] = error.path
    return {**formatted, "extensions": error.extensions}


def extended(answer: Answer, extensions: Mapping[str, object]) -> Answer:
    """An answer with `extensions` (GraphQL spec, 7.1), its body left as it stands."""
    return Answer(answer.status, b'%b,"extensions":%b}' % (answer.body[:-1], orjson.dumps(extensions)))


def without_hints(errors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The errors without what graphql-core suggests instead: names of a schema that this caller may not look at."""
    return [{**error, "message": error["message"].partition(" Did you mean ")[0]} for error in errors]
