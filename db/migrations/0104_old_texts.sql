-- gatepost: no transaction
-- squawk-disable-assume-in-transaction
-- The hashtags and links of what was written before. Its mentions stay plain text: nobody is to hear of them now.
set role threads_owner;

-- gatepost: batches of 1000 by threads.threads.id
with found as materialized (
  select
    t.id,
    t.created_at,
    r.start,
    r.length,
    r.kind,
    r.value
    from threads.threads as t
   cross join lateral private.read_text(t.body) as r
   where t.id between $1 and $2
     and t.body ~ '[#\uff03]|://'
     and r.kind <> 'mention'
     and not exists (
           select
             from threads.text_entities as e
            where e.thread_id = t.id
         )
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
