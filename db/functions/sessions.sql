-- Sessions: what the hand-written log-in (resolvers/auth.py) asks of the database, and what members do with their own.
--
-- A refresh token never comes here: Python sends its SHA-256 digest (32 bytes).
set role threads_owner;

drop function if exists private.store_refresh_token(bigint, bytea, interval);
drop function if exists private.exchange_refresh_token(bytea, bytea, interval);
drop function if exists private.revoke_refresh_token(bytea);

create or replace function private.open_session(
  user_id bigint, token_hash bytea, lifetime interval, device text, address inet
)
returns uuid
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  session_id uuid;
begin
  -- The password may have been verified before the account was deactivated or deleted: this waits for that to be done.
  -- Not for the row of the user, on which an operation that writes and logs in would wait for itself.
  perform
     from private.credentials as c
    where c.user_id = open_session.user_id
      for key share;

  if not found then
    raise exception 'The username or the password is wrong.'
      using constraint = 'invalid_credentials';
  end if;

  -- Whoever logs in is back.
  update threads.users as u
     set deactivated_at = null
   where u.id = open_session.user_id
     and u.deactivated_at is not null;

  -- Sessions that can no longer be refreshed go here, so that the table needs no sweeper.
  delete from threads.sessions as s
   where s.user_id = open_session.user_id
     and s.last_used_at < now() - open_session.lifetime
     and not exists (
           select
             from private.refresh_tokens as r
            where r.session_id = s.id
              and r.expires_at > now()
         );

  insert into threads.sessions (user_id, device, address)
  values (open_session.user_id, left(coalesce(open_session.device, ''), 200), open_session.address)
  returning id into session_id;

  insert into private.refresh_tokens (token_hash, session_id, expires_at)
  values (open_session.token_hash, session_id, now() + open_session.lifetime);

  return session_id;
end
$$;

comment on function private.open_session(bigint, bytea, interval, text, inet) is
'Begins a session, with the digest of its first refresh token, and returns its id. A deactivated account is active from
then on. Raises invalid_credentials where there is no password any more.';

create or replace function private.exchange_refresh_token(
  old_hash bytea, new_hash bytea, lifetime interval, address inet
)
returns table (outcome text, user_id bigint, session_id uuid, wait double precision)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  -- How long a token may come again whose answer was lost on the way.
  grace   constant interval := interval '10 seconds';
  session threads.sessions;
  token   private.refresh_tokens;
begin
  -- The lock makes two exchanges in one session stand in line: the second sees what the first did.
  select s.* into session
    from threads.sessions as s
    join private.refresh_tokens as r on r.session_id = s.id
   where r.token_hash = exchange_refresh_token.old_hash
     for update of s;

  if not found then
    outcome := 'unknown';
    return next;
    return;
  end if;

  select r.* into token
    from private.refresh_tokens as r
   where r.token_hash = exchange_refresh_token.old_hash;

  if token.superseded_at is not null
    or token.used_at <= now() - grace
    or token.used_at is not null and exists (
         select
           from private.refresh_tokens as later
          where later.session_id = session.id
            and later.created_at >= token.used_at
            and later.used_at is not null
       )
  then
    -- Not an exception: that would undo what follows (RFC 9700, section 4.14.2, refresh token rotation).
    delete from threads.sessions as s where s.id = session.id;
    outcome := 'reused';
  elsif token.expires_at <= now() then
    outcome := 'expired';
  else
    wait := private.take_turn(
      'refresh by account', sha256(session.user_id::text::bytea), 30, interval '10 seconds'
    );
    if wait > 0 then
      outcome := 'too_often';
      return next;
      return;
    end if;

    update private.refresh_tokens as r
       set superseded_at = now()
     where r.session_id = session.id
       and r.created_at >= token.used_at
       and r.superseded_at is null;

    update private.refresh_tokens as r
       set used_at = coalesce(r.used_at, now())
     where r.token_hash = token.token_hash;

    delete from private.refresh_tokens as r
     where r.session_id = session.id
       and r.expires_at <= now();

    insert into private.refresh_tokens (token_hash, session_id, expires_at)
    values (exchange_refresh_token.new_hash, session.id, now() + exchange_refresh_token.lifetime);

    update threads.sessions as s
       set last_used_at = now(),
           address      = coalesce(exchange_refresh_token.address, s.address)
     where s.id = session.id;

    outcome    := 'exchanged';
    user_id    := session.user_id;
    session_id := session.id;
  end if;

  return next;
end
$$;

comment on function private.exchange_refresh_token(bytea, bytea, interval, inet) is
'Uses a refresh token, once, and keeps its successor. Always one row and never an error for a bad token. outcome is
exchanged (user_id and session_id are set; new_hash is kept), or one of unknown, expired, too_often (wait says for how
many seconds) and reused (they are null, and new_hash is not kept). A token used twice was stolen, and its session ends; but within 10 seconds, while no successor was
used, the answer was lost, and the token gets another successor in the place of the first.';

create or replace function private.end_session(token_hash bytea)
returns boolean
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  with ended as (
    delete from threads.sessions as s
     using private.refresh_tokens as r
     where r.token_hash = end_session.token_hash
       and s.id = r.session_id
    returning 1
  )
  select exists (select from ended)
$$;

comment on function private.end_session(bytea) is
'Logs out: ends the session of a refresh token. False when there was none to end.';

create or replace function threads.sessions_is_current(session threads.sessions)
returns boolean
language sql stable parallel safe
as $$
  select coalesce(
    session.id::text = nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sid',
    false
  )
$$;

comment on function threads.sessions_is_current(threads.sessions) is
'@notNull
Whether it is the session that asks.';

create or replace function threads.end_session(id uuid)
returns boolean
language plpgsql volatile
as $$
begin
  perform threads.require_viewer_id();

  delete from threads.sessions as s
   where s.id = end_session.id;

  if not found then
    raise exception 'You have no such session.'
      using constraint = 'session_unknown', column = 'id';
  end if;

  return true;
end
$$;

comment on function threads.end_session(uuid) is
'@notNull
@param id Which of your sessions.
Ends one of your sessions: that device cannot refresh any more. Its access token holds until it expires. Errors:
NOT_LOGGED_IN, SESSION_UNKNOWN.';

create or replace function threads.log_out_everywhere()
returns integer
language plpgsql volatile
as $$
declare
  ended integer;
begin
  perform threads.require_viewer_id();

  delete from threads.sessions as s
   where s.user_id = (select threads.viewer_id());
  get diagnostics ended = row_count;

  return ended;
end
$$;

comment on function threads.log_out_everywhere() is
'@notNull
Ends all your sessions, this one too, and says how many there were. Errors: NOT_LOGGED_IN.';

grant execute on function
private.open_session(bigint, bytea, interval, text, inet),
private.exchange_refresh_token(bytea, bytea, interval, inet),
private.end_session(bytea)
to threads_auth;

grant execute on function
threads.sessions_is_current(threads.sessions),
threads.end_session(uuid)
to threads_member;

grant execute on function
threads.log_out_everywhere()
to threads_member;

reset role;
