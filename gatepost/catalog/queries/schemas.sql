-- The schemas of the database itself, and how much is in each that could be exposed: neither partitions nor what an
-- extension brought.
select n.nspname as name,
       (select count(*)
          from pg_catalog.pg_class as c
         where c.relnamespace = n.oid
           and c.relkind in ('r', 'v', 'm', 'f', 'p')
           and not c.relispartition
           and not exists (
               select from pg_catalog.pg_depend as d
                where d.classid = 'pg_catalog.pg_class'::regclass
                  and d.objid = c.oid
                  and d.deptype = 'e')) as relations
  from pg_catalog.pg_namespace as n
 where n.nspname !~ '^pg_'
   and n.nspname <> 'information_schema'
 order by n.nspname
