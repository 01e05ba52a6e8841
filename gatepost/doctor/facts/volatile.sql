-- The names of the functions that are volatile, whatever they take.
select distinct p.proname::text as name from pg_catalog.pg_proc as p where p.provolatile = 'v' and p.prokind <> 'a'
