"""Threads with its sample data, as `make run` serves it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gatepost.settings import Settings
from tests.docs.pages import DOCS
from tests.docs.serving import SECRET, Api, CreateDatabase, serving
from tests.scripts import SCRIPTS, SEED

ROOT = DOCS.parent


@pytest.fixture
async def threads(create_database: CreateDatabase) -> AsyncIterator[Api]:
    settings = Settings(
        database_url=await create_database(*SCRIPTS, SEED, user="threads_gateway"),
        schemas=("threads",),
        anonymous_role="threads_anonymous",
        authenticated_role="threads_member",
        roles=("threads_moderator",),
        jwt_secret=SECRET,
        jwt_issuer="threads",
        sdl=ROOT / "sdl",
        resolvers="resolvers",
        access_log=False,
    )
    async with serving(settings) as api:
        yield api
