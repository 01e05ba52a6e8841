-- Threads as they were before 0002: `bench.threads` of them, a twentieth as many users, two likes a thread. Every second
-- thread replies, some of them in long chains; some were deleted and keep their place. The same on every run.
set session_replication_role = replica;

insert into threads.users (username, display_name, created_at)
select 'user_' || n, 'User ' || n, timestamptz '2025-01-01 00:00+00'
  from generate_series(1, greatest(current_setting('bench.threads')::int / 20, 20)) as n;

insert into threads.threads (author_id, parent_id, body, created_at, deleted_at)
select 1 + n * 7919::bigint % greatest(current_setting('bench.threads')::int / 20, 20),
       case when n % 2 = 0 then case when n % 3 = 0 then n - 1 - n * 31 % least(n - 1, 5000) else n - 1 end end,
       case
         when n % 500 = 1 then ''
         when n % 5 = 0 then 'Number ' || n || ' #tag' || n % 50 || ' for @user_' || 1 + n % 20
         else 'Number ' || n || ' of very many'
       end,
       timestamptz '2025-01-02 00:00+00' + n * interval '10 seconds',
       case when n % 500 = 1 then now() end
  from generate_series(1, current_setting('bench.threads')::bigint) as n;

insert into threads.likes (thread_id, user_id)
select distinct n, 1 + (n * 31 + k * 104729) % greatest(current_setting('bench.threads')::int / 20, 20)
  from generate_series(1, current_setting('bench.threads')::bigint) as n
 cross join generate_series(1, 2) as k
 where n % 500 <> 1;

insert into threads.follows (follower_id, followee_id)
select distinct u.id, f.id
  from threads.users as u
 cross join generate_series(1, 10) as k
 cross join lateral (
         select 1 + (u.id * 17 + k * k * 31) % greatest(current_setting('bench.threads')::int / 20, 20) as id
       ) as f
 where f.id <> u.id;

update threads.threads as t
   set like_count = (select count(*) from threads.likes as l where l.thread_id = t.id),
       reply_count = (select count(*) from threads.threads as r where r.parent_id = t.id and r.deleted_at is null);

update threads.users as u
   set thread_count = (select count(*) from threads.threads as t where t.author_id = u.id and t.deleted_at is null),
       follower_count = (select count(*) from threads.follows as f where f.followee_id = u.id),
       following_count = (select count(*) from threads.follows as f where f.follower_id = u.id);

set session_replication_role = origin;
vacuum (analyze) threads.users, threads.threads, threads.likes, threads.follows;
