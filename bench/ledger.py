"""What clients were told of their mutations, against what is in the database afterwards."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

_MARKS = "select mark, count(*) as count, bool_or(late) as late from soak.marks group by mark"
_NEVER_KEPT = "select count(*) from soak.notes where body in ('never kept', 'refused') or (owner = 0 and id > 5010)"
_COUNTED = "select sum(counted)::bigint from soak.counters"


class Outcome(IntEnum):
    """What a client knows of a mutation."""

    UNKNOWN = 0
    """It was told OUTCOME_UNKNOWN, or went away."""
    DONE = 1
    FAILED = 2


class Ledger:
    """Every mark that was sent, by number, and how often something was to be counted."""

    def __init__(self) -> None:
        self.told: list[Outcome] = []
        self.pairs: list[int] = []
        """First marks of mutations of two fields, whose second one is the next number."""
        self.counts: dict[Outcome, int] = dict.fromkeys(Outcome, 0)
        self.unknown = 0
        """Marks of unknown outcome; as is `unknown_there`, known once the ledger was compared."""
        self.unknown_there = 0

    def new(self, how_many: int = 1) -> int:
        """Takes so many numbers; the first of them."""
        self.told.extend([Outcome.UNKNOWN] * how_many)
        if how_many == 2:
            self.pairs.append(len(self.told) - 2)
        return len(self.told) - how_many

    def told_of(self, mark: int, outcome: Outcome, how_many: int = 1) -> None:
        """Notes what a client was told of its marks."""
        self.told[mark : mark + how_many] = [outcome] * how_many

    async def compare(self, admin: Any) -> list[str]:
        """A line for each mutation that was applied twice, in part, or otherwise than its client was told."""
        wrong = []
        rows = {row["mark"]: row for row in await admin.fetch(_MARKS)}
        for mark, told in enumerate(self.told):
            there = rows[mark]["count"] if mark in rows else 0
            if told is Outcome.UNKNOWN:
                self.unknown += 1
                self.unknown_there += there
            right = {Outcome.DONE: (1,), Outcome.FAILED: (0,), Outcome.UNKNOWN: (0, 1)}[told]
            if there not in right:
                wrong.append(f"mark {mark}: told {told.name}, and {there} times there")
        wrong += [
            f"marks {mark} and {mark + 1}: half there" for mark in self.pairs if (mark in rows) != (mark + 1 in rows)
        ]
        if any(row["late"] for row in rows.values()):
            wrong.append("a mark was kept whose commit failed")
        if kept := await admin.fetchval(_NEVER_KEPT):
            wrong.append(f"{kept} rows of failed mutations were kept")
        counted = await admin.fetchval(_COUNTED)
        done, unknown = self.counts[Outcome.DONE], self.counts[Outcome.UNKNOWN]
        if not 2 * done <= counted <= 2 * (done + unknown):
            wrong.append(f"counted {counted}, where {done} counts of two were done and {unknown} may have been")
        return wrong
