-- Accounts: what the hand-written log-in (resolvers/auth.py) asks of the database. Only threads_auth may call these.
--
-- A password never comes here: Python hashes it, the database keeps the hash. A refresh token never comes here either:
-- Python sends its SHA-256 digest (32 bytes).
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

create or replace function private.store_refresh_token(user_id bigint, token_hash bytea, lifetime interval)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  -- Tokens that can no longer be used go here, so that the table needs no sweeper.
  delete from private.refresh_tokens as r
   where r.user_id = store_refresh_token.user_id
     and r.expires_at < now();

  insert into private.refresh_tokens (token_hash, user_id, expires_at)
  values (store_refresh_token.token_hash, store_refresh_token.user_id, now() + store_refresh_token.lifetime);

  return true;
end
$$;

comment on function private.store_refresh_token(bigint, bytea, interval) is
'Keeps the SHA-256 digest of a refresh token given at sign-up or log-in; it starts a family of its own. Always true.';

create or replace function private.exchange_refresh_token(old_hash bytea, new_hash bytea, lifetime interval)
returns table (outcome text, user_id bigint, username text)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  token private.refresh_tokens;
begin
  -- The lock makes two exchanges of one token stand in line: the second finds it used.
  select r.* into token
    from private.refresh_tokens as r
   where r.token_hash = exchange_refresh_token.old_hash
     for update;

  if not found then
    outcome := 'unknown';
  elsif token.used_at is not null then
    -- Not an exception: that would undo the revocation (RFC 9700, section 4.14.2, refresh token rotation).
    update private.refresh_tokens as r
       set revoked_at = now()
     where r.family_id = token.family_id
       and r.revoked_at is null;
    outcome := 'reused';
  elsif token.revoked_at is not null then
    outcome := 'revoked';
  elsif token.expires_at <= now() then
    outcome := 'expired';
  else
    update private.refresh_tokens as r
       set used_at = now()
     where r.token_hash = token.token_hash;

    insert into private.refresh_tokens (token_hash, family_id, user_id, expires_at)
    values (exchange_refresh_token.new_hash, token.family_id, token.user_id, now() + exchange_refresh_token.lifetime);

    outcome := 'exchanged';
    select u.id, u.username into user_id, username
      from threads.users as u
     where u.id = token.user_id;
  end if;

  return next;
end
$$;

comment on function private.exchange_refresh_token(bytea, bytea, interval) is
'Uses a refresh token, once, and keeps its successor. Always one row and never an error for a bad token. outcome is
exchanged (user_id and username are set; new_hash is kept), or one of unknown, expired, revoked and reused (they are
null, and new_hash is not kept). A token used twice was stolen: all that descend from the same log-in are revoked.';

create or replace function private.revoke_refresh_token(token_hash bytea)
returns boolean
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  with revoked as (
    update private.refresh_tokens as r
       set revoked_at = now()
      from private.refresh_tokens as given
     where given.token_hash = revoke_refresh_token.token_hash
       and r.family_id = given.family_id
       and r.revoked_at is null
    returning 1
  )
  select exists (select from revoked)
$$;

comment on function private.revoke_refresh_token(bytea) is
'Logs out: revokes the token and all that descend from the same log-in. False when nothing was left to revoke.';

grant execute on function
private.create_account(text, text, text),
private.find_credentials(text),
private.replace_password_hash(bigint, text, text),
private.store_refresh_token(bigint, bytea, interval),
private.exchange_refresh_token(bytea, bytea, interval),
private.revoke_refresh_token(bytea)
to threads_auth;

reset role;
