-- A second schema, after forms.sql: names that the first has taken, and types that only functions have.
create schema outer_space;
grant usage on schema outer_space to forms_reader, forms_writer;
create function outer_space.add(integer, integer) returns integer language sql immutable as 'select $1 - $2';
create function outer_space.add_up(a integer) returns integer language sql immutable as 'select a';
create function sky.add_up(a integer) returns integer language sql immutable as 'select -a';
create function sky.add_up(b text) returns text language sql immutable as 'select b';
create function outer_space.add_up(b text) returns text language sql immutable as $$ select 'outer ' || b $$;
create function outer_space.planet_of(moon sky.moons) returns sky.planets
language sql stable as 'select p.* from sky.planets as p where p.id = moon.planet_id';

-- Names of tables' own fields and mutations
create function outer_space.create_moon(name text) returns text language sql volatile as $$ select 'made ' || name $$;
create function outer_space.moon(id integer) returns text language sql stable as $$ select 'moon ' || id $$;

-- Sets
create type outer_space.tone as enum ('low', 'high');
create domain outer_space.right_spot as sky.spot check ((value).x > 0);
create domain outer_space.few as integer[] check (cardinality(value) < 3);
create function outer_space.tones() returns setof outer_space.tone
language sql stable as $$ values ('low'::outer_space.tone), (null), ('high') $$;
create function outer_space.arrays() returns setof integer[] language sql stable as $$ values ('{1,2}'::integer[]), (null) $$;
create function outer_space.domains() returns setof sky.positive language sql stable as 'values (1::sky.positive), (2)';
create function outer_space.ranges() returns setof int4range language sql stable as $$ values ('[1,3)'::int4range) $$;
create function outer_space.right_spots() returns setof outer_space.right_spot
language sql stable as $$ select row(1, 2, 'x')::sky.spot::outer_space.right_spot $$;
create function outer_space.right_x(spot outer_space.right_spot) returns integer language sql stable as 'select (spot).x';
create function outer_space.few(numbers outer_space.few) returns outer_space.few language sql stable as 'select numbers';
create function outer_space.out_row(out moon sky.moons) language sql stable as 'select m from sky.moons as m where m.id = 1';
create function outer_space.out_rows(out moon sky.moons, out n integer) returns setof record
language sql stable as 'select m, 7 from sky.moons as m where m.id < 3 order by m.id';
create function outer_space.how_many(moons sky.moons[]) returns integer language sql stable as 'select cardinality(moons)';
create function outer_space.reserved("first" integer, "filter" text default 'x')
returns table ("last" integer, node_id text, "and" integer)
language plpgsql stable as $$ begin return query select "first", 'n'::text, 2; end $$;
create function outer_space.now_by_default(at timestamptz default now()) returns boolean language sql stable as 'select at = now()';
create function outer_space.refused(n integer) returns integer
language plpgsql stable as $$ begin raise exception 'No.' using constraint = 'no_way', column = 'n'; end $$;
create function outer_space.spans(spans int4range[]) returns int4range[] language sql volatile as 'select spans';
create function outer_space.span_and_spots(out span int4range, out spots sky.spot[])
language sql volatile as $$ select '[1,3)'::int4range, array[row(1, 2, 'x')::sky.spot] $$;
grant execute on all routines in schema sky, outer_space to forms_reader, forms_writer;
revoke execute on function sky.add_up(integer) from forms_reader;
