-- Counts that nobody waits for: whoever cannot have the row at once notes the change beside it, and whoever has it next
-- adds up what was noted. Until then the count is the column and the notes together.
set role threads_owner;

create table private.thread_count_changes (
  thread_id bigint  not null,
  likes     integer not null,
  replies   integer not null,
  reposts   integer not null,
  quotes    integer not null
);

comment on table private.thread_count_changes is
'What is not added to the counts of a thread yet: see private.count_on_thread.';
comment on column private.thread_count_changes.thread_id is
'The thread; no foreign key, as that would wait for whoever deletes it.';
comment on column private.thread_count_changes.likes is 'To be added to like_count.';
comment on column private.thread_count_changes.replies is 'To be added to reply_count.';
comment on column private.thread_count_changes.reposts is 'To be added to repost_count.';
comment on column private.thread_count_changes.quotes is 'To be added to quote_count.';

create index thread_count_changes_thread_id_idx on private.thread_count_changes (thread_id);
comment on index private.thread_count_changes_thread_id_idx is 'What belongs to a thread.';

create table private.user_count_changes (
  user_id   bigint  not null,
  followers integer not null,
  following integer not null,
  threads   integer not null
);

comment on table private.user_count_changes is
'What is not added to the counts of a user yet: see private.count_on_user.';
comment on column private.user_count_changes.user_id is
'The user; no foreign key, as that would wait for whoever deletes them.';
comment on column private.user_count_changes.followers is 'To be added to follower_count.';
comment on column private.user_count_changes.following is 'To be added to following_count.';
comment on column private.user_count_changes.threads is 'To be added to thread_count.';

create index user_count_changes_user_id_idx on private.user_count_changes (user_id);
comment on index private.user_count_changes_user_id_idx is 'What belongs to a user.';

-- A row that is counted on is written often: with room on its page, no index has to hear of it.
alter table threads.threads set (fillfactor = 90);
alter table threads.users set (fillfactor = 80);

-- Every row of these goes soon, so look at them often.
alter table private.thread_count_changes set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
alter table private.user_count_changes set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

alter table private.thread_count_changes enable row level security;
alter table private.user_count_changes enable row level security;

create policy thread_count_changes_read on private.thread_count_changes
for select to threads_anonymous, threads_member
using (true);

create policy user_count_changes_read on private.user_count_changes
for select to threads_anonymous, threads_member
using (true);

comment on policy thread_count_changes_read on private.thread_count_changes is
'The counts of a thread are for whoever sees it. Nobody can name this table: only the counting functions read it.';
comment on policy user_count_changes_read on private.user_count_changes is
'The counts of a user are for whoever sees them. Nobody can name this table: only the counting functions read it.';

grant select (thread_id, likes, replies, reposts, quotes)
on private.thread_count_changes to threads_anonymous, threads_member;
grant select (user_id, followers, following, threads)
on private.user_count_changes to threads_anonymous, threads_member;

comment on column threads.threads.like_count is
'@omit
How many users like it, but for changes of the last moments: see threads.threads_like_count.';
comment on column threads.threads.reply_count is
'@omit
How many replies it has, but for changes of the last moments: see threads.threads_reply_count.';
comment on column threads.threads.repost_count is
'@omit
How many users reposted it, but for changes of the last moments: see threads.threads_repost_count.';
comment on column threads.threads.quote_count is
'@omit
How many threads quote it, but for changes of the last moments: see threads.threads_quote_count.';
comment on column threads.users.follower_count is
'@omit
How many users follow this one, but for changes of the last moments: see threads.users_follower_count.';
comment on column threads.users.following_count is
'@omit
How many users this one follows, but for changes of the last moments: see threads.users_following_count.';
comment on column threads.users.thread_count is
'@omit
How many threads this user has written, but for changes of the last moments: see threads.users_thread_count.';

reset role;
