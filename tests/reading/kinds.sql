-- A museum: values of every type that has an order, texts in two languages, rows without keys, and shifts of guides.

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

create schema museum;
create schema extensions;
create extension hstore schema extensions;
create extension citext schema extensions;
create extension ltree schema extensions;
grant usage on schema museum, extensions to shop_anonymous, shop_member;

do $$
begin
    create collation museum.whatever_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
exception when feature_not_supported then  -- a Postgres that was built without ICU
    create collation museum.whatever_case from "C";
end
$$;
create type museum.state as enum ('new', 'good', 'worn out');
create type museum.spot as (room integer, wall text);
create domain museum.percent as numeric check (value between 0 and 100);

create table museum.kinds (
    id       integer primary key,
    small    real,
    large    double precision,
    exact    numeric,
    cash     money,
    flag     boolean,
    at       timestamptz,
    local    timestamp,
    day      date,
    clock    time,
    zoned    timetz,
    lasted   interval,
    folded   extensions.citext,
    plain    text collate "C",
    cased    text collate museum.whatever_case,
    padded   char(4),
    letter   "char",
    bytes    bytea,
    bits     bit(3),
    varying  bit varying,
    state    museum.state,
    share    museum.percent,
    key      uuid,
    address  inet,
    network  cidr,
    card     macaddr,
    range    int4range,
    ranges   int4multirange,
    numbers  integer[],
    words    text[],
    grid     integer[][],
    states   museum.state[],
    data     jsonb,
    spot     museum.spot,
    path     extensions.ltree,
    place    pg_lsn
);
grant select on museum.kinds to shop_anonymous;
insert into museum.kinds values
    (1, 'nan', 'infinity', 'nan', '1.10', true, 'infinity', '-infinity', '0044-03-15 BC', '24:00', '12:00+02', '1 day',
     'a', 'b', 'Ab', 'a', 'a', '\x00ff', b'101', b'1', 'new', 100, '00000000-0000-0000-0000-000000000002',
     '10.0.0.1', '10.0.0.0/8', '08:00:2b:01:02:03', '[1,5)', '{[1,3),[7,9)}', '{1,2}', '{a,b}', '{{1,2},{3,4}}',
     '{new}', '{"a": 1}', '(1,"north, east")', 'a.b', '0/10'),
    (2, '-infinity', 'nan', 'infinity', '-1.10', false, '-infinity', 'infinity', 'infinity', '00:00', '11:00+01',
     '24 hours', 'A', 'B', 'aB', 'a   ', 'A', '\x', b'011', b'10', 'worn out', 0.5,
     '00000000-0000-0000-0000-000000000001', '10.0.0.0/24', '10.0.0.0/24', '08:00:2b:01:02:02', 'empty', '{}', '{}',
     '{"NULL",null}', '{}', '{"worn out",new}', '[1, 2]', '(,)', 'a', '0/9'),
    (3, 0.1, -0.0, 1.0, '0', null, '2024-01-01 12:00+00', '2024-01-01', '2024-01-01', '12:30:00.000001', '12:00+00',
     '-1 mon', 'B', '', 'b', 'b', null, '\x00', b'000', b'', 'good', null, null, '::1', null, null, '(,3]', '{(,)}',
     '{1,null}', '{"a,\"b\\"}', '{{1,2}}', '{}', 'null', '(1,)', null, null),
    (4, 0.1, 0, 1.00, null, true, '0044-03-15 12:00+00 BC', '0044-03-15 BC', null, null, null, '1 mon',
     'b', 'é', 'B', '', 'ab', '\xff', null, null, null, 0.50, null, null, '::/0', null, '[5,)', null,
     '{1}', '{}', null, null, '"é"', '(,x)', 'b', 'FFFFFFFF/FFFFFFFF'),
    (5, null, null, null, '1.10', null, null, null, '-infinity', '12:30', '00:00-05', null,
     null, null, null, null, null, null, b'101', b'1', 'good', null, '00000000-0000-0000-0000-000000000001',
     null, null, null, null, null, null, null, null, null, null, null, 'a.b', null);

create table museum.texts (
    id       integer primary key,
    body     text not null,
    german   tsvector generated always as (to_tsvector('pg_catalog.german', body)) stored,
    weighed  tsvector generated always as (setweight(to_tsvector('simple', body), 'A')) stored,
    kept     tsvector,
    tagged   tsvector,
    bare     tsvector
);
create trigger kept before insert on museum.texts for each row
    execute function tsvector_update_trigger(kept, 'pg_catalog.german', body);
comment on column museum.texts.tagged is '@searchConfig german';
grant select on museum.texts to shop_anonymous;
insert into museum.texts (id, body, tagged, bare)
select n, body, to_tsvector('german', body), to_tsvector('german', body)
  from (values (1, 'Die Häuser am Fluss'), (2, 'Ein Haus'), (3, 'Flüsse und ein Haus und ein Haus')) as t (n, body);

create table museum.labels (
    id    integer primary key,
    pairs extensions.hstore,
    raw   json,
    data  jsonb
);
grant select on museum.labels to shop_anonymous;
insert into museum.labels values
    (1, 'color=>red, size=>"10"', '{"a": 1, "b": [1, 2], "a": 3}', '{"a": {"b": ["x", 2]}, "size": 3}'),
    (2, 'color=>blue', '["a", "q"]', '{"a": {"b": ["y"]}, "size": 1}'),
    (3, 'color=>null', '"a"', '["a", {"size": 5}]'),
    (4, null, null, null);

-- Rows without a key, some of them alike in all that can be compared.
create table museum.visits (
    gate text,
    hour integer,
    note json
);
grant select on museum.visits to shop_anonymous;
insert into museum.visits values ('east', 1, '1'), ('east', 1, '2'), ('east', 1, '3'), (null, null, '4'),
    (null, null, '5'), ('west', 2, '6'), ('east', 2, '7');
create view museum.seen with (security_invoker) as select gate, hour from museum.visits;
grant select on museum.seen to shop_anonymous;

create table museum.guides (id integer primary key, name text not null);
create table museum.rooms (id integer primary key, title text not null, edge integer);
create table museum.shifts (
    guide_id integer references museum.guides,
    room_id  integer references museum.rooms,
    hours    integer not null,
    secret   integer,
    note     text,
    primary key (guide_id, room_id)
);
grant select on museum.guides, museum.rooms to shop_anonymous, shop_member;
grant select on museum.shifts to shop_member;
grant select (guide_id, room_id, hours, note) on museum.shifts to shop_anonymous;
insert into museum.guides values (1, 'Ada'), (2, 'Bob'), (3, 'Cyd');
insert into museum.rooms values (1, 'Coins', 7), (2, 'Bones', null), (3, 'Maps', 5);
insert into museum.shifts values (1, 1, 2, 9, 'a'), (1, 2, 2, 8, null), (1, 3, 1, 7, 'b'), (2, 1, 5, 6, 'c'),
    (2, 3, 1, 5, null);

create function museum.rooms_worth(r museum.rooms, factor integer, lowest numeric default 0) returns numeric
language sql stable
return greatest(lowest, factor * (10 - r.id) * case when factor < 0 then r.id else 1 end);
comment on function museum.rooms_worth is '@filterable
@sortable';
create function museum.rooms_spot(r museum.rooms, wall text) returns museum.spot
language sql stable
return (r.id, wall)::museum.spot;
comment on function museum.rooms_spot is '@filterable
@sortable';
create function museum.rooms_plain(r museum.rooms, factor integer) returns integer language sql stable return factor;

create table museum.ledger (
    id     integer primary key,
    secret integer,
    amount integer
);
comment on table museum.ledger is '@orderBy secret desc, amount';
grant select on museum.ledger to shop_member;
grant select (id, amount) on museum.ledger to shop_anonymous;
insert into museum.ledger values (1, 3, 2), (2, 1, 2), (3, 2, 1);

create function museum.gates() returns table (gate text, hour integer)
language sql stable
begin atomic
    select v.gate, v.hour from museum.visits as v;
end;

create table museum.events (
    id    integer primary key,
    at    timestamptz,
    local timestamp,
    day   date
);
grant select on museum.events to shop_anonymous;
insert into museum.events values
    (1, '2024-05-16 13:14:15.123456+00', '2024-05-16 13:14:15.123456', '2024-05-16'),
    (2, '2024-03-31 21:59:59+00', null, null),
    (3, '2024-03-31 22:00:00+00', null, null),
    (4, 'infinity', 'infinity', 'infinity'),
    (5, null, null, null);
