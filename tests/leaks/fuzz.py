"""One random database after another: what each caller is answered, beside plain SQL and beside another database.

Every answer, header and line of the log is searched for what the caller cannot see.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Set
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

import asyncpg
from aiohttp.test_utils import TestClient, TestServer
from graphql import print_schema
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from gatepost.auth.tokens import Signer
from gatepost.gateway import Gateway
from gatepost.http.application import application
from gatepost.settings import Settings
from tests.api import Api, Reply
from tests.conftest import run_sql
from tests.differential.changing import Change, State, Writing, writes_of
from tests.differential.check import Differs, Subject
from tests.differential.document import plain
from tests.differential.library import quoted, words
from tests.differential.naive import Asked
from tests.differential.operations import operations
from tests.differential.world import Who
from tests.leaks.canaries import Listener, canaries
from tests.leaks.making import ADMIN, GUEST, MEMBER, ROLES, Making, draws
from tests.leaks.pair import Pair, seen
from tests.leaks.prying import changes, nested, queries

CALLERS = (Who(GUEST), Who(MEMBER, (("sub", "1"),)), Who(MEMBER, (("sub", "2"),)))
_ADMIN = Who(ADMIN, (("sub", "9"),))
TELLING = frozenset({"UNIQUE_VIOLATION", "FOREIGN_KEY_VIOLATION", "FORBIDDEN"})
"""Errors by which Postgres itself tells of rows that its policies hide (its manual, 5.9): see docs/security.md."""


class Leak(AssertionError):
    """A caller was told of what it cannot see."""


@dataclass
class Tally:
    """What was asked, by kinds of operations, and how it was answered."""

    asked: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    found: list[str] = field(default_factory=list)
    databases: int = 0
    hidden: int = 0
    """Changes of what is hidden, by which databases differ."""


@dataclass
class Heard:
    """What went over the wire, and to the log, for one request."""

    query: str
    variables: Any
    reply: Reply
    beside: str

    @property
    def codes(self) -> list[str]:
        return [error["extensions"]["code"] for error in self.reply.body.get("errors", [])]

    @property
    def same(self) -> object:
        """What has to be the same where a caller sees the same: the text; of many rows that were written, in any order.

        Those come as Postgres keeps them, and a change of a hidden column moves a row.
        """
        if not self.query.startswith("mutation") or "errors" in self.reply.body:
            return self.reply.text
        parts = self.reply.body["data"]["m"]
        return {name: sorted(map(repr, part)) if isinstance(part, list) else part for name, part in parts.items()}

    @property
    def sent(self) -> str:
        return f"{self.query} {json.dumps(self.variables)}"


class Client(Api):
    """Asks a gateway over HTTP, with tokens."""

    def __init__(self, gateway: Gateway, http: TestClient[Any, Any], listener: Listener) -> None:
        super().__init__(gateway)
        self._http = http
        self._listener = listener
        self._signer = Signer(gateway.settings)
        self._tokens: dict[Who, str] = {}
        self._heard: Heard | None = None

    def forget(self) -> None:
        """Signs tokens anew from now on: they do not hold for long."""
        self._tokens.clear()

    def last(self) -> Heard:
        """The last request."""
        assert self._heard is not None
        return self._heard

    async def reply(
        self, query: str, variables: Any = None, *, role: str = GUEST, claims: Any = None, **_: Any
    ) -> Reply:
        headers = {}
        if claims:
            who = Who(role, tuple(claims.items()))
            if who not in self._tokens:
                self._tokens[who] = self._signer.sign(claims["sub"], role)
            headers["authorization"] = f"Bearer {self._tokens[who]}"
        self._listener.heard()
        sent = {"query": query, "variables": variables}
        async with self._http.post("/graphql", json=sent, headers=headers) as response:
            text = await response.text()
            reply = Reply(response.status, text, json.loads(text))
            self._heard = Heard(query, variables, reply, f"{response.headers} {self._listener.heard()}")
        return reply


class _Telling(Writing):
    """Remembers what a caller sees after a change."""

    after: frozenset[str] = frozenset()

    async def keep(self) -> None:
        """Has `restore` put back what is there now."""
        for relation in self.tables:
            backup = quoted("differential_backup", f"{relation.schema}.{relation.name}")
            table = quoted(relation.schema, relation.name)
            await self.connection.execute(words("drop table", backup))
            await self.connection.execute(words("create table", backup, "as table", table))

    async def undo(self) -> None:
        """Puts back all that a mutation did."""
        await self.restore()
        await self._reset_sequences()

    async def restore(self) -> None:
        self.after = frozenset(canaries(repr(await seen(self.connection, self.world))))
        await super().restore()


class Caller:
    """One caller of a database, before and after what is hidden from it was changed."""

    def __init__(self, client: Client, making: Making, writing: _Telling, admin: Subject, tally: Tally) -> None:
        self.client = client
        self.making = making
        self.admin = admin
        self.who = writing.who
        self.world = writing.world
        self.subject = Subject(client, writing.world)
        self.tally = tally
        self._writing = writing
        self._asked: list[Heard] = []
        self._own: set[str] = set()
        self._hidden: set[str] = set()

    @classmethod
    async def of(cls, client: Client, making: Making, who: Who, admin: Subject, tally: Tally) -> Caller:
        writing = await _Telling.of(client, who)
        assert isinstance(writing, _Telling)
        made = cls(client, making, writing, admin, tally)
        await made._look()
        return made

    async def _look(self) -> None:
        """Learns what the caller sees, and what it does not."""
        writing = self._writing
        there = canaries(self.making.schema) | canaries(repr(await writing.state()))
        self._own = canaries(repr(await seen(writing.connection, self.world)))
        self._hidden = there - self._own - canaries(print_schema(self.world.schema))

    async def leave(self) -> None:
        await self._writing.connection.close()

    # Each of these raises Leak or Differs

    async def read(self, asked: list[Asked], random: Random) -> None:
        """A query is answered as plain SQL says."""
        self.tally.asked["queries"] += 1
        await self._compare(self.subject, asked, random)
        self._heard()

    async def pry(self, asked: list[Asked], random: Random) -> None:
        """A query of one who sees everything, with cursors that it was given, tells another nothing."""
        self.tally.asked["queries of another"] += 1
        await self._compare(self.admin, asked, random)
        heard = self.client.last()
        await self._ask(heard.query, heard.variables)
        self._heard()

    async def _compare(self, subject: Subject, asked: list[Asked], random: Random) -> None:
        try:
            await subject.check(asked, random)
        except Differs:
            if "TOO_COSTLY" not in self.client.last().codes:
                raise

    async def write(self, change: Change) -> None:
        """A mutation does what plain SQL does."""
        self.tally.asked["mutations"] += 1
        self._writing.after = frozenset()
        await self._writing.check(change)
        self._heard(self._writing.after)

    async def nest(self, change: Change) -> None:
        """A mutation of several rows, or a function, leaves hidden rows alone."""
        self.tally.asked["nested mutations"] += 1
        before = await self._writing.state()
        after = await self._written(change.text, {"input": plain(change.input)})
        heard = self._heard(self._writing.after)
        if "elete" in heard.sent or "een" in change.name:  # a foreign key's cascade; a view of its owner's
            return
        for table, rows in before.items():
            for gone in set(rows) - set(after[table]):
                if not canaries(repr(gone)) & self._own:
                    raise Leak(f"a hidden row was changed: {gone}: {self._told(heard)}")

    async def again(self, random: Random) -> None:
        """What is hidden is changed, and everything asked again: the answers are the same."""
        await self._writing.restore()
        self.tally.hidden += await Pair(self.making, random, self.world, self.admin.world).differ(
            self._writing.connection
        )
        await self._writing.keep()
        await self._look()
        for heard in list(self._asked):
            if heard.query.startswith("mutation"):
                await self._written(heard.query, heard.variables)
            else:
                await self._ask(heard.query, heard.variables)
            other = self._heard(self._writing.after)
            if other.same != heard.same and not _postgres_tells(heard, other):
                raise Leak(f"what is hidden made a difference: {self._told(heard)}\n{other.reply.text}")

    async def _ask(self, query: str, variables: Any) -> None:
        await self.client.reply(query, variables, role=self.who.role, claims=dict(self.who.claims))

    async def _written(self, query: str, variables: Any) -> State:
        """What is in the database after a mutation, which is undone."""
        await self._ask(query, variables)
        after = await self._writing.state()
        await self._writing.undo()
        return after

    def _heard(self, visible: Set[str] = frozenset()) -> Heard:
        """The last answer. Raises Leak where it, its headers or the log tell of something hidden."""
        heard = self.client.last()
        self._asked.append(heard)
        self.tally.codes.update(heard.codes)
        if "INTERNAL" in heard.codes:
            raise Leak(f"an error of the gateway's own: {self._told(heard)}")
        told = canaries(f"{heard.reply.text} {heard.beside}") - canaries(heard.sent) - visible
        if escaped := told & self._hidden:
            raise Leak(f"{sorted(escaped)} got out: {self._told(heard)}")
        return heard

    def _told(self, heard: Heard) -> str:
        told = [f"as {self.who}", heard.query, json.dumps(heard.variables), heard.reply.text, heard.beside]
        return "\n".join(told)


def _postgres_tells(*heard: Heard) -> bool:
    codes = {code for one in heard for code in one.codes}
    upsert = "upsert" in heard[0].query and any('":null' in one.reply.text for one in heard)
    return bool(TELLING & codes) or upsert


class Fuzz:
    """A gateway on a database that is made anew again and again."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.tally = Tally()

    async def database(self, seed: str, count: int) -> None:
        """Makes a database, and asks so many operations as one of its callers. What is found is in the tally."""
        random, client = draws(seed), self.client
        making = Making(random)
        await run_sql(_of_postgres(client.url), making.schema + making.fill)
        await client.gateway.reload()
        client.forget()
        self.tally.databases += 1
        caller = None
        try:
            admin = await Subject.of(client, _ADMIN)
            caller = await Caller.of(client, making, random.choice(CALLERS), admin, self.tally)
            await asyncio.to_thread(_ask, caller, asyncio.get_running_loop(), count, random.getrandbits(32))
            await caller.again(random)
        except (Leak, Differs, asyncpg.PostgresError) as finding:
            self.tally.found.append(f"database {seed}: {type(finding).__name__}: {finding}")
        finally:
            if caller is not None:
                await caller.leave()


def _of_postgres(url: str) -> str:
    return url.replace("leaks_gateway@", "postgres@")


def _ask(caller: Caller, loop: asyncio.AbstractEventLoop, count: int, seed: int) -> None:
    """Asks so many operations, from a thread beside the loop. Raises Leak, Differs."""
    writes, mutation = writes_of(caller.world), caller.world.schema.mutation_type

    @seeded(seed)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
        report_multiple_bugs=False,
        verbosity=Verbosity.quiet,
    )
    @given(st.data())
    def each(data: st.DataObject) -> None:
        kind = data.draw(st.integers(0, 9))
        random = draws(kind)
        work: Awaitable[None]
        if kind >= 8 and mutation is not None and writes:
            work = caller.nest(data.draw(nested(caller.world, caller.admin.world)))
        elif kind >= 6 and writes:
            work = caller.write(data.draw(changes(caller.world, caller.admin.world)))
        elif kind >= 4:
            work = caller.pry(data.draw(operations(caller.admin.world)), random)
        else:
            work = caller.read(data.draw(queries(caller.world, caller.admin.world)), random)
        asyncio.run_coroutine_threadsafe(_run(work), loop).result()

    each()


async def _run(work: Awaitable[None]) -> None:
    await work


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Fuzz]:
    """Opens a gateway on a database, in which the schema `leaks` is made anew; `url` is of postgres."""
    listener, logger = Listener(), logging.getLogger("gatepost")
    logging.getLogger().addHandler(listener)
    logger.setLevel(logging.DEBUG)
    await run_sql(url, ROLES + Making(draws(0)).schema)
    gateway = await Gateway.open(
        Settings(
            database_url=url.replace("postgres@", "leaks_gateway@"),
            schemas=("leaks",),
            anonymous_role=GUEST,
            authenticated_role=MEMBER,
            roles=(ADMIN,),
            pool_size=2,
            jwt_secret="a secret of the tests that is long enough",
            access_log=False,
        )
    )
    try:
        async with TestClient(TestServer(application(gateway))) as http:
            yield Fuzz(Client(gateway, http, listener))
    finally:
        await gateway.close()
        logging.getLogger().removeHandler(listener)
        logger.setLevel(logging.NOTSET)
