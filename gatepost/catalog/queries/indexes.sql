-- The indexes of the exposed relations. $1: relations (oids).
select i.indrelid::bigint as relation,
       c.relname as name,
       i.indisunique as "unique",
       i.indpred is not null as partial,
       m.amname as method,
       array(select a.attname
               from unnest(i.indkey::int2[]) with ordinality as k (number, place)
               left join pg_catalog.pg_attribute as a
                 on a.attrelid = i.indrelid and a.attnum = k.number and k.number > 0
              where k.place <= i.indnkeyatts
              order by k.place)::text[] as columns
  from pg_catalog.pg_index as i
  join pg_catalog.pg_class as c on c.oid = i.indexrelid
  join pg_catalog.pg_am as m on m.oid = c.relam
 where i.indrelid = any ($1::bigint[]::oid[])
   and i.indisvalid
 order by i.indrelid, c.relname
