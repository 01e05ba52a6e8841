-- What every query of this folder begins with. $1: the exposed schemas, $2: the API's roles, $3: the log-in role.
-- A superuser passes by every check, so that privileges are asked of the other roles alone (`role`).
with api as materialized (
    select r.oid, r.rolname::text as name, r.rolsuper as super
      from pg_catalog.pg_roles as r
     where r.rolname = any ($2::text[])
), role as materialized (
    select a.oid, a.name from api as a where not a.super
), login as materialized (
    select r.* from pg_catalog.pg_roles as r where r.rolname = $3::text
), extension as materialized (
    select d.classid, d.objid from pg_catalog.pg_depend as d where d.deptype = 'e'
), heir as materialized (
    -- Who may own things instead: the database's owner, unless that one serves; else the first superuser.
    select pg_catalog.quote_ident(r.rolname) as quoted
      from pg_catalog.pg_roles as r
      join pg_catalog.pg_database as d on d.datname = pg_catalog.current_database()
     where r.oid = case when exists (select from api as a where a.oid = d.datdba)
                          or exists (select from login as l where l.oid = d.datdba)
                   then 10 else d.datdba end
), served as materialized (
    select c.oid,
           c.relkind::text as kind,
           c.relnamespace as namespace,
           c.relowner as owner,
           c.relrowsecurity as row_security,
           c.relforcerowsecurity as forced,
           c.relacl as acl,
           n.nspname || '.' || c.relname as name,
           pg_catalog.format('%I.%I', n.nspname, c.relname) as quoted
      from pg_catalog.pg_class as c
      join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
     where n.nspname = any ($1::text[])
       and c.relkind in ('r', 'v', 'm', 'f', 'p')
       and not c.relispartition
       and not exists (
           select from extension as e where e.classid = 'pg_catalog.pg_class'::regclass and e.objid = c.oid)
), held as materialized (
    -- What each role of the API may do with what is served, a superuser included.
    select s.oid, a.oid as role, a.name, a.super, p.command
      from served as s
     cross join api as a
     cross join (values ('select'), ('insert'), ('update'), ('delete')) as p (command)
     where pg_catalog.has_schema_privilege(a.oid, s.namespace, 'usage')
       and case p.command
               when 'delete' then pg_catalog.has_table_privilege(a.oid, s.oid, p.command)
               else pg_catalog.has_any_column_privilege(a.oid, s.oid, p.command)
           end
), granted as materialized (
    -- By which grants they may: to whom, and of what.
    select s.oid,
           x.privilege_type as privilege,
           x.grantee,
           case when x.grantee = 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) end
               as quoted
      from served as s
     cross join lateral (
         select a.privilege_type, a.grantee from pg_catalog.aclexplode(s.acl) as a
         union
         select a.privilege_type, a.grantee
           from pg_catalog.pg_attribute as t
          cross join lateral pg_catalog.aclexplode(t.attacl) as a
          where t.attrelid = s.oid and t.attacl is not null
     ) as x
     where x.grantee <> s.owner
       and (x.grantee = 0 or exists (select from role as r where pg_catalog.pg_has_role(r.oid, x.grantee, 'usage')))
), routine as materialized (
    -- The functions and procedures of the whole database, but for those of Postgres and of extensions.
    select p.*,
           l.lanname as language,
           n.nspname = any ($1::text[])
           and p.prorettype not in ('pg_catalog.trigger'::regtype, 'pg_catalog.event_trigger'::regtype) as exposed,
           case p.prokind when 'p' then 'procedure ' else 'function ' end
           || n.nspname || '.' || p.proname || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')' as name,
           case p.prokind when 'p' then 'procedure ' else 'function ' end || p.oid::regprocedure::text as quoted,
           array(select r.name from api as r
                  where pg_catalog.has_schema_privilege(r.oid, n.oid, 'usage')
                    and pg_catalog.has_function_privilege(r.oid, p.oid, 'execute')
                  order by r.name) as callers
      from pg_catalog.pg_proc as p
      join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
      join pg_catalog.pg_language as l on l.oid = p.prolang
     where p.prokind in ('f', 'p')
       and n.nspname !~ '^pg_'
       and n.nspname <> 'information_schema'
       and not exists (
           select from pg_catalog.pg_depend as d
            where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype in ('e', 'i'))
), membership as materialized (
    -- Who is made a member of what, and the words that revoke just that grant.
    select m.roleid, m.member,
           -- From PostgreSQL 16 on one need not be able to act as what one is a member of.
           coalesce((pg_catalog.to_jsonb(m) ->> 'set_option')::boolean, true) as acts,
           pg_catalog.format('revoke %I from %I', pg_catalog.pg_get_userbyid(m.roleid), pg_catalog.pg_get_userbyid(m.member))
           || case when pg_catalog.current_setting('server_version_num')::int >= 160000
                   then pg_catalog.format(' granted by %I', pg_catalog.pg_get_userbyid(m.grantor)) else '' end || ';'
               as revoke
      from pg_catalog.pg_auth_members as m
)
