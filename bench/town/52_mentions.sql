-- mentions, batch by batch of threads
with named as materialized (
  select
    t.id,
    substring(t.body from '^@person_([0-9]+) ')::bigint as user_id
    from threads.threads as t
   where t.id between current_setting('town.first')::bigint and current_setting('town.last')::bigint
     and t.body like '@%'
),
mentioned as (
  insert into threads.mentions (thread_id, user_id)
  select
    n.id,
    n.user_id
    from named as n
)
insert into threads.text_entities (thread_id, start, length, kind, user_id)
select
  n.id,
  0,
  char_length('@person_' || n.user_id),
  'mention',
  n.user_id
  from named as n;
