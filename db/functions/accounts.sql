-- Accounts: what the hand-written log-in (resolvers/) asks of the database. Only threads_auth may call what is private.
--
-- A password never comes here: Python hashes it, the database keeps the hash. What needs the password takes the hash
-- that it was verified against, and does nothing where that is not the hash any more.
set role threads_owner;

drop function if exists private.create_account(text, text, text);

create or replace function private.open_account()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into threads.accounts (user_id)
  values (new.id);

  return null;
end
$$;

comment on function private.open_account() is 'Adds the account of a new user.';

create or replace trigger users_open_account
after insert on threads.users
for each row execute function private.open_account();

comment on trigger users_open_account on threads.users is 'Each user has an account.';

create or replace function private.tidy_account()
returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  new.email := nullif(lower(btrim(new.email, E' \t\r\n\f\u00a0\u200b\u3000\ufeff')), '');

  -- One @, and a host with a dot. More is not to be known: what is deliverable only a mail server says.
  if char_length(new.email) > 254
    or new.email !~ '^[^@[:space:][:cntrl:]]+@[^@[:space:][:cntrl:]]+\.[^@.[:space:][:cntrl:]]{2,}$'
  then
    raise exception 'That is no e-mail address, such as ada@example.com, of at most 254 characters.'
      using constraint = 'email_invalid', column = 'email';
  end if;

  return new;
end
$$;

comment on function private.tidy_account() is 'Trims and lower-cases an e-mail address. Raises email_invalid.';

create or replace trigger accounts_tidy
before insert or update of email on threads.accounts
for each row execute function private.tidy_account();

comment on trigger accounts_tidy on threads.accounts is
'The same words for a broken rule, whichever way the row is written.';

create or replace function private.set_email(user_id bigint, email text)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  -- A user who was added past the triggers has no account yet.
  insert into threads.accounts as a (user_id, email)
  values (set_email.user_id, set_email.email)
  on conflict on constraint accounts_pkey do update
     set email = excluded.email;
exception
  when unique_violation then
    raise exception 'Another account has that e-mail address.'
      using constraint = 'email_taken', column = 'email', hint = 'Log in with it, or give another.';
end
$$;

comment on function private.set_email(bigint, text) is
'Gives an account an e-mail address, or takes it away (null). Raises email_invalid and email_taken.';

create or replace function private.create_account(
  new_username text, display_name text, password_hash text, email text default null
)
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
  returning u.id, u.username into user_id, username;

  insert into private.credentials (user_id, password_hash)
  values (create_account.user_id, create_account.password_hash);

  -- Last: whoever tries addresses to see which are taken leaves an account for each that is not.
  if create_account.email is not null then
    perform private.set_email(create_account.user_id, create_account.email);
  end if;

  return next;
end
$$;

comment on function private.create_account(text, text, text, text) is
'Signs somebody up: one row with the new account''s id and its username as it was kept (lower case, trimmed).
Without a display name, the username is shown. Raises username_invalid, username_reserved, username_taken,
display_name_too_long, password_required, email_invalid and email_taken.';

create or replace function private.find_credentials(given_username text)
returns table (user_id bigint, username text, password_hash text)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  -- No username holds an @, and each address does: at most one row.
  select u.id, u.username, c.password_hash
    from threads.users as u
    join private.credentials as c on c.user_id = u.id
   where u.username = lower(btrim(find_credentials.given_username, E' \t\r\n'))
   union all
  select u.id, u.username, c.password_hash
    from threads.accounts as a
    join threads.users as u on u.id = a.user_id
    join private.credentials as c on c.user_id = u.id
   where a.email = lower(btrim(find_credentials.given_username, E' \t\r\n'))
$$;

comment on function private.find_credentials(text) is
'The account of a username or an e-mail address (in any case) and the hash to verify the password against; no row when
there is none. The caller must then verify against a hash of nothing, so that an unknown one takes as long as a wrong
password.';

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
    join threads.users as u on u.id = c.user_id
   where c.user_id = find_password_hash.user_id
     and u.deactivated_at is null
$$;

comment on function private.find_password_hash(bigint) is
'The hash to verify the password of an account against; null when there is none, or the account is deactivated.';

create or replace function private.hold_password_hash(user_id bigint, password_hash text)
returns boolean
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  with held as (
    select
      from private.credentials as c
     where c.user_id = hold_password_hash.user_id
       and c.password_hash = hold_password_hash.password_hash
       for update
  )
  select exists (select from held)
$$;

comment on function private.hold_password_hash(bigint, text) is
'Whether that still is the hash; if so, nobody changes it before the transaction ends.';

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

create or replace function private.change_email(user_id bigint, password_hash text, email text)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if not private.hold_password_hash(change_email.user_id, change_email.password_hash) then
    return false;
  end if;

  perform private.set_email(change_email.user_id, change_email.email);

  return true;
end
$$;

comment on function private.change_email(bigint, text, text) is
'Gives the account another e-mail address, or none (null). False, and nothing done, when the password was changed since
its hash was read. Raises email_invalid and email_taken.';

create or replace function private.deactivate_account(user_id bigint, password_hash text)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if not private.hold_password_hash(deactivate_account.user_id, deactivate_account.password_hash) then
    return false;
  end if;

  update threads.users as u
     set deactivated_at = now()
   where u.id = deactivate_account.user_id
     and u.deactivated_at is null;

  delete from threads.sessions as s
   where s.user_id = deactivate_account.user_id;

  return true;
end
$$;

comment on function private.deactivate_account(bigint, text) is
'Hides the user and all that is theirs from everybody, and ends their sessions; private.open_session takes it back.
False, and nothing done, when the password was changed since its hash was read.';

create or replace function private.delete_account(user_id bigint, password_hash text)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  delete from private.credentials as c
   where c.user_id = delete_account.user_id
     and c.password_hash = delete_account.password_hash;

  if not found then
    return false;
  end if;

  perform private.close_account(delete_account.user_id);

  return true;
end
$$;

comment on function private.delete_account(bigint, text) is
'Deletes an account for good: see private.close_account. False, and nothing done, when the password was changed since
its hash was read.';

grant execute on function
private.create_account(text, text, text, text),
private.find_credentials(text),
private.replace_password_hash(bigint, text, text),
private.find_password_hash(bigint),
private.change_password(bigint, text, text, uuid),
private.change_email(bigint, text, text),
private.deactivate_account(bigint, text),
private.delete_account(bigint, text)
to threads_auth;

reset role;
