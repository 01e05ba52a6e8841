-- The exposed relations. $1: schemas, $2: roles.
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

select c.oid::bigint as oid,
       n.nspname as schema,
       c.relname as name,
       c.relkind::text as kind,
       c.reltype::bigint as row_type,
       c.relrowsecurity as row_security,
       c.relkind <> 'p' and exists (
           select from pg_catalog.pg_inherits as i where i.inhparent = c.oid) as inherited,
       pg_catalog.obj_description(c.oid, 'pg_class') as comment,
       array(select r from unnest(u.roles) as r where pg_catalog.has_table_privilege(r, c.oid, 'select')) as "select",
       array(select r from unnest(u.roles) as r where pg_catalog.has_table_privilege(r, c.oid, 'insert')
                and w.events & 8 <> 0) as "insert",
       array(select r from unnest(u.roles) as r where pg_catalog.has_table_privilege(r, c.oid, 'update')
                and w.events & 4 <> 0) as "update",
       array(select r from unnest(u.roles) as r where pg_catalog.has_table_privilege(r, c.oid, 'delete')
                and w.events & 16 <> 0) as "delete"
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 cross join lateral (
     select array(select r from unnest($2::text[]) as r
                   where pg_catalog.has_schema_privilege(r, n.oid, 'usage')) as roles
 ) as u
 -- What can be done with a view or a foreign table at all: bits by the commands of nodes/nodes.h.
 cross join lateral (
     select case
                when c.relkind in ('r', 'p') then 28
                when c.oid in (select unready.oid from unready) then 0
                else pg_catalog.pg_relation_is_updatable(c.oid, true)
            end as events
 ) as w
 where n.nspname = any ($1::text[])
   and c.relkind in ('r', 'v', 'm', 'f', 'p')
   and not c.relispartition
   and not exists (
       select from pg_catalog.pg_depend as d
        where d.classid = 'pg_catalog.pg_class'::regclass
          and d.objid = c.oid
          and d.deptype = 'e')
 order by n.nspname, c.relname
