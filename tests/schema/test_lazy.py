"""Types that are made when they are named: it makes no difference which comes first, and each is found by its name."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, execute_sync, get_introspection_query, parse, print_type

from gatepost.catalog import Catalog
from gatepost.schema.build import SCHEMA, build, build_for
from gatepost.schema.families import ALONG, ENDINGS
from tests.api import Api, CreateDatabase, opened

COLLISIONS = (Path(__file__).parent / "collisions.sql").read_text()
# Whatever is made first, one of each of these pairs is called otherwise: things, values, averages, an edge.
CLASHES = """
do $$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'clashes_reader') then
        create role clashes_reader nologin;
    end if;
end
$$;
create schema clashes;
grant usage on schema clashes to clashes_reader;
create table clashes.item (id int primary key, amount int, tag_id int);
create table clashes.item_value (id int primary key, item_id int references clashes.item);
create table clashes."item_Values" (id int primary key, amount int);
create table clashes."item_Aggregates" (id int primary key, amount int);
create table clashes.item_filter (id int primary key);
create table clashes.other (id int primary key);
grant select, insert, update, delete on all tables in schema clashes to clashes_reader;
"""


@pytest.fixture(scope="module", params=["collisions", "clashes"])
async def catalog(request: pytest.FixtureRequest, create_database: CreateDatabase) -> AsyncIterator[Catalog]:
    script, schemas = {"collisions": (COLLISIONS, ("one", "two")), "clashes": (CLASHES, ("clashes",))}[request.param]
    url = await create_database(script)
    async with opened(url, schemas=schemas, anonymous_role=f"{request.param}_reader") as api:
        yield api.gateway.engine.roles.catalog


def printed(schema: GraphQLSchema, name: str) -> str:
    type_ = schema.get_type(name)
    assert type_ is not None, name
    return print_type(type_)


@pytest.mark.parametrize("seed", range(5))
def test_the_order_in_which_types_are_named_changes_nothing(catalog: Catalog, seed: int) -> None:
    whole = build(catalog).whole()
    names = sorted(whole.type_map, key=lambda name: hashlib.sha256(f"{seed} {name}".encode()).digest())
    schema = build(catalog).schema
    assert {name: printed(schema, name) for name in names} == {name: printed(whole, name) for name in names}


def test_a_role_sees_the_names_that_all_see_whatever_was_named_before(catalog: Catalog) -> None:
    api = build(catalog)
    (role,) = catalog.roles
    own = build_for(role, catalog, api).whole()
    assert {*own.type_map} == {*api.whole().type_map}


def test_names_that_are_taken_late_are_foreseen(catalog: Catalog) -> None:
    """Else which of two things gets a name could depend on who asks first: a new ending belongs in ENDINGS."""
    api = build(catalog)
    before = {*api.report.taken[SCHEMA]}
    api.whole()
    late = {*api.report.taken[SCHEMA]} - before
    assert late
    assert [name for name in late if not name.endswith((*ENDINGS, *ALONG))] == []


async def test_each_type_is_found_in_a_schema_of_which_nothing_was_asked_yet(shop: Api) -> None:
    catalog = shop.gateway.engine.roles.catalog
    whole = build(catalog).whole()
    of_people = [name for name in whole.type_map if name.startswith(("Person", "CreatePerson", "UpdatePerson"))]
    of_none = ["Mood", "MoodFilter", "BigIntFilter", "DecimalFilter", "OrderDirection", "GroupByTime", "__Type"]
    assert len(of_people) > 40
    for name in of_people + of_none:
        assert printed(build(catalog).schema, name) == printed(whole, name)
    assert build(catalog).schema.get_type("PersonNobody") is None


async def test_introspection_says_what_graphql_core_would_say(shop: Api) -> None:
    whole = shop.gateway.engine.roles.whole.whole()
    role = next(role for role in sorted(shop.gateway.engine.roles.catalog.roles))
    own = build_for(role, shop.gateway.engine.roles.catalog, shop.gateway.engine.roles.whole).whole()
    assert {*own.type_map} < {*whole.type_map}
    for query in (
        get_introspection_query(specified_by_url=True, input_value_deprecation=True),
        """query ($deep: Boolean = true, $old: Boolean = true, $name: String! = "Person") {
             a: __type(name: $name) { __typename kind ...T fields(includeDeprecated: $old) { name ...F } }
             b: __type(name: "Nobody") { name } c: __type(name: "Mood") { enumValues { name description } }
             __schema { types { name @skip(if: $deep) kind description possibleTypes { name } interfaces { name } } }
           }
           fragment T on __Type { plain: fields { name } inputFields { name } name @include(if: $deep) }
           fragment F on __Field { args { name type { ...W } defaultValue } type { ...W } isDeprecated }
           fragment W on __Type { kind name ofType { kind name ofType { kind name ofType { name } } } }""",
    ):
        expected = execute_sync(own, parse(query))
        assert expected.errors is None
        assert unordered(await shop.data(query, role=role)) == unordered(expected.data)


def unordered(data: Any) -> Any:
    """The data with what implements an interface in the order of names, which no specification fixes."""
    for type_ in data["__schema"]["types"]:
        if type_["possibleTypes"]:
            type_["possibleTypes"].sort(key=lambda possible: possible["name"])
    return data
