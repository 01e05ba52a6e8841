"""Functions of a row whose body can stand in a statement in place of the call.

Postgres runs a scalar SQL function with a sub-select anew for each row, which costs several times what the sub-select
itself does, and inlines only what `returns setof` (Postgres wiki, "Inlining of SQL functions"). So the gateway inlines
the rest where the result is the same beyond doubt: a plain SQL body of one SELECT, run with the caller's own rights and
settings, whose only argument is the row, which it names and of which it reads columns by `row.column` alone. Names
within the body find what they found in the function: its own tables first, then the row. All roles that the
schema is for must be allowed to execute the function, as nothing checks it any more.
"""

from __future__ import annotations

import re

from gatepost.catalog import Catalog, Function, Relation
from gatepost.schema.meaning import Body
from gatepost.schema.types import Types

_TOKEN = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?\*/)
      | (?P<string>[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*')
      | (?P<name>"(?:[^"]|"")+"|[^\W\d]\w*)
      | (?P<space>\s+)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_NEVER = frozenset({"into", "row", "share"})


def body(function: Function, relation: Relation, catalog: Catalog, types: Types) -> Body | None:
    """The body of a function of a row of `relation`, if it may stand for the call; else None."""
    if (
        function.source is None
        or function.returns_set
        or function.volatility == "v"
        or function.security_definer
        or function.configured
        or len(function.arguments) != 1
        or not function.arguments[0].name
        or not function.execute.issuperset(catalog.roles)
    ):
        return None
    row = function.arguments[0].name
    columns: dict[str, None] = {}
    tokens = list(_TOKEN.finditer(function.source.strip().rstrip(";").rstrip()))
    words = [(match.lastgroup, match.group()) for match in tokens if match.lastgroup not in ("comment", "space")]
    if not words or words[0][1].lower() != "select":
        return None
    for place, (kind, text) in enumerate(words):
        if kind == "other" and text in "$;":
            return None
        if kind != "name":
            continue
        name = _folded(text)
        if name in _NEVER or name == function.name:
            return None
        if name == row:
            column = _column_after(words, place, relation)
            if column is None:
                return None
            columns[column] = None
    codec = types.codec(function.returns)
    if not columns or codec.dimensions:
        return None
    select = "".join(" " if match.lastgroup == "comment" else match.group() for match in tokens)
    return Body(select, row, tuple(columns), codec)


def _folded(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()


def _column_after(words: list[tuple[str | None, str]], place: int, relation: Relation) -> str | None:
    """The column in `row.column`, where the row's name at `place` is used so; else None."""
    if place and words[place - 1][1] == ".":
        return None
    if len(words) <= place + 2 or words[place + 1][1] != "." or words[place + 2][0] != "name":
        return None
    column = _folded(words[place + 2][1])
    return column if column in relation.by_name else None
