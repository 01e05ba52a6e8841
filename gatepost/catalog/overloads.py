"""Functions of one name, and whether a call can be told to be one's: facts that no other file of the catalog has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gatepost.catalog.model import Function


def told_apart(functions: Sequence[Function]) -> tuple[Function, ...]:
    """The functions, each so that a call of it is no other's.

    Where two of one name differ only in arguments that both may do without, Postgres cannot tell which is called (its
    manual, 10.3): their defaults are as good as none.
    """
    by_name: dict[tuple[str, str], list[Function]] = {}
    for function in functions:
        by_name.setdefault((function.schema, function.name), []).append(function)
    return tuple(
        _without_defaults(function)
        if any(other is not function and _alike(function, other) for other in by_name[function.schema, function.name])
        else function
        for function in functions
    )


def _alike(a: Function, b: Function) -> bool:
    most = min(len(a.inputs), len(b.inputs)) - 1
    least = max(sum(not argument.has_default for argument in function.inputs) for function in (a, b))
    lengths = range(least, most + 1)
    return any([x.type for x in a.inputs[:n]] == [x.type for x in b.inputs[:n]] for n in lengths)


def _without_defaults(function: Function) -> Function:
    return replace(function, arguments=tuple(replace(argument, has_default=False) for argument in function.arguments))
