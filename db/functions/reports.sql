-- Reports: what people tell moderators of. Moderators' part is in moderation.sql.
set role threads_owner;

create or replace function private.check_report()
returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  -- With the reporter's own rights: what they do not see is not there.
  if new.thread_id is not null then
    select t.author_id, t.body into new.user_id, new.body
      from threads.threads as t
     where t.id = new.thread_id
       and t.deleted_at is null;

    if not found then
      raise exception 'There is no such thread.'
        using constraint = 'thread_not_found', column = 'thread_id';
    end if;
  elsif not exists (select from threads.users as u where u.id = new.user_id) then
    raise exception 'There is no such user.'
      using constraint = 'user_not_found', column = 'username';
  end if;

  if new.user_id = new.reporter_id then
    raise exception 'You cannot report yourself.'
      using constraint = 'cannot_report_self',
            column = case when new.thread_id is null then 'username' else 'thread_id' end;
  end if;

  new.note := btrim(coalesce(new.note, ''), E' \t\r\n\f\u00a0\u200b\u3000\ufeff');

  if char_length(new.note) > 500 then
    raise exception 'A note has at most 500 characters; this one has %.', char_length(new.note)
      using constraint = 'note_too_long', column = 'note';
  end if;

  return new;
end
$$;

comment on function private.check_report() is
'Looks up whom a report is about, with the rights of who reports. Raises thread_not_found, user_not_found,
cannot_report_self and note_too_long.';

create or replace trigger reports_check
before insert on threads.reports
for each row execute function private.check_report();

comment on trigger reports_check on threads.reports is 'People report what they see, and not themselves.';

create or replace function private.open_report_case()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if new.thread_id is null then
    insert into threads.report_cases (subject, user_id)
    values ('user', new.user_id)
    on conflict do nothing;

    select c.id into new.case_id
      from threads.report_cases as c
     where c.user_id = new.user_id
       and c.subject = 'user';
  else
    insert into threads.report_cases (subject, user_id, thread_id)
    values ('thread', new.user_id, new.thread_id)
    on conflict do nothing;

    select c.id into new.case_id
      from threads.report_cases as c
     where c.thread_id = new.thread_id;
  end if;

  return new;
end
$$;

comment on function private.open_report_case() is 'Finds the case of what is reported, or begins it.';

create or replace trigger reports_open_case
before insert on threads.reports
for each row execute function private.open_report_case();

comment on trigger reports_open_case on threads.reports is 'All reports of one thing are one case.';

create or replace function private.count_report()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update threads.report_cases as c
     set open_count = c.open_count + 1,
         latest_at  = now(),
         closed_at  = null
   where c.id = new.case_id;

  return null;
end
$$;

comment on function private.count_report() is 'Counts a report for its case, and opens the case again.';

create or replace trigger reports_count
after insert on threads.reports
for each row execute function private.count_report();

comment on trigger reports_count on threads.reports is 'Keeps open_count and latest_at of the case.';

create or replace function threads.report_thread(
  thread_id bigint, reason threads.report_reason, note text default ''
)
returns threads.reports
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  report    threads.reports;
begin
  insert into threads.reports (reporter_id, thread_id, reason, note)
  values (viewer_id, report_thread.thread_id, report_thread.reason, report_thread.note)
  on conflict on constraint reports_reporter_id_case_id_key do nothing;

  select r.* into report
    from threads.reports as r
   where r.thread_id = report_thread.thread_id
     and r.reporter_id = viewer_id;

  return report;
end
$$;

comment on function threads.report_thread(bigint, threads.report_reason, text) is
'@notNull
@param thread_id What to report: a thread or reply that you see, and did not write.
@param reason What is wrong with it.
@param note What moderators should know, at most 500 characters.
Tells the moderators of a thread. Its author does not learn of it, nor who you are. Reporting it again changes nothing
and returns your report as it was. Errors: NOT_LOGGED_IN, THREAD_NOT_FOUND, CANNOT_REPORT_SELF, NOTE_TOO_LONG,
RATE_LIMITED and SUSPENDED.';

create or replace function threads.report_user(
  username text, reason threads.report_reason, note text default ''
)
returns threads.reports
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  target_id constant bigint := threads.require_user_id(report_user.username);
  report    threads.reports;
begin
  insert into threads.reports (reporter_id, user_id, reason, note)
  values (viewer_id, target_id, report_user.reason, report_user.note)
  on conflict on constraint reports_reporter_id_case_id_key do nothing;

  select r.* into report
    from threads.reports as r
   where r.user_id = target_id
     and r.body is null
     and r.reporter_id = viewer_id;

  return report;
end
$$;

comment on function threads.report_user(text, threads.report_reason, text) is
'@notNull
@param username Whom to report, in any case: for their profile, or for what they do.
@param reason What is wrong.
@param note What moderators should know, at most 500 characters.
Tells the moderators of a user. They do not learn of it, nor who you are. Reporting them again changes nothing and
returns your report as it was. Errors: NOT_LOGGED_IN, USER_NOT_FOUND, CANNOT_REPORT_SELF, NOTE_TOO_LONG, RATE_LIMITED
and SUSPENDED.';

create or replace function threads.threads_viewer_has_reported(thread threads.threads)
returns setof boolean
language sql stable parallel safe rows 1
as $$
  select coalesce((
    select true
      from threads.reports as r
     where r.thread_id = thread.id
       and r.reporter_id = (select threads.viewer_id())
  ), false)
$$;

comment on function threads.threads_viewer_has_reported(threads.threads) is
'@notNull
Whether you reported it.';

create or replace function threads.users_viewer_has_reported(person threads.users)
returns setof boolean
language sql stable parallel safe rows 1
as $$
  select coalesce((
    select true
      from threads.reports as r
     where r.user_id = person.id
       and r.body is null
       and r.reporter_id = (select threads.viewer_id())
  ), false)
$$;

comment on function threads.users_viewer_has_reported(threads.users) is
'@notNull
Whether you reported this user; what you reported of their threads does not count.';

grant execute on function
threads.report_thread(bigint, threads.report_reason, text),
threads.report_user(text, threads.report_reason, text),
threads.threads_viewer_has_reported(threads.threads),
threads.users_viewer_has_reported(threads.users)
to threads_member;

reset role;
