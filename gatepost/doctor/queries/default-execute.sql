with owner as (
    select f.proowner as oid from routine as f where f.exposed
    union
    select s.owner from served as s
)
select 'role ' || r.rolname as object,
       'owns what is exposed, and grants each function that it will make to PUBLIC' as reason,
       pg_catalog.format('alter default privileges for role %I revoke execute on functions from public;', r.rolname) as sql
  from owner as o
  join pg_catalog.pg_roles as r on r.oid = o.oid
 where exists (
           select from pg_catalog.aclexplode(coalesce(
                      (select d.defaclacl from pg_catalog.pg_default_acl as d
                        where d.defaclrole = o.oid and d.defaclnamespace = 0 and d.defaclobjtype = 'f'),
                      pg_catalog.acldefault('f', o.oid))) as a
            where a.grantee = 0)
