-- Usernames: which ones are to be had, and what becomes of one that is given up.
set role threads_owner;

create or replace function private.guard_username()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  hold_for    constant interval := interval '30 days';
  most_held   constant integer := 2;
  next_change timestamptz;
  had_it      boolean; -- null where nobody had it
begin
  if tg_op = 'UPDATE' and new.username = old.username then
    return new;
  end if;

  -- Whoever takes a name and whoever gives it up stand in line; all take their places in one order. Each statement from
  -- here on sees what was committed before it was this one's turn. One of a thousand locks for each name: a lock of
  -- their own would be too many where a script adds a million users.
  perform pg_advisory_xact_lock(hashtext('threads.users.username'), n.number)
     from (
            select distinct hashtext(name) & 1023 as number
              from unnest(array[old.username, new.username]) as name
             where name is not null
             order by 1
          ) as n;

  if exists (select from private.reserved_usernames as r where r.shape = private.username_shape(new.username)) then
    raise exception 'The username "%" is reserved.', new.username
      using constraint = 'username_reserved', column = 'username', hint = 'Choose another username.';
  end if;

  select h.user_id is not distinct from new.id into had_it
    from private.held_usernames as h
   where h.username_hash = sha256(new.username::bytea)
     and h.held_until > now();

  if exists (select from threads.users as u where u.username = new.username) or not had_it then
    raise exception 'The username "%" is taken.', new.username
      using constraint = 'username_taken', column = 'username', hint = 'Choose another username.';
  end if;

  if tg_op = 'UPDATE' then
    -- What somebody holds is how often they changed it: going back gives up one name for another.
    if had_it is null and new.id = (select threads.viewer_id()) then
      select (array_agg(h.held_until order by h.held_until desc))[most_held] into next_change
        from private.held_usernames as h
       where h.user_id = new.id
         and h.held_until > now();

      if next_change is not null then
        raise exception 'You changed your username % times in the last 30 days. You can again after % UTC.',
          most_held, to_char(next_change at time zone 'UTC' + interval '1 minute', 'YYYY-MM-DD HH24:MI')
          using constraint = 'username_changed_too_often', column = 'username';
      end if;
    end if;

    insert into private.held_usernames as h (username_hash, user_id, held_until)
    values (sha256(old.username::bytea), new.id, now() + hold_for)
    on conflict on constraint held_usernames_pkey do update
       set user_id    = excluded.user_id,
           held_until = excluded.held_until;
  end if;

  delete from private.held_usernames as h
   where h.username_hash = sha256(new.username::bytea);
  delete from private.held_usernames as h
   where h.username_hash in (
           select old_hold.username_hash
             from private.held_usernames as old_hold
            where old_hold.held_until <= now()
            order by old_hold.held_until
            limit 3
              for update skip locked
         );

  return new;
end
$$;

comment on function private.guard_username() is
'Keeps reserved names, names that somebody has, and names that somebody gave up in the last 30 days from all others, and
holds the one that is given up. Members change theirs twice in 30 days; going back to what one had is always possible,
and operators in psql are not counted. Raises username_reserved, username_taken and username_changed_too_often.';

-- After users_tidy, which Postgres runs before it by its name.
create or replace trigger users_username
before insert or update of username on threads.users
for each row execute function private.guard_username();

comment on trigger users_username on threads.users is 'The same for signing up, renaming and plain SQL.';

create or replace function threads.change_username(username text)
returns threads.users
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  profile   threads.users;
begin
  update threads.users as u
     set username = change_username.username
   where u.id = viewer_id
  returning u.* into profile;

  return profile;
end
$$;

comment on function threads.change_username(text) is
'@notNull
@param username The new one: 3 to 30 of a-z 0-9 _ . in any case, not beginning or ending with a dot.
Changes your username. The old one is held for you for 30 days, in which you may take it back at any time and nobody else
gets it; then anybody may. Twice in 30 days, not counting when you take one back. Errors: NOT_LOGGED_IN,
USERNAME_INVALID, USERNAME_RESERVED, USERNAME_TAKEN, USERNAME_CHANGED_TOO_OFTEN and SUSPENDED.';

grant execute on function
threads.change_username(text)
to threads_anonymous, threads_member;

reset role;
