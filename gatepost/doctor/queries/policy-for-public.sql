select 'policy ' || p.polname || ' on ' || s.name as object,
       'names no roles, so that it holds for everybody, also for roles to come' as reason,
       pg_catalog.format('alter policy %I on %s to %s;', p.polname, s.quoted, (
           select string_agg(pg_catalog.quote_ident(a.name), ', ' order by a.name)
             from api as a
            where exists (select from held as h where h.oid = s.oid and h.role = a.oid)
               or not exists (select from held as h where h.oid = s.oid))) as sql
  from served as s
  join pg_catalog.pg_policy as p on p.polrelid = s.oid
 where p.polroles = '{0}'
   -- One that narrows is meant for all.
   and p.polpermissive
