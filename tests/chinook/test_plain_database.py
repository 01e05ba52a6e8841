"""A database that knows nothing of Gatepost (serial keys, no comments, no policies, one role with grants) is usable."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.api import Api, CreateDatabase, opened

RECORDS = """
do $$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'record_reader') then
        create role record_reader nologin;
    end if;
end
$$;

create table artist (artist_id serial not null, name varchar(120), constraint artist_pkey primary key (artist_id));
create table album (
    album_id serial not null,
    title varchar(160) not null,
    artist_id int not null,
    constraint album_pkey primary key (album_id)
);
create table employee (
    employee_id serial not null,
    last_name varchar(20) not null,
    reports_to int,
    birth_date timestamp,
    constraint employee_pkey primary key (employee_id)
);
create table media_type (
    media_type_id serial not null,
    name varchar(120),
    constraint media_type_pkey primary key (media_type_id)
);
create table track (
    track_id serial not null,
    name varchar(200) not null,
    album_id int,
    media_type_id int not null,
    unit_price numeric(10, 2) not null,
    constraint track_pkey primary key (track_id)
);
create table playlist (
    playlist_id serial not null,
    name varchar(120),
    constraint playlist_pkey primary key (playlist_id)
);
create table playlist_track (
    playlist_id int not null,
    track_id int not null,
    constraint playlist_track_pkey primary key (playlist_id, track_id)
);
alter table album add constraint album_artist_id_fkey foreign key (artist_id) references artist (artist_id);
alter table employee add constraint employee_reports_to_fkey foreign key (reports_to) references employee (employee_id);
alter table track add constraint track_album_id_fkey foreign key (album_id) references album (album_id);
alter table track add constraint track_media_type_id_fkey
    foreign key (media_type_id) references media_type (media_type_id);
alter table playlist_track add constraint playlist_track_playlist_id_fkey
    foreign key (playlist_id) references playlist (playlist_id);
alter table playlist_track add constraint playlist_track_track_id_fkey
    foreign key (track_id) references track (track_id);

insert into artist (name) values ('Ella'), ('Duke'), (null);
insert into album (title, artist_id) values ('Live', 1), ('Studio', 2), ('Rare', 1);
insert into media_type (name) values ('Vinyl'), ('Tape');
insert into track (name, album_id, media_type_id, unit_price) values
    ('One', 1, 1, 0.99), ('Two', 1, 2, 1.99), ('Three', 2, 1, 0.99), ('Four', null, 1, 0.99);
insert into playlist (name) values ('Morning'), ('Evening');
insert into playlist_track values (1, 1), (1, 3), (2, 3);
insert into employee (last_name, reports_to, birth_date) values
    ('Adams', null, '1962-02-18'), ('Edwards', 1, '1958-12-08'), ('Park', 2, null);
grant select on all tables in schema public to record_reader;
"""


@pytest.fixture(scope="module")
async def records(create_database: CreateDatabase) -> AsyncIterator[Api]:
    """No configuration but the URL and a role."""
    async with opened(await create_database(RECORDS), anonymous_role="record_reader") as api:
        yield api


async def test_what_the_api_has(records: Api) -> None:
    schema = records.gateway.engine.schema
    assert schema.query_type is not None
    assert sorted(schema.query_type.fields) == sorted(
        """album albums artist artists employee employees mediaType mediaTypes node playlist playlistTrack
           playlistTracks playlists track tracks""".split()
    )
    assert schema.mutation_type is None
    assert records.gateway.api.report.remarks == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "{ artist(artistId: 1) { name albums(orderBy: [{title: DESC}]) { nodes { title } totalCount } } }",
            {"artist": {"name": "Ella", "albums": {"nodes": [{"title": "Rare"}, {"title": "Live"}], "totalCount": 2}}},
        ),
        (
            '{ tracks(filter: {album: {artist: {name: {eq: "Ella"}}}}) {'
            " nodes { name unitPrice mediaType { name } } } }",
            {
                "tracks": {
                    "nodes": [
                        {"name": "One", "unitPrice": "0.99", "mediaType": {"name": "Vinyl"}},
                        {"name": "Two", "unitPrice": "1.99", "mediaType": {"name": "Tape"}},
                    ]
                }
            },
        ),
        (
            "{ employees { nodes { birthDate employeeByReportsTo { lastName }"
            " employeesByReportsTo { totalCount } } } }",
            {
                "employees": {
                    "nodes": [
                        {
                            "birthDate": "1962-02-18T00:00:00",
                            "employeeByReportsTo": None,
                            "employeesByReportsTo": {"totalCount": 1},
                        },
                        {
                            "birthDate": "1958-12-08T00:00:00",
                            "employeeByReportsTo": {"lastName": "Adams"},
                            "employeesByReportsTo": {"totalCount": 1},
                        },
                        {
                            "birthDate": None,
                            "employeeByReportsTo": {"lastName": "Edwards"},
                            "employeesByReportsTo": {"totalCount": 0},
                        },
                    ]
                }
            },
        ),
        (
            """{ playlists { nodes { name tracksViaPlaylistTracks { nodes { name } } } }
                 track(trackId: 3) { playlistsViaPlaylistTracks { nodes { name } } playlistTracks { totalCount } } }""",
            {
                "playlists": {
                    "nodes": [
                        {
                            "name": "Morning",
                            "tracksViaPlaylistTracks": {"nodes": [{"name": "One"}, {"name": "Three"}]},
                        },
                        {"name": "Evening", "tracksViaPlaylistTracks": {"nodes": [{"name": "Three"}]}},
                    ]
                },
                "track": {
                    "playlistsViaPlaylistTracks": {"nodes": [{"name": "Morning"}, {"name": "Evening"}]},
                    "playlistTracks": {"totalCount": 2},
                },
            },
        ),
        (
            """{ artists(orderBy: [{name: DESC_NULLS_LAST}], first: 2) { nodes { name } pageInfo { hasNextPage } }
                 mediaTypes(filter: {tracks: {every: {unitPrice: {lt: 1}}}}) { nodes { name } }
                 playlistTrack(playlistId: 2, trackId: 3) { track { album { title } } } }""",
            {
                "artists": {"nodes": [{"name": "Ella"}, {"name": "Duke"}], "pageInfo": {"hasNextPage": True}},
                "mediaTypes": {"nodes": [{"name": "Vinyl"}]},
                "playlistTrack": {"track": {"album": {"title": "Studio"}}},
            },
        ),
    ],
    ids=["backwards", "filters", "self reference", "many to many", "pages and keys"],
)
async def test_operation(records: Api, query: str, expected: object) -> None:
    assert await records.data(query, role="record_reader") == expected
