-- Moderation: hiding, suspending and closing cases. A row in threads.moderation_actions is how it is done, and the
-- log of it: a trigger does what the row says, so that nothing is done that is not in the log, through the API and in
-- psql alike.
set role threads_owner;

-- The log -------------------------------------------------------------------------------------------------------------

create or replace function private.refuse_change()
returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception 'The log of moderation is not changed.'
    using constraint = 'log_is_final';
end
$$;

comment on function private.refuse_change() is 'Raises log_is_final.';

create or replace trigger moderation_actions_final
before update or delete or truncate on threads.moderation_actions
for each statement execute function private.refuse_change();

-- Also where session_replication_role says that triggers are not to fire.
alter table threads.moderation_actions enable always trigger moderation_actions_final;

comment on trigger moderation_actions_final on threads.moderation_actions is
'Nobody changes or deletes what was done, their owner included.';

create or replace function threads.viewer_is_moderator()
returns boolean
language sql stable parallel safe
return private.viewer_is_moderator();

comment on function threads.viewer_is_moderator() is
'@notNull
Whether you are a moderator. Your token must be of after you became one: refresh it.';

create or replace function private.check_moderation()
returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  new.moderator_id := threads.viewer_id();
  new.reason       := btrim(coalesce(new.reason, ''), E' \t\r\n\f\u00a0\u200b\u3000\ufeff');

  if new.moderator_id is not null and not threads.viewer_is_moderator() then
    raise exception 'Only moderators may do this.'
      using constraint = 'not_a_moderator';
  end if;

  -- With the moderator's own rights: they act on what they see.
  if new.action in ('hide_thread', 'restore_thread') then
    new.case_id := null;

    select t.author_id into new.user_id
      from threads.threads as t
     where t.id = new.thread_id
       and t.deleted_at is null;

    if not found then
      raise exception 'There is no such thread.'
        using constraint = 'thread_not_found', column = 'thread_id';
    end if;
  elsif new.action in ('resolve_reports', 'dismiss_reports') then
    select c.user_id, c.thread_id into new.user_id, new.thread_id
      from threads.report_cases as c
     where c.id = new.case_id;

    if not found then
      raise exception 'There is no such case.'
        using constraint = 'case_not_found', column = 'case_id';
    end if;
  else
    new.thread_id := null;
    new.case_id   := null;

    if not exists (select from threads.users as u where u.id = new.user_id) then
      raise exception 'There is no such user.'
        using constraint = 'user_not_found', column = 'username';
    end if;
  end if;

  return new;
end
$$;

comment on function private.check_moderation() is
'Says who acts, and looks up to whom, with the rights of who acts. Raises not_a_moderator, thread_not_found,
case_not_found and user_not_found.';

create or replace trigger moderation_actions_check
before insert on threads.moderation_actions
for each row execute function private.check_moderation();

comment on trigger moderation_actions_check on threads.moderation_actions is
'Who acts is who asks, and acts on what they see.';

create or replace function private.close_case(case_id bigint, outcome threads.report_status)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update threads.report_cases as c
     set closed_at  = now(),
         open_count = 0
   where c.id = close_case.case_id
     and c.closed_at is null;

  if not found then
    return false;
  end if;

  update threads.reports as r
     set status    = close_case.outcome,
         closed_at = now()
   where r.case_id = close_case.case_id
     and r.status = 'open';

  return true;
end
$$;

comment on function private.close_case(bigint, threads.report_status) is
'Closes a case and its open reports. False where it was closed already.';

create or replace function private.perform_moderation()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if new.user_id = new.moderator_id then
    raise exception 'Moderators do not moderate themselves.'
      using constraint = 'cannot_moderate_self';
  end if;
  if new.action in ('hide_thread', 'suspend_user') and new.reason = '' then
    raise exception 'Say why.'
      using constraint = 'reason_required', column = 'reason';
  end if;
  if char_length(new.reason) > 500 then
    raise exception 'A reason has at most 500 characters; this one has %.', char_length(new.reason)
      using constraint = 'reason_too_long', column = 'reason';
  end if;
  if new.action <> 'suspend_user' then
    new.ends_at := null;
  elsif new.ends_at <= now() then
    raise exception 'A suspension ends in the future, or not at all.'
      using constraint = 'suspension_over', column = 'until';
  end if;

  -- What changes nothing is not done, and not in the log.
  case new.action
    when 'hide_thread' then
      update threads.threads as t
         set hidden_at = now()
       where t.id = new.thread_id
         and t.hidden_at is null;

      if not found then
        return null;
      end if;

      select c.id into new.case_id
        from threads.report_cases as c
       where c.thread_id = new.thread_id
         and c.closed_at is null;

      perform private.close_case(new.case_id, 'resolved');
    when 'restore_thread' then
      update threads.threads as t
         set hidden_at = null
       where t.id = new.thread_id
         and t.hidden_at is not null;

      if not found then
        return null;
      end if;
    when 'suspend_user' then
      if exists (select from private.moderators as m where m.user_id = new.user_id) then
        raise exception 'Moderators are not suspended. Ask an administrator to dismiss them first.'
          using constraint = 'user_is_moderator', column = 'username';
      end if;

      perform private.end_suspensions(new.user_id);

      insert into threads.suspensions (user_id, reason, ends_at)
      values (new.user_id, new.reason, new.ends_at);

      select c.id into new.case_id
        from threads.report_cases as c
       where c.user_id = new.user_id
         and c.subject = 'user'
         and c.closed_at is null;

      perform private.close_case(new.case_id, 'resolved');
    when 'lift_suspension' then
      if not private.end_suspensions(new.user_id) then
        return null;
      end if;
    when 'resolve_reports', 'dismiss_reports' then
      if not private.close_case(
        new.case_id,
        case new.action when 'resolve_reports' then 'resolved' else 'dismissed' end::threads.report_status
      ) then
        return null;
      end if;
    when 'appoint_moderator' then
      insert into private.moderators (user_id)
      values (new.user_id)
      on conflict on constraint moderators_pkey do nothing;

      if not found then
        return null;
      end if;
    when 'dismiss_moderator' then
      delete from private.moderators as m
       where m.user_id = new.user_id;

      if not found then
        return null;
      end if;
  end case;

  return new;
end
$$;

comment on function private.perform_moderation() is
'Does what the row says, and keeps no row where that changes nothing. Hiding a thread and suspending a user close the
case about them. Raises cannot_moderate_self, reason_required, reason_too_long, suspension_over and user_is_moderator.';

create or replace trigger moderation_actions_perform
before insert on threads.moderation_actions
for each row execute function private.perform_moderation();

comment on trigger moderation_actions_perform on threads.moderation_actions is
'Nothing is done that is not in the log, and nothing is in the log that was not done.';

create or replace function private.end_suspensions(user_id bigint)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update threads.suspensions as s
     set lifted_at = now()
   where s.user_id = end_suspensions.user_id
     and s.lifted_at is null
     and (s.ends_at is null or s.ends_at > now());

  return found;
end
$$;

comment on function private.end_suspensions(bigint) is
'Lifts the suspensions of a user that did not end yet. False where there were none.';

-- What moderators do --------------------------------------------------------------------------------------------------

create or replace function threads.report_queue()
returns setof threads.report_cases
language sql stable parallel safe
as $$
  select c.*
    from threads.report_cases as c
   where c.closed_at is null
$$;

comment on function threads.report_queue() is
'@orderBy latest_at desc, id desc
What waits for a moderator: the open cases, the one that was reported last first.';

create or replace function threads.hide_thread(thread_id bigint, reason text)
returns threads.threads
language plpgsql volatile
as $$
declare
  thread threads.threads;
begin
  insert into threads.moderation_actions (action, thread_id, reason)
  values ('hide_thread', hide_thread.thread_id, hide_thread.reason);

  select t.* into thread
    from threads.threads as t
   where t.id = hide_thread.thread_id;

  return thread;
end
$$;

comment on function threads.hide_thread(bigint, text) is
'@notNull
@param thread_id What to hide.
@param reason Why, for the log.
Hides a thread from all but its author and moderators, and resolves the case about it. Hiding what is hidden changes
nothing. Errors: NOT_A_MODERATOR, THREAD_NOT_FOUND, CANNOT_MODERATE_SELF, REASON_REQUIRED, REASON_TOO_LONG and
SUSPENDED.';

create or replace function threads.restore_thread(thread_id bigint, reason text default '')
returns threads.threads
language plpgsql volatile
as $$
declare
  thread threads.threads;
begin
  -- Before it is done: what a private account wrote may be out of sight after it.
  select t.* into thread
    from threads.threads as t
   where t.id = restore_thread.thread_id;

  insert into threads.moderation_actions (action, thread_id, reason)
  values ('restore_thread', restore_thread.thread_id, restore_thread.reason);

  thread.hidden_at := null;

  return thread;
end
$$;

comment on function threads.restore_thread(bigint, text) is
'@notNull
@param thread_id What to show again.
@param reason Why, for the log.
Takes back that a thread was hidden. Restoring what is not hidden changes nothing.
Errors: NOT_A_MODERATOR, THREAD_NOT_FOUND, CANNOT_MODERATE_SELF, REASON_TOO_LONG and SUSPENDED.';

create or replace function threads.suspend_user(username text, reason text, until timestamptz default null)
returns threads.users
language plpgsql volatile
as $$
declare
  target_id constant bigint := threads.require_user_id(suspend_user.username);
  person    threads.users;
begin
  insert into threads.moderation_actions (action, user_id, reason, ends_at)
  values ('suspend_user', target_id, suspend_user.reason, suspend_user.until);

  select u.* into person
    from threads.users as u
   where u.id = target_id;

  return person;
end
$$;

comment on function threads.suspend_user(text, text, timestamptz) is
'@notNull
@param username Whom to suspend, in any case.
@param reason Why, in words that they read.
@param until When it ends by itself; for good where that is left out.
Keeps a user from writing anything, at once, while they may still read, and resolves the case about their profile.
Another suspension takes the place of one before. Errors: NOT_A_MODERATOR, USER_NOT_FOUND, CANNOT_MODERATE_SELF,
USER_IS_MODERATOR, REASON_REQUIRED, REASON_TOO_LONG, SUSPENSION_OVER and SUSPENDED.';

create or replace function threads.lift_suspension(username text, reason text default '')
returns threads.users
language plpgsql volatile
as $$
declare
  target_id constant bigint := threads.require_user_id(lift_suspension.username);
  person    threads.users;
begin
  -- Before it is done: somebody whom the moderator blocks is out of sight after it.
  select u.* into person
    from threads.users as u
   where u.id = target_id;

  insert into threads.moderation_actions (action, user_id, reason)
  values ('lift_suspension', target_id, lift_suspension.reason);

  return person;
end
$$;

comment on function threads.lift_suspension(text, text) is
'@notNull
@param username Whose suspension to lift, in any case.
@param reason Why, for the log.
Lets a suspended user write again. Where they are not suspended, that changes nothing. Errors: NOT_A_MODERATOR,
USER_NOT_FOUND, CANNOT_MODERATE_SELF, REASON_TOO_LONG and SUSPENDED.';

create or replace function threads.resolve_reports(case_id bigint, reason text default '')
returns threads.report_cases
language plpgsql volatile
as $$
declare
  report_case threads.report_cases;
begin
  insert into threads.moderation_actions (action, case_id, reason)
  values ('resolve_reports', resolve_reports.case_id, resolve_reports.reason);

  select c.* into report_case
    from threads.report_cases as c
   where c.id = resolve_reports.case_id;

  return report_case;
end
$$;

comment on function threads.resolve_reports(bigint, text) is
'@notNull
@param case_id Which case.
@param reason Why, for the log.
Closes a case: something was done about it, as its reporters see then. Closing a closed one changes nothing. Errors:
NOT_A_MODERATOR, CASE_NOT_FOUND, CANNOT_MODERATE_SELF, REASON_TOO_LONG and SUSPENDED.';

create or replace function threads.dismiss_reports(case_id bigint, reason text default '')
returns threads.report_cases
language plpgsql volatile
as $$
declare
  report_case threads.report_cases;
begin
  insert into threads.moderation_actions (action, case_id, reason)
  values ('dismiss_reports', dismiss_reports.case_id, dismiss_reports.reason);

  select c.* into report_case
    from threads.report_cases as c
   where c.id = dismiss_reports.case_id;

  return report_case;
end
$$;

comment on function threads.dismiss_reports(bigint, text) is
'@notNull
@param case_id Which case.
@param reason Why, for the log.
Closes a case: there is nothing to be done about it. Closing a closed one changes nothing. Errors: NOT_A_MODERATOR,
CASE_NOT_FOUND, CANNOT_MODERATE_SELF, REASON_TOO_LONG and SUSPENDED.';

-- What they read ------------------------------------------------------------------------------------------------------

create or replace function threads.users_suspension(person threads.users)
returns setof threads.suspensions
language sql stable parallel safe rows 1
as $$
  select s.*
    from threads.suspensions as s
   where s.user_id = person.id
     and s.lifted_at is null
     and (s.ends_at is null or s.ends_at > now())
   order by s.ends_at desc
   limit 1
$$;

comment on function threads.users_suspension(threads.users) is
'Why the user may not write now, and until when; null where they may. Of others than yourself, only moderators see it.';

create or replace function threads.threads_report_case(thread threads.threads)
returns setof threads.report_cases
language sql stable parallel safe rows 1
as $$
  select c.*
    from threads.report_cases as c
   where c.thread_id = thread.id
$$;

comment on function threads.threads_report_case(threads.threads) is
'What was reported of it; null where nothing ever was.';

create or replace function threads.moderation_actions_moderator(action threads.moderation_actions)
returns setof threads.users
language sql stable parallel safe rows 1
as $$
  select u.*
    from threads.users as u
   where u.id = action.moderator_id
$$;

create or replace function threads.moderation_actions_user(action threads.moderation_actions)
returns setof threads.users
language sql stable parallel safe rows 1
as $$
  select u.*
    from threads.users as u
   where u.id = action.user_id
$$;

create or replace function threads.moderation_actions_thread(action threads.moderation_actions)
returns setof threads.threads
language sql stable parallel safe rows 1
as $$
  select t.*
    from threads.threads as t
   where t.id = action.thread_id
$$;

comment on function threads.moderation_actions_moderator(threads.moderation_actions) is
'The moderator who did it; null where an administrator did, or the account is gone.';
comment on function threads.moderation_actions_user(threads.moderation_actions) is
'The user to whom it was done, or who wrote what it was done to; null where you may not see them any more.';
comment on function threads.moderation_actions_thread(threads.moderation_actions) is
'The thread to which it was done; null where you may not see it any more.';

-- Who moderates -------------------------------------------------------------------------------------------------------

create or replace function threads.appoint_moderator(username text, reason text default '')
returns text
language plpgsql volatile
as $$
begin
  insert into threads.moderation_actions (action, user_id, reason)
  values ('appoint_moderator', threads.require_user_id(appoint_moderator.username), appoint_moderator.reason);

  return case when found then 'appointed' else 'is a moderator already' end;
end
$$;

comment on function threads.appoint_moderator(text, text) is
'@omit
For administrators: makes somebody a moderator. Their next token has the role threads_moderator: a refresh will do.
Raises user_not_found.';

create or replace function threads.dismiss_moderator(username text, reason text default '')
returns text
language plpgsql volatile
as $$
begin
  insert into threads.moderation_actions (action, user_id, reason)
  values ('dismiss_moderator', threads.require_user_id(dismiss_moderator.username), dismiss_moderator.reason);

  return case when found then 'dismissed' else 'is no moderator' end;
end
$$;

comment on function threads.dismiss_moderator(text, text) is
'@omit
For administrators: makes a moderator a member again, at once. Raises user_not_found.';

create or replace function private.role_of(user_id bigint)
returns text
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select case
           when exists (select from private.moderators as m where m.user_id = role_of.user_id) then 'threads_moderator'
           else 'threads_member'
         end
$$;

comment on function private.role_of(bigint) is 'The database role that a token of the user names.';

grant execute on function
private.role_of(bigint)
to threads_auth;

grant execute on function
threads.viewer_is_moderator(),
threads.users_suspension(threads.users)
to threads_member;

grant execute on function
threads.report_queue(),
threads.hide_thread(bigint, text),
threads.restore_thread(bigint, text),
threads.suspend_user(text, text, timestamptz),
threads.lift_suspension(text, text),
threads.resolve_reports(bigint, text),
threads.dismiss_reports(bigint, text),
threads.threads_report_case(threads.threads),
threads.moderation_actions_moderator(threads.moderation_actions),
threads.moderation_actions_user(threads.moderation_actions),
threads.moderation_actions_thread(threads.moderation_actions)
to threads_moderator;

grant execute on function
threads.appoint_moderator(text, text),
threads.dismiss_moderator(text, text)
to threads_admin;

reset role;
