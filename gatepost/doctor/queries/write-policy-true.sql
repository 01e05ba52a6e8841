with policy as (
    select p.*,
           pg_catalog.pg_get_expr(p.polqual, p.polrelid) = 'true' as all_old,
           coalesce(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid),
                    case when p.polcmd in ('*', 'w') then pg_catalog.pg_get_expr(p.polqual, p.polrelid) end) = 'true'
               as all_new
      from pg_catalog.pg_policy as p
), allowed as (
    -- Each command that some role may do, and that a policy lets do to each row.
    select distinct p.oid, h.command, h.name
      from policy as p
      join held as h on h.oid = p.polrelid and not h.super
     where p.polpermissive
       and (p.polroles = '{0}'
            or exists (select from unnest(p.polroles) as r where r <> 0 and pg_catalog.pg_has_role(h.role, r, 'usage')))
       and case h.command
               when 'insert' then p.polcmd in ('a', '*') and p.all_new
               when 'update' then p.polcmd in ('w', '*') and (p.all_old or p.all_new)
               when 'delete' then p.polcmd in ('d', '*') and p.all_old
           end
       and not exists (
           select from policy as o
            where o.polrelid = p.polrelid
              and not o.polpermissive
              and (o.polroles = '{0}' or h.role = any (o.polroles))
              and (o.polcmd = '*' or o.polcmd = case h.command when 'insert' then 'a' when 'update' then 'w' else 'd' end))
)
select 'policy ' || p.polname || ' on ' || s.name as object,
       'lets ' || string_agg(distinct a.name, ', ') || ' ' || string_agg(distinct a.command, ', ') || ' '
       || case when p.all_old or p.polcmd = 'a' then 'any row, whoever asks' else 'rows to be anything, whoever asks' end
           as reason,
       pg_catalog.format('drop policy %I on %s;', p.polname, s.quoted)
       || case when p.polcmd = '*' and p.all_old then pg_catalog.format(
              E'\ncreate policy %I on %s for select to %s using (true);', p.polname, s.quoted,
              case when p.polroles = '{0}' then 'public' else (
                  select string_agg(pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r)), ', ')
                    from unnest(p.polroles) as r) end) else '' end as sql,
       case when bool_or(a.command <> 'insert') then 'error' else 'warning' end as severity
  from allowed as a
  join policy as p on p.oid = a.oid
  join served as s on s.oid = p.polrelid
 where s.row_security
 group by p.polname, s.name, s.quoted, p.all_old, p.polcmd, p.polroles
