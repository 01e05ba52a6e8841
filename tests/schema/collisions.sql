-- Names that GraphQL, the gateway or another schema has taken, and functions that cannot be served.

do $$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'collisions_reader') then
        create role collisions_reader nologin;
    end if;
end
$$;

create schema one;
create schema two;
grant usage on schema one, two to collisions_reader;

create table one.query (id int primary key, node_id int, "nodeId" int, "__typename" text, first int, filter int);
create table one.mutation (id int primary key);
create table one.node (id int primary key);
create table one.page_info (id int primary key);
create table one.string (id int primary key);
create table one.string_filter (id int primary key);
create table one.thing (id int primary key, name text);
create table one.things (id int primary key);
create table one.thing_edge (id int primary key);
create table one.thing_connection (id int primary key);
create table one."Thing" (id int primary key);
create table one.pairs (a int references one.thing, b int references one.thing, primary key (a, b));
create table one.loner (a int, b int unique, primary key (a, b), foreign key (a, b) references one.loner);
create table one.days (day date primary key) partition by range (day);
create table one.days_2024 partition of one.days for values from ('2024-01-01') to ('2025-01-01');
create table one.nothing ();
create materialized view one.gathered as select id from one.things;
create table two.thing (
    id           int primary key,
    thing_id     int references one.thing,
    one_thing_id int references one.thing,
    thing        int references one.thing
);
grant select on all tables in schema one, two to collisions_reader;

create function one.over(a int) returns int language sql stable return a;
create function one.over(b text) returns text language sql stable return b;
create function one.things() returns int language sql stable return 1;
create function one.thing_id(t one.thing) returns int language sql stable return 7;
create function one.thing_like(t one.thing, first int) returns setof one.thing
language sql stable begin atomic select t.*; end;
create function one.unnamed(int) returns int language sql stable return $1;
create function one.unnamed(int, text) returns text language sql stable return $2;
create function one.many(variadic a int[]) returns int language sql stable return a[1];
create function one.any_type(a anyelement) returns anyelement language sql stable as 'select a';
create function one.triggered() returns trigger language plpgsql as 'begin return new; end';
create procedure one.done() language sql begin atomic select 1; end;
create aggregate one.total(int) (sfunc = int4pl, stype = int4);

insert into one.thing values (1, 'one');
insert into one.query values (1, 2, 3, 'type', 4, 5);
insert into one.things values (1);
insert into one.pairs values (1, 1);
insert into one.loner values (1, 1);
insert into one.days values ('2024-05-05');
insert into two.thing values (1, 1, 1, 1);
refresh materialized view one.gathered;
