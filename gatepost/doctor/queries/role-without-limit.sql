select 'role ' || a.name as object,
       'takes requests, and has set ' || o.option_name
       || ' to 0 for itself, which wins over the gateway''s own: its statements have no limit' as reason,
       pg_catalog.format('alter role %I %sreset %I;', a.name,
           case when s.setdatabase = 0 then ''
                else 'in database ' || pg_catalog.quote_ident(pg_catalog.current_database()) || ' ' end,
           o.option_name) as sql
  from api as a
  join pg_catalog.pg_db_role_setting as s on s.setrole = a.oid
  left join pg_catalog.pg_database as d on d.oid = s.setdatabase
 cross join lateral pg_catalog.pg_options_to_table(s.setconfig) as o
 where o.option_name in ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout')
   and o.option_value ~ '^0+\D*$'
   and (s.setdatabase = 0 or d.datname = pg_catalog.current_database())
