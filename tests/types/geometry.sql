-- PostGIS, where the server has it, else a stand-in: types of its names, and the functions that are called. After kinds.sql.

create schema gis;
grant usage on schema gis to kinds_reader;
do $do$
begin
    if exists (select from pg_catalog.pg_available_extensions where name = 'postgis') then
        create extension postgis schema gis;
        return;
    end if;
    create type gis.geometry;
    create function gis.geometry_in(cstring) returns gis.geometry
    language internal immutable strict
    as 'textin';
    create function gis.geometry_out(gis.geometry) returns cstring
    language internal immutable strict
    as 'textout';
    create type gis.geometry (input = gis.geometry_in, output = gis.geometry_out, like = text);
    create type gis.geography;
    create function gis.geography_in(cstring) returns gis.geography
    language internal immutable strict
    as 'textin';
    create function gis.geography_out(gis.geography) returns cstring
    language internal immutable strict
    as 'textout';
    create type gis.geography (input = gis.geography_in, output = gis.geography_out, like = text);
    create cast (gis.geometry as gis.geography) with inout;

    create function gis.st_asgeojson(geometry gis.geometry, digits integer) returns text
    language sql immutable strict
    as 'select geometry::text';
    create function gis.st_asgeojson(geography gis.geography, digits integer) returns text
    language sql immutable strict
    as 'select geography::text';
    create function gis.st_geomfromgeojson(text) returns gis.geometry
    language plpgsql immutable strict
    as $$
    begin
        if json_typeof($1::json -> 'coordinates') <> 'array' then
            raise invalid_parameter_value using message = 'invalid GeoJson representation';
        end if;
        return $1::text::gis.geometry;
    end
    $$;
end
$do$;

create function kinds.geometry_of(geojson text) returns gis.geometry
language sql immutable
as $$ select gis.st_geomfromgeojson(geojson) $$;
revoke execute on function kinds.geometry_of from public;

create domain kinds.spot as gis.geometry;
create type kinds.stop as (name text, place gis.geometry);
create table kinds.places (
    id     integer primary key generated always as identity,
    spot   gis.geometry,
    spots  gis.geometry[],
    globe  gis.geography,
    area   kinds.spot,
    stop   kinds.stop
);
grant select, insert, update on kinds.places to kinds_reader;
insert into kinds.places (spot, spots) values
    (kinds.geometry_of('{"type":"Point","coordinates":[1,2.5]}'),
     array[null, kinds.geometry_of('{"type":"Point","coordinates":[3,4]}')]),
    (null, null);

create function kinds.same_spot(spot gis.geometry) returns gis.geometry language sql immutable return spot;
create function kinds.same_globe(globe gis.geography) returns gis.geography language sql immutable return globe;
create function kinds.same_spots(spots gis.geometry[]) returns setof gis.geometry
language sql stable
as $$ select unnest(spots) $$;
