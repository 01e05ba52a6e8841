-- What the attacks are aimed at: rows of two people, a column and a table that are nobody's business, and functions,
-- policies and triggers that fail as the claims say.

do $$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'attacked_gateway') then
        create role attacked_anonymous nologin;
        create role attacked_member nologin;
        create role attacked_editor nologin;
        create role attacked_owner nologin;
        create role attacked_gateway login noinherit;
        grant attacked_anonymous, attacked_member, attacked_editor to attacked_gateway;
    end if;
end
$$;

create extension ltree;
create schema attacked;
create schema canary_schema;
grant usage on schema attacked to attacked_anonymous, attacked_member, attacked_editor;

-- Fails with any SQLSTATE, and says a canary in all that an error can hold.
create function canary_schema.fail(state text) returns boolean
language plpgsql as $$
begin
    raise exception using
        errcode = state, message = 'canary_message', detail = 'canary_detail', hint = 'canary_hint',
        schema = 'canary_schema', table = 'canary_table', column = 'canary_column',
        constraint = 'canary_constraint', datatype = 'canary_type';
end
$$;

-- Fails where the claims want it to.
create function canary_schema.fail_here(place text) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
    claims json := nullif(current_setting('request.jwt.claims', true), '')::json;
begin
    if claims ->> 'place' = fail_here.place then
        return canary_schema.fail(claims ->> 'state');
    end if;
    return true;
end
$$;
grant usage on schema canary_schema to attacked_anonymous, attacked_member;
grant execute on function canary_schema.fail_here(text) to attacked_anonymous, attacked_member;

create function attacked.before_each() returns void
language plpgsql as $$
begin
    perform canary_schema.fail_here('pre_request');
end
$$;

create table attacked.notes (
    id     integer generated always as identity primary key,
    owner  integer not null default 1,
    body   text not null unique,
    secret text not null default 'canary_secret' constraint canary_check check (secret <> 'bad'),
    label  text constraint label_check check (label <> 'bad'),
    data   jsonb,
    words  tsvector generated always as (to_tsvector('simple', body)) stored,
    tags   text[],
    path   ltree,
    at     timestamptz,
    key    uuid
);
alter table attacked.notes enable row level security;
create policy notes_own on attacked.notes to attacked_member
    using (
        (select canary_schema.fail_here('policy'))
        and owner = (nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub')::integer
    );
grant select (id, owner, body, label, data, words, tags, path, at, key),
      insert (owner, body, label, data, tags, path, at, key),
      update (body, label) on attacked.notes to attacked_member;
grant delete on attacked.notes to attacked_member;

create table attacked.tickets (id integer primary key);
grant select on attacked.tickets to attacked_member;
insert into attacked.tickets values (1);
create function attacked.tickets_risky(ticket attacked.tickets) returns boolean
language plpgsql stable as $$ begin return canary_schema.fail_here('computed'); end $$;

create function attacked.notes_before() returns trigger
language plpgsql as $$
begin
    perform canary_schema.fail_here('trigger');
    return new;
end
$$;
create trigger notes_before before insert on attacked.notes for each row execute function attacked.notes_before();

create function attacked.ask() returns boolean
language plpgsql stable as $$ begin return canary_schema.fail_here('query'); end $$;
create function attacked.act() returns boolean
language plpgsql as $$ begin return canary_schema.fail_here('mutation'); end $$;
create function attacked.say(words text) returns text
language sql stable return words;
create function attacked.shout(words text) returns text
language plpgsql as $$ begin return upper(words); end $$;
create function attacked.divide(dividend integer, divisor integer) returns integer
language plpgsql immutable as $$ begin return dividend / divisor; end $$;
create function attacked.claims() returns json
language sql stable return nullif(current_setting('request.jwt.claims', true), '')::json;
create function attacked.header() returns text
language sql stable return nullif(current_setting('request.headers', true), '')::json ->> 'x-tenant';
create function attacked.who() returns text
language sql stable return current_user;

-- Nobody's business, and written to by a function.
create table canary_schema.canary_table (
    canary_column integer not null constraint canary_unique unique constraint canary_positive check (canary_column > 0),
    note_id       integer constraint canary_foreign references attacked.notes (id)
);
create function attacked.book(number integer default null, note_id integer default null) returns integer
language sql security definer set search_path = ''
begin atomic
    insert into canary_schema.canary_table (canary_column, note_id) values (number, note_id) returning canary_column;
end;
create function attacked.write(body text default null, label text default null, secret text default 'x') returns attacked.notes
language sql security definer set search_path = ''
begin atomic
    insert into attacked.notes (owner, body, label, secret) values (1, body, label, secret) returning *;
end;
create function attacked.lose() returns integer
language plpgsql as $$ declare found integer; begin execute 'select 1 from canary_schema.canary_gone' into found; return found; end $$;

revoke execute on all functions in schema attacked from public;
grant execute on all functions in schema attacked to attacked_member;
grant execute on function attacked.before_each(), attacked.who(), attacked.claims() to attacked_anonymous, attacked_editor;

insert into attacked.notes (owner, body, data, tags, path, at, key) values
    (1, 'mine', '{"a": 1}', '{x}', 'a.b', '2024-01-01', '00000000-0000-0000-0000-000000000001'),
    (2, 'another''s', '{"a": 2}', '{y}', 'a.c', '2024-01-02', '00000000-0000-0000-0000-000000000002');
