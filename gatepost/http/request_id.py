"""Request ids: what ties an answer to its line in the access log and to the logs of whoever called."""

from __future__ import annotations

import re
import secrets
from itertools import count

from aiohttp import web
from multidict import istr

HEADER = istr("X-Request-Id")

_SANE = re.compile(r"[A-Za-z0-9._:=/+-]{1,128}").fullmatch


class Trace:
    """What the access log wants to know of a request beyond what aiohttp keeps."""

    __slots__ = ("request_id", "role")

    def __init__(self, request_id: str) -> None:
        self.request_id = request_id
        self.role: str | None = None


_KEY = web.RequestKey("trace", Trace)


class RequestIds:
    """Gives each request its id. A made id is unique by its process's random prefix and a count."""

    def __init__(self) -> None:
        self._prefix = secrets.token_hex(6)
        self._count = count(1)

    def assign(self, request: web.Request) -> Trace:
        """Begin a request's trace, under the caller's own id where that is short and harmless in a log."""
        given = request.headers.get(HEADER)
        if given is None or _SANE(given) is None:
            given = f"{self._prefix}-{next(self._count):x}"
        trace = request[_KEY] = Trace(given)
        return trace


def trace_of(request: web.BaseRequest) -> Trace | None:
    """The trace of a request; None where no handler was reached, as with malformed HTTP."""
    try:
        return request[_KEY]
    except KeyError:
        return None
