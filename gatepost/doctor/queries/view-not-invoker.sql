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
       || ' with the rights of its owner ' || pg_catalog.pg_get_userbyid(c.relowner)
       || ': the policies there do not ask who calls' as reason,
       pg_catalog.format('alter view %I.%I set (security_invoker = true);', n.nspname, c.relname) as sql
  from below as b
  join pg_catalog.pg_class as c on c.oid = b.view and c.relkind = 'v'
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  join pg_catalog.pg_class as t on t.oid = b.relation and t.relrowsecurity
 where not exists (
           select from pg_catalog.pg_options_to_table(c.reloptions) as o
            where o.option_name = 'security_invoker' and o.option_value::boolean)
 group by n.nspname, c.relname, c.relowner
