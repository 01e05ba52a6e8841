-- The row-level security policies of the exposed relations. $1: relations (oids).
select p.polrelid::bigint as relation,
       p.polname as name,
       p.polcmd::text as command,
       p.polpermissive as permissive,
       array(select case when r = 0 then 'public' else pg_catalog.pg_get_userbyid(r)::text end
               from unnest(p.polroles) as r) as roles,
       pg_catalog.pg_get_expr(p.polqual, p.polrelid) as "using",
       pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) as "check"
  from pg_catalog.pg_policy as p
 where p.polrelid = any ($1::bigint[]::oid[])
 order by p.polrelid, p.polname
