"""A transport company behind a gateway."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api import Api, CreateDatabase, opened

TRANSPORT = (Path(__file__).parent / "relations.sql").read_text()


@pytest.fixture(scope="session")
async def transport(create_database: CreateDatabase) -> AsyncIterator[Api]:
    url = await create_database(TRANSPORT, user="transport_gateway")
    async with opened(url, schemas=("road", "rail"), anonymous_role="transport_guest", pool_size=2) as api:
        yield api
