-- The functions that the API may serve, with the text of what they do.
select f.name,
       f.quoted,
       f.provolatile::text as volatility,
       f.language,
       f.prorettype = 'pg_catalog.void'::regtype as void,
       coalesce(pg_catalog.pg_get_function_sqlbody(f.oid), f.prosrc) as body
  from routine as f
 where f.exposed
   and f.prokind = 'f'
   and f.callers <> '{}'
   and f.language in ('sql', 'plpgsql')
 order by f.name
