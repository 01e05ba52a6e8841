-- Administration: what people do in psql. No API role may call these, or read these views, which show what the policies
-- hide from everybody else.
set role threads_owner;

-- People --------------------------------------------------------------------------------------------------------------

create or replace view admin.accounts as
select
  u.id,
  u.username,
  u.display_name,
  case
    when e.user_id is not null then 'deleted'
    when u.deactivated_at is not null then 'deactivated'
    when s.id is not null then 'suspended'
    else 'active'
  end as state,
  s.ends_at as suspended_until,
  m.user_id is not null as is_moderator,
  u.is_private,
  a.email,
  c.user_id is not null as has_password,
  u.created_at,
  l.last_used_at as last_seen_at,
  l.sessions,
  u.thread_count + d.threads as threads,
  u.follower_count + d.followers as followers,
  u.following_count + d.following as following,
  r.open_reports
  from threads.users as u
  left join private.erasures as e on u.id = e.user_id
  left join private.moderators as m on u.id = m.user_id
  left join threads.accounts as a on u.id = a.user_id
  left join private.credentials as c on u.id = c.user_id
  left join lateral (
         select
           x.id,
           x.ends_at
           from threads.suspensions as x
          where x.user_id = u.id
            and x.lifted_at is null
            and (x.ends_at is null or x.ends_at > now())
          order by x.id desc
          limit 1
       ) as s on true
 cross join lateral (
         select
           max(x.last_used_at) as last_used_at,
           count(*) as sessions
           from threads.sessions as x
          where x.user_id = u.id
       ) as l
 cross join lateral (
         select
           coalesce(sum(x.threads), 0) as threads,
           coalesce(sum(x.followers), 0) as followers,
           coalesce(sum(x.following), 0) as following
           from private.user_count_changes as x
          where x.user_id = u.id
       ) as d
 cross join lateral (
         select coalesce(sum(x.open_count), 0) as open_reports
           from threads.report_cases as x
          where x.user_id = u.id
            and x.closed_at is null
       ) as r;

comment on view admin.accounts is 'Everybody, with what concerns their account.';
comment on column admin.accounts.id is 'The user.';
comment on column admin.accounts.username is 'The username.';
comment on column admin.accounts.display_name is 'The name that is shown.';
comment on column admin.accounts.state is
'active, suspended, deactivated, or deleted where something is still to be erased.';
comment on column admin.accounts.suspended_until is 'When the suspension ends by itself; null where it does not.';
comment on column admin.accounts.is_moderator is 'Whether they moderate.';
comment on column admin.accounts.is_private is 'Whether only followers see what they write.';
comment on column admin.accounts.email is 'The e-mail address, if they gave one.';
comment on column admin.accounts.has_password is 'Whether they can log in.';
comment on column admin.accounts.created_at is 'When they signed up.';
comment on column admin.accounts.last_seen_at is 'When one of their sessions was last refreshed.';
comment on column admin.accounts.sessions is 'How many sessions they have.';
comment on column admin.accounts.threads is 'How many threads and replies they wrote.';
comment on column admin.accounts.followers is 'How many follow them.';
comment on column admin.accounts.following is 'How many they follow.';
comment on column admin.accounts.open_reports is 'How many reports of them, and of what they wrote, are open.';

create or replace function admin.look_up(what text)
returns setof admin.accounts
language sql stable
as $$
  select a.*
    from admin.accounts as a
   where a.id::text = btrim(look_up.what)
      or a.email = lower(btrim(look_up.what))
      or starts_with(a.username, lower(ltrim(btrim(look_up.what), '@')))
      or starts_with(lower(a.display_name), lower(btrim(look_up.what)))
   order by a.username <> lower(ltrim(btrim(look_up.what), '@')), a.username
   limit 50
$$;

comment on function admin.look_up(text) is
'Who has this id, this e-mail address, or a name that begins like this: at most 50, who has just this username first.';

create or replace view admin.sessions as
select
  s.id,
  u.username,
  s.device,
  s.address,
  s.created_at,
  s.last_used_at,
  (
    select max(r.expires_at)
      from private.refresh_tokens as r
     where r.session_id = s.id
       and r.used_at is null
  ) as expires_at
  from threads.sessions as s
 inner join threads.users as u on s.user_id = u.id;

comment on view admin.sessions is 'Where people are logged in.';
comment on column admin.sessions.id is 'The session.';
comment on column admin.sessions.username is 'Whose it is.';
comment on column admin.sessions.device is 'What the device says that it is.';
comment on column admin.sessions.address is 'The network address that it was last used from.';
comment on column admin.sessions.created_at is 'When it began.';
comment on column admin.sessions.last_used_at is 'When it was last refreshed.';
comment on column admin.sessions.expires_at is 'When it ends unless it is refreshed; null where it cannot be.';

-- Moderation ----------------------------------------------------------------------------------------------------------

create or replace view admin.report_queue as
select
  c.id as case_id,
  c.subject,
  u.username,
  c.open_count,
  (
    select string_agg(distinct r.reason::text, ', ')
      from threads.reports as r
     where r.case_id = c.id
       and r.status = 'open'
  ) as reasons,
  c.thread_id,
  left(t.body, 80) as body,
  c.latest_at
  from threads.report_cases as c
 inner join threads.users as u on c.user_id = u.id
  left join threads.threads as t on c.thread_id = t.id
 where c.closed_at is null;

comment on view admin.report_queue is 'What waits for a moderator.';
comment on column admin.report_queue.case_id is 'The case: see threads.resolve_reports and threads.dismiss_reports.';
comment on column admin.report_queue.subject is 'Whether it is about something written or about a profile.';
comment on column admin.report_queue.username is 'Whom it is about.';
comment on column admin.report_queue.open_count is 'How many reported it since it was last closed.';
comment on column admin.report_queue.reasons is 'What is wrong, in their eyes.';
comment on column admin.report_queue.thread_id is 'The thread, if it is about one.';
comment on column admin.report_queue.body is 'How the thread begins.';
comment on column admin.report_queue.latest_at is 'When it was last reported.';

create or replace view admin.moderation_log as
select
  a.id,
  a.created_at,
  a.action,
  coalesce(m.username, a.session_role) as done_by,
  u.username,
  a.thread_id,
  a.case_id,
  a.reason,
  a.ends_at
  from threads.moderation_actions as a
  left join threads.users as m on a.moderator_id = m.id
  left join threads.users as u on a.user_id = u.id;

comment on view admin.moderation_log is 'What moderators and administrators did.';
comment on column admin.moderation_log.id is 'The action.';
comment on column admin.moderation_log.created_at is 'When.';
comment on column admin.moderation_log.action is 'What.';
comment on column admin.moderation_log.done_by is 'The moderator; the role that was logged in, for an administrator.';
comment on column admin.moderation_log.username is 'To whom, or to whose thread; null where they are gone.';
comment on column admin.moderation_log.thread_id is 'To which thread.';
comment on column admin.moderation_log.case_id is 'To which case.';
comment on column admin.moderation_log.reason is 'Why.';
comment on column admin.moderation_log.ends_at is 'Until when, of a suspension.';

create or replace view admin.limits as
select
  l.action,
  l.turns,
  l.refill,
  u.username,
  a.full_at - l.refill * (l.turns - 1) as next_turn_at
  from private.limits as l
  left join private.attempts as a
    on a.action = l.action || ' by member'
       and a.full_at > now() + l.refill * (l.turns - 1)
  left join threads.users as u on a.subject = sha256(int8send(u.id));

comment on view admin.limits is
'How often a member may do something, and who has no turn left now. private.limits has the numbers; its owner may change
them at any time.';
comment on column admin.limits.action is 'What is done.';
comment on column admin.limits.turns is 'How many times at once.';
comment on column admin.limits.refill is 'How long it takes until there is one turn more.';
comment on column admin.limits.username is 'Who has no turn left; null where everybody has.';
comment on column admin.limits.next_turn_at is 'When they have one again.';

-- The log -------------------------------------------------------------------------------------------------------------

create or replace function private.keep_administration()
returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception 'The log of administration is not changed.'
    using constraint = 'log_is_final';
end
$$;

comment on function private.keep_administration() is 'Raises log_is_final.';

create or replace trigger administration_actions_final
before update or delete or truncate on private.administration_actions
for each statement execute function private.keep_administration();

-- Also where session_replication_role says that triggers are not to fire.
alter table private.administration_actions enable always trigger administration_actions_final;

comment on trigger administration_actions_final on private.administration_actions is
'Nobody changes or deletes what was done, their owner included.';

create or replace view admin.actions as
select
  a.id,
  a.created_at,
  a.action,
  a.session_role as done_by,
  u.username
  from private.administration_actions as a
  left join threads.users as u on a.user_id = u.id;

comment on view admin.actions is
'What administrators did to names and log-ins, and as whom they wrote; admin.moderation_log has what they did as
moderators.';
comment on column admin.actions.id is 'The action.';
comment on column admin.actions.created_at is 'When.';
comment on column admin.actions.action is 'The function.';
comment on column admin.actions.done_by is 'The role that was logged in.';
comment on column admin.actions.username is 'To whom, by the name that they have now; null where they are gone.';

-- Names and log-ins ---------------------------------------------------------------------------------------------------

create or replace function admin.rename_user(username text, new_username text)
returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  renamed threads.users;
begin
  update threads.users as u
     set username = rename_user.new_username
   where u.username = lower(btrim(rename_user.username))
  returning u.* into renamed;

  if not found then
    raise exception 'There is no user "%".', rename_user.username
      using constraint = 'user_not_found', column = 'username';
  end if;

  insert into private.administration_actions (action, user_id)
  values ('rename_user', renamed.id);

  return renamed.username;
end
$$;

comment on function admin.rename_user(text, text) is
'Changes somebody''s username. The old one is held for them for 30 days. Raises user_not_found and what changing one''s
own raises, but for how often.';

create or replace function admin.take_over_name(username text, heir text default null)
returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  name   constant text := lower(btrim(take_over_name.username));
  holder text := name;
  number integer := 1;
begin
  if take_over_name.heir is not null
     and not exists (select from threads.users as u where u.username = lower(btrim(take_over_name.heir)))
  then
    raise exception 'There is no user "%".', take_over_name.heir
      using constraint = 'user_not_found', column = 'heir';
  end if;

  if exists (select from threads.users as u where u.username = name) then
    while exists (select from threads.users as u where u.username = holder) loop
      number := number + 1;
      holder := left(name, 24) || '_' || number;
    end loop;

    perform admin.rename_user(name, holder);
  end if;

  insert into private.administration_actions (action, user_id)
  select 'take_over_name', u.id
    from (values (holder)) as h (name)
    left join threads.users as u on u.username = h.name;

  -- Nobody's: who had it does not get it back.
  insert into private.held_usernames as h (username_hash, user_id, held_until)
  values (sha256(name::bytea), null, now() + interval '30 days')
  on conflict on constraint held_usernames_pkey do update
     set user_id    = null,
         held_until = excluded.held_until;

  if take_over_name.heir is null then
    return format('%s is held until %s', name, (now() + interval '30 days')::date)
      || case when holder <> name then format('; who had it is %s now', holder) else '' end;
  end if;

  delete from private.held_usernames as h
   where h.username_hash = sha256(name::bytea);

  perform admin.rename_user(take_over_name.heir, name);

  return format('%s is %s now', lower(btrim(take_over_name.heir)), name)
    || case when holder <> name then format('; who had it is %s now', holder) else '' end;
end
$$;

comment on function admin.take_over_name(text, text) is
'Takes a username from who has it, who gets another, and gives it to the heir; without an heir nobody gets it for 30
days. Raises user_not_found and username_reserved.';

create or replace function admin.end_sessions(username text)
returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  ended integer;
begin
  delete from threads.sessions as s
   using threads.users as u
   where u.id = s.user_id
     and u.username = lower(btrim(end_sessions.username));

  get diagnostics ended = row_count;

  insert into private.administration_actions (action, user_id)
  select 'end_sessions', u.id
    from threads.users as u
   where u.username = lower(btrim(end_sessions.username));

  return ended;
end
$$;

comment on function admin.end_sessions(text) is
'Logs somebody out everywhere, and says of how many sessions. Their access tokens last for some minutes yet.';

create or replace function admin.replace_password_hash(username text, password_hash text)
returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into private.credentials as c (user_id, password_hash)
  select u.id, replace_password_hash.password_hash
    from threads.users as u
   where u.username = lower(btrim(replace_password_hash.username))
  on conflict on constraint credentials_pkey do update
     set password_hash = excluded.password_hash,
         changed_at    = now();

  if not found then
    raise exception 'There is no user "%".', replace_password_hash.username
      using constraint = 'user_not_found', column = 'username';
  end if;

  insert into private.administration_actions (action, user_id)
  select 'replace_password_hash', u.id
    from threads.users as u
   where u.username = lower(btrim(replace_password_hash.username));

  return admin.end_sessions(replace_password_hash.username);
end
$$;

comment on function admin.replace_password_hash(text, text) is
'Gives somebody another password, as a hash of the API''s making, and logs them out everywhere. Raises user_not_found.';

drop function if exists admin.identity(text);

create or replace function admin.begin_to_act(username text)
returns table (id bigint, name text, role text)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  select u.id, u.username, private.role_of(u.id)
    into id, name, role
    from threads.users as u
   where u.username = lower(btrim(begin_to_act.username));

  if not found then
    raise exception 'There is no user "%".', begin_to_act.username
      using constraint = 'user_not_found', column = 'username';
  end if;

  -- What is rolled back, or may write nothing, leaves its line in the log of the server alone.
  raise log '% acts as user %', session_user, id;
  if current_setting('transaction_read_only') = 'off' then
    insert into private.administration_actions (action, user_id)
    values ('act_as', id);
  end if;

  return next;
end
$$;

comment on function admin.begin_to_act(text) is
'For threads.act_as: the id, username and database role that a token of the user would name, once it is in the logs
that somebody acts as them. Raises user_not_found.';

create or replace function threads.act_as(username text default null)
returns text
language plpgsql volatile
as $$
declare
  person record;
begin
  if act_as.username is null then
    perform set_config('request.jwt.claims', '{"role": "threads_anonymous"}', true);
    perform set_config('role', 'threads_anonymous', true);
    return 'nobody (threads_anonymous)';
  end if;

  select i.* into person
    from admin.begin_to_act(act_as.username) as i;

  -- Alone in its transaction it would be over as soon as it is done.
  if statement_timestamp() = transaction_timestamp() then
    raise notice 'This lasts to the end of the transaction: type begin first.';
  end if;

  perform set_config(
    'request.jwt.claims',
    json_build_object('sub', person.id::text, 'role', person.role)::text,
    true
  );
  -- In a function with a SET clause, or a security definer, this would not outlast the call.
  perform set_config('role', person.role, true);

  return format('%s (%s, id %s)', person.name, person.role, person.id);
end
$$;

comment on function threads.act_as(text) is
'@omit
For administrators: from here to the end of the transaction, this session sees and may do what the named user sees and
may do through the API, as a moderator if they are one; without a name, what a caller who is not logged in does. The log
of the server tells of it and, where the transaction is committed, admin.actions. Raises user_not_found.';

-- How the database is doing -------------------------------------------------------------------------------------------

create or replace view admin.tables as
select
  c.oid::regclass::text as name,
  greatest(c.reltuples, 0)::bigint as rows,
  pg_total_relation_size(c.oid) as total_bytes,
  pg_relation_size(c.oid) as table_bytes,
  pg_indexes_size(c.oid) as index_bytes,
  s.n_dead_tup as dead_rows,
  s.n_mod_since_analyze as changed_rows,
  greatest(s.last_vacuum, s.last_autovacuum) as last_vacuum,
  greatest(s.last_analyze, s.last_autoanalyze) as last_analyze,
  s.seq_scan as whole_reads,
  s.idx_scan as index_reads,
  s.n_tup_upd as updates,
  round(100.0 * s.n_tup_hot_upd / nullif(s.n_tup_upd, 0)) as updates_in_place,
  age(c.relfrozenxid) as xid_age
  from pg_catalog.pg_class as c
  left join pg_catalog.pg_stat_all_tables as s on c.oid = s.relid
 where c.relnamespace in ('threads'::regnamespace, 'private'::regnamespace)
   and c.relkind = 'r';

comment on view admin.tables is 'The tables, their sizes, and what autovacuum has to do.';
comment on column admin.tables.name is 'The table.';
comment on column admin.tables.rows is 'About how many rows, as of the last vacuum or analyze.';
comment on column admin.tables.total_bytes is 'With indexes and long values.';
comment on column admin.tables.table_bytes is 'The rows alone.';
comment on column admin.tables.index_bytes is 'The indexes alone.';
comment on column admin.tables.dead_rows is 'Rows of before, for vacuum to clear away.';
comment on column admin.tables.changed_rows is 'Rows that were changed since the planner last counted.';
comment on column admin.tables.last_vacuum is 'When it was last vacuumed, by itself or by hand.';
comment on column admin.tables.last_analyze is 'When the planner last counted it.';
comment on column admin.tables.whole_reads is 'How often it was read from end to end: for a big one, look for why.';
comment on column admin.tables.index_reads is 'How often it was read by an index.';
comment on column admin.tables.updates is 'How many rows were updated.';
comment on column admin.tables.updates_in_place is 'Percent of these of which no index had to hear.';
comment on column admin.tables.xid_age is
'How many transactions ago it was last frozen; at 200 million autovacuum does it.';

create or replace function admin.expected_bytes(index regclass)
returns bigint
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  -- A page of 8,192 bytes, filled to nine tenths, of entries: line pointer, header, and columns of their average width,
  -- each of them rounded up to 8 bytes.
  return (
    select 8192 * (1 + ceil(
             greatest(i.reltuples, 0) * (12 + sum((coalesce(s.avg_width, 8)::integer + 7) / 8 * 8)) / (8192 * 0.9)
           ))::bigint
      from pg_class as i
      join pg_namespace as n on n.oid = i.relnamespace
      join pg_index as x on x.indexrelid = i.oid
      join pg_class as t on t.oid = x.indrelid
      join pg_attribute as a on a.attrelid = i.oid
      left join pg_attribute as c on c.attrelid = x.indrelid and c.attnum = x.indkey[a.attnum - 1]
      left join pg_stats as s
        on s.schemaname = n.nspname
       and s.tablename = case when c.attnum is null then i.relname else t.relname end
       and s.attname = coalesce(c.attname, a.attname)
     where i.oid = expected_bytes.index
     group by i.reltuples
  );
end
$$;

comment on function admin.expected_bytes(regclass) is
'About how large a B-tree index would be if it were built anew; duplicates are not counted, which make it smaller.';

create or replace view admin.indexes as
select
  c.oid::regclass::text as name,
  i.indrelid::regclass::text as table_name,
  pg_relation_size(c.oid) as bytes,
  case when m.amname = 'btree' then admin.expected_bytes(c.oid) end as expected_bytes,
  s.idx_scan as reads,
  i.indisunique as is_unique,
  i.indisvalid as is_valid,
  pg_get_indexdef(c.oid) as definition
  from pg_catalog.pg_index as i
 inner join pg_catalog.pg_class as c on i.indexrelid = c.oid
 inner join pg_catalog.pg_am as m on c.relam = m.oid
  left join pg_catalog.pg_stat_all_indexes as s on c.oid = s.indexrelid
 where c.relnamespace in ('threads'::regnamespace, 'private'::regnamespace);

comment on view admin.indexes is 'The indexes, how large they are and should be, and whether anything uses them.';
comment on column admin.indexes.name is 'The index.';
comment on column admin.indexes.table_name is 'What it is on.';
comment on column admin.indexes.bytes is 'How large it is.';
comment on column admin.indexes.expected_bytes is 'About how large it would be if it were built anew; of B-trees only.';
comment on column admin.indexes.reads is 'How often a query used it since statistics were last reset.';
comment on column admin.indexes.is_unique is 'Whether it keeps values unique, which it does unread.';
comment on column admin.indexes.is_valid is 'Whether it was built to its end.';
comment on column admin.indexes.definition is 'The statement that makes it.';

create or replace view admin.policies as
select
  p.polrelid::regclass::text as table_name,
  p.polname as policy,
  case p.polcmd
    when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all'
  end as command,
  (
    select string_agg(r.oid::regrole::text, ', ' order by r.rolname)
      from pg_catalog.pg_roles as r
     where r.oid = any(p.polroles)
  ) as roles,
  f.name as function,
  f.calls,
  f.total_ms,
  1000 * f.total_ms / nullif(f.calls, 0) as mean_us
  from pg_catalog.pg_policy as p
  left join lateral (
         select distinct
           d.refobjid::regprocedure::text as name,
           s.calls,
           s.total_time as total_ms
           from pg_catalog.pg_depend as d
           left join pg_catalog.pg_stat_user_functions as s on d.refobjid = s.funcid
          where d.classid = 'pg_catalog.pg_policy'::regclass
            and d.objid = p.oid
            and d.refclassid = 'pg_catalog.pg_proc'::regclass
       ) as f on true;

comment on view admin.policies is
'The policies and the functions that they call, with what these cost. The times are there where track_functions is on,
for functions in PL/pgSQL; they are of all callers together.';
comment on column admin.policies.table_name is 'What it guards.';
comment on column admin.policies.policy is 'Its name.';
comment on column admin.policies.command is 'For which statements it holds.';
comment on column admin.policies.roles is 'For whom it holds.';
comment on column admin.policies.function is 'A function that it calls; null where it calls none.';
comment on column admin.policies.calls is 'How often the function was called.';
comment on column admin.policies.total_ms is 'Milliseconds in it altogether.';
comment on column admin.policies.mean_us is 'Microseconds a call.';

create or replace function admin.slow_statements()
returns table (total_ms numeric, mean_ms numeric, calls bigint, rows bigint, statement text)
language plpgsql stable
as $$
declare
  home text;
begin
  select n.nspname into home
    from pg_catalog.pg_extension as e
    join pg_catalog.pg_namespace as n on n.oid = e.extnamespace
   where e.extname = 'pg_stat_statements';

  if not found then
    raise notice 'Nothing is counted: shared_preload_libraries needs pg_stat_statements, then: create extension.';
    return;
  end if;

  return query execute format(
    $statement$
      select round(s.total_exec_time::numeric, 1), round(s.mean_exec_time::numeric, 3), s.calls, s.rows, s.query
        from %I.pg_stat_statements as s
       where s.dbid = (select d.oid from pg_catalog.pg_database as d where d.datname = current_database())
       order by s.total_exec_time desc
       limit 50
    $statement$,
    home
  );
end
$$;

comment on function admin.slow_statements() is
'The 50 statements that took most time altogether, as pg_stat_statements counts them; whose text is shown, membership in
pg_read_all_stats decides.';

create or replace view admin.activity as
select
  a.pid,
  a.usename as log_in,
  a.application_name as program,
  a.state,
  now() - a.xact_start as transaction_time,
  now() - a.query_start as statement_time,
  a.wait_event_type as waits_for,
  nullif(pg_blocking_pids(a.pid), '{}') as blocked_by,
  left(regexp_replace(a.query, '\s+', ' ', 'g'), 200) as statement
  from pg_catalog.pg_stat_activity as a
 where a.datname = current_database()
   and a.backend_type = 'client backend'
   and a.pid <> pg_backend_pid();

comment on view admin.activity is
'What the other sessions do; of those of other roles the details need membership in pg_read_all_stats.';
comment on column admin.activity.pid is 'The process: for pg_cancel_backend and pg_terminate_backend.';
comment on column admin.activity.log_in is 'The role that logged in.';
comment on column admin.activity.program is 'What it says that it is.';
comment on column admin.activity.state is 'active, idle, or idle in transaction.';
comment on column admin.activity.transaction_time is 'How long its transaction has lasted.';
comment on column admin.activity.statement_time is 'How long ago its statement began.';
comment on column admin.activity.waits_for is 'What kind of thing it waits for.';
comment on column admin.activity.blocked_by is 'Which processes it waits for.';
comment on column admin.activity.statement is 'How the statement begins that it runs, or ran last.';

create or replace view admin.advice as
select
  i.name as about,
  'It was left half built: every write keeps it, and no query uses it.' as why,
  format('drop index concurrently %s', i.name) as command
  from admin.indexes as i
 where not i.is_valid
 union all
select
  i.name as about,
  format('It has %s, and would have about %s.', pg_size_pretty(i.bytes), pg_size_pretty(i.expected_bytes)) as why,
  format('reindex index concurrently %s', i.name) as command
  from admin.indexes as i
 where i.bytes > 8 * 1024 * 1024
   and i.bytes > 2 * i.expected_bytes
 union all
select
  i.name as about,
  format('No query used its %s since statistics were last reset.', pg_size_pretty(i.bytes)) as why,
  format('drop index concurrently %s', i.name) as command
  from admin.indexes as i
 inner join pg_catalog.pg_stat_database as d on d.datname = current_database()
 where i.reads = 0
   and not i.is_unique
   and i.bytes > 8 * 1024 * 1024
   and coalesce(d.stats_reset, '-infinity') < now() - interval '30 days'
   and pg_postmaster_start_time() < now() - interval '30 days'
 union all
select
  t.name as about,
  format('%s of %s rows are dead.', t.dead_rows, t.rows + t.dead_rows) as why,
  format('vacuum (analyze) %s', t.name) as command
  from admin.tables as t
 where t.dead_rows > 1000 + 0.2 * t.rows
 union all
select
  t.name as about,
  format('%s of %s rows changed since the planner counted them.', t.changed_rows, t.rows) as why,
  format('analyze %s', t.name) as command
  from admin.tables as t
 where t.changed_rows > 1000 + 0.2 * t.rows
   and t.dead_rows <= 1000 + 0.2 * t.rows
 union all
select
  t.name as about,
  format('It was last frozen %s transactions ago.', t.xid_age) as why,
  format('vacuum (freeze) %s', t.name) as command
  from admin.tables as t
 where t.xid_age > 1000000000
 union all
select
  format('%s on %s', k.conname, k.conrelid::regclass) as about,
  'It holds for new rows only, and the planner does not rely on it.' as why,
  format('alter table %s validate constraint %I', k.conrelid::regclass, k.conname) as command
  from pg_catalog.pg_constraint as k
 where not k.convalidated
   and k.connamespace in ('threads'::regnamespace, 'private'::regnamespace)
 union all
select
  format('process %s', a.pid) as about,
  format('%s has its transaction open for %s, and nothing that died since can be vacuumed.', a.log_in,
         date_trunc('second', a.transaction_time)) as why,
  format('select pg_terminate_backend(%s)', a.pid) as command
  from admin.activity as a
 where a.transaction_time > interval '10 minutes';

comment on view admin.advice is
'What needs somebody''s hand, why, and the command that mends it, for the owner or a superuser. No row is good news.';
comment on column admin.advice.about is 'What it is about.';
comment on column admin.advice.why is 'What is wrong with it.';
comment on column admin.advice.command is 'What mends it; look first.';

grant select on
admin.accounts,
admin.sessions,
admin.report_queue,
admin.moderation_log,
admin.actions,
admin.limits,
admin.tables,
admin.indexes,
admin.policies,
admin.activity,
admin.advice
to threads_admin;

grant execute on function
admin.look_up(text),
admin.rename_user(text, text),
admin.take_over_name(text, text),
admin.end_sessions(text),
admin.replace_password_hash(text, text),
admin.begin_to_act(text),
admin.expected_bytes(regclass),
admin.slow_statements(),
threads.act_as(text)
to threads_admin;

reset role;
