select s.name as object,
       'is granted for ' || string_agg(distinct lower(g.privilege), ', ')
       || ', which the API never does; truncate passes by the policies' as reason,
       pg_catalog.format('revoke %s on %s from %s;',
           string_agg(distinct lower(g.privilege), ', '), s.quoted, string_agg(distinct g.quoted, ', ')) as sql
  from served as s
  join granted as g on g.oid = s.oid and g.privilege in ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN')
 group by s.oid, s.name, s.quoted
union all
select 'sequence ' || n.nspname || '.' || c.relname,
       'is granted for update, by which it can be set back; to draw numbers needs usage alone',
       pg_catalog.format('revoke update on sequence %I.%I from %s;', n.nspname, c.relname, string_agg(distinct
           case when a.grantee = 0 then 'public'
                else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) end, ', '))
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 cross join lateral pg_catalog.aclexplode(c.relacl) as a
 where c.relkind = 'S'
   and n.nspname = any ($1::text[])
   and a.privilege_type = 'UPDATE'
   and a.grantee <> c.relowner
   and (a.grantee = 0 or exists (select from role as r where pg_catalog.pg_has_role(r.oid, a.grantee, 'usage')))
 group by c.oid, n.nspname, c.relname
