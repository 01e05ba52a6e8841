-- Bookmarks: threads that members keep to find them again.
set role threads_owner;

create or replace function threads.bookmark_thread(thread_id bigint)
returns threads.threads
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  thread    threads.threads;
begin
  select t.* into thread
    from threads.threads as t
   where t.id = bookmark_thread.thread_id
     and t.deleted_at is null;

  if not found then
    raise exception 'There is no such thread.'
      using constraint = 'thread_not_found', column = 'thread_id';
  end if;

  insert into threads.bookmarks (user_id, thread_id)
  values (viewer_id, thread.id)
  on conflict on constraint bookmarks_pkey do nothing;

  return thread;
end
$$;

comment on function threads.bookmark_thread(bigint) is
'@notNull
@param thread_id What to keep.
Bookmarks a thread or reply: you find it again in your bookmarks, and nobody else knows. What you keep already stays where
it is in them, and that is no error. Errors: NOT_LOGGED_IN and THREAD_NOT_FOUND.';

create or replace function threads.unbookmark_thread(thread_id bigint)
returns threads.threads
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  thread    threads.threads;
begin
  delete from threads.bookmarks as b
   where b.thread_id = unbookmark_thread.thread_id
     and b.user_id = viewer_id;

  select t.* into thread
    from threads.threads as t
   where t.id = unbookmark_thread.thread_id;

  if not found then
    raise exception 'There is no such thread.'
      using constraint = 'thread_not_found', column = 'thread_id';
  end if;

  return thread;
end
$$;

comment on function threads.unbookmark_thread(bigint) is
'@notNull
@param thread_id What to keep no longer.
Takes a bookmark away. Where there is none, that changes nothing and is no error.
Errors: NOT_LOGGED_IN and THREAD_NOT_FOUND.';

-- Not "exists": for a long page the planner would then read all that the viewer ever kept, instead of a key a row.
create or replace function threads.threads_viewer_has_bookmarked(thread threads.threads)
returns setof boolean
language sql stable parallel safe rows 1
as $$
  select coalesce((
    select true
      from threads.bookmarks as b
     where b.user_id = (select threads.viewer_id())
       and b.thread_id = thread.id
  ), false)
$$;

comment on function threads.threads_viewer_has_bookmarked(threads.threads) is
'@notNull
Whether you keep it; false for a caller who is not logged in.';

grant execute on function
threads.bookmark_thread(bigint),
threads.unbookmark_thread(bigint),
threads.threads_viewer_has_bookmarked(threads.threads)
to threads_anonymous, threads_member;

reset role;
