-- Safety: reports and the cases that they make, moderators and the log of what they do, suspensions, words that people
-- do not want to read, and how often one may do something.

-- The role of moderators ----------------------------------------------------------------------------------------------

-- Roles belong to the whole cluster, so another database may have made it already, even while this script runs.
do $$
begin
  if not exists (select from pg_catalog.pg_roles as r where r.rolname = 'threads_moderator') then
    create role threads_moderator nologin;
    comment on role threads_moderator is
    'Threads: a member who moderates; it may do no more than a member unless the claims name a moderator.';
  end if;
exception
  when duplicate_object or unique_violation then
    null; -- Another database's migration was faster.
end
$$;

do $$
declare
  wanted record;
begin
  for wanted in
    select *
      from (values
             ('threads_member', 'threads_moderator'),
             ('threads_moderator', 'threads_gateway'),
             ('threads_moderator', 'threads_admin')
           ) as g (granted, grantee)
     where not exists (
             select
               from pg_catalog.pg_auth_members as m
              where m.roleid = g.granted::regrole
                and m.member = g.grantee::regrole
           )
  loop
    begin
      execute format('grant %I to %I', wanted.granted, wanted.grantee);
    exception
      when unique_violation then
        null;
    end;
  end loop;
end
$$;

set role threads_owner;

create table private.moderators (
  user_id    bigint      not null,
  created_at timestamptz not null default now(),

  constraint moderators_pkey primary key (user_id),
  constraint moderators_user_id_fkey foreign key (user_id) references threads.users (id) on delete cascade
);

comment on table private.moderators is
'Who moderates. The log-in puts the role threads_moderator into their tokens, and whoever is taken off this list
moderates no more, whatever their token says.';
comment on column private.moderators.user_id is 'The moderator.';
comment on column private.moderators.created_at is 'Since when.';
comment on constraint moderators_pkey on private.moderators is 'Nobody is a moderator twice.';
comment on constraint moderators_user_id_fkey on private.moderators is 'Goes when the user goes.';

-- Suspensions ---------------------------------------------------------------------------------------------------------

create table threads.suspensions (
  id         bigint      not null generated always as identity,
  user_id    bigint      not null,
  reason     text        not null,
  created_at timestamptz not null default now(),
  ends_at    timestamptz,
  lifted_at  timestamptz,

  constraint suspensions_pkey primary key (id),
  constraint suspensions_user_id_fkey foreign key (user_id) references threads.users (id) on delete cascade,
  constraint suspensions_reason_length check (char_length(reason) between 1 and 500),
  constraint suspensions_end_after_start check (ends_at > created_at)
);

comment on table threads.suspensions is
'@omit create,update,delete,upsert,aggregates,distinct,all
@orderBy id desc
That a user may read and not write for a time. They see it themselves, and moderators.';
comment on column threads.suspensions.id is 'Identifies the suspension.';
comment on column threads.suspensions.user_id is 'The id of the user who is suspended.';
comment on column threads.suspensions.reason is 'Why, in the words that the user reads: 1 to 500 characters.';
comment on column threads.suspensions.created_at is 'Since when.';
comment on column threads.suspensions.ends_at is 'When it ends by itself; null where it does not.';
comment on column threads.suspensions.lifted_at is 'When a moderator took it back; null where none did.';
comment on constraint suspensions_pkey on threads.suspensions is 'Suspensions are known by their id.';
comment on constraint suspensions_user_id_fkey on threads.suspensions is
'@fieldName user
@foreignFieldName suspensions
@backwardDescription The user''s suspensions, past ones included, newest first; of others than yourself, for moderators.
Who is suspended; null where you may not see them.';
comment on constraint suspensions_reason_length on threads.suspensions is
'Whoever may not write is told why.';
comment on constraint suspensions_end_after_start on threads.suspensions is 'One that is over already would be none.';

create index suspensions_user_id_idx on threads.suspensions (user_id, id);
comment on index threads.suspensions_user_id_idx is 'The suspensions of a user, the latest last.';

-- Reports -------------------------------------------------------------------------------------------------------------

create type threads.report_reason as enum (
  'spam', 'harassment', 'hate', 'violence', 'nudity', 'self_harm', 'false_information', 'impersonation', 'illegal',
  'other'
);
create type threads.report_status as enum ('open', 'resolved', 'dismissed');
create type threads.report_subject as enum ('thread', 'user');

comment on type threads.report_reason is
'@value spam Unwanted advertising, or the same again and again.
@value harassment Bullying, threats or stalking.
@value hate Hatred of people for what they are.
@value violence Violence, or a call for it.
@value nudity Nudity or sexual content.
@value self_harm Suicide or self-harm.
@value false_information What is not true, and harms.
@value impersonation Somebody pretends to be another.
@value illegal What the law forbids.
@value other Anything else: say it in the note.
What is wrong with something that is reported.';
comment on type threads.report_status is
'@value open No moderator has closed it yet.
@value resolved Something was done about it.
@value dismissed There was nothing to be done about it.
Where a report stands.';
comment on type threads.report_subject is
'@value thread Something written.
@value user Somebody''s profile, or what they do.
What a report is about.';

create table threads.report_cases (
  id         bigint                 not null generated always as identity,
  subject    threads.report_subject not null,
  user_id    bigint                 not null,
  thread_id  bigint,
  open_count integer                not null default 0,
  latest_at  timestamptz            not null default now(),
  closed_at  timestamptz,

  constraint report_cases_pkey primary key (id),
  constraint report_cases_user_id_fkey foreign key (user_id) references threads.users (id) on delete cascade,
  constraint report_cases_thread_id_fkey foreign key (thread_id) references threads.threads (id) on delete set null,
  constraint report_cases_about_one_thing check (subject = 'thread' or thread_id is null),
  constraint report_cases_count_not_negative check (open_count >= 0)
);

comment on table threads.report_cases is
'@omit create,update,delete,upsert,aggregates,distinct,all
@orderBy latest_at desc, id desc
All that was reported about one thread, or about one profile. Only moderators see it, but for what is about themselves.';
comment on column threads.report_cases.id is 'Identifies the case.';
comment on column threads.report_cases.subject is 'Whether it is about something written or about a profile.';
comment on column threads.report_cases.user_id is 'The id of the user whom it is about, or who wrote what it is about.';
comment on column threads.report_cases.thread_id is
'The id of the thread that it is about; null where it is about a profile, or the thread is gone.';
comment on column threads.report_cases.open_count is 'How many of its reports wait for a moderator.';
comment on column threads.report_cases.latest_at is 'When it was last reported.';
comment on column threads.report_cases.closed_at is 'When a moderator closed it; null while it is open.';
comment on constraint report_cases_pkey on threads.report_cases is 'Cases are known by their id.';
comment on constraint report_cases_user_id_fkey on threads.report_cases is
'@fieldName user
@foreignFieldName reportCases
@backwardDescription What was reported of the user, the latest first.
The user whom it is about, or who wrote what it is about.';
comment on constraint report_cases_thread_id_fkey on threads.report_cases is
'@fieldName thread
@omit backward
The thread that it is about; null where it is about a profile, or the thread is gone.';
comment on constraint report_cases_about_one_thing on threads.report_cases is 'A profile is no thread.';
comment on constraint report_cases_count_not_negative on threads.report_cases is
'A count below zero would be a mistake of ours.';

-- A case stays when its thread goes, so that two of a user's may have none.
create unique index report_cases_thread_id_key on threads.report_cases (thread_id) where thread_id is not null;
create unique index report_cases_profile_key on threads.report_cases (user_id) where subject = 'user';
create index report_cases_user_id_idx on threads.report_cases (user_id, latest_at, id);
create index report_cases_open_idx on threads.report_cases (latest_at, id) where closed_at is null;

comment on index threads.report_cases_thread_id_key is 'One case a thread.';
comment on index threads.report_cases_profile_key is 'One case a profile.';
comment on index threads.report_cases_user_id_idx is 'What was reported of a user.';
comment on index threads.report_cases_open_idx is 'The queue, the latest last.';

create table threads.reports (
  id          bigint                not null generated always as identity,
  case_id     bigint                not null,
  reporter_id bigint,
  user_id     bigint                not null,
  thread_id   bigint,
  body        text,
  reason      threads.report_reason not null,
  note        text                  not null default '',
  status      threads.report_status not null default 'open',
  created_at  timestamptz           not null default now(),
  closed_at   timestamptz,

  constraint reports_pkey primary key (id),
  constraint reports_case_id_fkey foreign key (case_id) references threads.report_cases (id) on delete cascade,
  constraint reports_reporter_id_fkey foreign key (reporter_id) references threads.users (id) on delete set null,
  constraint reports_user_id_fkey foreign key (user_id) references threads.users (id) on delete cascade,
  constraint reports_thread_id_fkey foreign key (thread_id) references threads.threads (id) on delete set null,
  constraint reports_reporter_id_case_id_key unique (reporter_id, case_id),
  constraint reports_note_length check (char_length(note) <= 500),
  constraint reports_closed check ((closed_at is null) = (status = 'open'))
);

comment on table threads.reports is
'@omit create,update,delete,upsert,aggregates,distinct,manyToMany
@orderBy id desc
That somebody reported a thread or a profile. You see what you reported; nobody who is reported sees it. Moderators see
all reports, but for those about themselves.';
comment on column threads.reports.id is 'Identifies the report.';
comment on column threads.reports.case_id is
'@omit
The case that it belongs to.';
comment on column threads.reports.reporter_id is
'@omit
Who reported; null where they deleted their account. No field of the API: moderators look at what was reported.';
comment on column threads.reports.user_id is 'The id of the user who is reported, or who wrote what is.';
comment on column threads.reports.thread_id is
'The id of the thread that is reported; null where a profile is, or the thread is gone.';
comment on column threads.reports.body is
'What the thread said when it was reported; null where a profile is reported.';
comment on column threads.reports.reason is 'What is wrong with it.';
comment on column threads.reports.note is 'What the reporter added: at most 500 characters, mostly empty.';
comment on column threads.reports.status is 'What became of it.';
comment on column threads.reports.created_at is 'When it was reported.';
comment on column threads.reports.closed_at is 'When a moderator was done with it; null while it is open.';
comment on constraint reports_pkey on threads.reports is 'Reports are known by their id.';
comment on constraint reports_case_id_fkey on threads.reports is
'@fieldName case
@foreignFieldName reports
@backwardDescription The reports, newest first.
The case that it belongs to.';
comment on constraint reports_reporter_id_fkey on threads.reports is
'@omit
Who reported. No relation of the API.';
comment on constraint reports_user_id_fkey on threads.reports is
'@fieldName user
@omit backward
The user who is reported, or who wrote what is; null where you may not see them.';
comment on constraint reports_thread_id_fkey on threads.reports is
'@fieldName thread
@omit backward
The thread that is reported; null where a profile is, or you may not see the thread any more.';
comment on constraint reports_reporter_id_case_id_key on threads.reports is 'Nobody reports a thing twice.';
comment on constraint reports_note_length on threads.reports is 'A note, no essay.';
comment on constraint reports_closed on threads.reports is 'What is closed has a time at which it was.';

create index reports_case_id_idx on threads.reports (case_id, id);
create index reports_user_id_idx on threads.reports (user_id, id);
create index reports_thread_id_idx on threads.reports (thread_id, id) where thread_id is not null;

comment on index threads.reports_case_id_idx is 'The reports of a case.';
comment on index threads.reports_user_id_idx is 'What was reported of a user.';
comment on index threads.reports_thread_id_idx is 'What was reported of a thread.';

-- The log of moderation -----------------------------------------------------------------------------------------------

create type threads.moderation_verb as enum (
  'hide_thread', 'restore_thread', 'suspend_user', 'lift_suspension', 'resolve_reports', 'dismiss_reports',
  'appoint_moderator', 'dismiss_moderator'
);
comment on type threads.moderation_verb is
'@value hide_thread Hid a thread from all but its author and moderators.
@value restore_thread Showed a hidden thread again.
@value suspend_user Let a user write nothing.
@value lift_suspension Let a suspended user write again.
@value resolve_reports Closed a case: something was done about it.
@value dismiss_reports Closed a case: there was nothing to be done about it.
@value appoint_moderator Made somebody a moderator.
@value dismiss_moderator Made a moderator a member again.
What moderators and administrators do.';

-- No foreign keys: what was done stays in the log when the people and the threads are gone.
create table threads.moderation_actions (
  id           bigint                  not null generated always as identity,
  action       threads.moderation_verb not null,
  moderator_id bigint,
  session_role text                    not null default session_user,
  user_id      bigint,
  thread_id    bigint,
  case_id      bigint,
  reason       text                    not null default '',
  ends_at      timestamptz,
  created_at   timestamptz             not null default now(),

  constraint moderation_actions_pkey primary key (id),
  constraint moderation_actions_reason_length check (char_length(reason) <= 500)
);

comment on table threads.moderation_actions is
'@omit create,update,delete,upsert,aggregates,distinct
@orderBy id desc
What moderators and administrators did. Moderators read it; nobody changes it.';
comment on column threads.moderation_actions.id is 'Identifies the action; later ones have larger ids.';
comment on column threads.moderation_actions.action is 'What was done.';
comment on column threads.moderation_actions.moderator_id is
'The id of the moderator who did it, also where their account is gone; null where an administrator did, in psql.';
comment on column threads.moderation_actions.session_role is
'@omit
The role that was logged in to the database.';
comment on column threads.moderation_actions.user_id is
'The id of the user to whom it was done, or who wrote what it was done to.';
comment on column threads.moderation_actions.thread_id is 'The id of the thread to which it was done.';
comment on column threads.moderation_actions.case_id is 'The id of the case that was closed.';
comment on column threads.moderation_actions.reason is 'Why, in the moderator''s words; may be empty.';
comment on column threads.moderation_actions.ends_at is
'Until when the user was suspended; null where there is no such end.';
comment on column threads.moderation_actions.created_at is 'When it was done.';
comment on constraint moderation_actions_pkey on threads.moderation_actions is 'Actions are known by their id.';
comment on constraint moderation_actions_reason_length on threads.moderation_actions is 'A reason, no essay.';

create index moderation_actions_user_id_idx on threads.moderation_actions (user_id, id);
create index moderation_actions_moderator_id_idx on threads.moderation_actions (moderator_id, id);
comment on index threads.moderation_actions_user_id_idx is 'What was done to a user.';
comment on index threads.moderation_actions_moderator_id_idx is 'What a moderator did.';

-- Words that somebody does not want to read ---------------------------------------------------------------------------

create table threads.muted_words (
  user_id    bigint      not null,
  word       text        not null,
  created_at timestamptz not null default now(),

  constraint muted_words_pkey primary key (user_id, word),
  constraint muted_words_user_id_fkey foreign key (user_id) references threads.users (id) on delete cascade,
  constraint muted_words_word_length check (char_length(word) between 1 and 50)
);

comment on table threads.muted_words is
'@omit create,update,delete,upsert,aggregates,distinct,all
@orderBy word
A word, phrase or hashtag that you do not want in your feeds and notifications. Only you see it.';
comment on column threads.muted_words.user_id is
'@omit
Who does not want to read it.';
comment on column threads.muted_words.word is
'A word, a phrase or a hashtag (with its #), in lower case: 1 to 50 characters.';
comment on column threads.muted_words.created_at is 'Since when.';
comment on constraint muted_words_pkey on threads.muted_words is 'Muting a word once is enough.';
comment on constraint muted_words_user_id_fkey on threads.muted_words is
'@omit forward
@foreignFieldName mutedWords
@backwardDescription The words that you do not want to read; of others than yourself, none.
Who does not want to read it.';
comment on constraint muted_words_word_length on threads.muted_words is 'A word or a phrase, no essay.';

-- How often one may do something --------------------------------------------------------------------------------------

create table private.limits (
  action text     not null,
  turns  integer  not null,
  refill interval not null,

  constraint limits_pkey primary key (action),
  constraint limits_possible check (turns > 0 and refill > interval '0')
);

comment on table private.limits is
'How often a member may do something: so many times at once, and then once each refill. What has no row has no limit.
Operators may change it at any time.';
comment on column private.limits.action is 'What is done: see functions/limits.sql.';
comment on column private.limits.turns is 'How many times at once, after some rest.';
comment on column private.limits.refill is 'How long it takes until there is one turn more.';
comment on constraint limits_pkey on private.limits is 'One limit an action.';
comment on constraint limits_possible on private.limits is 'Something that nobody may ever do needs no limit.';

insert into private.limits (action, turns, refill)
values
('thread', 20, interval '3 seconds'),
('edit', 10, interval '6 seconds'),
('like', 60, interval '1 second'),
('repost', 30, interval '2 seconds'),
('follow', 30, interval '4 seconds'),
('vote', 30, interval '2 seconds'),
('report', 10, interval '30 seconds');

-- Row-level security ------------------------------------------------------------------------------------------------

alter table private.moderators enable row level security;
alter table private.limits enable row level security;
alter table threads.suspensions enable row level security;
alter table threads.report_cases enable row level security;
alter table threads.reports enable row level security;
alter table threads.moderation_actions enable row level security;
alter table threads.muted_words enable row level security;

create function private.viewer_is_moderator()
returns boolean
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select
      from private.moderators as m
     where m.user_id = (select threads.viewer_id())
  );
end
$$;

comment on function private.viewer_is_moderator() is
'Whether who asks is a moderator now, whatever their token says. For policies: (select private.viewer_is_moderator()).';

create function private.viewer_may_write()
returns boolean
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  viewer_id  constant bigint := threads.viewer_id();
  suspension threads.suspensions;
begin
  -- Administrators, in nobody's name.
  if viewer_id is null then
    return true;
  end if;

  select s.* into suspension
    from threads.suspensions as s
   where s.user_id = viewer_id
     and s.lifted_at is null
     and (s.ends_at is null or s.ends_at > now())
   order by s.ends_at desc
   limit 1;

  if found then
    raise exception 'Your account is suspended %: %',
      coalesce('until ' || to_char(suspension.ends_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'), 'for good'),
      suspension.reason
      using constraint = 'suspended',
            detail = json_build_object('until', suspension.ends_at, 'reason', suspension.reason);
  end if;
  -- A token outlives its account, and a deactivated one, by some minutes.
  if not exists (select from threads.users as u where u.id = viewer_id and u.deactivated_at is null) then
    raise exception 'You need to log in first.'
      using constraint = 'not_logged_in';
  end if;

  return true;
end
$$;

comment on function private.viewer_may_write() is
'True for those whom the claims name, but for those suspended and those whose account is deactivated or gone: for them
it raises suspended or not_logged_in. For restrictive policies: (select private.viewer_may_write()).';

grant execute on function
private.viewer_is_moderator(),
private.viewer_may_write()
to threads_member;

create policy suspensions_read_own on threads.suspensions
for select to threads_member
using (user_id = (select threads.viewer_id()));

create policy suspensions_moderate on threads.suspensions
for select to threads_moderator
using ((select private.viewer_is_moderator()));

create policy report_cases_moderate on threads.report_cases
for select to threads_moderator
using (user_id <> (select threads.viewer_id()) and (select private.viewer_is_moderator()));

create policy reports_read_own on threads.reports
for select to threads_member
using (reporter_id = (select threads.viewer_id()));

create policy reports_moderate on threads.reports
for select to threads_moderator
using (user_id <> (select threads.viewer_id()) and (select private.viewer_is_moderator()));

-- What it is about is looked up by a trigger, with the reporter's own rights.
create policy reports_insert_own on threads.reports
for insert to threads_member
with check (reporter_id = (select threads.viewer_id()) and user_id <> (select threads.viewer_id()));

create policy moderation_actions_read on threads.moderation_actions
for select to threads_moderator
using ((select private.viewer_is_moderator()));

create policy moderation_actions_insert on threads.moderation_actions
for insert to threads_moderator
with check (
  moderator_id = (select threads.viewer_id())
  and user_id <> (select threads.viewer_id())
  and action not in ('appoint_moderator', 'dismiss_moderator')
  and (select private.viewer_is_moderator())
);

create policy moderation_actions_administer on threads.moderation_actions
to threads_admin
using (true)
with check (moderator_id is null);

create policy muted_words_read_own on threads.muted_words
for select to threads_member
using (user_id = (select threads.viewer_id()));

create policy muted_words_insert_own on threads.muted_words
for insert to threads_member
with check (user_id = (select threads.viewer_id()));

create policy muted_words_delete_own on threads.muted_words
for delete to threads_member
using (user_id = (select threads.viewer_id()));

create policy suspensions_administer on threads.suspensions
for select to threads_admin
using (true);

create policy report_cases_administer on threads.report_cases
for select to threads_admin
using (true);

create policy reports_administer on threads.reports
for select to threads_admin
using (true);

create policy threads_administer on threads.threads
for select to threads_admin
using (true);

create policy users_administer on threads.users
for select to threads_admin
using (true);

-- Beside what they see as members. A key is looked up in a scalar sub-select: as "exists" a table might be read whole.
create policy threads_moderate on threads.threads
for select to threads_moderator
using (
  (select private.viewer_is_moderator())
  and (
        hidden_at is not null
        or (
             select true
               from threads.report_cases as c
              where c.thread_id = threads.id
                and c.closed_at is null
           )
      )
);

create policy users_moderate on threads.users
for select to threads_moderator
using (
  (select private.viewer_is_moderator())
  and (
        (
          select true
            from threads.report_cases as c
           where c.user_id = users.id
             and c.closed_at is null
           order by c.latest_at desc
           limit 1
        )
        or (
             select true
               from threads.suspensions as s
              where s.user_id = users.id
                and s.lifted_at is null
                and (s.ends_at is null or s.ends_at > now())
              order by s.id desc
              limit 1
           )
      )
);

comment on policy suspensions_read_own on threads.suspensions is 'Members see their own suspensions.';
comment on policy suspensions_moderate on threads.suspensions is 'Moderators see who is suspended.';
comment on policy report_cases_moderate on threads.report_cases is
'Moderators see what was reported, but for what is about themselves.';
comment on policy reports_read_own on threads.reports is
'Members see what they reported, and not who reported them.';
comment on policy reports_moderate on threads.reports is
'Moderators see all reports, but for those about themselves.';
comment on policy reports_insert_own on threads.reports is 'Members report in their own name, and not themselves.';
comment on policy moderation_actions_read on threads.moderation_actions is 'Moderators read the log.';
comment on policy moderation_actions_insert on threads.moderation_actions is
'Moderators act in their own name. What they write here is done by a trigger.';
comment on policy moderation_actions_administer on threads.moderation_actions is
'Administrators read the log and act, in nobody''s name.';
comment on policy muted_words_read_own on threads.muted_words is 'Members see their own words.';
comment on policy muted_words_insert_own on threads.muted_words is 'Members mute words for themselves.';
comment on policy muted_words_delete_own on threads.muted_words is 'Members take back their own words.';
comment on policy suspensions_administer on threads.suspensions is 'Administrators see who is suspended.';
comment on policy report_cases_administer on threads.report_cases is 'Administrators see what was reported.';
comment on policy reports_administer on threads.reports is 'Administrators see all reports.';
comment on policy threads_administer on threads.threads is 'Administrators see all threads, hidden ones included.';
comment on policy users_administer on threads.users is 'Administrators see everybody, the deactivated included.';
comment on policy threads_moderate on threads.threads is
'Moderators see what is hidden and what is reported, also of private accounts, until the case is closed.';
comment on policy users_moderate on threads.users is
'Moderators see who is suspended and whoever is reported, until the case is closed.';

-- What moderators see more than members is to be judged, not to be answered: what they write as members may be about no
-- more than what members see.
create function private.viewer_reaches_user(user_id bigint)
returns boolean
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select
      from threads.users as u
     where u.id = viewer_reaches_user.user_id
       and u.deactivated_at is null
       and not exists (
             select
               from private.walls as w
              where w.user_id = (select threads.viewer_id())
                and w.other_id = u.id
           )
  );
end
$$;

create function private.viewer_reaches_thread(thread_id bigint)
returns boolean
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select
      from threads.threads as t
      join threads.users as u on u.id = t.author_id
     where t.id = viewer_reaches_thread.thread_id
       and (
             u.id = (select threads.viewer_id())
             or t.hidden_at is null
             and private.viewer_reaches_user(u.id)
             and (not u.is_private or private.viewer_follows(u.id))
           )
  );
end
$$;

comment on function private.viewer_reaches_user(bigint) is
'Whether who asks sees the user as a member. For policies of moderators.';
comment on function private.viewer_reaches_thread(bigint) is
'Whether who asks sees the thread as a member. For policies of moderators.';

grant execute on function
private.viewer_reaches_user(bigint),
private.viewer_reaches_thread(bigint)
to threads_moderator;

create policy threads_reach on threads.threads
as restrictive for insert to threads_moderator
with check (
  (parent_id is null or private.viewer_reaches_thread(parent_id))
  and (quoted_id is null or private.viewer_reaches_thread(quoted_id))
);

create policy likes_reach on threads.likes
as restrictive for insert to threads_moderator
with check (private.viewer_reaches_thread(thread_id));

create policy reposts_reach on threads.reposts
as restrictive for insert to threads_moderator
with check (private.viewer_reaches_thread(thread_id));

create policy bookmarks_reach on threads.bookmarks
as restrictive for insert to threads_moderator
with check (private.viewer_reaches_thread(thread_id));

create policy poll_votes_reach on threads.poll_votes
as restrictive for insert to threads_moderator
with check (private.viewer_reaches_thread(thread_id));

create policy follows_reach on threads.follows
as restrictive for insert to threads_moderator
with check (private.viewer_reaches_user(followee_id) and private.viewer_reaches_user(follower_id));

create policy follow_requests_reach on threads.follow_requests
as restrictive for insert to threads_moderator
with check (private.viewer_reaches_user(target_id));

comment on policy threads_reach on threads.threads is 'Moderators answer and quote what they see as members.';
comment on policy likes_reach on threads.likes is 'Moderators like what they see as members.';
comment on policy reposts_reach on threads.reposts is 'Moderators repost what they see as members.';
comment on policy bookmarks_reach on threads.bookmarks is 'Moderators keep what they see as members.';
comment on policy poll_votes_reach on threads.poll_votes is 'Moderators vote in what they see as members.';
comment on policy follows_reach on threads.follows is 'Moderators follow, and let follow, whom they see as members.';
comment on policy follow_requests_reach on threads.follow_requests is 'Moderators ask whom they see as members.';

-- Grants --------------------------------------------------------------------------------------------------------------

grant select (id, user_id, reason, created_at, ends_at, lifted_at) on threads.suspensions to threads_member;
grant select (
  id, case_id, reporter_id, user_id, thread_id, body, reason, note, status, created_at, closed_at
) on threads.reports to threads_member;
grant insert (reporter_id, user_id, thread_id, reason, note) on threads.reports to threads_member;
grant select (user_id, word, created_at) on threads.muted_words to threads_member;
grant insert (user_id, word), delete on threads.muted_words to threads_member;
grant select (id, subject, user_id, thread_id, open_count, latest_at, closed_at)
on threads.report_cases to threads_moderator;
grant select (
  id, action, moderator_id, session_role, user_id, thread_id, case_id, reason, ends_at, created_at
) on threads.moderation_actions to threads_moderator;
grant insert (action, moderator_id, user_id, thread_id, case_id, reason, ends_at)
on threads.moderation_actions to threads_moderator;
grant usage on schema threads to threads_moderator;

-- Who may not write ---------------------------------------------------------------------------------------------------

-- On top of each table's own policies, for each way in which members write to it. Sessions are left out: also somebody
-- suspended may log out.
do $$
declare
  wanted record;
begin
  for wanted in
    select c.relname, v.verb, v.clause
      from pg_catalog.pg_class as c
     cross join (values ('insert', 'with check'), ('update', 'using'), ('delete', 'using')) as v (verb, clause)
     where c.relnamespace = 'threads'::regnamespace
       and c.relkind in ('r', 'p')
       and c.relname <> 'sessions'
       and (
             has_table_privilege('threads_moderator', c.oid, v.verb)
             or v.verb <> 'delete' and has_any_column_privilege('threads_moderator', c.oid, v.verb)
           )
  loop
    execute format(
      'create policy %I on threads.%I as restrictive for %s to threads_member %s ((select private.viewer_may_write()))',
      wanted.relname || '_may_' || wanted.verb, wanted.relname, wanted.verb, wanted.clause
    );
    execute format(
      'comment on policy %I on threads.%I is %L',
      wanted.relname || '_may_' || wanted.verb, wanted.relname, 'Not somebody suspended or deactivated.'
    );
  end loop;
end
$$;

reset role;
