-- A database in which nearly everything is wrong that the doctor knows of.
create schema "The Ward";
create schema cellar;
grant usage on schema "The Ward", cellar to ward_patient, ward_nurse, ward_chief;
grant create on schema cellar to ward_patient;
grant create on schema "The Ward" to ward_landlord;
set search_path = "The Ward";
alter default privileges revoke execute on functions from public;

create function "The Ward".me() returns bigint
language sql stable as $$ select current_setting('ward.me', true)::bigint $$;
create function teams() returns bigint[]
language sql stable as $$ select '{1}'::bigint[] $$;
grant execute on function me(), teams() to ward_patient;

grant create on schema "The Ward" to ward_visitor;
create table "Open Beds" (id bigint primary key, number int not null);
grant select, insert on "Open Beds" to ward_patient;
create table floors (id bigint primary key);
grant select on floors to ward_patient;

create table own (id bigint primary key, owner_id bigint);
alter table own owner to ward_chief;
alter table own enable row level security;
create policy "own it" on own for select to ward_patient using (owner_id = "The Ward".me());
grant select on own to ward_patient;

create table records (
  id bigint primary key,
  "patient id" bigint not null,
  team bigint,
  floor_id bigint references floors,
  code text unique,
  at timestamptz not null default now()
);
alter table records enable row level security;
create policy "see own" on records for select to ward_patient using (
  "patient id" = me() or team = any (teams())
  or (current_setting('ward.claims', true)::json ->> 'team')::bigint = team
  or exists (select from own as o where o.id = records.id and o.owner_id = me()));
create policy change on records for update to ward_patient
using ("patient id" = (select me())) with check (length(code) > 0);
create policy anybody on records for delete using ("patient id" = (select me()));
create policy everything on records for all to ward_chief using (true);
grant select, insert, update, truncate on records to ward_patient;
grant select, update on records to ward_chief;
grant delete on records to public;
create index on records (floor_id) where at > '2000-01-01';
create index first on records (at);
create index second on records (at);

create view "all records" as select * from records;
create view through with (security_invoker = true) as select * from "all records";
create materialized view kept as select * from "all records";
create view others as select * from records;
alter view others owner to ward_visitor;
revoke create on schema "The Ward" from ward_visitor;
grant select on through, kept, others to ward_patient;

create table keyless (a int not null unique, b text);
create table keyless_too (id int, b text);
alter table keyless enable row level security;
alter table keyless_too enable row level security;
create policy see on keyless for select to ward_patient using (true);
create policy see on keyless_too for select to ward_patient using (true);
grant select on keyless, keyless_too to ward_patient;
create sequence numbers;
grant all on sequence numbers to ward_patient;

create function lookup(a int) returns bigint
language sql security definer stable as $$ select count(*) from records $$;
grant execute on function lookup(int) to public;
create function count_records() returns bigint
language plpgsql as $$ begin return (select count(*) from records); end $$;
create function note(body text) returns text
language plpgsql stable as $$ begin update records set code = body; return body; end $$;
create function "keyless_Size"(k keyless) returns int
language plpgsql stable as $$ begin return length(k.b); end $$;
create function keyless_strict(k keyless) returns setof int
language sql stable strict rows 1 as $$ select length(k.b) $$;
create function keyless_set(k keyless) returns int
language sql stable set enable_sort = off as $$ select length(k.b) $$;
create function anything(a anyelement) returns int language sql stable as $$ select 1 $$;
create function shout(word text) returns text language sql stable as $$ select upper(word) $$;
grant execute on all functions in schema "The Ward" to ward_patient;
grant execute on function me() to ward_porter;
grant select on floors to ward_porter;

comment on table keyless is '@omitt delete
@fieldName it''s
Said \ meant.';
comment on column keyless.b is '@omit filtr';
comment on function shout(text) is '@param wrod What to shout.
@sortable
Louder.';
create table secret (id bigint primary key);
create table odd (id bigint primary key, place box);
alter table odd enable row level security;
create policy see on odd for select to ward_patient using (id = any (array[(select me())]));
create policy add on odd for insert to ward_patient;
grant select, insert on odd to ward_patient;
create table cellar.coal (id bigint primary key);
alter table cellar.coal owner to ward_porter;
reset search_path;
