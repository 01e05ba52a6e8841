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
         select r.rngsubtype from pg_catalog.pg_range as r where r.rngtypid = t.oid
         union all
         select r.rngtypid from pg_catalog.pg_range as r where r.rngmultitypid = t.oid
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
       t.typdefault is not null as has_default,
       t.typndims as dimensions,
       nullif(t.typrelid, 0)::bigint as relation,
       array(select e.enumlabel from pg_catalog.pg_enum as e where e.enumtypid = t.oid order by e.enumsortorder)::text[]
           as labels,
       case t.typtype
           when 'r' then (select r.rngsubtype from pg_catalog.pg_range as r where r.rngtypid = t.oid)
           when 'm' then (select r.rngtypid from pg_catalog.pg_range as r where r.rngmultitypid = t.oid)
       end::bigint as range_of,
       -- As the database writes amounts, it reads them: by lc_monetary.
       case when t.oid = 'pg_catalog.money'::regtype then substring(0.5::money::text from '0(.)5') end as decimal_point,
       -- What indexes of its own compare: all of btree has an order, hash has equality alone.
       (select min(m.amname)
          from pg_catalog.pg_opclass as o
          join pg_catalog.pg_am as m on m.oid = o.opcmethod
         where o.opcintype = t.oid and o.opcdefault and m.amname in ('btree', 'hash')) as comparison,
       c.relkind is distinct from 'c' and t.typtype = 'c' as "row",
       a.names as attribute_names,
       a.types as attribute_types,
       a.dimensions as attribute_dimensions,
       a.comments as attribute_comments,
       -- A comment on a composite type is kept with its relation.
       coalesce(pg_catalog.obj_description(t.oid, 'pg_type'), pg_catalog.obj_description(c.oid, 'pg_class')) as comment
  from reached
  join pg_catalog.pg_type as t on t.oid = reached.oid
  join pg_catalog.pg_namespace as n on n.oid = t.typnamespace
  left join pg_catalog.pg_class as c on c.oid = t.typrelid and t.typtype = 'c'
  left join lateral (
      select array_agg(a.attname::text order by a.attnum) as names,
             array_agg(a.atttypid::bigint order by a.attnum) as types,
             array_agg(a.attndims::int order by a.attnum) as dimensions,
             array_agg(pg_catalog.col_description(a.attrelid, a.attnum) order by a.attnum) as comments
        from pg_catalog.pg_attribute as a
       where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  ) as a on c.oid is not null
 order by t.oid
