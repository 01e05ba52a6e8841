with owned as (
    select s.owner, s.name from served as s
    union
    select f.proowner, f.name from routine as f where f.exposed
), counted as (
    select o.owner, count(*) as number, min(o.name) as example from owned as o group by o.owner
)
select 'role ' || r.name as object,
       pg_catalog.format(
           'takes requests, and %sowns %s: the policies, grants and functions are its own to change',
           case when r.oid = c.owner then '' else 'as a member of ' || pg_catalog.pg_get_userbyid(c.owner) || ' ' end,
           case c.number when 1 then c.example else c.number || ' things such as ' || c.example end) as reason,
       case when r.oid = c.owner
            then pg_catalog.format('reassign owned by %I to %s;', r.name, (select h.quoted from heir as h))
            else (select string_agg(m.revoke, E'\n' order by m.revoke)
                    from membership as m
                   where m.roleid = c.owner and pg_catalog.pg_has_role(r.oid, m.member, 'usage'))
       end as sql
  from counted as c
  join role as r on pg_catalog.pg_has_role(r.oid, c.owner, 'usage')
