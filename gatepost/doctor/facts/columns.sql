-- The columns of tables with policies, and whether an index of all rows that have a value begins with each.
select s.oid::bigint as relation,
       a.attnum::int as number,
       a.attname as name,
       exists (
           select from pg_catalog.pg_index as i
            where i.indrelid = s.oid
              and i.indisvalid
              and i.indkey[0] = a.attnum
              and (i.indpred is null
                   or pg_catalog.pg_get_expr(i.indpred, i.indrelid) = pg_catalog.format('(%I IS NOT NULL)', a.attname)))
           as indexed
  from served as s
  join pg_catalog.pg_attribute as a on a.attrelid = s.oid and a.attnum > 0 and not a.attisdropped
 where s.row_security
