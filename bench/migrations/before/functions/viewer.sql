-- The viewer: the user who asks, as the claims say. threads.viewer_id() is in schema.sql, for the policies need it.
set role threads_owner;

create or replace function threads.viewer()
returns threads.users
language sql stable parallel safe
as $$
  select u
    from threads.users as u
   where u.id = (select threads.viewer_id())
$$;

comment on function threads.viewer() is 'The user who is logged in; null for a caller who is not.';

create or replace function threads.require_viewer_id()
returns bigint
language plpgsql stable parallel safe
as $$
declare
  viewer_id bigint;
begin
  -- A token outlives its account by some minutes, so the claims alone do not do.
  select u.id into viewer_id
    from threads.users as u
   where u.id = (select threads.viewer_id());

  if not found then
    raise exception 'You need to log in first.'
      using constraint = 'not_logged_in';
  end if;

  return viewer_id;
end
$$;

comment on function threads.require_viewer_id() is
'@omit
The id of the user who is logged in, for functions that need one. Raises not_logged_in.';

grant execute on function
threads.viewer(),
threads.require_viewer_id()
to threads_anonymous, threads_member;

reset role;
