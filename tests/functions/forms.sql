-- A function of every form, on a few planets and moons.
do $$
begin
    if not exists (select from pg_roles where rolname = 'forms_reader') then
        create role forms_reader nologin;
        create role forms_writer nologin;
        create role forms_gateway login noinherit;
        grant forms_reader, forms_writer to forms_gateway;
    end if;
end $$;
create extension citext;
alter default privileges revoke execute on functions from public;
create schema sky;
create schema hidden;
grant usage on schema sky to forms_reader, forms_writer;
create type sky.kind as enum ('rock', 'gas');
create domain sky.positive as integer check (value > 0);
create type sky.spot as (x integer, y numeric, label text);
create type sky.path as (name text, spots sky.spot[]);
create table sky.planets (
    id   integer primary key,
    name text not null,
    mass bigint,
    kind sky.kind
);
create table sky.moons (
    id        integer primary key,
    planet_id integer not null references sky.planets,
    name      text not null,
    radius    integer,
    secret    boolean not null default false
);
create table sky.seats ("row" integer, "Place" text, label text, primary key ("row", "Place"));
insert into sky.seats values (1, 'a', '1a'), (1, 'b', '1b');
grant select on sky.seats to forms_reader, forms_writer;
create table sky.locked (id integer primary key, code text);
grant select (id) on sky.locked to forms_reader, forms_writer;
create table hidden.things (id integer);
grant select on sky.planets, sky.moons to forms_reader, forms_writer;
grant insert, update on sky.planets, sky.moons to forms_writer;
alter table sky.moons enable row level security;
create policy moons_reader on sky.moons for select to forms_reader using (not secret);
create policy moons_writer on sky.moons to forms_writer using (true);
insert into sky.planets values (1, 'Mars', 6, 'rock'), (2, 'Jupiter', 9007199254740993, 'gas'), (3, 'Venus', null, null);
insert into sky.moons values (1, 1, 'Phobos', 11, false), (2, 1, 'Deimos', 6, false), (3, 2, 'Io', 1821, false),
                             (4, 2, 'Europa', 1560, false), (5, 2, 'Hush', 1, true);

-- Arguments
create function sky.add(integer, integer) returns integer language sql immutable as 'select $1 + $2';
create function sky.scale(integer, factor integer default 2, integer default 10) returns integer
language sql immutable as 'select $1 * $2 + $3';
create function sky.total(label text, variadic numbers integer[]) returns text
language sql immutable as $$ select label || '=' || coalesce(sum(n), 0) from unnest(numbers) as n $$;
create function sky.joined(variadic words text[] default '{none}') returns text
language plpgsql stable as $$ begin return array_to_string(words, '-'); end $$;
create function sky.next(inout number integer) returns integer language sql immutable as 'select number + 1';
create function sky.last_letter(word text, out letter text) language sql immutable as 'select right(word, 1)';
create function sky.divided(a integer, b integer default 3, out quotient integer, out remainder integer)
language sql immutable as 'select a / b, a % b';
create function sky.swapped(inout a integer, inout b text) language sql immutable as 'select length(b), a::text';
create function sky.unnamed_out(integer, out integer, out text) language sql immutable as $$ select $1, 'n' || $1 $$;
create function sky.quoted("Start At" integer, "end" integer) returns integer
language sql immutable as 'select "end" - "Start At"';
comment on function sky.quoted(integer, integer) is
    e'@param Start At ignored\n@param end Where it ends.\n@param unknown nothing\nHow far it is.';
create function sky.strict_length(word text) returns integer language sql immutable strict as 'select length(word)';
create function sky.strict_word(word text default 'w') returns text
language plpgsql stable strict as $$ begin return coalesce(word, 'never'); end $$;
create function sky.strict_words(word text default 'w') returns setof text
language plpgsql stable strict as $$ begin return next coalesce(word, 'never'); end $$;
create function sky.strict_planet(id integer default 1) returns sky.planets
language sql stable strict as 'select p.* from sky.planets as p where p.id = coalesce(strict_planet.id, 1)';
create function sky.strict_planets(id integer default 1) returns setof sky.planets
language sql stable strict as 'select p.* from sky.planets as p where p.id = coalesce(strict_planets.id, 1)';
create function sky.strict_pair(x integer default 1, out a integer, out b integer)
language sql stable strict as 'select coalesce(x, 1), 2';
create function sky.kinds(of sky.kind, also sky.kind[] default null) returns sky.kind[]
language sql immutable as 'select array_prepend(of, also)';
create function sky.root(of sky.positive) returns sky.positive language sql immutable as 'select of';
create function sky.moved(spot sky.spot, by integer default 1) returns sky.spot
language sql immutable as 'select (spot.x + by, spot.y, spot.label)::sky.spot';
create function sky.walked(path sky.path) returns setof sky.spot
language sql immutable as 'select s.* from unnest(path.spots) as s';
create function sky.planet_word(planet sky.planets) returns text
language sql stable as $$ select planet.id || ':' || coalesce(planet.name, '?') $$;
create function sky.clashing(filter text, first integer) returns setof sky.planets
language sql stable as $$ select p.* from sky.planets as p where p.name like filter limit first $$;

-- Languages
create function sky.larger(citext, citext) returns citext language c immutable strict as '$libdir/citext', 'citext_larger';
create function sky.lengths(word text) returns setof integer
language plpgsql stable as $$ begin return next length(word); return next octet_length(word); end $$;
create function sky.whoami() returns name language sql stable security definer
set search_path = pg_catalog, pg_temp as 'select current_user';
create function sky.moon_count() returns bigint language sql stable as 'select count(*) from sky.moons';
create function sky.real_moon_count() returns bigint language sql stable security definer
set search_path = pg_catalog, pg_temp as 'select count(*) from sky.moons';

-- Sets and records
create function sky.evens(up_to integer) returns setof integer
language sql immutable as 'select n from generate_series(2, up_to, 2) as n';
create function sky.small_planets() returns setof sky.planets
language sql stable as 'select p.* from sky.planets as p where p.mass < 100 or p.mass is null order by p.name desc';
create function sky.heaviest() returns sky.planets
language sql stable as 'select p.* from sky.planets as p order by p.mass desc nulls last limit 1';
create function sky.all_at_once() returns sky.planets[]
language sql stable as 'select array_agg(p order by p.id) from sky.planets as p';
create function sky.census(minimum integer default 0)
returns table (planet text, kind sky.kind, moons bigint, names text[], biggest sky.spot)
language sql stable as $$
    select p.name, p.kind, count(m.id), array_agg(m.name order by m.id), (max(m.radius), 0.50, p.name)::sky.spot
      from sky.planets as p left join sky.moons as m on m.planet_id = p.id
     group by p.id having count(m.id) >= minimum order by p.id desc
$$;
comment on function sky.census(integer) is e'@param minimum Only planets of so many moons.\nPlanets, and what circles them.';
create function sky.pairs(out a integer, out b integer) returns setof record
language sql immutable as 'values (1, 2), (1, 1), (null, 3)';
create function sky.one_column() returns table (n integer) language sql immutable as 'values (1), (2)';

-- Functions of a row
create function sky.planets_moon_names(planet sky.planets, shout boolean default false) returns setof text
language sql stable rows 10 as $$
    select case when shout then upper(m.name) else m.name end
      from sky.moons as m where m.planet_id = planet.id order by m.id
$$;
create function sky.planets_big_moons(planet sky.planets, minimum integer) returns setof sky.moons
language sql stable as 'select m.* from sky.moons as m where m.planet_id = planet.id and m.radius >= minimum';
create function sky.planets_extent(planet sky.planets, out smallest integer, out largest integer)
language sql stable as 'select min(m.radius), max(m.radius) from sky.moons as m where m.planet_id = planet.id';
create function sky.planets_orbits(planet sky.planets) returns table (moon text, radius integer)
language sql stable as 'select m.name, m.radius from sky.moons as m where m.planet_id = planet.id order by m.id';
create function sky.planets_spot(planet sky.planets) returns sky.spot
language sql stable as 'select (planet.id, 1.5, planet.name)::sky.spot';
create function sky.planets_first_spot(planet sky.planets) returns setof sky.spot
language sql stable rows 1 as
    'select (nullif(m.radius, 6), 1.5, m.name)::sky.spot from sky.moons as m where m.id = planet.id * 2';
create function sky.planets_spots(planet sky.planets) returns setof sky.spot
language sql stable as
    'select (m.radius, 1.5, m.name)::sky.spot from sky.moons as m where m.planet_id = planet.id order by m.id';
create function sky.planets_first_moon(planet sky.planets) returns setof sky.moons
language sql stable rows 1 as 'select m.* from sky.moons as m where m.planet_id = planet.id order by m.id limit 1';
create function sky.planets_one_name(planet sky.planets) returns setof text
language sql stable rows 1 as 'select m.name from sky.moons as m where m.planet_id = planet.id order by m.id limit 1';
create function sky.planets_span(planet sky.planets) returns table (low integer, high integer)
language sql stable rows 1 as
    'select min(m.radius), max(m.radius) from sky.moons as m where m.planet_id = planet.id having count(*) > 0';
-- More rows than the one that they announce.
create function sky.planets_too_many_names(planet sky.planets) returns setof text
language sql stable rows 1 as 'select m.name from sky.moons as m where m.planet_id = planet.id order by m.id';
create function sky.planets_too_many_spots(planet sky.planets) returns setof sky.spot
language sql stable rows 1 as 'select (m.id, 1, m.name)::sky.spot from sky.moons as m where m.planet_id = planet.id order by m.id';
create function sky.planets_too_many_moons(planet sky.planets) returns setof sky.moons
language sql stable rows 1 as 'select m.* from sky.moons as m where m.planet_id = planet.id order by m.id';
create function sky.planets_too_many_pairs(planet sky.planets) returns table (id integer, name text)
language sql stable rows 1 as 'select m.id, m.name from sky.moons as m where m.planet_id = planet.id order by m.id';
create function sky.too_many() returns setof integer language sql stable rows 1 as 'values (1), (2)';
create function sky.too_many_changes() returns setof integer language sql volatile rows 1 as 'values (1), (2)';
create function sky.no_changes() returns setof void language sql volatile as 'select where false';
create function sky.planets_weight(planet sky.planets, gravity numeric default 2) returns numeric
language sql stable as 'select planet.mass * gravity';
comment on function sky.planets_weight(sky.planets, numeric) is e'@filterable\n@sortable';
create function sky.planets_rank(planet sky.planets) returns bigint
language sql stable as 'select count(*) from sky.planets as p where p.name <= planet.name';
create function sky.planets_rank(planet sky.planets, backwards boolean) returns bigint
language sql stable as 'select -count(*) from sky.planets as p where p.name <= planet.name';
create function sky.planets_closest(planet sky.planets, other sky.planets) returns text
language sql stable as $$ select planet.name || '/' || other.name $$;

-- Overloads
create function sky.found() returns text language sql stable as $$ select 'nothing' $$;
create function sky.found(id integer) returns text language sql stable as $$ select 'id ' || id $$;
create function sky.found(name text, exact boolean default true) returns text
language sql stable as $$ select 'name ' || name || ' ' || exact $$;
create function sky.twin(a integer, b integer default 1) returns text language sql stable as $$ select 'b ' || b $$;
create function sky.twin(a integer, c text default 'x') returns text language sql stable as $$ select 'c ' || c $$;
-- The second one is nobody's to call, and still as near to Postgres.
create function sky.beside(a integer, b integer default 1) returns text language sql stable as $$ select 'b ' || b $$;
create function sky.beside(a integer, c text default 'x') returns text language sql stable as $$ select 'c ' || c $$;
create function sky.longer(a integer) returns text language sql stable as $$ select 'short' $$;
create function sky.longer(a integer, b integer default 1) returns text language sql stable as $$ select 'long' $$;
create function sky.skipping(a integer, b integer default 1, c integer default 2) returns text
language sql stable as $$ select 'three' $$;
create function sky.skipping(a integer, c integer) returns text language sql stable as $$ select 'two' $$;
create function sky.crossed(a integer, b text) returns text language sql stable as $$ select a || b $$;
create function sky.crossed(b text, a integer) returns text language sql stable as $$ select b || a $$;
create function sky.other_names(a integer, b text default 'b') returns text language sql stable as $$ select a || b $$;
create function sky.other_names(x integer, c integer default 2) returns text language sql stable as $$ select x || ' ' || c $$;
create function sky.with_procedure(a integer, b integer default 1) returns integer language sql stable as 'select a + b';
create procedure sky.with_procedure(a integer, c text default 'x') language sql as 'select 1';
create function sky.with_aggregate(a integer, b integer default 1) returns integer language sql stable as 'select a + b';
create aggregate sky.with_aggregate(integer) (sfunc = int4pl, stype = integer);
create function sky.in_list(integer, b integer default 1) returns text language sql stable as $$ select 'two' $$;
create function sky.in_list(integer, variadic numbers integer[] default '{}') returns text
language sql stable as $$ select 'list ' || array_to_string(numbers, ' ') $$;
create function sky.planets_near(planet sky.planets, by integer default 1) returns text
language sql stable as $$ select 'by ' || by $$;
create function sky.planets_near(planet sky.planets, within text default 'x') returns text
language sql stable as $$ select 'within ' || within $$;
create function sky.planets_near(other sky.planets, by numeric) returns text language sql stable as $$ select 'far ' || by $$;

create function sky.alone(a integer) returns text language sql stable as $$ select 'integer' $$;
create function sky.alone(a text) returns text language sql stable as $$ select 'text' $$;

-- Volatile functions
create function sky.add_moon(planet_id integer, name text default 'New', variadic radii integer[] default '{}')
returns sky.moons language sql as $$
    insert into sky.moons (id, planet_id, name, radius)
    select coalesce(max(m.id), 0) + 1, add_moon.planet_id, add_moon.name, radii[1] from sky.moons as m returning *
$$;
comment on function sky.add_moon(integer, text, integer[]) is '@param name What it is called.';
create function sky.grow_moons(by integer) returns setof sky.moons
language sql as 'update sky.moons as m set radius = m.radius + by where m.radius < 100 returning m.*';
create function sky.measure(inout moon_id integer, out old_radius integer, out new_radius integer, out tags text[])
language sql as $$
    update sky.moons as m set radius = m.radius * 2 where m.id = moon_id
    returning m.id, m.radius / 2, m.radius, array['a"b', null, m.name]
$$;
create function sky.measure_all() returns table (id integer, spot sky.spot, kind sky.kind, raw bytea)
language sql as $$
    update sky.moons as m set radius = m.radius + 1 where not m.secret
    returning m.id, (m.radius, 0.10, m.name)::sky.spot, 'gas'::sky.kind, '\x00ff'::bytea
$$;
create function sky.rename_planet(planet sky.planets, suffix text) returns sky.planets
language sql as 'update sky.planets as p set name = planet.name || suffix where p.id = planet.id returning p.*';
create function sky.place(spot sky.spot) returns sky.spot language sql volatile as 'select spot';
create function sky.places(spots sky.spot[]) returns setof sky.spot language sql volatile as 'select * from unnest(spots)';
create function sky.paint(kind sky.kind, size sky.positive) returns sky.kind language plpgsql as 'begin return kind; end';
create function sky.split(words text) returns text[] language sql volatile as $$ select string_to_array(words, ' ') $$;
create function sky.forget(integer) returns void
language plpgsql as $$ begin update sky.moons set radius = null where id = $1; end $$;
create function sky.strictly(word text) returns text language sql volatile strict as $$ select 'got ' || word $$;
create function sky.strict_change(id integer default 1) returns sky.moons language sql volatile strict as
    'update sky.moons as m set radius = 0 where m.id = coalesce(strict_change.id, 1) returning m.*';
create function sky.whoami_now() returns name language sql volatile security definer
set search_path = pg_catalog, pg_temp as 'select current_user';
create function sky.clear_secrets() returns integer language sql volatile as 'select 1';

-- Rows by their key
create function sky.moon_line(moon sky.moons, sky.planets default null) returns text
language sql stable as $$ select coalesce(moon.name, 'no moon') || ' of ' || coalesce($2.name, 'none') $$;
comment on function sky.moon_line(sky.moons, sky.planets) is e'@byKey moon\n@byKey argument2\n@param moon Which one.';
create function sky.planets_meets(planet sky.planets, other sky.planets) returns text
language sql stable as $$ select planet.name || '/' || other.name $$;
comment on function sky.planets_meets(sky.planets, sky.planets) is '@byKey other';
create function sky.strict_moon(moon sky.moons) returns integer language sql stable strict as 'select moon.radius';
comment on function sky.strict_moon(sky.moons) is '@byKey moon';
create function sky.shrink(moon sky.moons, by integer) returns sky.moons
language sql as 'update sky.moons as m set radius = moon.radius - by where m.id = moon.id returning m.*';
comment on function sky.shrink(sky.moons, integer) is '@byKey moon';
create function sky.both_keyed(seat sky.seats) returns text language sql stable as 'select seat.label';
comment on function sky.both_keyed(sky.seats) is '@byKey seat';
create function sky.not_keyed(kind sky.kind, spot sky.spot default null) returns text
language sql stable as $$ select kind || ' ' || coalesce(spot.label, '-') $$;
comment on function sky.not_keyed(sky.kind, sky.spot) is e'@byKey kind\n@byKey spot\n@byKey nothing';

-- Left out, and hidden
create function sky.same(value anyelement) returns anyelement language sql immutable as 'select value';
create function sky.many(variadic "any") returns integer language internal immutable as 'pg_num_nonnulls';
create function sky.loose() returns setof record language sql stable as 'select 1, 2';
create function sky.quiet() returns void language sql stable as 'select';
create function sky.outside() returns setof hidden.things language sql stable as 'select * from hidden.things';
create function sky.inside(thing hidden.things) returns integer language sql stable as 'select 1';
create function sky.locked_spots() returns sky.locked[] language sql stable as 'select null::sky.locked[]';
create function sky.locked_rows() returns setof sky.locked language sql stable as 'select l.* from sky.locked as l';
create function sky.lock(row_of sky.locked) returns integer language sql volatile as 'select 1';
create function sky.watch() returns trigger language plpgsql as $$ begin return new; end $$;
create function sky.watch_all() returns event_trigger language plpgsql as $$ begin end $$;
create procedure sky.proceed() language sql as 'select 1';
create aggregate sky.grand(integer) (sfunc = int4pl, stype = integer);
create function sky.unwanted() returns integer language sql stable as 'select 1';
comment on function sky.unwanted() is '@omit';

grant execute on all routines in schema sky to forms_reader, forms_writer;
revoke execute on function sky.clear_secrets(), sky.alone(integer) from forms_reader;
create function sky.nobodys() returns integer language sql stable as 'select 1';
revoke execute on function sky.beside(integer, text) from forms_reader, forms_writer;
