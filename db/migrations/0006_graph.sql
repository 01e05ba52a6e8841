-- The graph: how the API shows follow requests, blocks and mutes, and which followers of a private account are seen.
set role threads_owner;

-- As in 0002_people.sql, but that whoever deactivated their account is a stranger, as long as their token may last.
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

-- Of lists of thousands of followers, private.viewer_follows would be asked for each: here all of them are put into a
-- hash once a statement, and only where it meets a private account.
create function private.viewer_followees()
returns setof bigint
language plpgsql stable parallel safe security definer rows 100
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select f.followee_id
    from threads.follows as f
    join threads.users as u on u.id = f.follower_id
   where f.follower_id = (select threads.viewer_id())
     and u.deactivated_at is null;
end
$$;

comment on function private.viewer_followees() is
'The ids of those whom who asks follows. For policies: as "x in (select private.viewer_followees())".';

grant execute on function private.viewer_followees() to threads_anonymous, threads_member;

-- As in 0002_people.sql, but that of a private account's followers everybody sees those whom they follow themselves:
-- else nobody could be told "followed by ada" of an account that they may ask to follow.
drop policy follows_read on threads.follows;
create policy follows_read on threads.follows
for select to threads_anonymous, threads_member
using (
  follower_id = (select threads.viewer_id())
  or followee_id = (select threads.viewer_id())
  or (
       select
         not u.is_private
         or u.id in (select private.viewer_followees())
         or follows.follower_id in (select private.viewer_followees())
         from threads.users as u
        where u.id = follows.followee_id
     )
  and (
        select not u.is_private or u.id in (select private.viewer_followees())
          from threads.users as u
         where u.id = follows.follower_id
      )
);

comment on policy follows_read on threads.follows is
'Everybody sees who follows whom, but for private accounts: whom they follow, their followers see; who follows them,
their followers see, and of those they follow themselves, everybody.';

comment on table threads.follow_requests is
'@omit create,update,delete,upsert,aggregates,distinct,all,manyToMany
@orderBy created_at desc
That a user would like to follow a private account. Only the two of them see it.';
comment on constraint follow_requests_requester_id_fkey on threads.follow_requests is
'@fieldName requester
@notNull
@foreignFieldName sentFollowRequests
@backwardDescription Whom you ask to follow and who has not answered, the latest first. Of others: what they ask you.
Who asks.';
comment on constraint follow_requests_target_id_fkey on threads.follow_requests is
'@fieldName target
@notNull
@foreignFieldName receivedFollowRequests
@backwardDescription Who asks to follow you, the latest first. Of others: what you ask them.
Who is asked.';

comment on constraint follow_requests_pkey on threads.follow_requests is
'@omit
Asking once is enough.';

comment on constraint follows_follower_id_fkey on threads.follows is
'@manyToManyFieldName followers
@manyToManyDescription The users who follow this one. Of a private account that you do not follow, those whom you follow.
The user who follows.';
comment on constraint follows_followee_id_fkey on threads.follows is
'@manyToManyFieldName following
@manyToManyDescription The users whom this one follows. Of a private account, only its followers see them.
The user who is followed.';
comment on column threads.users.is_private is
'Whether what they write, like and repost, and whom they follow, is for the followers whom they approve alone. Their
profile is seen by all.';

comment on table threads.blocks is
'@name blocked_users
@omit create,update,delete,upsert,aggregates,distinct
@orderBy created_at desc
A user whom you block. Neither of you sees the other in any way; here is who they are, so that you can unblock them.';
comment on column threads.blocks.blocked_id is
'@name userId
The id of the user.';
comment on column threads.blocks.created_at is
'@name blockedAt
Since when you block them.';

comment on constraint mutes_muted_id_fkey on threads.mutes is
'@manyToManyFieldName mutedUsers
@manyToManyDescription The users whom you mute. Of another user: nobody, as that is nobody else''s business.
Who is muted.';

-- A front end may ask the same of everybody: somebody who is not logged in has no rows of their own.
alter policy blocks_read_own on threads.blocks to threads_anonymous, threads_member;
alter policy mutes_read_own on threads.mutes to threads_anonymous, threads_member;
alter policy follow_requests_read_own on threads.follow_requests to threads_anonymous, threads_member;

grant select (blocker_id, blocked_id, created_at) on threads.blocks to threads_anonymous;
grant select (muter_id, muted_id, created_at) on threads.mutes to threads_anonymous;
grant select (requester_id, target_id, created_at) on threads.follow_requests to threads_anonymous;

reset role;
