-- Types of every kind, for the tests of values: beside the table that tests/types/values.py fills.

do $$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'kinds_gateway') then
        create role kinds_reader nologin;
        create role kinds_gateway login noinherit;
        grant kinds_reader to kinds_gateway;
    end if;
end
$$;

create extension citext;
create extension hstore;
create extension ltree;
do $$
begin
    if exists (select from pg_catalog.pg_available_extensions where name = 'vector') then
        create extension vector;
    else  -- a stand-in: the gateway knows the type by its name
        create type vector;
        create function vector_in(cstring) returns vector language internal immutable strict as 'textin';
        create function vector_out(vector) returns cstring language internal immutable strict as 'textout';
        create type vector (
            input = vector_in, output = vector_out, like = text,
            typmod_in = varchartypmodin, typmod_out = varchartypmodout
        );
        create function vector_eq(vector, vector) returns boolean language internal immutable strict as 'byteaeq';
        create function vector_ne(vector, vector) returns boolean language internal immutable strict as 'byteane';
        create function vector_lt(vector, vector) returns boolean language internal immutable strict as 'bytealt';
        create function vector_le(vector, vector) returns boolean language internal immutable strict as 'byteale';
        create function vector_gt(vector, vector) returns boolean language internal immutable strict as 'byteagt';
        create function vector_ge(vector, vector) returns boolean language internal immutable strict as 'byteage';
        create function vector_cmp(vector, vector) returns integer language internal immutable strict as 'byteacmp';
        create operator = (function = vector_eq, leftarg = vector, rightarg = vector);
        create operator <> (function = vector_ne, leftarg = vector, rightarg = vector);
        create operator < (function = vector_lt, leftarg = vector, rightarg = vector);
        create operator <= (function = vector_le, leftarg = vector, rightarg = vector);
        create operator > (function = vector_gt, leftarg = vector, rightarg = vector);
        create operator >= (function = vector_ge, leftarg = vector, rightarg = vector);
        create operator class vector_ops default for type vector using btree as
            operator 1 <, operator 2 <=, operator 3 =, operator 4 >=, operator 5 >, function 1 vector_cmp(vector, vector);
        create function vector_text(value vector) returns text
        language plpgsql immutable strict
        as $body$
        begin
            if textin(vector_out(value)) = '[]' then
                raise 'vector must have at least 1 dimension' using errcode = 'data_exception';
            end if;
            return textin(vector_out(value));
        end
        $body$;
        create cast (vector as text) with function vector_text(vector) as assignment;
    end if;
end
$$;

create schema kinds;
create schema elsewhere;
grant usage on schema kinds, elsewhere to kinds_reader;

create type kinds.mood as enum ('happy', 'extra small', 'extra-small', '1st', 'true', '<=', '', 'it''s "é"');
create type elsewhere."Odd Mood" as enum ('A b', 'B');
create procedure kinds.put(id integer, "column" name, value text)
language plpgsql
as $$
begin
    execute format('insert into kinds.everything (id, %I) values (%s, %L)', "column", id, value);
end
$$;
revoke execute on procedure kinds.put from public;

create function kinds.as_postgres_says(id integer, "column" name) returns text
language plpgsql stable set intervalstyle = 'iso_8601'
as $$
declare
    said text;
begin
    execute format('select e.%I::text from kinds.everything as e where e.id = %s', "column", id) into said;
    return said;
end
$$;
revoke execute on function kinds.as_postgres_says from public;

create domain kinds.positive as integer not null check (value > 0);
create domain kinds.email as citext check (value ~ '@');
create domain kinds.few as integer[] check (cardinality(value) < 4);
create type kinds.text_range as range (subtype = text, multirange_type_name = kinds.text_multirange);

create type kinds.address as (
    street text,
    number integer,
    since  date,
    mood   kinds.mood,
    tags   text[]
);
comment on type kinds.address is 'Where somebody lives.';
comment on column kinds.address.street is 'The street''s name.';
create domain kinds.home as kinds.address check ((value).number > 0);
create type elsewhere.person as (
    "Full Name" text,
    home        kinds.address,
    places      kinds.address[],
    ages        int4range,
    numbers     bigint[],
    dropped     text,
    live        boolean
);
alter type elsewhere.person drop attribute dropped;
comment on column elsewhere.person."Full Name" is '@deprecated Nobody needs it.';
