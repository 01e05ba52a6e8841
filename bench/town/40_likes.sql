-- likes, batch by batch of threads
insert into threads.likes (thread_id, user_id, created_at)
select
  t.id,
  l.id,
  t.created_at + random() * interval '2 days'
  from (
         select
           h.id,
           h.created_at,
           case when h.id % 1000 = 1 then 300 else floor(20 * power(random(), 9))::integer end as likes
           from threads.threads as h
          where h.id between current_setting('town.first')::bigint and current_setting('town.last')::bigint
       ) as t
 cross join lateral (
         select distinct 1 + floor(random() * current_setting('town.people')::bigint)::bigint as id
           from generate_series(1, t.likes)
       ) as l;
