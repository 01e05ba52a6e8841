"""Bounds on the texts that Postgres compiles before it looks at a row, which takes long for some that are short."""

from __future__ import annotations

import re

from gatepost.errors import BadRequest

LONGEST_REGEX = 500
"""Characters of a regular expression."""
MOST_STATES = 2_000
"""Characters and groups of a regular expression when what it repeats a number of times is written out."""
LONGEST_PATH = 1_000
"""Characters of a jsonpath, and of a pattern of ltree."""
LONGEST_SEARCH = 1_000
"""Characters of a full-text search."""
_ATOM = re.compile(r"\\.|\[\^?\]?(?:\[[:.=].*?[:.=]\]|[^\]])*\]|\{(\d+)(?:(,)(\d*))?\}|.", re.DOTALL)


def regex(text: str) -> str:
    """A regular expression, where it is no bomb. Raises BadRequest (TOO_COMPLEX)."""
    _within("A regular expression may have {limit:,} characters and has {value:,}.", LONGEST_REGEX, len(text))
    states = _states(text)
    if states > MOST_STATES:
        raise _too_complex(
            "A regular expression may come to {limit:,} characters when its repetitions are written out, and comes to "
            "{value:,}.",
            MOST_STATES,
            states,
        )
    return text


def path(text: str) -> str:
    """A jsonpath, which may have regular expressions in it. Raises BadRequest (TOO_COMPLEX)."""
    _within("A path may have {limit:,} characters and has {value:,}.", LONGEST_PATH, len(text))
    if "like_regex" in text:
        regex(text)
    return text


def search(text: str) -> str:
    """A full-text search. Raises BadRequest (TOO_COMPLEX)."""
    _within("A search may have {limit:,} characters and has {value:,}.", LONGEST_SEARCH, len(text))
    return text


def _within(message: str, limit: int, value: int) -> None:
    if value > limit:
        raise _too_complex(message, limit, value)


def _too_complex(message: str, limit: int, value: int) -> BadRequest:
    value = min(value, 1_000_000_000)
    extensions = {"limit": limit, "value": value}
    return BadRequest(message.format(limit=limit, value=value), code="TOO_COMPLEX", extensions=extensions)


def _states(text: str) -> int:
    """How long an expression is with `{m,n}` written out: within one another they multiply."""
    groups, last = [0], 0
    for atom in _ATOM.finditer(text):
        match atom[0]:
            case "(":
                groups.append(0)
                last = 0
            case ")" if len(groups) > 1:
                last = max(groups.pop(), 1)
                groups[-1] += last
            case _ if atom[1] is not None:
                times = max(int(atom[3] or atom[1]), 1)
                groups[-1] += last * (times - 1)
                last *= times
            case _:
                last = 1
                groups[-1] += 1
    return sum(groups)
