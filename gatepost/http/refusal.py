"""Errors as answers: the JSON, status and headers of a request that did not come to be executed."""

from __future__ import annotations

import logging
import secrets

import orjson
from aiohttp import hdrs, web

from gatepost.errors import GatepostError, Masked
from gatepost.http.media import JSON
from gatepost.http.request_id import HEADER, trace_of
from gatepost.outline import trace

logger = logging.getLogger("gatepost.http")

RETRY_AFTER = "1"
"""Seconds; connections come free within milliseconds, so that a client need not stay away for long."""


class Refusal(web.HTTPException):
    """A GatepostError on its way out of a handler; aiohttp sends it as the response that it is."""

    def __init__(self, error: GatepostError, request: web.Request) -> None:
        self.status_code = error.status
        super().__init__(headers=headers_of(error.status))
        if (trace := trace_of(request)) is not None:
            self.headers[HEADER] = trace.request_id
        self.body = body_of(error)
        self.headers[hdrs.CONTENT_TYPE] = f"{JSON}; charset=utf-8"


def body_of(error: GatepostError) -> bytes:
    """An error as a GraphQL response without `data`: nothing was executed (GraphQL section 7.1)."""
    return orjson.dumps({"errors": [{"message": error.message, "extensions": error.extensions}]})


def headers_of(status: int, *, allow: str | None = None) -> dict[str, str]:
    """What RFC 9110 (sections 11.6.1, 15.5.6, 15.6.4) and RFC 6750 ask of an answer with this status."""
    if status == 401:
        return {hdrs.WWW_AUTHENTICATE: "Bearer"}
    if status == 405:
        return {hdrs.ALLOW: allow or "POST"}
    if status == 503:
        return {hdrs.RETRY_AFTER: RETRY_AFTER}
    return {}


def masked(what: str, error: BaseException | None = None) -> Masked:
    """An error for the caller that says nothing but an id, and a log entry that says the rest under it."""
    error_id = secrets.token_hex(8)
    logger.error("%s: error %s\n%s", what, error_id, "" if error is None else trace(error))
    return Masked(error_id)
