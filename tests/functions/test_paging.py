"""Functions that page themselves: the same pages as of one that returns all, and what such a function is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from gatepost.doctor import OF_THE_API, examine
from gatepost.settings import Settings
from tests.api import Api, opened
from tests.conftest import CreateDatabase

ROLE = "paging_reader"
NOTES = """
do $$
begin
    if not exists (select from pg_roles where rolname = 'paging_reader') then
        create role paging_reader nologin;
        create role paging_gateway login noinherit;
        grant paging_reader to paging_gateway;
    end if;
end $$;
create schema paging;
grant usage on schema paging to paging_reader;
create table paging.notes (id int primary key, author int not null, at int not null, hidden boolean not null);
create index on paging.notes (author, at desc, id desc);
insert into paging.notes
select i, i * 7 % 20, 1000 - i / 5, i % 11 = 0 from generate_series(1, 800) as i;
grant select on paging.notes to paging_reader;
alter table paging.notes enable row level security;
create policy notes_read on paging.notes using (not hidden);

-- The newest of each author, as many as the page has; the merge is the caller's.
create function paging.wall(lowest int, page_size int, after_at int, after_id int) returns setof paging.notes
language sql stable
as $$
  select n.*
    from generate_series(0, 19) as a (author)
   cross join lateral (
           select n.*
             from paging.notes as n
            where n.author = a.author
              and n.id >= lowest
              and (after_at is null or (n.at, n.id) < (after_at, after_id))
            order by n.at desc, n.id desc
            limit page_size
         ) as n
$$;
comment on function paging.wall(int, int, int, int) is '@orderBy at desc, id desc
@page page_size at=after_at id=after_id';
create function paging.plain(lowest int) returns setof paging.notes language sql stable
as $$ select n.* from paging.notes as n where n.id >= lowest $$;
comment on function paging.plain(int) is '@orderBy at desc, id desc';

-- What it is told, in rows of its own making.
create function paging.told(page_size bigint default 1, after_author int default 2, after_id int default 3)
returns setof paging.notes language sql stable
as $$
  select id, coalesce(after_author, -1), coalesce(page_size::int, -1), coalesce(after_id, -1) <> -1
    from generate_series(4, 9) as id
$$;
comment on function paging.told is '@page page_size author=after_author id=after_id
@orderBy author';
create function paging.notes_near(note paging.notes, page_size int, after_id int)
returns setof paging.notes language sql stable rows 100
as $$
  select n.* from paging.notes as n
   where n.author = note.author and (after_id is null or n.id > after_id) order by n.id limit page_size
$$;
comment on function paging.notes_near is '@orderBy id
@page page_size id=after_id';

create view paging.authors as select distinct author as id, null::text as name from paging.notes;
comment on view paging.authors is '@primaryKey id';
grant select on paging.authors to paging_reader;
-- Here a page may begin behind a null.
create function paging.named(page_size int, after_name text, after_id int) returns setof paging.authors
language sql stable
as $$
  select a.id, nullif(a.id % 3, 0)::text from paging.authors as a
   where after_id is null or a.id % 3 = 0 or (nullif(a.id % 3, 0)::text, a.id) > (after_name, after_id)
   order by 2, 1 limit page_size
$$;
comment on function paging.named is '@orderBy name, id
@page page_size name=after_name id=after_id';
"""
PAGE = """query ($first: Int, $after: String, $before: String) {
  %s(%sfirst: $first, after: $after, before: $before) {
    nodes { id } edges { cursor node { at } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""


@pytest.fixture(scope="module")
async def paging(create_database: CreateDatabase) -> AsyncIterator[Api]:
    url = await create_database(NOTES, user="paging_gateway")
    settings: dict[str, Any] = {"schemas": ("paging",), "anonymous_role": ROLE, "pool_size": 2, "max_page_size": 900}
    async with opened(url, **settings) as api:
        yield api


async def ask(api: Api, query: str, **variables: Any) -> Any:
    return await api.data(query, variables, role=ROLE)


async def test_the_pages_are_those_of_a_function_that_returns_all(paging: Api) -> None:
    everything = await ask(paging, PAGE % ("plain", "lowest: 1, "), first=900)
    cursors = [edge["cursor"] for edge in everything["plain"]["edges"]]
    assert len(cursors) == 728
    places = [None, *cursors]
    for number in range(60):
        after, before = places[number * 389 % 729 * (number % 3 > 0)], places[number * 97 % 729 * (number % 5 > 2)]
        page = {"first": [0, 1, 2, 7, 40, 900][number % 6], "after": after, "before": before}
        lowest = f"lowest: {[1, 300, 795, 900][number % 4]}, "
        hinted = await ask(paging, PAGE % ("wall", lowest), **page)
        assert hinted["wall"] == (await ask(paging, PAGE % ("plain", lowest), **page))["plain"], page


@pytest.mark.parametrize(
    "asked",
    [
        "first: 5, filter: { author: { in: [3, 4] } }",
        "first: 5, filter: {}",
        "first: 5, orderBy: [{ id: ASC }]",
        "first: 5, orderBy: []",
        "first: 5, offset: 9",
        "first: 5, distinct: [author]",
        "last: 5",
        "",
    ],
)
async def test_other_pages_and_what_is_counted_are_of_all_rows(paging: Api, asked: str) -> None:
    parts = "nodes { id } totalCount pageInfo { hasNextPage endCursor } aggregates { count max { id } }"
    arguments = f"(lowest: 1, {asked})"
    found = await ask(paging, f"{{ wall{arguments} {{ {parts} }} plain{arguments} {{ {parts} }} }}")
    assert found["wall"] == found["plain"]


TOLD = "{ told(%s) { %s } }"
NOTHING = {"author": -1, "at": -1, "hidden": False}


@pytest.mark.parametrize(
    ("asked", "parts", "size"),
    [
        ("first: 3", "nodes { author at hidden }", 3),
        ("", "nodes { author at hidden }", 50),
        ("first: 3", "nodes { author at hidden } pageInfo { hasNextPage }", 4),
        ("first: 3", "nodes { author at hidden } totalCount", 3),
        ("first: 3, filter: {id: {eq: 5}}", "nodes { author at hidden }", None),
        ("first: 3, orderBy: [{id: ASC}]", "nodes { author at hidden }", None),
        ("first: 3, offset: 1", "nodes { author at hidden }", None),
        ("first: 3, distinct: [id]", "nodes { author at hidden }", None),
        ("last: 3", "nodes { author at hidden }", None),
    ],
)
async def test_what_it_is_told(paging: Api, asked: str, parts: str, size: int | None) -> None:
    found = await ask(paging, TOLD % (asked, parts) if asked else TOLD.replace("(%s)", "") % parts)
    expected = NOTHING if size is None else NOTHING | {"at": size}
    assert found["told"]["nodes"][0] == expected


async def test_it_is_told_where_the_page_begins(paging: Api) -> None:
    query = """query ($first: Int, $after: String) {
      told(first: $first, after: $after) { nodes { author at hidden } pageInfo { endCursor hasPreviousPage } }
    }"""
    first = await ask(paging, query, first=2)
    assert first["told"]["pageInfo"]["hasPreviousPage"] is False
    cursor = first["told"]["pageInfo"]["endCursor"]  # author -1, id 5
    second = await ask(paging, query, first=2, after=cursor)
    assert second["told"]["nodes"] == [{"author": -1, "at": 3, "hidden": True}] * 2
    assert second["told"]["pageInfo"]["hasPreviousPage"] is True
    bad = await paging.reply(query, {"after": "bm8="}, role=ROLE)
    assert bad.code == "INVALID_CURSOR"


async def test_a_page_behind_a_null_is_whole(paging: Api) -> None:
    query = "query ($n: Int, $c: String) { named(first: $n, after: $c) { nodes { id name } pageInfo { endCursor } } }"
    everything = (await ask(paging, query, n=50))["named"]["nodes"]
    assert [row["name"] for row in everything[-2:]] == [None, None]
    for size in (1, 3, 8):
        rows: list[Any] = []
        cursor = None
        while page := (await ask(paging, query, n=size, c=cursor))["named"]["nodes"]:
            rows += page
            cursor = (await ask(paging, query, n=size, c=cursor))["named"]["pageInfo"]["endCursor"]
        assert rows == everything


async def test_a_computed_field_pages_itself(paging: Api) -> None:
    query = """query ($after: String) {
      notes(first: 3) { nodes { author near(first: 2, after: $after) { nodes { id author } edges { cursor } } } }
    }"""
    first = (await ask(paging, query))["notes"]["nodes"]
    cursor = first[0]["near"]["edges"][1]["cursor"]
    second = (await ask(paging, query, after=cursor))["notes"]["nodes"]
    for one, other in zip(first, second, strict=True):
        near = await paging.sql(
            "select id from paging.notes where author = $1 and not hidden order by id limit 4", one["author"]
        )
        assert [row["id"] for row in one["near"]["nodes"]] == near[:2]
        assert other["near"]["nodes"][0]["author"] == one["author"]
    assert second[0]["near"]["nodes"][0]["id"] > first[0]["near"]["nodes"][1]["id"]


async def test_the_arguments_are_no_part_of_the_api(paging: Api) -> None:
    wall = await ask(paging, '{ __type(name: "Query") { fields { name args { name } } } }')
    [arguments] = [field["args"] for field in wall["__type"]["fields"] if field["name"] == "wall"]
    assert [argument["name"] for argument in arguments[:2]] == ["lowest", "first"]
    reply = await paging.reply("{ wall(lowest: 1, pageSize: 3) { nodes { id } } }", role=ROLE)
    assert reply.code == "GRAPHQL_VALIDATION_FAILED"


async def test_a_tag_that_cannot_be_followed_is_told(create_database: CreateDatabase) -> None:
    notes = "create table notes (id int primary key, at int not null);"
    functions = {
        "few(n int, a int) returns setof notes language sql stable": "@orderBy at\n@page n at=a",
        "unordered(n int, a int) returns setof notes language sql stable": "@page n id=a",
        "strict_one(n int, a int) returns setof notes language sql stable strict": "@orderBy id\n@page n id=a",
        "changing(n int, a int) returns setof notes language sql": "@orderBy id\n@page n id=a",
        "not_last(n int, a int, b int) returns setof notes language sql stable": "@orderBy id\n@page n id=a",
        "of_text(n text, a int) returns setof notes language sql stable": "@orderBy id\n@page n id=a",
        "unknown(n int, a int) returns setof notes language sql stable": "@orderBy id\n@page n id=b",
        "bare(n int, a int) returns setof notes language sql stable": "@orderBy id\n@page",
        "numbers(n int, a int) returns setof int language sql stable": "@page n id=a",
        "followed(n int, a int) returns setof notes language sql stable": "@orderBy id desc\n@page n id=a",
    }
    script = notes
    for head, comment in functions.items():
        body = "select 1" if "setof int" in head else "select * from notes"
        script += f"create function {head} as $$ {body} $$; comment on function {head.split('(')[0]} is '{comment}';"
    url = await create_database(script)
    found = await examine(Settings(database_url=url, anonymous_role="postgres"), only=OF_THE_API)
    told = {finding.object.split(".")[1].split("(")[0]: finding.reason for finding in found}
    wrong = "has a tag @page that does not name the columns of its order and its key"
    unclear = "has a tag @page that is not understood"
    assert told == {
        "few": wrong,
        "unordered": wrong,
        **dict.fromkeys(
            ["strict_one", "changing", "not_last", "of_text", "numbers"],
            "has a tag @page that is not understood: n id=a",
        ),
        "unknown": f"{unclear}: n id=b",
        "bare": f"{unclear}: nothing",
    }
