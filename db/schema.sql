-- Threads: roles, tables, constraints, indexes, row-level security and grants. The rules that need more than these are
-- in functions/. Applied once, in one transaction, to an empty database, by a superuser or a role with CREATEROLE that
-- may create schemas in it. PostgreSQL 15 to 18.

-- Roles ---------------------------------------------------------------------------------------------------------------

-- Roles belong to the whole cluster, so another database may have made them already, even while this script runs.
do $$
declare
  wanted record;
begin
  for wanted in
    select *
      from (values
             ('threads_owner', 'nologin', 'Threads: owns every object; nobody logs in as it.'),
             ('threads_anonymous', 'nologin', 'Threads: a caller who is not logged in.'),
             ('threads_member', 'nologin', 'Threads: a caller who is logged in; the claims say who.'),
             ('threads_auth', 'nologin', 'Threads: signs up, logs in and refreshes; no token can carry this role.'),
             ('threads_admin', 'nologin', 'Threads: administrators in psql, who may act as any user.'),
             ('threads_gateway', 'login noinherit',
              'Threads: the API logs in as this, and may do nothing before it sets a role.')
           ) as r (name, attributes, description)
     where not exists (select from pg_catalog.pg_roles as p where p.rolname = r.name)
  loop
    begin
      execute format('create role %I %s', wanted.name, wanted.attributes);
      execute format('comment on role %I is %L', wanted.name, wanted.description);

      if wanted.name = 'threads_gateway' then
        -- Many short statements at once: neither helper processes nor compiling a plan would pay.
        alter role threads_gateway set max_parallel_workers_per_gather = 0;
        alter role threads_gateway set jit = off;
      end if;
    exception
      when duplicate_object or unique_violation then
        null; -- Another database's schema.sql was faster.
    end;
  end loop;
end
$$;

do $$
declare
  wanted record;
begin
  for wanted in
    select *
      from (values
             ('threads_anonymous', 'threads_gateway'),
             ('threads_member', 'threads_gateway'),
             ('threads_auth', 'threads_gateway'),
             ('threads_anonymous', 'threads_admin'),
             ('threads_member', 'threads_admin')
           ) as g (granted, grantee)
     where not exists (
             select
               from pg_catalog.pg_auth_members as m
              where m.roleid = g.granted::regrole
                and m.member = g.grantee::regrole
           )
  loop
    begin
      execute format('grant %I to %I', wanted.granted, wanted.grantee);
    exception
      when unique_violation then
        null;
    end;
  end loop;
end
$$;

-- Whoever creates a role may not act as it before they are a member, from PostgreSQL 16 on with the SET option.
do $$
begin
  set local role threads_owner;
  reset role;
exception
  when insufficient_privilege then
    execute format('grant threads_owner to %I', current_user);
end
$$;

-- Schemas -------------------------------------------------------------------------------------------------------------

create schema threads authorization threads_owner;
create schema private authorization threads_owner;

set role threads_owner;

comment on schema threads is 'What the API shows, and to whom: see the policies.';
comment on schema private is 'What nobody sees: password hashes, refresh tokens, and the triggers that keep the rules.';

-- A function is callable by those it is granted to, by name, and by nobody else.
alter default privileges revoke execute on functions from public;

grant usage on schema threads to threads_anonymous, threads_member, threads_admin;
grant usage on schema private to threads_auth;

-- The policies below ask this, so it stands here and not in functions/. While a statement is planned the claims may not
-- be set yet, and in plain psql they never are: that is nobody, not an error.
create function threads.viewer_id()
returns bigint
language sql stable parallel safe
return (nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub')::bigint;

comment on function threads.viewer_id() is
'@omit
The user that the claims name (sub), null for an anonymous caller. In policies write (select threads.viewer_id()), so
that it runs once a statement.';

grant execute on function threads.viewer_id() to threads_anonymous, threads_member;

-- Users ---------------------------------------------------------------------------------------------------------------

create table threads.users (
  id              bigint      not null generated always as identity,
  username        text        not null,
  display_name    text        not null,
  bio             text        not null default '',
  created_at      timestamptz not null default now(),
  follower_count  integer     not null default 0,
  following_count integer     not null default 0,
  thread_count    integer     not null default 0,

  constraint users_pkey primary key (id),
  constraint users_username_key unique (username),
  constraint users_username_form check (username ~ '^[a-z0-9_.]{3,30}$'),
  constraint users_display_name_length check (char_length(display_name) between 1 and 50),
  constraint users_bio_length check (char_length(bio) <= 160),
  constraint users_counts_not_negative check (follower_count >= 0 and following_count >= 0 and thread_count >= 0)
);

comment on table threads.users is
'@omit create,update,delete,upsert,aggregates,distinct
A person who writes and reads threads.';
comment on column threads.users.id is 'Identifies the user; never changes, unlike the username.';
comment on column threads.users.username is
'Unique, in lower case: 3 to 30 of the letters a to z, digits, "_" and ".".';
comment on column threads.users.display_name is 'The name to show: 1 to 50 characters, the username unless chosen.';
comment on column threads.users.bio is
'What the user says about themselves: at most 160 characters, empty unless written.';
comment on column threads.users.created_at is 'When the user signed up.';
comment on column threads.users.follower_count is 'How many users follow this one.';
comment on column threads.users.following_count is 'How many users this one follows.';
comment on column threads.users.thread_count is 'How many threads this user has written, replies included.';
comment on constraint users_pkey on threads.users is 'Users are known by their id.';
comment on constraint users_username_key on threads.users is
'Usernames are kept in lower case, so that none differs from another by case alone.';
comment on constraint users_username_form on threads.users is 'What a username is made of.';
comment on constraint users_display_name_length on threads.users is '1 to 50 characters, blanks around it not counted.';
comment on constraint users_bio_length on threads.users is 'At most 160 characters, blanks around it not counted.';
comment on constraint users_counts_not_negative on threads.users is 'A count below zero would be a mistake of ours.';

-- Threads -------------------------------------------------------------------------------------------------------------

create table threads.threads (
  id          bigint      not null generated always as identity,
  author_id   bigint      not null,
  parent_id   bigint,
  body        text        not null,
  created_at  timestamptz not null default now(),
  like_count  integer     not null default 0,
  reply_count integer     not null default 0,
  deleted_at  timestamptz,

  constraint threads_pkey primary key (id),
  constraint threads_author_id_fkey foreign key (author_id) references threads.users (id),
  constraint threads_parent_id_fkey foreign key (parent_id) references threads.threads (id),
  constraint threads_body_length check (
    case when deleted_at is null then char_length(body) between 1 and 500 else body = '' end
  ),
  constraint threads_not_own_parent check (parent_id <> id),
  constraint threads_counts_not_negative check (like_count >= 0 and reply_count >= 0)
);

comment on table threads.threads is
'@omit create,update,delete,upsert,aggregates,distinct
@orderBy created_at desc, id desc
Something that a user wrote: a thread of its own, or a reply to another thread.';
comment on column threads.threads.id is 'Identifies the thread; never changes.';
comment on column threads.threads.author_id is 'The id of the user who wrote it.';
comment on column threads.threads.parent_id is
'The id of the thread that this replies to, also where that was deleted; null when this starts a conversation.';
comment on column threads.threads.body is 'The text: 1 to 500 characters, blanks around it not counted and not kept.';
comment on column threads.threads.created_at is 'When it was written; never before its author signed up.';
comment on column threads.threads.like_count is 'How many users like it.';
comment on column threads.threads.reply_count is 'How many replies it has, not counting replies to those.';
comment on column threads.threads.deleted_at is
'@omit
When its author deleted it. Such a row holds the place of a thread that had replies; no API role sees it.';
comment on constraint threads_pkey on threads.threads is 'Threads are known by their id.';
comment on constraint threads_author_id_fkey on threads.threads is
'@fieldName author
@notNull
@foreignFieldName threads
@backwardDescription What the user has written, replies included, newest first.
The user who wrote it.';
comment on constraint threads_parent_id_fkey on threads.threads is
'@fieldName parent
@foreignFieldName replies
@backwardDescription What replies to it, oldest first.
@orderBy created_at, id
The thread that this replies to; null when this starts a conversation, or the parent was deleted.';
comment on constraint threads_body_length on threads.threads is
'Characters, not bytes, blanks around the text not counted; the text of a deleted thread is gone.';
comment on constraint threads_not_own_parent on threads.threads is 'A thread does not reply to itself.';
comment on constraint threads_counts_not_negative on threads.threads is
'A count below zero would be a mistake of ours.';

create index threads_author_id_created_at_idx on threads.threads (author_id, created_at, id);
create index threads_created_at_idx on threads.threads (created_at, id);
create index threads_parent_id_created_at_idx on threads.threads (parent_id, created_at, id)
where parent_id is not null;
create index threads_started_at_idx on threads.threads (created_at, id)
where parent_id is null;

comment on index threads.threads_author_id_created_at_idx is 'A profile''s threads, newest or oldest first.';
comment on index threads.threads_created_at_idx is 'All threads and replies, newest first.';
comment on index threads.threads_parent_id_created_at_idx is 'A thread''s replies, newest or oldest first.';
comment on index threads.threads_started_at_idx is 'Threads that start a conversation, newest first: what feeds read.';

-- Likes ---------------------------------------------------------------------------------------------------------------

create table threads.likes (
  thread_id  bigint      not null,
  user_id    bigint      not null,
  created_at timestamptz not null default now(),

  constraint likes_pkey primary key (thread_id, user_id),
  constraint likes_thread_id_fkey foreign key (thread_id) references threads.threads (id) on delete cascade,
  constraint likes_user_id_fkey foreign key (user_id) references threads.users (id) on delete cascade
);

comment on table threads.likes is
'@omit
That a user likes a thread. The API shows it as User.likedThreads and Thread.likers.';
comment on column threads.likes.thread_id is 'The thread that is liked.';
comment on column threads.likes.user_id is 'The user who likes it.';
comment on column threads.likes.created_at is 'Since when.';
comment on constraint likes_pkey on threads.likes is 'Nobody likes a thread twice.';
comment on constraint likes_thread_id_fkey on threads.likes is
'@manyToManyFieldName likedThreads
@manyToManyOrderBy id desc
@manyToManyDescription What the user likes, newest threads first.
The thread that is liked.';
comment on constraint likes_user_id_fkey on threads.likes is
'@manyToManyFieldName likers
@manyToManyDescription The users who like it.
The user who likes it.';

create index likes_user_id_idx on threads.likes (user_id, thread_id);

comment on index threads.likes_user_id_idx is 'What a user likes.';

-- Follows -------------------------------------------------------------------------------------------------------------

create table threads.follows (
  follower_id bigint      not null,
  followee_id bigint      not null,
  created_at  timestamptz not null default now(),

  constraint follows_pkey primary key (follower_id, followee_id),
  constraint follows_follower_id_fkey foreign key (follower_id) references threads.users (id) on delete cascade,
  constraint follows_followee_id_fkey foreign key (followee_id) references threads.users (id) on delete cascade,
  constraint follows_not_oneself check (follower_id <> followee_id)
);

comment on table threads.follows is
'@omit
That a user follows another, whose threads then come into the follower''s home feed. The API shows it as User.following
and User.followers.';
comment on column threads.follows.follower_id is 'The user who follows.';
comment on column threads.follows.followee_id is 'The user who is followed.';
comment on column threads.follows.created_at is 'Since when.';
comment on constraint follows_pkey on threads.follows is 'Nobody follows a user twice.';
comment on constraint follows_follower_id_fkey on threads.follows is
'@manyToManyFieldName followers
@manyToManyDescription The users who follow this one.
The user who follows.';
comment on constraint follows_followee_id_fkey on threads.follows is
'@manyToManyFieldName following
@manyToManyDescription The users whom this one follows.
The user who is followed.';
comment on constraint follows_not_oneself on threads.follows is 'Nobody follows themselves.';

create index follows_followee_id_idx on threads.follows (followee_id, follower_id);

comment on index threads.follows_followee_id_idx is 'Who follows a user.';

-- Private tables ------------------------------------------------------------------------------------------------------

create table private.credentials (
  user_id       bigint      not null,
  password_hash text        not null,
  changed_at    timestamptz not null default now(),

  constraint credentials_pkey primary key (user_id),
  constraint credentials_user_id_fkey foreign key (user_id) references threads.users (id) on delete cascade,
  constraint credentials_password_hash_given check (password_hash <> '')
);

comment on table private.credentials is 'What a user proves who they are with. Without a row, the user cannot log in.';
comment on column private.credentials.user_id is 'Whose they are.';
comment on column private.credentials.password_hash is
'The hash of the password as the API made it: argon2id, with its salt and parameters. Passwords never come here.';
comment on column private.credentials.changed_at is 'When the hash was last replaced.';
comment on constraint credentials_pkey on private.credentials is 'One password a user.';
comment on constraint credentials_user_id_fkey on private.credentials is 'Goes when the user goes.';
comment on constraint credentials_password_hash_given on private.credentials is
'An empty hash would be a mistake of ours.';

create table private.refresh_tokens (
  token_hash bytea       not null,
  family_id  uuid        not null default gen_random_uuid(),
  user_id    bigint      not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at    timestamptz,
  revoked_at timestamptz,

  constraint refresh_tokens_pkey primary key (token_hash),
  constraint refresh_tokens_user_id_fkey foreign key (user_id) references threads.users (id) on delete cascade,
  constraint refresh_tokens_hash_length check (octet_length(token_hash) = 32)
);

comment on table private.refresh_tokens is 'Tokens that buy a new access token, each once.';
comment on column private.refresh_tokens.token_hash is 'SHA-256 of the token. Tokens themselves never come here.';
comment on column private.refresh_tokens.family_id is 'The log-in that it descends from; they are revoked together.';
comment on column private.refresh_tokens.user_id is 'Whom it logs in.';
comment on column private.refresh_tokens.created_at is 'When it was given out.';
comment on column private.refresh_tokens.expires_at is 'From when on it buys nothing.';
comment on column private.refresh_tokens.used_at is 'When it was exchanged; a second attempt revokes its family.';
comment on column private.refresh_tokens.revoked_at is
'When it was revoked, by logging out or because a token was used twice.';
comment on constraint refresh_tokens_pkey on private.refresh_tokens is 'Tokens are known by their digest.';
comment on constraint refresh_tokens_user_id_fkey on private.refresh_tokens is 'Goes when the user goes.';
comment on constraint refresh_tokens_hash_length on private.refresh_tokens is 'A SHA-256 digest has 32 bytes.';

create index refresh_tokens_family_id_idx on private.refresh_tokens (family_id);
create index refresh_tokens_user_id_idx on private.refresh_tokens (user_id, expires_at);

comment on index private.refresh_tokens_family_id_idx is 'Revoking a family.';
comment on index private.refresh_tokens_user_id_idx is 'Sweeping a user''s expired tokens.';

-- Row-level security --------------------------------------------------------------------------------------------------

alter table threads.users enable row level security;
alter table threads.threads enable row level security;
alter table threads.likes enable row level security;
alter table threads.follows enable row level security;
-- No policy at all: only their owner's functions read these.
alter table private.credentials enable row level security;
alter table private.refresh_tokens enable row level security;

create policy users_read on threads.users
for select to threads_anonymous, threads_member
using (true);

create policy users_update_own on threads.users
for update to threads_member
using (id = (select threads.viewer_id()))
with check (id = (select threads.viewer_id()));

create policy threads_read on threads.threads
for select to threads_anonymous, threads_member
using (deleted_at is null);

create policy threads_insert_own on threads.threads
for insert to threads_member
with check (
  author_id = (select threads.viewer_id())
  and (parent_id is null or exists (
    select from threads.threads as p
     where p.id = threads.parent_id
  ))
);

create policy threads_delete_own on threads.threads
for delete to threads_member
using (author_id = (select threads.viewer_id()));

create policy likes_read on threads.likes
for select to threads_anonymous, threads_member
using (true);

create policy likes_insert_own on threads.likes
for insert to threads_member
with check (
  user_id = (select threads.viewer_id())
  and exists (
    select from threads.threads as t
     where t.id = likes.thread_id
  )
);

create policy likes_delete_own on threads.likes
for delete to threads_member
using (user_id = (select threads.viewer_id()));

create policy follows_read on threads.follows
for select to threads_anonymous, threads_member
using (true);

create policy follows_insert_own on threads.follows
for insert to threads_member
with check (
  follower_id = (select threads.viewer_id())
  and exists (
    select from threads.users as u
     where u.id = follows.followee_id
  )
);

create policy follows_delete_own on threads.follows
for delete to threads_member
using (follower_id = (select threads.viewer_id()));

comment on policy users_read on threads.users is 'Everybody sees every profile.';
comment on policy users_update_own on threads.users is 'Members change their own profile.';
comment on policy threads_read on threads.threads is 'Everybody sees every thread that was not deleted.';
comment on policy threads_insert_own on threads.threads is
'Members write in their own name, and reply to what they can see.';
comment on policy threads_delete_own on threads.threads is 'Members delete their own threads.';
comment on policy likes_read on threads.likes is 'Everybody sees who likes what.';
comment on policy likes_insert_own on threads.likes is 'Members like in their own name, and what they can see.';
comment on policy likes_delete_own on threads.likes is 'Members take back their own likes.';
comment on policy follows_read on threads.follows is 'Everybody sees who follows whom.';
comment on policy follows_insert_own on threads.follows is 'Members follow in their own name, and whom they can see.';
comment on policy follows_delete_own on threads.follows is 'Members unfollow in their own name.';

-- Grants --------------------------------------------------------------------------------------------------------------

-- Every column, because functions that take or return whole rows need them all; each by name, so that a new column
-- shows only when somebody decides so.
grant select (id, username, display_name, bio, created_at, follower_count, following_count, thread_count)
on threads.users to threads_anonymous, threads_member;
grant select (id, author_id, parent_id, body, created_at, like_count, reply_count, deleted_at)
on threads.threads to threads_anonymous, threads_member;
grant select (thread_id, user_id, created_at) on threads.likes to threads_anonymous, threads_member;
grant select (follower_id, followee_id, created_at) on threads.follows to threads_anonymous, threads_member;

grant update (display_name, bio) on threads.users to threads_member;
grant insert (author_id, parent_id, body), delete on threads.threads to threads_member;
grant insert (thread_id, user_id), delete on threads.likes to threads_member;
grant insert (follower_id, followee_id), delete on threads.follows to threads_member;

reset role;
