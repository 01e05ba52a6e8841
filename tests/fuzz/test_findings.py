"""What made-up operations found: valid ones that were answered with an error of the gateway's own (INTERNAL)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.api import Api, CreateDatabase, opened
from tests.fuzz.conftest import HASTY

VIEWS = """
do $$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'shop_gateway') then
        create role shop_anonymous nologin;
        create role shop_member nologin;
        create role shop_gateway login noinherit;
        grant shop_anonymous, shop_member to shop_gateway;
    end if;
end
$$;
create schema found;
grant usage on schema found to shop_member;
create table found.notes (id integer generated always as identity primary key, body text unique, red boolean);
create view found.all_notes as select * from found.notes;
create view found.red_notes as select * from found.notes where red with check option;
create table found.letters (id integer primary key, t1 text, t2 jsonb, t3 text[], t4 integer);
create function found.letters_told(l found.letters) returns text language sql stable
as $$ select l.id || ' ' || l.t1 $$;
create function found.letters_others(l found.letters) returns setof found.letters language plpgsql stable
as $$ begin return query select o.* from found.letters as o where o.id <> l.id; end $$;
create function found.some_letters() returns setof found.letters language plpgsql stable
as $$ begin return query select l.* from found.letters as l where l.id < 3; return next null; end $$;
create function found.touch_letters() returns setof found.letters language plpgsql
as $$ begin return query select l.* from found.letters as l where l.id < 2; return next null; end $$;
create function found.add_letter(id integer) returns found.letters language sql
as $$ insert into found.letters (id, t1, t4) values (id, 'added', 1) returning * $$;
alter table found.letters add foreign key (t4) references found.letters;
insert into found.letters values (1, 'one', '{"id": 7}', '{a}', null), (2, 'two', null, null, 1);
grant select, insert on all tables in schema found to shop_member;
grant usage on all sequences in schema found to shop_member;
"""


@pytest.fixture(scope="module")
async def found(create_database: CreateDatabase) -> AsyncIterator[Api]:
    url = await create_database(VIEWS, user="shop_gateway")
    async with opened(url, **{**HASTY, "schemas": ("found",)}) as api:
        yield api


async def refused(found: Api, name: str, type_: str, value: dict[str, object]) -> tuple[str, str]:
    query = f"mutation ($value: {type_}Input!) {{ create{type_}(input: {{{name}: $value}}) {{ __typename }} }}"
    reply = await found.reply(query, {"value": value}, role="shop_member")
    [error] = reply.errors
    return error["extensions"]["code"], error["message"]


async def test_a_value_that_the_table_below_a_view_makes_itself(found: Api) -> None:
    given = await refused(found, "allNote", "AllNote", {"id": 7})
    assert given == ("BAD_USER_INPUT", "A value is given that the database makes itself.")


async def test_a_row_that_its_view_would_not_show(found: Api) -> None:
    given = await refused(found, "redNote", "RedNote", {"red": False})
    assert given == ("CHECK_VIOLATION", "A value breaks a rule of its view.")


async def test_a_text_that_is_too_long_for_an_index(found: Api) -> None:
    body = "".join(chr(0x4E00 + n * n % 20_000) for n in range(20_000))
    given = await refused(found, "note", "Note", {"body": body})
    assert given == ("BAD_USER_INPUT", "This is larger than the database can take.")


async def test_columns_may_be_called_as_the_statement_calls_its_tables(found: Api) -> None:
    query = """{ letters(orderBy: [{ t1: ASC }]) { nodes {
        told letterByT4 { told t3 } others(first: 1) { nodes { t1 t2 told } totalCount } } } }"""
    one = {"t1": "one", "t2": {"id": 7}, "told": "1 one"}
    two = {"t1": "two", "t2": None, "told": "2 two"}
    assert (await found.data(query, role="shop_member"))["letters"]["nodes"] == [
        {"told": "1 one", "letterByT4": None, "others": {"nodes": [two], "totalCount": 1}},
        {"told": "2 two", "letterByT4": {"told": "1 one", "t3": ["a"]}, "others": {"nodes": [one], "totalCount": 1}},
    ]
    mutation = "mutation { addLetter(input: { id: 3 }) { letter { id told letterByT4 { told } } } }"
    added = {"id": 3, "told": "3 added", "letterByT4": {"told": "1 one"}}
    assert (await found.data(mutation, role="shop_member"))["addLetter"] == {"letter": added}


@pytest.mark.parametrize("letter", "oprt")
async def test_fields_may_be_called_as_the_statement_calls_its_tables(found: Api, letter: str) -> None:
    names = [f"{letter}{number}" for number in range(1, 10)]
    fields = " ".join(f"{name}: t2" for name in names)
    query = f"{{ {letter}6: letters(filter: {{ id: {{ eq: 1 }} }}) {{ {letter}4: nodes {{ {fields} }} }} }}"
    data = await found.data(query, role="shop_member")
    assert data == {f"{letter}6": {f"{letter}4": [{name: {"id": 7} for name in names}]}}


async def test_a_row_of_nulls_among_those_of_a_function_is_none(found: Api) -> None:
    query = """{ someLetters(orderBy: [{ t3: ASC_NULLS_FIRST }], last: 1) {
        nodes { id } totalCount pageInfo { hasPreviousPage } } }"""
    page = {"nodes": [{"id": 1}], "totalCount": 2, "pageInfo": {"hasPreviousPage": True}}
    assert await found.data(query, role="shop_member") == {"someLetters": page}
    touched = await found.data("mutation { touchLetters { letters { id } } }", role="shop_member")
    assert touched == {"touchLetters": {"letters": [{"id": 1}]}}
