-- What is noted beside the counts of a thread or user is for whoever sees it, also where somebody makes up a row to ask
-- of; and replies have no poll, in psql either.
set role threads_owner;

-- Notes are few and go soon: where there are none, nothing is asked.
alter policy thread_count_changes_read on private.thread_count_changes
using (
  (
    select true
      from threads.threads as t
     where t.id = thread_count_changes.thread_id
  )
);

alter policy user_count_changes_read on private.user_count_changes
using (
  (
    select true
      from threads.users as u
     where u.id = user_count_changes.user_id
  )
);

alter policy polls_insert_own on threads.polls
with check (
  ends_at between now() + interval '5 minutes' and now() + interval '7 days'
  and (
        select t.author_id = (select threads.viewer_id()) and t.created_at = now() and t.parent_id is null
          from threads.threads as t
         where t.id = polls.thread_id
      )
);

comment on policy thread_count_changes_read on private.thread_count_changes is
'The counts of a thread are for whoever sees it.';
comment on policy user_count_changes_read on private.user_count_changes is
'The counts of a user are for whoever sees them.';
comment on policy polls_insert_own on threads.polls is
'Members put a poll into their own thread, which is no reply, while they write it, with an end in 5 minutes to 7 days.';

reset role;
