-- gatepost: no transaction
-- squawk-disable-assume-in-transaction
-- What is written today has its conversation and its rank, and tombstones no author; this is for what was there before.
-- All of it in one go, and before 0105_search_indexes.sql: a row that is written anew is put into each index again.
-- gatepost: was e6c12ee168fcdee5255c54c6ab204f2564ec8715f7b1b73b6efcd514470924c2
set role threads_owner;

-- From each reply up to what started the conversation, or to one that knows it already.
-- gatepost: batches of 2000 by threads.threads.id
update threads.threads as t
   set root_id = coalesce(t.root_id, (
         with recursive above (id, parent_id, root_id) as (
           select
             p.id,
             p.parent_id,
             p.root_id
             from threads.threads as p
            where p.id = t.parent_id
            union all
           select
             p.id,
             p.parent_id,
             p.root_id
             from above as a
            inner join threads.threads as p on a.parent_id = p.id
            where a.root_id is null
         )

         select coalesce(a.root_id, a.id)
           from above as a
          where a.root_id is not null
             or a.parent_id is null
       )),
       author_id = case when t.deleted_at is null then t.author_id end,
       heat = private.heat_of(t.like_count, t.reply_count, t.repost_count, t.quote_count),
       ranked_at = t.created_at
                   + interval '6 hours' * private.heat_of(t.like_count, t.reply_count, t.repost_count, t.quote_count)
 where t.id between $1 and $2
   and (
     t.parent_id is not null and t.root_id is null
     or t.deleted_at is not null and t.author_id is not null
     or t.ranked_at = '-infinity'
   );
