"""Writes `(select …)` around what a policy calls for each row, in the text that Postgres gives of its expression."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<string>E'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*')
      | (?P<name>(?:"(?:[^"]|"")+"|[^\W\d][\w$]*)(?:\.(?:"(?:[^"]|"")+"|[^\W\d][\w$]*))*)
      | (?P<cast>::)
      | (?P<open>\()
      | (?P<close>\))
      | (?P<space>\s+)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_LIST = frozenset({"ANY", "ALL", "SOME", "IN", "EXISTS", "ROW", "VALUES", "ARRAY"})
"""Words before parentheses that hold no expression of their own."""
_WORDS = frozenset({"AND", "OR", "NOT", "WHEN", "THEN", "ELSE", "CASE", "IS", "IN", "LIKE", "SELECT", "WHERE", "FROM"})
_VALUES = frozenset({"true", "false", "NULL", "CURRENT_USER", "SESSION_USER", "CURRENT_ROLE"})


class _Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Span:
    first: int
    last: int
    cast: str = ""


def wrapped(text: str, calls: Mapping[str, str]) -> str:
    """The expression with each of `calls` (as written, to its type) in a sub-select of its own.

    What stands around a call and reads no column comes along, such as the cast of a setting and the look into it.
    """
    found = _TOKEN.finditer(text)
    tokens = [_Token(m.lastgroup or "", m.group(), m.start(), m.end()) for m in found if m.lastgroup != "space"]
    spans = [
        _widest(tokens, place, calls[token.text])
        for place, token in enumerate(tokens)
        if token.kind == "name" and token.text in calls and _at(tokens, place + 1).kind == "open"
    ]
    outer = [
        span
        for span in dict.fromkeys(filter(None, spans))
        if not any(other and other != span and other.first <= span.first and span.last <= other.last for other in spans)
    ]
    for span in sorted(outer, key=lambda span: -span.first):
        start, end = tokens[span.first].start, tokens[span.last].end
        inner = text[start:end]
        if tokens[span.first].kind == "open" and _close(tokens, span.first) == span.last:
            inner = inner[1:-1]
        text = f"{text[:start]}(select {inner}){span.cast}{text[end:]}"
    return text


def _at(tokens: list[_Token], place: int) -> _Token:
    return tokens[place] if 0 <= place < len(tokens) else _Token("", "", 0, 0)


def _close(tokens: list[_Token], open_: int) -> int:
    depth = 0
    for place in range(open_, len(tokens)):
        depth += {"open": 1, "close": -1}.get(tokens[place].kind, 0)
        if depth == 0:
            return place
    return len(tokens) - 1


def _around(tokens: list[_Token], place: int) -> int | None:
    """Where the innermost parenthesis around a place opens."""
    depth = 0
    for before in range(place - 1, -1, -1):
        depth += {"open": -1, "close": 1}.get(tokens[before].kind, 0)
        if depth < 0:
            return before
    return None


def _widest(tokens: list[_Token], place: int, type_: str) -> _Span | None:
    """The largest part around a call that reads no columns; None where the call stands in a sub-select alone."""
    first, last = place, _close(tokens, place + 1)
    if _at(tokens, first - 1).text == "SELECT" and _at(tokens, first - 2).kind == "open":
        after = last + 1 + 2 * (_at(tokens, last + 1).text == "AS")
        if _at(tokens, after).kind == "close":
            return None
    open_ = _around(tokens, first)
    while open_ is not None:
        close = _close(tokens, open_)
        before = _at(tokens, open_ - 1)
        called = before.kind == "name" and before.text not in _WORDS
        if before.text in _LIST:
            whole = (first, last) == (open_ + 1, close - 1)
            return _Span(first, last, f"::{type_}" if whole and first == place else "")
        if not all(_plain(tokens, between) for between in range(open_ + 1, close)):
            break
        start = open_ - called
        if _alone_in_a_list(tokens, start, close):
            break
        first, last = start, close
        open_ = _around(tokens, start)
    return _Span(first, last)


def _alone_in_a_list(tokens: list[_Token], first: int, last: int) -> bool:
    """Whether a part is all that `ANY (…)` holds: a sub-select there would be one of rows."""
    return (
        _at(tokens, first - 1).kind == "open"
        and _at(tokens, first - 2).text in _LIST
        and _at(tokens, last + 1).kind == "close"
    )


def _plain(tokens: list[_Token], place: int) -> bool:
    """Whether a token is no column: a name is a function's, a type's or a value's."""
    token = tokens[place]
    if token.kind != "name" or token.text in _VALUES:
        return True
    if token.text in _LIST or token.text in _WORDS:
        return False
    return _at(tokens, place + 1).kind == "open" or _at(tokens, place - 1).kind == "cast"
