-- gatepost: no transaction
-- squawk-disable-assume-in-transaction
-- squawk-ignore-file prefer-robust-stmts
-- What is set again is as it was.
--
-- What somebody likes and reposts, in the order in which they did. The index of likes replaces the one before.
set role threads_owner;

create index concurrently if not exists likes_user_id_created_at_idx on threads.likes (
  user_id, created_at desc, thread_id desc
);

comment on index threads.likes_user_id_created_at_idx is 'What a user likes, the latest first.';

drop index concurrently if exists threads.likes_user_id_idx;

comment on constraint likes_thread_id_fkey on threads.likes is
'@manyToManyFieldName likedThreads
@manyToManyOrderBy edge.created_at desc, id desc
@manyToManyDescription What the user likes, the latest like first.
The thread that is liked.';
comment on constraint reposts_thread_id_fkey on threads.reposts is
'@manyToManyFieldName reposts
@manyToManyOrderBy edge.created_at desc, id desc
@manyToManyDescription What the user reposts, the latest repost first.
The thread that is reposted.';

-- Most people like little and some a lot: see 0111_reading_indexes.sql.
alter table threads.likes
alter column user_id set (n_distinct = -0.002);
