"""Functions of a row whose body can stand in a statement in place of the call.

Postgres runs a scalar SQL function with a sub-select anew for each row, which costs several times what the sub-select
itself does, and inlines only what `returns setof` (Postgres wiki, "Inlining of SQL functions"). So the gateway inlines
the rest where the result is the same beyond doubt: a plain SQL body of one SELECT, run with the caller's own rights and
settings, whose only argument is the row, which it names and of which it reads columns by `row.column` alone. Names
within the body find what they found in the function: its own tables first, then the row. Nothing checks then that
the caller may execute the function; but a schema is served only to roles that may do all that is in it.

What is not beyond doubt is called:

- An aggregate over the row alone. In the function the row's columns are parameters, and the aggregate is the body's
  own; in place they are columns of the query around it, to which the aggregate then belongs (Postgres manual, 4.2.7).
- Results of a domain, which a function assigns and an explicit cast would cut to its length; of a composite or an
  array; of an extension's type, whose collation is not known. Texts get the default collation, as a function's result.
- A body `begin atomic` or `return`: Postgres keeps it as a tree, in which each name was found once and for all, and its
  text may find others under the caller's search path.
- Texts that the lexer here may part otherwise than Postgres does (its manual, 4.1): what it is not sure of, it refuses.
"""

from __future__ import annotations

import re

from gatepost.catalog import Catalog, Function, Relation
from gatepost.schema.meaning import Body
from gatepost.schema.types import Types

_TOKEN = re.compile(
    r"""(?P<comment>--[^\n\r]*|/\*.*?\*/)
      | (?P<string>[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*')
      | (?P<name>"(?:[^"]|"")+"|[A-Za-z_\x80-\U0010ffff][A-Za-z_0-9\x80-\U0010ffff]*)
      | (?P<space>[ \t\n\r\f\v]+)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_NEVER = frozenset({"into", "row", "share", "update"})
_LONGEST_NAME = 63  # bytes; Postgres cuts longer ones (its manual, 4.1.1)
_COLLATED = frozenset({"text", "varchar", "bpchar"})
_Word = tuple[str | None, str]


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
        or not _plain(function.returns, catalog)
    ):
        return None
    row = function.arguments[0].name
    columns: dict[str, None] = {}
    tokens = list(_TOKEN.finditer(function.source.strip(" \t\n\r\f\v").rstrip("; \t\n\r\f\v")))
    words = [(match.lastgroup, match.group()) for match in tokens if match.lastgroup not in ("comment", "space")]
    if not words or _folded(words[0][1]) != "select" or not all(_sure(match) for match in tokens):
        return None
    for place, (kind, text) in enumerate(words):
        if kind == "other" and text in "$;":
            return None
        if kind != "name":
            continue
        name = _folded(text)
        if (
            name in _NEVER
            or name == function.name
            or (name == "u" and words[place + 1 : place + 2] == [("other", "&")])
        ):
            return None
        if name == row:
            column = _column_after(words, place, relation)
            if column is None:
                return None
            columns[column] = None
        elif name in function.aggregates and not _of_its_own(words, place, row):
            return None
    if not columns:
        return None
    select = "".join(" " if match.lastgroup == "comment" else match.group() for match in tokens)
    return Body(select, row, tuple(columns), types.returned(function))


def _plain(oid: int, catalog: Catalog) -> bool:
    """Whether results of this type are the same whether assigned or cast, with a collation that is known."""
    type_ = catalog.types[oid]
    if type_.kind == "b":
        return type_.schema == "pg_catalog" and (
            type_.category not in "AS" or (type_.category == "S" and type_.name in _COLLATED)
        )
    return type_.kind in "er"


def _sure(token: re.Match[str]) -> bool:
    """Whether Postgres, too, sees just this one token here, whatever its settings."""
    text = token.group()
    match token.lastgroup:
        case "comment":
            return "/*" not in text[2:]  # they nest
        case "string":
            return text[0] in "eE" or "\\" not in text
        case "other":
            return text not in "\"'"
    return True


def _folded(name: str) -> str:
    """An identifier as Postgres finds it: it folds ASCII letters, and cuts what is too long."""
    if name.startswith('"'):
        plain = name[1:-1].replace('""', '"')
    else:
        plain = "".join(letter.lower() if letter.isascii() else letter for letter in name)
    return plain.encode()[:_LONGEST_NAME].decode(errors="ignore")


def _column_after(words: list[_Word], place: int, relation: Relation) -> str | None:
    """The column in `row.column`, where the row's name at `place` is used so; else None."""
    if place and words[place - 1][1] == ".":
        return None
    if len(words) <= place + 2 or words[place + 1][1] != "." or words[place + 2][0] != "name":
        return None
    column = _folded(words[place + 2][1])
    return column if column in relation.by_name else None


def _of_its_own(words: list[_Word], place: int, row: str) -> bool:
    """Whether the aggregate that may be called at `place` reads nothing of the row: it is the body's own then."""
    if len(words) <= place + 1 or words[place + 1][1] != "(":
        # Not a call, unless in the notation of a field: `(t.x).sum`.
        return not (place > 1 and words[place - 1][1] == "." and words[place - 2][1] == ")")
    depth = 0
    end = place + 1
    for end in range(place + 1, len(words)):
        depth += {"(": 1, ")": -1}.get(words[end][1], 0) if words[end][0] == "other" else 0
        if not depth:
            break
    further = words[end + 1 : end + 2]
    if further and further[0][0] == "name" and _folded(further[0][1]) in ("filter", "within"):
        return False
    return not any(kind == "name" and _folded(text) == row for kind, text in words[place + 1 : end])
