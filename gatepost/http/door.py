"""The door: what a request must be before the engine sees it, who is asking, and how the answer leaves."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import warnings
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import orjson
from aiohttp import hdrs, web
from multidict import CIMultiDictProxy
from tartiflette_aiohttp import register_graphql_handlers

from gatepost.engine.answer import extended
from gatepost.engine.engine import Answer, RequestContext
from gatepost.errors import BadRequest, GatepostError, Unauthenticated
from gatepost.gateway import Gateway
from gatepost.http import parameters
from gatepost.http.access_log import AccessLog
from gatepost.http.cross_site import METHODS, CrossSite
from gatepost.http.encodings import UNPACKED, coding_for, packed, unpacked
from gatepost.http.media import GRAPHQL, JSON, is_json, negotiate
from gatepost.http.persisted import Persisted
from gatepost.http.rates import Rates
from gatepost.http.refusal import body_of, headers_of, masked
from gatepost.http.reply import Reply
from gatepost.http.request_id import HEADER, RequestIds
from gatepost.http.visit import HttpVisit, networks

RECEIVE_TIMEOUT = 30.0
"""Seconds that a caller may take to send a body."""

_CONTENT_TYPES = {media: f"{media}; charset=utf-8" for media in (JSON, GRAPHQL)}
_ID = str(HEADER)


class Asked:
    """One operation on its way through tartiflette-aiohttp's handler: what that asks of a request, and of a context."""

    __slots__ = ("app", "context", "parameters")

    def __init__(self, app: web.Application, parameters: parameters.Parameters, context: RequestContext) -> None:
        self.app = app
        self.parameters = parameters
        self.context = context

    async def json(self, *, loads: object) -> parameters.Parameters:
        """The parameters, read already."""
        return self.parameters

    async def __aenter__(self) -> RequestContext:
        return self.context

    async def __aexit__(self, *_: object) -> None:
        pass


class Door:
    """The handlers of /graphql."""

    def __init__(self, gateway: Gateway, request_ids: RequestIds, log: AccessLog | None) -> None:
        settings = gateway.settings
        self._gateway = gateway
        self._request_ids = request_ids
        self._log = log
        self._most_bytes = settings.max_body_bytes
        self._compress_from = settings.compress_from or float("inf")
        self._proxies = networks(settings.trusted_proxies)
        self._rates = Rates(settings.rate_limit) if settings.rate_limit else None
        self._passed_on = sorted({name.lower() for name in settings.request_headers})
        self._cross_site = CrossSite(settings)
        self._persisted = Persisted(settings, lambda: gateway.documents)
        self._executor = web.Application()
        self._execute = _handler(self._executor, gateway.engine)
        self._leaving = False

    async def leave(self, _app: web.Application) -> None:
        """Tells callers with their answers that this process ends, so that they connect anew for what comes next."""
        self._leaving = True

    async def post(self, request: web.Request) -> Reply:
        """Answers a POST."""
        return await self._answer(request, self._of_body, read_only=False)

    async def get(self, request: web.Request) -> Reply:
        """Answers a GET, whose operation may be a query only; HEAD is answered by its head."""
        return await self._answer(request, self._of_url, read_only=True)

    async def options(self, request: web.Request) -> Reply:
        """Says what may be asked, and whether a page of another site may (CORS)."""
        trace = self._request_ids.assign(request)
        fields = {_ID: trace.request_id, hdrs.ALLOW: METHODS, **self._cross_site.preflight(request.headers)}
        return Reply(204, fields, b"")

    async def other(self, request: web.Request) -> Reply:
        """Refuses what is none of these methods."""
        trace = self._request_ids.assign(request)
        error = BadRequest("GraphQL is asked by GET or POST.", code="METHOD_NOT_ALLOWED", status=405)
        fields = {hdrs.CONTENT_TYPE: _CONTENT_TYPES[JSON], _ID: trace.request_id}
        return self._refused(request, error, fields)

    async def _answer(
        self,
        request: web.Request,
        read: Callable[[web.Request], Awaitable[parameters.Parameters]],
        *,
        read_only: bool,
    ) -> Reply:
        headers = request.headers
        trace = self._request_ids.assign(request)
        media = negotiate(headers.get(hdrs.ACCEPT))
        fields = {hdrs.CONTENT_TYPE: _CONTENT_TYPES[media or JSON], _ID: trace.request_id}
        try:
            if media is None:
                raise BadRequest(
                    f"The answer can be {JSON} or {GRAPHQL}; Accept allows neither.", code="NOT_ACCEPTABLE", status=406
                )
            asked = await read(request)
            if type(asked.get("query")) is not str or asked.get("extensions") or self._persisted.only:
                asked["query"] = self._persisted.text(asked)
            authorization = headers.getall(hdrs.AUTHORIZATION, ())
            if len(authorization) > 1:
                raise Unauthenticated("Send one Authorization header, not several.", code="INVALID_TOKEN")
            caller = await self._gateway.verifier.caller(authorization[0] if authorization else None)
            if self._passed_on:
                caller = dataclasses.replace(caller, headers=_json_of(headers, self._passed_on))
            trace.role = caller.role
            visit = HttpVisit(request, self._proxies)
            if self._rates is not None:
                self._rates.count(caller, visit)
            context = RequestContext(caller, read_only, media, visit)
            if asked.get("extensions"):
                context.tell_cost = parameters.member(asked, "extensions", "cost") is True
            answer: Answer = await self._execute(Asked(self._executor, asked, context))
        except GatepostError as error:
            return self._refused(request, error, fields)
        except web.HTTPRequestEntityTooLarge:
            return self._refused(request, self._too_large(), fields)
        except web.RequestPayloadError:
            # aiohttp ends the connection after this, since nobody knows where the next request begins.
            reply = self._refused(request, BadRequest("The body ends too soon, or its chunks are broken."), fields)
            reply.force_close()
            return reply
        except asyncio.CancelledError:
            # aiohttp logs only what it answered.
            if self._log is not None:
                self._log.gone(request)
            raise
        except Exception as error:
            return self._refused(request, masked("A request failed before it was executed", error), fields)
        if context.cost is not None:
            answer = extended(answer, {"cost": context.cost})
        status, body = answer.status, answer.body
        if visit.set_by is not None:
            fields[hdrs.SET_COOKIE] = visit.set_by
        if status != 200:
            fields.update(headers_of(status, allow="POST"))
            # A well-formed request that GraphQL refuses is answered 200 as application/json, and with the answer's own
            # status as application/graphql-response+json (GraphQL over HTTP, section "Status Codes").
            if status == 400 and media == JSON:
                status = 200
        if read_only:
            status, body = self._cached(answer, status, headers, fields)
        if len(body) >= self._compress_from:
            fields[hdrs.VARY] = _joined(fields.get(hdrs.VARY), hdrs.ACCEPT_ENCODING)
            coding = coding_for(headers.get(hdrs.ACCEPT_ENCODING))
            if coding is not None:
                fields[hdrs.CONTENT_ENCODING] = coding
                body = await packed(body, coding)
        if self._cross_site.is_open:
            self._let_read(headers, fields)
        return self._reply(status, fields, body)

    async def _of_body(self, request: web.Request) -> parameters.Parameters:
        types = request.headers.getall(hdrs.CONTENT_TYPE, ())
        if len(types) != 1 or not is_json(types[0]):
            raise BadRequest(f"Send the request as {JSON} in UTF-8.", code="UNSUPPORTED_MEDIA_TYPE", status=415)
        coding = ",".join(request.headers.getall(hdrs.CONTENT_ENCODING, ())).lower()
        if coding not in UNPACKED:
            raise BadRequest(
                "The body may be compressed by gzip, deflate, br or zstd.", code="UNSUPPORTED_MEDIA_TYPE", status=415
            )
        if request.content.is_eof():
            # It came together with the head, as small ones do: request.read() takes longer.
            return parameters.of_body(self._unpacked(request.content.read_nowait(), coding))
        if (request.content_length or 0) > self._most_bytes:
            raise self._too_large()
        try:
            async with asyncio.timeout(RECEIVE_TIMEOUT):
                body = await request.read()
        except TimeoutError:
            raise BadRequest(
                f"The body was not there after {RECEIVE_TIMEOUT:g} seconds.", code="BODY_TIMEOUT", status=408
            ) from None
        return parameters.of_body(self._unpacked(body, coding))

    def _unpacked(self, body: bytes, coding: str) -> bytes:
        if coding and len(body) <= self._most_bytes:
            try:
                body = unpacked(body, coding, self._most_bytes)
            except ValueError:
                raise BadRequest("The body is not what its Content-Encoding says.") from None
        if len(body) > self._most_bytes:
            raise self._too_large()
        return body

    async def _of_url(self, request: web.Request) -> parameters.Parameters:
        self._cross_site.check_get(request.headers)
        return parameters.of_url(request)

    def _cached(
        self, answer: Answer, status: int, headers: CIMultiDictProxy[str], fields: dict[str, str]
    ) -> tuple[int, bytes]:
        """Lets a caller keep the answer to a GET and ask whether it still holds (RFC 9110, section 13.1.2).

        Nothing but the caller's own cache may keep it, and that has to ask each time: what a caller may read, only the
        database knows. The tag is a weak one, since one stands for all codings of an answer.
        """
        if not answer.body.startswith(b'{"data":'):
            fields[hdrs.CACHE_CONTROL] = "no-store"
            return status, answer.body
        tag = f'W/"{hashlib.blake2b(answer.body, digest_size=16).hexdigest()}"'
        fields[hdrs.ETAG] = tag
        fields[hdrs.CACHE_CONTROL] = "private, no-cache"
        fields[hdrs.VARY] = "Accept, Authorization"
        known = ",".join(headers.getall(hdrs.IF_NONE_MATCH, ()))
        if known and (known.strip() == "*" or tag[2:] in known):
            del fields[hdrs.CONTENT_TYPE]
            return 304, b""
        return status, answer.body

    def _refused(self, request: web.Request, error: GatepostError, fields: dict[str, str]) -> Reply:
        fields.update(headers_of(error.status, allow=METHODS))
        if (seconds := error.extensions.get("retryAfter")) is not None:
            fields[hdrs.RETRY_AFTER] = str(seconds)
        status = error.status
        if request.method != hdrs.METH_POST:
            fields[hdrs.CACHE_CONTROL] = "no-store"
        if error.code in _AS_GRAPHQL and fields[hdrs.CONTENT_TYPE] == _CONTENT_TYPES[JSON]:
            status = 200
        if self._cross_site.is_open:
            self._let_read(request.headers, fields)
        reply = self._reply(status, fields, body_of(error))
        if status in (408, 413):
            reply.force_close()
        return reply

    def _reply(self, status: int, fields: dict[str, str], body: bytes) -> Reply:
        reply = Reply(status, fields, body)
        if self._leaving:
            reply.force_close()
        return reply

    def _let_read(self, headers: CIMultiDictProxy[str], fields: dict[str, str]) -> None:
        fields.update(self._cross_site.fields(headers))
        if self._cross_site.varies:
            fields[hdrs.VARY] = _joined(fields.get(hdrs.VARY), hdrs.ORIGIN)

    def _too_large(self) -> BadRequest:
        return BadRequest(
            f"The body may have {self._most_bytes:,} bytes at most.",
            code="BODY_TOO_LARGE",
            status=413,
            extensions={"limit": self._most_bytes},
        )


_AS_GRAPHQL = frozenset({"PERSISTED_QUERY_NOT_FOUND", "PERSISTED_QUERY_NOT_SUPPORTED", "DOCUMENT_NOT_FOUND"})
"""Codes of well-formed requests that cannot be executed: 200 as application/json, as Apollo's clients expect."""


def _handler(app: web.Application, engine: Any) -> Callable[[Asked], Awaitable[Answer]]:
    """tartiflette-aiohttp's handler of requests, which takes an `Asked` for one. `app` is where it looks things up."""
    with warnings.catch_warnings():
        # tartiflette-aiohttp keeps the engine and the formatter under plain strings.
        warnings.simplefilter("ignore", web.NotAppKeyWarning)
        register_graphql_handlers(
            app,
            engine=engine,
            context_factory=lambda _shared, asked: asked,
            response_formatter=_answer_of,
            executor_http_methods=["POST"],
        )
    [route] = app.router.routes()
    handler: Callable[[Any], Awaitable[Any]] = route.handler
    return handler


def _answer_of(_asked: Asked, answer: Answer | dict[str, Any], _context: RequestContext) -> Answer:
    """The engine's answer; tartiflette-aiohttp turns an exception of the engine into a dict that holds its text."""
    if isinstance(answer, Answer):
        return answer
    return Answer(status=500, body=body_of(masked("The engine failed")))


def _json_of(headers: CIMultiDictProxy[str], names: Iterable[str]) -> str:
    """These headers as a JSON object, where they were sent; one that was sent several times has all its values."""
    values = {name: ", ".join(headers.getall(name)) for name in names if name in headers}
    # aiohttp reads bytes that are no UTF-8 as lone surrogates.
    return orjson.dumps(
        {name: value.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for name, value in values.items()}
    ).decode()


def _joined(names: str | None, name: str) -> str:
    return f"{names}, {name}" if names else name
