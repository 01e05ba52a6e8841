"""Splits a SQL script into its statements, each with its line, so that an error can say where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Postgres manual, 4.1 Lexical Structure. The last alternative takes whatever means nothing to us.
_TOKEN = re.compile(
    r"""
      (?P<space>\s+|--[^\n]*)
    | (?P<comment>/\*)
    | (?P<escape>[eE]'(?:[^'\\]|''|\\.)*')
    | (?P<string>'(?:[^']|'')*')
    | (?P<name>"(?:[^"]|"")*")
    | (?P<dollar>\$(?P<tag>(?:[^\W\d]\w*)?)\$.*?\$(?P=tag)\$)
    | (?P<word>[^\W\d][\w$]*)
    | (?P<number>\d[\w.]*)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_DIRECTIVE = re.compile(r"--\s*gatepost:\s*(.*?)\s*")


@dataclass(frozen=True)
class Statement:
    """One statement without its semicolon; `line` is where its first word stands, counted from 1."""

    text: str
    line: int
    words: tuple[str, ...]
    """Its first words, in lower case; at most four."""
    directives: tuple[str, ...] = ()
    """What the comments `-- gatepost: …` before it say."""


def split(script: str) -> Iterator[Statement]:
    """The statements of a script, the way psql tells them apart: at semicolons that no quote, comment, parenthesis or
    `begin atomic` body encloses."""
    position, start, depth, body = 0, None, 0, 0
    words: list[str] = []
    directives: list[str] = []
    while position < len(script):
        match = _TOKEN.match(script, position)
        if match is None:
            break
        kind, token, end = match.lastgroup, match.group(), match.end()
        if kind == "comment":
            position = _comment_end(script, position)
            continue
        if kind == "space":
            if directive := _DIRECTIVE.fullmatch(token):
                directives.append(directive[1])
            position = end
            continue
        if token == ";" and not depth and not body:
            if start is not None:
                yield _statement(script, start, position, words, directives)
            position, start, words, directives = end, None, [], []
            continue
        if start is None:
            start = position
        if token == "(":
            depth += 1
        elif token == ")":
            depth = max(depth - 1, 0)
        elif kind == "word":
            word = token.lower()
            if len(words) < 4:
                words.append(word)
            if _makes_routine(words):
                if (word == "atomic" and not body) or (word in ("begin", "case") and body):
                    body += 1
                elif word == "end" and body:
                    body -= 1
        position = end
    if start is not None:
        yield _statement(script, start, len(script), words, directives)


def _statement(script: str, start: int, end: int, words: list[str], directives: list[str]) -> Statement:
    line = script.count("\n", 0, start) + 1
    return Statement(script[start:end].rstrip(), line, tuple(words), tuple(directives))


def _comment_end(script: str, position: int) -> int:
    """Where the comment that opens at `position` closes; comments nest."""
    depth = 0
    for match in _COMMENT_EDGE.finditer(script, position):
        depth += 1 if match.group() == "/*" else -1
        if depth == 0:
            return match.end()
    return len(script)


def _makes_routine(words: list[str]) -> bool:
    """Whether the statement is `create [or replace] function | procedure`, whose body may hold semicolons."""
    rest = words[3:] if words[1:3] == ["or", "replace"] else words[1:]
    return words[:1] == ["create"] and rest[:1] in (["function"], ["procedure"])
