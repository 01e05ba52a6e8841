-- The columns of the exposed relations and of composite types. $1: relations and composites (oids), $2: roles.
-- Postgres cannot tell what may be done with a foreign table whose wrapper has no handler, and a view of such a table.
with recursive unready as (
    select t.ftrelid as oid
      from pg_catalog.pg_foreign_table as t
      join pg_catalog.pg_foreign_server as s on s.oid = t.ftserver
      join pg_catalog.pg_foreign_data_wrapper as f on f.oid = s.srvfdw and f.fdwhandler = 0
     union
    select r.ev_class
      from unready as below
      join pg_catalog.pg_depend as d
        on d.refclassid = 'pg_catalog.pg_class'::regclass
       and d.refobjid = below.oid
       and d.classid = 'pg_catalog.pg_rewrite'::regclass
      join pg_catalog.pg_rewrite as r on r.oid = d.objid
)

select a.attrelid::bigint as relation,
       a.attname as name,
       a.attnum as number,
       a.atttypid::bigint as type,
       a.attndims as dimensions,
       a.attnotnull as not_null,
       a.attgenerated = '' and (a.atthasdef or t.typdefault is not null) as has_default,
       -- Of a view nobody knows what its tables do without a value.
       c.relkind in ('r', 'p') and t.typtype = 'd' and (
           with recursive below as (
               select t.typnotnull as not_null, t.typbasetype as base
               union all
               select b.typnotnull, b.typbasetype
                 from below
                 join pg_catalog.pg_type as b on b.oid = below.base and b.typtype = 'd'
           )
           select bool_or(below.not_null) from below
       ) as domain_not_null,
       a.attidentity::text as identity,
       a.attgenerated <> '' as generated,
       pg_catalog.col_description(a.attrelid, a.attnum) as comment,
       array(select r from unnest(u.roles) as r
              where pg_catalog.has_column_privilege(r, a.attrelid, a.attnum, 'select')) as "select",
       array(select r from unnest(u.roles) as r
              where pg_catalog.has_column_privilege(r, a.attrelid, a.attnum, 'insert')
                and w.events & 8 <> 0) as "insert",
       array(select r from unnest(u.roles) as r
              where pg_catalog.has_column_privilege(r, a.attrelid, a.attnum, 'update')
                and w.events & 4 <> 0) as "update",
       not exists (select from pg_catalog.pg_collation as o
                    where o.oid = a.attcollation and not o.collisdeterministic) as deterministic,
       -- The configuration with which a tsvector is generated, or made by the trigger of Postgres' own.
       case when a.atttypid = 'pg_catalog.tsvector'::regtype then (
           select pg_catalog.format('%I.%I', n.nspname, f.cfgname)
             from pg_catalog.pg_ts_config as f
             join pg_catalog.pg_namespace as n on n.oid = f.cfgnamespace
            where f.oid::regconfig::text in (
                      select pg_catalog.substring(
                                 pg_catalog.pg_get_expr(d.adbin, d.adrelid), 'to_tsvector\(''([^'']+)''::regconfig')
                        from pg_catalog.pg_attrdef as d
                       where d.adrelid = a.attrelid and d.adnum = a.attnum)
               or n.nspname || '.' || f.cfgname in (
                      select pg_catalog.split_part(pg_catalog.encode(g.tgargs, 'escape'), '\000', 2)
                        from pg_catalog.pg_trigger as g
                       where g.tgrelid = a.attrelid
                         and g.tgfoid = 'pg_catalog.tsvector_update_trigger'::regproc
                         and pg_catalog.split_part(pg_catalog.encode(g.tgargs, 'escape'), '\000', 1) = a.attname)
            order by f.oid
            limit 1
       ) end as search
  from pg_catalog.pg_attribute as a
  join pg_catalog.pg_class as c on c.oid = a.attrelid
  join pg_catalog.pg_type as t on t.oid = a.atttypid
 cross join lateral (
     select array(select r from unnest($2::text[]) as r
                   where pg_catalog.has_schema_privilege(r, c.relnamespace, 'usage')) as roles
 ) as u
 -- What can be done with a column of a view or a foreign table at all: bits by the commands of nodes/nodes.h.
 cross join lateral (
     select case
                when c.relkind in ('r', 'p') then 28
                when c.oid in (select unready.oid from unready) then 0
                when pg_catalog.pg_column_is_updatable(c.oid, a.attnum, true)
                    then pg_catalog.pg_relation_is_updatable(c.oid, true)
                else 0
            end as events
 ) as w
 where a.attrelid = any ($1::bigint[]::oid[])
   and a.attnum > 0
   and not a.attisdropped
 order by a.attrelid, a.attnum
