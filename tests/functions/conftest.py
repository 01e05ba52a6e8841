"""Gateways on databases of functions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.api import Api, opened
from tests.conftest import CreateDatabase

FORMS = (Path(__file__).parent / "forms.sql").read_text()
SETTINGS: dict[str, Any] = {
    "schemas": ("sky",),
    "anonymous_role": "forms_reader",
    "authenticated_role": "forms_writer",
    "pool_size": 2,
    "jwt_secret": "a secret of the tests that is long enough",
}


@pytest.fixture(scope="session")
async def sky(create_database: CreateDatabase) -> AsyncIterator[Api]:
    """A gateway on forms.sql, shared by tests that only read."""
    async with opened(await create_database(FORMS, user="forms_gateway"), **SETTINGS) as api:
        yield api


@pytest.fixture
async def own_sky(create_database: CreateDatabase) -> AsyncIterator[Api]:
    """A gateway on a sky of the test's own."""
    async with opened(await create_database(FORMS, user="forms_gateway"), **SETTINGS) as api:
        yield api
