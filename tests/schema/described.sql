-- What is deprecated, what has defaults, and what is said of enum values: the SQL of test_described.py.

do $$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'described_reader') then
        create role described_reader nologin;
    end if;
end
$$;
create schema described;
grant usage on schema described to described_reader;

create type described.state as enum ('new', 'half done', 'done', 'gone');
comment on type described.state is
'@value new Nobody has begun.
@value "half done" Somebody has.
@deprecatedValue gone Use done.
@deprecatedValue "half done"
How far it is.';
create type described.spot as (x integer, y integer);
comment on column described.spot.y is '@deprecated All are on a line.';

create table described.shelves (id integer primary key, name text not null);
comment on table described.shelves is '@deprecated Boxes are kept on the floor.';
create table described.boxes (
    id         integer primary key,
    shelf_id   integer references described.shelves,
    serialNo   integer,
    created_at timestamptz not null default now(),
    weight     integer,
    code       text not null,
    state      described.state,
    spot       described.spot
);
comment on column described.boxes.weight is '@deprecated Nobody weighs them.';
comment on column described.boxes.code is '@deprecated Read the id.';
comment on constraint boxes_shelf_id_fkey on described.boxes is '@deprecated Boxes have no place.';
grant select, insert, update, delete on described.boxes, described.shelves to described_reader;

create function described.boxes_label(b described.boxes, prefix text default 'Box', loud boolean default false)
returns text language sql immutable return prefix || b.code;
comment on function described.boxes_label(described.boxes, text, boolean) is
'@filterable
@deprecatedParam loud It is never loud.
@deprecated Read the code.';

create function described.greet(
    name    text default 'it''s "you"',
    times   integer default -1,
    big     bigint default 9223372036854775807,
    exact   numeric default 1.50,
    wide    double precision default 2.5,
    yes     boolean default true,
    state   described.state default 'half done',
    id      uuid default '00000000-0000-0000-0000-000000000001',
    nothing text default null,
    moment  timestamptz default now(),
    words   text[] default '{}',
    data    jsonb default '{}',
    half    integer default 1 + 1,
    slash   text default E'a\\b',
    letters varchar(3) default 'abc'
) returns text language sql stable
return concat_ws('|', name, times, big, exact, wide, yes, state, id, nothing, words, data, half, slash, letters);
comment on function described.greet is '@deprecatedParam times
@deprecatedParam big Say less.
@param name Whom to greet.';
create function described.add_box(code text, weight integer default 5) returns integer
language sql return weight;
comment on function described.add_box is '@deprecatedParam code It is needed, and so it cannot be.
@deprecatedParam weight Nobody weighs them.';
