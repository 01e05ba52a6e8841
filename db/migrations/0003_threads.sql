-- Threads: a deleted one that has replies stays as a tombstone that everybody sees, without its text and its author;
-- moderators hide; conversations have a first thread, which says who may reply; threads quote others.
set role threads_owner;

create type threads.reply_control as enum ('everyone', 'followers', 'mentioned');

comment on type threads.reply_control is
'Who may reply in a conversation. Its author always may.';

-- Tombstones are all that has no author, and a gateway of before does not see them.
alter table threads.threads
-- squawk-ignore ban-drop-not-null
alter column author_id drop not null,
add column root_id bigint,
add column quoted_id bigint,
add column reply_control threads.reply_control not null default 'everyone',
add column edited_at timestamptz,
add column hidden_at timestamptz,
add column repost_count integer not null default 0,
add column quote_count integer not null default 0,
add constraint threads_root_id_fkey foreign key (root_id) references threads.threads (id) not valid,
add constraint threads_quoted_id_fkey foreign key (quoted_id) references threads.threads (id) not valid;

comment on column threads.threads.author_id is 'The id of the user who wrote it; null where it was deleted.';
comment on column threads.threads.body is
'The text: 1 to 500 characters, blanks around it not counted and not kept; empty where it was deleted.';
comment on column threads.threads.deleted_at is
'When it was deleted. Such a thread holds the place of one that has replies or quotes, without its text and author.';
comment on column threads.threads.root_id is
'The id of the thread that started the conversation; null where this did.';
comment on column threads.threads.quoted_id is 'The id of the thread that this quotes.';
comment on column threads.threads.reply_control is
'Who may reply. What starts the conversation decides it for all of it.';
comment on column threads.threads.edited_at is 'When the text was last changed; null where it never was.';
comment on column threads.threads.hidden_at is
'When a moderator hid it: then only its author and moderators see it. Null for everything else.';
comment on column threads.threads.repost_count is 'How many users reposted it.';
comment on column threads.threads.quote_count is 'How many threads quote it.';
comment on constraint threads_author_id_fkey on threads.threads is
'@fieldName author
@foreignFieldName threads
@backwardDescription What the user has written, replies included, newest first.
The user who wrote it; null where it was deleted.';
comment on constraint threads_parent_id_fkey on threads.threads is
'@fieldName parent
@foreignFieldName replies
@backwardDescription What replies to it, oldest first.
@orderBy created_at, id
The thread that this replies to; null when this starts a conversation, or you may not see what it replies to.';
comment on constraint threads_root_id_fkey on threads.threads is
'@fieldName root
@foreignFieldName conversation
@backwardDescription All replies in the conversation that it started, replies to replies included, oldest first.
@orderBy created_at, id
The thread that started the conversation; null when this did, or you may not see what did.';
comment on constraint threads_quoted_id_fkey on threads.threads is
'@fieldName quoted
@foreignFieldName quotes
@backwardDescription The threads that quote it, newest first.
The thread that this quotes; null when it quotes none, or you may not see it.';

alter table threads.users
add column pinned_thread_id bigint,
add constraint users_pinned_thread_id_fkey foreign key (pinned_thread_id) references threads.threads (id)
on delete set null not valid;

comment on column threads.users.pinned_thread_id is 'The id of the thread on top of their profile.';
comment on constraint users_pinned_thread_id_fkey on threads.users is
'@fieldName pinnedThread
@foreignFieldName pinnedBy
@backwardDescription The user whose profile it is on top of, if any.
The thread on top of their profile; null where they chose none, or you may not see it.';

-- Row-level security --------------------------------------------------------------------------------------------------

drop policy threads_read on threads.threads;
create policy threads_read on threads.threads
for select to threads_anonymous, threads_member
using (
  -- Those of before name their author until 0102_old_threads.sql was here.
  deleted_at is not null and author_id is null
  or author_id = (select threads.viewer_id())
  or deleted_at is null
  and hidden_at is null
  and (
        select not u.is_private or private.viewer_follows(u.id)
          from threads.users as u
         where u.id = threads.author_id
      )
);

-- A policy of threads that read threads would be a circle.
create function private.viewer_may_answer(thread_id bigint)
returns boolean
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select
      from threads.threads as t
     where t.id = viewer_may_answer.thread_id
       and t.deleted_at is null
  );
end
$$;

comment on function private.viewer_may_answer(bigint) is
'Whether who asks sees the thread, with their own rights, and it was not deleted. For policies.';

grant execute on function private.viewer_may_answer(bigint) to threads_member;

drop policy threads_insert_own on threads.threads;
create policy threads_insert_own on threads.threads
for insert to threads_member
with check (
  author_id = (select threads.viewer_id())
  and (parent_id is null or private.viewer_may_answer(parent_id))
  and (quoted_id is null or private.viewer_may_answer(quoted_id))
);

drop policy likes_insert_own on threads.likes;
create policy likes_insert_own on threads.likes
for insert to threads_member
with check (
  user_id = (select threads.viewer_id())
  and (
        select t.deleted_at is null
          from threads.threads as t
         where t.id = likes.thread_id
      )
);

comment on policy threads_read on threads.threads is
'Everybody sees every thread of those they see, but for hidden ones and those of private accounts, which their followers
see; and the places of deleted ones.';
comment on policy threads_insert_own on threads.threads is
'Members write in their own name, and reply to and quote what they can see.';
comment on policy likes_insert_own on threads.likes is 'Members like in their own name, and what they can see.';

grant select (root_id, quoted_id, reply_control, edited_at, hidden_at, repost_count, quote_count)
on threads.threads to threads_anonymous, threads_member;
grant select (pinned_thread_id) on threads.users to threads_anonymous, threads_member;

reset role;
