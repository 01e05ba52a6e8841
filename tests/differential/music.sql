-- A shop of recorded music, as many sample databases have one: serial keys, no comments, and agents who see their own
-- customers alone. Its texts hold what patterns and orders stumble over.

do $$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'music_gateway') then
        create role music_guest nologin;
        create role music_agent nologin;
        create role music_gateway login noinherit;
        grant music_guest, music_agent to music_gateway;
    end if;
end
$$;

create schema music;
grant usage on schema music to music_guest, music_agent;

create table music.artist (artist_id serial primary key, name varchar(120));
create table music.genre (genre_id smallint primary key, name text unique);
create table music.album (
    album_id serial primary key,
    title varchar(160) not null,
    artist_id int not null references music.artist,
    released date
);
create table music.track (
    track_id bigserial primary key,
    name varchar(200) not null,
    album_id int references music.album,
    genre_id smallint references music.genre,
    composer text,
    milliseconds int not null,
    bytes bigint,
    unit_price numeric(10, 2) not null,
    rating double precision,
    tags text[]
);
create table music.playlist (playlist_id serial primary key, name varchar(120));
create table music.playlist_track (
    playlist_id int not null references music.playlist,
    track_id bigint not null references music.track,
    added_at timestamp,
    primary key (playlist_id, track_id)
);
create table music.employee (
    employee_id serial primary key,
    last_name varchar(20) not null,
    reports_to int references music.employee,
    birth_date timestamp
);
create table music.customer (
    customer_id serial primary key,
    first_name text not null,
    country text,
    support_rep_id int references music.employee
);
create table music.invoice (
    invoice_id serial primary key,
    customer_id int not null references music.customer,
    invoice_date timestamptz not null,
    total numeric not null
);
create table music.invoice_line (
    invoice_id int not null references music.invoice,
    line int not null,
    track_id bigint not null references music.track,
    quantity int not null,
    primary key (invoice_id, line)
);

alter table music.customer enable row level security;
alter table music.invoice enable row level security;
alter table music.playlist enable row level security;
create policy own_customers on music.customer for select to music_agent
    using (support_rep_id = (nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub')::int);
create policy own_invoices on music.invoice for select to music_agent
    using (customer_id in (select c.customer_id from music.customer as c));
create policy named_playlists on music.playlist for select to music_guest, music_agent using (name is not null);
grant select on all tables in schema music to music_agent;
grant select on music.artist, music.genre, music.album, music.playlist, music.playlist_track to music_guest;
grant select (track_id, name, album_id, genre_id, unit_price, rating, tags) on music.track to music_guest;

insert into music.artist (name)
    select (array['Ella', 'ella', 'Éric', 'AC/DC', '100%', 'a_b', 'back\slash', 'It''s "quoted"', '', null, '  ', '王菲'])[n]
      from generate_series(1, 12) as n;
insert into music.genre select n, (array['Jazz', 'Rock', 'rock', null, null])[n] from generate_series(1, 5) as n;
insert into music.album (title, artist_id, released)
    select (array['Live', 'live', 'Best of', 'Zoo_1', 'Zoo%'])[1 + n * 7 % 5], 1 + n * 5 % 11,
           case when n % 4 > 0 then date '2000-02-28' + n * 3 % 5 end
      from generate_series(1, 15) as n;
insert into music.track (name, album_id, genre_id, composer, milliseconds, bytes, unit_price, rating, tags)
    select 'Track ' || n * 13 % 17,
           nullif(n * 7 % 16, 0),
           nullif(n % 6, 0),
           (array['Bach', 'bach', null, 'J. S. Bach', ''])[1 + n % 5],
           n * 37 % 11,
           case when n % 3 > 0 then 9007199254740993 + n % 4 end,
           (array[0.99, 1.99, 0.990])[1 + n % 3],
           (array[0.1, -1.5, 'NaN', null, 'Infinity', 1e100, 0])[1 + n % 7],
           (array['{live,loud}', '{}', '{loud,null}', null, '{"a b","c,d"}'])[1 + n % 5]::text[]
      from generate_series(1, 40) as n;
insert into music.playlist (name) select (array['Morning', 'Evening', null, 'Empty'])[n] from generate_series(1, 4) as n;
insert into music.playlist_track
    select distinct on (1, 2) 1 + n % 3, 1 + n * 11 % 40, timestamp '2024-01-01' + interval '1 hour' * (n % 5)
      from generate_series(1, 50) as n;
insert into music.employee (last_name, reports_to, birth_date)
    select 'Name' || n % 4, nullif(n / 2, 0), case when n % 3 > 0 then timestamp '1960-01-01 00:00:00.25' + interval '1 day' * (n % 2) end
      from generate_series(1, 7) as n;
insert into music.customer (first_name, country, support_rep_id)
    select 'C' || n % 6, (array['PT', 'pt', null])[1 + n % 3], nullif(n % 5, 0) from generate_series(1, 16) as n;
insert into music.invoice (customer_id, invoice_date, total)
    select 1 + n * 3 % 16, timestamptz '2024-02-29 23:59:59.999999+00' + interval '12 hours' * (n % 7), n % 9 * 1.10
      from generate_series(1, 30) as n;
insert into music.invoice_line
    select 1 + n % 30, n / 30, 1 + n * 7 % 40, n % 4 from generate_series(0, 79) as n;
