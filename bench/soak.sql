-- The soak's database: notes that only their owner sees, by the claims of the request; nobody's are owned by 0.

create role soak_member nologin;
create role soak_anonymous nologin;
create role soak_gateway login noinherit;
grant soak_member, soak_anonymous to soak_gateway;

alter default privileges revoke execute on functions from public;
create schema soak;
grant usage on schema soak to soak_member, soak_anonymous;

create function soak.viewer() returns integer
language sql stable
return coalesce((nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub')::integer, 0);
comment on function soak.viewer is 'Who asks; 0 without a token.';

create table soak.notes (
    id    bigint generated always as identity primary key,
    owner integer not null,
    body  text not null check (body <> '')
);
create index on soak.notes (owner, id);
alter table soak.notes enable row level security;
create policy notes_owner on soak.notes
    to soak_member, soak_anonymous using (owner = (select soak.viewer()));
grant select on soak.notes to soak_member, soak_anonymous;
grant insert (owner, body) on soak.notes to soak_member;

create function soak.who() returns text
language sql stable
return current_user || ' ' || soak.viewer();
comment on function soak.who is 'The role and the identity that a statement runs under.';

create function soak.slowly(seconds double precision) returns integer
language plpgsql stable
as $$
begin
    perform pg_catalog.pg_sleep(seconds);
    return soak.viewer();
end
$$;
comment on function soak.slowly is 'Who asks, told after a while.';

create function soak.add_note(body text) returns soak.notes
language sql volatile
begin atomic
    insert into soak.notes (owner, body)
    values (soak.viewer(), body)
    returning *;
end;

create function soak.refuse() returns text
language plpgsql volatile
as $$
begin
    insert into soak.notes (owner, body) values (soak.viewer(), 'refused');
    raise exception 'Not for %.', soak.viewer() using constraint = 'refused';
end
$$;

-- Each mark is put once, by one request: what is here afterwards is compared with what its client was told.
create table soak.marks (
    mark  integer not null,
    owner integer not null,
    late  boolean not null
);
grant select, insert on soak.marks to soak_member;

create function soak.put(mark integer, late boolean) returns soak.marks
language sql volatile
begin atomic
    insert into soak.marks (mark, owner, late)
    values (mark, soak.viewer(), late)
    returning *;
end;

create function soak.refuse_late() returns trigger
language plpgsql
as $$
begin
    raise exception 'Too late.' using constraint = 'late';
end
$$;
create constraint trigger refuse_late after insert on soak.marks
deferrable initially deferred for each row when (new.late) execute function soak.refuse_late();
comment on trigger refuse_late on soak.marks is 'Refuses at the commit.';

-- Few rows that many change, in any order: they wait for each other, and lock each other.
create table soak.counters (
    id      integer primary key,
    counted bigint not null default 0
) with (fillfactor = 50);

create function soak.count_at(place integer) returns integer
language sql volatile security definer set search_path = pg_catalog
begin atomic
    update soak.counters
    set counted = counted + 1
    where counters.id = place
    returning counters.id;
end;

grant execute on function soak.viewer, soak.who, soak.slowly to soak_member, soak_anonymous;
grant execute on function soak.add_note, soak.refuse, soak.put, soak.count_at to soak_member;

insert into soak.counters (id)
select place
from generate_series(0, 7) as place;

insert into soak.notes (owner, body)
select number % 501, 'note of ' || number % 501
from generate_series(1, 10 * 501) as number;
analyze soak.notes;
