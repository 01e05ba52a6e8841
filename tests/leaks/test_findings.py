"""Leaks that were found, each by what leaked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import product

import pytest

from tests.api import Api, CreateDatabase, opened

NOTES = """
do $$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'findings_gateway') then
        create role findings_guest nologin;
        create role findings_gateway login noinherit;
        grant findings_guest to findings_gateway;
    end if;
end
$$;
create schema findings;
grant usage on schema findings to findings_guest;

create table findings.notes (
  id    int primary key,
  shown boolean not null,
  label text unique,
  size  int not null default 0
);
insert into findings.notes values (1, true, 'a'), (2, false, 'b'), (3, false, 'c');
alter table findings.notes enable row level security;
create policy shown on findings.notes for select using (shown);
create policy changed on findings.notes for update using (true);
create policy deleted on findings.notes for delete using (true);
create policy added on findings.notes for insert with check (true);
grant select, insert, update, delete on findings.notes to findings_guest;
"""


@pytest.fixture
async def notes(create_database: CreateDatabase) -> AsyncIterator[Api]:
    url = await create_database(NOTES, user="findings_gateway")
    async with opened(url, schemas=("findings",), anonymous_role="findings_guest", pool_size=2) as api:
        yield api


@pytest.mark.parametrize("selected", ["count", "__typename", "query { notes { totalCount } }", "notes { id }"])
async def test_an_update_of_all_rows_leaves_hidden_ones_alone_whatever_is_selected(notes: Api, selected: str) -> None:
    update = f"mutation {{ updateNotes(input: {{all: true, patch: {{size: 5}}}}) {{ {selected} }} }}"
    data = await notes.data(update, role="findings_guest")
    assert data["updateNotes"].get("count", 1) == 1
    assert await notes.sql("select id, size from findings.notes order by id") == [(1, 5), (2, 0), (3, 0)]


@pytest.mark.parametrize("selected", ["count", "__typename", "query { notes { totalCount } }", "notes { id }"])
async def test_a_deletion_of_all_rows_leaves_hidden_ones_alone_whatever_is_selected(notes: Api, selected: str) -> None:
    delete = f"mutation {{ deleteNotes(input: {{all: true}}) {{ {selected} }} }}"
    data = await notes.data(delete, role="findings_guest")
    assert data["deleteNotes"].get("count", 1) == 1
    assert await notes.sql("select id from findings.notes order by id") == [2, 3]


async def test_at_most_counts_no_hidden_rows(notes: Api) -> None:
    update = "mutation { updateNotes(input: {all: true, patch: {size: 5}, atMost: 1}) { count } }"
    assert await notes.data(update, role="findings_guest") == {"updateNotes": {"count": 1}}
    update = update.replace("atMost: 1", "atMost: 0")
    reply = await notes.reply(update, role="findings_guest")
    assert reply.errors[0]["extensions"] == {"count": 1, "code": "TOO_MANY_ROWS"}


async def test_an_upsert_leaves_a_hidden_row_alone_and_tells_only_that_its_key_is_taken(notes: Api) -> None:
    """A policy for updates would let it through."""
    updates, results = ("", "update: []", "update: [size]"), ("__typename", "note { id label size }")
    for key, update, selected, shown in product(("id", "label"), updates, results, ("true", "false")):
        row = f'{{id: 2, shown: {shown}, label: "b", size: 7}}'
        upsert = f"mutation {{ upsertNote(input: {{note: {row}, onConflict: {key}, {update}}}) {{ {selected} }} }}"
        reply = await notes.reply(upsert, role="findings_guest")
        if "errors" in reply.body:
            assert reply.code in ("FORBIDDEN", "UNIQUE_VIOLATION"), upsert
        else:
            assert update == "update: []"
            assert reply.body["data"]["upsertNote"] in ({"note": None}, {"__typename": "UpsertNotePayload"})
    assert await notes.sql("select shown, label, size from findings.notes where id = 2") == [(False, "b", 0)]
