"""What a log may say of an error: what it is and where it rose, and no message, since messages repeat values.

Postgres' own log has the message, the detail and the statement, under the time and the process that are told here.
"""

from __future__ import annotations

import logging
import re
import traceback

import asyncpg

_FUNCTION = re.compile(r'^(?:PL/\w+ function [^\s\'(]+\([^\'\n]*\)|SQL function "[^"\n]+").*$', re.MULTILINE)
"""A line of Postgres' context that names a function. Other lines quote statements, which may hold values."""
_NAME = re.compile(r'(?:"(?:[^"]|"")*"|[\w.])+')
_RAISED = "exec_stmt_raise"
"""Where PL/pgSQL raises what a function's author wrote, whose words may be anything."""


def outline(error: BaseException) -> str:
    """What an error is: of Postgres', the SQLSTATE, where the server raised it and in which function of the database.

    Where that is a name of the statement, or an object that Postgres itself names, this is told too: a statement of
    ours holds no value.
    """
    name = type(error).__name__
    if not isinstance(error, asyncpg.PostgresError):
        return name
    found = [f"{error.sqlstate} {name}"]
    by_postgres = error.server_source_function != _RAISED
    if by_postgres:
        objects = {
            "table": error.table_name and f"{error.schema_name}.{error.table_name}",
            "column": error.column_name,
            "constraint": error.constraint_name,
            "type": error.data_type_name,
        }
        found += [f"{kind} {object_}" for kind, object_ in objects.items() if object_]
        place = int(error.position or 0)
        query = getattr(error, "query", None)
        if place and isinstance(query, str) and (at := _NAME.match(query, place - 1)):
            found.append(f"at {at[0]}")
    found += [match[0] for match in _FUNCTION.finditer(error.context or "")]
    if by_postgres and error.server_source_function:
        found.append(f"raised by {error.server_source_function} of {error.server_source_filename}")
    found += getattr(error, "__notes__", ())
    return "; ".join(" ".join(part.split()) for part in found)


def trace(error: BaseException) -> str:
    """A traceback without messages: where an error rose, and those that it came of."""
    parts: list[str] = []
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        frames = traceback.extract_tb(found.__traceback__)
        parts.append(
            "".join(f"  {frame.filename}:{frame.lineno}, in {frame.name}\n" for frame in frames) + outline(found)
        )
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)
    return "\n\nwhich came of\n\n".join(parts)


def without_messages(record: logging.LogRecord) -> bool:
    """A filter for loggers of others: a record's exception becomes a trace without its message."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(record.msg, BaseException):
        record.msg = outline(record.msg)
    if error is not None:
        record.msg, record.args = f"{record.getMessage()}\n%s", (trace(error),)
        record.exc_info = record.exc_text = None
    return True
