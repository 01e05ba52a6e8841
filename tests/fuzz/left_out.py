"""What of a database is neither in a gateway's schema nor told to be left out, as plain SQL on the catalog has it."""

from __future__ import annotations

from collections.abc import Sequence

from tests.api import Api

_RELATIONS = """
select n.nspname || '.' || c.relname
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where n.nspname = any ($1) and c.relkind in ('r', 'v', 'm', 'f', 'p') and not c.relispartition
   and c.relpersistence <> 't'
   and (has_table_privilege($2, c.oid, 'select') or has_any_column_privilege($2, c.oid, 'select'))
   and not exists (select from pg_catalog.pg_depend as d where d.objid = c.oid and d.deptype = 'e')
"""
_COLUMNS = """
select n.nspname || '.' || c.relname, a.attname::text
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
 where n.nspname = any ($1) and has_column_privilege($2, c.oid, a.attnum, 'select')
"""
_FUNCTIONS = """
select n.nspname || '.' || p.proname
  from pg_catalog.pg_proc as p
  join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
 where n.nspname = any ($1) and p.prokind in ('f', 'p') and has_function_privilege($2, p.oid, 'execute')
   and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
   and not exists (select from pg_catalog.pg_depend as d where d.objid = p.oid and d.deptype in ('e', 'i'))
"""


async def missing(api: Api, role: str, schemas: Sequence[str]) -> list[str]:
    """Tables, columns and functions that the role may use, of which neither the schema nor the doctor knows.

    What is tagged `@omit` is among them.
    """
    report = api.gateway.api.report
    left_out = {remark.object for remark in report.remarks}
    claimed = {what for scope in report.taken.values() for what, _ in scope.values()}
    told = left_out | claimed
    relations = [name for name in await api.sql(_RELATIONS, schemas, role) if name not in told]
    columns = [
        f"{relation}.{column}"
        for relation, column in await api.sql(_COLUMNS, schemas, role)
        if f"{relation}.{column}" not in told and relation in claimed
    ]
    every = "\n".join(told)
    return relations + columns + [name for name in await api.sql(_FUNCTIONS, schemas, role) if name not in every]
