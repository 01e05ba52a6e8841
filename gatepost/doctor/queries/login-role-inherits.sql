select 'role ' || l.rolname as object,
       'is what the gateway logs in as, and has the rights of ' || string_agg(g.rolname, ', ' order by g.rolname)
       || ' before it takes a role: a statement that forgets to is not refused' as reason,
       pg_catalog.format('alter role %I noinherit;', l.rolname)
       || case when pg_catalog.current_setting('server_version_num')::int >= 160000 then
              string_agg(pg_catalog.format(E'\ngrant %I to %I with inherit false granted by %I;',
                  g.rolname, l.rolname, pg_catalog.pg_get_userbyid(m.grantor)), '' order by g.rolname) else '' end as sql
  from login as l
  join pg_catalog.pg_auth_members as m on m.member = l.oid
  join pg_catalog.pg_roles as g on g.oid = m.roleid
 where not l.rolsuper
   and not exists (select from api as a where a.oid = l.oid)
   and pg_catalog.pg_has_role(l.oid, g.oid, 'usage')
   -- From PostgreSQL 16 on each membership says for itself.
   and coalesce((pg_catalog.to_jsonb(m) ->> 'inherit_option')::boolean, l.rolinherit)
 group by l.oid, l.rolname
