select 'foreign key ' || k.conname || ' of ' || s.name as object,
       'has no index that begins with its columns: to go back along it, and to delete what it refers to, reads the whole table'
           as reason,
       pg_catalog.format('create index on %s (%s);', s.quoted, string_agg(pg_catalog.quote_ident(a.attname), ', ' order by c.place))
           as sql
  from served as s
  join pg_catalog.pg_constraint as k on k.conrelid = s.oid and k.contype = 'f' and k.conparentid = 0
  join served as r on r.oid = k.confrelid
 cross join lateral unnest(k.conkey) with ordinality as c (number, place)
  join pg_catalog.pg_attribute as a on a.attrelid = s.oid and a.attnum = c.number
 where exists (select from held as h where h.oid = s.oid and h.command = 'select')
   and exists (select from held as h where h.oid = r.oid and h.command = 'select')
   and not exists (
       select from pg_catalog.pg_index as i
        where i.indrelid = s.oid
          and i.indisvalid
          and (i.indkey::smallint[])[0:cardinality(k.conkey) - 1] @> k.conkey
          and k.conkey @> (i.indkey::smallint[])[0:cardinality(k.conkey) - 1]
          -- Of a partial one, whatever it leaves out refers to nothing.
          and (i.indpred is null or exists (
              select from unnest(k.conkey) as n
                join pg_catalog.pg_attribute as p on p.attrelid = s.oid and p.attnum = n
               where pg_catalog.pg_get_expr(i.indpred, i.indrelid)
                     = pg_catalog.format('(%I IS NOT NULL)', p.attname))))
 group by s.oid, s.name, s.quoted, k.conname
