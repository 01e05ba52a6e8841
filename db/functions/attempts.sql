-- How often somebody may try: limits that hold for all processes of the API together.
set role threads_owner;

create or replace function private.take_turn(action text, subject bytea, turns integer, refill interval)
returns double precision
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  moment  constant timestamptz := clock_timestamp();
  full_at timestamptz;
begin
  -- A bucket of turns, as the time when it is full again (the generic cell rate algorithm).
  insert into private.attempts as a (action, subject, full_at)
  values (take_turn.action, take_turn.subject, moment + take_turn.refill)
  on conflict on constraint attempts_pkey do update
     set full_at = greatest(a.full_at, moment) + take_turn.refill
   where a.full_at <= moment + take_turn.refill * (take_turn.turns - 1)
  returning a.full_at into full_at;

  if found then
    return 0;
  end if;

  select a.full_at into full_at
    from private.attempts as a
   where a.action = take_turn.action
     and a.subject = take_turn.subject;

  return greatest(extract(epoch from full_at - moment - take_turn.refill * (take_turn.turns - 1)), 0.001);
end
$$;

comment on function private.take_turn(text, bytea, integer, interval) is
'Takes one of a subject''s turns at an action, of which one comes back each refill, up to so many. 0 when there was one,
else the seconds until there is.';

create or replace function private.take_turns(action text, account bytea, address bytea)
returns double precision
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  limits record;
  wait   double precision := 0;
begin
  select l.* into limits
    from (values
           ('sign_up', 10, interval '1 minute', 20, interval '3 minutes'),
           ('change_email', 5, interval '1 hour', 20, interval '3 minutes'),
           ('log_in', 10, interval '1 minute', 100, interval '6 seconds'),
           ('refresh', 300, interval '1 second', 300, interval '1 second')
         ) as l (action, account_turns, account_refill, address_turns, address_refill)
   where l.action = take_turns.action;

  if not found then
    raise exception 'there are no limits for %', take_turns.action;
  end if;

  -- What is full again says as much as no row. Nobody waits for another who sweeps.
  delete from private.attempts as a
   where (a.action, a.subject) in (
           select old.action, old.subject
             from private.attempts as old
            where old.full_at < now()
            order by old.full_at
            limit 10
              for update skip locked
         );

  if take_turns.address is not null then
    wait := private.take_turn(
      take_turns.action || ' by address', take_turns.address, limits.address_turns, limits.address_refill
    );
  end if;
  if wait = 0 and take_turns.account is not null then
    wait := private.take_turn(
      take_turns.action || ' by account', take_turns.account, limits.account_turns, limits.account_refill
    );
  end if;

  return wait;
end
$$;

comment on function private.take_turns(text, bytea, bytea) is
'Takes a turn at sign_up, log_in, refresh or change_email, for an account and for a network address (SHA-256 of each;
null: not counted). 0 when there was one, else the seconds to wait. An account that nobody has is counted like any
other.';

create or replace function private.forget_turns(action text, account bytea)
returns boolean
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  with forgotten as (
    delete from private.attempts as a
     where a.action = forget_turns.action || ' by account'
       and a.subject = forget_turns.account
    returning 1
  )
  select exists (select from forgotten)
$$;

comment on function private.forget_turns(text, bytea) is
'Gives an account all its turns back, as when the right password came.';

grant execute on function
private.take_turns(text, bytea, bytea),
private.forget_turns(text, bytea)
to threads_auth;

reset role;
