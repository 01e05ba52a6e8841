-- gatepost: no transaction
-- squawk-disable-assume-in-transaction
-- The hashtags and links of what was written before. Its mentions stay plain text: nobody is to hear of them now.
-- gatepost: was 3029aee45e2f3917a67f279e2ac2d8d37114638e5760f492403099f42b432dcf
set role threads_owner;

-- With a lock, so that none is edited or deleted meanwhile. Each text is looked up by itself: the planner, who does not
-- know yet how the table fills, would read all of it for each batch.
-- gatepost: batches of 1000 by threads.threads.id
with texts as materialized (
  select
    t.id,
    t.created_at,
    t.body
    from threads.threads as t
   where t.id between $1 and $2
     and t.body ~ '[#\uff03]|://'
     and (
           select true
             from threads.text_entities as e
            where e.thread_id = t.id
            order by e.start
            limit 1
         ) is null
     for no key update of t
),

found as materialized (
  select
    t.id,
    t.created_at,
    r.start,
    r.length,
    r.kind,
    r.value
    from texts as t
   cross join lateral private.read_text(t.body) as r
   where r.kind <> 'mention'
),

named as (
  insert into threads.hashtags (name)
  select distinct f.value
    from found as f
   where f.kind = 'hashtag'
   order by f.value
  on conflict on constraint hashtags_pkey do nothing
),

tagged as (
  insert into threads.thread_hashtags (hashtag, thread_id, created_at)
  select distinct
    f.value,
    f.id,
    f.created_at
    from found as f
   where f.kind = 'hashtag'
   order by f.value, f.id
  on conflict on constraint thread_hashtags_pkey do nothing
)

insert into threads.text_entities (thread_id, start, length, kind, hashtag, url)
select
  f.id,
  f.start,
  f.length,
  f.kind,
  case f.kind when 'hashtag' then f.value end as hashtag,
  case f.kind when 'link' then f.value end as url
  from found as f
on conflict on constraint text_entities_pkey do nothing;
