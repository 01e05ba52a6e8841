-- Rows for functions whose bodies are hard to read: quotes, nulls, collations, policies. The bodies come from the test.
do $$
begin
    if not exists (select from pg_roles where rolname = 'inlining_one') then
        create role inlining_one nologin;
        create role inlining_two nologin;
        create role inlining_gateway login noinherit;
        grant inlining_one, inlining_two to inlining_gateway;
    end if;
end $$;
alter default privileges revoke execute on functions from public;
create schema it;
grant usage on schema it to inlining_one, inlining_two;
create type it.mood as enum ('low', 'high');
create domain it.short as varchar(3);
create type it.pair as (a integer, b text);
create aggregate it.product(numeric) (sfunc = numeric_mul, stype = numeric, initcond = '1');

create table it.things (
    id       integer primary key,
    name     text,
    "Name"   text collate "C",
    "a ""b"  text collate "POSIX",
    price    numeric(10, 2),
    tags     text[],
    mood     it.mood,
    pair     it.pair,
    hidden   boolean not null default false
);
create table it.parts (
    id       integer primary key,
    thing_id integer references it.things,
    name     text,
    amount   integer,
    hidden   boolean not null default false
);
grant select on it.things, it.parts to inlining_one, inlining_two;
alter table it.parts enable row level security;
create policy parts_one on it.parts for select to inlining_one using (not hidden);
create policy parts_two on it.parts for select to inlining_two using (true);
insert into it.things (id, name, "Name", "a ""b", price, tags, mood, pair) values
    (1, 'O''Neil \ %s :x', 'ada', 'q', 1.50, '{a,b}', 'low', '(1,x)'),
    (2, 'two', 'ADA', null, 99.99, '{}', 'high', null),
    (3, null, null, null, null, null, null, null);
insert into it.parts (id, thing_id, name, amount, hidden) values
    (1, 1, 'bolt', 3, false), (2, 1, 'nut', 0, false), (3, 1, 'secret', 7, true), (4, 2, 'wheel', 5, true);
create function it.shout(words text) returns text language sql stable as $$ select upper(words) $$;
create function it.hushed(words text) returns text language sql stable as $$ select lower(words) $$;
grant execute on function it.shout(text) to inlining_one, inlining_two;
grant execute on function it.hushed(text) to inlining_two;
