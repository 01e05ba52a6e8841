-- Names, labels and texts that look like the placeholders of what puts statements together.

do $$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'words_reader') then
        create role words_reader nologin;
        create role words_gateway login noinherit;
        grant words_reader to words_gateway;
    end if;
end
$$;

create schema "%(p0)s";
create type "%(p0)s"."%(role)s" as enum ('%(p0)s', '%(claims)s', '%s', '%%', ':x', '$1', '__[POSTCOMPILE_p0]');
create domain "%(p0)s"."%(p1)s" as text check (value <> '%(p2)s');
create type "%(p0)s"."%(p2)s" as ("%(p0)s" text, "%s" text);
create table "%(p0)s"."%(claims)s" (
    "%(role)s" integer primary key,
    "%(p0)s" text, "%(claims)s" text, "%s" text, "%%" text, ":x" text, "$1" text, "__[POSTCOMPILE_p0]" text,
    "a %(p0)s" "%(p0)s"."%(role)s",
    "b %(p0)s" "%(p0)s"."%(p1)s",
    "c %(p0)s" "%(p0)s"."%(p2)s",
    parent integer references "%(p0)s"."%(claims)s",
    unique ("%(p0)s")
);
comment on table "%(p0)s"."%(claims)s" is '@name word';
comment on column "%(p0)s"."%(claims)s"."%(p0)s" is '@name b';
comment on column "%(p0)s"."%(claims)s"."%(claims)s" is '@name c';
comment on column "%(p0)s"."%(claims)s"."%s" is '@name d';
comment on column "%(p0)s"."%(claims)s"."%%" is '@name e';
comment on column "%(p0)s"."%(claims)s".":x" is '@name f';
comment on column "%(p0)s"."%(claims)s"."$1" is '@name g';
comment on column "%(p0)s"."%(claims)s"."__[POSTCOMPILE_p0]" is '@name h';
comment on column "%(p0)s"."%(claims)s"."%(role)s" is '@name id';
comment on column "%(p0)s"."%(claims)s"."a %(p0)s" is '@name label';
comment on column "%(p0)s"."%(claims)s"."b %(p0)s" is '@name limited';
comment on column "%(p0)s"."%(claims)s"."c %(p0)s" is '@name pair';
insert into "%(p0)s"."%(claims)s"
values (1, '%(p0)s', '%(claims)s', '%s', '%%', ':x', '$1', '__[POSTCOMPILE_p0]', '%(p0)s', '%(p0)s', row ('%(p0)s', '%s'), null),
       (2, '%(p0)s!', '%(claims)s!', '%s!', '%%!', ':x!', '$1!', '__[POSTCOMPILE_p0]!', '%%', '%%', row (':x', '%%'), 1);
create function "%(p0)s"."%(claims)s_said"("%(p0)s" "%(p0)s"."%(claims)s")
returns text
language sql stable
as $$ select "%(p0)s"."%(p0)s" || ' %(p0)s %(claims)s %s %% __[POSTCOMPILE_p0]' $$;
create function "%(p0)s"."%(p0)s"("%(claims)s" text, "%s" text default '%(p0)s')
returns text
language sql stable
as $$ select "%(claims)s" || "%s" $$;
create function "%(p0)s".substring(word text) returns text language sql stable as $$ select word || ' of ours' $$;
create function "%(p0)s".pow(number integer) returns integer language sql stable as $$ select number * 10 $$;
create function "%(p0)s".next_value(number integer) returns integer language sql stable as $$ select number + 1 $$;
comment on function "%(p0)s"."%(p0)s"(text, text) is '@name joined';
grant usage on schema "%(p0)s" to words_reader;
grant select, insert, update, delete on all tables in schema "%(p0)s" to words_reader;
