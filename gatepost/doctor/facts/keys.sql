-- Unique keys of tables with policies, with the roles that may write them.
select s.oid::bigint as relation,
       s.name,
       c.relname as key,
       i.indkey::smallint[]::int[] as columns,
       array(select distinct h.name
               from held as h
              where h.oid = s.oid and not h.super and h.command in ('insert', 'update')
                and (s.forced or not pg_catalog.pg_has_role(h.role, s.owner, 'usage'))
                and exists (
                    select from unnest(i.indkey::smallint[]) as k
                     where k > 0 and pg_catalog.has_column_privilege(h.role, s.oid, k, h.command))) as writers
  from served as s
  join pg_catalog.pg_index as i on i.indrelid = s.oid and i.indisunique and not i.indisprimary
  join pg_catalog.pg_class as c on c.oid = i.indexrelid
 where s.row_security
 order by s.name, c.relname
