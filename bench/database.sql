-- The benchmark database: a Threads-shaped schema that Gatepost and the peers serve side by side.
-- 10,000 users, 200,000 threads (40,000 of them roots, one root in 20 private), about 500,000 likes.
-- Row-level security is on for every table and reads the caller from request.jwt.claims. The peers that connect as the
-- owner bypass it and repeat its rule in their own code. psql loads this file; \echo tells how far it is.

do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'bench_anon') then
    create role bench_anon nologin;
  end if;
  if not exists (select from pg_catalog.pg_roles where rolname = 'bench_user') then
    create role bench_user nologin;
  end if;
  if not exists (select from pg_catalog.pg_roles where rolname = 'bench_gate') then
    create role bench_gate login noinherit password 'bench';
  end if;
end
$$;
grant bench_anon, bench_user to bench_gate;

create schema app;
comment on schema app is 'The API of the benchmark';
grant usage on schema app to bench_anon, bench_user, bench_gate;

create table app.users (
  id bigint generated always as identity primary key,
  username text not null unique,
  display_name text not null,
  bio text,
  created_at timestamptz not null default now()
);
comment on table app.users is 'People who write';

create table app.threads (
  id bigint generated always as identity primary key,
  author_id bigint not null references app.users,
  parent_id bigint references app.threads,
  body text not null check (length(body) between 1 and 500),
  is_private boolean not null default false,
  created_at timestamptz not null default now()
);
comment on table app.threads is 'What they write: root threads and replies';
create index on app.threads (author_id, id desc);
create index on app.threads (parent_id, id);
create index on app.threads (id desc) where parent_id is null;

create table app.likes (
  user_id bigint not null references app.users,
  thread_id bigint not null references app.threads,
  created_at timestamptz not null default now(),
  primary key (user_id, thread_id)
);
comment on table app.likes is 'Who likes which thread';
create index on app.likes (thread_id);

create table app.follows (
  follower_id bigint not null references app.users,
  followee_id bigint not null references app.users,
  primary key (follower_id, followee_id)
);
comment on table app.follows is 'Who follows whom';
create index on app.follows (followee_id);

create function app.viewer_id() returns bigint
language sql stable parallel safe
as $$
  select nullif(nullif(current_setting('request.jwt.claims', true), '')::json ->> 'user_id', '')::bigint
$$;
comment on function app.viewer_id is 'The caller''s user id, null without a token';

create function app.threads_like_count(t app.threads) returns bigint
language sql stable
as $$
  select count(*) from app.likes as l where l.thread_id = t.id
$$;
comment on function app.threads_like_count is 'How many people like the thread';

create function app.threads_viewer_has_liked(t app.threads) returns boolean
language sql stable
as $$
  select exists (select 1 from app.likes as l where l.thread_id = t.id and l.user_id = app.viewer_id())
$$;
comment on function app.threads_viewer_has_liked is 'Whether the caller likes the thread';

create function app.create_thread(body text, parent_id bigint default null) returns app.threads
language sql volatile
as $$
  insert into app.threads (author_id, parent_id, body)
  values (app.viewer_id(), create_thread.parent_id, create_thread.body)
  returning *
$$;
comment on function app.create_thread is 'Writes a thread as the caller';

alter table app.users enable row level security;
alter table app.threads enable row level security;
alter table app.likes enable row level security;
alter table app.follows enable row level security;
create policy users_read on app.users
  for select using (true);
create policy threads_read on app.threads
  for select using (not is_private or author_id = (select app.viewer_id()));
create policy threads_insert on app.threads
  for insert with check (author_id = (select app.viewer_id()));
create policy threads_delete on app.threads
  for delete using (author_id = (select app.viewer_id()));
create policy likes_read on app.likes
  for select using (true);
create policy likes_insert on app.likes
  for insert with check (user_id = (select app.viewer_id()));
create policy follows_read on app.follows
  for select using (true);
grant select on all tables in schema app to bench_anon, bench_user;
grant insert, delete on app.threads, app.likes, app.follows to bench_user;
grant execute on all functions in schema app to bench_anon, bench_user;

\echo users
insert into app.users (username, display_name, bio)
select 'user' || i, 'User number ' || i, 'I write thread number ' || i
from generate_series(1::bigint, 10000) as i;

\echo root threads
insert into app.threads (author_id, body, is_private, created_at)
select
  1 + (i * 7919) % 10000,
  'Root thread ' || i || ' ' || repeat('lorem ipsum ', 6),
  i % 20 = 0,
  now() - (100000 - i) * interval '1 minute'
from generate_series(1::bigint, 40000) as i;

\echo replies
insert into app.threads (author_id, parent_id, body)
select 1 + (i * 104729) % 10000, 1 + (i * 31) % 40000, 'Reply ' || i || ' dolor sit amet'
from generate_series(1::bigint, 160000) as i;

-- The early threads and people are the popular ones, the same in every load.
select setseed(0.42);
\echo likes
insert into app.likes (user_id, thread_id)
select distinct 1 + floor(random() * 10000)::bigint, 1 + floor(random() ^ 2 * 200000)::bigint
from generate_series(1, 500000);

\echo follows
insert into app.follows (follower_id, followee_id)
select distinct 1 + floor(random() * 10000)::bigint, 1 + floor(random() ^ 2 * 10000)::bigint
from generate_series(1, 200000);

vacuum (analyze) app.users, app.threads, app.likes, app.follows;
