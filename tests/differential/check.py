"""Asks the gateway an operation and compares its answer with the naive one."""

from __future__ import annotations

import base64
import json
from functools import cmp_to_key
from random import Random
from typing import Any

from graphql import get_named_type

from gatepost.schema.meaning import ConnectionField, meaning_of
from tests.api import Api
from tests.differential.aggregation import Among, Near
from tests.differential.document import Document
from tests.differential.judge import compared
from tests.differential.naive import AnyCursor, Asked, CursorAt, Naive, NodeId
from tests.differential.world import Who, World, load


class Differs(AssertionError):
    """The gateway's answer is not the naive one."""


class Subject:
    """A gateway as one caller meets it, and what the caller sees of its database in plain SQL."""

    def __init__(self, api: Api, world: World) -> None:
        self.api = api
        self.world = world
        settings = api.gateway.settings
        self.naive = Naive(world, settings.default_page_size, settings.max_page_size)
        self._cursors: dict[str, list[tuple[Any, str]]] = {}

    @classmethod
    async def of(cls, api: Api, who: Who) -> Subject:
        roles = api.gateway.engine.roles
        served = await roles.of(who.role)
        return cls(api, await load(api.url, served.schema, roles.catalog, who))

    async def check(self, asked: list[Asked], random: Random | None = None) -> None:
        """Raises Differs, with the operation and both answers, where the gateway answers otherwise."""
        await self._give_cursors(asked)
        expected = self.naive.answer(asked)
        document = Document(asked, random)
        who = self.world.who
        reply = await self.api.reply(document.text, document.variables, role=who.role, claims=dict(who.claims))
        try:
            if "errors" in reply.body:
                raise Differs(f"errors: {reply.body['errors']}")
            same(expected, reply.body["data"], "data", {})
        except Differs as difference:
            told = [
                str(difference),
                f"as {who}",
                Document(asked).text,
                f"sent as: {document.text}",
                f"variables: {json.dumps(document.variables)}",
                f"expected: {expected}",
                f"answered: {reply.text}",
            ]
            raise Differs("\n".join(told)) from None

    async def walk(self, asked: Asked, size: int, backward: bool) -> None:
        """Asks a list page by page to its end, where one page may hold it all.

        Raises Differs where the pages together are not the whole.
        """
        asked.arguments["first"] = self.naive.most
        await self.check([asked])
        whole = self.naive.answer([asked])[asked.key]["edges"]
        del asked.arguments["first"]
        if len(whole) == self.naive.most:
            return
        cursors: dict[AnyCursor, str] = {}
        walked, near, far = 0, "hasPreviousPage", "hasNextPage"
        if backward:
            near, far = far, near
        while True:
            asked.arguments["last" if backward else "first"] = size
            text = Document([asked]).text
            data = await self.api.data(text, role=self.world.who.role, claims=dict(self.world.who.claims))
            edges, info = data[asked.key]["edges"], data[asked.key]["pageInfo"]
            end = len(whole) - walked
            expected = whole[max(end - size, 0) : end] if backward else whole[walked : walked + size]
            walked += len(expected)
            try:
                same(expected, edges, "edges", cursors)
                same(walked > len(expected), info[near], near, {})
                same(walked < len(whole), info[far], far, {})
                same(edges[0]["cursor"] if edges else None, info["startCursor"], "startCursor", {})
                same(edges[-1]["cursor"] if edges else None, info["endCursor"], "endCursor", {})
            except Differs as difference:
                told = f"after {walked} of {len(whole)} rows: {difference}\nas {self.world.who}\n{text}\n{data}"
                raise Differs(told) from None
            if walked == len(whole):
                return
            asked.arguments["before" if backward else "after"] = info["startCursor" if backward else "endCursor"]

    async def _give_cursors(self, asked: list[Asked]) -> None:
        for item in asked:
            for side in ("after", "before"):
                cursor = item.arguments.get(side)
                if isinstance(cursor, CursorAt):
                    cursor.text = await self._cursor(cursor)
            await self._give_cursors(item.selection)

    async def _cursor(self, cursor: CursorAt) -> str:
        """The text of a cursor, from the gateway's answer to all rows in that order."""
        query = self.world.schema.query_type
        assert query is not None
        definition = query.fields[cursor.root]
        key = f"{cursor.root} {cursor.order_by!r}"
        if key not in self._cursors:
            edges = get_named_type(definition.type).fields["edges"]
            edge = get_named_type(edges.type)
            part = Asked("edges", "edges", edges, definition.type.of_type.name)
            part.selection = [Asked("cursor", "cursor", edge.fields["cursor"], edge.name)]
            asked = Asked(cursor.root, cursor.root, definition, query.name)
            asked.arguments = {"orderBy": cursor.order_by, "first": 500} if cursor.order_by else {"first": 500}
            asked.selection = [part]
            data = await self.api.data(
                Document([asked]).text, role=self.world.who.role, claims=dict(self.world.who.claims)
            )
            meaning = meaning_of(definition)
            assert isinstance(meaning, ConnectionField)
            ordering = definition.args.get("orderBy")
            keys = self.naive.order(meaning.rows, ordering.type if ordering else None, cursor.order_by)
            rows = list(self.world.rows[meaning.rows.relation.oid])
            rows.sort(key=cmp_to_key(lambda a, b: compared(keys, a, b)))
            texts = [edge["cursor"] for edge in data[cursor.root]["edges"]]
            self._cursors[key] = list(zip(rows, texts, strict=False))
        return next((text for row, text in self._cursors[key] if row is cursor.row), self._cursors[key][-1][1])


def same(expected: Any, got: Any, path: str, cursors: dict[AnyCursor, str]) -> None:
    """Raises Differs where two answers are not the same, the order of their keys included."""
    if isinstance(expected, AnyCursor):
        if not isinstance(got, str) or cursors.setdefault(expected, got) != got:
            raise Differs(f"{path}: not the cursor of this row: {got!r}")
    elif isinstance(expected, Near):
        if not expected.same(got):
            raise Differs(f"{path}: {expected} and {got!r}")
    elif isinstance(expected, Among):
        if not any(value == got and isinstance(value, bool) is isinstance(got, bool) for value in expected.values):
            raise Differs(f"{path}: {expected} and {got!r}")
    elif isinstance(expected, NodeId):
        if json.loads(base64.b64decode(got)) != [expected.type_name, *expected.key]:
            raise Differs(f"{path}: {expected} and {got}")
    elif isinstance(expected, dict) and isinstance(got, dict):
        if list(expected) != list(got):
            raise Differs(f"{path}: keys {list(expected)} and {list(got)}")
        for key, value in expected.items():
            same(value, got[key], f"{path}.{key}", cursors)
    elif isinstance(expected, list) and isinstance(got, list):
        if len(expected) != len(got):
            raise Differs(f"{path}: {len(expected)} and {len(got)} items")
        for place, value in enumerate(expected):
            same(value, got[place], f"{path}[{place}]", cursors)
    elif expected != got or isinstance(expected, bool) is not isinstance(got, bool):
        raise Differs(f"{path}: {expected!r} and {got!r}")
