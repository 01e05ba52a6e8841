"""What a policy hides gets out of no answer, header or log line; and the fuzz would notice.

`python -m tests.leaks` looks in many more databases.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from random import Random
from typing import Any

import pytest

from gatepost.transaction import Database
from tests.api import CreateDatabase
from tests.differential.check import Differs, Subject
from tests.leaks.canaries import canaries
from tests.leaks.fuzz import Fuzz, opened
from tests.leaks.making import ADMIN, GUEST, MEMBER

DATABASES = 4
OPERATIONS = 12


@pytest.fixture
async def fuzz(create_database: CreateDatabase) -> AsyncIterator[Fuzz]:
    async with opened(await create_database()) as made:
        yield made


async def test_nothing_leaks(fuzz: Fuzz) -> None:
    for number in range(DATABASES):
        await fuzz.database(f"0:{number}", OPERATIONS)
    tally = fuzz.tally
    assert not tally.found, "\n".join(tally.found)
    assert tally.asked.total() == DATABASES * OPERATIONS
    assert len(tally.asked) == 4  # kinds
    assert tally.hidden > DATABASES


@pytest.mark.parametrize("left", ["plain SQL", "canaries", "another database"])
async def test_it_notices_statements_under_another_role(fuzz: Fuzz, monkeypatch: pytest.MonkeyPatch, left: str) -> None:
    """Each of the three ways by itself."""
    answer, check = Database.answer, Subject.check

    async def answer_as_admin(self: Database, role: str, *rest: Any, **more: Any) -> bytes:
        assert role in (GUEST, MEMBER, ADMIN)
        return await answer(self, ADMIN, *rest, **more)

    async def ask(self: Subject, asked: Any, random: Random | None = None) -> None:
        with suppress(Differs):
            await check(self, asked, random)

    monkeypatch.setattr(Database, "answer", answer_as_admin)
    monkeypatch.setattr("tests.leaks.fuzz.writes_of", lambda world: {})  # which other ways find
    if left != "plain SQL":
        monkeypatch.setattr(Subject, "check", ask)
    if left != "canaries":
        monkeypatch.setattr("tests.leaks.fuzz.canaries", lambda text: set())
    said = {"plain SQL": "Differs", "canaries": "got out", "another database": "made a difference"}[left]
    for number in range(6):
        await fuzz.database(f"notices:{number}", OPERATIONS)
        if any(said in finding for finding in fuzz.tally.found):
            return
    raise AssertionError(fuzz.tally.found)


def test_canaries_are_found_in_base64_too() -> None:
    assert canaries('"ZQ12345678 x", 12345678, 1.12345678') == {"zq12345678", "12345678"}
    assert canaries("WyJQZXJzb24iLCAiMzEwNDQzMzAiXQ==") == {"31044330"}
