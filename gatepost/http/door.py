"""The door: what a request must be before the engine sees it, who is asking, and how the answer leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import orjson
from aiohttp import hdrs, web

from gatepost.auth.tokens import Verifier
from gatepost.engine.engine import Answer, RequestContext
from gatepost.errors import BadRequest, GatepostError, Unauthenticated
from gatepost.http.access_log import AccessLog
from gatepost.http.media import GRAPHQL, JSON, is_json, negotiate
from gatepost.http.refusal import Refusal, body_of, headers_of, masked
from gatepost.http.request_id import HEADER, RequestIds, trace_of

MAX_JSON_DEPTH = 100
"""Levels of a request's JSON: far below what Python's own parser bears, far above what a front end sends."""

_CONTENT_TYPES = {media: f"{media}; charset=utf-8" for media in (JSON, GRAPHQL)}


class Door:
    """What the requests of one application share."""

    __slots__ = ("log", "max_body_bytes", "request_ids", "verifier")

    def __init__(
        self, verifier: Verifier, request_ids: RequestIds, log: AccessLog | None, *, max_body_bytes: int
    ) -> None:
        self.verifier = verifier
        self.max_body_bytes = max_body_bytes
        self.request_ids = request_ids
        self.log = log


class Entry:
    """One request's way through the door; tartiflette-aiohttp's `context_factory`.

    A class of its own rather than an `@asynccontextmanager`, which costs several microseconds a request.
    """

    __slots__ = ("_door", "_request")

    def __init__(self, door: Door, _shared: Mapping[str, Any], request: web.Request) -> None:
        self._door = door
        self._request = request

    async def __aenter__(self) -> RequestContext:
        """Let the request in. Raises Refusal, which is the answer, when the request may not pass."""
        door, request = self._door, self._request
        headers = request.headers
        trace = door.request_ids.assign(request)
        media = negotiate(headers.get(hdrs.ACCEPT))
        try:
            if media is None:
                raise BadRequest(
                    f"The answer can be {JSON} or {GRAPHQL}; Accept allows neither.", code="NOT_ACCEPTABLE", status=406
                )
            if request.method == hdrs.METH_POST:
                if not is_json(headers.get(hdrs.CONTENT_TYPE)):
                    raise BadRequest(f"Send the request as {JSON} in UTF-8.", code="UNSUPPORTED_MEDIA_TYPE", status=415)
                _check(_parse(await request.read()))
                read_only = False
            else:
                _check(_parameters(request))
                read_only = True
            authorization = headers.getall(hdrs.AUTHORIZATION, ())
            if len(authorization) > 1:
                raise Unauthenticated("Send one Authorization header, not several.", code="INVALID_TOKEN")
            caller = await door.verifier.caller(authorization[0] if authorization else None)
        except GatepostError as error:
            raise self._refusal(error, media) from None
        except web.HTTPRequestEntityTooLarge:
            raise self._refusal(_too_large(door.max_body_bytes), media) from None
        except web.RequestPayloadError:
            raise self._refusal(BadRequest("The body is not what its Content-Encoding says."), media) from None
        except Exception:
            raise self._refusal(masked("A request failed before it was executed"), media) from None
        trace.role = caller.role
        return RequestContext(caller=caller, read_only=read_only, response_format=media)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Note a caller who went away; aiohttp logs only what it answered."""
        if kind is asyncio.CancelledError and self._door.log is not None:
            self._door.log.gone(self._request)

    def _refusal(self, error: GatepostError, media: str | None) -> Refusal:
        return Refusal(error, self._request, media=media or JSON)


def respond(request: web.Request, answer: Answer | dict[str, Any], context: RequestContext) -> web.Response:
    """The engine's answer as an HTTP response; tartiflette-aiohttp's `response_formatter`.

    A well-formed request that GraphQL refuses is answered 200 as application/json, and with the answer's own status as
    application/graphql-response+json (GraphQL over HTTP, section "Status Codes").
    """
    headers: dict[str, str] = {hdrs.CONTENT_TYPE: _CONTENT_TYPES[context.response_format]}
    if (trace := trace_of(request)) is not None:
        headers[HEADER] = trace.request_id
    if not isinstance(answer, Answer):
        # tartiflette-aiohttp turns an exception of the engine into a dict that holds its text.
        answer = Answer(status=500, body=body_of(masked("The engine failed", exc_info=False)))
    status = answer.status
    if status != 200:
        headers.update(headers_of(status))
        if status == 400 and context.response_format == JSON:
            status = 200
    return web.Response(body=answer.body, status=status, headers=headers)


def _too_large(limit: int) -> BadRequest:
    return BadRequest(
        f"The body may have {limit:,} bytes at most.", code="BODY_TOO_LARGE", status=413, extensions={"limit": limit}
    )


def _parse(body: bytes, what: str = "The body") -> object:
    """JSON that a caller sent, judged strictly: no NaN, no lone surrogate, no bytes that are not UTF-8.

    tartiflette-aiohttp parses the body again with `json`, which keeps the digits of big integers, and bears less depth.
    """
    try:
        document: object = orjson.loads(body)
    except orjson.JSONDecodeError:
        message = f"{what} is not valid JSON in UTF-8." if body else "The request has no body."
        raise BadRequest(message, code="INVALID_JSON") from None
    if body.count(b"{") + body.count(b"[") > MAX_JSON_DEPTH and _deeper(document, MAX_JSON_DEPTH):
        raise BadRequest(f"{what} may nest {MAX_JSON_DEPTH} levels at most.", code="TOO_DEEP")
    return document


def _parameters(request: web.Request) -> dict[str, object]:
    """The parameters of a GET request; `variables` and `extensions` are JSON, an empty one is none."""
    parameters: dict[str, object] = dict(request.query)
    if len(parameters) != len(request.query):
        raise BadRequest("Send each parameter of the URL once.")
    for name in ("variables", "extensions"):
        text = parameters.get(name)
        if isinstance(text, str):
            parameters[name] = _parse(text.encode(), f'"{name}"') if text else None
    return parameters


def _check(document: object) -> None:
    """The types of a request's parameters (GraphQL over HTTP, section "Request Parameters"). Raises BadRequest."""
    if type(document) is not dict:
        raise BadRequest("The body must be one JSON object.")
    get = document.get
    if type(get("query")) is not str:
        raise BadRequest('The request needs a "query", a string.')
    if (value := get("variables")) is not None and type(value) is not dict:
        raise BadRequest('"variables" must be an object or null.')
    if (value := get("operationName")) is not None and type(value) is not str:
        raise BadRequest('"operationName" must be a string or null.')
    if (value := get("extensions")) is not None and type(value) is not dict:
        raise BadRequest('"extensions" must be an object or null.')


def _deeper(document: object, limit: int) -> bool:
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
