-- Polls, drafts and bookmarks: what is voted on with others, and what members keep for themselves.
set role threads_owner;

-- Polls ---------------------------------------------------------------------------------------------------------------

create table threads.polls (
  thread_id bigint      not null,
  ends_at   timestamptz not null,
  options   text[]      not null,

  constraint polls_pkey primary key (thread_id),
  constraint polls_thread_id_fkey foreign key (thread_id) references threads.threads (id) on delete cascade,
  constraint polls_two_to_four_options check (
    array_ndims(options) = 1 and array_lower(options, 1) = 1 and array_upper(options, 1) between 2 and 4
    and array_position(options, null) is null
  ),
  constraint polls_option_length check (
    char_length(options[1]) between 1 and 40
    and char_length(options[2]) between 1 and 40
    and coalesce(char_length(options[3]) between 1 and 40, true)
    and coalesce(char_length(options[4]) between 1 and 40, true)
  )
);

comment on table threads.polls is
'@omit create,update,delete,upsert,aggregates,distinct,all
A question to all who see a thread: one vote each, until it ends. How it stands is shown to those who voted, to its
author, and to all when it has ended.';
comment on column threads.polls.thread_id is 'The id of the thread that it is in.';
comment on column threads.polls.ends_at is 'Until when one can vote.';
comment on column threads.polls.options is
'@omit
What one can choose: 2 to 4 options.';
comment on constraint polls_pkey on threads.polls is 'A thread has one poll.';
comment on constraint polls_thread_id_fkey on threads.polls is
'@fieldName thread
@notNull
@foreignFieldName poll
@backwardDescription Its poll; null where it has none.
The thread that it is in.';
comment on constraint polls_two_to_four_options on threads.polls is 'One is no choice, and many are hard to read.';
comment on constraint polls_option_length on threads.polls is
'1 to 40 characters, blanks around them not counted and not kept.';

create table threads.poll_votes (
  thread_id  bigint      not null,
  user_id    bigint      not null,
  created_at timestamptz not null default now(),
  option     integer     not null,

  constraint poll_votes_pkey primary key (thread_id, user_id),
  constraint poll_votes_thread_id_fkey foreign key (thread_id) references threads.polls (thread_id) on delete cascade,
  constraint poll_votes_user_id_fkey foreign key (user_id) references threads.users (id) on delete cascade,
  constraint poll_votes_option_range check (option between 1 and 4)
);

comment on table threads.poll_votes is
'@omit
That a user voted in a poll. Nobody else sees for what, not even the author of the poll. The API shows one''s own as
Poll.viewerVote.';
comment on column threads.poll_votes.thread_id is 'The thread with the poll.';
comment on column threads.poll_votes.user_id is 'Who voted.';
comment on column threads.poll_votes.created_at is 'When.';
comment on column threads.poll_votes.option is 'For which of the options; the first is 1.';
comment on constraint poll_votes_pkey on threads.poll_votes is 'One vote a user.';
comment on constraint poll_votes_thread_id_fkey on threads.poll_votes is 'The poll.';
comment on constraint poll_votes_user_id_fkey on threads.poll_votes is 'Who voted.';
comment on constraint poll_votes_option_range on threads.poll_votes is
'The policy says that the poll has it; this holds for everybody.';

create index poll_votes_user_id_idx on threads.poll_votes (user_id, thread_id);
comment on index threads.poll_votes_user_id_idx is 'The votes of a user who goes.';

create table private.poll_counts (
  thread_id bigint  not null,
  votes     integer not null,
  option    integer not null,
  slot      integer not null,

  constraint poll_counts_pkey primary key (thread_id, option, slot),
  constraint poll_counts_thread_id_fkey foreign key (thread_id) references threads.polls (thread_id) on delete cascade,
  constraint poll_counts_not_negative check (votes >= 0)
);

comment on table private.poll_counts is
'How many votes the options of a poll have, in sixteen parts each, so that voters seldom wait for each other.';
comment on column private.poll_counts.thread_id is 'The thread with the poll.';
comment on column private.poll_counts.votes is 'How many votes this part of the count has.';
comment on column private.poll_counts.option is 'Which option; the first is 1.';
comment on column private.poll_counts.slot is 'Which part: the last four bits of the voter''s id.';
comment on constraint poll_counts_pkey on private.poll_counts is 'One of each part.';
comment on constraint poll_counts_thread_id_fkey on private.poll_counts is 'Goes when the poll goes.';
comment on constraint poll_counts_not_negative on private.poll_counts is 'Less would be a mistake of ours.';

-- Every vote writes one of these again: with room on its page, no index has to hear of it.
alter table private.poll_counts set (fillfactor = 50);

create type threads.poll_option as (
  number       integer,
  label        text,
  vote_count   integer,
  viewer_chose boolean
);

comment on type threads.poll_option is 'What one can choose in a poll.';
comment on column threads.poll_option.number is 'Its place, from 1 on: what to give voteInPoll.';
comment on column threads.poll_option.label is 'What it says.';
comment on column threads.poll_option.vote_count is
'How many chose it; null until you may know: when you voted, wrote the poll, or it has ended.';
comment on column threads.poll_option.viewer_chose is 'Whether you chose it.';

create type threads.new_poll as (
  options text[],
  minutes integer
);

comment on type threads.new_poll is 'A poll to be: it begins when its thread is written.';
comment on column threads.new_poll.options is
'What one can choose: 2 to 4 options of 1 to 40 characters, no two alike, blanks around them not counted and not kept.';
comment on column threads.new_poll.minutes is 'How long one can vote: from 5 to 10080, which is seven days.';

-- Drafts --------------------------------------------------------------------------------------------------------------

create table threads.drafts (
  id            bigint                not null generated always as identity,
  author_id     bigint                not null default threads.viewer_id(),
  parent_id     bigint,
  quoted_id     bigint,
  created_at    timestamptz           not null default now(),
  updated_at    timestamptz           not null default now(),
  reply_control threads.reply_control not null default 'everyone',
  body          text                  not null default '',
  media         threads.media_item[]  not null default '{}',
  poll          threads.new_poll,

  constraint drafts_pkey primary key (id),
  constraint drafts_author_id_fkey foreign key (author_id) references threads.users (id) on delete cascade,
  constraint drafts_parent_id_fkey foreign key (parent_id) references threads.threads (id) on delete set null,
  constraint drafts_quoted_id_fkey foreign key (quoted_id) references threads.threads (id) on delete set null,
  constraint drafts_body_length check (char_length(body) <= 500),
  constraint drafts_media_count check (cardinality(media) <= 10)
);

comment on table threads.drafts is
'@omit upsert,aggregates,distinct
@orderBy updated_at desc, id desc
What you have not published yet: nobody else sees it. publishDraft makes a thread of it.';
comment on column threads.drafts.id is 'Identifies the draft.';
comment on column threads.drafts.author_id is
'@omit
Whose it is.';
comment on column threads.drafts.parent_id is
'The id of the thread that it will reply to; null when it will start a conversation.';
comment on column threads.drafts.quoted_id is 'The id of the thread that it will quote.';
comment on column threads.drafts.created_at is 'When it was begun.';
comment on column threads.drafts.updated_at is 'When it was last changed.';
comment on column threads.drafts.reply_control is 'Who will be able to reply.';
comment on column threads.drafts.body is 'The text: at most 500 characters, empty as long as there is none.';
comment on column threads.drafts.media is 'What there will be to look at in it, at most ten.';
comment on column threads.drafts.poll is 'The poll that it will have.';
comment on constraint drafts_pkey on threads.drafts is 'Drafts are known by their id.';
comment on constraint drafts_author_id_fkey on threads.drafts is
'@omit
Whose it is.';
comment on constraint drafts_parent_id_fkey on threads.drafts is
'@fieldName parent
@foreignFieldName replyDrafts
@backwardDescription Your drafts of replies to it.
The thread that it will reply to; null where there is none, or you may not see it.';
comment on constraint drafts_quoted_id_fkey on threads.drafts is
'@fieldName quoted
@foreignFieldName quoteDrafts
@backwardDescription Your drafts that quote it.
The thread that it will quote; null where there is none, or you may not see it.';
comment on constraint drafts_body_length on threads.drafts is 'What is longer could not be published.';
comment on constraint drafts_media_count on threads.drafts is 'What is more could not be published.';

create index drafts_author_id_idx on threads.drafts (author_id, updated_at, id);
create index drafts_parent_id_idx on threads.drafts (parent_id)
where parent_id is not null;
create index drafts_quoted_id_idx on threads.drafts (quoted_id)
where quoted_id is not null;

comment on index threads.drafts_author_id_idx is 'A user''s drafts, the one last changed last.';
comment on index threads.drafts_parent_id_idx is 'The drafts of replies to a thread that goes.';
comment on index threads.drafts_quoted_id_idx is 'The drafts that quote a thread that goes.';

-- Bookmarks -----------------------------------------------------------------------------------------------------------

create table threads.bookmarks (
  user_id    bigint      not null,
  thread_id  bigint      not null,
  created_at timestamptz not null default now(),

  constraint bookmarks_pkey primary key (user_id, thread_id),
  constraint bookmarks_user_id_fkey foreign key (user_id) references threads.users (id) on delete cascade,
  constraint bookmarks_thread_id_fkey foreign key (thread_id) references threads.threads (id) on delete cascade
);

comment on table threads.bookmarks is
'@omit create,update,delete,upsert,aggregates,distinct,all,manyToMany
@orderBy created_at desc, thread_id desc
A thread that you keep to find it again. Nobody else sees that, and nobody counts it.';
comment on column threads.bookmarks.user_id is
'@omit
Who keeps it.';
comment on column threads.bookmarks.thread_id is 'The id of the thread.';
comment on column threads.bookmarks.created_at is 'Since when you keep it.';
comment on constraint bookmarks_pkey on threads.bookmarks is 'Nobody keeps a thread twice.';
comment on constraint bookmarks_user_id_fkey on threads.bookmarks is
'@omit forward
@foreignFieldName bookmarks
@backwardDescription What you keep, the latest first; empty for everybody but yourself.
Who keeps it.';
comment on constraint bookmarks_thread_id_fkey on threads.bookmarks is
'@omit backward
@fieldName thread
@notNull
The thread.';

create index bookmarks_user_id_created_at_idx on threads.bookmarks (user_id, created_at, thread_id);
create index bookmarks_thread_id_idx on threads.bookmarks (thread_id, user_id);

comment on index threads.bookmarks_user_id_created_at_idx is 'What a user keeps, the latest last.';
comment on index threads.bookmarks_thread_id_idx is 'The bookmarks of a thread that goes.';

-- Row-level security --------------------------------------------------------------------------------------------------

alter table threads.polls enable row level security;
alter table threads.poll_votes enable row level security;
-- No policy at all: only private.poll_results reads these.
alter table private.poll_counts enable row level security;
alter table threads.drafts enable row level security;
alter table threads.bookmarks enable row level security;

create policy polls_read on threads.polls
for select to threads_anonymous, threads_member
using (
  (
    select true
      from threads.threads as t
     where t.id = polls.thread_id
  )
);

-- In the transaction that writes the thread: nobody who read it without a poll finds one in it later.
create policy polls_insert_own on threads.polls
for insert to threads_member
with check (
  ends_at between now() + interval '5 minutes' and now() + interval '7 days'
  and (
        select t.author_id = (select threads.viewer_id()) and t.created_at = now()
          from threads.threads as t
         where t.id = polls.thread_id
      )
);

create policy poll_votes_read_own on threads.poll_votes
for select to threads_anonymous, threads_member
using (user_id = (select threads.viewer_id()));

-- The clock, and not the time when the transaction began, which may be long ago.
create policy poll_votes_insert_own on threads.poll_votes
for insert to threads_member
with check (
  user_id = (select threads.viewer_id())
  and (
        select p.ends_at > clock_timestamp() and poll_votes.option <= cardinality(p.options)
          from threads.polls as p
         where p.thread_id = poll_votes.thread_id
      )
);

create policy drafts_own on threads.drafts
for all to threads_member
using (author_id = (select threads.viewer_id()))
with check (author_id = (select threads.viewer_id()));

create policy bookmarks_read_own on threads.bookmarks
for select to threads_anonymous, threads_member
using (
  user_id = (select threads.viewer_id())
  and (
        select t.deleted_at is null
          from threads.threads as t
         where t.id = bookmarks.thread_id
      )
);

create policy bookmarks_insert_own on threads.bookmarks
for insert to threads_member
with check (
  user_id = (select threads.viewer_id())
  and (
        select t.deleted_at is null
          from threads.threads as t
         where t.id = bookmarks.thread_id
      )
);

create policy bookmarks_delete_own on threads.bookmarks
for delete to threads_member
using (user_id = (select threads.viewer_id()));

comment on policy polls_read on threads.polls is 'Everybody sees it who sees the thread.';
comment on policy polls_insert_own on threads.polls is
'Members put a poll into their own thread while they write it, with an end in 5 minutes to 7 days.';
comment on policy poll_votes_read_own on threads.poll_votes is 'Members see their own votes, and nobody another.';
comment on policy poll_votes_insert_own on threads.poll_votes is
'Members vote in their own name, in what they can see, for an option that there is, before the end. Nobody changes or
takes back a vote: nothing is granted for that.';
comment on policy drafts_own on threads.drafts is 'Members see, write, change and delete their own.';
comment on policy bookmarks_read_own on threads.bookmarks is
'Members see their own, as long as they see the thread.';
comment on policy bookmarks_insert_own on threads.bookmarks is 'Members keep in their own name, and what they can see.';
comment on policy bookmarks_delete_own on threads.bookmarks is 'Members keep their own no longer.';

-- Grants --------------------------------------------------------------------------------------------------------------

grant select (thread_id, ends_at, options) on threads.polls to threads_anonymous, threads_member;
grant insert (thread_id, ends_at, options) on threads.polls to threads_member;
-- Who is not logged in has no rows in these, and computed fields ask all the same.
grant select (thread_id, user_id, created_at, option) on threads.poll_votes to threads_anonymous, threads_member;
grant select (user_id, thread_id, created_at) on threads.bookmarks to threads_anonymous, threads_member;
grant insert (thread_id, user_id, option) on threads.poll_votes to threads_member;
grant select (
  id, author_id, parent_id, quoted_id, created_at, updated_at, reply_control, body, media, poll
) on threads.drafts to threads_member;
grant insert (parent_id, quoted_id, reply_control, body, media, poll),
update (parent_id, quoted_id, reply_control, body, media, poll), delete
on threads.drafts to threads_member;
grant insert (user_id, thread_id), delete on threads.bookmarks to threads_member;

reset role;
