"""The errors that a caller may read; whatever else goes wrong is masked behind an id that the log repeats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


class GatepostError(Exception):
    """An error whose message was written for the caller.

    `code` is stable and machine-readable (`extensions.code` of a GraphQL error, docs/errors.md lists them all),
    `status` the HTTP status when nothing of the operation ran, `extensions` further facts for `extensions`. `path` and
    `locations` are those of the GraphQL error, where they are known.
    """

    code = "INTERNAL"
    status = 500
    path: list[str | int] | None = None
    locations: list[dict[str, int]] | None = None

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        status: int | None = None,
        extensions: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code
        if status is not None:
            self.status = status
        self.extensions: dict[str, object] = {**(extensions or {}), "code": self.code}


@dataclass(frozen=True, slots=True)
class Broken:
    """A constraint that a write broke, by its names in the database; `column`: of what may not be null.

    `domain`: the type whose constraint it is, where it is no table's.
    """

    schema: str | None
    table: str | None
    constraint: str | None
    column: str | None
    domain: str | None = None


class Violation(GatepostError):
    """A write broke a constraint. Its names are not the caller's to know before `gatepost.plan.violations` says so."""

    def __init__(self, about: Broken, message: str, *, code: str, status: int) -> None:
        super().__init__(message, code=code, status=status)
        self.about = about


class BadRequest(GatepostError):
    """The request cannot be understood: HTTP, JSON, GraphQL syntax or an argument that no rule allows."""

    code = "BAD_REQUEST"
    status = 400


class BadInput(GatepostError):
    """A value that a caller sent does not fit its type or its bounds."""

    code = "BAD_USER_INPUT"
    status = 400


class Unauthenticated(GatepostError):
    """Who is asking is not known: no token where one is needed, or one that does not hold."""

    code = "UNAUTHENTICATED"
    status = 401


class Forbidden(GatepostError):
    """The caller's role may not do this."""

    code = "FORBIDDEN"
    status = 403


class Unavailable(GatepostError):
    """The database cannot be reached, or no connection came free in time; trying again later may work."""

    code = "UNAVAILABLE"
    status = 503


class TooManyRequests(GatepostError):
    """The caller has asked more often than the settings allow; `seconds` from now it may again."""

    code = "TOO_MANY_REQUESTS"
    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many requests. Try again in {seconds} s.", extensions={"retryAfter": seconds})


class Masked(GatepostError):
    """An unexpected failure; the caller learns an id only, and the log tells the rest under it."""

    code = "INTERNAL"
    status = 500

    def __init__(self, error_id: str) -> None:
        super().__init__("Something went wrong on our side.", extensions={"id": error_id})


class SetUpError(GatepostError):
    """The operator's settings or database cannot be served; the command line prints the message on one line."""

    code = "SET_UP"
