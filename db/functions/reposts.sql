-- Reposts: a user passes a thread on to their followers, once.
set role threads_owner;

create or replace function threads.repost_thread(thread_id bigint)
returns threads.threads
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  thread    threads.threads;
begin
  select t.* into thread
    from threads.threads as t
   where t.id = repost_thread.thread_id
     and t.deleted_at is null;

  if not found then
    raise exception 'There is no such thread.'
      using constraint = 'thread_not_found', column = 'thread_id';
  end if;
  if not (select c from threads.threads_viewer_can_quote(thread) as c) then
    raise exception 'What a private account wrote stays with its followers: you cannot repost it.'
      using constraint = 'cannot_repost_private', column = 'thread_id';
  end if;

  insert into threads.reposts (user_id, thread_id)
  values (viewer_id, repost_thread.thread_id)
  on conflict on constraint reposts_pkey do nothing;

  select t.* into thread
    from threads.threads as t
   where t.id = repost_thread.thread_id;

  return thread;
end
$$;

comment on function threads.repost_thread(bigint) is
'@notNull
@param thread_id What to repost.
Passes a thread or reply on to your followers. Of private accounts you can repost only what you wrote yourself.
Reposting what you reposted already changes nothing and is no error, so that a client may send it again.
Errors: NOT_LOGGED_IN, THREAD_NOT_FOUND and CANNOT_REPOST_PRIVATE.';

create or replace function threads.undo_repost(thread_id bigint)
returns threads.threads
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  thread    threads.threads;
  undone    boolean;
begin
  delete from threads.reposts as r
   where r.thread_id = undo_repost.thread_id
     and r.user_id = viewer_id;
  undone := found;

  select t.* into thread
    from threads.threads as t
   where t.id = undo_repost.thread_id
     and t.deleted_at is null;

  if not found and not undone then
    raise exception 'There is no such thread.'
      using constraint = 'thread_not_found', column = 'thread_id';
  end if;

  return thread;
end
$$;

comment on function threads.undo_repost(bigint) is
'@param thread_id What to repost no more.
Takes a repost back, also of what you may not see any more: the thread is then null. Where you did not repost the
thread, that changes nothing and is no error.
Errors: NOT_LOGGED_IN and THREAD_NOT_FOUND.';

-- Not "exists": for a long page the planner would then read all that the viewer ever did, instead of a key a row.
create or replace function threads.threads_viewer_has_reposted(thread threads.threads)
returns setof boolean
language sql stable parallel safe rows 1
as $$
  select coalesce((
    select true
      from threads.reposts as r
     where r.thread_id = thread.id
       and r.user_id = (select threads.viewer_id())
  ), false)
$$;

comment on function threads.threads_viewer_has_reposted(threads.threads) is
'@notNull
Whether you repost it; false for a caller who is not logged in.';

create or replace function threads.threads_viewer_can_quote(thread threads.threads)
returns setof boolean
language sql stable parallel safe rows 1
as $$
  select coalesce((
    select not u.is_private or u.id = (select threads.viewer_id())
      from threads.users as u
     where u.id = thread.author_id
       and (select threads.viewer_id()) is not null
  ), false)
$$;

comment on function threads.threads_viewer_can_quote(threads.threads) is
'@notNull
Whether you may quote and repost it: not what a private account wrote, unless you did, nor what was deleted. False for a
caller who is not logged in.';

grant execute on function
threads.repost_thread(bigint),
threads.undo_repost(bigint),
threads.threads_viewer_has_reposted(threads.threads),
threads.threads_viewer_can_quote(threads.threads)
to threads_anonymous, threads_member;

reset role;
