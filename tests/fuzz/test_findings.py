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
