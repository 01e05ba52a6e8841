-- counts of people
update threads.users as u
   set follower_count  = c.followers,
       following_count = c.following,
       thread_count    = c.threads
  from (
         select
           x.id,
           sum(x.followers) as followers,
           sum(x.following) as following,
           sum(x.threads) as threads
           from (
                  select f.followee_id, 1, 0, 0 from threads.follows as f
                   union all
                  select f.follower_id, 0, 1, 0 from threads.follows as f
                   union all
                  select t.author_id, 0, 0, 1 from threads.threads as t
                ) as x (id, followers, following, threads)
          group by x.id
       ) as c
 where c.id = u.id;
