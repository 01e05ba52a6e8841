"""How many requests an identity may send: counted by each process for itself, where the settings set a limit."""

from __future__ import annotations

import hashlib
import ipaddress
import math
import time
from collections import OrderedDict

import orjson

from gatepost.auth.caller import Caller, Visit
from gatepost.errors import TooManyRequests

MOST_IDENTITIES = 100_000
"""Identities that one process counts for; beyond them, the one that asked longest ago is forgotten."""
_MINUTE = 60.0


class Rates:
    """A limit of `limit` requests a minute for each identity, all of which may come at once (the generic cell rate
    algorithm: what is kept of an identity is the moment from which on it has its whole minute's requests again).
    """

    def __init__(self, limit: int) -> None:
        self._gap = _MINUTE / limit
        self._whole: OrderedDict[bytes, float] = OrderedDict()

    def count(self, caller: Caller, visit: Visit) -> None:
        """Counts a request. Raises TooManyRequests where its identity has none left, and counts it not."""
        identity = _identity(caller, visit)
        if identity is None:
            return
        now, kept = time.monotonic(), self._whole
        whole = max(kept.get(identity, now), now) + self._gap
        wait = whole - now - _MINUTE
        if wait > self._gap / 1_000:  # what sums of fractions may be off
            raise TooManyRequests(math.ceil(wait))
        kept[identity] = whole
        kept.move_to_end(identity)
        while len(kept) > MOST_IDENTITIES or kept[next(iter(kept))] <= now:
            kept.popitem(last=False)


def _identity(caller: Caller, visit: Visit) -> bytes | None:
    """Whom a token is of, in its role; else where the request came from: of IPv6 the network, which has many addresses.

    None for a request without either, which came by a Unix socket.
    """
    subject = orjson.loads(caller.claims).get("sub")
    if isinstance(subject, str | int) and subject != "":
        return _digest(caller.role, "sub", str(subject))
    if visit.address is None:
        return None
    address = ipaddress.ip_address(visit.address)
    if address.version == 6:
        return _digest(caller.role, "from", str(ipaddress.ip_network((address, 64), strict=False)))
    return _digest(caller.role, "from", str(address))


def _digest(*parts: str) -> bytes:
    # Of any length, and a claim can be long.
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).digest()
