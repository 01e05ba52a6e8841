select 'role ' || l.rolname as object,
       'is what the gateway logs in as, and takes requests itself: let it log in as a role that may do nothing' as reason,
       null as sql
  from login as l
  join api as a on a.oid = l.oid
 -- Of a superuser worse is told.
 where not l.rolsuper
