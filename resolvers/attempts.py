"""What the resolvers ask the database as the role of log-in, and how often somebody may: db/functions/attempts.sql."""

from __future__ import annotations

import hashlib
import ipaddress
import math
from typing import Any

from gatepost.engine.handwritten import Context
from gatepost.errors import GatepostError

ROLE = "threads_auth"
"""The database role that may call the functions of the schema private; no token can take it."""
CLAIMS = '{"role":"threads_auth"}'


async def ask(context: Context, sql: str, *values: object) -> list[Any]:
    """The rows of one statement of the log-in. Raises GatepostError."""
    return await context.database.fetch(ROLE, CLAIMS, sql, *values)


async def take_turn(context: Context, action: str, account: bytes | None) -> None:
    """Counts an attempt, of an account and from an address. Raises TOO_MANY_ATTEMPTS."""
    network = None if context.address is None else _network(context.address)
    address = None if network is None else hashlib.sha256(network.encode()).digest()
    [turn] = await ask(context, "select private.take_turns($1, $2, $3) as wait", action, account, address)
    if turn["wait"]:
        raise too_often(turn["wait"])


def too_often(wait: float) -> GatepostError:
    """The error of somebody who has to wait for so many seconds."""
    seconds = math.ceil(wait)
    return GatepostError(
        f"Too many attempts. Try again in {seconds} second{'' if seconds == 1 else 's'}.",
        code="TOO_MANY_ATTEMPTS",
        status=429,
        extensions={"retryAfter": seconds},
    )


def digest(text: str) -> bytes:
    """What the database keeps of a name or a refresh token, whose 256 random bits need neither salt nor slow hash."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def is_text(value: str) -> bool:
    """Whether Postgres can hold the value: no U+0000, and no half of a surrogate pair."""
    return "\x00" not in value and not any("\ud800" <= character <= "\udfff" for character in value)


def _network(address: str) -> str | None:
    """Whom an address stands for: a household has 2 to the 64 addresses of IPv6 at least.

    None for this machine: a developer, or a proxy that the settings do not trust, behind which are all callers.
    """
    parsed = ipaddress.ip_address(address)
    if parsed.is_loopback:
        return None
    return str(parsed) if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))
