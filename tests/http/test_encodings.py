"""Large answers leave compressed where the caller takes that."""

from __future__ import annotations

import gzip
import sys
from typing import Any

import brotli
import pytest

from gatepost.engine.engine import Answer

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LARGE = b'{"data":{"text":"' + b"abcdefgh" * 2_000 + b'"}}'
HUGE = b'{"data":{"text":"' + b"abcdefgh" * 20_000 + b'"}}'
UNPACK = {"gzip": gzip.decompress, "br": brotli.decompress, "zstd": zstd.decompress}


async def asked(server: Any, accept: str | None) -> tuple[str | None, bytes, Any]:
    headers = {} if accept is None else {"Accept-Encoding": accept}
    skip = ["Accept-Encoding"] if accept is None else []
    async with server.post(headers=headers, skip_auto_headers=skip, auto_decompress=False) as response:
        assert response.status == 200
        return response.headers.get("Content-Encoding"), await response.read(), response.headers


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("GZIP;Q=0.5", "gzip"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("zstd;q=0, *", "br"),
        ("*;q=0.1", "zstd"),
        ("gzip;q=0.5, identity", None),
        ("gzip;q=0", None),
        ("gzip;q=x", None),
        ("deflate", None),
        ("", None),
        ("identity", None),
        ("*;q=0", None),
        (None, None),
    ],
)
async def test_the_coding_is_negotiated(server: Any, accept: str | None, coding: str | None) -> None:
    server.engine.answer = Answer(200, LARGE)
    given, body, headers = await asked(server, accept)
    assert given == coding
    assert headers["Vary"] == "Accept-Encoding"
    assert int(headers["Content-Length"]) == len(body)
    if coding is None:
        assert body == LARGE
    else:
        assert len(body) < len(LARGE) / 10
        assert UNPACK[coding](body) == LARGE


@pytest.mark.parametrize("coding", list(UNPACK))
async def test_a_very_large_answer_is_the_same(server: Any, coding: str) -> None:
    server.engine.answer = Answer(200, HUGE)
    given, body, _ = await asked(server, coding)
    assert given == coding
    assert UNPACK[coding](body) == HUGE


async def test_small_answers_stay_as_they_are(serving: Any) -> None:
    async with serving(compress_from=1_000) as server:
        for size, coding in ((999, None), (1_000, "gzip")):
            server.engine.answer = Answer(200, b"x" * size)
            given, _, headers = await asked(server, "gzip")
            assert given == coding
            assert ("Vary" in headers) == (coding is not None)


async def test_compression_can_be_off(serving: Any) -> None:
    async with serving(compress_from=0) as server:
        server.engine.answer = Answer(200, HUGE)
        given, body, _ = await asked(server, "gzip, br, zstd")
        assert (given, body) == (None, HUGE)
