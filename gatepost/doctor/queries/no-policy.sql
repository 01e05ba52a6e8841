select s.name as object,
       pg_catalog.format('has no policy to %s for %s, to whom it is granted: no row is ever %s',
           h.command, string_agg(distinct h.name, ', '),
           case h.command when 'select' then 'seen' else h.command || case when h.command like '%e' then 'd' else 'ed' end end)
           as reason,
       'revoke ' || h.command || ' on ' || s.quoted || ' from ' || string_agg(distinct g.quoted, ', ') || ';' as sql
  from served as s
  join held as h on h.oid = s.oid and not h.super
  left join granted as g
    on g.oid = s.oid
   and g.privilege = upper(h.command)
   and (g.grantee = 0 or pg_catalog.pg_has_role(h.role, g.grantee, 'usage'))
 where s.kind in ('r', 'p')
   and s.row_security
   and not exists (select from pg_catalog.pg_roles as b where b.oid = h.role and b.rolbypassrls)
   and (s.forced or not pg_catalog.pg_has_role(h.role, s.owner, 'usage'))
   and not exists (
       select from pg_catalog.pg_policy as p
        where p.polrelid = s.oid
          and p.polpermissive
          -- One without an expression lets nothing through.
          and case h.command when 'insert' then coalesce(p.polwithcheck, p.polqual) else p.polqual end is not null
          and p.polcmd in ('*', case h.command when 'select' then 'r' when 'insert' then 'a' when 'update' then 'w' else 'd' end)
          and (p.polroles = '{0}' or exists (
              select from unnest(p.polroles) as r where r <> 0 and pg_catalog.pg_has_role(h.role, r, 'usage'))))
 group by s.oid, s.name, s.quoted, h.command
