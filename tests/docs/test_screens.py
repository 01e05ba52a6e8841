"""The screens of docs/threads.md: each operation, sent in its turn as who it says, answers what the page shows."""

from __future__ import annotations

import json
import re
from typing import Any

import asyncpg
from graphql import OperationDefinitionNode, parse

from tests.docs.pages import DOCS, Block, blocks
from tests.docs.serving import Api

_EARLIER = re.compile(r"«([\w.]+)»")


def value(answers: dict[str, Any], path: str) -> Any:
    """What an earlier answer has at a path: `CreateThread.createThread.thread.id`."""
    found: Any = answers
    for step in path.split("."):
        found = found[int(step)] if step.isdigit() else found[step]
    return found


def filled(given: Any, answers: dict[str, Any]) -> Any:
    """Variables, or an answer, with what stands in «» taken from the answers before."""
    if isinstance(given, dict):
        return {key: filled(item, answers) for key, item in given.items()}
    if isinstance(given, list):
        return [filled(item, answers) for item in given]
    if isinstance(given, str) and (whole := _EARLIER.fullmatch(given)):
        return value(answers, whole[1])
    return given


def same(shown: Any, got: Any) -> bool:
    """Whether the page shows this answer; "…" stands for anything."""
    if shown == "…":
        return got is not None
    if isinstance(shown, dict) and isinstance(got, dict):
        return shown.keys() == got.keys() and all(same(shown[key], got[key]) for key in shown)
    if isinstance(shown, list) and isinstance(got, list):
        return len(shown) == len(got) and all(map(same, shown, got))
    return bool(shown == got)


class Reader:
    """Somebody who follows the page, with what came back so far."""

    def __init__(self, threads: Api) -> None:
        self._threads = threads
        self.answers: dict[str, Any] = {}

    async def token(self, who: str) -> str | None:
        """A token of a user, as their log-in gives it."""
        if who == "nobody":
            return None
        connection = await asyncpg.connect(self._threads.settings.database_url, user="postgres")
        try:
            row = await connection.fetchrow(
                """select u.id, exists (select from private.moderators as m where m.user_id = u.id) as moderates
                     from threads.users as u where u.username = $1""",
                who,
            )
        finally:
            await connection.close()
        assert row is not None, who
        return self._threads.token(row["id"], "threads_moderator" if row["moderates"] else None)

    async def administer(self, sql: str) -> None:
        """Runs SQL as an administrator."""
        connection = await asyncpg.connect(self._threads.settings.database_url, user="postgres")
        try:
            await connection.execute("set role threads_admin")
            await connection.execute(sql)
        finally:
            await connection.close()

    async def send(self, block: Block, variables: dict[str, Any]) -> Any:
        """Sends an operation, and keeps the answer under its name."""
        answer = await self._threads.send(
            {"query": block.text, "variables": filled(variables, self.answers)},
            await self.token(block.mark.removeprefix("as ")),
        )
        assert "errors" not in answer, (str(block), answer["errors"])
        operation = next(node for node in parse(block.text).definitions if isinstance(node, OperationDefinitionNode))
        assert operation.name is not None, str(block)
        self.answers[operation.name.value] = answer["data"]
        return answer["data"]


async def test_every_operation_of_the_page_answers_what_it_shows(threads: Api) -> None:
    reader = Reader(threads)
    found = blocks(DOCS / "threads.md")
    sent = [block for block in found if block.language == "graphql"]
    assert len(sent) > 30
    for place, block in enumerate(found):
        if block.language == "graphql":
            given = [one.text for one in found[place + 1 : place + 2] if one.mark == "variables"]
            got = await reader.send(block, json.loads(given[0]) if given else {})
        elif block.mark == "administrator":
            await reader.administer(block.text)
        elif block.mark == "answer":
            shown = filled(json.loads(block.text), reader.answers)
            assert same(shown, got), (str(block), json.dumps(got, ensure_ascii=False, indent=2))


async def test_every_field_of_mutation_is_on_the_page(threads: Api) -> None:
    """A screen that is missing would be found so; what comes many at a time has its like for one on the page."""
    told = "\n".join(block.text for block in blocks(DOCS / "threads.md", "graphql"))
    asked = '{ __type(name: "Mutation") { fields { name } } }'
    fields = {
        field["name"]
        for token in (threads.token(1), threads.token(1, "threads_moderator"))
        for field in (await threads.data(asked, token))["__type"]["fields"]
    }
    missing = {name for name in fields if not re.search(rf"\b{name}\b", told)}
    assert missing == {"createDrafts", "updateDrafts", "deleteDrafts"}
