"""Functions that page themselves: the tag `@page` names the arguments that tell them which rows a page needs.

These arguments are no part of the API. What they tell is a hint (`gatepost.plan.hints`): the page is cut from what the
function returns all the same.
"""

from __future__ import annotations

import re

from gatepost.catalog import Argument, Function
from gatepost.schema.meaning import Paging, Parameter, Rows
from gatepost.schema.types import Types

_PAGE = re.compile(r"(?P<size>[^\s=]+)(?P<keys>(?:\s+[^\s=]+=[^\s=]+)+)")
_WHOLE = frozenset({("pg_catalog", "int4"), ("pg_catalog", "int8")})


def paging(function: Function, inputs: tuple[Argument, ...], types: Types, text: str) -> Paging | None:
    """What a tag says, as `page_size created_at=after_created_at id=after_id`; None where that cannot be understood.

    The arguments have to be the last of `inputs`. A strict function would return nothing where it is told nothing, and
    one that is told from others by its arguments' places, or is variadic, could not be given these by their names.
    """
    match = _PAGE.fullmatch(text)
    if match is None or not function.returns_set or function.volatility == "v" or function.strict or function.by_place:
        return None
    keys = [word.split("=") for word in match["keys"].split()]
    names = [match["size"], *(name for _, name in keys)]
    last = {argument.name: argument for argument in inputs[-len(names) :]}
    if set(names) != set(last) or len(names) != len(last) or any(argument.mode == "v" for argument in inputs):
        return None
    parameters = {name: Parameter(name, item, types.argument(function, item)) for name, item in last.items()}
    size = parameters[match["size"]]
    if size.codec.sql not in _WHOLE or size.codec.dimensions:
        return None
    return Paging(size, tuple((column, parameters[name]) for column, name in keys))


def fits(paging: Paging, rows: Rows) -> bool:
    """Whether the hints tell where a row stands in the order that rows have of themselves.

    Rows that are alike in the columns of the hints would else be missing where a page begins among them.
    """
    order = {item.column.name for item in (*rows.order, *rows.unique)}
    return bool(rows.order) and rows.keyed and {column for column, _ in paging.keys} == order
