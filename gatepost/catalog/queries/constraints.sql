-- Keys, foreign keys, checks and exclusions of the exposed relations. $1: relations (oids).
select c.conrelid::bigint as relation,
       c.conname as name,
       c.contype::text as kind,
       array(select a.attname
               from unnest(c.conkey) with ordinality as k (number, place)
               join pg_catalog.pg_attribute as a on a.attrelid = c.conrelid and a.attnum = k.number
              order by k.place)::text[] as columns,
       c.confrelid::bigint as referenced,
       array(select a.attname
               from unnest(c.confkey) with ordinality as k (number, place)
               join pg_catalog.pg_attribute as a on a.attrelid = c.confrelid and a.attnum = k.number
              order by k.place)::text[] as referenced_columns,
       c.condeferrable as "deferrable",
       pg_catalog.obj_description(c.oid, 'pg_constraint') as comment
  from pg_catalog.pg_constraint as c
 where c.conrelid = any ($1::bigint[]::oid[])
   and c.contype in ('p', 'u', 'f', 'c', 'x')
   -- Of a foreign key to a partitioned table Postgres keeps one for each partition as well.
   and (c.contype <> 'f' or c.conparentid = 0)
 order by c.conrelid, c.conname
