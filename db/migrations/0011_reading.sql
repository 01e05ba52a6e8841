-- Reading: threads and reposts as they come into feeds, ranks that change seldom, and what has something to look at.
-- gatepost: was ec13a42acee92be87379e0f59a27142033ff2d8030fcdf054e0d06780dbd097a
set role threads_owner;

-- It takes arguments now, or a call would fit both.
-- squawk-ignore ban-drop-function
drop function if exists threads.home_feed();

-- A constant default: no row is written. What was there before is ranked in 0102_old_threads.sql.
alter table threads.threads
add column heat smallint not null default 0,
add column ranked_at timestamptz not null default '-infinity',
add column has_media boolean not null default false;

comment on column threads.threads.heat is
'@omit
How often what came of it has doubled: likes, replies, reposts and quotes. Kept by the trigger threads_rank.';
comment on column threads.threads.ranked_at is
'@omit
When it was written, and six hours later for each step of its heat: the order of threads.for_you. It does not depend on
the time of asking, so that pages stay as they are.';
comment on column threads.threads.has_media is 'Whether there is something to look at in it.';

grant select (heat, ranked_at, has_media) on threads.threads to threads_anonymous, threads_member;

-- Posts ---------------------------------------------------------------------------------------------------------------

create view threads.posts
with (security_invoker)
as
select
  t.id        as thread_id,
  t.author_id as user_id,
  t.created_at,
  false       as is_repost
  from threads.threads as t
 where t.parent_id is null
   and t.author_id is not null
 union all
select
  r.thread_id,
  r.user_id,
  r.created_at,
  true        as is_repost
  from threads.reposts as r
 where (
         select t.author_id is not null
           from threads.threads as t
          where t.id = r.thread_id
       );

comment on view threads.posts is
'@omit all,create,update,delete,upsert,aggregates,distinct
@primaryKey thread_id, user_id, is_repost|@omit
@foreignKey (thread_id) references threads.threads (id)|@fieldName thread|@notNull|@omit backward|The thread.
@foreignKey (user_id) references threads.users (id)|@fieldName user|@notNull|@omit backward|The user who started or reposted it.
@orderBy created_at desc, thread_id desc, user_id desc, is_repost desc
A thread as it comes into feeds: started by its author, or reposted by somebody.';
comment on column threads.posts.thread_id is
'@notNull
The id of the thread.';
comment on column threads.posts.user_id is
'@notNull
The id of the user who started or reposted it.';
comment on column threads.posts.created_at is
'@notNull
When it was started or reposted.';
comment on column threads.posts.is_repost is
'@notNull
Whether it is a repost: false where its author started it.';

-- Trends --------------------------------------------------------------------------------------------------------------

-- A view for the sake of its relations: its rows come from threads.trending_hashtags, which knows the hours.
create view threads.hashtag_trends
with (security_invoker)
as
select
  h.name,
  0 as author_count,
  0 as thread_count
  from threads.hashtags as h
 where false;

comment on view threads.hashtag_trends is
'@omit all,create,update,delete,upsert,aggregates,distinct,filter,order
@unique name|@omit
A hashtag that is used of late, and how much.';
comment on column threads.hashtag_trends.name is
'@notNull
The name of the hashtag.';
comment on column threads.hashtag_trends.author_count is
'@notNull
How many users used it, of those whom you see and who have no private account.';
comment on column threads.hashtag_trends.thread_count is
'@notNull
In how many of their threads and replies.';

grant select (thread_id, user_id, created_at, is_repost) on threads.posts to threads_anonymous, threads_member;
grant select (name, author_count, thread_count) on threads.hashtag_trends to threads_anonymous, threads_member;

reset role;
