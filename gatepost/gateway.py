"""Ties the rooms together: a database read into a catalog, a schema made of it, and an engine that serves it."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from graphql import GraphQLSchema

from gatepost.auth.tokens import Verifier
from gatepost.catalog import Catalog, read
from gatepost.engine.engine import Engine
from gatepost.engine.handwritten import Handwritten
from gatepost.engine.roles import RoleSchemas
from gatepost.errors import GatepostError, SetUpError
from gatepost.schema.build import Api, build
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

    @classmethod
    async def open(cls, settings: Settings) -> Gateway:
        """Connects, reads the catalog and builds the schema. Raises SetUpError, in one line, where that cannot be."""
        if not settings.token_roles:
            raise SetUpError("anonymous_role or authenticated_role is needed: as whom should requests run?")
        database = await Database.open(settings)
        handwritten = None
        try:
            catalog, api = await _api(settings, database)
            if settings.sdl is not None:
                handwritten = await Handwritten.open(api.schema, settings, database)
            engine = Engine(RoleSchemas(catalog, api, settings, handwritten), settings, database)
        except BaseException:
            if handwritten is not None:
                handwritten.close()
            await database.close()
            raise
        return cls(settings, database, api, engine, Verifier(settings), handwritten)

    async def close(self) -> None:
        """Ends the database sessions, and lets go of the hand-written fields."""
        if self.handwritten is not None:
            self.handwritten.close()
        await self.database.close()

    async def ready(self) -> bool:
        """Whether the database answers."""
        try:
            await self.database.ping()
        except GatepostError:
            return False
        return True


async def _api(settings: Settings, database: Database) -> tuple[Catalog, Api]:
    connection = await database.connect()
    try:
        catalog = await read(connection, settings.schemas, sorted(settings.token_roles))
    finally:
        await connection.close()
    api = build(catalog)
    if api.schema.query_type is None:
        raise SetUpError(
            f"The roles {', '.join(catalog.roles)} may read nothing in {', '.join(settings.schemas)}: grant them usage "
            "on the schema and select on tables."
        )
    return catalog, api


async def schema_of(settings: Settings) -> tuple[GraphQLSchema, Api]:
    """The whole schema of the settings' database, hand-written part included, and the generated part's report."""
    gateway = await Gateway.open(settings)
    try:
        return gateway.engine.schema, gateway.api
    finally:
        await gateway.close()
