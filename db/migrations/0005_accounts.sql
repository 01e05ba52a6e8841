-- Accounts: what only their owners see of them, names that nobody may take, and what is left of deleted ones for a
-- while. A token outlives a deactivated or deleted account by some minutes: whoever sends it is then a stranger.
--
-- Who is there already gets an account by 0112_accounts.sql; without one, one has no e-mail address.
-- gatepost: was 8075aaa8764131b3daaa8cd9aaada1912694451255809aac3ff02017840892e1
set role threads_owner;

-- Accounts ------------------------------------------------------------------------------------------------------------

create table threads.accounts (
  user_id bigint not null,
  email   text,

  constraint accounts_pkey primary key (user_id),
  constraint accounts_user_id_fkey foreign key (user_id) references threads.users (id) on delete cascade,
  constraint accounts_email_key unique (email),
  constraint accounts_email_form check (
    email = lower(email) and char_length(email) <= 254 and email ~ '^[^@[:space:]]+@[^@[:space:]]+$'
  )
);

comment on table threads.accounts is
'@omit all,create,update,delete,upsert,aggregates,distinct
What only you see of your account.';
comment on column threads.accounts.user_id is
'@omit
Whose account it is.';
comment on column threads.accounts.email is
'@omit filter,order
Your e-mail address, by which you can log in; null where you gave none.';
comment on constraint accounts_pkey on threads.accounts is 'One account a user.';
comment on constraint accounts_user_id_fkey on threads.accounts is
'@omit forward,filter,order
@foreignFieldName account
@backwardDescription What only you see of your account; null on everybody else.
Whose account it is.';
comment on constraint accounts_email_key on threads.accounts is
'@omit
Whoever logs in by an e-mail address is one user.';
comment on constraint accounts_email_form on threads.accounts is
'Something, an @ and something, in lower case; what is deliverable only a mail server knows.';

-- Usernames -----------------------------------------------------------------------------------------------------------

-- A generated column needs it, so it stands here and not in functions/.
create function private.username_shape(username text)
returns text
language sql immutable strict parallel safe
return translate(lower(username), '013457i._', 'oleastl');

comment on function private.username_shape(text) is
'What a username looks like at a glance: in lower case, without "." and "_", with letters for the digits that resemble
them. Names of one shape are look-alikes.';

create table private.reserved_usernames (
  username text not null,
  shape    text not null generated always as (private.username_shape(username)) stored,

  constraint reserved_usernames_pkey primary key (username),
  constraint reserved_usernames_shape_key unique (shape),
  constraint reserved_usernames_form check (username ~ '^[a-z0-9_.]{2,30}$')
);

comment on table private.reserved_usernames is
'Usernames that nobody may choose, nor what looks like them, as they would pass for the people who run this. Operators
add to them.';
comment on column private.reserved_usernames.username is 'The name, in lower case.';
comment on column private.reserved_usernames.shape is 'What it looks like: see private.username_shape.';
comment on constraint reserved_usernames_pkey on private.reserved_usernames is 'Once is enough.';
comment on constraint reserved_usernames_shape_key on private.reserved_usernames is
'One of several look-alikes is enough.';
comment on constraint reserved_usernames_form on private.reserved_usernames is 'What could be a username.';

-- Paths of the site, roles that people write to (RFC 2142), and words that stand for nobody.
insert into private.reserved_usernames (username)
select unnest(string_to_array(
  'abuse account accounts admin administrator anonymous api billing compliance contact copyright deleted everyone '
  'explore feed gatepost graphiql graphql healthz help helpdesk home hostmaster hashtag hashtags info legal login '
  'logout me mod moderator moderators news noc noreply notifications null official operator owner password '
  'postmaster press privacy readyz register reply root sales search security settings signup staff status support '
  'system team terms thread threads trending trust undefined user users verified webmaster www you',
  ' '
));

create table private.held_usernames (
  username_hash bytea       not null,
  user_id       bigint,
  held_until    timestamptz not null,

  constraint held_usernames_pkey primary key (username_hash),
  constraint held_usernames_user_id_fkey foreign key (user_id) references threads.users (id) on delete set null,
  constraint held_usernames_hash_length check (octet_length(username_hash) = 32)
);

comment on table private.held_usernames is
'Usernames that somebody gave up not long ago: until then nobody else gets them, and passes for who had them.';
comment on column private.held_usernames.username_hash is
'SHA-256 of the username, so that the name of a deleted account is not kept.';
comment on column private.held_usernames.user_id is
'Who had it and may take it back; null where they deleted their account.';
comment on column private.held_usernames.held_until is 'From when on anybody may have it.';
comment on constraint held_usernames_pkey on private.held_usernames is 'Held once, for who had it last.';
comment on constraint held_usernames_user_id_fkey on private.held_usernames is 'Stays held when the user goes.';
comment on constraint held_usernames_hash_length on private.held_usernames is 'A SHA-256 digest has 32 bytes.';

create index held_usernames_user_id_idx on private.held_usernames (user_id);
create index held_usernames_held_until_idx on private.held_usernames (held_until);
comment on index private.held_usernames_user_id_idx is 'What a user gave up.';
comment on index private.held_usernames_held_until_idx is 'Sweeping what is held no more.';

-- Deleted accounts ----------------------------------------------------------------------------------------------------

create table private.erasures (
  user_id  bigint      not null,
  begun_at timestamptz not null default now(),

  constraint erasures_pkey primary key (user_id),
  constraint erasures_user_id_fkey foreign key (user_id) references threads.users (id) on delete cascade
);

comment on table private.erasures is
'Deleted accounts of which something is left: nobody sees it any more, and private.erase takes it away bit by bit.';
comment on column private.erasures.user_id is 'Whose account it was.';
comment on column private.erasures.begun_at is 'When they deleted it.';
comment on constraint erasures_pkey on private.erasures is 'Deleting once is enough.';
comment on constraint erasures_user_id_fkey on private.erasures is 'Done when the user is gone.';

-- Row-level security --------------------------------------------------------------------------------------------------

alter table threads.accounts enable row level security;
-- No policy at all: only their owner's functions read these.
alter table private.reserved_usernames enable row level security;
alter table private.held_usernames enable row level security;
alter table private.erasures enable row level security;

create function private.viewer_is_active()
returns boolean
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select
      from threads.users as u
     where u.id = (select threads.viewer_id())
       and u.deactivated_at is null
  );
end
$$;

comment on function private.viewer_is_active() is
'Whether who asks has an account that is neither deactivated nor deleted. For policies on what is somebody''s own: see
0019_strangers.sql.';

grant execute on function private.viewer_is_active() to threads_anonymous, threads_member;

create policy accounts_read_own on threads.accounts
for select to threads_member
using (user_id = (select threads.viewer_id()));

-- Nobody is behind a wall from themselves, so that their own row needs no clause of its own.
drop policy users_read on threads.users;
create policy users_read on threads.users
for select to threads_anonymous, threads_member
using (
  deactivated_at is null
  and id <> all (array(
    select w.other_id
      from private.walls as w
     where w.user_id = (select threads.viewer_id())
  ))
);

drop policy users_update_own on threads.users;
create policy users_update_own on threads.users
for update to threads_member
using (id = (select threads.viewer_id()) and deactivated_at is null)
with check (id = (select threads.viewer_id()));

comment on policy accounts_read_own on threads.accounts is 'Members see their own account, and nobody else does.';
comment on policy users_read on threads.users is
'Everybody sees every profile, but for those deactivated and those between whom there is a block.';
comment on policy users_update_own on threads.users is 'Members change their own profile, unless it is deactivated.';

create or replace function private.viewer_follows(user_id bigint)
returns boolean
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select
      from threads.follows as f
      join threads.users as u on u.id = f.follower_id
     where f.follower_id = (select threads.viewer_id())
       and f.followee_id = viewer_follows.user_id
       and u.deactivated_at is null
  );
end
$$;

-- Grants --------------------------------------------------------------------------------------------------------------

grant select (user_id, email) on threads.accounts to threads_member;
grant update (username) on threads.users to threads_member;

reset role;
