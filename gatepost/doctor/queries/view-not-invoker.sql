with recursive source as (
    -- What a view reads, with which its rule is recorded.
    select distinct r.ev_class as view, d.refobjid as relation
      from pg_catalog.pg_rewrite as r
      join pg_catalog.pg_depend as d on d.classid = 'pg_catalog.pg_rewrite'::regclass and d.objid = r.oid
     where d.refclassid = 'pg_catalog.pg_class'::regclass
       and d.refobjid <> r.ev_class
), reached as (
    select h.oid as view from held as h where not h.super
    union
    select s.relation
      from reached as v
      join pg_catalog.pg_class as c on c.oid = v.view and c.relkind = 'v'
      join source as s on s.view = v.view
), below as (
    select v.view, s.relation from reached as v join source as s on s.view = v.view
    union
    select b.view, s.relation
      from below as b
      join pg_catalog.pg_class as c on c.oid = b.relation and c.relkind = 'v'
      join source as s on s.view = b.relation
)
select n.nspname || '.' || c.relname as object,
       'reads ' || string_agg(t.oid::regclass::text, ', ' order by t.oid::regclass::text)
       || ' with the rights of its owner ' || o.rolname
       || case when bool_or(p.passes) then ', for whom no policy holds'
               else ': the policies that hold are those for that role, whoever calls' end as reason,
       pg_catalog.format('alter view %I.%I set (security_invoker = true);', n.nspname, c.relname) as sql,
       case when bool_or(p.passes) then 'error' else 'warning' end as severity
  from below as b
  join pg_catalog.pg_class as c on c.oid = b.view and c.relkind = 'v'
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  join pg_catalog.pg_roles as o on o.oid = c.relowner
  join pg_catalog.pg_class as t on t.oid = b.relation and t.relrowsecurity
 cross join lateral (
     select o.rolsuper
            or o.rolbypassrls
            or (not t.relforcerowsecurity and pg_catalog.pg_has_role(o.oid, t.relowner, 'usage')) as passes
 ) as p
 where not exists (
           select from pg_catalog.pg_options_to_table(c.reloptions) as x
            where x.option_name = 'security_invoker' and x.option_value::boolean)
 group by n.nspname, c.relname, o.rolname
