select 'role ' || a.name as object,
       'takes requests, and has ' || string_agg(p.name, ', ' order by p.place)
       || case when bool_or(p.passes) then ': no policy holds for it' else '' end as reason,
       case when a.oid <> 10 then
           pg_catalog.format('alter role %I %s;', a.name, string_agg('no' || p.name, ' ' order by p.place)) end as sql
  from api as a
  join pg_catalog.pg_roles as r on r.oid = a.oid
 cross join lateral (
     values (1, 'superuser', r.rolsuper, true),
            (2, 'bypassrls', r.rolbypassrls, true),
            (3, 'createrole', r.rolcreaterole, false),
            (4, 'createdb', r.rolcreatedb, false),
            (5, 'replication', r.rolreplication, false)
 ) as p (place, name, has, passes)
 -- What a superuser has beside that does not matter; and the server's first one stays one.
 where p.has
   and (p.place = 1 or not r.rolsuper)
 group by a.oid, a.name
union all
select 'role ' || r.name,
       'takes requests, and has the rights of ' || pg_catalog.pg_get_userbyid(m.roleid)
       || case when m.member = r.oid then '' else ' by way of ' || pg_catalog.pg_get_userbyid(m.member) end,
       m.revoke
  from role as r
  join membership as m on pg_catalog.pg_has_role(r.oid, m.member, 'usage')
                      and pg_catalog.pg_has_role(r.oid, m.roleid, 'usage')
  join pg_catalog.pg_roles as g on g.oid = m.roleid
 where g.rolname ~ '^pg_'
   and g.rolname not in ('pg_database_owner', 'pg_use_reserved_connections')
