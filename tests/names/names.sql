-- Names that GraphQL does not allow, that it keeps for itself, or that become one.

do $$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'names_gateway') then
        create role names_guest nologin;
        create role names_gateway login noinherit;
        grant names_guest to names_gateway;
    end if;
end
$$;

create schema "Odd.Names";
grant usage on schema "Odd.Names" to names_guest;
set search_path = "Odd.Names";

create table "Select From; ""Where""" ("a b" int primary key, "a.b" int, "a_b" int, "A_B" int, "1st" text, "né" text);
insert into "Select From; ""Where""" values (1, 2, 3, 4, 'first', 'born');
create table "名前" ("名" int primary key, "Größe" text);
insert into "名前" values (1, 'groß');
create table "__typename" ("__typename" int primary key, "true" boolean, "null" text, "query" int, node_id int);
insert into "__typename" values (1, true, 'nothing', 5, 6);
create table "Query" (id int primary key);
create table node (id int primary key, refers_to int references "Query");
create table "String" (id int primary key);
create table mutation (id int primary key);
create table sheep (id int primary key);
create table news (id int primary key);
create table people (id int primary key);
create table user_account (id int primary key);
create table "userAccount" (id int primary key);
create table "USER_ACCOUNTS" (id int primary key);
create table author (id int primary key);
create table author_connection (id int primary key);
create table "!!!" (id int primary key);
create table wrong_tag (id int primary key);
comment on table wrong_tag is '@name not a name';
comment on column wrong_tag.id is '@name kebab-case';
create table ungranted (id int primary key);

create function "shout!"(word text) returns text language sql stable return upper(word);
create function anything(value anyelement) returns anyelement language sql stable as $$ select value $$;

grant select on all tables in schema "Odd.Names" to names_guest;
revoke select on ungranted from names_guest;
grant execute on all functions in schema "Odd.Names" to names_guest;
