"""Requests that are small to send and would be large to answer: how soon is each refused? `python -m bench.bombs`.

Each is sent alone, some times over, and has to be answered with a status from 400 to 499 within its bound. Then all of
them are sent in turn, many times, and the server's memory must stay where it was.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
import zlib
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import brotli

from bench import BenchError
from bench.hosted import Host, hosted
from bench.soak import SCRIPT

SOON = 0.05
"""Seconds that a refusal may take."""
READ_WHOLE = 0.25
"""Seconds that it may take where the whole of a large body has to be read."""
MEMORY = 16 * 2**20
"""Bytes by which the server may grow over many bombs."""


@dataclass(frozen=True)
class Bomb:
    """A request, by its body."""

    name: str
    body: bytes
    bound: float = SOON
    coding: str = ""
    """Its content coding."""


def _query(query: str, **variables: object) -> bytes:
    return json.dumps({"query": query, "variables": variables}).encode()


def _nested(levels: int) -> dict[str, object]:
    value: dict[str, object] = {}
    for _ in range(levels):
        value = {"not": value}
    return value


def _fragments(count: int, body: str) -> str:
    inner = " ".join(f"fragment F{place} on Note {{ {body.format(place + 1)} }}" for place in range(count))
    return f"{{ notes {{ nodes {{ ...F0 }} }} }} {inner} fragment F{count} on Note {{ id }}"


_ORDER = "query ($order: [NoteOrderBy!]) { notes(orderBy: $order) { nodes { id } } }"
_PAGES = "{" + " ".join(f"a{place}: notes(first: 500) {{ nodes {{ id body owner }} }}" for place in range(50)) + "}"
_FILTER = "query ($filter: NoteFilter) { notes(filter: $filter) { totalCount } }"
_SHARED = (
    "query ($filter: NoteFilter) {"
    + " ".join(f"a{place}: notes(filter: $filter) {{ totalCount }}" for place in range(50))
    + "}"
)
_COUNTED = (
    "query ($filter: NoteFilter) { notes(filter: $filter) {"
    + " ".join(f"a{place}: totalCount" for place in range(400))
    + "} }"
)
_CURSORS = (
    "query ($order: [NoteOrderBy!]) { notes(orderBy: $order) { edges {"
    + " ".join(f"a{place}: cursor" for place in range(400))
    + "} } }"
)
_REPEATED = "(((a{1,100}){1,100}){1,100}){1,2}"
MAX_COST = "100000"
"""The notes lead along no relation, so that their pages come to less than the default."""
BOMBS = (
    Bomb("20,000 brackets", _query("{" * 20_000)),
    Bomb("20,000 closed brackets", _query("{a" * 10_000 + "}" * 10_000)),
    Bomb("20,000 brackets of JSON", b"[" * 20_000),
    Bomb("20,000 closed brackets of JSON", b"[" * 20_000 + b"]" * 20_000),
    Bomb("10,000 aliases", _query("{" + " ".join(f"a{place}:who" for place in range(10_000)) + "}"), READ_WHOLE),
    Bomb("600 aliases", _query("{" + " ".join(f"a{place}:who" for place in range(600)) + "}")),
    Bomb("10,000 fields", _query("{" + " who" * 10_000 + "}")),
    Bomb("1,900 fields that do not exist", _query("{" + " whom" * 1_900 + "}")),
    Bomb("280 conflicts", _query("{ notes { nodes { " + "a: body a: id " * 280 + "} } }")),
    Bomb("50 doubled fragments", _query(_fragments(50, "...F{0} ...F{0}"))),
    Bomb("a chain of 900 fragments", _query(_fragments(900, "...F{0}"))),
    Bomb("a chain of 200 fragments", _query(_fragments(200, "...F{0}"))),
    Bomb("a ring of 200 fragments", _query(_fragments(200, "...F{0}").replace("{ id }", "{ ...F0 }"))),
    Bomb(
        "1 MB of text",
        _query("query ($body: String!) { addNote(input: { body: $body }) { note { id } } }", body="x" * 1_000_000),
        READ_WHOLE,
    ),
    Bomb("60,000 quotation marks", _query('{ notes(filter: { body: { eq: "' + '\\"' * 30_000), READ_WHOLE),
    Bomb("60,000 commas", _query("{" + "," * 60_000)),
    Bomb("NUL", _query(_FILTER, filter={"body": {"eq": "a\0b"}})),
    Bomb("NUL in the query", _query("{ who\0 }")),
    Bomb("half a surrogate", b'{"query": "{ who }", "variables": {"x": "\\ud800"}}'),
    Bomb("half a surrogate in the query", b'{"query": "{ a(b: \\"\\ud800\\") }"}'),
    Bomb("bytes that are no UTF-8", b'{"query": "{ who } # \xff\xfe"}'),
    Bomb("variables of 99 levels", _query(_FILTER, filter=_nested(98))),
    Bomb("variables of 5,000 levels", b'{"query":"{ who }","variables":' + b'{"a":' * 5_000 + b"1" + b"}" * 5_001),
    Bomb(
        "a filter of 500 levels", _query("{ notes(filter: " + "{ not: " * 500 + "{}" + "}" * 500 + ") { totalCount } }")
    ),
    Bomb("a list of 30,000 values", _query(_FILTER, filter={"owner": {"in": list(range(30_000))}}), READ_WHOLE),
    Bomb(
        "a list of 900 values in the query",
        _query("{ notes(filter: { and: [" + "{ owner: { eq: 1 } }" * 300 + "] }) { totalCount } }"),
    ),
    Bomb("1e999999", b'{"query": "query ($s: Float!) { slowly(seconds: $s) }", "variables": {"s": 1e999999}}'),
    Bomb("1e999999 in the query", _query("{ slowly(seconds: 1e999999) }")),
    Bomb(
        "a number of 200,000 digits", b'{"query": "{ who }", "variables": {"n": ' + b"9" * 200_000 + b"}}", READ_WHOLE
    ),
    Bomb("a number of 60,000 digits in the query", _query("{ slowly(seconds: " + "9" * 60_000 + ") }")),
    Bomb("a key twice", b'{"query": "{ nothing }", "query": "{ who }"}'),
    Bomb("a variable twice", b'{"query": "query ($s: Float!) { slowly(seconds: $s) }", "variables": {"s": 0, "s": 1}}'),
    Bomb("50 pages of 500 rows", _query(_PAGES)),
    Bomb("5,000 conditions", _query(_FILTER, filter={"and": [{"owner": {"eq": 1}}] * 5_000}), READ_WHOLE),
    Bomb("a filter used 50 times", _query(_SHARED, filter={"or": [{"owner": {"eq": 1}}] * 100})),
    Bomb("a filter of 100 conditions counted 400 times", _query(_COUNTED, filter={"or": [{"owner": {"eq": 1}}] * 100})),
    Bomb("an order of 100 keys in 400 cursors", _query(_CURSORS, order=[{"owner": "ASC"}] * 100)),
    Bomb("50 MB of blanks in 100 bytes", brotli.compress(b" " * 50_000_000, quality=5), coding="br"),
    Bomb("50 MB of blanks in 50 KB", zlib.compress(b" " * 50_000_000), coding="deflate"),
    Bomb("5,000 keys of an order", _query(_ORDER, order=[{"owner": "ASC"}] * 5_000), READ_WHOLE),
    Bomb("a regular expression that repeats", _query(_FILTER, filter={"body": {"regex": _REPEATED}})),
    Bomb(
        "the same in the query", _query(f'{{ notes(filter: {{ body: {{ regex: "{_REPEATED}" }} }}) {{ totalCount }} }}')
    ),
    Bomb(
        "a regular expression of 27,000 characters", _query(_FILTER, filter={"body": {"regex": "(a|b|c|d)*" * 2_700}})
    ),
    Bomb("20,000 keys", b"{" + b", ".join(b'"%d": 0' % place for place in range(20_000)) + b"}", READ_WHOLE),
)


async def send(http: aiohttp.ClientSession, url: str, bomb: Bomb) -> tuple[int, float]:
    """The status of the answer, and the seconds that it took."""
    headers = {"content-type": "application/json", "accept": "application/graphql-response+json"}
    if bomb.coding:
        headers["content-encoding"] = bomb.coding
    began = time.perf_counter()
    async with http.post(url, data=bomb.body, headers=headers) as response:
        await response.read()
        return response.status, time.perf_counter() - began


def _worked(pid: int) -> float:
    """Seconds that a process has had a processor: what others do on the machine does not count."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(host: Host, times: int, many: int) -> bool:
    """Prints a line for each bomb; whether all were refused in time and memory stayed flat."""
    fine = True
    async with aiohttp.ClientSession() as http:
        print(f"{'':44}{'status':>6}{'ms':>8}{'worked':>8}{'bound':>8}")
        for bomb in BOMBS:
            worked = _worked(host.pid)
            answers = [await send(http, host.url, bomb) for _ in range(times)]
            worked = (_worked(host.pid) - worked) / times
            status, seconds = answers[0][0], statistics.median(seconds for _, seconds in answers)
            good = 400 <= status < 500 and min(seconds, worked) <= bomb.bound
            fine = fine and good
            told = f"{seconds * 1000:>8.1f}{worked * 1000:>8.1f}{bomb.bound * 1000:>8.0f}"
            print(f"{bomb.name:44}{status:>6}{told}{'' if good else '  !'}")
        before = host.resident()
        for place in range(many):
            await send(http, host.url, BOMBS[place % len(BOMBS)])
        grown = host.resident() - before
        fine = fine and grown <= MEMORY
        print(f"\nmemory after {many:,} of them: {before / 2**20:.0f} MB and {grown / 2**20:+.1f} MB")
    return fine


async def _run(times: int, many: int) -> bool:
    async with hosted(SCRIPT.read_text(), 4, GATEPOST_MAX_COST=MAX_COST) as host:
        return await measure(host, times, many)


def main() -> int:
    """The command line; 1 where a bomb was not refused, or too late, or memory grew."""
    parser = argparse.ArgumentParser(prog="python -m bench.bombs", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--times", type=int, default=7, help="how often each is sent alone; the median counts (7)")
    parser.add_argument("--many", type=int, default=10_000, help="how many are sent while memory is watched (10000)")
    chosen = parser.parse_args()
    try:
        return int(not asyncio.run(_run(chosen.times, chosen.many)))
    except BenchError as problem:
        print(problem, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
