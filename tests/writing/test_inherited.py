"""A table that another inherits from, where a key may find a row of each."""

from __future__ import annotations

from tests.writing.conftest import CLUB, CreateDatabase, Members, served

MORE = """
create table club.places (id integer primary key, name text not null);
create table club.halls (seats integer) inherits (club.places);
grant select, insert, update, delete on club.places, club.halls to club_member;
insert into club.places values (1, 'Here');
insert into club.halls values (1, 'There', 9);
"""


async def test_before_of_a_key_that_finds_two(create_database: CreateDatabase) -> None:
    async with served(await create_database(CLUB, MORE, user="club_gateway"), "club", ("club_clerk",)) as api:
        club = Members(api, "club_member")
        data = await club.data(
            'mutation { updatePlace(input: {id: 1, patch: {name: "New"}}) { before { name } place { name } } }'
        )
        assert data["updatePlace"]["before"]["name"] in ("Here", "There")
        assert data["updatePlace"]["place"]["name"] == "New"
