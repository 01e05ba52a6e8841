-- follows, batch by batch of people
insert into threads.follows (follower_id, followee_id, created_at)
select
  p.id,
  f.id,
  timestamptz '2025-01-01 00:00+00' + random() * interval '360 days'
  from (
         -- Most follow some dozens, and one in five hundred follows up to 1,500.
         select
           n as id,
           case
             when n % 500 = 3 then least(1500, current_setting('town.people')::integer / 2)
             else 10 + floor(150 * power(random(), 4))::integer
           end as friends
           from generate_series(current_setting('town.first')::bigint, current_setting('town.last')::bigint) as n
       ) as p
 cross join lateral (
         select distinct 1 + floor(power(random(), 2) * current_setting('town.people')::bigint)::bigint as id
           from generate_series(1, p.friends)
       ) as f
 where f.id <> p.id;
