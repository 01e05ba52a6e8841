"""Content codings: which a caller takes, and large bodies made small by them (RFC 9110, section 12.5.3)."""

from __future__ import annotations

import asyncio
import sys
import zlib
from collections.abc import Callable
from functools import lru_cache, partial

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_LONGEST = 1_000
"""Characters of an Accept-Encoding header that are looked into."""
_ELSEWHERE = 32_768
"""Bytes; more take about a millisecond, for which other requests need not wait."""


def _zstd(body: bytes) -> bytes:
    return zstd.compress(body, level=3)


def _brotli(body: bytes) -> bytes:
    packed: bytes = brotli.compress(body, quality=3)
    return packed


def _gzip(body: bytes) -> bytes:
    return zlib.compress(body, 5, wbits=31)


CODINGS: dict[str, Callable[[bytes], bytes]] = {"zstd": _zstd, "br": _brotli, "gzip": _gzip}
"""In the order that decides between equals: at about the same size zstd takes half of brotli's time."""


async def packed(body: bytes, coding: str) -> bytes:
    """The body in a coding; a very large one in a thread."""
    if len(body) > _ELSEWHERE:
        return await asyncio.to_thread(CODINGS[coding], body)
    return CODINGS[coding](body)


def unpacked(body: bytes, coding: str, most: int) -> bytes:
    """What a caller's body holds, as far as it goes: no more than `most` bytes and one.

    Raises ValueError where it is not what the coding says.
    """
    try:
        return _UNPACK[coding](body, most + 1)
    except (zlib.error, brotli.error, zstd.ZstdError) as error:
        raise ValueError(f"this is no {coding}") from error


def _from_zlib(body: bytes, most: int, wbits: int) -> bytes:
    unpacker = zlib.decompressobj(wbits)
    found = unpacker.decompress(body, most)
    if len(found) < most and (not unpacker.eof or unpacker.unused_data):
        raise ValueError("it ends too soon, or goes on")
    return found


def _from_deflate(body: bytes, most: int) -> bytes:
    # By the standard with a head (RFC 9110, section 8.4.1.2), by some clients without.
    return _from_zlib(body, most, zlib.MAX_WBITS if body[:1] and body[0] & 15 == 8 else -zlib.MAX_WBITS)


def _from_brotli(body: bytes, most: int) -> bytes:
    unpacker = brotli.Decompressor()
    found: bytes = unpacker.process(body, output_buffer_limit=most)[:most]
    if len(found) < most and not unpacker.is_finished():
        raise ValueError("it ends too soon")
    return found


def _from_zstd(body: bytes, most: int) -> bytes:
    unpacker = zstd.ZstdDecompressor()
    found = unpacker.decompress(body, most)
    if len(found) < most and (not unpacker.eof or unpacker.unused_data):
        raise ValueError("it ends too soon, or goes on")
    return found


_UNPACK: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": partial(_from_zlib, wbits=31),
    "deflate": _from_deflate,
    "br": _from_brotli,
    "zstd": _from_zstd,
    "identity": lambda body, _most: body,
    "": lambda body, _most: body,
}
UNPACKED = frozenset(_UNPACK)
"""Codings of a body that are taken off; another's would be no JSON."""


@lru_cache(maxsize=256)
def coding_for(accept: str | None) -> str | None:
    """The coding for an Accept-Encoding header; None where the caller does not name one or likes the plain bytes more.

    Where even those are refused (`identity;q=0`) and nothing else will do, they are what there is.
    """
    weights: dict[str, float] = {}
    for part in (accept or "")[:_LONGEST].split(","):
        name, _, parameters = part.partition(";")
        weights[name.strip().lower()] = _quality(parameters)
    rest = weights.get("*", 0.0)
    best = max(CODINGS, key=lambda coding: weights.get(coding, rest))
    weight = weights.get(best, rest)
    return best if weight > 0 and weight >= weights.get("identity", 0.0) else None


def _quality(parameters: str) -> float:
    name, _, value = parameters.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        quality = float(value)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0
