select s.name as object,
       'has policies that do not hold for ' || string_agg(w.name, ', ' order by w.name)
       || ', who has the rights of its owner ' || pg_catalog.pg_get_userbyid(s.owner) as reason,
       pg_catalog.format('alter table %s force row level security;', s.quoted) as sql
  from served as s
  join (
      select r.oid, r.name from role as r
      union
      select l.oid, l.rolname::text from login as l where not l.rolsuper
  ) as w on pg_catalog.pg_has_role(w.oid, s.owner, 'usage')
 where s.kind in ('r', 'p')
   and s.row_security
   and not s.forced
 group by s.name, s.quoted, s.owner
