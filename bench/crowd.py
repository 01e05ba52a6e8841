"""The clients of a soak: members of many identities, strangers, and people who hang up."""

from __future__ import annotations

import asyncio
import collections
import json
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import jwt

from bench.ledger import Ledger, Outcome
from bench.workload import JWT_SECRET

MEMBERS = 500
_READ = """
query Read($seconds: Float!) {
  who
  slowly(seconds: $seconds)
  notes(last: 20, orderBy: [{ id: ASC }]) { nodes { owner body } totalCount }
}
"""
_ADD = "mutation Add($body: String!) { addNote(input: { body: $body }) { note { owner body } query { who } } }"
_PUT = """
mutation Put($mark: Int!, $late: Boolean!) {
  put(input: { mark: $mark, late: $late }) { mark { mark owner } query { who } }
}
"""
_PUT_TWO = """
mutation PutTwo($first: Int!, $second: Int!, $late: Boolean!) {
  first: put(input: { mark: $first, late: false }) { mark { mark owner } query { who } }
  second: put(input: { mark: $second, late: $late }) { mark { mark owner } query { who } }
}
"""
_COUNT = """
mutation Count($first: Int!, $second: Int!) {
  first: countAt(input: { place: $first }) { result }
  second: countAt(input: { place: $second }) { result }
}
"""
_FAIL = """
mutation Fail {
  first: addNote(input: { body: "never kept" }) { note { owner } }
  second: addNote(input: { body: "" }) { note { owner } }
}
"""
_REFUSE = "mutation Refuse { refuse { result } }"
_AWAY = {"BUSY", "UNAVAILABLE", "OUTCOME_UNKNOWN"}
"""Codes that come with status 503 and a Retry-After."""
_TROUBLE = {"BUSY", "UNAVAILABLE", "TIMEOUT"}
"""Codes of what the gateway may answer anybody who reads."""
_TROUBLE_OF_WRITES = _TROUBLE | {"OUTCOME_UNKNOWN", "SERIALIZATION_FAILURE"}
_TOO_SLOW = 2.0  # seconds, above any statement_timeout of a soak


@dataclass
class Tally:
    """What happened; `wrong` describes each answer that its caller must not have had."""

    requests: int = 0
    hung_up: int = 0
    codes: collections.Counter[str] = field(default_factory=collections.Counter)
    wrong: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    """Of the requests that were answered, from sending to the last byte."""
    answered: float = 0.0
    """When a request was last answered with data, by time.monotonic()."""


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
    """Clients that each send one request after another, until so many were sent."""

    def __init__(self, port: int, requests: int, clients: int, seed: int) -> None:
        self.port = port
        self.tally = Tally()
        self.ledger = Ledger()
        self.stays = False
        """Whether the clients go on although so many were sent: until what is tried on the server is over."""
        self._requests = requests
        self._clients = clients
        self._chance = random.Random(seed)  # noqa: S311 (a seed, so that a failure comes back)
        self._callers = [Caller(identity) for identity in range(MEMBERS + 1)]
        self._headers = {caller: caller.headers for caller in self._callers}
        self._kinds: dict[Callable[[aiohttp.ClientSession, Caller], Awaitable[None]], float] = {
            self._read: 50,
            self._add: 8,
            self._put: 8,
            self._put_two: 6,
            self._count: 3,
            self._fail: 5,
            self._refuse: 4,
            self._take_long: 0.1,
            self._hang_up: 13,
            self._forge: 3,
        }

    async def run(self) -> None:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(60)) as http:
            await asyncio.gather(*(self._client(http) for _ in range(self._clients)))

    async def _client(self, http: aiohttp.ClientSession) -> None:
        kinds, weights = list(self._kinds), list(self._kinds.values())
        while self.stays or self.tally.requests < self._requests:
            self.tally.requests += 1
            (kind,) = self._chance.choices(kinds, weights)
            anonymous = kind in (self._read, self._hang_up) and self._chance.random() < 0.25
            caller = self._callers[0] if anonymous else self._callers[self._chance.randint(1, MEMBERS)]
            await kind(http, caller)

    async def _read(self, http: aiohttp.ClientSession, caller: Caller) -> None:
        seconds = self._chance.choice((0.0, 0.0, 0.0, self._chance.random() * 0.02))
        answer = await self._ask(http, caller, _READ, {"seconds": seconds})
        if data := answer.get("data"):
            owners = {note["owner"] for note in data["notes"]["nodes"]}
            right = data["who"] == caller.who and data["slowly"] == caller.identity and owners == {caller.identity}
            self._expect(right and int(data["notes"]["totalCount"]) >= 10, caller, answer)
        else:
            self._expect(_codes(answer) <= _TROUBLE, caller, answer)

    async def _add(self, http: aiohttp.ClientSession, caller: Caller) -> None:
        body = f"note of {caller.identity}"
        answer = await self._ask(http, caller, _ADD, {"body": body})
        added = {"note": {"owner": caller.identity, "body": body}, "query": {"who": caller.who}}
        self._told(answer, {"addNote": added}, set(), caller)

    async def _put(self, http: aiohttp.ClientSession, caller: Caller) -> None:
        mark, late = self.ledger.new(), self._chance.random() < 0.1
        answer = await self._ask(http, caller, _PUT, {"mark": mark, "late": late})
        outcome = self._told(answer, {"put": _put(mark, caller)}, {"LATE"} if late else set(), caller)
        self.ledger.told_of(mark, outcome)

    async def _put_two(self, http: aiohttp.ClientSession, caller: Caller) -> None:
        mark, late = self.ledger.new(2), self._chance.random() < 0.1
        answer = await self._ask(http, caller, _PUT_TWO, {"first": mark, "second": mark + 1, "late": late})
        data = {"first": _put(mark, caller), "second": _put(mark + 1, caller)}
        self.ledger.told_of(mark, self._told(answer, data, {"LATE"} if late else set(), caller), 2)

    async def _count(self, http: aiohttp.ClientSession, caller: Caller) -> None:
        first, second = self._chance.randrange(8), self._chance.randrange(8)
        answer = await self._ask(http, caller, _COUNT, {"first": first, "second": second})
        data = {"first": {"result": first}, "second": {"result": second}}
        self.ledger.counts[self._told(answer, data, set(), caller)] += 1

    async def _fail(self, http: aiohttp.ClientSession, caller: Caller) -> None:
        answer = await self._ask(http, caller, _FAIL)
        self._expect(_codes(answer) <= {"CHECK_VIOLATION"} | _TROUBLE_OF_WRITES, caller, answer)

    async def _refuse(self, http: aiohttp.ClientSession, caller: Caller) -> None:
        answer = await self._ask(http, caller, _REFUSE)
        right = _codes(answer) == {"REFUSED"} and answer["errors"][0]["message"] == f"Not for {caller.identity}."
        self._expect(right or _codes(answer) <= _TROUBLE_OF_WRITES, caller, answer)

    async def _take_long(self, http: aiohttp.ClientSession, caller: Caller) -> None:
        answer = await self._ask(http, caller, _READ, {"seconds": _TOO_SLOW})
        self._expect(_codes(answer) <= _TROUBLE, caller, answer)

    async def _forge(self, http: aiohttp.ClientSession, caller: Caller) -> None:
        forged = {"authorization": self._headers[caller]["authorization"][:-8] + "AAAAAAAA"}
        answer = await self._ask(http, caller, _READ, {"seconds": 0.0}, forged)
        self._expect(_codes(answer) == {"INVALID_TOKEN"}, caller, answer)

    async def _hang_up(self, _http: aiohttp.ClientSession, caller: Caller) -> None:
        """Sends a request over a connection of its own, and closes that at any moment."""
        query, variables = self._chance.choice(
            (
                lambda: (_READ, {"seconds": 0.03}),
                lambda: (_READ, {"seconds": 0.0}),
                lambda: (_ADD, {"body": f"note of {caller.identity}"}),
                lambda: (_PUT, {"mark": self.ledger.new(), "late": False}),
                lambda: (_PUT_TWO, {"first": (first := self.ledger.new(2)), "second": first + 1, "late": False}),
            )
        )()
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
        caller: Caller,
        query: str,
        variables: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        began = time.monotonic()
        asked, headers = {"query": query, "variables": variables}, headers or self._headers[caller]
        async with http.post(f"http://127.0.0.1:{self.port}/graphql", json=asked, headers=headers) as response:
            answer: dict[str, Any] = await response.json(content_type=None)
        now = time.monotonic()
        self.tally.seconds.append(now - began)
        if answer.get("data") is not None:
            self.tally.answered = now
        codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
        self.tally.codes.update(codes)
        retry = response.headers.get("retry-after")
        self._expect((response.status == 503 and retry == "1") == bool(codes & _AWAY), caller, answer)
        return answer

    def _told(self, answer: dict[str, Any], data: dict[str, Any], fails: set[str], caller: Caller) -> Outcome:
        """What an answer says of a mutation, which should be this `data` or fail with one of these codes."""
        codes = _codes(answer)
        right = codes <= fails | _TROUBLE_OF_WRITES or (not fails and answer == {"data": data})
        self._expect(right, caller, answer)
        if codes == {"DATA"}:
            return Outcome.DONE
        return Outcome.UNKNOWN if "OUTCOME_UNKNOWN" in codes else Outcome.FAILED

    def _expect(self, right: bool, caller: Caller, answer: dict[str, Any]) -> None:
        if not right:
            self.tally.wrong.append(f"{caller.who} was answered {json.dumps(answer)[:500]}")


def _put(mark: int, caller: Caller) -> dict[str, Any]:
    return {"mark": {"mark": mark, "owner": caller.identity}, "query": {"who": caller.who}}


def _codes(answer: dict[str, Any]) -> set[str]:
    """The codes of an answer that has no data; of one that has some, what no caller expects."""
    if answer.get("data") is not None:
        return {"DATA"}
    return {error["extensions"]["code"] for error in answer["errors"]}
