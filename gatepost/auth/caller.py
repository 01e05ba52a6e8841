"""Who is asking, as the database will know them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """The database role to act as, and the JSON texts that SQL reads from `request.jwt.claims` and `request.headers`.

    `headers` are those of the request that the settings let through; empty where they name none.
    """

    role: str
    claims: str
    headers: str = ""
