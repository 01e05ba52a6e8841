"""Who is asking, as the database will know them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """The database role to act as, and the JSON text that SQL reads from `request.jwt.claims`."""

    role: str
    claims: str
