with acl as (
    select c.oid, c.oid::regclass::text as name, case c.relkind when 'S' then 'sequence ' else '' end as kind,
           x.privilege_type as privilege
      from login as l
     cross join pg_catalog.pg_class as c
     cross join lateral (
         select a.grantee, a.privilege_type from pg_catalog.aclexplode(c.relacl) as a
         union
         select a.grantee, a.privilege_type
           from pg_catalog.pg_attribute as t
          cross join lateral pg_catalog.aclexplode(t.attacl) as a
          where t.attrelid = c.oid and t.attacl is not null
     ) as x
     where x.grantee = l.oid and c.relowner <> l.oid and c.oid >= 16384
    union
    select f.oid, f.quoted, '', a.privilege_type
      from login as l
     cross join routine as f
     cross join lateral pg_catalog.aclexplode(f.proacl) as a
     where a.grantee = l.oid and f.proowner <> l.oid
)
select case when c.name ~ '^(function|procedure) ' then c.name else c.kind || c.name end as object,
       'is granted to ' || l.rolname || ' (' || string_agg(lower(c.privilege), ', ' order by c.privilege)
       || '), which the gateway logs in as: it needs nothing before it takes a role' as reason,
       pg_catalog.format('revoke all on %s%s from %I;', c.kind, c.name, l.rolname) as sql
  from acl as c
 cross join login as l
 where not l.rolsuper
   and not exists (select from api as a where a.oid = l.oid)
   -- The gateway reads its trusted documents before anybody calls.
   and c.name is distinct from pg_catalog.to_regclass($4::text)::text
 group by c.oid, c.name, c.kind, l.rolname
