with described as (
    select i.indexrelid, s.name, c.relname,
           i.indisunique or i.indisreplident
           or exists (select from pg_catalog.pg_constraint as k where k.conindid = i.indexrelid) as needed,
           row(i.indrelid, i.indkey::text, i.indclass::text, i.indcollation::text, i.indoption::text, c.relam,
               i.indnkeyatts, coalesce(pg_catalog.pg_get_expr(i.indexprs, i.indrelid), ''),
               coalesce(pg_catalog.pg_get_expr(i.indpred, i.indrelid), ''))::text as form
      from served as s
      join pg_catalog.pg_index as i on i.indrelid = s.oid and i.indisvalid
      join pg_catalog.pg_class as c on c.oid = i.indexrelid
)
select 'index ' || d.relname || ' of ' || d.name as object,
       'is the same as ' || o.relname || ': each write keeps both' as reason,
       pg_catalog.format('drop index %s;', d.indexrelid::regclass) as sql
  from described as d
  join lateral (
      select o.relname
        from described as o
       where o.form = d.form
         and o.indexrelid <> d.indexrelid
         and (o.needed or o.indexrelid < d.indexrelid)
       order by o.needed desc, o.indexrelid
       limit 1
  ) as o on true
 where not d.needed
