-- The given types and all that they are made of. $1: types (oids).
with recursive reached as (
    select t.oid from pg_catalog.pg_type as t where t.oid = any ($1::bigint[]::oid[])
    union
    select part.oid
      from reached
      join pg_catalog.pg_type as t on t.oid = reached.oid
     cross join lateral (
         select t.typelem as oid where t.typcategory = 'A' and t.typelem <> 0
         union all
         select t.typbasetype where t.typbasetype <> 0
         union all
         select a.atttypid
           from pg_catalog.pg_attribute as a
          where t.typtype = 'c' and a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
     ) as part
)
select t.oid::bigint as oid,
       n.nspname as schema,
       t.typname as name,
       t.typtype::text as kind,
       t.typcategory::text as category,
       case when t.typcategory = 'A' then nullif(t.typelem, 0)::bigint end as element,
       nullif(t.typbasetype, 0)::bigint as base,
       t.typnotnull as not_null,
       nullif(t.typrelid, 0)::bigint as relation,
       array(select e.enumlabel from pg_catalog.pg_enum as e where e.enumtypid = t.oid order by e.enumsortorder)::text[]
           as labels,
       pg_catalog.obj_description(t.oid, 'pg_type') as comment
  from reached
  join pg_catalog.pg_type as t on t.oid = reached.oid
  join pg_catalog.pg_namespace as n on n.oid = t.typnamespace
 order by t.oid
