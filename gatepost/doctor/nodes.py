"""Reads expressions as Postgres keeps them (pg_node_tree): what a policy calls and compares, beyond doubt.

The text form is that of Postgres' outfuncs.c: `{NAME :field value …}`, lists in parentheses, a backslash before signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Union

_TOKEN = re.compile(r"[{}()]|(?:\\.|[^\s{}()\\])+", re.DOTALL)
Value = Union["Node", list["Value"], str]


@dataclass
class Node:
    """A node, such as FUNCEXPR; a field holds what stands behind its name."""

    name: str
    fields: dict[str, list[Value]] = field(default_factory=dict)

    def number(self, name: str) -> int:
        """A field that is one number; 0 where there is none."""
        value = self.fields.get(name, ["0"])[0]
        return int(value) if isinstance(value, str) else 0

    @property
    def arguments(self) -> list[Node]:
        """The nodes of the field `args`, whatever the depth of its lists."""
        return list(_nodes(self.fields.get("args", [])))

    @property
    def below(self) -> list[Node]:
        return list(_nodes(list(self.fields.values())))


def _nodes(value: Value | list[list[Value]]) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _nodes(item)


def parse(text: str | None) -> Node | None:
    """The expression's topmost node; None where there is none."""
    if not text:
        return None
    tokens = iter(_TOKEN.findall(text))
    values = _values(tokens, "")
    return next(_nodes(values), None)


def _values(tokens: Iterator[str], end: str) -> list[Value]:
    values: list[Value] = []
    for token in tokens:
        if token == end:
            break
        if token == "{":
            values.append(_node(tokens))
        elif token == "(":
            values.append(_values(tokens, ")"))
        else:
            values.append(token)
    return values


def _node(tokens: Iterator[str]) -> Node:
    node = Node(next(tokens))
    into: list[Value] = []
    for value in _values(tokens, "}"):
        if isinstance(value, str) and value.startswith(":"):
            into = node.fields.setdefault(value[1:], [])
        else:
            into.append(value)
    return node


def columns(node: Node, level: int = 0) -> set[int]:
    """The numbers of the columns of the row that a part of an expression reads, within as many queries as `level`."""
    if node.name == "VAR":
        return {node.number("varattno")} if node.number("varlevelsup") == level else set()
    inner = level + (node.name == "QUERY")
    return {number for part in node.below for number in columns(part, inner)}


def reads_around(node: Node, level: int = 0) -> bool:
    """Whether a part reads columns of any query around it, so that it is run for each of its rows."""
    if node.name == "VAR":
        return node.number("varlevelsup") >= level
    inner = level + (node.name == "QUERY")
    return any(reads_around(part, inner) for part in node.below)
