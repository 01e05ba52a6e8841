select f.name as object,
       'may be executed by everybody, as Postgres grants it to PUBLIC: grant it by name to those whom it is for' as reason,
       pg_catalog.format('revoke execute on %s from public;', f.quoted) as sql
  from routine as f
 where f.exposed
   and exists (
       select from pg_catalog.aclexplode(coalesce(f.proacl, pg_catalog.acldefault('f', f.proowner))) as a
        where a.grantee = 0 and a.privilege_type = 'EXECUTE')
