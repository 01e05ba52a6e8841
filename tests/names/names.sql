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

create table "🐘" ("🐘" int primary key, "🦊🦊" int, "❤️" int);
insert into "🐘" values (1, 2, 3);
create table "1_2_3" ("1" int primary key, "1a" int, "_1a" int);
insert into "1_2_3" values (1, 2, 3);
-- As long as a name can be, and alike but for the last letter.
create table a_name_of_sixty_three_bytes_which_is_the_most_that_a_name_takea (
    a_name_of_sixty_three_bytes_which_is_the_most_that_a_name_takea int primary key,
    a_name_of_sixty_three_bytes_which_is_the_most_that_a_name_takeb int
);
insert into a_name_of_sixty_three_bytes_which_is_the_most_that_a_name_takea values (1, 2);
create table a_name_of_sixty_three_bytes_which_is_the_most_that_a_name_takeb (
    id int primary key references a_name_of_sixty_three_bytes_which_is_the_most_that_a_name_takea
);
insert into a_name_of_sixty_three_bytes_which_is_the_most_that_a_name_takeb values (1);
create table "Int" (id int primary key, "PageInfo" int, "and" int, "or" int, "not" int, "first" int, "count" int);
insert into "Int" values (1, 2, 3, 4, 5, 6, 7);
create table "PageInfo" (id int primary key);
create table "BigInt" (id int primary key);
create table "OrderDirection" (id int primary key);
create table "Subscription" (id int primary key);
create table "__Schema" (id int primary key);
create type "Boolean" as enum ('yes', 'no');
create type "JSON" as (a int);
create table kept (id int primary key, a "Boolean", b "JSON");
insert into kept values (1, 'yes', row (5));

create schema "Other.Names";
grant usage on schema "Other.Names" to names_guest;
create table "Other.Names".sheep (id int primary key, "Int" int references "Odd.Names"."Int");
create table "Other.Names".kept (id int primary key, a "Odd.Names"."Boolean");
insert into "Other.Names".kept values (2, 'no');
create type "Other.Names"."Boolean" as enum ('maybe');
create table "Other.Names".booleans (id int primary key, a "Other.Names"."Boolean");
insert into "Other.Names".booleans values (3, 'maybe');
grant select on all tables in schema "Other.Names" to names_guest;

create function asked("first" int, "input" int, query int, "1" int, "true" int, "__x" int) returns int language sql stable
return "first" + "input" + query + "1" + "true" + "__x";
create function "shout!"(word text) returns text language sql stable return upper(word);
create function anything(value anyelement) returns anyelement language sql stable as $$ select value $$;

grant select on all tables in schema "Odd.Names" to names_guest;
revoke select on ungranted from names_guest;
grant execute on all functions in schema "Odd.Names" to names_guest;
