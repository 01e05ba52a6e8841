"""What the doctor says of a database: what the API calls otherwise than the database, serves as text, or leaves out."""

from __future__ import annotations

import json
from collections.abc import Sequence

from gatepost.catalog import read_from
from gatepost.schema.build import build
from gatepost.schema.names import Remark
from gatepost.settings import Settings

LEFT_OUT = "left out"
_TITLES = {
    LEFT_OUT: "Left out",
    "renamed": "Under another name",
    "text": "Served as text",
    "not granted": "Not granted to any role of the API",
    "not exposed": "In schemas that are not exposed",
    "note": "Tags that are not understood",
}


async def examine(settings: Settings) -> list[Remark]:
    """The remarks on the settings' database, those on what is left out first. Raises SetUpError."""
    catalog = await read_from(settings.database_url, settings.schemas, sorted(settings.token_roles))
    kinds = list(_TITLES)
    api = build(catalog)
    api.whole()
    return sorted(api.report.remarks, key=lambda remark: (kinds.index(remark.kind), remark.object))


def as_json(remarks: Sequence[Remark]) -> str:
    """A list of objects of `kind`, `object` and `reason`."""
    items = [{"kind": remark.kind, "object": remark.object, "reason": remark.reason} for remark in remarks]
    return json.dumps(items, indent=2, ensure_ascii=False)


def as_text(remarks: Sequence[Remark]) -> str:
    """The same for people, by kind."""
    lines: list[str] = []
    for kind, title in _TITLES.items():
        of_kind = [remark for remark in remarks if remark.kind == kind]
        if of_kind:
            lines += [*([""] if lines else []), f"{title}:"]
            lines += [f"  {remark.object} {remark.reason}" for remark in of_kind]
    return "\n".join(lines) or "Everything that is granted is in the API, under its own name."
