"""What each role of the API is served: its own schema, made when its first caller comes, and what is kept of it."""

from __future__ import annotations

import asyncio
import zlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import DocumentNode, GraphQLSchema, execute_sync

from gatepost.catalog import Catalog
from gatepost.engine.handwritten import Handwritten
from gatepost.engine.judge import Judge, Refused
from gatepost.schema.build import Api, build_for
from gatepost.schema.deep import deep
from gatepost.schema.meaning import KeyField
from gatepost.settings import Settings


class Introspection:
    """Answers about a schema, the latest kept as bytes within a bound."""

    _ROOM = 8 * 1024 * 1024  # bytes, compressed: to a twentieth of what they are

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._kept: OrderedDict[tuple[str, str | None, bytes], bytes] = OrderedDict()
        self._size = 0

    async def answer(
        self, query: str, operation_name: str | None, document: Callable[[], DocumentNode], sent: dict[str, Any]
    ) -> dict[str, bytes]:
        """The introspection fields of a valid query, by response key. Raises Refused."""
        try:
            key = (query, operation_name, orjson.dumps(sent))
        except TypeError:  # an integer beyond 64 bits
            return await self._execute(document(), sent)
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            return await asyncio.to_thread(_unpacked, kept)
        answer = await self._execute(document(), sent)
        packed = await asyncio.to_thread(_packed, answer)
        if key not in self._kept:
            self._kept[key] = packed
            self._size += _size(key, packed)
            while self._size > self._ROOM:
                self._size -= _size(*self._kept.popitem(last=False))
        return answer

    async def _execute(self, document: DocumentNode, sent: dict[str, Any]) -> dict[str, bytes]:
        def execute() -> dict[str, bytes]:
            result = deep(lambda: execute_sync(self._schema, document, variable_values=sent))
            if result.errors:
                raise Refused([dict(error.formatted) for error in result.errors])
            return {key: orjson.dumps(value) for key, value in (result.data or {}).items()}

        # A large schema takes a second, which others do not wait for.
        return await asyncio.to_thread(execute)


def _packed(answer: dict[str, bytes]) -> bytes:
    """An answer in little room: of a thousand tables it has 40 MB."""
    return zlib.compress(b"".join(b"%b %d %b" % (key.encode(), len(value), value) for key, value in answer.items()), 1)


def _unpacked(packed: bytes) -> dict[str, bytes]:
    data, place, answer = zlib.decompress(packed), 0, {}
    while place < len(data):
        key_end = data.index(b" ", place)
        size_end = data.index(b" ", key_end + 1)
        end = size_end + 1 + int(data[key_end + 1 : size_end])
        answer[data[place:key_end].decode()] = data[size_end + 1 : end]
        place = end
    return answer


def _size(key: tuple[str, str | None, bytes], packed: bytes) -> int:
    return len(key[0]) + len(key[2]) + len(packed)


@dataclass(slots=True)
class RoleSchema:
    """The schema of a role, and what is made from it."""

    schema: GraphQLSchema
    judge: Judge
    introspection: Introspection
    keys: dict[tuple[str, frozenset[str]], KeyField]
    """The keys by which the API finds rows, by type and columns."""
    handwritten: Handwritten | None


@dataclass(slots=True)
class RoleSchemas:
    """The schemas of all roles of one reading of the catalog; roles of equal privileges share one."""

    catalog: Catalog
    whole: Api
    settings: Settings
    handwritten: Handwritten | None = None
    made: dict[str, RoleSchema] = field(default_factory=dict)
    _by_privileges: dict[tuple[bytes, ...], RoleSchema] = field(default_factory=dict)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def schema(self) -> GraphQLSchema:
        """The schema of all roles together, hand-written part included."""
        return self.handwritten.schema if self.handwritten else self.whole.schema

    async def of(self, role: str) -> RoleSchema:
        """What a role is served."""
        async with self._lock:
            if role not in self.made:
                self.made[role] = await asyncio.to_thread(self._make, role)
        return self.made[role]

    async def renew(self, role: str) -> None:
        """Has a role that was lent the schema of an earlier reading served its own."""
        async with self._lock:
            self.made[role] = await asyncio.to_thread(self._make, role)

    def _make(self, role: str) -> RoleSchema:
        if role not in self.catalog.roles:
            raise ValueError(f"{role} is no role of the API")
        privileges = self.catalog.privileges(role)
        made = self._by_privileges.get(privileges)
        if made is None:
            made = self._by_privileges[privileges] = self._made(role)
        return made

    def _made(self, role: str) -> RoleSchema:
        holds_all = self.catalog.holds_all(role)
        api = self.whole if holds_all else build_for(role, self.catalog, self.whole)
        schema, handwritten = api.schema, self.handwritten
        if handwritten is not None:
            schema = handwritten.schema if holds_all else deep(lambda: handwritten.join(api.whole()))
        judge = Judge(schema, self.settings, len(self.catalog.roles))
        return RoleSchema(schema, judge, Introspection(schema), api.keys, handwritten)
