-- Threads: writing, replying, quoting, pinning and deleting.
set role threads_owner;

create or replace function private.tidy_thread()
returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  -- All that looks like nothing: also no-break, zero-width and ideographic spaces.
  new.body := coalesce(btrim(new.body, E' \t\r\n\f\u00a0\u200b\u3000\ufeff'), '');

  if char_length(new.body) > 500 then
    raise exception 'A thread has at most 500 characters; this one has %.', char_length(new.body)
      using constraint = 'body_too_long', column = 'body';
  end if;

  return new;
end
$$;

comment on function private.tidy_thread() is
'Trims a body before it is written, and counts its characters after that. Raises body_too_long.';

create or replace trigger threads_tidy
before insert or update of body on threads.threads
for each row execute function private.tidy_thread();

comment on trigger threads_tidy on threads.threads is
'The same words for a broken rule, whichever way the row is written.';

create or replace function private.check_answered()
returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  -- With the writer's own rights: what they do not see is not there, and nothing tells them that it is.
  if new.parent_id is not null
    and not exists (select from threads.threads as t where t.id = new.parent_id and t.deleted_at is null)
  then
    raise exception 'There is no such thread.'
      using constraint = 'thread_not_found', column = 'thread_id';
  end if;
  if new.quoted_id is not null
    and not exists (select from threads.threads as t where t.id = new.quoted_id and t.deleted_at is null)
  then
    raise exception 'There is no such thread.'
      using constraint = 'thread_not_found', column = 'quoted_id';
  end if;

  return new;
end
$$;

comment on function private.check_answered() is
'Looks up what is replied to or quoted with the rights of who writes. Raises thread_not_found.';

-- Its name comes before the next one's: nothing is locked, and nobody waited for, that the writer does not see.
create or replace trigger threads_check_answered
before insert on threads.threads
for each row when (num_nonnulls(new.parent_id, new.quoted_id) > 0)
execute function private.check_answered();

comment on trigger threads_check_answered on threads.threads is 'People reply to and quote what they see.';

create or replace function private.hold_answered()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  above bigint := new.parent_id;
begin
  -- One step to what started the conversation, but for replies that 0102_old_threads.sql has not come to yet.
  new.root_id := null;
  while above is not null loop
    new.root_id := above;

    select coalesce(t.root_id, t.parent_id) into above
      from threads.threads as t
     where t.id = new.root_id;
  end loop;

  -- The locks of the foreign keys, taken at once: shared by all who answer, and not by whoever deletes. Everybody locks
  -- later threads first, so that nobody waits for somebody who waits for them.
  perform
     from threads.threads as t
    where t.id in (new.parent_id, new.quoted_id, new.root_id)
    order by t.id desc
      for key share;

  if new.parent_id is not null
    and not exists (select from threads.threads as t where t.id = new.parent_id and t.deleted_at is null)
  then
    raise exception 'There is no such thread.'
      using constraint = 'thread_not_found', column = 'thread_id';
  end if;
  if new.quoted_id is not null
    and not exists (select from threads.threads as t where t.id = new.quoted_id and t.deleted_at is null)
  then
    raise exception 'There is no such thread.'
      using constraint = 'thread_not_found', column = 'quoted_id';
  end if;

  return new;
end
$$;

comment on function private.hold_answered() is
'Keeps what is replied to or quoted from being deleted until the thread is written, and says which conversation a reply
belongs to. Raises thread_not_found.';

create or replace trigger threads_hold_answered
before insert on threads.threads
for each row when (num_nonnulls(new.parent_id, new.quoted_id, new.root_id) > 0)
execute function private.hold_answered();

comment on trigger threads_hold_answered on threads.threads is
'A reply or quote needs a thread that is there, and stays there; and nobody says themselves which conversation it is.';

create or replace function private.keep_place()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  -- Deleting locks the row before this runs, so that no reply can come in between.
  if not exists (select from threads.threads as r where r.parent_id = old.id)
    and not exists (select from threads.threads as q where q.quoted_id = old.id)
  then
    return old;
  end if;

  -- Whoever takes a like or a repost back has its row before they take back what it notified of; so has this.
  perform from threads.likes as l where l.thread_id = old.id for update;
  perform from threads.reposts as r where r.thread_id = old.id for update;

  update threads.threads as t
     set deleted_at = now(),
         author_id  = null,
         quoted_id  = null,
         body       = '',
         edited_at  = null,
         hidden_at  = null
   where t.id = old.id
     and t.deleted_at is null;

  delete from threads.likes as l where l.thread_id = old.id;
  delete from threads.reposts as r where r.thread_id = old.id;
  delete from threads.bookmarks as b where b.thread_id = old.id;
  delete from threads.media as m where m.thread_id = old.id;
  delete from threads.thread_edits as e where e.thread_id = old.id;
  update threads.users as u set pinned_thread_id = null where u.pinned_thread_id = old.id;

  return null;
end
$$;

comment on function private.keep_place() is
'Replies and quotes outlive what they are about: a deleted thread that has some keeps its place, and nothing else. Its
mentions, hashtags and links go with its text.';

-- Named so before threads could be quoted.
create or replace trigger threads_keep_replies
before delete on threads.threads
for each row execute function private.keep_place();

comment on trigger threads_keep_replies on threads.threads is
'Instead of a thread that has replies or quotes, all that is in it is deleted; psql then says DELETE 0.';

create or replace function private.clear_places()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  left_alone bigint[] := array[old.quoted_id];
  place      threads.threads;
begin
  if tg_op = 'DELETE' then
    left_alone := left_alone || old.parent_id;
  end if;

  -- Of two who delete the last two replies, the one who comes second sees that none is left. Later threads first, as
  -- everywhere.
  loop
    select t.* into place
      from threads.threads as t
     where t.id = any (left_alone)
     order by t.id desc
     limit 1
       for no key update;

    exit when not found;

    left_alone := array_remove(left_alone, place.id);

    if place.deleted_at is not null
      and not exists (select from threads.threads as r where r.parent_id = place.id)
      and not exists (select from threads.threads as q where q.quoted_id = place.id)
    then
      delete from threads.threads as t
       where t.id = place.id;

      left_alone := left_alone || place.parent_id;
    end if;
  end loop;

  return null;
end
$$;

comment on function private.clear_places() is
'Removes the place of a deleted thread when the last reply or quote goes, and then those above it that are left without
any.';

create or replace trigger threads_clear_places
after delete on threads.threads
for each row when (old.deleted_at is null and num_nonnulls(old.parent_id, old.quoted_id) > 0)
execute function private.clear_places();

create or replace trigger threads_clear_quoted_places
after update of deleted_at on threads.threads
for each row when (old.deleted_at is null and new.deleted_at is not null and old.quoted_id is not null)
execute function private.clear_places();

comment on trigger threads_clear_places on threads.threads is
'The place of a deleted thread is kept only as long as something is about it.';
comment on trigger threads_clear_quoted_places on threads.threads is
'What was deleted quotes nothing any more, also where it keeps its place.';

create or replace function private.check_pin()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  thread threads.threads;
begin
  select t.* into thread
    from threads.threads as t
   where t.id = new.pinned_thread_id
     and t.author_id = new.id;

  -- Of others' threads it says nothing, not even whether they are there.
  if not found then
    raise exception 'You can pin only what you wrote yourself.'
      using constraint = 'not_your_thread', column = 'thread_id';
  end if;
  if thread.parent_id is not null then
    raise exception 'Replies cannot be pinned: pin something that starts a conversation.'
      using constraint = 'cannot_pin_reply', column = 'thread_id';
  end if;
  if thread.hidden_at is not null then
    raise exception 'A moderator hid this thread: it cannot be pinned.'
      using constraint = 'cannot_pin_hidden', column = 'thread_id';
  end if;

  return new;
end
$$;

comment on function private.check_pin() is
'That a user pins a thread of their own, which others can see. Raises not_your_thread, cannot_pin_reply and
cannot_pin_hidden.';

create or replace trigger users_check_pin
before insert or update of pinned_thread_id on threads.users
for each row when (new.pinned_thread_id is not null)
execute function private.check_pin();

comment on trigger users_check_pin on threads.users is 'Nobody has another''s thread on their profile.';

create or replace function threads.create_thread(
  body text default '', media threads.media_item[] default '{}', quoted_id bigint default null,
  reply_control threads.reply_control default 'everyone', poll threads.new_poll default null
)
returns threads.threads
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  thread    threads.threads;
begin
  perform threads.require_quotable(create_thread.quoted_id);

  insert into threads.threads as t (author_id, body, quoted_id, reply_control)
  values (
    viewer_id, create_thread.body, create_thread.quoted_id, coalesce(create_thread.reply_control, 'everyone')
  )
  returning t.* into thread;

  perform threads.put_media(thread.id, create_thread.media);

  -- "is not null" would want all of its parts.
  if create_thread.poll is distinct from null then
    perform threads.add_poll(thread.id, create_thread.poll);
  end if;

  if thread.body = '' then
    -- What is missing is told here, and not at the end of the transaction.
    set constraints threads.threads_have_content immediate;
    set constraints threads.threads_have_content deferred;
  end if;

  return thread;
end
$$;

comment on function threads.create_thread(
  text, threads.media_item[], bigint, threads.reply_control, threads.new_poll
) is
'@notNull
@param body The text: at most 500 characters, blanks around it not kept; it may be empty where there are media.
@param media What there is to look at, at most ten, in this order.
@param quoted_id A thread or reply to quote: one that you see and, of private accounts, only your own.
@param reply_control Who may reply in the conversation.
@param poll A question to all who see the thread.
Starts a conversation. Its "@" names mention those users who can see it, "#" makes hashtags, and addresses with http://
or https:// are links. Errors: NOT_LOGGED_IN, BODY_EMPTY, BODY_TOO_LONG, THREAD_NOT_FOUND, CANNOT_QUOTE_PRIVATE,
TOO_MANY_MEDIA, MEDIA_URL_INVALID, ALT_TEXT_TOO_LONG, MEDIA_SIZE_INVALID, POLL_OPTIONS_INVALID and POLL_END_INVALID.';

create or replace function threads.reply_to_thread(
  thread_id bigint, body text default '', media threads.media_item[] default '{}', quoted_id bigint default null
)
returns threads.threads
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  parent    threads.threads;
  reply     threads.threads;
begin
  select t.* into parent
    from threads.threads as t
   where t.id = reply_to_thread.thread_id
     and t.deleted_at is null;

  if not found then
    raise exception 'There is no such thread.'
      using constraint = 'thread_not_found', column = 'thread_id';
  end if;
  if not (select c from threads.threads_viewer_can_reply(parent) as c) then
    raise exception 'Who started this conversation lets only some reply, and you are not among them.'
      using constraint = 'replies_limited', column = 'thread_id';
  end if;
  perform threads.require_quotable(reply_to_thread.quoted_id);

  insert into threads.threads as t (author_id, parent_id, body, quoted_id)
  values (viewer_id, reply_to_thread.thread_id, reply_to_thread.body, reply_to_thread.quoted_id)
  returning t.* into reply;

  perform threads.put_media(reply.id, reply_to_thread.media);

  if reply.body = '' then
    set constraints threads.threads_have_content immediate;
    set constraints threads.threads_have_content deferred;
  end if;

  return reply;
end
$$;

comment on function threads.reply_to_thread(bigint, text, threads.media_item[], bigint) is
'@notNull
@param thread_id The thread or reply to reply to.
@param body The text: at most 500 characters, blanks around it not kept; it may be empty where there are media.
@param media What there is to look at, at most ten, in this order.
@param quoted_id A thread or reply to quote: one that you see and, of private accounts, only your own.
Replies to a thread, or to a reply, where Thread.viewerCanReply. Errors: NOT_LOGGED_IN, THREAD_NOT_FOUND,
REPLIES_LIMITED, BODY_EMPTY, BODY_TOO_LONG, CANNOT_QUOTE_PRIVATE, TOO_MANY_MEDIA, MEDIA_URL_INVALID, ALT_TEXT_TOO_LONG
and MEDIA_SIZE_INVALID.';

create or replace function threads.require_quotable(thread_id bigint)
returns void
language plpgsql stable
as $$
declare
  thread threads.threads;
begin
  if require_quotable.thread_id is null then
    return;
  end if;

  select t.* into thread
    from threads.threads as t
   where t.id = require_quotable.thread_id
     and t.deleted_at is null;

  if not found then
    raise exception 'There is no such thread.'
      using constraint = 'thread_not_found', column = 'quoted_id';
  end if;
  if not (select c from threads.threads_viewer_can_quote(thread) as c) then
    raise exception 'What a private account wrote stays with its followers: you cannot quote it.'
      using constraint = 'cannot_quote_private', column = 'quoted_id';
  end if;
end
$$;

comment on function threads.require_quotable(bigint) is
'@omit
That who asks may quote the thread, for functions that write. Raises thread_not_found and cannot_quote_private.';

-- Whatever row is passed, whose conversation it is says the one that is kept, if who asks sees it.
create or replace function threads.threads_viewer_can_reply(thread threads.threads)
returns setof boolean
language sql stable parallel safe rows 1
begin atomic
  select
    ($1).deleted_at is null
    and (select threads.viewer_id()) is not null
    and (
          ($1).root_id is null and ($1).reply_control = 'everyone'
          or coalesce((
               select private.viewer_may_reply(coalesce(t.root_id, t.id))
                 from threads.threads as t
                where t.id = ($1).id
             ), false)
        );
end;

comment on function threads.threads_viewer_can_reply(threads.threads) is
'@notNull
Whether you may reply to it: not where it was deleted, and where Thread.replyControl of what started the conversation
lets you. False for a caller who is not logged in.';

create or replace function threads.change_reply_control(thread_id bigint, reply_control threads.reply_control)
returns threads.threads
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  thread    threads.threads;
begin
  select t.* into thread
    from threads.threads as t
   where t.id = change_reply_control.thread_id
     and t.deleted_at is null;

  if not found then
    raise exception 'There is no such thread.'
      using constraint = 'thread_not_found', column = 'thread_id';
  end if;
  if thread.author_id <> viewer_id then
    raise exception 'You can decide only about what you wrote yourself.'
      using constraint = 'not_your_thread', column = 'thread_id';
  end if;
  if thread.parent_id is not null then
    raise exception 'What started a conversation says who may reply in it, and this is a reply.'
      using constraint = 'not_start_of_conversation', column = 'thread_id';
  end if;

  update threads.threads as t
     set reply_control = coalesce(change_reply_control.reply_control, 'everyone')
   where t.id = change_reply_control.thread_id
  returning t.* into thread;

  -- Deleted while this waited.
  if not found then
    raise exception 'There is no such thread.'
      using constraint = 'thread_not_found', column = 'thread_id';
  end if;

  return thread;
end
$$;

comment on function threads.change_reply_control(bigint, threads.reply_control) is
'@notNull
@param thread_id A thread of yours that starts a conversation.
@param reply_control Who may reply from now on.
Decides who may reply in a conversation that you started. Replies that are there stay. Errors: NOT_LOGGED_IN,
THREAD_NOT_FOUND, NOT_YOUR_THREAD and NOT_START_OF_CONVERSATION.';

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
   where t.id = delete_thread.thread_id
     and t.deleted_at is null;

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
Deletes a thread or reply that you wrote, and returns it as it was. Where it has replies or quotes, its place stays
until they are gone too, without its author, its text, and all else that was in it. Errors: NOT_LOGGED_IN,
THREAD_NOT_FOUND and NOT_YOUR_THREAD.';

create or replace function threads.pin_thread(thread_id bigint)
returns threads.users
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  person    threads.users;
begin
  if not exists (
       select
         from threads.threads as t
        where t.id = pin_thread.thread_id
          and t.deleted_at is null
     )
  then
    raise exception 'There is no such thread.'
      using constraint = 'thread_not_found', column = 'thread_id';
  end if;

  -- In the order in which deleting locks them: first the thread, and then its author.
  perform
     from threads.threads as t
    where t.id = pin_thread.thread_id
      for key share;

  update threads.users as u
     set pinned_thread_id = pin_thread.thread_id
   where u.id = viewer_id
  returning u.* into person;

  return person;
end
$$;

comment on function threads.pin_thread(bigint) is
'@notNull
@param thread_id A thread of yours that starts a conversation.
Puts a thread on top of your profile, in the place of the one before. Errors: NOT_LOGGED_IN, THREAD_NOT_FOUND,
NOT_YOUR_THREAD, CANNOT_PIN_REPLY and CANNOT_PIN_HIDDEN.';

create or replace function threads.unpin_thread()
returns threads.users
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  person    threads.users;
begin
  update threads.users as u
     set pinned_thread_id = null
   where u.id = viewer_id
  returning u.* into person;

  return person;
end
$$;

comment on function threads.unpin_thread() is
'@notNull
Takes the thread on top of your profile away from there. Errors: NOT_LOGGED_IN.';

grant execute on function
threads.create_thread(text, threads.media_item[], bigint, threads.reply_control, threads.new_poll),
threads.reply_to_thread(bigint, text, threads.media_item[], bigint),
threads.require_quotable(bigint),
threads.threads_viewer_can_reply(threads.threads),
threads.change_reply_control(bigint, threads.reply_control),
threads.delete_thread(bigint),
threads.pin_thread(bigint),
threads.unpin_thread()
to threads_anonymous, threads_member;

reset role;
