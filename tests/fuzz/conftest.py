"""Gateways that are asked what nobody would ask."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.api import SHOP, SHOP_SETTINGS, Api, CreateDatabase, opened

HASTY: dict[str, Any] = {**SHOP_SETTINGS, "statement_timeout": 500, "pool_size": 2}
_MARKET = (Path(__file__).parents[1] / "reading" / "market.sql").read_text()


@pytest.fixture(scope="module", params=["shop", "market"])
async def place(request: pytest.FixtureRequest, create_database: CreateDatabase) -> AsyncIterator[Api]:
    """A gateway on a database that may be spoilt, which stops a statement early."""
    script = {"shop": SHOP, "market": _MARKET}[request.param]
    url = await create_database(script, user="shop_gateway")
    async with opened(url, **{**HASTY, "schemas": (request.param,)}) as api:
        yield api
