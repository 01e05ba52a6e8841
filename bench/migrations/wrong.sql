-- What is wrong with the rows after the migrations; no row when all is right.
with recursive roots (id, root_id) as (
  select t.id, t.id
    from threads.threads as t
   where t.parent_id is null
   union all
  select t.id, r.root_id
    from roots as r
    join threads.threads as t on t.parent_id = r.id
)
select 'root of thread ' || t.id as what
  from threads.threads as t
  left join roots as r on r.id = t.id
 where t.root_id is distinct from nullif(r.root_id, t.id)
 union all
select 'author of deleted thread ' || t.id
  from threads.threads as t
 where (t.author_id is null) <> (t.deleted_at is not null)
 union all
select 'likes of thread ' || t.id
  from threads.threads as t
  left join (select l.thread_id, count(*) as count from threads.likes as l group by l.thread_id) as l
    on l.thread_id = t.id
  left join (
         select c.thread_id, sum(c.likes) as likes
           from private.thread_count_changes as c
          group by c.thread_id
       ) as c on c.thread_id = t.id
 where t.like_count + coalesce(c.likes, 0) <> coalesce(l.count, 0)
 union all
select 'hashtags of thread ' || t.id
  from threads.threads as t
 where t.body ~ '#tag[0-9]'
   and not exists (
         select
           from threads.thread_hashtags as h
           join threads.text_entities as e on e.thread_id = h.thread_id and e.hashtag = h.hashtag
          where h.thread_id = t.id
            and h.hashtag = substring(t.body from '#(tag[0-9]+)')
       )
 union all
select 'rank of thread ' || t.id
  from threads.threads as t
 where t.heat <> private.heat_of(t.like_count, t.reply_count, t.repost_count, t.quote_count)
    or t.ranked_at <> t.created_at + interval '6 hours' * t.heat
 union all
select 'account of user ' || u.id
  from threads.users as u
 where not exists (
         select
           from threads.accounts as a
          where a.user_id = u.id
       )
 union all
select 'constraint ' || c.conname || ' is not validated'
  from pg_constraint as c
 where not c.convalidated
   and c.connamespace in ('threads'::regnamespace, 'private'::regnamespace)
 union all
select 'index ' || i.indexrelid::regclass || ' is not valid'
  from pg_index as i
 where not i.indisvalid;
