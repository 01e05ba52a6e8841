-- hashtags of threads, batch by batch of threads
with tagged as materialized (
  select
    t.id,
    t.created_at,
    substring(t.body from '#([a-z]+)$') as hashtag,
    char_length(t.body) as length
    from threads.threads as t
   where t.id between current_setting('town.first')::bigint and current_setting('town.last')::bigint
     and t.body ~ '#[a-z]+$'
),
joined as (
  insert into threads.thread_hashtags (hashtag, thread_id, created_at)
  select
    t.hashtag,
    t.id,
    t.created_at
    from tagged as t
)
insert into threads.text_entities (thread_id, start, length, kind, hashtag)
select
  t.id,
  t.length - char_length(t.hashtag) - 1,
  char_length(t.hashtag) + 1,
  'hashtag',
  t.hashtag
  from tagged as t;
