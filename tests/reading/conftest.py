"""The market of market.sql, the museum of kinds.sql, and the shop, behind gateways."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api import SHOP_SETTINGS, Api, CreateDatabase, opened, own_shop, shop

__all__ = ["own_shop", "shop"]

MARKET = (Path(__file__).parent / "market.sql").read_text()


@pytest.fixture(scope="session")
async def market(create_database: CreateDatabase) -> AsyncIterator[Api]:
    """A gateway on the market, which nothing changes."""
    settings = {**SHOP_SETTINGS, "schemas": ("market",)}
    async with opened(await create_database(MARKET, user="shop_gateway"), **settings) as api:
        yield api


MUSEUM = (Path(__file__).parent / "kinds.sql").read_text()


@pytest.fixture(scope="session")
async def museum(create_database: CreateDatabase) -> AsyncIterator[Api]:
    """A gateway on the museum of kinds.sql, which nothing changes."""
    settings = {**SHOP_SETTINGS, "schemas": ("museum",)}
    async with opened(await create_database(MUSEUM, user="shop_gateway"), **settings) as api:
        yield api
