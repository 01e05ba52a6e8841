"""Answers questions about a schema, apart from requests for data: of a large one they take long."""

from __future__ import annotations

import asyncio
import json
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable
from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import orjson
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    GraphQLWrappingType,
    OperationDefinitionNode,
    SchemaMetaFieldDef,
    SelectionSetNode,
    TypeMetaFieldDef,
    VariableValues,
    get_argument_values,
    get_variable_values,
    introspection_types,
)

from gatepost.engine.judge import Refused
from gatepost.errors import BadRequest
from gatepost.plan.selection import Operation, Selected
from gatepost.schema.garbage import no_garbage
from gatepost.schema.lazy import LazySchema

_ROOT = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}
_AT_A_TIME = 0.002
_PAUSE = 0.0001
_ALWAYS = 4 * 1024 * 1024
_FOR_EACH_TYPE = 8 * 1024
"""Bytes that an answer may have: so many, and so many for each type, of which the usual answer has two thousand."""
Emit = Callable[[bytes], None]
Write = Callable[[Any, Emit], None]


class Introspection:
    """Answers about a schema, the latest kept as bytes within a bound.

    `make` makes a schema for these questions alone: they are answered in a thread, and a schema is one thread's. Once
    all its types are made it is let go of, as they take much room.
    """

    _ROOM = 8 * 1024 * 1024  # bytes, compressed: to a twentieth of what they are

    def __init__(self, make: Callable[[], GraphQLSchema]) -> None:
        self._make = make
        self._schema: GraphQLSchema | None = None
        self._working = asyncio.Lock()
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
        async with self._working:
            kept = self._kept.get(key)
            if kept is None:
                answer = await self._execute(document(), sent)
                self._keep(key, await asyncio.to_thread(_packed, answer))
                return answer
        self._kept.move_to_end(key)
        return await asyncio.to_thread(_unpacked, kept)

    def _keep(self, key: tuple[str, str | None, bytes], packed: bytes) -> None:
        self._kept[key] = packed
        self._size += _size(key, packed)
        while self._size > self._ROOM:
            self._size -= _size(*self._kept.popitem(last=False))

    async def _execute(self, document: DocumentNode, sent: dict[str, Any]) -> dict[str, bytes]:
        return await asyncio.to_thread(self._executed, document, sent)

    def _executed(self, document: DocumentNode, sent: dict[str, Any]) -> dict[str, bytes]:
        with no_garbage():
            return self._answered(document, sent)

    def _answered(self, document: DocumentNode, sent: dict[str, Any]) -> dict[str, bytes]:
        if self._schema is None:
            self._schema = self._make()
        schema = self._schema
        operation, *others = document.definitions
        assert isinstance(operation, OperationDefinitionNode)
        fragments = {node.name.value: node for node in others if isinstance(node, FragmentDefinitionNode)}
        values = get_variable_values(schema, operation.variable_definitions or (), sent)
        if isinstance(values, list):
            raise Refused([dict(error.formatted) for error in values])
        answer = _Writer(schema, Operation(schema, operation, fragments, values.coerced), values).answer()
        if isinstance(schema, LazySchema) and schema.type_map.has_all:
            self._schema = None
            schema.dismantle()
        return answer


class _Part(NamedTuple):
    """A field of an introspection type, as it is selected."""

    resolve: Callable[..., Any]
    arguments: dict[str, Any]
    write: Write


class _Writer:
    """Writes what introspection fields give as JSON.

    graphql-core tells what they give; its executor takes ten times as long, as most of it is told again and again.
    """

    def __init__(self, schema: GraphQLSchema, operation: Operation, values: VariableValues) -> None:
        self._schema = schema
        self._operation = operation
        self._values = values
        # Of what a field is resolved with these fields need the schema alone.
        self._info = cast("GraphQLResolveInfo[Any]", SimpleNamespace(schema=schema))
        self._writes: dict[tuple[Any, ...], Write] = {}
        self._texts: dict[Any, bytes] = {None: b"null"}
        self._size = 0
        self._rest_at = time.perf_counter() + _AT_A_TIME

    def answer(self) -> dict[str, bytes]:
        """Each of the operation's introspection fields, by its response key."""
        root = self._schema.query_type
        assert root is not None
        answer = {}
        for field in self._operation.select(root, [self._operation.definition.selection_set]):
            definition = _ROOT[field.name]
            part = self._part(field, definition)
            texts: list[bytes] = []
            part.write(part.resolve(None, self._info, **part.arguments), texts.append)
            answer[field.key] = b"".join(texts)
        return answer

    def _part(self, field: Selected, definition: GraphQLField) -> _Part:
        assert definition.resolve is not None
        arguments = get_argument_values(definition, field.nodes[0], self._values)
        return _Part(definition.resolve, arguments, self._write(definition.type, field.selection_sets))

    def _write(self, type_: GraphQLOutputType, selection_sets: list[SelectionSetNode]) -> Write:
        if isinstance(type_, GraphQLNonNull):
            return self._write(type_.of_type, selection_sets)
        if isinstance(type_, GraphQLList):
            return self._list(self._write(type_.of_type, selection_sets))
        if isinstance(type_, GraphQLObjectType):
            key = (type_.name, *map(id, selection_sets))
            if key not in self._writes:
                self._writes[key] = self._object(type_, selection_sets)
            return self._writes[key]
        assert isinstance(type_, GraphQLScalarType | GraphQLEnumType)
        return partial(self._leaf, type_)

    def _leaf(self, type_: GraphQLScalarType | GraphQLEnumType, value: Any, emit: Emit) -> None:
        text = self._texts.get(value)
        if text is None:
            # Not orjson's: its bytes keep the four kilobytes that it begins with.
            text = self._texts[value] = json.dumps(type_.coerce_output_value(value), ensure_ascii=False).encode()
        emit(text)

    def _list(self, write: Write) -> Write:
        def written(values: Iterable[Any] | None, emit: Emit) -> None:
            if values is None:
                emit(b"null")
                return
            mark = b"["
            for value in values:
                emit(mark)
                write(value, emit)
                mark = b","
            emit(b"[]" if mark == b"[" else b"]")

        return written

    def _object(self, type_: GraphQLObjectType, selection_sets: list[SelectionSetNode]) -> Write:
        info = self._info
        members: list[tuple[bytes, Callable[..., Any], dict[str, Any], Write]] = []
        for field in self._operation.select(type_, selection_sets):
            mark = b'%b"%b":' % (b"," if members else b"{", field.key.encode())
            if field.definition is None:
                members.append((mark, lambda value, info: type_.name, {}, partial(self._leaf, GraphQLString)))
            else:
                part = self._part(field, field.definition)
                members.append((mark, part.resolve, part.arguments, part.write))

        def written(value: Any, emit: Emit) -> None:
            if value is None:
                emit(b"null")
                return
            for mark, resolve, arguments, write in members:
                emit(mark)
                write(resolve(value, info, **arguments), emit)
            emit(b"}" if members else b"{}")

        return self._once(written) if type_ is introspection_types["__Type"] else written

    def _once(self, write: Write) -> Write:
        """Types are referred to from everywhere: what they give is written once."""
        known: dict[object, bytes] = {}

        def written(value: Any, emit: Emit) -> None:
            key = _same(value)
            text = known.get(key)
            if text is None:
                texts: list[bytes] = []
                write(value, texts.append)
                text = known[key] = b"".join(texts)
                self._rest()
            self._count(len(text))
            emit(text)

        return written

    def _rest(self) -> None:
        """Lets other threads have their turn: Python's lock would keep each waiting for five milliseconds."""
        if time.perf_counter() > self._rest_at:
            time.sleep(_PAUSE)
            self._rest_at = time.perf_counter() + _AT_A_TIME

    def _count(self, size: int) -> None:
        """Bounds the answer: types within types can make it much longer than the schema."""
        self._size += size
        if self._size > _ALWAYS:
            most = _ALWAYS + _FOR_EACH_TYPE * len(self._schema.type_map)
            if self._size > most:
                raise BadRequest(
                    f"The operation asks for more than {most:,} bytes about the schema.",
                    code="TOO_COMPLEX",
                    extensions={"limit": most},
                )


def _same(type_: Any) -> object:
    """What is equal for types that are the same, also where lists and non-nulls of them were made apart."""
    return (type(type_), _same(type_.of_type)) if isinstance(type_, GraphQLWrappingType) else type_


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
