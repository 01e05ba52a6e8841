"""What a request says: the parameters of a GraphQL request, from a body or a URL, judged strictly."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

import orjson
from aiohttp import web

from gatepost.errors import BadRequest

MAX_JSON_DEPTH = 100
"""Levels of a request's JSON: far below what Python's own parser bears, far above what a front end sends."""
MAX_VALUES = 20_000
"""Values within a request's JSON: a thousand rows of twenty columns."""

_LONG_NUMBER = re.compile(rb"[0-9]{20}").search

Parameters = dict[str, object]
"""`query`, `variables`, `operationName` and `extensions`, of the right types, and what else was sent."""


def of_body(body: bytes) -> Parameters:
    """The parameters in a POST's body. Raises BadRequest."""
    return _checked(_parse(body, "The body"))


def of_url(request: web.BaseRequest) -> Parameters:
    """The parameters of a GET; `variables` and `extensions` are JSON, an empty one is none. Raises BadRequest."""
    parameters: Parameters = dict(request.query)
    if len(parameters) != len(request.query):
        raise BadRequest("Send each parameter of the URL once.")
    for name in ("variables", "extensions"):
        text = parameters.get(name)
        if isinstance(text, str):
            parameters[name] = _parse(_utf_8(text), f'"{name}"') if text else None
    if not parameters.get("operationName"):
        parameters["operationName"] = None
    return _checked(parameters)


def _utf_8(text: str) -> bytes:
    # What a URL's escapes hold beyond UTF-8 becomes surrogates, which the parser refuses.
    return text.encode("utf-8", "surrogatepass")


def _parse(body: bytes, what: str) -> object:
    """JSON that a caller sent, judged strictly: no NaN, no lone surrogate, no bytes that are not UTF-8."""
    try:
        document: object = orjson.loads(body)
        if _LONG_NUMBER(body):
            # orjson reads integers beyond 64 bits as floats, and so loses digits; json reads all, but not so strictly.
            document = json.loads(body)
    except (ValueError, RecursionError):
        message = f"{what} is not valid JSON in UTF-8." if body else "The request has no body."
        raise BadRequest(message, code="INVALID_JSON") from None
    keys, values = _size(document)
    if values > MAX_VALUES:
        raise BadRequest(
            f"{what} may hold {MAX_VALUES:,} values and holds {values:,}.",
            code="TOO_COMPLEX",
            extensions={"limit": MAX_VALUES, "value": values},
        )
    if body.count(b'":') != keys:
        # A key twice, or else a text with a colon after a quotation mark, or a blank before a colon.
        _read_each_key_once(body, what)
    if body.count(b"{") + body.count(b"[") > MAX_JSON_DEPTH and _is_deeper(document, MAX_JSON_DEPTH):
        raise BadRequest(f"{what} may nest {MAX_JSON_DEPTH} levels at most.", code="TOO_DEEP")
    return document


def _checked(document: object) -> Parameters:
    """The types of a request's parameters (GraphQL over HTTP, section "Request Parameters"). Raises BadRequest."""
    if type(document) is list:
        raise BadRequest("The body must be one JSON object: this API takes no batches.")
    if type(document) is not dict:
        raise BadRequest("The body must be one JSON object.")
    get = document.get
    if (value := get("variables")) is not None and type(value) is not dict:
        raise BadRequest('"variables" must be an object or null.')
    if (value := get("operationName")) is not None and type(value) is not str:
        raise BadRequest('"operationName" must be a string or null.')
    if (value := get("extensions")) is not None and type(value) is not dict:
        raise BadRequest('"extensions" must be an object or null.')
    return document


def member(parameters: Mapping[str, object], *names: str) -> object:
    """What stands below `parameters` under these names, one after another; None where that is not there."""
    value: object = parameters
    for name in names:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def _size(document: object) -> tuple[int, int]:
    """How many keys the objects of a document have, and how many values it holds."""
    keys = values = 0
    waiting = [document]
    while waiting:
        value = waiting.pop()
        inner: Iterable[object] = ()
        if type(value) is dict:
            keys += len(value)
            inner = value.values()
        elif type(value) is list:
            inner = value
            values += len(value)
        waiting += [below for below in inner if type(below) is dict or type(below) is list]
    return keys, keys + values


def _read_each_key_once(body: bytes, what: str) -> None:
    """Raises BadRequest for an object that has a key twice: which of them counts, another reader may see otherwise."""

    def read(pairs: list[tuple[str, object]]) -> None:
        if len(dict(pairs)) < len(pairs):
            raise _KeyTwice

    try:
        json.loads(body, object_pairs_hook=read)
    except (ValueError, RecursionError):
        raise BadRequest(f"{what} is not valid JSON in UTF-8.", code="INVALID_JSON") from None
    except _KeyTwice:
        raise BadRequest(f"{what} has a key twice in one object.", code="INVALID_JSON") from None


class _KeyTwice(Exception):
    """An object has a key twice."""


def _is_deeper(document: object, limit: int) -> bool:
    level: list[object] = [document]
    for _ in range(limit):
        below: list[object] = []
        for node in level:
            if isinstance(node, dict):
                below.extend(node.values())
            elif isinstance(node, list):
                below.extend(node)
        if not below:
            return False
        level = below
    return True
