"""Mutations that hypothesis makes up change what plain SQL changes, refuse what it refuses, and answer rightly."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.api import CreateDatabase, opened
from tests.differential.changing import Writing, changes
from tests.differential.subjects import DATABASES
from tests.differential.test_answers import EXAMPLES, MADE_UP
from tests.differential.world import Who

CALLERS = [
    ("desk", Who("desk_member", (("sub", 1),))),
    ("club", Who("club_member", (("sub", 1),))),
    ("shop", Who("shop_member", (("sub", 1),))),
]


@pytest.fixture(scope="module", params=CALLERS, ids=lambda param: param[0])
async def writing(request: pytest.FixtureRequest, create_database: CreateDatabase) -> AsyncIterator[Writing]:
    name, who = request.param
    database = DATABASES[name]
    async with opened(await create_database(*database.scripts, user=database.user), **database.unbounded) as api:
        made = await Writing.of(api, who)
        yield made
        await made.connection.close()


@settings(MADE_UP, max_examples=2 * EXAMPLES)
@given(st.data())
async def test_a_change_is_that_of_plain_sql(writing: Writing, data: st.DataObject) -> None:
    await writing.check(data.draw(changes(writing.world)))
