-- Who sees the notes beside a count, asked by a function: every count that is shown brought the policies of threads and
-- users into its statement again, which takes longer to begin than it takes to run.
set role threads_owner;

create function private.viewer_sees_thread(thread_id bigint)
returns boolean
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select
      from threads.threads as t
     where t.id = viewer_sees_thread.thread_id
  );
end
$$;

create function private.viewer_sees_user(user_id bigint)
returns boolean
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select
      from threads.users as u
     where u.id = viewer_sees_user.user_id
  );
end
$$;

comment on function private.viewer_sees_thread(bigint) is
'Whether who asks sees the thread, with their own rights. For policies.';
comment on function private.viewer_sees_user(bigint) is
'Whether who asks sees the user, with their own rights. For policies.';

grant execute on function
private.viewer_sees_thread(bigint),
private.viewer_sees_user(bigint)
to threads_anonymous, threads_member;

alter policy thread_count_changes_read on private.thread_count_changes
using (private.viewer_sees_thread(thread_id));

alter policy user_count_changes_read on private.user_count_changes
using (private.viewer_sees_user(user_id));

reset role;
