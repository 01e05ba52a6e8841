"""Operations that hypothesis makes up are answered as plain Python answers them from the rows that the caller sees.

`python -m tests.differential` asks many more.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.api import CreateDatabase, opened
from tests.differential.check import Subject
from tests.differential.operations import lists, operations
from tests.differential.subjects import DATABASES

EXAMPLES = int(os.environ.get("GATEPOST_TESTS_EXAMPLES", "5"))
CALLERS = [(name, place) for name, database in DATABASES.items() for place in range(len(database.callers))]


@pytest.fixture(scope="module", params=CALLERS, ids=lambda param: f"{param[0]}-{param[1]}")
async def subject(request: pytest.FixtureRequest, create_database: CreateDatabase) -> AsyncIterator[Subject]:
    name, place = request.param
    database = DATABASES[name]
    async with opened(await create_database(*database.scripts, user=database.user), **database.unbounded) as api:
        yield await Subject.of(api, database.callers[place])


MADE_UP = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.generate,),  # `python -m tests.differential` cuts a finding down
    suppress_health_check=list(HealthCheck),
)


@MADE_UP
@given(st.data())
async def test_the_answer_is_the_naive_one(subject: Subject, data: st.DataObject) -> None:
    asked = data.draw(operations(subject.world))
    await subject.check(asked, data.draw(st.randoms(use_true_random=False)))


@settings(MADE_UP, max_examples=max(EXAMPLES // 4, 1))
@given(st.data())
async def test_pages_make_the_whole(subject: Subject, data: st.DataObject) -> None:
    await subject.walk(data.draw(lists(subject.world)), data.draw(st.integers(3, 9)), data.draw(st.booleans()))
