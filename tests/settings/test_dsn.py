"""The database URL: what libpq takes of it that the driver does not, so that a URL which psql takes works."""

from __future__ import annotations

import pytest

from gatepost.doctor import OF_THE_API, examine
from gatepost.dsn import for_driver
from gatepost.errors import SetUpError
from gatepost.settings import Settings
from tests.api import CreateDatabase, opened

TABLE = """
create table words (id int primary key, word text);
insert into words values (1, 'né');
"""


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("postgresql://u:p@h/d", "postgresql://u:p@h/d"),
        ("postgresql://h/d?sslmode=require&channel_binding=prefer", "postgresql://h/d?sslmode=require"),
        ("postgresql://h/d?connect_timeout=5", "postgresql://h/d"),
        ("postgresql://h/d?host=%2Ftmp&keepalives=1&user=a%26b", "postgresql://h/d?host=%2Ftmp&user=a%26b"),
        ("postgresql://a:1,b:2/d?target_session_attrs=any", "postgresql://a:1,b:2/d?target_session_attrs=any"),
    ],
)
def test_what_the_driver_takes(url: str, taken: str) -> None:
    assert for_driver(url) == taken


@pytest.mark.parametrize("demand", ["channel_binding=require", "require_auth=scram-sha-256", "requirepeer=postgres"])
def test_a_check_that_the_driver_cannot_make_is_refused(demand: str) -> None:
    with pytest.raises(SetUpError, match=demand):
        for_driver(f"postgresql://h/d?sslmode=require&{demand}")


async def test_a_database_is_served_by_a_url_that_psql_takes(create_database: CreateDatabase) -> None:
    url = await create_database(TABLE)
    url += "&connect_timeout=5&client_encoding=latin1&gssencmode=disable&application_name=words"
    async with opened(url, anonymous_role="postgres") as api:
        assert await api.data("{ word(id: 1) { word } }", role="postgres") == {"word": {"word": "né"}}
    assert await examine(Settings(database_url=url, anonymous_role="postgres"), only=OF_THE_API) == []
