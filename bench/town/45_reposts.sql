-- reposts, batch by batch of threads
insert into threads.reposts (user_id, thread_id, created_at)
select
  r.id,
  t.id,
  t.created_at + random() * interval '2 days'
  from threads.threads as t
 cross join lateral (
         select distinct 1 + floor(power(random(), 2) * current_setting('town.people')::bigint)::bigint as id
           from generate_series(1, case when t.id % 1000 = 1 then 50 when t.id % 20 = 1 then 2 else 0 end)
       ) as r
  join threads.users as u on u.id = t.author_id
 where t.id between current_setting('town.first')::bigint and current_setting('town.last')::bigint
   and not u.is_private;
