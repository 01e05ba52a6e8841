"""What the walk costs the database, as its own log tells: a query is one statement, a mutation five at most."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import Person, Threads

_STATEMENT = re.compile(r"^(\S+) gatepost\|LOG:  (?:statement|execute [^:]+): (.+)", re.MULTILINE)
Statement = tuple[str, str]
"""The (virtual) id of a statement's transaction, and the first line of its text."""


class Log:
    """The statements that the API sent, from Postgres' log."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = len(path.read_bytes())

    def statements(self) -> list[Statement]:
        """Those since the last call."""
        written = self._path.read_bytes()[self._seen :]
        self._seen += len(written)
        return _STATEMENT.findall(written.decode())


@pytest.fixture(scope="session")
async def log(threads: Threads) -> AsyncIterator[Log]:
    """With log_statement = 'all' on the server."""
    await threads.sql("alter system set log_statement = 'all'")
    await threads.sql("alter system set log_line_prefix = '%v %a|'")
    await threads.sql("select pg_reload_conf()")
    log = Log(threads.server.log)
    async with asyncio.timeout(60):
        # A session takes the new settings up between two statements.
        while not log.statements():
            await threads.data("Viewer")
    yield log
    await threads.sql("alter system reset all")
    await threads.sql("select pg_reload_conf()")


@pytest.fixture(scope="session")
async def counter(threads: Threads) -> Person:
    """Somebody whose statements are counted, and who has something to read."""
    person = await threads.sign_up("counter")
    await threads.data("Follow", person, username="ada")
    await threads.write(person, "counted")
    return person


@pytest.mark.parametrize("logged_in", [True, False])
@pytest.mark.parametrize(
    ("operation", "variables"),
    [
        ("Viewer", {}),
        ("Person", {"username": "ada"}),
        ("Conversation", {"id": "1"}),
        ("HomeFeed", {"first": 5}),
        ("Newest", {"search": "a"}),
        ("Everything", {"id": "1", "username": "grace"}),
    ],
)
async def test_a_query_is_one_statement(
    threads: Threads, log: Log, counter: Person, operation: str, variables: dict[str, Any], logged_in: bool
) -> None:
    log.statements()
    await threads.data(operation, counter if logged_in else None, **variables)
    [(_, text)] = log.statements()
    assert text.lower().startswith(("select", "with"))


Steps = list[tuple[str, dict[str, Any]]]


async def steps(threads: Threads, person: Person) -> Steps:
    """Each mutation of the walk, with a thread to do it to."""
    thread = await threads.write(person, "for the log")
    return [
        ("Create", {"body": "x"}),
        ("Reply", {"threadId": thread, "body": "x"}),
        ("Like", {"threadId": thread}),
        ("Unlike", {"threadId": thread}),
        ("Follow", {"username": "grace"}),
        ("Unfollow", {"username": "grace"}),
        ("UpdateProfile", {"bio": "x"}),
        ("Delete", {"threadId": thread}),
    ]


async def test_a_mutation_is_five_statements_at_most_in_one_transaction(
    threads: Threads, log: Log, counter: Person
) -> None:
    for operation, variables in await steps(threads, counter):
        log.statements()
        await threads.data(operation, counter, **variables)
        statements = log.statements()
        assert 1 <= len(statements) <= 5, (operation, statements)
        assert len({transaction for transaction, _ in statements}) == 1, (operation, statements)


async def test_several_mutations_are_in_one_transaction(threads: Threads, log: Log, counter: Person) -> None:
    log.statements()
    await threads.data("CreateAndLike", counter, body="x", threadId="1")
    done = log.statements()
    await threads.error("CreateAndLike", counter, body="x", threadId="0")
    undone = log.statements()
    for statements, end in ((done, "COMMIT"), (undone, "ROLLBACK")):
        # One that failed has no id any more when it is rolled back.
        *inside, (_, last) = statements
        assert len({transaction for transaction, _ in inside}) == 1, statements
        assert inside[0][1].startswith("BEGIN")
        assert last.startswith(end)


async def test_what_cannot_be_asked_never_reaches_the_database(threads: Threads, log: Log, counter: Person) -> None:
    log.statements()
    refused: list[Callable[[], Awaitable[Any]]] = [
        lambda: threads.error("Conversation", counter, id="no number"),
        lambda: threads.error("Viewer", "no token"),
        lambda: threads.error("HomeFeed", counter, first=-1),
    ]
    for ask in refused:
        await ask()
    assert log.statements() == []
