"""What Postgres refused, as errors for a caller: a stable code, and words that tell nothing of hidden rows.

SQLSTATE classes: Postgres manual, appendix A. A raised rule's message is its author's own; of all else the message is
the gateway's, since Postgres' own names objects and values.
"""

from __future__ import annotations

import logging
import re
import uuid
from contextlib import suppress

import asyncpg
import orjson

from gatepost.errors import Broken, GatepostError, Masked, Unavailable, Violation
from gatepost.outline import outline, trace

logger = logging.getLogger("gatepost.database")

_GONE = (asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
_RULE = "P0001"
_INVALID_NAME = "42602"
_CODES: dict[str, tuple[str, int, str]] = {
    "23505": ("UNIQUE_VIOLATION", 409, "There is such a row already."),
    "23503": ("FOREIGN_KEY_VIOLATION", 409, "A row that this refers to is not there, or rows refer to this one."),
    "23514": ("CHECK_VIOLATION", 400, "A value breaks a rule of its table."),
    "23502": ("NOT_NULL_VIOLATION", 400, "A value that is needed is missing."),
    "44000": ("CHECK_VIOLATION", 400, "A value breaks a rule of its view."),
    "428C9": ("BAD_USER_INPUT", 400, "A value is given that the database makes itself."),
    "23P01": ("EXCLUSION_VIOLATION", 409, "This conflicts with a row that is there already."),
    "42501": ("FORBIDDEN", 403, "You may not do this."),
    "57014": ("TIMEOUT", 504, "This took too long and was stopped."),
    "55P03": ("TIMEOUT", 504, "Another request holds what this one needs. Try again in a moment."),
    "55000": (
        "NOT_READY",
        409,
        "What this needs is not ready in the database, such as a view that is still to be filled.",
    ),
    "25006": ("READ_ONLY", 409, "The database takes no changes now."),
    "P0002": ("NOT_FOUND", 404, "There is no such row, or you may not do this with it."),
    "40001": ("SERIALIZATION_FAILURE", 409, "This collided with another request. Try again."),
    "40P01": ("SERIALIZATION_FAILURE", 409, "This collided with another request. Try again."),
}
_REFUSED = re.compile(r"gatepost\.([A-Z_]+) (\d+)")  # the name of a setting that cannot be: see gatepost.plan.writes
_REFUSALS: dict[str, tuple[int, str]] = {
    "NOT_FOUND": (404, "There is no such row, or you may not do this with it."),
    "TOO_MANY_ROWS": (400, "This would be done to {count} rows, more than `atMost`. Nothing was done."),
}
_UNREADABLE = frozenset(
    {"0A000", "3F000", "42601", "42602", "42622", "42704", "42725", "42883", "42P01", "54000", "54001"}
)
"""What types' input functions raise beside class 22: of patterns, of names of objects (reg*), of sizes."""
_POSTGIS = "lwgeom_"
"""How the files begin in which PostGIS raises all that it has against a geometry or a box, as an internal error."""
_CLASSES = frozenset({"00"}).union(
    state[:2]
    for found in vars(asyncpg.exceptions).values()
    if isinstance(state := getattr(found, "sqlstate", None), str)
)
_TOO_LARGE = frozenset({"22001", "22003"})
_IN_A_BODY = re.compile(r"^(?:(?!JSON)[^'\n])*?(?:PL/|\bSQL\b)", re.MULTILINE)
"""A line of the context that names a function, in any language of Postgres' messages: not one of a value's JSON."""
_COLLISIONS = frozenset({"40001", "40P01"})
_UNAVAILABLE = ("08", "53", "57P")


def is_lost(error: BaseException) -> bool:
    """Whether the connection is gone, so that the session must not be used again.

    Postgres ends the session itself after an error of severity FATAL or PANIC, whatever its SQLSTATE; an error without
    a severity is asyncpg's own. An ERROR of class 08 is of somebody else's connection, such as a foreign server's.
    """
    if isinstance(error, asyncpg.PostgresError):
        if error.severity_en is None:
            return (error.sqlstate or "").startswith("08")
        return error.severity_en in ("FATAL", "PANIC")
    return isinstance(error, _GONE) and not isinstance(error, asyncpg.DataError)


def is_collision(error: BaseException | None) -> bool:
    """Whether a transaction collided with another, by its error or its error's cause: run again, it may go well."""
    if not isinstance(error, asyncpg.PostgresError):
        error = error.__cause__ if error is not None else None
    return isinstance(error, asyncpg.PostgresError) and error.sqlstate in _COLLISIONS


def is_bad_value(error: BaseException) -> bool:
    """Whether Postgres could not read a value (class 22): a caller's, or the claims, not set yet, in a policy."""
    return isinstance(error, asyncpg.PostgresError) and (error.sqlstate or "").startswith("22")


def _is_unreadable(error: asyncpg.PostgresError) -> bool:
    """Whether a type's input function refused a value in words that stand for errors of statements otherwise.

    Those tell a position in the statement, or the function in which it is.
    """
    if error.sqlstate == "XX000":
        return (error.server_source_filename or "").startswith(_POSTGIS)
    if error.sqlstate not in _UNREADABLE:
        return False
    if error.sqlstate == "42883" and error.server_source_filename != "regproc.c":
        return False  # no equality of a type, say
    if (error.context or "").startswith("invalid type name"):
        return True
    return error.position is None and error.internal_position is None and error.context is None


def _is_of_a_body(error: asyncpg.PostgresError) -> bool:
    """Whether a function's body failed at a value: a division by zero, say.

    Not where a value was put that is too large for its place, such as a column: that one is likely to be the caller's.
    """
    return error.sqlstate not in _TOO_LARGE and _IN_A_BODY.search(error.context or "") is not None


def _is_own(error: asyncpg.PostgresError) -> bool:
    """Whether a RAISE of PL/pgSQL has an SQLSTATE that its author made up: those words are not Postgres' either.

    Not one of Postgres' classes: a function may raise again what it caught, and the driver need not know each state.
    """
    return (error.sqlstate or "")[:2] not in _CLASSES and error.server_source_function == "exec_stmt_raise"


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match.group(1).upper(), name)


def unreachable() -> Unavailable:
    """Nothing was done, since there is no connection to do it over."""
    return Unavailable("The database cannot be reached. Try again in a moment.")


def busy() -> Unavailable:
    """Nothing was done, since no session came free in time."""
    return Unavailable("The database is busy. Try again in a moment.", code="BUSY")


def closing() -> Unavailable:
    """Nothing was done, since this process is about to end."""
    return Unavailable("The gateway is shutting down.")


def told(error: BaseException) -> GatepostError:
    """The error for the caller; what must not be told is logged under an id."""
    if isinstance(error, GatepostError):
        return error
    if isinstance(error, asyncpg.DataError | UnicodeEncodeError) and not isinstance(error, asyncpg.PostgresError):
        return GatepostError("A value does not fit its type.", code="BAD_USER_INPUT", status=400)
    if isinstance(error, asyncpg.PostgresError):
        return _postgres(error)
    if is_lost(error):
        return unreachable()
    return masked(error)


def told_of_write(error: BaseException) -> GatepostError:
    """`told` for what may have written: where the connection was lost, nobody knows whether it did."""
    if is_lost(error):
        return Unavailable(
            "The connection to the database was lost. It is not known whether this was done.", code="OUTCOME_UNKNOWN"
        )
    return told(error)


def _postgres(error: asyncpg.PostgresError) -> GatepostError:
    state = error.sqlstate or ""
    extensions: dict[str, object]
    if state == _RULE or _is_own(error):
        return _rule(error)
    if state == _INVALID_NAME and (refused := _REFUSED.search(error.message or "")) and refused[1] in _REFUSALS:
        status, message = _REFUSALS[refused[1]]
        count = int(refused[2])
        extensions = {"count": count} if "{count}" in message else {}
        return GatepostError(message.format(count=count), code=refused[1], status=status, extensions=extensions)
    if state.startswith("54"):  # an index entry, an expression or a statement beyond Postgres' own bounds
        return GatepostError("This is larger than the database can take.", code="BAD_USER_INPUT", status=400)
    if state.startswith("22") and _is_of_a_body(error):
        # The function's author may have to mend it, or the caller what it was called with: both learn of it.
        extensions = {"id": masked(error).extensions["id"]}
        message = "A function cannot work with a value that it was given."
        return GatepostError(message, code="BAD_USER_INPUT", status=400, extensions=extensions)
    if state.startswith("22") or _is_unreadable(error):
        return GatepostError("A value does not fit its type.", code="BAD_USER_INPUT", status=400)
    if state.startswith(_UNAVAILABLE):
        return unreachable()
    if state not in _CODES:
        return masked(error)
    code, status, message = _CODES[state]
    if state.startswith("23"):
        about = Broken(
            error.schema_name, error.table_name, error.constraint_name, error.column_name, error.data_type_name
        )
        return Violation(about, message, code=code, status=status)
    return GatepostError(message, code=code, status=status)


def _rule(error: asyncpg.PostgresError) -> GatepostError:
    """A rule that SQL raised: `raise exception 'message' using constraint = 'the_rule', column = 'the_field'`.

    A detail that is an object of JSON has more facts for `extensions`, by name.
    """
    extensions = _facts(error.detail or "")
    if error.column_name:
        extensions["field"] = _camel(error.column_name)
    if error.hint:
        extensions["hint"] = error.hint
    name = error.constraint_name or ("rule_broken" if error.sqlstate == _RULE else error.sqlstate)
    code = re.sub(r"\W", "_", name or "rule_broken").upper()
    return GatepostError(error.message or "A rule was broken.", code=code, status=400, extensions=extensions)


def _facts(detail: str) -> dict[str, object]:
    with suppress(orjson.JSONDecodeError):
        if detail.startswith("{"):
            return dict(orjson.loads(detail))
    return {"detail": detail} if detail else {}


def masked(error: BaseException) -> Masked:
    """Logs an unexpected error under a new id, and gives the error that tells the id alone."""
    error_id = uuid.uuid4().hex
    said = f": {outline(error)}" if isinstance(error, asyncpg.PostgresError) else f"\n{trace(error)}"
    logger.error("unexpected error %s%s", error_id, said)
    return Masked(error_id)
