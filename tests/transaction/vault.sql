-- Notes that belong to somebody, and functions that misbehave: what the tests of adversity run on.

do $$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'vault_gateway') then
        create role vault_member nologin;
        create role vault_guest nologin;
        create role vault_gateway login noinherit;
        grant vault_member, vault_guest to vault_gateway;
    end if;
end
$$;

alter default privileges revoke execute on functions from public;
create schema vault;
grant usage on schema vault to vault_member, vault_guest;

create table vault.notes (
    id    bigint generated always as identity primary key,
    owner integer not null,
    body  text not null unique check (body <> 'bad')
);
create table vault.pages (
    note_id bigint not null references vault.notes deferrable
);
alter table vault.notes enable row level security;
create policy notes_owner on vault.notes
    using (owner = (nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub')::integer);
grant select, insert (owner, body) on vault.notes to vault_member, vault_guest;
grant select, insert on vault.pages to vault_member;

-- The same notes behind a policy that cannot bear claims that are not set, as beginners write them.
create table vault.strict_notes (owner integer not null, body text not null);
alter table vault.strict_notes enable row level security;
create policy strict_notes_owner on vault.strict_notes
    using (owner = (current_setting('request.jwt.claims', true)::json ->> 'sub')::integer);
grant select, insert on vault.strict_notes to vault_member;

insert into vault.notes (owner, body)
select 1 + number % 50, 'note ' || number
from generate_series(1, 500) as number;
insert into vault.strict_notes (owner, body)
select notes.owner, notes.body
from vault.notes;

create function vault.secret() returns text
language sql stable
as 'select ''for members''::text';
comment on function vault.secret is 'Postgres inlines it.';
grant execute on function vault.secret to vault_member;

create function vault.slowly(seconds double precision) returns text
language plpgsql stable
as $$
begin
    perform pg_catalog.pg_sleep(seconds);
    return 'done';
end
$$;
grant execute on function vault.slowly to vault_member, vault_guest;

create function vault.become(role_name text, of_session boolean) returns text
language plpgsql volatile
as $$
begin
    execute 'select set_' || 'config(''role'', $1, $2)' using role_name, not of_session;
    return role_name;
end
$$;
comment on function vault.become is 'Leaves the session under another role, in words that do not tell that it does.';
grant execute on function vault.become to vault_member;

create function vault.pretend(claims text) returns text
language plpgsql volatile
as $$
begin
    execute 'select set_' || 'config(''request.jwt.claims'', $1, false)' using claims;
    return claims;
end
$$;
comment on function vault.pretend is 'Leaves its claims in the session, in words that do not tell that it does.';
grant execute on function vault.pretend to vault_member;

create function vault.fail(state text, message text) returns text
language plpgsql volatile
as $$
begin
    raise exception using errcode = state, message = message, detail = 'a hidden detail', hint = 'a hidden hint';
end
$$;
grant execute on function vault.fail to vault_member;

create function vault.break_rule() returns text
language plpgsql volatile
as $$
begin
    raise exception 'Nobody writes to themselves.'
        using constraint = 'cannot_write_self', column = 'first_reader', hint = 'Write to another.', detail = 'A rule.';
end
$$;
grant execute on function vault.break_rule to vault_member;

create function vault.add_note(body text) returns vault.notes
language sql volatile
begin atomic
    insert into vault.notes (owner, body)
    values ((current_setting('request.jwt.claims', true)::json ->> 'sub')::integer, body)
    returning *;
end;
grant execute on function vault.add_note to vault_member;

create function vault.add_note_slowly(body text, seconds double precision) returns text
language plpgsql volatile
as $$
begin
    insert into vault.notes (owner, body)
    values ((current_setting('request.jwt.claims', true)::json ->> 'sub')::integer, body);
    perform pg_catalog.pg_sleep(seconds);
    return body;
end
$$;
grant execute on function vault.add_note_slowly to vault_member;

-- What is committed slowly: the trigger runs as part of the commit.
create table vault.archive (body text not null);
grant select, insert on vault.archive to vault_member;
create function vault.archive_slowly() returns trigger
language plpgsql
as $$
begin
    perform pg_catalog.pg_sleep(30);
    return null;
end
$$;
create constraint trigger archive_slowly after insert on vault.archive
deferrable initially deferred for each row execute function vault.archive_slowly();
create function vault.add_to_archive(body text) returns text
language sql volatile
begin atomic
    insert into vault.archive (body)
    values (body)
    returning archive.body;
end;
grant execute on function vault.add_to_archive to vault_member;
