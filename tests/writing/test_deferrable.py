"""A deferrable key tells nothing of a conflict (Postgres manual, INSERT), so that no upsert goes by it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.api import Api, CreateDatabase, opened

TABLES = """
do $$
begin
    if not exists (select from pg_roles where rolname = 'deferrable_writer') then
        create role deferrable_writer nologin;
        create role deferrable_gateway login noinherit;
        grant deferrable_writer to deferrable_gateway;
    end if;
end $$;
create schema lane;
create table lane.cars (
    id    integer primary key,
    place integer unique deferrable,
    plate text unique,
    label text
);
create table lane.twice (
    id    integer primary key,
    a     integer not null,
    b     integer not null,
    label text,
    constraint again unique (id),
    unique (a, b),
    unique (b, a) deferrable
);
create table lane.late (id integer primary key deferrable initially deferred, label text);
grant usage on schema lane to deferrable_writer;
grant select, insert, update on all tables in schema lane to deferrable_writer;
"""


@pytest.fixture(scope="module")
async def lane(create_database: CreateDatabase) -> AsyncIterator[Api]:
    url = await create_database(TABLES, user="deferrable_gateway")
    async with opened(url, schemas=("lane",), anonymous_role="deferrable_writer", pool_size=1) as api:
        yield api


async def test_only_the_other_keys_can_be_gone_by(lane: Api) -> None:
    data = await lane.data(
        """{ cars: __type(name: "CarKey") { enumValues { name } }
             twice: __type(name: "TwiceKey") { enumValues { name } }
             late: __type(name: "LateKey") { name } mutation: __type(name: "Mutation") { fields { name } } }""",
        role="deferrable_writer",
    )
    assert data["cars"] == {"enumValues": [{"name": "id"}, {"name": "plate"}]}
    assert data["twice"] == {"enumValues": [{"name": "id"}]}, "ON CONFLICT (a, b) would take that of (b, a) as well"
    assert data["late"] is None
    assert "upsertLate" not in {field["name"] for field in data["mutation"]["fields"]}


async def test_upserts_by_them(lane: Api) -> None:
    for label in ("first", "second"):
        data = await lane.data(
            """mutation ($l: String) {
                 upsertCar(input: { car: { id: 1, place: 1, plate: "P", label: $l }, onConflict: plate }) {
                   car { label } }
                 upsertTwice(input: { twice: { id: 1, a: 1, b: 1, label: $l }, onConflict: id }) {
                   twice { label } } }""",
            {"l": label},
            role="deferrable_writer",
        )
        assert data == {"upsertCar": {"car": {"label": label}}, "upsertTwice": {"twice": {"label": label}}}


async def test_rows_are_found_and_changed_by_every_key(lane: Api) -> None:
    data = await lane.data(
        """mutation {
             createLate(input: { late: { id: 1, label: "old" } }) { late { id } }
             updateLate(input: { id: 1, patch: { label: "new" } }) { late { label } query { late(id: 1) { label } } }
             createCar(input: { car: { id: 7, place: 7, plate: "Q" } }) { query { carByPlace(place: 7) { id } } } }""",
        role="deferrable_writer",
    )
    assert data["updateLate"] == {"late": {"label": "new"}, "query": {"late": {"label": "new"}}}
    assert data["createCar"] == {"query": {"carByPlace": {"id": 7}}}
