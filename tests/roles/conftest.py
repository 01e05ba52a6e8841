"""A library behind one gateway that serves roles of different privileges."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.api import Api, CreateDatabase, opened

LIBRARY = (Path(__file__).parent / "roles.sql").read_text()
SETTINGS: dict[str, Any] = {
    "schemas": ("library", "vault"),
    "anonymous_role": "library_guest",
    "authenticated_role": "roles_reader",
    "roles": ("library_twin", "library_post_box"),
    "pool_size": 2,
}


@pytest.fixture(scope="session")
async def library(create_database: CreateDatabase) -> AsyncIterator[Api]:
    async with opened(await create_database(LIBRARY, user="library_gateway"), **SETTINGS) as api:
        yield api
