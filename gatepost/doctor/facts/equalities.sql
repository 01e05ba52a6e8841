-- The operators that an index finds rows by, as equal ones.
select distinct o.amopopr::bigint as oid
  from pg_catalog.pg_amop as o
  join pg_catalog.pg_am as m on m.oid = o.amopmethod
 where (m.amname = 'btree' and o.amopstrategy = 3)
    or (m.amname = 'hash' and o.amopstrategy = 1)
