-- gatepost: no transaction
-- squawk-disable-assume-in-transaction
-- What is written today has its conversation, and tombstones no author; this is for what was there before.
set role threads_owner;

-- From each reply up to what started the conversation, or to one that knows it already.
-- gatepost: batches of 5000 by threads.threads.id
with recursive above (id, ancestor_id) as (
  select
    t.id,
    t.parent_id
    from threads.threads as t
   where t.id between $1 and $2
     and t.parent_id is not null
     and t.root_id is null
   union all
  select
    a.id,
    coalesce(p.root_id, p.parent_id) as ancestor_id
    from above as a
   inner join threads.threads as p on a.ancestor_id = p.id
   where p.parent_id is not null
)

update threads.threads as t
   set root_id = a.ancestor_id
  from above as a
 inner join threads.threads as r on a.ancestor_id = r.id and r.parent_id is null
 where t.id = a.id;

-- gatepost: batches of 5000 by threads.threads.id
update threads.threads as t
   set author_id = null
 where t.id between $1 and $2
   and t.deleted_at is not null
   and t.author_id is not null;
