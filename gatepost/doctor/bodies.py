"""Functions whose volatility is not what their bodies do: it decides whether one is a query or a mutation."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from gatepost.doctor.findings import Finding
from gatepost.doctor.reading import Reader, Row

KINDS = frozenset({"volatile-reader", "stable-writer"})
_LEFT = re.compile(r"""--[^\n]*|/\*.*?\*/|[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$""", re.DOTALL)
_WORD = re.compile(r'"(?:[^"]|"")+"|[^\W\d][\w$]*|[^\s\w]')
_WRITES = re.compile(
    r"\b(?:insert\s+into|delete\s+from|merge\s+into|(?<!for )(?<!key )(?<!on )(?<!do )update\s+(?!of\b|skip\b|nowait\b)"
    r"(?:only\s+)?[\w.\"]+\s+(?:\*\s+)?(?:(?:as\s+)?\w+\s+)?set)\b"
)
_MAY_WRITE = frozenset(
    "insert update delete merge truncate copy call do execute create alter drop grant revoke notify listen unlisten "
    "lock share set reset refresh vacuum analyze cluster reindex prepare discard commit rollback savepoint".split()
)


async def examine(reader: Reader) -> list[Finding]:
    """The findings on the functions that the API may serve."""
    volatile = {row["name"] for row in await reader.facts("volatile")}
    return [finding for row in await reader.facts("bodies") for finding in _judged(row, volatile)]


def _judged(row: Row, volatile: Container[str]) -> Iterator[Finding]:
    body = _LEFT.sub(" ", row["body"])
    if row["volatility"] == "v":
        if not row["void"] and not _may_write(body, volatile):
            reason = "is volatile, though it only reads: so it is a mutation, and Postgres calls it anew each time"
            yield Finding("volatile-reader", row["name"], reason, f"alter {row['quoted']} stable;")
    elif _WRITES.search(" ".join(body.lower().split())):
        said = {"s": "stable", "i": "immutable"}[row["volatility"]]
        reason = f"is {said}, and writes: so it is a query, and Postgres refuses what it does"
        yield Finding("stable-writer", row["name"], reason, f"alter {row['quoted']} volatile;")


def _may_write(body: str, volatile: Container[str]) -> bool:
    """Whether a body has any word of a statement that changes something, or calls what may."""
    words = _WORD.findall(body)
    for place, word in enumerate(words):
        name = word[1:-1].replace('""', '"') if word.startswith('"') else word.lower()
        if name in _MAY_WRITE:
            return True
        if words[place + 1 : place + 2] == ["("] and name in volatile:
            return True
    return False
