"""Leaks that were found, each by what leaked."""

from __future__ import annotations

from collections.abc import AsyncIterator

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
grant select, update, delete on findings.notes to findings_guest;
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
