-- The policies of what is served, as Postgres keeps their expressions, and what the API's roles may do under them.
select s.oid::bigint as relation,
       s.name,
       s.quoted,
       p.polname as policy,
       p.polcmd::text as command,
       p.polpermissive as permissive,
       p.polqual::text as using_tree,
       p.polwithcheck::text as check_tree,
       pg_catalog.pg_get_expr(p.polqual, p.polrelid) as using,
       pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) as check,
       coalesce(array_agg(h.name || ' ' || h.command) filter (where h.oid is not null), '{}') as held,
       -- The columns that one of them may update.
       array(select a.attnum::int
               from pg_catalog.pg_attribute as a
              where a.attrelid = s.oid and a.attnum > 0 and not a.attisdropped
                and exists (
                    select from role as r
                     where pg_catalog.has_column_privilege(r.oid, s.oid, a.attnum, 'update'))) as updated
  from served as s
  join pg_catalog.pg_policy as p on p.polrelid = s.oid
  left join held as h
    on h.oid = s.oid
   and not h.super
   and (p.polroles = '{0}' or exists (
           select from unnest(p.polroles) as r where r <> 0 and pg_catalog.pg_has_role(h.role, r, 'usage')))
 where s.row_security
 group by p.oid, p.polname, p.polcmd, p.polpermissive, p.polqual, p.polwithcheck, p.polrelid, s.oid, s.name, s.quoted
 order by s.name, p.polname
