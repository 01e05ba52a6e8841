-- notifications, batch by batch of threads
with told as materialized (
  select
    'like'::threads.notification_kind as kind,
    t.author_id as user_id,
    t.id as thread_id,
    l.user_id as actor_id,
    l.created_at
    from threads.threads as t
    join threads.likes as l on l.thread_id = t.id
   where t.id between current_setting('town.first')::bigint and current_setting('town.last')::bigint
     and l.user_id <> t.author_id
   union all
  select
    'repost',
    t.author_id,
    t.id,
    r.user_id,
    r.created_at
    from threads.threads as t
    join threads.reposts as r on r.thread_id = t.id
   where t.id between current_setting('town.first')::bigint and current_setting('town.last')::bigint
     and r.user_id <> t.author_id
   union all
  select
    'reply',
    p.author_id,
    t.id,
    t.author_id,
    t.created_at
    from threads.threads as t
    join threads.threads as p on p.id = t.parent_id
   where t.id between current_setting('town.first')::bigint and current_setting('town.last')::bigint
     and p.author_id <> t.author_id
),
notified as (
  insert into threads.notifications (user_id, thread_id, created_at, latest_at, read_at, kind)
  select
    d.user_id,
    d.thread_id,
    min(d.created_at),
    max(d.created_at),
    -- Who looks at them has read all but those of the last days.
    case when max(d.created_at) < timestamptz '2025-12-25 00:00+00' then max(d.created_at) + interval '1 day' end,
    d.kind
    from told as d
   group by d.user_id, d.thread_id, d.kind
   order by max(d.created_at)
  returning id, user_id, thread_id, kind
)
insert into threads.notification_actors (notification_id, actor_id, user_id, thread_id, created_at, kind)
select
  n.id,
  d.actor_id,
  d.user_id,
  d.thread_id,
  d.created_at,
  d.kind
  from notified as n
  join told as d on d.user_id = n.user_id and d.thread_id = n.thread_id and d.kind = n.kind;
