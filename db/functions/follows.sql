-- Follows: a user follows another; a private account is asked first.
set role threads_owner;

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

create or replace function private.settle_follow()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  asked boolean;
begin
  -- Whoever blocks waits for this, or this for them; the policy was asked before that.
  perform private.hold_pair(new.follower_id, new.followee_id, true);

  if exists (
    select
      from private.walls as w
     where w.user_id = new.follower_id
       and w.other_id = new.followee_id
  ) then
    raise exception 'There is no such user.'
      using constraint = 'user_not_found', column = 'username';
  end if;

  delete from threads.follow_requests as r
   where r.requester_id = new.follower_id
     and r.target_id = new.followee_id;
  asked := found;

  -- The policy saw a request, which was taken back meanwhile.
  if not asked and new.followee_id = (select threads.viewer_id()) then
    raise exception 'They do not ask to follow you.'
      using constraint = 'follow_request_not_found', column = 'username';
  end if;

  return null;
end
$$;

comment on function private.settle_follow() is
'Who follows does not ask any more. Looks again, after waiting for those who changed it meanwhile, at what the policy
asked. Raises user_not_found and follow_request_not_found.';

create or replace trigger follows_settle
after insert on threads.follows
for each row execute function private.settle_follow();

comment on trigger follows_settle on threads.follows is
'No follow comes about beside a block, or after its request was taken back. Triggers whose names come before this one
still find the request.';

create or replace function private.settle_request()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  is_private boolean;
begin
  perform private.hold_pair(new.requester_id, new.target_id, true);

  if exists (
    select
      from private.walls as w
     where w.user_id = new.requester_id
       and w.other_id = new.target_id
  ) then
    raise exception 'There is no such user.'
      using constraint = 'user_not_found', column = 'username';
  end if;

  -- Whoever makes the account public waits for this, or this for them.
  select u.is_private into is_private
    from threads.users as u
   where u.id = new.target_id
     for share;

  if not is_private then
    insert into threads.follows (follower_id, followee_id)
    values (new.requester_id, new.target_id)
    on conflict on constraint follows_pkey do nothing;
  end if;

  return null;
end
$$;

comment on function private.settle_request() is
'Looks again, after waiting for those who changed it meanwhile, at what the policy asked: nobody asks beside a block,
and who asks an account that has become public follows it. Raises user_not_found.';

create or replace trigger follow_requests_settle
after insert on threads.follow_requests
for each row execute function private.settle_request();

comment on trigger follow_requests_settle on threads.follow_requests is 'Public accounts are not asked.';

create or replace function private.accept_requests()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  -- Before the rows: whoever blocks holds the pair, too, and then takes the rows.
  perform private.hold_pair(r.requester_id, r.target_id, true)
     from threads.follow_requests as r
    where r.target_id = new.id;

  insert into threads.follows (follower_id, followee_id)
  select r.requester_id, r.target_id
    from (
           select a.requester_id, a.target_id
             from threads.follow_requests as a
            where a.target_id = new.id
            order by a.requester_id
              for update
         ) as r
  on conflict on constraint follows_pkey do nothing;

  return null;
end
$$;

comment on function private.accept_requests() is 'Lets all follow who asked.';

create or replace trigger users_accept_requests
after update of is_private on threads.users
for each row when (old.is_private and not new.is_private)
execute function private.accept_requests();

comment on trigger users_accept_requests on threads.users is
'A public account has no followers who wait. One that becomes private keeps those it has.';

create or replace function threads.follow_user(username text)
returns threads.users
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  person_id constant bigint := threads.require_user_id(follow_user.username);
begin
  if person_id = viewer_id then
    raise exception 'You cannot follow yourself.'
      using constraint = 'cannot_follow_self', column = 'username';
  end if;

  -- Each looks for itself, so that the policy sees the same.
  insert into threads.follow_requests (requester_id, target_id)
  select viewer_id, u.id
    from threads.users as u
   where u.id = person_id
     and u.is_private
     and not exists (
           select
             from threads.follows as f
            where f.follower_id = viewer_id
              and f.followee_id = u.id
         )
  on conflict on constraint follow_requests_pkey do nothing;

  insert into threads.follows (follower_id, followee_id)
  select viewer_id, u.id
    from threads.users as u
   where u.id = person_id
     and not u.is_private
  on conflict on constraint follows_pkey do nothing;

  return (select u from threads.users as u where u.id = person_id);
end
$$;

comment on function threads.follow_user(text) is
'@notNull
@param username Whom to follow, in any case.
Follows a user: their threads come into your home feed. A private account is asked first: viewerHasRequestedToFollow is
then true, and viewerFollows once they approve. Following or asking twice changes nothing and is no error.
Errors: NOT_LOGGED_IN, USER_NOT_FOUND and CANNOT_FOLLOW_SELF.';

create or replace function threads.cancel_follow_request(username text)
returns threads.users
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  person_id constant bigint := threads.require_user_id(cancel_follow_request.username);
begin
  delete from threads.follow_requests as r
   where r.requester_id = viewer_id
     and r.target_id = person_id;

  return (select u from threads.users as u where u.id = person_id);
end
$$;

comment on function threads.cancel_follow_request(text) is
'@notNull
@param username Whom to ask no more, in any case.
Takes back that you ask to follow a user. If they approved meanwhile, you follow them: viewerFollows tells. Where you do
not ask, that changes nothing and is no error. Errors: NOT_LOGGED_IN and USER_NOT_FOUND.';

create or replace function threads.unfollow_user(username text)
returns threads.users
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  person_id constant bigint := threads.require_user_id(unfollow_user.username);
begin
  delete from threads.follow_requests as r
   where r.requester_id = viewer_id
     and r.target_id = person_id;

  delete from threads.follows as f
   where f.follower_id = viewer_id
     and f.followee_id = person_id;

  return (select u from threads.users as u where u.id = person_id);
end
$$;

comment on function threads.unfollow_user(text) is
'@notNull
@param username Whom to follow no more, in any case.
Stops following a user, or asking to. Where you do neither, that changes nothing and is no error.
Errors: NOT_LOGGED_IN and USER_NOT_FOUND.';

create or replace function threads.approve_follow_request(username text)
returns threads.users
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  person_id constant bigint := threads.require_user_id(approve_follow_request.username);
begin
  insert into threads.follows (follower_id, followee_id)
  select r.requester_id, r.target_id
    from threads.follow_requests as r
   where r.requester_id = person_id
     and r.target_id = viewer_id
  on conflict on constraint follows_pkey do nothing;

  if not found and not exists (
    select
      from threads.follows as f
     where f.follower_id = person_id
       and f.followee_id = viewer_id
  ) then
    raise exception 'They do not ask to follow you.'
      using constraint = 'follow_request_not_found', column = 'username';
  end if;

  return (select u from threads.users as u where u.id = person_id);
end
$$;

comment on function threads.approve_follow_request(text) is
'@notNull
@param username Whom to let follow you, in any case.
Lets a user follow you who asked. Approving twice changes nothing and is no error.
Errors: NOT_LOGGED_IN, USER_NOT_FOUND and FOLLOW_REQUEST_NOT_FOUND.';

create or replace function threads.refuse_follow_request(username text)
returns threads.users
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  person_id constant bigint := threads.require_user_id(refuse_follow_request.username);
begin
  delete from threads.follow_requests as r
   where r.requester_id = person_id
     and r.target_id = viewer_id;

  return (select u from threads.users as u where u.id = person_id);
end
$$;

comment on function threads.refuse_follow_request(text) is
'@notNull
@param username Whom not to let follow you, in any case.
Refuses a user who asked to follow you; they are not told, and may ask again. Where they do not ask, that changes
nothing and is no error. Errors: NOT_LOGGED_IN and USER_NOT_FOUND.';

create or replace function threads.remove_follower(username text)
returns threads.users
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  person_id constant bigint := threads.require_user_id(remove_follower.username);
begin
  delete from threads.follows as f
   where f.follower_id = person_id
     and f.followee_id = viewer_id;

  return (select u from threads.users as u where u.id = person_id);
end
$$;

comment on function threads.remove_follower(text) is
'@notNull
@param username Who shall follow you no more, in any case.
Has a user not follow you any more; they are not told, and may follow or ask again. Where they do not follow you, that
changes nothing and is no error. Errors: NOT_LOGGED_IN and USER_NOT_FOUND.';

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

create or replace function threads.users_viewer_has_requested_to_follow(person threads.users)
returns setof boolean
language sql stable parallel safe rows 1
as $$
  select coalesce((
    select true
      from threads.follow_requests as r
     where r.requester_id = (select threads.viewer_id())
       and r.target_id = person.id
  ), false)
$$;

comment on function threads.users_viewer_has_requested_to_follow(threads.users) is
'@notNull
Whether you ask to follow this user, who has not answered yet; false for a caller who is not logged in.';

create or replace function threads.users_has_requested_to_follow_viewer(person threads.users)
returns setof boolean
language sql stable parallel safe rows 1
as $$
  select coalesce((
    select true
      from threads.follow_requests as r
     where r.requester_id = person.id
       and r.target_id = (select threads.viewer_id())
  ), false)
$$;

comment on function threads.users_has_requested_to_follow_viewer(threads.users) is
'@notNull
Whether this user asks to follow you and waits for your answer; false for a caller who is not logged in.';

-- From those whom the viewer follows to one key each: a popular person has more followers than the viewer follows.
create or replace function threads.users_followers_you_know(person threads.users)
returns setof threads.users
language sql stable parallel safe
as $$
  select u.*
    from threads.follows as m
    join threads.users as u on u.id = m.followee_id
   where m.follower_id = (select threads.viewer_id())
     and (
           select true
             from threads.follows as f
            where f.follower_id = m.followee_id
              and f.followee_id = person.id
         )
$$;

comment on function threads.users_followers_you_know(threads.users) is
'@orderBy id
Those who follow this user and whom you follow, also where it is a private account that you do not follow; nobody for a
caller who is not logged in.';

grant execute on function
threads.require_user_id(text),
threads.follow_user(text),
threads.unfollow_user(text),
threads.cancel_follow_request(text),
threads.approve_follow_request(text),
threads.refuse_follow_request(text),
threads.remove_follower(text),
threads.users_viewer_follows(threads.users),
threads.users_follows_viewer(threads.users),
threads.users_viewer_has_requested_to_follow(threads.users),
threads.users_has_requested_to_follow_viewer(threads.users),
threads.users_followers_you_know(threads.users)
to threads_anonymous, threads_member;

reset role;
