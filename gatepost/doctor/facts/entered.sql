-- The schemas that a role of the API may use.
select n.nspname as name
  from pg_catalog.pg_namespace as n
 where exists (select from api as a where pg_catalog.has_schema_privilege(a.oid, n.oid, 'usage'))
