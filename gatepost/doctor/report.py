"""Findings as people and as machines read them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby

from gatepost.doctor.findings import KINDS, SEVERITIES, Finding

_COLOURS = {"error": "31", "warning": "33", "advice": "36"}
_COUNTED = {
    "error": ("error", "errors"),
    "warning": ("warning", "warnings"),
    "advice": ("piece of advice", "pieces of advice"),
}


def as_json(findings: Sequence[Finding]) -> str:
    """A list of objects of `id`, `severity`, `object`, `reason` and `sql` (null where no statement mends it)."""
    names = ("id", "severity", "object", "reason", "sql")
    return json.dumps(
        [{name: getattr(item, name) for name in names} for item in findings], indent=2, ensure_ascii=False
    )


def as_text(findings: Sequence[Finding], *, coloured: bool = False) -> str:
    """The same for people, by severity and kind, with the SQL below each and the counts at the end."""
    lines: list[str] = []
    for (severity, id_), group in groupby(findings, key=lambda item: (item.severity, item.id)):
        shown = f"\x1b[1;{_COLOURS[severity]}m{severity}\x1b[0m" if coloured else severity
        lines.append(f"{shown}: {KINDS[id_].title} [{id_}]")
        for item in group:
            lines.append(f"  {item.object} {item.reason}")
            lines += [f"      {line}" for line in (item.sql or "").split("\n") if line]
        lines.append("")
    return "\n".join([*lines, _counted(findings)])


def _counted(findings: Sequence[Finding]) -> str:
    counts = {severity: sum(item.severity == severity for item in findings) for severity in SEVERITIES}
    told = [f"{n} {_COUNTED[severity][n != 1]}" for severity, n in counts.items() if n]
    return ", ".join(told) + "." if told else "Nothing to mend."
