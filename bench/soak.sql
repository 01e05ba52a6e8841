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

grant execute on function soak.viewer, soak.who, soak.slowly to soak_member, soak_anonymous;
grant execute on function soak.add_note, soak.refuse to soak_member;

insert into soak.notes (owner, body)
select number % 501, 'note of ' || number % 501
from generate_series(1, 10 * 501) as number;
analyze soak.notes;
