with owned as (
    select c.oid::regclass::text as name
      from login as l
      join pg_catalog.pg_class as c on c.relowner = l.oid and c.relkind in ('r', 'v', 'm', 'f', 'p', 'S')
    union all
    select f.name from login as l join routine as f on f.proowner = l.oid
    union all
    select 'schema ' || n.nspname from login as l join pg_catalog.pg_namespace as n on n.nspowner = l.oid
    union all
    select 'database ' || d.datname
      from login as l
      join pg_catalog.pg_database as d on d.datdba = l.oid and d.datname = pg_catalog.current_database()
)
select 'role ' || l.rolname as object,
       'is what the gateway logs in as, and owns '
       || case count(*) when 1 then min(o.name) else count(*) || ' things such as ' || min(o.name) end as reason,
       pg_catalog.format('reassign owned by %I to %s;', l.rolname, (select h.quoted from heir as h)) as sql
  from login as l
 cross join owned as o
 where not l.rolsuper
   and not exists (select from api as a where a.oid = l.oid)
 group by l.oid, l.rolname
