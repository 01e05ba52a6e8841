"""A function's rows come in the order in which the function gives them, whatever they are filtered by."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.api import Api, CreateDatabase, opened

# So many parts that Postgres finds the few files that have one by a hash join, which gives them in the parts' order.
SCRIPT = """
do $$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'newest_reader') then
        create role newest_reader nologin;
        create role newest_gateway login noinherit;
        grant newest_reader to newest_gateway;
    end if;
end
$$;
create schema newest;
create table newest.files (id integer primary key, level integer);
create table newest.parts (id integer primary key, file_id integer references newest.files);
insert into newest.files select n, n % 5 from generate_series(1, 5000) as n;
insert into newest.parts select n, 1 + n * 37 % 5000 from generate_series(1, 5000) as n;
create function newest.newest()
returns setof newest.files
language sql stable
as $$ select * from newest.files where level = 3 and id < 300 order by id desc $$;
create function newest.newest_of(most integer)
returns setof newest.files
language plpgsql stable rows 60
as $$ begin return query select * from newest.files where level = 3 and id < most order by id desc; end $$;
grant usage on schema newest to newest_reader;
grant select on all tables in schema newest to newest_reader;
analyze newest.files, newest.parts;
"""


@pytest.fixture(scope="module")
async def newest(create_database: CreateDatabase) -> AsyncIterator[Api]:
    url = await create_database(SCRIPT, user="newest_gateway")
    async with opened(url, schemas=("newest",), anonymous_role="newest_reader", pool_size=2) as api:
        yield api


@pytest.mark.parametrize("call", ["newest(", "newestOf(most: 300,"])
async def test_under_a_filter_along_a_relation(newest: Api, call: str) -> None:
    query = f"""query ($after: String) {{
      {call} first: 3, after: $after, filter: {{ parts: {{ some: {{}} }}, id: {{ ne: 293 }} }}) {{
        nodes {{ id }} pageInfo {{ endCursor hasNextPage }} totalCount
      }}
    }}"""
    found, after = [], None
    for _ in range(2):
        (page,) = (await newest.data(query, {"after": after}, role="newest_reader")).values()
        found += [row["id"] for row in page["nodes"]]
        assert (page["pageInfo"]["hasNextPage"], page["totalCount"]) == (True, 59)
        after = page["pageInfo"]["endCursor"]
    assert found == [298, 288, 283, 278, 273, 268]


async def test_values_are_listed_so(newest: Api) -> None:
    query = """{
      newest(filter: { parts: { some: {} }, id: { gt: 280 } }) { aggregates { arrayAgg { id } } }
    }"""
    assert await newest.data(query, role="newest_reader") == {
        "newest": {"aggregates": {"arrayAgg": {"id": [298, 293, 288, 283]}}}
    }
