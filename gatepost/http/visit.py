"""A request as hand-written fields may know it: where it came from, its headers, and its cookies."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

from aiohttp import hdrs, web

from gatepost.errors import SetUpError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_COOKIE = re.compile(r"[!#-+\--:<-\[\]-~]*")  # RFC 6265, section 4.1.1


def networks(names: Sequence[str]) -> tuple[Network, ...]:
    """The networks of the proxies that are trusted. Raises SetUpError for what is none."""
    try:
        return tuple(ipaddress.ip_network(name) for name in names)
    except ValueError as error:
        raise SetUpError(f"trusted_proxies: {error}") from None


class HttpVisit:
    """One request, and the cookie that its answer is to set."""

    __slots__ = ("_proxies", "_request", "set_by")

    def __init__(self, request: web.Request, proxies: tuple[Network, ...]) -> None:
        self._request = request
        self._proxies = proxies
        self.set_by: str | None = None
        """The value of the answer's Set-Cookie."""

    @property
    def address(self) -> str | None:
        """Where the request came from; None where that is no network address.

        X-Forwarded-For counts as far as trusted proxies wrote it: from its end to the first address that is none of
        theirs. What stands before that, anybody can write.
        """
        address = _parsed(self._request.remote or "")
        if address is None or not self._trusts(address):
            return None if address is None else str(address)
        for name in reversed(",".join(self._request.headers.getall(hdrs.X_FORWARDED_FOR, ())).split(",")):
            further = _parsed(name)
            if further is None:
                break
            address = further
            if not self._trusts(address):
                break
        return str(address)

    def _trusts(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        return any(address in network for network in self._proxies)

    def header(self, name: str) -> str | None:
        """A header's value, the first where there are several."""
        return self._request.headers.get(name)

    def cookie(self, name: str) -> str | None:
        """A cookie's value."""
        return self._request.cookies.get(name)

    def set_cookie(self, name: str, value: str, lifetime: int) -> None:
        """Has the browser keep a cookie for so many seconds, hidden from scripts and from other sites; 0 deletes it.

        Raises ValueError for what no cookie can hold.
        """
        if not (name and _COOKIE.fullmatch(name) and _COOKIE.fullmatch(value)):
            raise ValueError("a cookie cannot hold this")
        self.set_by = f"{name}={value}; Max-Age={lifetime}; Path=/; Secure; HttpOnly; SameSite=Strict"


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a text names; one of IPv4 within IPv6 is the former."""
    try:
        address = ipaddress.ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
