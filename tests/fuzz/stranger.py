"""Asks for all that a database's API has, as a stranger would who knows nothing of it but its introspection.

`python -m tests.fuzz.stranger postgresql://… --schema a,b --role r [--write]`: every list, key, order, operator of a
filter, aggregate, group, relation, node id and function, and, with `--write`, every mutation: the database is changed
by that. Each answer that is neither data nor an error of the caller's is told.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import re
import sys
import time
import warnings
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from graphql import build_client_schema, get_introspection_query, validate_schema

from tests.api import Api, Reply, opened
from tests.fuzz.left_out import missing
from tests.fuzz.strange import Operation, Strange
from tests.fuzz.wild import is_right

_TOGETHER = 8
_ITS_OWN = re.compile(r'PL/\w+ function |SQL function "|inline_code_block')
"""The log's words for an error that rose within a function of the database: its author's, not the gateway's."""


@dataclass
class Finding:
    """What went wrong, and which operation it was."""

    about: str
    told: str

    def __str__(self) -> str:
        return f"{self.about}: {self.told}"


class _Causes(logging.Handler):
    """Keeps what the gateway's log says of errors that are masked."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(record.getMessage())


@asynccontextmanager
async def _causes() -> AsyncIterator[_Causes]:
    logger, causes = logging.getLogger("gatepost"), _Causes()
    logger.addHandler(causes)
    try:
        yield causes
    finally:
        logger.removeHandler(causes)


@dataclass
class Stranger:
    """Somebody who asks an open gateway as one role.

    `most` bounds how many operations of each kind are asked, picked evenly; `seed` picks the values.
    """

    api: Api
    role: str
    most: int = 1_000_000
    seed: int = 0
    only: frozenset[str] = frozenset()
    """Kinds of operations; empty: all."""
    loud: bool = False
    findings: list[Finding] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    failing: list[str] = field(default_factory=list)
    """Fields whose functions fail by themselves."""

    async def walk(self, *, write: bool) -> None:
        """Asks for everything; `findings` has what went wrong."""
        async with _causes() as causes:
            self._causes = causes
            self._strange = await self._introspect()
            await self._ask("lists", self._strange.lists(), sure=True)
            await self._ask("keys and functions", self._strange.with_arguments())
            if write:
                for number in range(3):
                    await self._ask(f"mutations {number}", self._strange.mutations())
                await self._ask("lists again", self._strange.lists(), sure=True)
            await self._ask("node ids", self._strange.nodes(), sure=True)
            await self._ask("relations", self._strange.relations())
            await self._ask("orders", self._strange.orders())
            await self._pages()
            await self._ask("filters", self._strange.filters())
            await self._ask("aggregates", self._strange.aggregates())
            await self._ask("arguments", self._strange.each_argument())
            if write:
                await self._ask("last mutations", self._strange.mutations())

    async def _introspect(self) -> Strange:
        query = get_introspection_query(
            specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
        )
        reply = await self.api.reply(query, role=self.role)
        assert "errors" not in reply.body, reply.text
        schema = build_client_schema(reply.body["data"])
        for error in validate_schema(schema):
            self._found("schema", error.message)
        return Strange(schema, self.seed)

    def _found(self, about: str, told: str) -> None:
        self.findings.append(Finding(about, told))
        if self.loud:
            sys.stderr.write(f"\r{self.findings[-1]}\n"[:3000])

    def _some(self, operations: Sequence[Operation]) -> Sequence[Operation]:
        """At most `most` of them, spread over all."""
        step = max(1, -(-len(operations) // self.most))
        return operations[self.seed % step :: step]

    async def _ask(self, what: str, operations: Sequence[Operation], *, sure: bool = False) -> None:
        """Asks for these; several in one where nothing is written, and each alone where that failed."""
        if self.only and what not in self.only and what != "lists":
            return
        operations = self._some(operations)
        begun = time.monotonic()
        size = 1 if operations and operations[0].kind == "mutation" else _TOGETHER
        for start in range(0, len(operations), size):
            together = operations[start : start + size]
            if len(together) > 1 and await self._answered(together):
                continue
            for operation in together:
                await self._one(operation, sure)
        self.asked[what] = len(operations)
        if self.loud:
            sys.stderr.write(f"{what}: {len(operations)} in {time.monotonic() - begun:.1f} s\n")

    async def _answered(self, operations: Sequence[Operation]) -> bool:
        """Whether all of them together are answered with data."""
        query, variables = Operation.document(operations)
        reply = await self.api.reply(query, variables, role=self.role)
        if "errors" in reply.body:
            self._causes.told.clear()
            return False
        for number, operation in enumerate(operations):
            self._strange.learn(operation, reply.body["data"][f"f{number}"])
        self.codes["data"] += len(operations)
        return True

    async def _one(self, operation: Operation, sure: bool) -> Reply:
        query, variables = Operation.document([operation])
        self._causes.told.clear()
        reply = await self.api.reply(query, variables, role=self.role)
        codes = [error["extensions"]["code"] for error in reply.body.get("errors", [])] or ["data"]
        self.codes.update(codes)
        about = f"{operation.about}\n  {query}\n  {variables}"
        cause = "\n".join(self._causes.told)
        if "INTERNAL" in codes and _ITS_OWN.search(cause):
            self.failing.append(f"{operation.name}: {cause.splitlines()[-1]}")
            return reply
        try:
            is_right(reply, "")
            invalid = {"GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED"}
            assert not invalid & set(codes), reply.text
            # What its policies and views do may fail by itself, too; what a caller gives is none of it.
            assert not sure or not {"BAD_USER_INPUT", "INVALID_CURSOR", "NOT_FOUND"} & set(codes), reply.text
        except AssertionError as wrong:
            self._found(about, f"{wrong}\n{cause}"[:4000])
        if data := reply.body.get("data"):
            self._strange.learn(operation, data["f0"])
        return reply

    async def _pages(self) -> None:
        """Pages of two, forwards and backwards, are the cursors of one large page."""
        if self.only and "pages" not in self.only:
            return
        orders = self._some(self._strange.paged())
        for operation in orders:
            whole = await self._cursors(operation, first=7)
            if whole is None or len(set(whole)) != len(whole):
                continue
            forwards = await self._paged(operation, whole, backwards=False)
            if forwards is not None and forwards[: len(whole)] != whole:
                self._found(f"pages of {operation.about}", f"forwards {forwards}, not {whole}")
            back = await self._paged(operation, whole, backwards=True)
            if back is not None and back != whole[:-1]:
                self._found(f"pages of {operation.about}", f"backwards {back}, not {whole[:-1]}")
        self.asked["pages"] = len(orders)

    async def _paged(self, operation: Operation, whole: list[str], *, backwards: bool) -> list[str] | None:
        """The cursors of pages of two, to the end of `whole` or from there; None where one was not answered."""
        read: list[str] = whole[-1:] if backwards else []
        while len(read) < len(whole):
            place = {"last": 2, "before": read[0]} if backwards else {"first": 2, "after": read[-1] if read else None}
            page = await self._cursors(operation, **place)
            if page is None:
                return None
            if not page:
                break
            read = page + read if backwards else read + page
        return read[:-1] if backwards else read

    async def _cursors(self, operation: Operation, **page: object) -> list[str] | None:
        some = operation.page({name: value for name, value in page.items() if value is not None})
        reply = await self._one(some, sure=True)
        data = reply.body.get("data")
        return [edge["cursor"] for edge in data["f0"]["edges"]] if data and data["f0"] else None


async def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.stranger", description=__doc__)
    parser.add_argument("url", help="the database, for a login that may become the role")
    parser.add_argument("--schema", default="public", help="schemas to expose, separated by commas")
    parser.add_argument("--role", default="postgres", help="database role that asks")
    parser.add_argument("--write", action="store_true", help="mutations as well: give it a database to throw away")
    parser.add_argument("--most", type=int, default=1_000_000, help="operations of each kind at most")
    parser.add_argument("--only", default="", help="kinds of operations, separated by commas: orders,pages,filters …")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    schemas = tuple(arguments.schema.split(","))
    bounds = {"max_tokens": 1_000_000, "max_query_bytes": 10_000_000, "max_cost": 2_000_000_000}
    begun = time.monotonic()
    async with opened(
        arguments.url, schemas=schemas, anonymous_role=arguments.role, statement_timeout=4000, **bounds
    ) as api:
        ready = time.monotonic() - begun
        stranger = Stranger(api, arguments.role, arguments.most, arguments.seed, loud=True)
        stranger.only = frozenset(filter(None, arguments.only.split(",")))
        for name in await missing(api, arguments.role, schemas):
            stranger.findings.append(Finding(name, "is neither in the schema nor told to be left out"))
        await stranger.walk(write=arguments.write)
    sys.stdout.write(f"ready in {ready:.1f} s\n")
    sys.stdout.write("".join(f"{finding}\n" for finding in stranger.findings))
    sys.stdout.write("".join(f"fails by itself: {name}\n" for name in sorted(set(stranger.failing))))
    sys.stdout.write(f"{dict(stranger.asked)}\n{dict(stranger.codes)}\n{len(stranger.findings)} findings\n")
    return 1 if stranger.findings else 0


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    raise SystemExit(asyncio.run(main()))
