"""What is read of a database: facts as the Postgres manual names them, for the roles of an API."""

from __future__ import annotations

import asyncpg
import pytest

from gatepost.catalog import Catalog, Function, Relation, read
from tests.api import SHOP, CreateDatabase

ROLES = ("shop_anonymous", "shop_member")


@pytest.fixture(scope="module")
async def catalog(create_database: CreateDatabase) -> Catalog:
    connection = await asyncpg.connect(await create_database(SHOP))
    try:
        return await read(connection, ("shop",), ROLES)
    finally:
        await connection.close()


def relation(catalog: Catalog, name: str) -> Relation:
    (found,) = (relation for relation in catalog.relations.values() if relation.name == name)
    return found


def function(catalog: Catalog, name: str) -> Function:
    (found,) = (function for function in catalog.functions if function.name == name)
    return found


async def test_what_is_read_and_what_is_not(catalog: Catalog) -> None:
    assert catalog.schemas == ("shop",)
    assert catalog.roles == ROLES
    assert {relation.schema for relation in catalog.relations.values()} == {"shop"}
    names = {function.name for function in catalog.functions if function.execute}
    assert {"greet", "create_person", "people_title"} <= names
    assert "secret_power" not in names, "nobody may execute it"
    assert not any("citext" in name for name in names), "an extension's functions are not the database's own"


async def test_keys_foreign_keys_and_indexes(catalog: Catalog) -> None:
    orders, invoices = relation(catalog, "orders"), relation(catalog, "invoices")
    assert orders.primary_key is not None
    assert orders.primary_key.columns == ("shop_id", "number")
    assert {key.columns for key in invoices.keys} == {("id",), ("shop_id", "number")}
    (key,) = invoices.foreign_keys
    assert (key.columns, key.referenced, key.referenced_columns) == (
        ("shop_id", "number"),
        orders.oid,
        ("shop_id", "number"),
    )
    assert {(index.columns, index.unique) for index in orders.indexes} == {
        (("shop_id", "number"), True),
        (("buyer_id",), False),
    }


async def test_columns_and_their_privileges(catalog: Catalog) -> None:
    accounts = relation(catalog, "accounts")
    may = {column.name: column.select for column in accounts.columns}
    assert may["owner"] == frozenset(ROLES)
    assert may["balance"] == frozenset({"shop_member"})
    assert may["password"] == frozenset()
    assert accounts.select == frozenset()
    people = relation(catalog, "people")
    assert (people.select, people.insert, people.delete) == (
        frozenset(ROLES),
        frozenset({"shop_member"}),
        frozenset(),
    )
    column = people.by_name["id"]
    assert (column.identity, column.not_null, column.has_default) == ("a", True, False)
    assert people.by_name["hidden"].has_default
    assert people.by_name["name"].comment == "What they are called."


async def test_row_level_security(catalog: Catalog) -> None:
    people = relation(catalog, "people")
    assert people.row_security
    policies = {policy.name: policy for policy in people.policies}
    assert set(policies) == {"people_read", "people_add", "people_edit"}
    assert policies["people_read"].roles == ROLES
    assert (policies["people_read"].command, policies["people_read"].check) == ("r", None)
    assert "viewer()" in (policies["people_read"].using or "")
    assert not relation(catalog, "products").row_security


async def test_types_reach_down_to_what_they_are_made_of(catalog: Catalog) -> None:
    products = relation(catalog, "products")
    moods = catalog.types[products.by_name["moods"].type]
    assert moods.is_array
    assert moods.element is not None
    assert catalog.types[moods.element].labels == ("sad", "ok", "happy")
    code = catalog.types[products.by_name["code"].type]
    assert (code.kind, code.schema) == ("d", "shop")
    assert code.base is not None
    assert catalog.types[code.base].name == "text"


async def test_functions(catalog: Catalog) -> None:
    greet = function(catalog, "greet")
    assert [(argument.name, argument.has_default) for argument in greet.inputs] == [("name", True), ("times", True)]
    assert (greet.volatility, greet.returns_set, greet.comment) == ("i", False, "Says hello.")
    create = function(catalog, "create_person")
    assert [argument.has_default for argument in create.inputs] == [False, True, True]
    assert create.returns == relation(catalog, "people").row_type
    assert create.execute == frozenset(ROLES)
    assert function(catalog, "create_people").execute == frozenset({"shop_member"})
    count = function(catalog, "people_order_count")
    assert (count.returns_set, count.rows, count.volatility) == (True, 1, "s")


async def test_a_role_that_is_not_there(create_database: CreateDatabase) -> None:
    connection = await asyncpg.connect(await create_database(SHOP))
    try:
        with pytest.raises(asyncpg.UndefinedObjectError):
            await read(connection, ("shop",), ("nobody_at_all",))
    finally:
        await connection.close()


async def test_partitions_are_part_of_their_table(create_database: CreateDatabase) -> None:
    url = await create_database(
        """create table public.days (day date primary key) partition by range (day);
           create table public.days_2024 partition of public.days for values from ('2024-01-01') to ('2025-01-01');"""
    )
    connection = await asyncpg.connect(url)
    try:
        found = await read(connection, ("public",), ("postgres",))
    finally:
        await connection.close()
    assert [(relation.name, relation.kind) for relation in found.relations.values()] == [("days", "p")]


async def test_a_foreign_table_whose_wrapper_has_no_handler_and_a_view_of_it_take_nothing(
    create_database: CreateDatabase,
) -> None:
    url = await create_database(
        """create foreign data wrapper hollow;
           create server nowhere foreign data wrapper hollow;
           create foreign table public.far (id integer) server nowhere;
           create view public.further as select id from public.far;
           create view public.furthest as select id from public.further;
           create table public.near (id integer);"""
    )
    connection = await asyncpg.connect(url)
    try:
        found = await read(connection, ("public",), ("postgres",))
    finally:
        await connection.close()
    granted = {item.name: (item.select, item.insert) for item in found.relations.values()}
    somebody, nobody = frozenset({"postgres"}), frozenset[str]()
    assert granted == {
        "far": (somebody, nobody),
        "further": (somebody, nobody),
        "furthest": (somebody, nobody),
        "near": (somebody, somebody),
    }
