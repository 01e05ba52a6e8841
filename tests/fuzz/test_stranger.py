"""A stranger to each awkward database finds all of it in its introspection, and every operation made of that is right.

`python -m tests.fuzz.stranger` asks for all of any database; here it is some of each kind.
"""

from __future__ import annotations

import pytest

from tests.api import CreateDatabase, opened
from tests.differential.subjects import DATABASES
from tests.fuzz.left_out import missing
from tests.fuzz.stranger import Stranger

_MOST = 3
_OMITTED = {"sky": ["sky.unwanted"]}
"""What is tagged `@omit`, of which the doctor is silent."""


@pytest.mark.parametrize("name", ["names", "road", "sky", "kinds", "library"])
async def test_a_stranger_finds_and_asks_for_all(name: str, create_database: CreateDatabase) -> None:
    database = DATABASES[name]
    url = await create_database(*database.scripts, user=database.user)
    async with opened(url, **database.settings) as api:
        role = database.callers[0].role
        assert await missing(api, role, database.settings["schemas"]) == _OMITTED.get(name, [])
        stranger = Stranger(api, role, most=_MOST)
        await stranger.walk(write=True)
    assert stranger.findings == []
    assert stranger.codes["data"] > 4 * _MOST
