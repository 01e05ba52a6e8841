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
       array(select h.name || ' ' || h.command
               from held as h
              where h.oid = s.oid and not h.super and (p.polroles = '{0}' or exists (
                  select from unnest(p.polroles) as r where r <> 0 and pg_catalog.pg_has_role(h.role, r, 'usage'))))
           as held,
       -- The columns that one of them may update.
       array(select a.attnum::int
               from pg_catalog.pg_attribute as a
              where a.attrelid = s.oid and a.attnum > 0 and not a.attisdropped
                and exists (
                    select from held as h
                     where h.oid = s.oid and not h.super and h.command = 'update'
                       and pg_catalog.has_column_privilege(h.role, s.oid, a.attnum, 'update'))) as updated
  from served as s
  join pg_catalog.pg_policy as p on p.polrelid = s.oid
 where s.row_security
 order by s.name, p.polname
