-- counts and ranks of threads
update threads.threads as t
   set like_count   = c.likes,
       reply_count  = c.replies,
       repost_count = c.reposts,
       quote_count  = c.quotes,
       heat         = private.heat_of(c.likes, c.replies, c.reposts, c.quotes),
       ranked_at    = t.created_at + interval '6 hours' * private.heat_of(c.likes, c.replies, c.reposts, c.quotes)
  from (
         select
           x.id,
           sum(x.likes)::integer as likes,
           sum(x.replies)::integer as replies,
           sum(x.reposts)::integer as reposts,
           sum(x.quotes)::integer as quotes
           from (
                  select l.thread_id, 1, 0, 0, 0 from threads.likes as l
                   union all
                  select r.parent_id, 0, 1, 0, 0 from threads.threads as r where r.parent_id is not null
                   union all
                  select r.thread_id, 0, 0, 1, 0 from threads.reposts as r
                   union all
                  select q.quoted_id, 0, 0, 0, 1 from threads.threads as q where q.quoted_id is not null
                ) as x (id, likes, replies, reposts, quotes)
          group by x.id
       ) as c
 where c.id = t.id;
