-- What looks like what the doctor tells of, and is right.
create schema clinic;
grant usage on schema clinic to ward_patient;
revoke create on schema public from public;
alter default privileges revoke execute on functions from public;

create function clinic.me() returns bigint
language sql stable as $$ select current_setting('ward.me', true)::bigint $$;
grant execute on function clinic.me() to ward_patient;

create table clinic.doctors (id bigint primary key, name text not null unique, active boolean not null default true);
alter table clinic.doctors enable row level security;
create policy see on clinic.doctors for select to ward_patient using (true);
grant select on clinic.doctors to ward_patient;
grant insert (name) on clinic.doctors to ward_patient;
create policy add on clinic.doctors for insert to ward_patient with check (name <> '');

create table clinic.visits (
  id bigint primary key,
  patient_id bigint not null,
  doctor_id bigint references clinic.doctors,
  day date not null,
  kind text not null default 'first',
  note text,
  unique (patient_id, day)
);
alter table clinic.visits enable row level security;
-- Not for each row: a call in a sub-select, one that reads the row, Postgres' own that cost nothing, a constant.
create policy see on clinic.visits for select to ward_patient
using (patient_id = (select clinic.me()) and day <= now() and kind = 'first' and length(kind) > 1
       and doctor_id in (select d.id from clinic.doctors as d where d.id <> clinic.me()));
-- The check is the same where none is said, and a restrictive policy narrows what all may do.
create policy change on clinic.visits for update to ward_patient using (patient_id = (select clinic.me()));
create policy add on clinic.visits for insert to ward_patient with check (true);
create policy only_own on clinic.visits as restrictive for insert with check (patient_id = (select clinic.me()));
grant select, update (note), insert on clinic.visits to ward_patient;
create index on clinic.visits (doctor_id) where doctor_id is not null;
create index on clinic.visits (day) where kind = 'first';
create index on clinic.visits (day) where kind = 'second';

-- Only its own function reads it, and nobody else owns it.
create table clinic.log (id bigint generated always as identity primary key, at timestamptz not null default now());
alter table clinic.log enable row level security;
comment on table clinic.log is '@omit';

create view clinic.own_visits with (security_invoker = on) as select id, day from clinic.visits;
create view clinic.days as select current_date as today;
create materialized view clinic.calendar as select generate_series(1, 31) as day;
grant select on clinic.own_visits, clinic.days, clinic.calendar to ward_patient;

-- Volatile, for they write, draw, or call what does; the words stand in texts alone where they do not.
create function clinic.write() returns int
language sql as $$ insert into clinic.doctors (name) values ('x') returning 1 $$;
create function clinic.draw() returns double precision language sql as $$ select random() $$;
create function clinic.through() returns int language plpgsql as $$ begin return clinic.write(); end $$;
create function clinic.said() returns text
language sql stable as $$ select 'insert into x; update x set y; delete from z' /* update x set y = 1 */ $$;
create function clinic.locked() returns bigint
language plpgsql stable as $$ begin return (select count(*) from clinic.doctors where name = 'update x set' ); end $$;
create function clinic.visits_doctor_name(visit clinic.visits) returns setof text
language sql stable rows 1 as $$ select d.name from clinic.doctors as d where d.id = visit.doctor_id $$;
create function clinic.visits_label(visit clinic.visits) returns text
language sql stable as $$ select upper(visit.note) $$;
create function clinic.visits_count(visit clinic.visits) returns bigint
language sql stable as $$ select count(*) from clinic.visits as v where v.doctor_id = visit.doctor_id $$;
grant execute on all functions in schema clinic to ward_patient;
comment on function clinic.visits_label(clinic.visits) is '@deprecated Say it yourself.
@name shouted
Louder.';

create function clinic.log_it() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$ begin insert into clinic.log default values; return null; end $$;
create trigger log_it after insert on clinic.visits for each row execute function clinic.log_it();
