select 'role ' || l.rolname as object,
       'is what the gateway logs in as, and has ' || string_agg(p.name, ', ' order by p.place)
       || case when bool_or(l.rolsuper) then ' (does it log in as another, name that by --login-role)' else '' end as reason,
       -- The server's first superuser stays one.
       case when l.oid <> 10 then
           pg_catalog.format('alter role %I %s;', l.rolname, string_agg('no' || p.name, ' ' order by p.place)) end as sql
  from login as l
 cross join lateral (
     values (1, 'superuser', l.rolsuper),
            (2, 'bypassrls', l.rolbypassrls and not l.rolsuper),
            (3, 'createrole', l.rolcreaterole and not l.rolsuper),
            (4, 'createdb', l.rolcreatedb and not l.rolsuper),
            (5, 'replication', l.rolreplication and not l.rolsuper)
 ) as p (place, name, has)
 where p.has
   -- Told of it already.
   and not exists (select from api as a where a.oid = l.oid)
 group by l.oid, l.rolname
