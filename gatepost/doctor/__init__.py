"""What the doctor says of a database: what is open, slow, or other in the API, and the SQL that mends it."""

from __future__ import annotations

from collections.abc import Collection

from gatepost.catalog import read_from
from gatepost.doctor import bodies, policies, schema, tags
from gatepost.doctor.findings import KINDS, SEVERITIES, Finding
from gatepost.doctor.reading import by_sql, opened
from gatepost.doctor.report import as_json, as_text
from gatepost.errors import SetUpError
from gatepost.settings import Settings

__all__ = ["KINDS", "OF_THE_API", "SEVERITIES", "Finding", "as_json", "as_text", "examine"]

OF_THE_API = (schema.KINDS | tags.KINDS) - {"not-inlined"}
"""The kinds that tell what the API makes of the database, not what is wrong with it."""


async def examine(settings: Settings, *, only: Collection[str] = (), ignore: Collection[str] = ()) -> list[Finding]:
    """The findings on the settings' database, the worst first: those of the kinds in `only`, where it names any.

    `ignore` names kinds, or one finding as `kind:object`; a comment's tag `@meant` says so of its object. Raises
    SetUpError, also for a kind that there is not.
    """
    for id_ in (*only, *(name.partition(":")[0] for name in ignore)):
        if id_ not in KINDS:
            raise SetUpError(f"{id_} is none of the doctor's kinds: {', '.join(KINDS)}")
    wanted = (set(only) or set(KINDS)) - set(ignore)
    catalog = await read_from(settings.database_url, settings.schemas, sorted(settings.token_roles))
    findings: list[Finding] = []
    async with opened(settings) as reader:
        if not wanted.isdisjoint(schema.KINDS):
            findings += schema.examine(catalog, {row["name"] for row in await reader.facts("entered")})
        if not wanted.isdisjoint(tags.KINDS):
            findings += tags.examine(catalog)
        if not wanted.isdisjoint(policies.KINDS):
            findings += await policies.examine(reader)
        if not wanted.isdisjoint(bodies.KINDS):
            findings += await bodies.examine(reader)
        for id_ in sorted(wanted.intersection(by_sql())):
            findings += await reader.findings(id_)
    left_out = {*ignore, *tags.meant(catalog)}
    told = {item for item in findings if item.id in wanted and f"{item.id}:{item.object}" not in left_out}
    return sorted(told, key=lambda item: item.place)
