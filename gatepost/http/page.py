"""GraphiQL: the page and its assets, which npm builds and the server sends from its own disk."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import orjson
from aiohttp import hdrs, web

from gatepost.errors import GatepostError
from gatepost.http.refusal import Refusal
from gatepost.http.request_id import HEADER, RequestIds

DIST = Path(__file__).parent / "graphiql" / "dist"
NOT_BUILT = "GraphiQL is not built here: run gatepost/http/graphiql/build.sh (make install does)."
QUERY = "{\n  __schema {\n    queryType {\n      fields {\n        name\n        description\n      }\n    }\n  }\n}\n"

# Monaco writes style elements, so styles alone may be inline.
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "worker-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "font-src 'self' data:",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_GUARDS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".ttf": "font/ttf"}


class Page:
    """The handlers of /graphiql. All its addresses are relative, so that it works below any prefix.

    `query` is what a first visitor finds in the editor.
    """

    def __init__(self, request_ids: RequestIds, query: str | None) -> None:
        self._request_ids = request_ids
        self._query = query or QUERY

    async def page(self, request: web.Request) -> web.StreamResponse:
        """The page itself, or a line that says how to build it."""
        identifier = self._request_ids.assign(request).request_id
        try:
            html = (DIST / "page.html").read_text(encoding="utf-8")
        except FileNotFoundError:
            raise Refusal(GatepostError(NOT_BUILT, code="NOT_FOUND", status=404), request) from None
        options = orjson.dumps({"endpoint": "graphql", "query": self._query}).decode()
        # "<" would let a query end the script element that holds the options.
        html = html.replace("%OPTIONS%", options.replace("<", "\\u003c"))
        return web.Response(
            text=html,
            content_type="text/html",
            headers={
                HEADER: identifier,
                hdrs.CACHE_CONTROL: "no-cache",
                "Content-Security-Policy": _POLICY,
                **_GUARDS,
            },
        )

    async def asset(self, request: web.Request) -> web.StreamResponse:
        """One file of the build; its gzip sibling where the browser takes that."""
        identifier = self._request_ids.assign(request).request_id
        name = request.match_info["name"]
        path = DIST / "assets" / name
        kind = _TYPES.get(path.suffix)
        if kind is None or not path.is_file():
            raise Refusal(GatepostError("There is nothing here.", code="NOT_FOUND", status=404), request)
        # esbuild puts a hash of the content into every name but the workers'.
        lasting = not name.endswith(".worker.js")
        headers = {
            HEADER: identifier,
            hdrs.CONTENT_TYPE: kind,
            hdrs.CACHE_CONTROL: "public, max-age=31536000, immutable" if lasting else "no-cache",
            hdrs.VARY: hdrs.ACCEPT_ENCODING,
            **_GUARDS,
        }
        packed = path.with_name(f"{name}.gz")
        if "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, "") and packed.is_file():
            path = packed
            headers[hdrs.CONTENT_ENCODING] = "gzip"
        # Not a FileResponse: that one leaves its file open when the browser goes away.
        content = await asyncio.to_thread(path.read_bytes)
        tag = hashlib.blake2b(content, digest_size=12).hexdigest()
        unchanged = any(known.value in (tag, "*") for known in request.if_none_match or ())
        response = web.Response(status=304 if unchanged else 200, body=None if unchanged else content, headers=headers)
        response.etag = tag
        return response

    async def slash(self, request: web.Request) -> web.StreamResponse:
        """The way back from /graphiql/, where the relative addresses would not hold."""
        identifier = self._request_ids.assign(request).request_id
        raise web.HTTPPermanentRedirect("../graphiql", headers={HEADER: identifier})
