-- The functions of these oids ($4): how a policy's text calls them, and whether calling them once is worth while.
select p.oid::bigint as oid,
       p.proname as name,
       case n.nspname when 'pg_catalog' then pg_catalog.quote_ident(p.proname)
            else pg_catalog.format('%I.%I', n.nspname, p.proname) end as quoted,
       pg_catalog.format_type(p.prorettype, null) as type
  from pg_catalog.pg_proc as p
  join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
 where p.oid = any ($4::bigint[]::oid[])
   and p.provolatile <> 'i'
   and not p.proretset
   -- Of Postgres' own only what takes its time: now() and the like cost nothing.
   and (n.nspname <> 'pg_catalog' or p.proname = 'current_setting' or p.proname ~ '^(pg_)?has_\w*(role|privilege)$')
