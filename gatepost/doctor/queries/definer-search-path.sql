select f.name as object,
       'runs with the rights of ' || pg_catalog.pg_get_userbyid(f.proowner)
       || ', and finds names by the search_path of who calls it' as reason,
       pg_catalog.format('alter %s set search_path = pg_catalog, %I, pg_temp;', f.quoted, n.nspname) as sql,
       case when f.callers <> '{}' then 'error' else 'warning' end as severity
  from routine as f
  join pg_catalog.pg_namespace as n on n.oid = f.pronamespace
 where f.prosecdef
   -- What is compiled has its own ways; the names of a body in standard SQL were found when it was made.
   and f.language not in ('c', 'internal')
   and f.prosqlbody is null
   and not exists (select from unnest(f.proconfig) as o where o ~ '^search_path=')
