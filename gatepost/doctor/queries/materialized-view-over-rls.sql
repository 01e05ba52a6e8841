with recursive source as (
    select distinct r.ev_class as view, d.refobjid as relation
      from pg_catalog.pg_rewrite as r
      join pg_catalog.pg_depend as d on d.classid = 'pg_catalog.pg_rewrite'::regclass and d.objid = r.oid
     where d.refclassid = 'pg_catalog.pg_class'::regclass
       and d.refobjid <> r.ev_class
), below as (
    select s.oid as view, x.relation from served as s join source as x on x.view = s.oid where s.kind = 'm'
    union
    select b.view, x.relation from below as b join source as x on x.view = b.relation
)
select s.name as object,
       'holds rows of ' || (
           select string_agg(t.oid::regclass::text, ', ' order by t.oid::regclass::text)
             from below as b
             join pg_catalog.pg_class as t on t.oid = b.relation and t.relrowsecurity
            where b.view = s.oid)
       || ' as its owner saw them, and knows no policies: all of it is there to read for '
       || (select string_agg(h.name, ', ' order by h.name) from held as h where h.oid = s.oid and h.command = 'select')
           as reason,
       (select pg_catalog.format('revoke select on %s from %s;', s.quoted, string_agg(distinct g.quoted, ', '))
          from granted as g
         where g.oid = s.oid and g.privilege = 'SELECT'
        having count(*) > 0) as sql
  from served as s
 where s.kind = 'm'
   and exists (select from held as h where h.oid = s.oid and h.command = 'select')
   and exists (
       select from below as b
         join pg_catalog.pg_class as t on t.oid = b.relation and t.relrowsecurity
        where b.view = s.oid)
