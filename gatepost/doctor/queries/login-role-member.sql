select 'role ' || l.rolname as object,
       'is what the gateway logs in as, and may act as ' || g.rolname || ', which '
       || case when strong.why is null then 'is no role of the API' else strong.why end as reason,
       m.revoke as sql,
       case when strong.why is null then 'advice' else 'error' end as severity
  from login as l
  join membership as m on m.member = l.oid
  join pg_catalog.pg_roles as g on g.oid = m.roleid
 cross join lateral (
     select case
         when g.rolsuper then 'is a superuser'
         when g.rolbypassrls then 'passes by every policy'
         when g.rolcreaterole then 'makes roles'
         when g.rolname ~ '^pg_' then 'is a role of Postgres'' own, with rights that none of yours granted'
         when exists (select from served as s where s.owner = g.oid) then 'owns what is exposed'
     end as why
 ) as strong
 where not l.rolsuper
   and (m.acts or pg_catalog.pg_has_role(l.oid, g.oid, 'usage'))
   and not exists (select from api as a where a.oid in (g.oid, l.oid))
   -- Hand-written fields may act as roles that no token takes.
   and (strong.why is not null or not $4::boolean)
