"""Gateways that are asked what nobody would ask."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.api import SHOP_SETTINGS, Api, CreateDatabase, Reply, opened
from tests.differential.subjects import DATABASES
from tests.differential.world import Who

HASTY: dict[str, Any] = {**SHOP_SETTINGS, "statement_timeout": 500, "pool_size": 2}
"""Settings with which a statement is stopped early."""


@dataclass(frozen=True)
class Place:
    """A gateway on a database that may be spoilt, and those who ask."""

    api: Api
    callers: tuple[Who, ...]

    async def reply(self, query: str, who: Who) -> Reply:
        return await self.api.reply(query, role=who.role, claims=dict(who.claims))


@pytest.fixture(scope="module", params=[name for name in DATABASES if name != "chinook"])
async def place(request: pytest.FixtureRequest, create_database: CreateDatabase) -> AsyncIterator[Place]:
    database = DATABASES[request.param]
    url = await create_database(*database.scripts, user=database.user)
    async with opened(url, **{**database.settings, "statement_timeout": 500, "pool_size": 2}) as api:
        yield Place(api, database.callers)
