"""The function that runs before each operation: once for each, whatever the operation is made of."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.api import MEMBER, SHOP, SHOP_SETTINGS, Api, CreateDatabase, opened

BEFORE = """
create table shop.visits (number bigint generated always as identity);
revoke all on shop.visits from public;
create function shop.note_visit() returns void language sql volatile security definer
set search_path = '' as 'insert into shop.visits default values';
grant execute on function shop.note_visit to shop_anonymous, shop_member;
"""


@pytest.fixture(scope="module")
async def api(create_database: CreateDatabase) -> AsyncIterator[Api]:
    url = await create_database(SHOP, BEFORE, user="shop_gateway")
    async with opened(url, **SHOP_SETTINGS, pre_request="shop.note_visit") as api:
        yield api


@pytest.mark.parametrize(
    ("operation", "visits"),
    [
        ("{ people { totalCount } }", 1),
        ("{ a: people { totalCount } b: people { totalCount } __typename }", 1),
        ("mutation { roll(input: {}) { __typename } }", 1),
        (
            "mutation { a: roll(input: {}) { __typename } b: roll(input: { sides: 2 }) { __typename } }",
            1,
        ),
        ("{ __schema { queryType { name } } }", 0),
        ("{ nothing }", 0),
    ],
)
async def test_it_runs_once_for_each_operation(api: Api, operation: str, visits: int) -> None:
    [before] = await api.sql("select count(*) from shop.visits")
    await api.reply(operation, role=MEMBER, claims={"sub": 1})
    [after] = await api.sql("select count(*) from shop.visits")
    assert after - before == visits
