-- The plain functions and the procedures of the exposed schemas, and (not `own`) whatever else has the name of one, as
-- a call may fit it as well. $1: schemas, $2: roles.
with aggregates as materialized (
    select distinct a.proname::text as name from pg_catalog.pg_proc as a where a.prokind = 'a'
), routines as materialized (
    select p.*,
           p.prokind in ('f', 'p')
           and p.prorettype not in ('pg_catalog.trigger'::regtype, 'pg_catalog.event_trigger'::regtype)
           and not exists (
               select from pg_catalog.pg_depend as d
                where d.classid = 'pg_catalog.pg_proc'::regclass
                  and d.objid = p.oid
                  and d.deptype in ('e', 'i'))  -- of an extension, or a range type's constructor
           as own
      from pg_catalog.pg_proc as p
      join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
     where n.nspname = any ($1::text[])
)
select p.oid::bigint as oid,
       n.nspname as schema,
       p.proname as name,
       pg_catalog.pg_get_function_identity_arguments(p.oid) as signature,
       coalesce(p.proallargtypes, p.proargtypes::oid[])::bigint[] as argument_types,
       coalesce(p.proargmodes::text[], '{}') as argument_modes,
       coalesce(p.proargnames, '{}') as argument_names,
       p.pronargdefaults as defaults,
       case when p.pronargdefaults > 0 then
           array(select pg_catalog.pg_get_function_arg_default(p.oid, a.place)
                   from pg_catalog.generate_series(
                       1, pg_catalog.cardinality(coalesce(p.proallargtypes, p.proargtypes::oid[]))) as a (place)
                  order by a.place)
       end as default_expressions,
       p.prorettype::bigint as returns,
       p.proretset as returns_set,
       p.prorows as rows,
       p.provolatile::text as volatility,
       p.proisstrict as strict,
       l.lanname as language,
       p.prosecdef as security_definer,
       p.proconfig is not null as configured,
       case when l.lanname = 'sql' and p.prosqlbody is null then p.prosrc end as source,
       -- The aggregates that its text seems to call.
       array(select a.name from aggregates as a
              where l.lanname = 'sql' and p.prosqlbody is null
                and pg_catalog.strpos(pg_catalog.lower(p.prosrc), pg_catalog.lower(a.name)) > 0) as aggregates,
       pg_catalog.obj_description(p.oid, 'pg_proc') as comment,
       array(select r from unnest($2::text[]) as r
              where pg_catalog.has_schema_privilege(r, n.oid, 'usage')
                and pg_catalog.has_function_privilege(r, p.oid, 'execute')) as execute,
       p.prokind = 'p' as procedure,
       p.own
  from routines as p
  join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
  join pg_catalog.pg_language as l on l.oid = p.prolang
 where p.own
    or exists (
       select from routines as o where o.own and o.pronamespace = p.pronamespace and o.proname = p.proname)
 order by n.nspname, p.proname, p.pronargs, signature
