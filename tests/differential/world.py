"""What one caller sees of a database in plain SQL: all rows of all relations, as text forms, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from graphql import GraphQLSchema

from gatepost.catalog import Catalog, Relation
from gatepost.schema.codecs import Codec
from gatepost.schema.meaning import Call, ConnectionField, KeyField, RowField, ValueField, meaning_of
from gatepost.schema.names import Claims, Report
from gatepost.schema.types import Types
from tests.differential.values import Kind, kind_of


@dataclass(frozen=True, eq=False)
class Row:
    """A row: the text form of each column, and of each value that a function of the row gives."""

    relation: Relation
    place: int
    texts: Mapping[str, str | None]


@dataclass(frozen=True)
class Who:
    """A caller: the role, and the claims beside it."""

    role: str
    claims: tuple[tuple[str, str | int], ...] = ()

    @property
    def json(self) -> str:
        return json.dumps({"role": self.role, **dict(self.claims)})


@dataclass(repr=False)
class World:
    """The rows that a caller sees, by relation, and the kinds of their values, by relation and column."""

    who: Who
    schema: GraphQLSchema
    rows: dict[int, list[Row]] = field(default_factory=dict)
    kinds: dict[tuple[int, str], Kind] = field(default_factory=dict)
    relations: dict[str, Relation] = field(default_factory=dict)
    """The relations that types hold the rows of, by the types' names."""
    pool: dict[str, list[str]] = field(default_factory=dict)
    """Values that there are in the database, by kind: those of hidden rows too, for a caller may guess them."""

    def kind(self, relation: Relation, column: str) -> Kind | None:
        return self.kinds.get((relation.oid, column))


def computed(call: Call) -> str | None:
    """What a function's value is called among a row's columns; None where plain SQL is not asked for it."""
    one = not call.function.returns_set or call.function.rows <= 1
    return f"{call.function.name}()" if call.on_row and not call.parameters and one else None


async def load(url: str, schema: GraphQLSchema, catalog: Catalog, who: Who) -> World:
    """Reads everything that a caller may read, over a connection of its own."""
    world = World(who, schema)
    world.relations = {
        meaning.rows.type_name: meaning.rows.relation
        for type_ in schema.type_map.values()
        for definition in getattr(type_, "fields", {}).values()
        if isinstance(meaning := meaning_of(definition), RowField | ConnectionField | KeyField)
    }
    calls = _calls(schema, catalog)
    types = Types(catalog, Claims("the types", Report()), Report())
    for relation in catalog.relations.values():
        values = {column.name: types.column(column) for column in relation.columns}
        values |= {name: codec for name, (_, codec) in calls.get(relation.oid, {}).items()}
        for name, codec in values.items():
            kind = kind_of(codec, _labels(catalog, codec))
            if kind is not None:
                world.kinds[relation.oid, name] = kind
    connection = await asyncpg.connect(url, user="postgres")
    try:
        await connection.execute("set timezone to 'UTC'; set intervalstyle to 'iso_8601'")
        for relation in catalog.relations.values():
            for row in await _rows(connection, relation, {}):
                for name, text in row.texts.items():
                    kind = world.kind(relation, name)
                    if kind is None or text is None or not kind.sendable(text):
                        continue
                    if text not in (known := world.pool.setdefault(kind.name, [])):
                        known.append(text)
        async with connection.transaction():
            await connection.execute("select set_config('request.jwt.claims', $1, true)", who.json)
            await connection.execute("select set_config('role', $1, true)", who.role)
            for relation in catalog.relations.values():
                world.rows[relation.oid] = await _rows(connection, relation, calls.get(relation.oid, {}))
    finally:
        await connection.close()
    return world


def _calls(schema: GraphQLSchema, catalog: Catalog) -> dict[int, dict[str, tuple[Call, Codec]]]:
    """The functions of a row that give one value, by relation and name."""
    by_row_type = {relation.row_type: oid for oid, relation in catalog.relations.items()}
    found: dict[int, dict[str, tuple[Call, Codec]]] = {}
    for type_ in schema.type_map.values():
        for definition in getattr(type_, "fields", {}).values():
            meaning = meaning_of(definition)
            if isinstance(meaning, ValueField) and (name := computed(meaning.call)) is not None:
                oid = by_row_type[meaning.call.function.inputs[0].type]
                found.setdefault(oid, {})[name] = (meaning.call, meaning.codec)
    return found


def _labels(catalog: Catalog, codec: Codec) -> tuple[str, ...] | None:
    names = {codec.sql, codec.base or codec.sql}
    return next((t.labels for t in catalog.types.values() if t.kind == "e" and (t.schema, t.name) in names), None)


def _quoted(*names: str) -> str:
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


async def _rows(connection: Any, relation: Relation, calls: Mapping[str, tuple[Call, Codec]]) -> list[Row]:
    """The rows that the session may read, as text forms, of the columns that it may read; none where it may not."""
    table = _quoted(relation.schema, relation.name)
    columns = await connection.fetchval(
        """
        select array_agg(a.attname::text order by a.attnum)
          from pg_attribute as a
         where a.attrelid = $1
           and a.attnum > 0
           and not a.attisdropped
           and has_schema_privilege(current_user, $2, 'usage')
           and has_column_privilege(current_user, a.attrelid, a.attnum, 'select')
        """,
        relation.oid,
        relation.schema,
    )
    if not columns:
        return []
    values = [f"t.{_quoted(column)}" for column in columns]
    for name, (call, _) in calls.items():
        function = f"{_quoted(call.function.schema, call.function.name)}(t)"
        one = " ".join(["(select", "f.v", "from", function, "as f (v) limit 1)"])
        values.append(one if call.function.returns_set else function)
        columns = [*columns, name]
    texts = ", ".join(f"case when {value} is not null then format('%s', {value}) end" for value in values)
    found = await connection.fetch(" ".join(["select", texts, "from", table, "as t"]))
    return [
        Row(relation, place, dict(zip(columns, record.values(), strict=True))) for place, record in enumerate(found)
    ]
