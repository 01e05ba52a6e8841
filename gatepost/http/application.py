"""The aiohttp application: which path leads where."""

from __future__ import annotations

from aiohttp import hdrs, web

from gatepost.errors import GatepostError
from gatepost.gateway import Gateway
from gatepost.http.access_log import AccessLog
from gatepost.http.door import Door
from gatepost.http.page import Page
from gatepost.http.refusal import Refusal, headers_of
from gatepost.http.request_id import HEADER, RequestIds

LOG = web.AppKey("access_log", AccessLog)


def application(gateway: Gateway, *, query: str | None = None) -> web.Application:
    """An application that serves a gateway at /graphql, with GraphiQL and health beside it.

    `query` is what GraphiQL shows first. Whoever opened the gateway closes it, after the application.
    """
    settings = gateway.settings
    # The door unpacks bodies, as far as it takes them; aiohttp would unpack all that nobody reads, at any address.
    app = web.Application(client_max_size=settings.max_body_bytes, handler_args={"auto_decompress": False})
    request_ids = RequestIds()
    log = AccessLog() if settings.access_log else None
    if log is not None:
        app[LOG] = log
        app.on_cleanup.append(_close_log)

    door = Door(gateway, request_ids, log)
    app.router.add_post("/graphql", door.post)
    app.router.add_get("/graphql", door.get)
    app.router.add_options("/graphql", door.options)
    app.router.add_route("*", "/graphql", door.other)
    refuse = _Refuser(request_ids)
    health = _Health(gateway, request_ids)
    app.router.add_get("/healthz", health.lives)
    app.router.add_get("/readyz", health.serves)
    if settings.graphiql:
        page = Page(request_ids, query)
        app.router.add_get("/graphiql", page.page)
        app.router.add_get("/graphiql/", page.slash)
        app.router.add_get("/graphiql/{name}", page.asset)
    app.router.add_route("*", "/{path:.*}", refuse.path)
    app.on_shutdown.append(door.leave)
    app.on_response_prepare.append(_without_server)
    return app


class _Health:
    """What an orchestrator asks: whether to restart the process, and whether to send it requests."""

    def __init__(self, gateway: Gateway, request_ids: RequestIds) -> None:
        self._gateway = gateway
        self._request_ids = request_ids

    async def lives(self, request: web.Request) -> web.Response:
        return self._answer(request, 200, "ok")

    async def serves(self, request: web.Request) -> web.Response:
        if await self._gateway.ready():
            return self._answer(request, 200, "ready")
        return self._answer(request, 503, "unavailable")

    def _answer(self, request: web.Request, status: int, word: str) -> web.Response:
        headers = {
            HEADER: self._request_ids.assign(request).request_id,
            hdrs.CACHE_CONTROL: "no-store",
            **headers_of(status),
        }
        return web.json_response({"status": word}, status=status, headers=headers)


class _Refuser:
    """Answers what no other handler takes."""

    def __init__(self, request_ids: RequestIds) -> None:
        self._request_ids = request_ids

    async def path(self, request: web.Request) -> web.Response:
        self._request_ids.assign(request)
        raise Refusal(GatepostError("There is nothing here.", code="NOT_FOUND", status=404), request)


async def _without_server(_request: web.Request, response: web.StreamResponse) -> None:
    """Keeps to itself what serves here, and in which version."""
    response.headers.popall(hdrs.SERVER, None)


async def _close_log(app: web.Application) -> None:
    await app[LOG].close()
