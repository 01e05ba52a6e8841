"""Many clients for a while: does anybody see another's rows, does a session or memory leak? `python -m bench.soak`.

Members of many identities, anonymous callers, clients that hang up at any moment, mutations that fail and tokens that
do not hold ask one Gatepost over one small pool; every answer is compared with what that caller may read.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import jwt

from bench import HERE, BenchError
from bench.hosted import Host, hosted
from bench.workload import JWT_SECRET

SCRIPT = HERE / "soak.sql"
MEMBERS = 500
POOL = 10
_READ = """
query Read($seconds: Float!) {
  who
  slowly(seconds: $seconds)
  notes(last: 20, orderBy: [{ id: ASC }]) { nodes { owner body } totalCount }
}
"""
_ADD = "mutation Add($body: String!) { addNote(input: { body: $body }) { note { owner body } query { who } } }"
_FAIL = """
mutation Fail {
  first: addNote(input: { body: "never kept" }) { note { owner } }
  second: addNote(input: { body: "" }) { note { owner } }
}
"""
_REFUSE = "mutation Refuse { refuse { result } }"
_TROUBLE = {"BUSY", "UNAVAILABLE"}
"""Codes of what the gateway may refuse to anybody when it is pressed."""
_SESSIONS = """
select count(*) as sessions, count(*) filter (where state <> 'idle') as busy
from pg_catalog.pg_stat_activity
where application_name = 'gatepost'
"""
_NEVER_KEPT = "select count(*) from soak.notes where body in ('never kept', 'refused') or (owner = 0 and id > 5010)"


@dataclass
class Tally:
    """What happened; `wrong` describes each answer that its caller must not have had."""

    requests: int = 0
    hung_up: int = 0
    codes: collections.Counter[str] = field(default_factory=collections.Counter)
    wrong: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    """Of the requests that were answered, from sending to the last byte."""
    memory: list[int] = field(default_factory=list)
    """Resident bytes of the server, at intervals."""
    sessions: tuple[int, int] = (0, 0)
    """Sessions of the gateway in Postgres before and after."""
    busy: int = 0
    """Sessions that were still at work, or in a transaction, after the last client had gone."""

    @property
    def failed(self) -> bool:
        return bool(self.wrong) or self.busy > 0 or self.sessions[1] > POOL or not self.seconds

    def report(self) -> str:
        memory = ", ".join(f"{size / 2**20:.0f}" for size in self.memory)
        cuts = statistics.quantiles(self.seconds, n=100) if len(self.seconds) > 1 else [0.0] * 99
        before, after = self.sessions
        errors = ", ".join(f"{code} {count:,}" for code, count in sorted(self.codes.items())) or "none"
        return "\n".join(
            (
                f"requests             {self.requests:,}, of which hung up {self.hung_up:,}",
                f"errors by code       {errors}",
                f"wrong answers        {len(self.wrong)}",
                f"p50, p99             {cuts[49] * 1000:.0f} ms, {cuts[98] * 1000:.0f} ms",
                f"sessions             {before} before, {after} after ({self.busy} busy), pool {POOL}",
                f"resident memory, MB  {memory}",
            )
        )


@dataclass(frozen=True)
class Caller:
    """Somebody who asks; 0 is nobody."""

    identity: int

    @property
    def who(self) -> str:
        return f"{'soak_member' if self.identity else 'soak_anonymous'} {self.identity}"

    @property
    def headers(self) -> dict[str, str]:
        if not self.identity:
            return {}
        claims = {"sub": str(self.identity), "role": "soak_member", "exp": 4_102_444_800}
        return {"authorization": f"Bearer {jwt.encode(claims, JWT_SECRET, 'HS256')}"}


class Crowd:
    """The clients: each sends one request after another until the time is over."""

    def __init__(self, port: int, seconds: float, clients: int, seed: int) -> None:
        self.port = port
        self.tally = Tally()
        self._clients = clients
        self._chance = random.Random(seed)  # noqa: S311 (a seed, so that a failure comes back)
        self._callers = [Caller(identity) for identity in range(MEMBERS + 1)]
        self._headers = {caller: caller.headers for caller in self._callers}
        self._until = time.monotonic() + seconds

    async def run(self) -> None:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(60)) as http:
            await asyncio.gather(*(self._client(http) for _ in range(self._clients)))

    async def _client(self, http: aiohttp.ClientSession) -> None:
        kinds: tuple[Callable[[aiohttp.ClientSession, Caller], Any], ...]
        kinds = (self._read, self._add, self._fail, self._refuse, self._hang_up, self._forge)
        while time.monotonic() < self._until:
            (kind,) = self._chance.choices(kinds, (55, 10, 8, 7, 17, 3))
            anonymous = kind in (self._read, self._hang_up) and self._chance.random() < 0.25
            caller = self._callers[0] if anonymous else self._callers[self._chance.randint(1, MEMBERS)]
            self.tally.requests += 1
            await kind(http, caller)

    async def _read(self, http: aiohttp.ClientSession, caller: Caller) -> None:
        seconds = self._chance.choice((0.0, 0.0, 0.0, self._chance.random() * 0.02))
        answer = await self._ask(http, self._headers[caller], _READ, {"seconds": seconds})
        if data := answer.get("data"):
            owners = {note["owner"] for note in data["notes"]["nodes"]}
            right = data["who"] == caller.who and data["slowly"] == caller.identity and owners == {caller.identity}
            self._expect(right and int(data["notes"]["totalCount"]) >= 10, caller, answer)
        else:
            self._expect(_codes(answer) <= _TROUBLE, caller, answer)

    async def _add(self, http: aiohttp.ClientSession, caller: Caller) -> None:
        body = f"note of {caller.identity}"
        answer = await self._ask(http, self._headers[caller], _ADD, {"body": body})
        added = {"note": {"owner": caller.identity, "body": body}, "query": {"who": caller.who}}
        self._expect(answer == {"data": {"addNote": added}} or _codes(answer) <= _TROUBLE, caller, answer)

    async def _fail(self, http: aiohttp.ClientSession, caller: Caller) -> None:
        answer = await self._ask(http, self._headers[caller], _FAIL)
        self._expect(_codes(answer) <= {"CHECK_VIOLATION"} | _TROUBLE, caller, answer)

    async def _refuse(self, http: aiohttp.ClientSession, caller: Caller) -> None:
        answer = await self._ask(http, self._headers[caller], _REFUSE)
        right = _codes(answer) == {"REFUSED"} and answer["errors"][0]["message"] == f"Not for {caller.identity}."
        self._expect(right or _codes(answer) <= _TROUBLE, caller, answer)

    async def _forge(self, http: aiohttp.ClientSession, caller: Caller) -> None:
        forged = {"authorization": self._headers[caller]["authorization"][:-8] + "AAAAAAAA"}
        answer = await self._ask(http, forged, _READ, {"seconds": 0.0})
        self._expect(_codes(answer) == {"INVALID_TOKEN"}, caller, answer)

    async def _hang_up(self, _http: aiohttp.ClientSession, caller: Caller) -> None:
        """Sends a request over a connection of its own, and closes that at any moment."""
        query, variables = self._chance.choice(
            ((_READ, {"seconds": 0.03}), (_READ, {"seconds": 0.0}), (_ADD, {"body": f"note of {caller.identity}"}))
        )
        body = json.dumps({"query": query, "variables": variables}).encode()
        head = {"host": "127.0.0.1", "content-type": "application/json", "content-length": str(len(body))}
        lines = (f"{name}: {value}" for name, value in (head | self._headers[caller]).items())
        _reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write("\r\n".join(("POST /graphql HTTP/1.1", *lines, "", "")).encode() + body)
        await asyncio.sleep(self._chance.random() ** 3 * 0.2)
        # Without a farewell: what is unread is thrown away.
        writer.transport.abort()
        self.tally.hung_up += 1

    async def _ask(
        self,
        http: aiohttp.ClientSession,
        headers: dict[str, str],
        query: str,
        variables: dict[str, object] | None = None,
    ) -> dict[str, Any]:
        began = time.monotonic()
        asked = {"query": query, "variables": variables}
        async with http.post(f"http://127.0.0.1:{self.port}/graphql", json=asked, headers=headers) as response:
            answer: dict[str, Any] = await response.json(content_type=None)
        self.tally.seconds.append(time.monotonic() - began)
        self.tally.codes.update(error["extensions"]["code"] for error in answer.get("errors", ()))
        return answer

    def _expect(self, right: bool, caller: Caller, answer: dict[str, Any]) -> None:
        if not right:
            self.tally.wrong.append(f"{caller.who} was answered {json.dumps(answer)[:500]}")


def _codes(answer: dict[str, Any]) -> set[str]:
    """The codes of an answer that has no data; of one that has some, what no caller expects."""
    if answer.get("data") is not None:
        return {"DATA"}
    return {error["extensions"]["code"] for error in answer["errors"]}


async def soak(
    seconds: float, clients: int, *, script: str | None = None, seed: int = 1, say: Callable[[str], None] = print
) -> Tally:
    """Lets `clients` ask for so many seconds, and tells what happened; `say` gets a line of progress now and then.

    `script` makes another database than soak.sql does. Raises BenchError when Gatepost does not start.
    """
    async with hosted(SCRIPT.read_text() if script is None else script, POOL) as host:
        crowd = Crowd(host.port, seconds, clients, seed)
        return await _watch(crowd, host, seconds, say)


async def _watch(crowd: Crowd, host: Host, seconds: float, say: Callable[[str], None]) -> Tally:
    tally, began, admin = crowd.tally, time.monotonic(), host.admin
    before = await admin.fetchrow(_SESSIONS)
    clients = asyncio.create_task(crowd.run())
    while not clients.done():
        await asyncio.wait([clients], timeout=max(seconds / 12, 0.5))
        tally.memory.append(host.resident())
        elapsed, wrong = time.monotonic() - began, len(tally.wrong)
        say(f"{elapsed:5.1f} s  {tally.requests:,} requests, {wrong} wrong, {tally.memory[-1] / 2**20:.0f} MB")
    clients.result()
    await asyncio.sleep(1)  # the last cancelled statements end
    after = await admin.fetchrow(_SESSIONS)
    tally.sessions, tally.busy = (before["sessions"], after["sessions"]), after["busy"]
    if kept := await admin.fetchval(_NEVER_KEPT):
        tally.wrong.append(f"{kept} rows of failed mutations were kept")
    return tally


def main() -> int:
    """The command line; 1 where an answer was wrong or a session leaked."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the clients ask (60)")
    parser.add_argument("--clients", type=int, default=200, help="how many ask at once (200)")
    parser.add_argument("--seed", type=int, default=1, help="which callers and moments chance picks (1)")
    chosen = parser.parse_args()
    try:
        tally = asyncio.run(soak(chosen.seconds, chosen.clients, seed=chosen.seed))
    except BenchError as problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"\n{tally.report()}")
    for wrong in tally.wrong[:20]:
        print(wrong, file=sys.stderr)
    return int(tally.failed)


if __name__ == "__main__":
    sys.exit(main())
