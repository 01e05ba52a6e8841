with who as (
    select r.oid, r.name from role as r
    union
    select l.oid, l.rolname::text from login as l where not l.rolsuper
)
select 'schema ' || n.nspname as object,
       'lets ' || string_agg(w.name, ', ' order by w.name)
       || ' create things in it, which can stand in for those that others mean' as reason,
       coalesce(
           (select string_agg(distinct pg_catalog.format('revoke create on schema %I from %s;', n.nspname,
                       case when a.grantee = 0 then 'public'
                            else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) end), E'\n')
              from pg_catalog.aclexplode(n.nspacl) as a
             where a.privilege_type = 'CREATE'
               and a.grantee <> n.nspowner
               and (a.grantee = 0 or exists (
                   select from who as o where pg_catalog.pg_has_role(o.oid, a.grantee, 'usage')))),
           pg_catalog.format('alter schema %I owner to %s;', n.nspname, (select h.quoted from heir as h))) as sql
  from pg_catalog.pg_namespace as n
  join who as w on pg_catalog.has_schema_privilege(w.oid, n.oid, 'create')
 where n.nspname !~ '^pg_'
 group by n.oid, n.nspname, n.nspacl, n.nspowner
