"""Who is asking, as the database will know them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Caller:
    """The database role to act as, and the JSON texts that SQL reads from `request.jwt.claims` and `request.headers`.

    `headers` are those of the request that the settings let through; empty where they name none.
    """

    role: str
    claims: str
    headers: str = ""


class Visit(Protocol):
    """The HTTP request that an operation came by, as far as hand-written fields may need it."""

    @property
    def address(self) -> str | None:
        """Where it came from, behind the proxies that the settings trust; None where that is no network address."""

    def header(self, name: str) -> str | None:
        """A header's value, the first where there are several."""

    def cookie(self, name: str) -> str | None:
        """A cookie's value."""

    def set_cookie(self, name: str, value: str, lifetime: int) -> None:
        """Has the browser keep a cookie for so many seconds, hidden from scripts and from other sites; 0 deletes it."""
