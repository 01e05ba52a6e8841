-- media, batch by batch of threads
insert into threads.media (thread_id, position, url, alt_text, width, height)
select
  t.id,
  p.position,
  'https://media.example/' || t.id || '/' || p.position || '.jpg',
  'Picture ' || p.position,
  1600,
  1200
  from threads.threads as t
 cross join lateral generate_series(1, 1 + (t.id % 3)::integer) as p (position)
 where t.id between current_setting('town.first')::bigint and current_setting('town.last')::bigint
   and t.id % 12 = 5;
