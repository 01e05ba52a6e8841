"""How to connect: the database URL as the driver takes it, and the settings of a session that answers depend on."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping

from gatepost.errors import SetUpError

_NO_MATTER = frozenset(
    "channel_binding client_encoding connect_timeout fallback_application_name gssdelegation gssencmode keepalives "
    "keepalives_count keepalives_idle keepalives_interval load_balance_hosts max_protocol_version min_protocol_version "
    "require_auth requirepeer sslcertmode sslcompression sslsni tcp_user_timeout".split()
)
"""Parameters of libpq (Postgres manual, 34.1.2) that change no answer; asyncpg would hand them to the server."""
_DEMANDS = {"channel_binding": "require", "require_auth": None, "requirepeer": None, "sslcertmode": "require"}
"""Those that ask for a check which asyncpg cannot make: with this value, or with any."""

SESSION: Mapping[str, str] = {
    "timezone": "UTC",
    "datestyle": "ISO, MDY",
    "intervalstyle": "iso_8601",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "array_nulls": "on",
    "xmloption": "content",
    "quote_all_identifiers": "off",
    # With it off, a role that policies hold for is refused where its rows would be chosen.
    "row_security": "on",
    # The quoted constants of a plan count on it (Postgres manual, 4.1.2.1).
    "standard_conforming_strings": "on",
    "jit": "off",
}
"""What a database or a role may have set otherwise, for itself or for all."""


def for_driver(url: str) -> str:
    """The URL without libpq's parameters that asyncpg would take for settings of the server.

    Raises SetUpError for one that asks for a check which cannot be made: it must not look as if it were; and for a URL
    that a password breaks, of which the driver would repeat a part.
    """
    address, mark, query = url.partition("?")
    _check(address, query)
    kept = []
    for part in query.split("&"):
        name, _, value = (urllib.parse.unquote(piece) for piece in part.partition("="))
        if value and name in _DEMANDS and _DEMANDS[name] in (value, None):
            raise SetUpError(
                f"database_url: {name}={value} cannot be kept, as the driver does not check it. Leave it out, and have "
                "the server's certificate checked instead: sslmode=verify-full"
            )
        if name not in _NO_MATTER:
            kept.append(part)
    return address + mark * any(kept) + "&".join(kept)


def _check(address: str, query: str) -> None:
    hosts = address.partition("://")[2].partition("/")[0].rpartition("@")[2]
    ports = [host.rpartition(":")[2] for host in hosts.split(",") if ":" in host and not host.endswith("]")]
    named = all("=" in part and "@" not in part.partition("=")[0] for part in query.split("&") if part)
    if "#" in address or not named or not all(port.isdecimal() for port in ports if port):
        raise SetUpError(
            "database_url cannot be read. In a password, / ? # @ : [ ] and % are %2F %3F %23 %40 %3A %5B %5D and %25"
        )
