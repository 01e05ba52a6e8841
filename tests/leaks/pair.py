"""Two databases that agree on what a caller sees, and differ in what the caller does not."""

from __future__ import annotations

from random import Random
from typing import Any

import asyncpg

from gatepost.catalog import Relation
from tests.differential.calls import text_of
from tests.differential.library import quoted, words
from tests.differential.world import World
from tests.leaks.making import Making, Table

Seen = dict[str, list[tuple[Any, ...]]]
_TRIED = 12


class _Seen(Exception):
    """The caller would see it."""


async def seen(connection: Any, world: World) -> Seen:
    """What plain SQL shows to the caller: all rows of all relations, and what functions give of them, in any order."""
    found: Seen = {}
    async with connection.transaction():
        await connection.execute("select set_config('request.jwt.claims', $1, true)", world.who.json)
        await connection.execute("select set_config('role', $1, true)", world.who.role)
        for oid, rows in world.rows.items():
            if rows:
                relation = world.library.catalog.relations[oid]
                found[relation.name] = await _rows(connection, world, relation)
            elif may := _readable(world, oid):
                found[may.name] = await _rows(connection, world, may)
        for (type_name, _), known in world.askings.items():
            if type_name not in world.relations:
                for asking in known:
                    answer = await connection.fetchval(words("select", asking.expression(None)))
                    found[asking.cell] = [(_sorted(answer),)]
        await connection.execute("reset role")
    return found


def _readable(world: World, oid: int) -> Relation | None:
    relation = world.library.catalog.relations[oid]
    return relation if any(world.who.role in column.select for column in relation.columns) else None


async def _rows(connection: Any, world: World, relation: Relation) -> list[tuple[Any, ...]]:
    values = [text_of(f"t.{quoted(c.name)}") for c in relation.columns if world.who.role in c.select]
    for (type_name, _), known in world.askings.items():
        if (own := world.relations.get(type_name)) is not None and own.oid == relation.oid:
            values += [asking.expression("t") for asking in known]
    query = words("select", ", ".join(values), "from", quoted(relation.schema, relation.name), "as t")
    return sorted((tuple(_sorted(value) for value in row) for row in await connection.fetch(query)), key=repr)


def _sorted(value: Any) -> Any:
    """The rows that a function gives come in any order."""
    return sorted(value, key=repr) if isinstance(value, list) else value


class Pair:
    """Makes one database differ from another in what `world`, the caller's, does not show."""

    def __init__(self, making: Making, random: Random, world: World, admin: World) -> None:
        self._making = making
        self._random = random
        self._world = world
        self._hidden = {table.name: self._keys_hidden(table, admin) for table in making.tables}

    def _keys_hidden(self, table: Table, admin: World) -> list[tuple[str, ...]]:
        def keys(world: World) -> list[tuple[str, ...]]:
            relation = next(r for r in world.library.catalog.relations.values() if r.name == table.name)
            return [tuple(row.texts[name] for name in table.key) for row in world.rows[relation.oid]]

        visible = set() if table.hidden else set(keys(self._world))
        return [key for key in keys(admin) if key not in visible]

    async def differ(self, connection: Any) -> int:
        """Changes what is hidden, over a connection of postgres to the other database. How much of it."""
        expected = await seen(connection, self._world)
        done = 0
        for _ in range(_TRIED):
            table = self._random.choice(self._making.tables)
            statement = self._change(table)
            if statement is None:
                continue
            try:
                async with connection.transaction():
                    await connection.execute(statement)
                    if await seen(connection, self._world) != expected:
                        raise _Seen
            except (asyncpg.PostgresError, _Seen):
                continue
            done += 1
        return done

    def _change(self, table: Table) -> str | None:
        """A change of a hidden row or of a hidden column."""
        name, hidden = f"leaks.{table.name}", self._hidden[table.name]
        changing = [column for column in table.columns if column.name not in table.key and column.makes != "made"]
        secret = [column for column in changing if column.secret]
        if secret and (not hidden or self._random.random() < 0.3):
            keys = [tuple(row[part] for part in table.key) for row in table.rows]
            value = f"{secret[0].name} = {self._value(secret[0])}"
            return words("update", name, "set", value, "where", self._of(table, keys))
        if not hidden or not changing:
            return None
        draw = self._random.random()
        if draw < 0.25:
            return words("delete from", name, "where", self._of(table, hidden))
        if draw < 0.4 and table.key == ("id",):
            columns = [column for column in changing if "unique" not in column.definition and not column.secret]
            names = ", ".join(column.name for column in columns)
            cells = ", ".join(column.name if column.makes != "text" else self._value(column) for column in columns)
            secrets = "".join(f", {column.name}" for column in secret)
            values = "".join(f", {self._value(column)}" for column in secret)
            of = words("from", name, "where", self._of(table, hidden))
            copied = f"{self._making.number()}, {cells}{values}"
            return words("insert into", name, f"(id, {names}{secrets})", "select", copied, of)
        chosen = self._random.sample(changing, min(len(changing), self._random.randrange(1, 4)))
        sets = ", ".join(f"{column.name} = {self._value(column)}" for column in chosen)
        return words("update", name, "set", sets, "where", self._of(table, hidden))

    def _of(self, table: Table, keys: list[tuple[str, ...]]) -> str:
        key = self._random.choice(keys)
        return " and ".join(f"{part} = {value}" for part, value in zip(table.key, key, strict=True))

    def _value(self, column: Any) -> str:
        """A new value; what refers to rows refers to any of them."""
        for table in self._making.tables:
            if table.name == column.makes:
                return self._random.choice([row["id"] for row in table.rows])
        return self._making.literal(column.makes)
