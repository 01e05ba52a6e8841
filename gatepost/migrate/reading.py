"""The statements of a script as a deploy may run them, running one, and what is said of one that failed."""

from __future__ import annotations

from pathlib import Path

import asyncpg

from gatepost.errors import SetUpError
from gatepost.migrate.scripts import WAS
from gatepost.migrate.statements import Statement, split

TAKEN = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError)
"""What Postgres says where another session holds a lock."""
_TRANSACTIONS = ("begin", "start", "commit", "end", "rollback", "abort")


class LockTaken(SetUpError):
    """Another session held a lock that a statement needs; it may be free a moment later."""


def statements(path: Path, text: str, *, online: bool = False) -> list[Statement]:
    """The statements of a script; `online` when it runs outside the deploy's transaction.

    Raises SetUpError that names file and line for what is psql's, for what begins or ends a transaction, and for a
    comment `-- gatepost: …` in a script that has no use for it.
    """
    found = list(split(text))
    for statement in found:
        where = f"{path}:{statement.line}"
        if statement.text.startswith("\\"):
            raise SetUpError(f"{where}: psql's own commands do not work here")
        if statement.words[:1] and statement.words[0] in _TRANSACTIONS:
            about = "each statement is a transaction here" if online else "the deploy is one transaction already"
            raise SetUpError(f"{where}: {about}, so no {statement.words[0]}")
        said = [directive for directive in statement.directives if not directive.startswith(WAS)]
        if said and not online:
            raise SetUpError(
                f"{where}: `-- gatepost: {said[0]}` is for migrations whose first line is `-- gatepost: no transaction`"
            )
    return found


async def execute(connection: asyncpg.Connection, path: Path, statement: Statement, *values: object) -> str:
    """Runs a statement of a script and returns Postgres' word for what it did, such as `UPDATE 7`.

    Raises SetUpError with one line: file, line, what Postgres says, and its detail and hint. It is a LockTaken where
    another session was in the way.
    """
    try:
        status: str = await connection.execute(statement.text, *values)
    except asyncpg.PostgresError as error:
        raise failed(path, statement, error) from error
    return status


def failed(path: Path, statement: Statement, error: asyncpg.PostgresError) -> SetUpError:
    """One line: file, line, what Postgres says, and its detail and hint."""
    line = statement.line
    if error.position is not None:
        line += statement.text.count("\n", 0, int(error.position) - 1)
    parts = [str(error.args[0]), error.detail, error.hint]
    said = ". ".join(" ".join(part.split()).rstrip(".") for part in parts if part)
    return (LockTaken if isinstance(error, TAKEN) else SetUpError)(f"{path}:{line}: {said}")
