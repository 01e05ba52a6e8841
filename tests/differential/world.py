"""What one caller sees of a database in plain SQL: all rows of all relations, as text forms, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from graphql import GraphQLSchema, specified_scalar_types

from gatepost.catalog import Catalog, Relation
from gatepost.schema.codecs import Codec
from gatepost.schema.meaning import ConnectionField, KeyField, RowField, ValueField, meaning_of
from gatepost.schema.names import Claims, Report
from gatepost.schema.types import Types
from tests.differential.calls import Asking, askings, text_of
from tests.differential.library import Library, quoted, words
from tests.differential.values import Kind

_ZONES = ("UTC", "Europe/Paris", "America/New_York", "Asia/Kathmandu")
_UNITS = ("second", "minute", "hour", "day", "week", "month", "quarter", "year")


@dataclass(frozen=True, eq=False)
class Row:
    """A row: the text form of each column, and what its functions give (see `Asking.expression`)."""

    relation: Relation
    place: int
    texts: Mapping[str, Any]


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
    library: Library
    rows: dict[int, list[Row]] = field(default_factory=dict)
    kinds: dict[tuple[int, str], Kind] = field(default_factory=dict)
    relations: dict[str, Relation] = field(default_factory=dict)
    """The relations that types hold the rows of, by the types' names."""
    askings: dict[tuple[str, str], list[Asking]] = field(default_factory=dict)
    """Of a type's field that calls a function, the calls whose answers are known."""
    called: dict[str, Any] = field(default_factory=dict)
    """What functions of no row give, by cell."""
    _seen: dict[int, tuple[list[str], dict[tuple[Any, ...], Row]]] = field(default_factory=dict)
    truncated: dict[tuple[str, str, str], dict[str, str]] = field(default_factory=dict)
    """Where the part of time begins in which each value lies: by type, unit and time zone."""

    def kind(self, relation: Relation, column: str) -> Kind | None:
        return self.kinds.get((relation.oid, column))

    def pool(self, kind: Kind) -> list[str]:
        """Values that there are in the database, those of hidden rows too, for a caller may guess them."""
        return self.library.pool(kind)

    def rows_of(self, relation: Relation, answer: Sequence[Sequence[str | None]] | None) -> list[Row]:
        """What a function gave, as rows."""
        names = [column.name for column in relation.columns]
        found = []
        for place, texts in enumerate(answer or []):
            if any(text is not None for text in texts):
                known = dict(zip(names, texts, strict=True))
                found.append(Row(relation, place, self.seen(relation, known) or known))
        return found

    def seen(self, relation: Relation, texts: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The row of a table that is the same, with what its functions give; None where the caller sees none."""
        rows = self.rows.get(relation.oid, [])
        if relation.oid not in self._seen and rows:
            columns = [name for name in texts if name in rows[0].texts]
            self._seen[relation.oid] = columns, {tuple(row.texts[name] for name in columns): row for row in rows}
        columns, by_texts = self._seen.get(relation.oid, ([], {}))
        row = by_texts.get(tuple(texts[name] for name in columns))
        return None if row is None else row.texts


async def load(url: str, schema: GraphQLSchema, catalog: Catalog, who: Who) -> World:
    """Reads everything that a caller may read, over a connection of its own."""
    connection = await asyncpg.connect(url, user="postgres")
    try:
        return await read(connection, schema, catalog, who)
    finally:
        await connection.close()


async def read(connection: Any, schema: GraphQLSchema, catalog: Catalog, who: Who) -> World:
    """Reads everything that a caller may read, over a connection of postgres."""
    world = World(who, schema, Library(catalog))
    fields = [
        (type_.name, name, meaning)
        for type_ in schema.type_map.values()
        if not type_.name.startswith("__")
        for name, definition in getattr(type_, "fields", {}).items()
        if (meaning := meaning_of(definition)) is not None
    ]
    for _, _, meaning in fields:
        if isinstance(meaning, RowField | ConnectionField | KeyField):
            world.relations[meaning.rows.type_name] = meaning.rows.relation
    await connection.execute("set timezone to 'UTC'; set intervalstyle to 'iso_8601'; set lc_monetary to 'C'")
    codecs = _codecs(catalog, world)
    for relation in catalog.relations.values():
        for row in await _rows(connection, relation, {}):
            for name, text in row.texts.items():
                world.library.add(codecs[relation.oid, name], text)
    for codec in codecs.values():
        world.library.add(codec, None)
    calls = {
        (type_name, name): meaning
        for type_name, name, meaning in fields
        if isinstance(meaning, ValueField) or (isinstance(meaning, RowField | ConnectionField) and meaning.rows.call)
    }
    for meaning in calls.values():
        codecs |= _call_codecs(meaning, world)
    await world.library.make(connection)  # for the arguments of calls
    await _ask(connection, world, catalog, calls, codecs)
    async with connection.transaction():
        await connection.execute("select set_config('request.jwt.claims', $1, true)", who.json)
        await connection.execute("select set_config('role', $1, true)", who.role)
        for relation in catalog.relations.values():
            cells = {
                asking.cell: asking
                for (type_name, _), known in world.askings.items()
                if (own := world.relations.get(type_name)) is not None and own.oid == relation.oid
                for asking in known
            }
            world.rows[relation.oid] = await _rows(connection, relation, cells)
    _forget_unseen(world)
    await _truncate(connection, world)
    return world


def _forget_unseen(world: World) -> None:
    """Forgets calls that give rows which the caller does not see otherwise, so that not all is known of them."""
    for (type_name, _), known in world.askings.items():
        for asking in list(known):
            if isinstance(asking.meaning, ValueField) or asking.meaning.rows.relation.oid not in world.rows:
                continue
            own = world.relations.get(type_name)
            answers = [row.texts[asking.cell] for row in world.rows[own.oid]] if own else [world.called[asking.cell]]
            relation = asking.meaning.rows.relation
            rows = [row for answer in answers for row in world.rows_of(relation, answer)]
            if not all(world.seen(relation, row.texts) for row in rows):
                known.remove(asking)


def _codecs(catalog: Catalog, world: World) -> dict[tuple[int, str], Codec]:
    types = Types(catalog, Claims("the types", Report(), specified_scalar_types), Report())
    return {
        (relation.oid, column.name): types.column(column)
        for relation in catalog.relations.values()
        for column in relation.columns
    }


def _call_codecs(meaning: Any, world: World) -> dict[tuple[int, str], Codec]:
    """Takes note of the types that a call takes and gives; the codecs of the columns of its own."""
    call = meaning.call if isinstance(meaning, ValueField) else meaning.rows.call
    for parameter in call.parameters:
        world.library.add(parameter.codec, None)
    if isinstance(meaning, ValueField):
        world.library.add(meaning.codec, None)
        return {}
    for _, codec in meaning.rows.record:
        world.library.add(codec, None)
    return {(meaning.rows.relation.oid, name): codec for name, codec in meaning.rows.record}


async def _ask(
    connection: Any,
    world: World,
    catalog: Catalog,
    calls: dict[tuple[str, str], Any],
    codecs: dict[tuple[int, str], Codec],
) -> None:
    """Finds calls that go well, and makes kinds of all that they give."""
    planned = {key: askings(meaning, world.library) for key, meaning in calls.items()}
    async with connection.transaction():
        await connection.execute("select set_config('request.jwt.claims', $1, true)", world.who.json)
        await connection.execute("select set_config('role', $1, true)", world.who.role)
        for type_name, name in calls:
            relation = world.relations.get(type_name)
            for asking in planned[type_name, name]:
                table = f" from {quoted(relation.schema, relation.name)} as t" if relation is not None else ""
                query = f"select {asking.expression('t' if relation else None)}{table}"
                try:
                    async with connection.transaction():
                        answers = [row[0] for row in await connection.fetch(query)]
                except asyncpg.PostgresError:
                    continue  # a call that fails
                world.askings.setdefault((type_name, name), []).append(asking)
                for answer in answers:
                    _note(world, asking, answer, codecs)
                if relation is None:
                    world.called[asking.cell] = answers[0]
    await world.library.make(connection)
    for key, codec in codecs.items():
        if (kind := world.library.kind(codec)) is not None:
            world.kinds[key] = kind
    for (type_name, _), known in world.askings.items():
        for asking in known:
            if isinstance(asking.meaning, ValueField) and (kind := world.library.kind(asking.meaning.codec)):
                relation = world.relations.get(type_name)
                world.kinds[relation.oid if relation else 0, asking.cell] = kind


def _note(world: World, asking: Asking, answer: Any, codecs: dict[tuple[int, str], Codec]) -> None:
    if isinstance(asking.meaning, ValueField):
        for text in answer if asking.shape == "values" else [answer]:
            world.library.add(asking.meaning.codec, text)
        return
    relation = asking.meaning.rows.relation
    for row in world.rows_of(relation, answer):
        for name, text in row.texts.items():
            world.library.add(codecs[relation.oid, name], text)


async def _truncate(connection: Any, world: World) -> None:
    for type_ in ("date", "timestamp", "timestamptz"):
        texts = list(world.library.texts.get(type_, {}))
        for unit in _UNITS if texts else ():
            for zone in _ZONES if type_ == "timestamptz" else ("UTC",):
                form = f"date_trunc('{unit}', v::{type_}, '{zone}')"
                if type_ != "timestamptz":
                    form = f"date_trunc('{unit}', v::timestamp)::{type_}"
                query = words("select v, (", form, ")::text from unnest($1::text[]) as v")
                try:
                    rows = await connection.fetch(query, texts)
                except asyncpg.DatetimeFieldOverflowError:
                    continue  # a date that no timestamp reaches
                world.truncated[type_, unit, zone] = dict(tuple(row) for row in rows)


async def _rows(connection: Any, relation: Relation, cells: Mapping[str, Asking]) -> list[Row]:
    """The rows that the session may read, as text forms, of the columns that it may read; none where it may not."""
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
    values = [text_of(f"t.{quoted(column)}") for column in columns]
    values += [asking.expression("t") for asking in cells.values()]
    names = [*columns, *cells]
    query = words("select", ", ".join(values), "from", quoted(relation.schema, relation.name), "as t")
    return [
        Row(relation, place, dict(zip(names, record.values(), strict=True)))
        for place, record in enumerate(await connection.fetch(query))
    ]
