"""Functions that leave something in the session that runs them, such as a lock or a setting, by the words they use.

A transaction takes with it what was set or locked for itself (`set_config(…, true)`, `pg_advisory_xact_lock`). The rest
would stay for the session's next caller, so that sessions of a database with such functions are reset after each use.
"""

from __future__ import annotations

import asyncpg

_NESTED = r"[^()]"
for _level in range(4):
    _NESTED = rf"[^()]|\((?:{_NESTED})*\)"
_LOCAL = rf"set_config\s*\((?:{_NESTED})*,\s*(?:is_local\s*(?:=>|:=)\s*)?true\s*\)"
"""A setting for the transaction alone, its arguments nested four deep at most: beyond, it counts as the other kind."""
_LEAVES = "|".join(
    (
        r"\mset_config\s*\(",
        r"\mpg_(?:try_)?advisory_lock(?:_shared)?\M",
        r"(?:^|;|\m(?:begin|then|else|loop|execute)\M)(?:\s*format)?[\s'$(]*set\s+(?!local\M|constraints\M|transaction\M)\w",
        r"\mtemp(?:orary)?\s+(?:table|view|sequence)\M",
        r"\minto\s+temp(?:orary)?\M",
        r"\mpg_temp\s*\.",
        r"\mlisten\s+[\w\"%]",
        r"\mwith\s+hold\M",
    )
)
_UNTIDY = """
with own as materialized (
    select p.oid, p.prosrc, p.prosqlbody
      from pg_catalog.pg_proc as p
      join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
     where n.nspname <> 'information_schema'
       and n.nspname not like 'pg\\_%'
       and p.prokind in ('f', 'p')
       and not exists (select
                         from pg_catalog.pg_depend as d
                        where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
                          and d.objid = p.oid
                          and d.deptype = 'e')
)
select own.oid::pg_catalog.regprocedure::text
  from own
 cross join lateral (select case
                                when own.prosqlbody is null then own.prosrc
                                else pg_catalog.pg_get_function_sqlbody(own.oid)
                            end
                     offset 0) as b (body)
 where b.body ~* $2
   and pg_catalog.regexp_replace(b.body, $1, '', 'gi') ~* $2
 order by 1
"""


async def untidy(connection: asyncpg.Connection[asyncpg.Record]) -> list[str]:
    """The signatures of all functions of the database that may leave something, those of extensions aside."""
    return [row[0] for row in await connection.fetch(_UNTIDY, _LOCAL, _LEAVES)]
