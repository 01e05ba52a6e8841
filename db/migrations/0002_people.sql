-- People: profiles may be private or deactivated, follows may have to be asked for, and people may block and mute each
-- other. What a block, a private account and a deactivated one hide is decided here, in the policies of users, likes
-- and follows; 0003_threads.sql has the one of threads.
set role threads_owner;

-- Users ---------------------------------------------------------------------------------------------------------------

alter table threads.users
add column link text,
add column avatar_url text,
add column is_private boolean not null default false,
add column deactivated_at timestamptz,
add constraint users_link_form check (char_length(link) <= 200 and link ~ '^https?://[^\s]+$') not valid,
add constraint users_avatar_url_form check (char_length(avatar_url) <= 500 and avatar_url ~ '^https?://[^\s]+$')
not valid;

comment on column threads.users.link is 'A web address of theirs, with http:// or https://; null where they gave none.';
comment on column threads.users.avatar_url is 'Where their picture is; null where they gave none.';
comment on column threads.users.is_private is
'Whether only followers, whom they approved, see what they write, like, and whom they follow. Their profile is seen by
all.';
comment on column threads.users.deactivated_at is
'@omit
Since when the account is deactivated: nobody else sees it until its owner logs in again.';
comment on constraint users_link_form on threads.users is 'A web address of at most 200 characters.';
comment on constraint users_avatar_url_form on threads.users is 'A web address of at most 500 characters.';

comment on constraint sessions_user_id_fkey on threads.sessions is
'@foreignFieldName sessions
@backwardDescription Where you are logged in, the latest first; nothing of others.
Whose session it is.';

comment on constraint users_username_key on threads.users is
'@meant unique-tells That a username is taken is known to all, also where its owner is not to be seen.
Usernames are kept in lower case, so that none differs from another by case alone.';

-- Blocks --------------------------------------------------------------------------------------------------------------

create table threads.blocks (
  blocker_id bigint      not null,
  blocked_id bigint      not null,
  created_at timestamptz not null default now(),

  constraint blocks_pkey primary key (blocker_id, blocked_id),
  constraint blocks_blocker_id_fkey foreign key (blocker_id) references threads.users (id) on delete cascade,
  constraint blocks_blocked_id_fkey foreign key (blocked_id) references threads.users (id) on delete cascade,
  constraint blocks_not_oneself check (blocker_id <> blocked_id)
);

comment on table threads.blocks is
'@omit create,update,delete,upsert,aggregates,distinct
@orderBy created_at desc
Whom you block. Neither of you sees the other in any way.';
comment on column threads.blocks.blocker_id is
'@omit
Who blocks.';
comment on column threads.blocks.blocked_id is 'The id of the user who is blocked.';
comment on column threads.blocks.created_at is 'Since when.';
comment on constraint blocks_pkey on threads.blocks is 'Nobody blocks a user twice.';
comment on constraint blocks_blocker_id_fkey on threads.blocks is
'@omit
Who blocks.';
comment on constraint blocks_blocked_id_fkey on threads.blocks is
'@omit
Who is blocked. No relation of the API: neither sees the other.';
comment on constraint blocks_not_oneself on threads.blocks is 'Nobody blocks themselves.';

create index blocks_blocked_id_idx on threads.blocks (blocked_id, blocker_id);
comment on index threads.blocks_blocked_id_idx is 'Who blocks a user.';

create table private.walls (
  user_id  bigint not null,
  other_id bigint not null,

  constraint walls_pkey primary key (user_id, other_id),
  constraint walls_user_id_fkey foreign key (user_id) references threads.users (id) on delete cascade,
  constraint walls_other_id_fkey foreign key (other_id) references threads.users (id) on delete cascade
);

comment on table private.walls is
'Who does not see whom: two rows for two users of whom at least one blocks the other. Kept by a trigger on
threads.blocks; policies read it.';
comment on column private.walls.user_id is 'Who does not see the other.';
comment on column private.walls.other_id is 'Whom they do not see.';
comment on constraint walls_pkey on private.walls is 'One wall is enough.';
comment on constraint walls_user_id_fkey on private.walls is 'Goes when the user goes.';
comment on constraint walls_other_id_fkey on private.walls is 'Goes when the user goes.';

create index walls_other_id_idx on private.walls (other_id, user_id);
comment on index private.walls_other_id_idx is 'The walls around a user who goes.';

-- Mutes ---------------------------------------------------------------------------------------------------------------

create table threads.mutes (
  muter_id   bigint      not null,
  muted_id   bigint      not null,
  created_at timestamptz not null default now(),

  constraint mutes_pkey primary key (muter_id, muted_id),
  constraint mutes_muter_id_fkey foreign key (muter_id) references threads.users (id) on delete cascade,
  constraint mutes_muted_id_fkey foreign key (muted_id) references threads.users (id) on delete cascade,
  constraint mutes_not_oneself check (muter_id <> muted_id)
);

comment on table threads.mutes is
'@omit
That a user does not want another in their feeds and notifications. The other is not told.';
comment on column threads.mutes.muter_id is 'Who mutes.';
comment on column threads.mutes.muted_id is 'Who is muted.';
comment on column threads.mutes.created_at is 'Since when.';
comment on constraint mutes_pkey on threads.mutes is 'Nobody mutes a user twice.';
comment on constraint mutes_muter_id_fkey on threads.mutes is 'Who mutes.';
comment on constraint mutes_muted_id_fkey on threads.mutes is 'Who is muted.';
comment on constraint mutes_not_oneself on threads.mutes is 'Nobody mutes themselves.';

create index mutes_muted_id_idx on threads.mutes (muted_id, muter_id);
comment on index threads.mutes_muted_id_idx is 'Who mutes a user.';

-- Follow requests -----------------------------------------------------------------------------------------------------

create table threads.follow_requests (
  requester_id bigint      not null,
  target_id    bigint      not null,
  created_at   timestamptz not null default now(),

  constraint follow_requests_pkey primary key (requester_id, target_id),
  constraint follow_requests_requester_id_fkey foreign key (requester_id) references threads.users (id)
  on delete cascade,
  constraint follow_requests_target_id_fkey foreign key (target_id) references threads.users (id) on delete cascade,
  constraint follow_requests_not_oneself check (requester_id <> target_id)
);

comment on table threads.follow_requests is
'@omit create,update,delete,upsert,aggregates,distinct
@orderBy created_at desc
That a user would like to follow a private account. Only the two of them see it.';
comment on column threads.follow_requests.requester_id is 'The id of the user who asks.';
comment on column threads.follow_requests.target_id is 'The id of the user who is asked.';
comment on column threads.follow_requests.created_at is 'When they asked.';
comment on constraint follow_requests_pkey on threads.follow_requests is 'Asking once is enough.';
comment on constraint follow_requests_requester_id_fkey on threads.follow_requests is
'@fieldName requester
@notNull
@foreignFieldName sentFollowRequests
@backwardDescription Whom the user asked to follow; of others than yourself, only what they asked of you.
Who asks.';
comment on constraint follow_requests_target_id_fkey on threads.follow_requests is
'@fieldName target
@notNull
@foreignFieldName receivedFollowRequests
@backwardDescription Who asked to follow the user; of others than yourself, only what you asked of them.
Who is asked.';
comment on constraint follow_requests_not_oneself on threads.follow_requests is 'Nobody asks themselves.';

create index follow_requests_target_id_idx on threads.follow_requests (target_id, created_at);
comment on index threads.follow_requests_target_id_idx is 'Who asks to follow a user, the latest last.';

-- Row-level security --------------------------------------------------------------------------------------------------

alter table threads.blocks enable row level security;
alter table threads.mutes enable row level security;
alter table threads.follow_requests enable row level security;
alter table private.walls enable row level security;

-- The policy of follows cannot read follows, and a policy that reads them is slower than a look at one key.
create function private.viewer_follows(user_id bigint)
returns boolean
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select
      from threads.follows as f
     where f.follower_id = (select threads.viewer_id())
       and f.followee_id = viewer_follows.user_id
  );
end
$$;

comment on function private.viewer_follows(bigint) is
'Whether who asks follows the user. For policies: it tells nothing that follows does not show to who asks.';

grant execute on function private.viewer_follows(bigint) to threads_anonymous, threads_member;

create policy walls_read_own on private.walls
for select to threads_anonymous, threads_member
using (user_id = (select threads.viewer_id()));

drop policy users_read on threads.users;
create policy users_read on threads.users
for select to threads_anonymous, threads_member
using (
  id = (select threads.viewer_id())
  or deactivated_at is null
  and id <> all (array(
    select w.other_id
      from private.walls as w
     where w.user_id = (select threads.viewer_id())
  ))
);

-- A user is looked up by key, in a scalar sub-select: as "exists" the planner might read all users into a hash.
drop policy follows_read on threads.follows;
create policy follows_read on threads.follows
for select to threads_anonymous, threads_member
using (
  follower_id = (select threads.viewer_id())
  or followee_id = (select threads.viewer_id())
  or (
       select not u.is_private or private.viewer_follows(u.id)
         from threads.users as u
        where u.id = follows.follower_id
     )
  and (
        select not u.is_private or private.viewer_follows(u.id)
          from threads.users as u
         where u.id = follows.followee_id
      )
);

drop policy follows_insert_own on threads.follows;
create policy follows_insert_own on threads.follows
for insert to threads_member
with check (
  follower_id = (select threads.viewer_id())
  and (
        select not u.is_private
          from threads.users as u
         where u.id = follows.followee_id
      )
);

create policy follows_approve on threads.follows
for insert to threads_member
with check (
  followee_id = (select threads.viewer_id())
  and (
        select true
          from threads.follow_requests as r
         where r.requester_id = follows.follower_id
           and r.target_id = follows.followee_id
      )
);

drop policy follows_delete_own on threads.follows;
create policy follows_delete_own on threads.follows
for delete to threads_member
using (follower_id = (select threads.viewer_id()) or followee_id = (select threads.viewer_id()));

drop policy likes_read on threads.likes;
create policy likes_read on threads.likes
for select to threads_anonymous, threads_member
using (
  user_id = (select threads.viewer_id())
  or (
       select not u.is_private or private.viewer_follows(u.id)
         from threads.users as u
        where u.id = likes.user_id
     )
  and (
        select true
          from threads.threads as t
         where t.id = likes.thread_id
      )
);

create policy blocks_read_own on threads.blocks
for select to threads_member
using (blocker_id = (select threads.viewer_id()));

create policy blocks_insert_own on threads.blocks
for insert to threads_member
with check (
  blocker_id = (select threads.viewer_id())
  and (
        select true
          from threads.users as u
         where u.id = blocks.blocked_id
      )
);

create policy blocks_delete_own on threads.blocks
for delete to threads_member
using (blocker_id = (select threads.viewer_id()));

create policy mutes_read_own on threads.mutes
for select to threads_member
using (muter_id = (select threads.viewer_id()));

create policy mutes_insert_own on threads.mutes
for insert to threads_member
with check (
  muter_id = (select threads.viewer_id())
  and (
        select true
          from threads.users as u
         where u.id = mutes.muted_id
      )
);

create policy mutes_delete_own on threads.mutes
for delete to threads_member
using (muter_id = (select threads.viewer_id()));

create policy follow_requests_read_own on threads.follow_requests
for select to threads_member
using (
  requester_id = (select threads.viewer_id()) and (
    select true
      from threads.users as u
     where u.id = follow_requests.target_id
  )
  or target_id = (select threads.viewer_id()) and (
    select true
      from threads.users as u
     where u.id = follow_requests.requester_id
  )
);

create policy follow_requests_insert_own on threads.follow_requests
for insert to threads_member
with check (
  requester_id = (select threads.viewer_id())
  and not private.viewer_follows(target_id)
  and (
        select u.is_private
          from threads.users as u
         where u.id = follow_requests.target_id
      )
);

create policy follow_requests_delete_own on threads.follow_requests
for delete to threads_member
using (requester_id = (select threads.viewer_id()) or target_id = (select threads.viewer_id()));

comment on policy walls_read_own on private.walls is 'What the other policies ask, of who asks.';
comment on policy users_read on threads.users is
'Everybody sees every profile, but for those deactivated and those between whom there is a block.';
comment on policy follows_read on threads.follows is
'Everybody sees who follows whom, but for what private accounts do, which their followers see.';
comment on policy follows_insert_own on threads.follows is
'Members follow in their own name, and public accounts that they can see.';
comment on policy follows_approve on threads.follows is 'Members let those follow them who asked.';
comment on policy follows_delete_own on threads.follows is 'Members unfollow, and remove their followers.';
comment on policy likes_read on threads.likes is
'Everybody sees who likes what they see, but for what private accounts like, which their followers see.';
comment on policy blocks_read_own on threads.blocks is 'Members see whom they block, and not who blocks them.';
comment on policy blocks_insert_own on threads.blocks is 'Members block in their own name, and whom they can see.';
comment on policy blocks_delete_own on threads.blocks is 'Members take back their own blocks.';
comment on policy mutes_read_own on threads.mutes is 'Members see whom they mute, and not who mutes them.';
comment on policy mutes_insert_own on threads.mutes is 'Members mute in their own name, and whom they can see.';
comment on policy mutes_delete_own on threads.mutes is 'Members take back their own mutes.';
comment on policy follow_requests_read_own on threads.follow_requests is 'The two see it, while they see each other.';
comment on policy follow_requests_insert_own on threads.follow_requests is
'Members ask in their own name, and private accounts that they can see and do not follow yet.';
comment on policy follow_requests_delete_own on threads.follow_requests is
'Who asked takes it back, who was asked refuses.';

-- Grants --------------------------------------------------------------------------------------------------------------

grant select (link, avatar_url, is_private, deactivated_at) on threads.users to threads_anonymous, threads_member;
grant update (link, avatar_url, is_private) on threads.users to threads_member;
grant select (user_id, other_id) on private.walls to threads_anonymous, threads_member;
grant select (blocker_id, blocked_id, created_at) on threads.blocks to threads_member;
grant insert (blocker_id, blocked_id), delete on threads.blocks to threads_member;
grant select (muter_id, muted_id, created_at) on threads.mutes to threads_member;
grant insert (muter_id, muted_id), delete on threads.mutes to threads_member;
grant select (requester_id, target_id, created_at) on threads.follow_requests to threads_member;
grant insert (requester_id, target_id), delete on threads.follow_requests to threads_member;

reset role;
