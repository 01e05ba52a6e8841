"""Reads pg_catalog in eight statements, whatever the size of the database.

Data comes from the SQL files in `queries/`; it goes to `gatepost.schema` as one `Catalog`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import TypeVar

import asyncpg

from gatepost.catalog.model import (
    Argument,
    Attribute,
    Catalog,
    Check,
    Column,
    ForeignKey,
    Function,
    Index,
    Key,
    Policy,
    Relation,
    Type,
)
from gatepost.catalog.overloads import told_apart
from gatepost.dsn import SESSION, for_driver
from gatepost.errors import SetUpError

T = TypeVar("T")


@cache
def _query(name: str) -> str:
    return (files("gatepost.catalog") / "queries" / f"{name}.sql").read_text(encoding="utf-8")


def _grouped(rows: Iterable[asyncpg.Record], build: Callable[[asyncpg.Record], T]) -> dict[int, tuple[T, ...]]:
    groups: dict[int, list[T]] = defaultdict(list)
    for row in rows:
        groups[row["relation"]].append(build(row))
    return {relation: tuple(items) for relation, items in groups.items()}


def _column(row: asyncpg.Record) -> Column:
    return Column(
        name=row["name"],
        number=row["number"],
        type=row["type"],
        dimensions=row["dimensions"],
        not_null=row["not_null"],
        has_default=row["has_default"],
        identity=row["identity"],
        generated=row["generated"],
        comment=row["comment"],
        select=frozenset(row["select"]),
        insert=frozenset(row["insert"]),
        update=frozenset(row["update"]),
        deterministic=row["deterministic"],
        search=row["search"],
        domain_not_null=row["domain_not_null"],
    )


def _key(row: asyncpg.Record) -> Key:
    return Key(row["name"], tuple(row["columns"]), row["kind"] == "p", row["comment"], row["deferrable"])


def _foreign_key(row: asyncpg.Record) -> ForeignKey:
    return ForeignKey(
        row["name"], tuple(row["columns"]), row["referenced"], tuple(row["referenced_columns"]), row["comment"]
    )


def _all_keys(keys: tuple[Key, ...], indexes: tuple[Index, ...]) -> tuple[Key, ...]:
    """The keys that are constraints, and those that are unique indexes of all rows alone.

    Of several on the same columns the primary one stands for all. It is `deferrable` where any of them is: ON CONFLICT
    takes all of them, and refuses that one (`ExecCheckIndexConstraints` in Postgres' execIndexing.c).
    """
    found: dict[tuple[str, ...], Key] = {}
    for key in sorted(keys, key=lambda key: not key.primary):
        found.setdefault(key.columns, key)
    for index in indexes:
        columns = tuple(column for column in index.columns if column is not None)
        if index.unique and not index.partial and len(columns) == len(index.columns):
            found.setdefault(columns, Key(index.name, columns, False, None))
    deferrable = {frozenset(key.columns) for key in keys if key.deferrable}
    return tuple(replace(key, deferrable=frozenset(key.columns) in deferrable) for key in found.values())


def _index(row: asyncpg.Record) -> Index:
    return Index(row["name"], tuple(row["columns"]), row["unique"], row["partial"], row["method"])


def _policy(row: asyncpg.Record) -> Policy:
    return Policy(row["name"], row["command"], row["permissive"], tuple(row["roles"]), row["using"], row["check"])


def _function(row: asyncpg.Record) -> Function:
    types: list[int] = row["argument_types"]
    modes: list[str] = row["argument_modes"] or ["i"] * len(types)
    names: list[str] = row["argument_names"] or [""] * len(types)
    inputs = [place for place, mode in enumerate(modes) if mode in "ibv"]
    with_default = set(inputs[len(inputs) - row["defaults"] :])
    defaults: list[str | None] = row["default_expressions"] or [None] * len(types)
    return Function(
        oid=row["oid"],
        schema=row["schema"],
        name=row["name"],
        signature=row["signature"],
        arguments=tuple(
            Argument(names[place], types[place], modes[place], place in with_default, defaults[place])
            for place in range(len(types))
        ),
        returns=row["returns"],
        returns_set=row["returns_set"],
        rows=row["rows"],
        volatility=row["volatility"],
        strict=row["strict"],
        language=row["language"],
        security_definer=row["security_definer"],
        configured=row["configured"],
        source=row["source"],
        aggregates=frozenset(row["aggregates"]),
        comment=row["comment"],
        execute=frozenset(row["execute"]),
        procedure=row["procedure"],
    )


def _type(row: asyncpg.Record) -> Type:
    return Type(
        oid=row["oid"],
        schema=row["schema"],
        name=row["name"],
        kind=row["kind"],
        category=row["category"],
        element=row["element"],
        base=row["base"],
        not_null=row["not_null"],
        has_default=row["has_default"],
        dimensions=row["dimensions"],
        relation=row["relation"],
        labels=tuple(row["labels"]),
        range_of=row["range_of"],
        comparison=row["comparison"],
        decimal_point=row["decimal_point"],
        attributes=tuple(
            Attribute(*attribute)
            for attribute in zip(
                row["attribute_names"] or (),
                row["attribute_types"] or (),
                row["attribute_dimensions"] or (),
                row["attribute_comments"] or (),
                strict=True,
            )
        ),
        row=row["row"],
        comment=row["comment"],
    )


async def read(connection: asyncpg.Connection, schemas: Sequence[str], roles: Sequence[str]) -> Catalog:
    """Reads what `schemas` hold, and which of the API's `roles` may do what with it, in one snapshot.

    Any role may call this: pg_catalog is public. Raises `asyncpg.UndefinedObjectError` where a role does not exist.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        # Compiling these statements takes longer than running them.
        await connection.execute("set local jit = off")
        version = connection.get_server_version().major
        relations = await connection.fetch(_query("relations"), schemas, roles)
        oids = [row["oid"] for row in relations]
        columns = _grouped(await connection.fetch(_query("columns"), oids, roles), _column)
        constraints = await connection.fetch(_query("constraints"), oids)
        keys = _grouped((row for row in constraints if row["kind"] in "pu"), _key)
        foreign_keys = _grouped((row for row in constraints if row["kind"] == "f"), _foreign_key)
        checks = _grouped(
            (row for row in constraints if row["kind"] in "cx"), lambda row: Check(row["name"], tuple(row["columns"]))
        )
        indexes = _grouped(await connection.fetch(_query("indexes"), oids), _index)
        policies = _grouped(await connection.fetch(_query("policies"), oids), _policy)
        rows = await connection.fetch(_query("functions"), schemas, roles)
        own = {row["oid"] for row in rows if row["own"]}
        row_types = {row["row_type"] for row in relations}
        functions = tuple(item for item in told_apart([_function(row) for row in rows], row_types) if item.oid in own)
        types = await connection.fetch(_query("types"), _types_in_use(relations, columns, functions))
        there = {row["name"]: row["relations"] for row in await connection.fetch(_query("schemas"))}
    return Catalog(
        version=version,
        schemas=tuple(schemas),
        roles=tuple(roles),
        types={row["oid"]: _type(row) for row in types},
        relations={
            row["oid"]: Relation(
                oid=row["oid"],
                schema=row["schema"],
                name=row["name"],
                kind=row["kind"],
                row_type=row["row_type"],
                row_security=row["row_security"],
                inherited=row["inherited"],
                comment=row["comment"],
                select=frozenset(row["select"]),
                insert=frozenset(row["insert"]),
                update=frozenset(row["update"]),
                delete=frozenset(row["delete"]),
                columns=columns.get(row["oid"], ()),
                keys=_all_keys(keys.get(row["oid"], ()), indexes.get(row["oid"], ())),
                foreign_keys=foreign_keys.get(row["oid"], ()),
                indexes=indexes.get(row["oid"], ()),
                policies=policies.get(row["oid"], ()),
                checks=checks.get(row["oid"], ()),
            )
            for row in relations
        },
        functions=functions,
        unexposed=tuple((name, count) for name, count in there.items() if count and name not in schemas),
        unknown=tuple(name for name in schemas if name not in there and not name.startswith("pg_")),
    )


def _types_in_use(
    relations: Iterable[asyncpg.Record], columns: dict[int, tuple[Column, ...]], functions: Iterable[Function]
) -> list[int]:
    used = {row["row_type"] for row in relations}
    used.update(column.type for group in columns.values() for column in group)
    for function in functions:
        used.add(function.returns)
        used.update(argument.type for argument in function.arguments)
    return sorted(used)


async def read_from(url: str, schemas: Sequence[str], roles: Sequence[str]) -> Catalog:
    """Reads a database over a connection of its own. Raises SetUpError where it cannot, or there is no such role."""
    try:
        connection = await asyncpg.connect(for_driver(url), server_settings={**SESSION, "statement_timeout": "0"})
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise SetUpError(f"cannot connect to the database: {error or type(error).__name__}") from None
    try:
        known = await connection.fetch("select rolname from pg_catalog.pg_roles where rolname = any ($1)", roles)
        if missing := set(roles) - {row["rolname"] for row in known}:
            raise SetUpError(f"there is no database role {', '.join(sorted(missing))}")
        return await read(connection, schemas, roles)
    finally:
        await connection.close()
