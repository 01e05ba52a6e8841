select s.name as object,
       'has no primary key: its rows have no node id, and no key by which they are found and changed' as reason,
       case s.kind when 'r' then pg_catalog.format('alter table %s add %s;', s.quoted, coalesce(
           (select pg_catalog.format('primary key (%s)',
                       string_agg(pg_catalog.quote_ident(a.attname), ', ' order by k.place))
              from pg_catalog.pg_index as i
             cross join lateral unnest(i.indkey::smallint[]) with ordinality as k (number, place)
              join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid and a.attnum = k.number
             where i.indrelid = s.oid
               and i.indisunique
               and i.indimmediate
               and i.indpred is null
               and i.indexprs is null
               and k.place <= i.indnkeyatts
             group by i.indexrelid
            having bool_and(a.attnotnull)
             order by i.indexrelid
             limit 1),
           (select pg_catalog.format('column %I bigint generated always as identity primary key', n.name)
              from (values ('id', 1), ('row_id', 2), ('row_number', 3)) as n (name, place)
             where not exists (
                 select from pg_catalog.pg_attribute as a
                  where a.attrelid = s.oid and a.attname = n.name and not a.attisdropped)
             order by n.place
             limit 1))) end as sql
  from served as s
 where s.kind in ('r', 'p')
   and not exists (select from pg_catalog.pg_index as i where i.indrelid = s.oid and i.indisprimary)
   and exists (select from held as h where h.oid = s.oid and h.command = 'select')
   and coalesce(pg_catalog.obj_description(s.oid, 'pg_class'), '') !~ '(^|\n)\s*@(primaryKey|omit\s*(\n|$))'
