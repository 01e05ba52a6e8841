-- Threads: writing, replying and deleting, and the counts of threads and replies.
set role threads_owner;

create or replace function private.tidy_thread()
returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  -- All that looks like nothing: also no-break, zero-width and ideographic spaces.
  new.body := btrim(new.body, E' \t\r\n\f\u00a0\u200b\u3000\ufeff');

  if coalesce(new.body, '') = '' then
    raise exception 'Write something first: a thread has at least one character.'
      using constraint = 'body_empty', column = 'body';
  end if;
  if char_length(new.body) > 500 then
    raise exception 'A thread has at most 500 characters; this one has %.', char_length(new.body)
      using constraint = 'body_too_long', column = 'body';
  end if;

  return new;
end
$$;

comment on function private.tidy_thread() is
'Trims a body before it is written, and counts its characters after that. Raises body_empty and body_too_long.';

create or replace trigger threads_tidy
before insert on threads.threads
for each row execute function private.tidy_thread();

comment on trigger threads_tidy on threads.threads is
'The same words for a broken rule, whichever way the row is written.';

create or replace function private.hold_parent()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  -- The lock of the update that counts, taken at once: raising the foreign key's to it later could end in a deadlock
  -- with a deletion that waits in between.
  perform
     from threads.threads as t
    where t.id = new.parent_id
      and t.deleted_at is null
      for no key update;

  if not found then
    raise exception 'There is no such thread.'
      using constraint = 'thread_not_found', column = 'thread_id';
  end if;

  return new;
end
$$;

comment on function private.hold_parent() is
'Keeps the thread that is replied to from being deleted until the reply is written. Raises thread_not_found.';

create or replace trigger threads_hold_parent
before insert on threads.threads
for each row when (new.parent_id is not null)
execute function private.hold_parent();

comment on trigger threads_hold_parent on threads.threads is 'A reply needs a thread that is there, and stays there.';

create or replace function private.count_thread()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'INSERT' then
    if new.parent_id is not null then
      update threads.threads as t
         set reply_count = t.reply_count + 1
       where t.id = new.parent_id;
    end if;

    update threads.users as u
       set thread_count = u.thread_count + 1
     where u.id = new.author_id;
  elsif old.deleted_at is null then
    update threads.threads as t
       set reply_count = t.reply_count - 1
     where t.id = old.parent_id;

    update threads.users as u
       set thread_count = u.thread_count - 1
     where u.id = old.author_id;
  end if;

  return null;
end
$$;

comment on function private.count_thread() is
'Counts a thread for its author and, when it is a reply, for its parent: once when written, back once when deleted.';

create or replace trigger threads_count
after insert or delete on threads.threads
for each row execute function private.count_thread();

create or replace trigger threads_count_deleted
after update of deleted_at on threads.threads
for each row when (old.deleted_at is null and new.deleted_at is not null)
execute function private.count_thread();

comment on trigger threads_count on threads.threads is 'Keeps users.thread_count and threads.reply_count.';
comment on trigger threads_count_deleted on threads.threads is
'Keeps users.thread_count and threads.reply_count when a deleted thread keeps its place.';

create or replace function private.keep_replies()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  -- Deleting locks the row before this runs, so that no reply can come in between.
  if not exists (select from threads.threads as r where r.parent_id = old.id) then
    return old;
  end if;

  delete from threads.likes as l
   where l.thread_id = old.id;

  update threads.threads as t
     set deleted_at = now(),
         body       = ''
   where t.id = old.id
     and t.deleted_at is null;

  return null;
end
$$;

comment on function private.keep_replies() is
'Replies outlive what they reply to: a deleted thread that has replies keeps its place, without its text and its likes,
and nobody sees it.';

create or replace trigger threads_keep_replies
before delete on threads.threads
for each row execute function private.keep_replies();

comment on trigger threads_keep_replies on threads.threads is
'Instead of a thread that has replies, its text and likes are deleted; psql then says DELETE 0.';

create or replace function threads.create_thread(body text)
returns threads.threads
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  thread    threads.threads;
begin
  insert into threads.threads as t (author_id, body)
  values (viewer_id, create_thread.body)
  returning t.* into thread;

  return thread;
end
$$;

comment on function threads.create_thread(text) is
'@notNull
@param body The text.
Starts a conversation. The body has 1 to 500 characters; blanks around it are not counted and not kept.
Errors: NOT_LOGGED_IN, BODY_EMPTY and BODY_TOO_LONG.';

create or replace function threads.reply_to_thread(thread_id bigint, body text)
returns threads.threads
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  reply     threads.threads;
begin
  if not exists (select from threads.threads as t where t.id = reply_to_thread.thread_id) then
    raise exception 'There is no such thread.'
      using constraint = 'thread_not_found', column = 'thread_id';
  end if;

  insert into threads.threads as t (author_id, parent_id, body)
  values (viewer_id, reply_to_thread.thread_id, reply_to_thread.body)
  returning t.* into reply;

  return reply;
end
$$;

comment on function threads.reply_to_thread(bigint, text) is
'@notNull
@param thread_id The thread or reply to reply to.
@param body The text.
Replies to a thread, or to a reply. The body has 1 to 500 characters; blanks around it are not counted and not kept.
Errors: NOT_LOGGED_IN, THREAD_NOT_FOUND, BODY_EMPTY and BODY_TOO_LONG.';

create or replace function threads.delete_thread(thread_id bigint)
returns threads.threads
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  thread    threads.threads;
begin
  select t.* into thread
    from threads.threads as t
   where t.id = delete_thread.thread_id;

  if not found then
    raise exception 'There is no such thread.'
      using constraint = 'thread_not_found', column = 'thread_id';
  end if;
  if thread.author_id <> viewer_id then
    raise exception 'You can delete only what you wrote yourself.'
      using constraint = 'not_your_thread', column = 'thread_id';
  end if;

  delete from threads.threads as t
   where t.id = delete_thread.thread_id;

  return thread;
end
$$;

comment on function threads.delete_thread(bigint) is
'@notNull
@param thread_id A thread or reply of yours.
Deletes a thread or reply that you wrote, and returns it as it was. Replies to it stay; their parent is then null.
Errors: NOT_LOGGED_IN, THREAD_NOT_FOUND and NOT_YOUR_THREAD.';

grant execute on function
threads.create_thread(text),
threads.reply_to_thread(bigint, text),
threads.delete_thread(bigint)
to threads_anonymous, threads_member;

reset role;
