-- Follows: a user follows another.
set role threads_owner;

create or replace function private.count_follow()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  follow threads.follows := case tg_op when 'DELETE' then old else new end;
  step   constant integer := case tg_op when 'DELETE' then -1 else 1 end;
begin
  -- In one order for everybody: two users who follow each other at once would else wait for each other.
  perform
     from threads.users as u
    where u.id in (follow.follower_id, follow.followee_id)
    order by u.id
      for no key update;

  update threads.users as u
     set following_count = u.following_count + step
   where u.id = follow.follower_id;

  update threads.users as u
     set follower_count = u.follower_count + step
   where u.id = follow.followee_id;

  return null;
end
$$;

comment on function private.count_follow() is 'Counts a follow for both users.';

create or replace trigger follows_count
after insert or delete on threads.follows
for each row execute function private.count_follow();

comment on trigger follows_count on threads.follows is 'Keeps users.follower_count and users.following_count.';

create or replace function threads.require_user_id(username text)
returns bigint
language plpgsql stable parallel safe
as $$
declare
  user_id bigint;
begin
  select u.id into user_id
    from threads.users as u
   where u.username = lower(btrim(require_user_id.username));

  if not found then
    raise exception 'There is no user "%".', left(require_user_id.username, 30)
      using constraint = 'user_not_found', column = 'username';
  end if;

  return user_id;
end
$$;

comment on function threads.require_user_id(text) is
'@omit
The id of the user with that name, in any case, for functions that need one. Raises user_not_found.';

create or replace function threads.follow_user(username text)
returns threads.users
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  target_id constant bigint := threads.require_user_id(follow_user.username);
  followee  threads.users;
begin
  if target_id = viewer_id then
    raise exception 'You cannot follow yourself.'
      using constraint = 'cannot_follow_self', column = 'username';
  end if;

  insert into threads.follows (follower_id, followee_id)
  values (viewer_id, target_id)
  on conflict on constraint follows_pkey do nothing;

  select u.* into followee
    from threads.users as u
   where u.id = target_id;

  return followee;
end
$$;

comment on function threads.follow_user(text) is
'@notNull
@param username Whom to follow, in any case.
Follows a user: their threads come into your home feed. Following whom you follow already changes nothing and is no
error. Errors: NOT_LOGGED_IN, USER_NOT_FOUND and CANNOT_FOLLOW_SELF.';

create or replace function threads.unfollow_user(username text)
returns threads.users
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  target_id constant bigint := threads.require_user_id(unfollow_user.username);
  followee  threads.users;
begin
  delete from threads.follows as f
   where f.follower_id = viewer_id
     and f.followee_id = target_id;

  select u.* into followee
    from threads.users as u
   where u.id = target_id;

  return followee;
end
$$;

comment on function threads.unfollow_user(text) is
'@notNull
@param username Whom to follow no more, in any case.
Stops following a user. Where you do not follow them, that changes nothing and is no error.
Errors: NOT_LOGGED_IN and USER_NOT_FOUND.';

-- Not "exists": for a long page the planner would then read all that the viewer ever did, instead of a key a row.
create or replace function threads.users_viewer_follows(person threads.users)
returns setof boolean
language sql stable parallel safe rows 1
as $$
  select coalesce((
    select true
      from threads.follows as f
     where f.follower_id = (select threads.viewer_id())
       and f.followee_id = person.id
  ), false)
$$;

comment on function threads.users_viewer_follows(threads.users) is
'@notNull
Whether you follow this user; false for a caller who is not logged in.';

create or replace function threads.users_follows_viewer(person threads.users)
returns setof boolean
language sql stable parallel safe rows 1
as $$
  select coalesce((
    select true
      from threads.follows as f
     where f.follower_id = person.id
       and f.followee_id = (select threads.viewer_id())
  ), false)
$$;

comment on function threads.users_follows_viewer(threads.users) is
'@notNull
Whether this user follows you; false for a caller who is not logged in.';

grant execute on function
threads.require_user_id(text),
threads.follow_user(text),
threads.unfollow_user(text),
threads.users_viewer_follows(threads.users),
threads.users_follows_viewer(threads.users)
to threads_anonymous, threads_member;

reset role;
