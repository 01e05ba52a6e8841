-- Sessions: each log-in is a row that its owner sees and can end, on whichever device it was. Refresh tokens belong to
-- one; until now they only shared a family_id.
set role threads_owner;

create table threads.sessions (
  id           uuid        not null default gen_random_uuid(),
  user_id      bigint      not null,
  device       text        not null default '',
  address      inet,
  created_at   timestamptz not null default now(),
  last_used_at timestamptz not null default now(),

  constraint sessions_pkey primary key (id),
  constraint sessions_user_id_fkey foreign key (user_id) references threads.users (id) on delete cascade,
  constraint sessions_device_length check (char_length(device) <= 200)
);

comment on table threads.sessions is
'@omit delete,aggregates,distinct
Where you are logged in. Only you see them, and only while they last.';
comment on column threads.sessions.id is 'Its identity, which access tokens carry as the claim sid.';
comment on column threads.sessions.user_id is 'Who is logged in.';
comment on column threads.sessions.device is
'What the device said that it is: the User-Agent of the log-in; may be empty.';
comment on column threads.sessions.address is 'The network address that it was last used from.';
comment on column threads.sessions.created_at is 'When it began, by signing up or logging in.';
comment on column threads.sessions.last_used_at is 'When it was last refreshed.';
comment on constraint sessions_pkey on threads.sessions is 'Sessions are known by their id.';
comment on constraint sessions_user_id_fkey on threads.sessions is 'Whose session it is.';
comment on constraint sessions_device_length on threads.sessions is
'A User-Agent may be long; its beginning tells enough.';

create index sessions_user_id_idx on threads.sessions (user_id, last_used_at);
comment on index threads.sessions_user_id_idx is 'The sessions of a user, the latest last.';

insert into threads.sessions (id, user_id, created_at, last_used_at)
select
  r.family_id,
  r.user_id,
  min(r.created_at) as created_at,
  max(coalesce(r.used_at, r.created_at)) as last_used_at
  from private.refresh_tokens as r
 group by r.family_id, r.user_id
having bool_and(r.revoked_at is null) and max(r.expires_at) > now();

delete from private.refresh_tokens as r
 where not exists (
         select
           from threads.sessions as s
          where s.id = r.family_id
       );

drop index private.refresh_tokens_user_id_idx;
alter index private.refresh_tokens_family_id_idx rename to refresh_tokens_session_id_idx;
alter table private.refresh_tokens rename column family_id to session_id;
alter table private.refresh_tokens alter column session_id drop default;
alter table private.refresh_tokens drop column user_id;
alter table private.refresh_tokens drop column revoked_at;
alter table private.refresh_tokens add column superseded_at timestamptz;
alter table private.refresh_tokens
add constraint refresh_tokens_session_id_fkey foreign key (session_id) references threads.sessions (id)
on delete cascade not valid;
alter table private.refresh_tokens validate constraint refresh_tokens_session_id_fkey;

comment on column private.refresh_tokens.session_id is 'The log-in that it descends from.';
comment on column private.refresh_tokens.used_at is 'When it was exchanged; a second attempt ends its session.';
comment on column private.refresh_tokens.superseded_at is
'When another took its place unused: the answer that brought it may have been lost. Its use ends the session.';
comment on constraint refresh_tokens_session_id_fkey on private.refresh_tokens is 'Goes when the session ends.';
comment on index private.refresh_tokens_session_id_idx is 'The tokens of a session.';

alter table threads.sessions enable row level security;

create policy sessions_read_own on threads.sessions
for select to threads_member
using (user_id = (select threads.viewer_id()));

create policy sessions_delete_own on threads.sessions
for delete to threads_member
using (user_id = (select threads.viewer_id()));

comment on policy sessions_read_own on threads.sessions is 'Members see their own sessions.';
comment on policy sessions_delete_own on threads.sessions is 'Members end their own sessions.';

grant select (id, user_id, device, address, created_at, last_used_at) on threads.sessions to threads_member;
grant delete on threads.sessions to threads_member;

-- How often something was tried. What it holds may be lost, so it is not written to the log of the server.
create unlogged table private.attempts (
  action  text        not null,
  subject bytea       not null,
  full_at timestamptz not null,

  constraint attempts_pkey primary key (action, subject)
);

comment on table private.attempts is 'How often something may still be tried: see private.take_turn.';
comment on column private.attempts.action is 'What is tried, and by what it is counted.';
comment on column private.attempts.subject is
'By whom: SHA-256 of an account, an address or a session. People type passwords where a username belongs.';
comment on column private.attempts.full_at is 'When all turns will be there again.';
comment on constraint attempts_pkey on private.attempts is 'One count for each.';

create index attempts_full_at_idx on private.attempts (full_at);
comment on index private.attempts_full_at_idx is 'Sweeping those that are full again.';

alter table private.attempts enable row level security;

reset role;
