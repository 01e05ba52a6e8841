-- Drafts: what members have not published yet. They write, change and delete them as rows: see the policies.
set role threads_owner;

create or replace function private.tidy_draft()
returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  fresh constant boolean := tg_op = 'INSERT';
begin
  new.updated_at := now();

  -- Asked with the rights of whoever writes the draft. What is not changed may have become invisible since.
  if new.parent_id is not null and (fresh or new.parent_id is distinct from old.parent_id)
     and not exists (select from threads.threads as t where t.id = new.parent_id and t.deleted_at is null) then
    raise exception 'There is no such thread.'
      using constraint = 'thread_not_found', column = 'parent_id';
  end if;
  if new.quoted_id is not null and (fresh or new.quoted_id is distinct from old.quoted_id)
     and not exists (select from threads.threads as t where t.id = new.quoted_id and t.deleted_at is null) then
    raise exception 'There is no such thread.'
      using constraint = 'thread_not_found', column = 'quoted_id';
  end if;

  if char_length(new.body) > 500 then
    raise exception 'A thread has at most 500 characters; this one has %.', char_length(new.body)
      using constraint = 'body_too_long', column = 'body';
  end if;
  if octet_length(new.media::text) > 50000 or octet_length((new.poll).options::text) > 2000 then
    raise exception 'A draft holds no more than a thread does.'
      using constraint = 'draft_too_large';
  end if;

  return new;
end
$$;

comment on function private.tidy_draft() is
'Whether a draft could be published by and by: what it replies to and quotes is there for its author, and it is not too
large. Raises thread_not_found, body_too_long and draft_too_large.';

create or replace trigger drafts_tidy
before insert or update on threads.drafts
for each row execute function private.tidy_draft();

comment on trigger drafts_tidy on threads.drafts is
'The same words for a broken rule, whichever way the row is written.';

create or replace function private.limit_drafts()
returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  -- One's own, as the policy says.
  if (select count(*) from threads.drafts as d where d.author_id = new.author_id) >= 200 then
    raise exception 'You have 200 drafts, which is as many as are kept. Delete or publish some first.'
      using constraint = 'too_many_drafts';
  end if;

  return new;
end
$$;

comment on function private.limit_drafts() is
'Drafts are for what is written next, not for storing: 200 a user, or a few more where they come at the same moment.
Raises too_many_drafts.';

create or replace trigger drafts_limit
before insert on threads.drafts
for each row execute function private.limit_drafts();

comment on trigger drafts_limit on threads.drafts is 'A user has 200 drafts at most.';

create or replace function threads.publish_draft(id bigint)
returns threads.threads
language plpgsql volatile
as $$
declare
  viewer_id constant bigint := threads.require_viewer_id();
  draft     threads.drafts;
  thread    threads.threads;
begin
  -- Taken first, so that of two who publish it at once one finds it gone.
  delete from threads.drafts as d
   where d.id = publish_draft.id
     and d.author_id = viewer_id
  returning d.* into draft;

  if not found then
    raise exception 'There is no such draft.'
      using constraint = 'draft_not_found', column = 'id';
  end if;

  if draft.parent_id is null then
    thread := threads.create_thread(
      body          => draft.body,
      media         => draft.media,
      quoted_id     => draft.quoted_id,
      reply_control => draft.reply_control,
      poll          => draft.poll
    );
  elsif draft.poll is distinct from null then
    raise exception 'A reply has no poll.'
      using constraint = 'reply_without_poll', column = 'id';
  else
    thread := threads.reply_to_thread(
      thread_id => draft.parent_id,
      body      => draft.body,
      media     => draft.media,
      quoted_id => draft.quoted_id
    );
  end if;

  return thread;
end
$$;

comment on function threads.publish_draft(bigint) is
'@notNull
@param id A draft of yours.
Makes a thread or a reply of a draft, by the same rules as createThread and replyToThread, and deletes the draft; where a
rule is broken the draft stays. A reply to a thread that was deleted since starts a conversation, unless something holds
its place. Errors: NOT_LOGGED_IN, DRAFT_NOT_FOUND, REPLY_WITHOUT_POLL, and those of createThread and replyToThread.';

grant execute on function
threads.publish_draft(bigint)
to threads_anonymous, threads_member;

reset role;
