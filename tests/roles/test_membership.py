"""The log-in role acts as the API's roles: being a member of them is not always enough."""

from __future__ import annotations

import pytest

from gatepost.errors import SetUpError
from tests.api import CreateDatabase, opened, sql

ROLES = """
do $$
begin
    if not exists (select from pg_roles where rolname = 'membership_reader') then
        create role membership_reader nologin;
        create role membership_gateway login noinherit;
    end if;
    if current_setting('server_version_num')::integer >= 160000 then
        execute 'grant membership_reader to membership_gateway with set false';
    end if;
end
$$;
create table public.things (id integer primary key);
grant select on public.things to membership_reader;
"""


async def test_a_membership_that_does_not_let_it_act_is_refused_at_the_start(create_database: CreateDatabase) -> None:
    url = await create_database(ROLES, user="membership_gateway")
    with pytest.raises(SetUpError, match="may not act as membership_reader: grant it that role"):
        async with opened(url, schemas=("public",), anonymous_role="membership_reader"):
            pass
    await sql(url, "revoke membership_reader from membership_gateway")
    await sql(url, "grant membership_reader to membership_gateway")
    async with opened(url, schemas=("public",), anonymous_role="membership_reader") as api:
        assert await api.data("{ things { totalCount } }", role="membership_reader") == {"things": {"totalCount": 0}}
