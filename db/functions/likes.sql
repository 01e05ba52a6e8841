-- Likes: a user likes a thread, once.
set role threads_owner;

create or replace function private.check_thread()
returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  -- With the writer's own rights: what they do not see is not there, and nothing tells them that it is.
  if not exists (select from threads.threads as t where t.id = new.thread_id and t.deleted_at is null) then
    raise exception 'There is no such thread.'
      using constraint = 'thread_not_found', column = 'thread_id';
  end if;

  return new;
end
$$;

comment on function private.check_thread() is
'Looks up the thread that a row is about with the rights of who writes it. Raises thread_not_found.';

-- Its name comes before the next one's: nothing is locked, and nobody waited for, that the writer does not see.
create or replace trigger likes_check
before insert on threads.likes
for each row execute function private.check_thread();

comment on trigger likes_check on threads.likes is 'People like what they see.';

create or replace trigger reposts_check
before insert on threads.reposts
for each row execute function private.check_thread();

comment on trigger reposts_check on threads.reposts is 'People repost what they see.';

create or replace function private.hold_thread()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  -- The lock of the foreign key, taken at once: shared by all who do the same, and not by whoever deletes it.
  perform
     from threads.threads as t
    where t.id = new.thread_id
      and t.deleted_at is null
      for key share;

  if not found then
    raise exception 'There is no such thread.'
      using constraint = 'thread_not_found', column = 'thread_id';
  end if;

  return new;
end
$$;

comment on function private.hold_thread() is
'Keeps the thread that a row is about from being deleted until the row is written. Raises thread_not_found.';

create or replace trigger likes_hold_liked
before insert on threads.likes
for each row execute function private.hold_thread();

create or replace trigger reposts_hold_reposted
before insert on threads.reposts
for each row execute function private.hold_thread();

drop function if exists private.hold_liked();
drop function if exists private.hold_reposted();

comment on trigger likes_hold_liked on threads.likes is 'A like needs a thread that is there, and stays there.';
comment on trigger reposts_hold_reposted on threads.reposts is
'A repost needs a thread that is there, and stays there.';

create or replace function threads.like_thread(thread_id bigint)
returns threads.threads
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  thread    threads.threads;
begin
  insert into threads.likes (thread_id, user_id)
  values (like_thread.thread_id, viewer_id)
  on conflict on constraint likes_pkey do nothing;

  select t.* into thread
    from threads.threads as t
   where t.id = like_thread.thread_id;

  return thread;
end
$$;

comment on function threads.like_thread(bigint) is
'@notNull
@param thread_id What to like.
Likes a thread or reply. Liking what you like already changes nothing and is no error, so that a client may send it
again. Errors: NOT_LOGGED_IN and THREAD_NOT_FOUND.';

create or replace function threads.unlike_thread(thread_id bigint)
returns threads.threads
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  thread    threads.threads;
  undone    boolean;
begin
  delete from threads.likes as l
   where l.thread_id = unlike_thread.thread_id
     and l.user_id = viewer_id;
  undone := found;

  select t.* into thread
    from threads.threads as t
   where t.id = unlike_thread.thread_id
     and t.deleted_at is null;

  if not found and not undone then
    raise exception 'There is no such thread.'
      using constraint = 'thread_not_found', column = 'thread_id';
  end if;

  return thread;
end
$$;

comment on function threads.unlike_thread(bigint) is
'@param thread_id What to like no more.
Takes a like back, also of what you may not see any more: the thread is then null. Where you do not like the thread,
that changes nothing and is no error. Errors: NOT_LOGGED_IN and THREAD_NOT_FOUND.';

-- Not "exists": for a long page the planner would then read all that the viewer ever did, instead of a key a row.
create or replace function threads.threads_viewer_has_liked(thread threads.threads)
returns setof boolean
language sql stable parallel safe rows 1
as $$
  select coalesce((
    select true
      from threads.likes as l
     where l.thread_id = thread.id
       and l.user_id = (select threads.viewer_id())
  ), false)
$$;

comment on function threads.threads_viewer_has_liked(threads.threads) is
'@notNull
Whether you like it; false for a caller who is not logged in.';

grant execute on function
threads.like_thread(bigint),
threads.unlike_thread(bigint),
threads.threads_viewer_has_liked(threads.threads)
to threads_anonymous, threads_member;

reset role;
