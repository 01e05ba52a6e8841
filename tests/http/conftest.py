"""A server on a free port whose engine is a stand-in: these tests are about HTTP, not about GraphQL."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from gatepost.auth.tokens import Signer, Verifier
from gatepost.engine import documents
from gatepost.engine.engine import Answer, RequestContext
from gatepost.http.server import serve
from gatepost.settings import Settings
from tests.api import shop

__all__ = ["shop"]

UNASKED = {"Apollo-Require-Preflight": "true"}
DATA = b'{"data":{"hello":"w\xc3\xb6rld"}}'


@dataclass
class FakeEngine:
    """Remembers what it was asked and says what the test wants."""

    asked: list[dict[str, Any]] = field(default_factory=list)
    answer: Answer = field(default_factory=lambda: Answer(status=200, body=DATA))
    act: Callable[[], Awaitable[None]] | None = None

    async def cook(self, **_settings: object) -> None:
        return None

    async def execute(
        self,
        query: str,
        operation_name: str | None = None,
        context: RequestContext | None = None,
        variables: dict[str, Any] | None = None,
        initial_value: object = None,
    ) -> Answer:
        self.asked.append({"query": query, "operation": operation_name, "variables": variables, "context": context})
        if self.act is not None:
            await self.act()
        return self.answer


class FakeGateway:
    """What gatepost.http needs of a gateway."""

    def __init__(self, settings: Settings, engine: FakeEngine) -> None:
        self.settings = settings
        self.engine = engine
        self.verifier = Verifier(settings)
        self.documents = documents.collected(documents.in_files(settings.trusted_documents))
        self.api = SimpleNamespace(report=SimpleNamespace(left_out=0))
        self.is_ready = True
        self.closed = False

    async def ready(self) -> bool:
        return self.is_ready

    async def close(self) -> None:
        self.closed = True


@dataclass
class Server:
    """A running server and a client of it."""

    url: str
    settings: Settings
    engine: FakeEngine
    gateway: FakeGateway
    http: aiohttp.ClientSession
    task: asyncio.Task[None]

    def token(self, role: str = "member") -> str:
        return Signer(self.settings).sign("1", role)

    def post(self, body: object = None, **options: Any) -> Any:
        """POST a GraphQL request; `data` instead of a body sends bytes as they are."""
        if "data" not in options:
            options["json"] = {"query": "{ hello }"} if body is None else body
        return self.http.post(f"{self.url}/graphql", **options)

    def get(self, parameters: Any, headers: Any = UNASKED, **options: Any) -> Any:
        """GET a GraphQL request as a program does that no page can make do so."""
        return self.http.get(f"{self.url}/graphql", params=parameters, headers=headers, **options)


Serving = Callable[..., AbstractAsyncContextManager[Server]]


@pytest.fixture
def settings() -> Settings:
    return Settings(
        database_url="postgresql://nowhere/nothing",
        port=0,
        anonymous_role="anonymous",
        authenticated_role="member",
        jwt_secret="a secret of the tests, 32 bytes long",
        access_log=False,
    )


@pytest.fixture
def serving(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Serving:
    """Serve with the settings changed as given, for as long as the context lasts."""

    @asynccontextmanager
    async def run(query: str | None = None, **changes: Any) -> AsyncIterator[Server]:
        chosen = dataclasses.replace(settings, **changes)
        engine = FakeEngine()
        gateway = FakeGateway(chosen, engine)

        async def open_gateway(_settings: Settings) -> FakeGateway:
            return gateway

        monkeypatch.setattr("gatepost.http.server.Gateway", SimpleNamespace(open=open_gateway))
        listening: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(serve(chosen, query=query, ready=listening.set_result))
        await asyncio.wait((task, listening), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        async with aiohttp.ClientSession() as http:
            yield Server(listening.result(), chosen, engine, gateway, http, task)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert gateway.closed

    return run


@pytest.fixture
async def server(serving: Serving) -> AsyncIterator[Server]:
    async with serving() as running:
        yield running
