-- people
insert into threads.users (id, username, display_name, bio, is_private, created_at)
overriding system value
select
  n,
  'person_' || n,
  'Person ' || n,
  'Number ' || n || ' of the big town.',
  n % 20 = 7,
  timestamptz '2024-01-01 00:00+00' + n * interval '1 minute'
  from generate_series(1, current_setting('town.people')::bigint) as n;
