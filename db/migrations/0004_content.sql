-- squawk-ignore-file ban-drop-function, ban-drop-constraint
-- What is dropped comes again at once, in another form.
--
-- Content: media, mentions, hashtags and links in texts, reposts, and what texts were before they were edited.
set role threads_owner;

-- Functions of before that now take more arguments, or a call would fit both.
drop function if exists threads.create_thread(text);
drop function if exists threads.reply_to_thread(bigint, text);
drop trigger if exists threads_hold_parent on threads.threads;
drop function if exists private.hold_parent();

-- Threads -------------------------------------------------------------------------------------------------------------

alter table threads.threads
drop constraint threads_body_length,
add constraint threads_body_length check (char_length(body) <= case when deleted_at is null then 500 else 0 end)
not valid,
add constraint threads_reply_control_of_first check (parent_id is null or reply_control = 'everyone') not valid;

comment on type threads.reply_control is
'@value everyone All who see the conversation.
@value followers Those who follow its author.
@value mentioned Those whom the text of its first thread mentions.
Who may reply in a conversation. Its author always may.';
comment on constraint threads_body_length on threads.threads is
'Characters, not bytes, blanks around the text not counted; the text of a deleted thread is gone. Without a text there
are media, as threads_have_content says.';
comment on constraint threads_reply_control_of_first on threads.threads is
'What starts a conversation says who may reply in it; replies say nothing.';
comment on column threads.threads.body is
'The text: at most 500 characters, blanks around it not counted and not kept; empty where it has media alone, or was
deleted.';

-- Media ---------------------------------------------------------------------------------------------------------------

create type threads.media_kind as enum ('image', 'video');

comment on type threads.media_kind is
'@value image A still picture.
@value video A film, with or without sound.
What something to look at is.';

create type threads.media_item as (
  url      text,
  alt_text text,
  kind     threads.media_kind,
  width    integer,
  height   integer
);

comment on type threads.media_item is 'Something to look at: a picture or a video.';
comment on column threads.media_item.url is
'Where it is: an address with http:// or https://, of at most 2,000 characters.';
comment on column threads.media_item.alt_text is
'What is to be seen, for those who do not see it: at most 1,000 characters, empty unless given.';
comment on column threads.media_item.kind is 'What it is: an image unless given.';
comment on column threads.media_item.width is 'Its width in pixels; given together with the height, or not at all.';
comment on column threads.media_item.height is 'Its height in pixels; given together with the width, or not at all.';

create table threads.media (
  thread_id bigint             not null,
  position  integer            not null,
  url       text               not null,
  alt_text  text               not null default '',
  kind      threads.media_kind not null default 'image',
  width     integer,
  height    integer,

  constraint media_pkey primary key (thread_id, position),
  constraint media_thread_id_fkey foreign key (thread_id) references threads.threads (id) on delete cascade,
  constraint media_ten_at_most check (position between 1 and 10),
  constraint media_url_form check (char_length(url) <= 2000 and url ~ '^https?://[^\s]+$'),
  constraint media_alt_text_length check (char_length(alt_text) <= 1000),
  constraint media_size check (
    (width is null) = (height is null) and width between 1 and 100000 and height between 1 and 100000
  )
);

comment on table threads.media is
'@omit all,create,update,delete,upsert,aggregates,distinct
@name attachment
Something to look at in a thread: a picture or a video.';
comment on column threads.media.thread_id is 'The id of the thread that it is in.';
comment on column threads.media.position is 'Its place in the thread: 1 to 10.';
comment on column threads.media.url is 'Where it is: an address with http:// or https://.';
comment on column threads.media.alt_text is
'What is to be seen, for those who do not see it: at most 1,000 characters, empty unless given.';
comment on column threads.media.kind is 'What it is.';
comment on column threads.media.width is 'Its width in pixels; null where it was not given.';
comment on column threads.media.height is 'Its height in pixels; null where it was not given.';
comment on constraint media_pkey on threads.media is
'@omit
One at each place.';
comment on constraint media_thread_id_fkey on threads.media is
'@fieldName thread
@notNull
@foreignFieldName media
@backwardDescription What there is to look at in it, at most ten, in the order of its author.
The thread that it is in.';
comment on constraint media_ten_at_most on threads.media is 'A thread has ten at most.';
comment on constraint media_url_form on threads.media is 'A web address of at most 2,000 characters.';
comment on constraint media_alt_text_length on threads.media is 'At most 1,000 characters.';
comment on constraint media_size on threads.media is 'Both width and height are known, or neither.';

-- When the transaction ends, since the media of a thread can only be written after it.
create function private.require_content()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  emptied bigint;
begin
  if tg_op = 'DELETE' then
    emptied := old.thread_id;
  else
    emptied := new.id;
  end if;

  if exists (
       select
         from threads.threads as t
        where t.id = emptied
          and t.deleted_at is null
          and t.body = ''
          and not exists (
                select
                  from threads.media as m
                 where m.thread_id = t.id
              )
     )
  then
    raise exception 'Write something first, or add a picture or a video.'
      using constraint = 'body_empty', column = 'body';
  end if;

  return null;
end
$$;

comment on function private.require_content() is
'That a thread has a text or something to look at. Raises body_empty.';

create constraint trigger threads_have_content
after insert or update of body on threads.threads
deferrable initially deferred
for each row when (new.body = '' and new.deleted_at is null)
execute function private.require_content();

create constraint trigger media_leave_content
after delete on threads.media
deferrable initially deferred
for each row execute function private.require_content();

comment on trigger threads_have_content on threads.threads is 'A thread without a text has something to look at.';
comment on trigger media_leave_content on threads.media is 'A thread without a text keeps something to look at.';
comment on constraint threads_have_content on threads.threads is 'A thread without a text has something to look at.';
comment on constraint media_leave_content on threads.media is 'A thread without a text keeps something to look at.';

-- Mentions ------------------------------------------------------------------------------------------------------------

create table threads.mentions (
  thread_id bigint not null,
  user_id   bigint not null,

  constraint mentions_pkey primary key (thread_id, user_id),
  constraint mentions_thread_id_fkey foreign key (thread_id) references threads.threads (id) on delete cascade,
  constraint mentions_user_id_fkey foreign key (user_id) references threads.users (id) on delete cascade
);

comment on table threads.mentions is
'@omit
That the text of a thread names a user, once or more often: of those only who see the thread, and are seen by its
author. A trigger on threads.threads keeps it. The API shows it as Thread.mentionedUsers and User.mentionedIn.';
comment on column threads.mentions.thread_id is 'The thread that names the user.';
comment on column threads.mentions.user_id is 'The user who is named.';
comment on constraint mentions_pkey on threads.mentions is 'However often a text names a user.';
comment on constraint mentions_thread_id_fkey on threads.mentions is
'@manyToManyFieldName mentionedIn
@manyToManyOrderBy id desc
@manyToManyDescription The threads and replies whose text names the user, newest first.
The thread that names the user.';
comment on constraint mentions_user_id_fkey on threads.mentions is
'@manyToManyFieldName mentionedUsers
@manyToManyDescription The users whom its text names.
The user who is named.';

create index mentions_user_id_idx on threads.mentions (user_id, thread_id);
comment on index threads.mentions_user_id_idx is 'Where a user is named, newest first.';

-- Hashtags ------------------------------------------------------------------------------------------------------------

create table threads.hashtags (
  name text not null,

  constraint hashtags_pkey primary key (name),
  constraint hashtags_name_length check (char_length(name) between 1 and 100)
);

comment on table threads.hashtags is
'@omit create,update,delete,upsert,aggregates,distinct
A hashtag that somebody used. You see those that are in threads that you see.';
comment on column threads.hashtags.name is
'What stands behind the "#", in lower case and in the normal form NFKC: letters of any script, digits and "_", but not
digits alone.';
comment on constraint hashtags_pkey on threads.hashtags is 'Hashtags are known by their name.';
comment on constraint hashtags_name_length on threads.hashtags is 'What is longer is no hashtag.';

create table threads.thread_hashtags (
  hashtag    text        not null,
  thread_id  bigint      not null,
  created_at timestamptz not null,

  constraint thread_hashtags_pkey primary key (hashtag, thread_id),
  constraint thread_hashtags_hashtag_fkey foreign key (hashtag) references threads.hashtags (name) on delete cascade,
  constraint thread_hashtags_thread_id_fkey foreign key (thread_id) references threads.threads (id) on delete cascade
);

comment on table threads.thread_hashtags is
'@omit
That a text has a hashtag, once or more often. A trigger on threads.threads keeps it. The API shows it as
Hashtag.threads and Thread.hashtags.';
comment on column threads.thread_hashtags.hashtag is 'The hashtag.';
comment on column threads.thread_hashtags.thread_id is 'The thread that has it.';
comment on column threads.thread_hashtags.created_at is
'When the thread was written, so that trends need no look at it.';
comment on constraint thread_hashtags_pkey on threads.thread_hashtags is
'However often a text has it. Threads with a hashtag, newest first.';
comment on constraint thread_hashtags_hashtag_fkey on threads.thread_hashtags is
'@manyToManyFieldName hashtags
@manyToManyDescription The hashtags in its text.
The hashtag.';
comment on constraint thread_hashtags_thread_id_fkey on threads.thread_hashtags is
'@manyToManyFieldName threads
@manyToManyOrderBy id desc
@manyToManyDescription The threads and replies that have it, newest first.
The thread that has it.';

create index thread_hashtags_thread_id_idx on threads.thread_hashtags (thread_id);
create index thread_hashtags_created_at_idx on threads.thread_hashtags (created_at, hashtag);
comment on index threads.thread_hashtags_thread_id_idx is 'The hashtags of a thread.';
comment on index threads.thread_hashtags_created_at_idx is 'What was used of late: trends.';

-- Where in a text the mentions, hashtags and links are ----------------------------------------------------------------

create type threads.text_entity_kind as enum ('mention', 'hashtag', 'link');

comment on type threads.text_entity_kind is
'@value mention A user: "@" and the username.
@value hashtag A hashtag: "#" and its name.
@value link A web address.
What a part of a text is.';

create table threads.text_entities (
  thread_id bigint                   not null,
  start     integer                  not null,
  length    integer                  not null,
  kind      threads.text_entity_kind not null,
  user_id   bigint,
  hashtag   text,
  url       text,

  constraint text_entities_pkey primary key (thread_id, start),
  constraint text_entities_thread_id_fkey foreign key (thread_id) references threads.threads (id) on delete cascade,
  constraint text_entities_user_id_fkey foreign key (user_id) references threads.users (id) on delete cascade,
  constraint text_entities_range check (start >= 0 and length > 0),
  constraint text_entities_value check (
    (kind = 'mention') = (user_id is not null)
    and (kind = 'hashtag') = (hashtag is not null)
    and (kind = 'link') = (url is not null)
  )
);

comment on table threads.text_entities is
'@omit all,create,update,delete,upsert,aggregates,distinct
A part of a text that leads somewhere: a mention, a hashtag or a link. They do not overlap.';
comment on column threads.text_entities.thread_id is 'The id of the thread in whose text it is.';
comment on column threads.text_entities.start is
'How many characters of the body come before it. Characters are code points: in JavaScript, those of Array.from(body).';
comment on column threads.text_entities.length is
'How many characters of the body it has, the "@" or "#" included.';
comment on column threads.text_entities.kind is 'What it is.';
comment on column threads.text_entities.user_id is 'The id of the user, of a mention; null of the others.';
comment on column threads.text_entities.hashtag is 'The name of the hashtag, of a hashtag; null of the others.';
comment on column threads.text_entities.url is
'Where it leads, of a link: an address with http:// or https://, as it stands in the text; null of the others.';
comment on constraint text_entities_pkey on threads.text_entities is
'@omit
In the order of the text; none overlaps another.';
comment on constraint text_entities_thread_id_fkey on threads.text_entities is
'@fieldName thread
@notNull
@foreignFieldName entities
@backwardDescription The mentions, hashtags and links in its text, in their order.
The thread in whose text it is.';
comment on constraint text_entities_user_id_fkey on threads.text_entities is
'@fieldName user
@omit backward
The user, of a mention; null of the others.';
comment on constraint text_entities_range on threads.text_entities is 'It begins in the text, and has a character.';
comment on constraint text_entities_value on threads.text_entities is
'It leads to what its kind says, and nowhere else.';

create index text_entities_user_id_idx on threads.text_entities (user_id)
where user_id is not null;
comment on index threads.text_entities_user_id_idx is 'The mentions of a user who goes.';

-- Edits ---------------------------------------------------------------------------------------------------------------

create table threads.thread_edits (
  thread_id bigint               not null,
  edited_at timestamptz          not null default now(),
  body      text                 not null,
  media     threads.media_item[] not null default '{}',

  constraint thread_edits_pkey primary key (thread_id, edited_at),
  constraint thread_edits_thread_id_fkey foreign key (thread_id) references threads.threads (id) on delete cascade
);

comment on table threads.thread_edits is
'@omit all,create,update,delete,upsert,aggregates,distinct
@orderBy edited_at desc
What a thread was before its author changed it.';
comment on column threads.thread_edits.thread_id is 'The id of the thread.';
comment on column threads.thread_edits.edited_at is 'When it was changed: until then it was like this.';
comment on column threads.thread_edits.body is 'The text before.';
comment on column threads.thread_edits.media is 'What there was to look at before, in its order.';
comment on constraint thread_edits_pkey on threads.thread_edits is
'@omit
One a transaction.';
comment on constraint thread_edits_thread_id_fkey on threads.thread_edits is
'@fieldName thread
@notNull
@foreignFieldName edits
@backwardDescription What it was before its author changed it, the latest first.
The thread.';

-- Reposts -------------------------------------------------------------------------------------------------------------

create table threads.reposts (
  user_id    bigint      not null,
  thread_id  bigint      not null,
  created_at timestamptz not null default now(),

  constraint reposts_pkey primary key (user_id, thread_id),
  constraint reposts_user_id_fkey foreign key (user_id) references threads.users (id) on delete cascade,
  constraint reposts_thread_id_fkey foreign key (thread_id) references threads.threads (id) on delete cascade
);

comment on table threads.reposts is
'@omit
That a user passes a thread on to their followers. The API shows it as User.reposts and Thread.reposters.';
comment on column threads.reposts.user_id is 'The user who reposts it.';
comment on column threads.reposts.thread_id is 'The thread that is reposted.';
comment on column threads.reposts.created_at is 'Since when.';
comment on constraint reposts_pkey on threads.reposts is 'Nobody reposts a thread twice.';
comment on constraint reposts_user_id_fkey on threads.reposts is
'@manyToManyFieldName reposters
@manyToManyDescription The users who repost it.
The user who reposts it.';
comment on constraint reposts_thread_id_fkey on threads.reposts is
'@manyToManyFieldName reposts
@manyToManyOrderBy id desc
@manyToManyDescription What the user reposts, newest threads first.
The thread that is reposted.';

create index reposts_user_id_created_at_idx on threads.reposts (user_id, created_at desc, thread_id desc);
create index reposts_thread_id_idx on threads.reposts (thread_id, user_id);
comment on index threads.reposts_user_id_created_at_idx is 'What a user reposts, the latest first.';
comment on index threads.reposts_thread_id_idx is 'Who reposts a thread.';

-- Row-level security --------------------------------------------------------------------------------------------------

alter table threads.media enable row level security;
alter table threads.mentions enable row level security;
alter table threads.hashtags enable row level security;
alter table threads.thread_hashtags enable row level security;
alter table threads.text_entities enable row level security;
alter table threads.thread_edits enable row level security;
alter table threads.reposts enable row level security;

create function private.viewer_may_reply(root_id bigint)
returns boolean
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  viewer_id constant bigint := threads.viewer_id();
  allowed   boolean;
begin
  select
    r.author_id = viewer_id
    or case r.reply_control
         when 'everyone' then true
         when 'followers' then private.viewer_follows(r.author_id)
         when 'mentioned' then exists (
           select
             from threads.mentions as m
            where m.thread_id = r.id
              and m.user_id = viewer_id
         )
       end
       and not exists (
             select
               from private.walls as w
              where w.user_id = viewer_id
                and w.other_id = r.author_id
           )
    into allowed
    from threads.threads as r
   where r.id = viewer_may_reply.root_id;

  return viewer_id is not null and coalesce(allowed, false);
end
$$;

comment on function private.viewer_may_reply(bigint) is
'Whether the reply control of what started a conversation lets who asks reply in it, and its author and they do not
block each other. For policies.';

create function private.viewer_may_quote(thread_id bigint)
returns boolean
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select
      from threads.threads as t
      join threads.users as u on u.id = t.author_id
     where t.id = viewer_may_quote.thread_id
       and (not u.is_private or u.id = (select threads.viewer_id()))
  );
end
$$;

comment on function private.viewer_may_quote(bigint) is
'Whether who asks may quote and repost the thread: they see it, with their own rights, and it is no private account''s,
unless their own. For policies.';

grant execute on function private.viewer_may_reply(bigint) to threads_anonymous, threads_member;
grant execute on function private.viewer_may_quote(bigint) to threads_anonymous, threads_member;

drop policy threads_insert_own on threads.threads;
create policy threads_insert_own on threads.threads
for insert to threads_member
with check (
  author_id = (select threads.viewer_id())
  and (parent_id is null or private.viewer_may_answer(parent_id) and private.viewer_may_reply(root_id))
  and (quoted_id is null or private.viewer_may_quote(quoted_id))
);

create policy threads_update_own on threads.threads
for update to threads_member
using (author_id = (select threads.viewer_id()))
with check (author_id = (select threads.viewer_id()));

create policy media_read on threads.media
for select to threads_anonymous, threads_member
using (
  (
    select true
      from threads.threads as t
     where t.id = media.thread_id
  )
);

create policy media_insert_own on threads.media
for insert to threads_member
with check (
  (
    select t.author_id = (select threads.viewer_id())
      from threads.threads as t
     where t.id = media.thread_id
  )
);

create policy media_delete_own on threads.media
for delete to threads_member
using (
  (
    select t.author_id = (select threads.viewer_id())
      from threads.threads as t
     where t.id = media.thread_id
  )
);

create policy mentions_read on threads.mentions
for select to threads_anonymous, threads_member
using (
  (
    select true
      from threads.threads as t
     where t.id = mentions.thread_id
  )
  and (
        select true
          from threads.users as u
         where u.id = mentions.user_id
      )
);

create policy thread_hashtags_read on threads.thread_hashtags
for select to threads_anonymous, threads_member
using (
  (
    select true
      from threads.threads as t
     where t.id = thread_hashtags.thread_id
  )
);

create policy hashtags_read on threads.hashtags
for select to threads_anonymous, threads_member
using (
  (
    select true
      from threads.thread_hashtags as h
     where h.hashtag = hashtags.name
     order by h.thread_id desc
     limit 1
  )
);

create policy text_entities_read on threads.text_entities
for select to threads_anonymous, threads_member
using (
  (
    select true
      from threads.threads as t
     where t.id = text_entities.thread_id
  )
  and (
        user_id is null
        or (
             select true
               from threads.users as u
              where u.id = text_entities.user_id
           )
      )
);

create policy thread_edits_read on threads.thread_edits
for select to threads_anonymous, threads_member
using (
  (
    select true
      from threads.threads as t
     where t.id = thread_edits.thread_id
  )
);

create policy reposts_read on threads.reposts
for select to threads_anonymous, threads_member
using (
  user_id = (select threads.viewer_id())
  or (
       select not u.is_private or private.viewer_follows(u.id)
         from threads.users as u
        where u.id = reposts.user_id
     )
  and (
        select true
          from threads.threads as t
         where t.id = reposts.thread_id
      )
);

create policy reposts_insert_own on threads.reposts
for insert to threads_member
with check (user_id = (select threads.viewer_id()) and private.viewer_may_quote(thread_id));

create policy reposts_delete_own on threads.reposts
for delete to threads_member
using (user_id = (select threads.viewer_id()));

comment on policy threads_insert_own on threads.threads is
'Members write in their own name. They reply to what they can see, where what started the conversation lets them, and
quote what they can see; of private accounts only what they wrote themselves.';
comment on policy threads_update_own on threads.threads is
'Members edit their own threads: which columns the grants say, and how long the trigger threads_track_edit.';
comment on policy media_read on threads.media is 'Everybody sees it who sees the thread.';
comment on policy media_insert_own on threads.media is
'Members put media into their own threads: how long, the trigger media_track_edit says.';
comment on policy media_delete_own on threads.media is
'Members take media out of their own threads: how long, the trigger media_track_edit says.';
comment on policy mentions_read on threads.mentions is 'Everybody sees it who sees the thread and the user.';
comment on policy thread_hashtags_read on threads.thread_hashtags is 'Everybody sees it who sees the thread.';
comment on policy hashtags_read on threads.hashtags is 'Everybody sees what is in a thread that they see.';
comment on policy text_entities_read on threads.text_entities is
'Everybody sees it who sees the thread and, of a mention, the user.';
comment on policy thread_edits_read on threads.thread_edits is 'Everybody sees it who sees the thread.';
comment on policy reposts_read on threads.reposts is
'Everybody sees who reposts what they see, but for what private accounts repost, which their followers see.';
comment on policy reposts_insert_own on threads.reposts is
'Members repost in their own name, and what they can see; of private accounts only what they wrote themselves.';
comment on policy reposts_delete_own on threads.reposts is 'Members take back their own reposts.';

-- Grants --------------------------------------------------------------------------------------------------------------

grant select (thread_id, position, url, alt_text, kind, width, height) on threads.media
to threads_anonymous, threads_member;
grant select (thread_id, user_id) on threads.mentions to threads_anonymous, threads_member;
grant select (name) on threads.hashtags to threads_anonymous, threads_member;
grant select (hashtag, thread_id, created_at) on threads.thread_hashtags to threads_anonymous, threads_member;
grant select (thread_id, start, length, kind, user_id, hashtag, url) on threads.text_entities
to threads_anonymous, threads_member;
grant select (thread_id, edited_at, body, media) on threads.thread_edits to threads_anonymous, threads_member;
grant select (user_id, thread_id, created_at) on threads.reposts to threads_anonymous, threads_member;

grant insert (quoted_id, reply_control), update (body, reply_control) on threads.threads to threads_member;
grant update (pinned_thread_id) on threads.users to threads_member;
grant insert (thread_id, position, url, alt_text, kind, width, height), delete on threads.media to threads_member;
grant insert (user_id, thread_id), delete on threads.reposts to threads_member;

reset role;
