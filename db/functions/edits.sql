-- Edits: for 15 minutes an author may change a thread, and everybody who sees it sees what it was before.
set role threads_owner;

create or replace function private.keep_version(thread_id bigint, body text, written_at timestamptz)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  -- The clock, and not the time when the transaction began, which may be long ago.
  if keep_version.written_at <= clock_timestamp() - interval '15 minutes' then
    raise exception 'You can edit a thread only in the 15 minutes after you wrote it.'
      using constraint = 'edit_window_over', column = 'thread_id';
  end if;

  -- Of what was written, or changed before, in this transaction, nobody else has seen anything.
  if keep_version.written_at = now() then
    return;
  end if;

  insert into threads.thread_edits (thread_id, body, media)
  values (
    keep_version.thread_id,
    keep_version.body,
    array(
      select (m.url, m.alt_text, m.kind, m.width, m.height)::threads.media_item
        from threads.media as m
       where m.thread_id = keep_version.thread_id
       order by m.position
    )
  )
  on conflict on constraint thread_edits_pkey do nothing;

  if (select count(*) from threads.thread_edits as e where e.thread_id = keep_version.thread_id) > 20 then
    raise exception 'You can edit a thread at most 20 times.'
      using constraint = 'too_many_edits', column = 'thread_id';
  end if;
end
$$;

comment on function private.keep_version(bigint, text, timestamptz) is
'Keeps what a thread is now, once a transaction, before its author changes it. Raises edit_window_over and
too_many_edits.';

create or replace function private.track_edit()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform private.keep_version(old.id, old.body, old.created_at);

  if old.created_at <> now() then
    new.edited_at := now();
  end if;

  return new;
end
$$;

comment on function private.track_edit() is 'Keeps a text that is changed, and says when it was.';

create or replace trigger threads_track_edit
before update of body on threads.threads
for each row when (new.body <> old.body and new.deleted_at is null)
execute function private.track_edit();

comment on trigger threads_track_edit on threads.threads is 'No text changes unseen, or after its time.';

create or replace function private.track_media()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  changed constant threads.media := case tg_op when 'DELETE' then old else new end;
  thread  threads.threads;
begin
  -- Of others' threads the policies say that they are not to be changed.
  select t.* into thread
    from threads.threads as t
   where t.id = changed.thread_id
     and t.author_id = threads.viewer_id()
     for no key update;

  if found and thread.created_at <> now() then
    perform private.keep_version(thread.id, thread.body, thread.created_at);

    update threads.threads as t
       set edited_at = now()
     where t.id = thread.id
       and t.edited_at is distinct from now();
  end if;

  return changed;
end
$$;

comment on function private.track_media() is
'Keeps what there was to look at before it is changed, and says when it was.';

-- Administrators, and whoever deletes a whole thread, are not bound by policies, nor by this.
create or replace trigger media_track_edit
before insert or delete on threads.media
for each row when (row_security_active('threads.media'))
execute function private.track_media();

comment on trigger media_track_edit on threads.media is 'No picture changes unseen, or after its time.';

create or replace function threads.edit_thread(
  thread_id bigint, body text default null, media threads.media_item[] default null
)
returns threads.threads
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  thread    threads.threads;
begin
  select t.* into thread
    from threads.threads as t
   where t.id = edit_thread.thread_id
     and t.deleted_at is null;

  if not found then
    raise exception 'There is no such thread.'
      using constraint = 'thread_not_found', column = 'thread_id';
  end if;
  if thread.author_id <> viewer_id then
    raise exception 'You can edit only what you wrote yourself.'
      using constraint = 'not_your_thread', column = 'thread_id';
  end if;

  -- The text first: it waits for whoever changes the thread at the same time.
  update threads.threads as t
     set body = coalesce(edit_thread.body, t.body)
   where t.id = edit_thread.thread_id;

  -- Deleted while this waited.
  if not found then
    raise exception 'There is no such thread.'
      using constraint = 'thread_not_found', column = 'thread_id';
  end if;

  if edit_thread.media is not null then
    delete from threads.media as m
     where m.thread_id = edit_thread.thread_id;

    perform threads.put_media(edit_thread.thread_id, edit_thread.media);
  end if;

  select t.* into thread
    from threads.threads as t
   where t.id = edit_thread.thread_id;

  if thread.body = '' then
    -- What is missing is told here, and not at the end of the transaction.
    set constraints threads.threads_have_content, threads.media_leave_content immediate;
    set constraints threads.threads_have_content, threads.media_leave_content deferred;
  end if;

  return thread;
end
$$;

comment on function threads.edit_thread(bigint, text, threads.media_item[]) is
'@notNull
@param thread_id A thread or reply of yours.
@param body The text instead of the one before; absent, it stays.
@param media What there is to look at instead of what was before, in this order; absent, it stays.
Changes a thread or reply that you wrote, in the 15 minutes after, at most 20 times. Whoever sees it sees in
Thread.edits what it was before. Errors: NOT_LOGGED_IN, THREAD_NOT_FOUND, NOT_YOUR_THREAD, EDIT_WINDOW_OVER,
TOO_MANY_EDITS, BODY_EMPTY, BODY_TOO_LONG, TOO_MANY_MEDIA, MEDIA_URL_INVALID, ALT_TEXT_TOO_LONG and
MEDIA_SIZE_INVALID.';

create or replace function threads.threads_viewer_can_edit(thread threads.threads)
returns setof boolean
language sql stable parallel safe rows 1
as $$
  select coalesce(
    thread.author_id = (select threads.viewer_id())
    and thread.created_at > statement_timestamp() - interval '15 minutes',
    false
  )
$$;

comment on function threads.threads_viewer_can_edit(threads.threads) is
'@notNull
Whether you wrote it, and less than 15 minutes ago.';

grant execute on function
threads.edit_thread(bigint, text, threads.media_item[]),
threads.threads_viewer_can_edit(threads.threads)
to threads_anonymous, threads_member;

reset role;
