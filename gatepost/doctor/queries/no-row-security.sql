select s.name as object,
       'has no row-level security: every row is there to '
       || string_agg(distinct h.command, ', ') || ' for ' || string_agg(distinct h.name, ', ') as reason,
       pg_catalog.format('alter table %s enable row level security;', s.quoted) as sql,
       case when bool_or(h.command <> 'select') then 'error' else 'warning' end as severity
  from served as s
  join held as h on h.oid = s.oid
 where s.kind in ('r', 'p')
   and not s.row_security
 group by s.name, s.quoted
