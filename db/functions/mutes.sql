-- Mutes: a user does not want another in their feeds and notifications, who is not told.
set role threads_owner;

create or replace function threads.mute_user(username text)
returns threads.users
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  person_id constant bigint := threads.require_user_id(mute_user.username);
begin
  if person_id = viewer_id then
    raise exception 'You cannot mute yourself.'
      using constraint = 'cannot_mute_self', column = 'username';
  end if;

  insert into threads.mutes (muter_id, muted_id)
  values (viewer_id, person_id)
  on conflict on constraint mutes_pkey do nothing;

  return (select u from threads.users as u where u.id = person_id);
end
$$;

comment on function threads.mute_user(text) is
'@notNull
@param username Whom to mute, in any case.
Mutes a user: what they write and do comes into your feeds and notifications no more. You still see it on their profile
and in conversations, and still follow them if you did; they are not told. Muting whom you mute already changes nothing
and is no error. Errors: NOT_LOGGED_IN, USER_NOT_FOUND and CANNOT_MUTE_SELF.';

create or replace function threads.unmute_user(username text)
returns threads.users
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  person_id constant bigint := threads.require_user_id(unmute_user.username);
begin
  delete from threads.mutes as m
   where m.muter_id = viewer_id
     and m.muted_id = person_id;

  return (select u from threads.users as u where u.id = person_id);
end
$$;

comment on function threads.unmute_user(text) is
'@notNull
@param username Whom to mute no more, in any case.
Takes a mute back. Where you do not mute them, that changes nothing and is no error.
Errors: NOT_LOGGED_IN and USER_NOT_FOUND.';

create or replace function threads.users_viewer_has_muted(person threads.users)
returns setof boolean
language sql stable parallel safe rows 1
as $$
  select coalesce((
    select true
      from threads.mutes as m
     where m.muter_id = (select threads.viewer_id())
       and m.muted_id = person.id
  ), false)
$$;

comment on function threads.users_viewer_has_muted(threads.users) is
'@notNull
Whether you mute this user; false for a caller who is not logged in.';

grant execute on function
threads.mute_user(text),
threads.unmute_user(text),
threads.users_viewer_has_muted(threads.users)
to threads_anonymous, threads_member;

reset role;
