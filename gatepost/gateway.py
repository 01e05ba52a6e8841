"""Ties the rooms together: a database read into a catalog, a schema made of it, and an engine that serves it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import asyncpg
from graphql import GraphQLSchema

from gatepost.auth.passwords import Passwords
from gatepost.auth.tokens import Verifier
from gatepost.catalog import Catalog, read
from gatepost.engine import documents as trusted
from gatepost.engine.documents import Documents
from gatepost.engine.engine import Engine
from gatepost.engine.handwritten import Handwritten
from gatepost.engine.roles import RoleSchemas
from gatepost.errors import GatepostError, SetUpError
from gatepost.schema.build import Api, build
from gatepost.schema.garbage import settle
from gatepost.settings import Settings
from gatepost.transaction import Database

logger = logging.getLogger("gatepost")


@dataclass(slots=True)
class Gateway:
    """All that one process needs to answer requests."""

    settings: Settings
    database: Database
    api: Api
    engine: Engine
    verifier: Verifier
    handwritten: Handwritten | None
    documents: Documents
    """Those that the operator trusts."""
    _reloading: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    async def open(cls, settings: Settings) -> Gateway:
        """Connects, reads the catalog and builds the schema. Raises SetUpError, in one line, where that cannot be."""
        if not settings.token_roles:
            raise SetUpError(
                "as which database role should requests run? Name it: --anonymous-role for those without a token, "
                "--authenticated-role for those with one (anonymous_role, authenticated_role)"
            )
        database = await Database.open(settings)
        try:
            documents = await _documents(settings, database)
            roles = await _roles(settings, database)
        except BaseException:
            await database.close()
            raise
        engine = Engine(roles, settings, database)
        return cls(settings, database, roles.whole, engine, Verifier(settings), roles.handwritten, documents)

    async def reload(self) -> None:
        """Reads the catalog and the trusted documents anew; requests that were begun end with what they began with.

        A role keeps its old schema until its new one is made, so that nobody waits. Raises SetUpError where what is
        there now cannot be served, and goes on serving what it did.
        """
        async with self._reloading:
            documents = await _documents(self.settings, self.database)
            before = self.engine.roles
            passwords = self.handwritten.passwords if self.handwritten else None
            roles = await _roles(self.settings, self.database, passwords)
            roles.made.update(before.made)
            await self.database.look_again()
            for role in sorted(before.made, key=roles.catalog.holds_all, reverse=True):
                await roles.renew(role)
                # The first has the whole schema, where there is such a role; it is made already.
                self.engine.swap(roles)
            self.engine.swap(roles)
            self.api, self.handwritten = roles.whole, roles.handwritten
            self.documents = documents
            if before.handwritten is not None:
                before.handwritten.forget()
            del before
            # The old schemas refer to each other in circles, and would stay for long.
            asyncio.get_running_loop().call_soon(settle)

    async def close(self) -> None:
        """Ends the database sessions, and lets go of the hand-written fields."""
        if self.handwritten is not None:
            self.handwritten.close()
        await self.verifier.close()
        await self.database.close()

    async def ready(self) -> bool:
        """Whether the database answers."""
        try:
            await self.database.ping()
        except GatepostError:
            return False
        return True


CHANNEL = "gatepost_reload"
"""`notify gatepost_reload` in the database has every gateway on it read the catalog anew."""
_SETTLE = 0.05
_RETRY = 5.0


class Reloader:
    """Reloads a gateway when it is asked to: by `ask`, or by a notification of the database."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._asked = asyncio.Event()

    def ask(self, *_: Any) -> None:
        """Has the catalog read anew, soon; what is asked meanwhile counts once."""
        self._asked.set()

    async def run(self) -> None:
        """Listens and reloads until it is cancelled. A failure is told in the log, and the old schema stays."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen())
            while True:
                await self._asked.wait()
                # A migration notifies at each of its statements.
                await asyncio.sleep(_SETTLE)
                self._asked.clear()
                await self._reload()

    async def _reload(self) -> None:
        started = perf_counter()
        try:
            await self._gateway.reload()
        except SetUpError as error:
            logger.error("not reloaded: %s", error.message)
        except Exception:
            logger.exception("not reloaded")
        else:
            logger.info("reloaded in %.2f s", perf_counter() - started)

    async def _listen(self) -> None:
        """Keeps a session that listens. One that was lost may have missed something, so that its successor reloads."""
        lost = False
        while True:
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                connection = await self._gateway.database.connect("gatepost reload")
                ended = asyncio.Event()
                connection.add_termination_listener(lambda *_, ended=ended: ended.set())
                try:
                    await connection.add_listener(CHANNEL, self.ask)
                    if lost:
                        self.ask()
                    await ended.wait()
                finally:
                    connection.terminate()
            lost = True
            await asyncio.sleep(_RETRY)


async def _documents(settings: Settings, database: Database) -> Documents:
    """The trusted documents, as they are now."""
    entries = await asyncio.to_thread(trusted.in_files, settings.trusted_documents)
    if settings.trusted_documents_table is not None:
        connection = await database.connect()
        try:
            entries += await trusted.in_table(connection, settings.trusted_documents_table)
        finally:
            await connection.close()
    return trusted.collected(entries)


async def _roles(settings: Settings, database: Database, passwords: Passwords | None = None) -> RoleSchemas:
    """What the database gives to each role now; hand-written fields work with these `passwords` where given."""
    connection = await database.connect()
    try:
        catalog = await read(connection, settings.schemas, sorted(settings.token_roles))
    finally:
        await connection.close()
    api = await asyncio.to_thread(build, catalog)
    if api.schema.query_type is None:
        raise SetUpError(_nothing(catalog))
    handwritten = None
    if settings.sdl is not None:
        whole = await asyncio.to_thread(api.whole)
        handwritten = await Handwritten.open(whole, settings, database, passwords)
    return RoleSchemas(catalog, api, settings, handwritten)


def _nothing(catalog: Catalog) -> str:
    """Why there is nothing to serve, and what to do about it."""
    schemas = ", ".join(catalog.schemas)
    if catalog.relations or catalog.functions:
        return (
            f"The roles {', '.join(catalog.roles)} may read nothing in {schemas}: grant them usage on the schema and "
            "select on tables."
        )
    unknown = f"There is no schema {', '.join(catalog.unknown)}." if catalog.unknown else f"Nothing is in {schemas}."
    if not catalog.unexposed:
        return f"{unknown} The database has no tables."
    return f"{unknown} Tables are in {', '.join(name for name, _ in catalog.unexposed)}: name them with --schemas."


async def schema_of(settings: Settings) -> tuple[GraphQLSchema, Api]:
    """The whole schema of the settings' database, hand-written part included, and the generated part's report."""
    gateway = await Gateway.open(settings)
    try:
        return gateway.engine.schema, gateway.api
    finally:
        await gateway.close()
