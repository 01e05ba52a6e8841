-- Accounts: what the hand-written log-in (resolvers/auth.py) asks of the database. Only threads_auth may call these.
--
-- A password never comes here: Python hashes it, the database keeps the hash.
set role threads_owner;

create or replace function private.create_account(new_username text, display_name text, password_hash text)
returns table (user_id bigint, username text)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if coalesce(create_account.password_hash, '') = '' then
    raise exception 'A password is required.'
      using constraint = 'password_required', column = 'password';
  end if;

  insert into threads.users as u (username, display_name)
  values (create_account.new_username, create_account.display_name)
  on conflict on constraint users_username_key do nothing
  returning u.id, u.username into user_id, username;

  if not found then
    raise exception 'The username "%" is taken.', lower(btrim(create_account.new_username))
      using constraint = 'username_taken', column = 'username', hint = 'Choose another username.';
  end if;

  insert into private.credentials (user_id, password_hash)
  values (create_account.user_id, create_account.password_hash);

  return next;
end
$$;

comment on function private.create_account(text, text, text) is
'Signs somebody up: one row with the new account''s id and its username as it was kept (lower case, trimmed).
Without a display name, the username is shown. Raises username_invalid, username_taken, display_name_too_long and
password_required.';

create or replace function private.find_credentials(given_username text)
returns table (user_id bigint, username text, password_hash text)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select u.id, u.username, c.password_hash
    from threads.users as u
    join private.credentials as c on c.user_id = u.id
   where u.username = lower(btrim(find_credentials.given_username, E' \t\r\n'))
$$;

comment on function private.find_credentials(text) is
'The account of a username (in any case) and the hash to verify the password against; no row when there is none.
The caller must then verify against a hash of nothing, so that an unknown username takes as long as a wrong password.';

create or replace function private.replace_password_hash(user_id bigint, old_hash text, new_hash text)
returns boolean
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  with replaced as (
    update private.credentials as c
       set password_hash = replace_password_hash.new_hash,
           changed_at    = now()
     where c.user_id = replace_password_hash.user_id
       and c.password_hash = replace_password_hash.old_hash
    returning 1
  )
  select exists (select from replaced)
$$;

comment on function private.replace_password_hash(bigint, text, text) is
'Keeps a better hash of the same password, unless the password was changed since old_hash was read: then false.';

create or replace function private.find_password_hash(user_id bigint)
returns text
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select c.password_hash
    from private.credentials as c
   where c.user_id = find_password_hash.user_id
$$;

comment on function private.find_password_hash(bigint) is
'The hash to verify the password of an account against; null when there is none.';

create or replace function private.change_password(user_id bigint, old_hash text, new_hash text, kept_session uuid)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if not private.replace_password_hash(change_password.user_id, change_password.old_hash, change_password.new_hash) then
    return false;
  end if;

  delete from threads.sessions as s
   where s.user_id = change_password.user_id
     and s.id is distinct from change_password.kept_session;

  return true;
end
$$;

comment on function private.change_password(bigint, text, text, uuid) is
'Keeps the hash of another password and ends all other sessions. False, and nothing done, when the password was changed
since old_hash was read.';

grant execute on function
private.create_account(text, text, text),
private.find_credentials(text),
private.replace_password_hash(bigint, text, text),
private.find_password_hash(bigint),
private.change_password(bigint, text, text, uuid)
to threads_auth;

reset role;
