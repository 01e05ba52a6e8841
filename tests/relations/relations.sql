-- A transport company with every kind of relation and key.

do $$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'transport_gateway') then
        create role transport_guest nologin;
        create role transport_gateway login noinherit;
        grant transport_guest to transport_gateway;
    end if;
end
$$;

create schema road;
create schema rail;
grant usage on schema road, rail to transport_guest;

-- Two tables of one name; a foreign key from one schema to the other, over several columns and deferrable.
create table rail.stations (
    country text not null,
    code    text not null,
    name    text not null,
    primary key (country, code)
);
create table road.stations (
    id           int primary key,
    name         text not null,
    rail_country text,
    rail_code    text,
    foreign key (rail_country, rail_code) references rail.stations deferrable initially deferred
);
insert into rail.stations values ('de', 'b', 'Berlin Hbf'), ('ch', 'z', 'Zürich HB');
insert into road.stations values (1, 'Berlin ZOB', 'de', 'b'), (2, 'Nowhere', 'de', null);

-- Two foreign keys to one table, and a self reference.
create table road.trips (
    id         int primary key,
    from_id    int not null references road.stations,
    to_id      int not null references road.stations,
    returns_id int references road.trips
);
insert into road.trips values (1, 1, 2, null), (2, 2, 1, 1);

-- One to one: by a unique index without a constraint. A partial one and one on an expression are no keys.
create table road.permits (
    id      int primary key,
    trip_id int not null references road.trips,
    station_id int references road.stations,
    code    text not null
);
create unique index permits_trip on road.permits (trip_id);
create unique index permits_code on road.permits (lower(code));
create unique index permits_station on road.permits (station_id) where station_id > 10;
insert into road.permits values (1, 1, 1, 'A'), (2, 2, 1, 'B');

-- Many to many with columns on the edge; its own primary key, and a unique pair.
create table road.drivers (id int primary key, name text not null);
create table road.shifts (
    id        int primary key,
    driver_id int not null references road.drivers,
    trip_id   int not null references road.trips,
    hours     numeric,
    "cursor"  text,
    unique (driver_id, trip_id)
);
insert into road.drivers values (1, 'Ada'), (2, 'Bo');
insert into road.shifts values (1, 1, 1, 7.5, 'x'), (2, 2, 1, 2, null), (3, 1, 2, 1, 'y');

-- No key at all, with rows that are alike.
create table road.log (line text, at timestamptz);
insert into road.log values ('a', null), ('a', null), ('b', '2026-01-01Z');

-- Partitioned: the partitions are no relations of their own.
create table road.tickets (id int, day date, trip_id int references road.trips, primary key (id, day)) partition by range (day);
create table road.tickets_2025 partition of road.tickets for values from ('2025-01-01') to ('2026-01-01');
create table road.tickets_2026 partition of road.tickets for values from ('2026-01-01') to ('2027-01-01');
create table road.refunds (
    id int primary key, ticket_id int, ticket_day date, foreign key (ticket_id, ticket_day) references road.tickets
);
insert into road.tickets values (1, '2025-05-01', 1), (2, '2026-05-01', 1);
insert into road.refunds values (1, 2, '2026-05-01');

-- A view and a materialized view, whose keys are in their comments.
create view road.timetable with (security_invoker) as
select t.id as trip, s.name as start, t.from_id as start_id, s.rail_country, s.rail_code
  from road.trips as t join road.stations as s on s.id = t.from_id;
comment on view road.timetable is
'@primaryKey trip
@unique start, start_id
@foreignKey (start_id) references stations (id)|@fieldName origin|@foreignFieldName departures
@foreignKey (trip) references road.trips
@foreignKey (rail_country, rail_code) references rail.stations
@foreignKey (nothing) references road.trips
Every trip, and where it starts.';
create materialized view road.totals as select trip_id, count(*) as sold from road.tickets group by trip_id;
comment on materialized view road.totals is
'@primaryKey trip_id
@foreignKey ("trip_id") references "road"."trips" ("id")';

-- A foreign table: one that reads a file of the server's, whatever is in it.
create extension file_fdw;
create server files foreign data wrapper file_fdw;
create foreign table road.signs (number text, text text)
    server files options (program 'printf "1,Stop\n2,Go\n"', format 'csv');
comment on foreign table road.signs is '@primaryKey number';

grant select on all tables in schema road, rail to transport_guest;
