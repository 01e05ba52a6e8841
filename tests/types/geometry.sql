-- A stand-in for PostGIS, of which the gateway knows the types by name and calls two functions. After kinds.sql.

create schema gis;
grant usage on schema gis to kinds_reader;
create type gis.geometry;
create function gis.geometry_in(cstring) returns gis.geometry
language internal immutable strict
as 'textin';
create function gis.geometry_out(gis.geometry) returns cstring
language internal immutable strict
as 'textout';
create type gis.geometry (input = gis.geometry_in, output = gis.geometry_out, like = text);

create function gis.st_asgeojson(geometry gis.geometry) returns text
language sql immutable strict
as $$
    select json_build_object('type', 'Point', 'coordinates', string_to_array(btrim(geometry::text, 'POINT()'), ' ')::float[])
$$;
create function gis.st_geomfromgeojson(text) returns gis.geometry
language sql immutable strict
as $$ select format('POINT(%s %s)', $1::json #>> '{coordinates,0}', $1::json #>> '{coordinates,1}')::gis.geometry $$;

create table kinds.places (
    id     integer primary key,
    spot   gis.geometry,
    spots  gis.geometry[]
);
grant select, insert on kinds.places to kinds_reader;
insert into kinds.places values (1, 'POINT(1 2.5)', array[null, 'POINT(3 4)']::gis.geometry[]), (2, null, null);

create function kinds.text_of_spot(spot gis.geometry) returns text language sql immutable return spot::text;
