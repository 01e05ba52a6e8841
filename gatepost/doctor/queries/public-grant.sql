select s.name as object,
       'is granted to PUBLIC (' || string_agg(distinct lower(g.privilege), ', ')
       || '): to every role, also to those to come' as reason,
       pg_catalog.format('revoke %s on %s from public;', string_agg(distinct lower(g.privilege), ', '), s.quoted) as sql
  from served as s
  join granted as g on g.oid = s.oid and g.grantee = 0
 group by s.oid, s.name, s.quoted
