"""What the planner of Postgres expects of a statement, which is not run for it."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from gatepost.transaction.database import Database

_EXPLAIN = "explain (format json) "


async def expected_cost(
    database: Database,
    role: str,
    claims: str,
    sql: str,
    arguments: Sequence[object],
    *,
    headers: str = "",
    runs: int = 1,
) -> float:
    """The planner's estimate of a statement of `Database.answer`, in its own units (Postgres manual, 19.7.2).

    Raises GatepostError.
    """
    total = 0.0
    for run in range(1, runs + 1):
        given = arguments if runs == 1 else [run, *arguments]
        told = await database.answer(role, claims, _EXPLAIN + sql, given, headers=headers)
        total += orjson.loads(told)[0]["Plan"]["Total Cost"]
    return total
