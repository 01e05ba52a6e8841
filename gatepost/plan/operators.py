"""The operators of filters as SQL (`gatepost.schema.operators` says which there are)."""

from __future__ import annotations

import re
from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from gatepost.plan.elements import Parameters, SqlType
from gatepost.plan.sources import Condition
from gatepost.plan.values import Leaf, Value
from gatepost.schema.codecs import Codec
from gatepost.schema.operators import bounds_of

_COMPARE: dict[str, Callable[[Condition, Condition], Condition]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
    "distinctFrom": lambda a, b: a.is_distinct_from(b),
}


def _escape(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)


_PATTERNS: dict[str, tuple[str, Callable[[str], str]]] = {
    "like": ("like", lambda text: text),
    "ilike": ("ilike", lambda text: text),
    "includes": ("like", lambda text: f"%{_escape(text)}%"),
    "includesInsensitive": ("ilike", lambda text: f"%{_escape(text)}%"),
    "startsWith": ("like", lambda text: f"{_escape(text)}%"),
    "startsWithInsensitive": ("ilike", lambda text: f"{_escape(text)}%"),
    "endsWith": ("like", lambda text: f"%{_escape(text)}"),
    "endsWithInsensitive": ("ilike", lambda text: f"%{_escape(text)}"),
    "regex": ("~", lambda text: text),
    "regexInsensitive": ("~*", lambda text: text),
}
_ARRAY = {"contains": "@>", "containedBy": "<@", "overlaps": "&&"}
_RANGE = {
    "contains": "@>",
    "containedBy": "<@",
    "overlaps": "&&",
    "adjacent": "-|-",
    "leftOf": "<<",
    "rightOf": ">>",
    "notLeftOf": "&>",
    "notRightOf": "&<",
}
_JSON = {"contains": "@>", "containedBy": "<@"}
_KEYS = {"hasKey": "?", "hasAnyKeys": "?|", "hasAllKeys": "?&"}
_PATHS = {"path": "@?", "pathMatches": "@@"}
_LTREE = {
    "ancestorOf": ("@>", "ltree"),
    "descendantOf": ("<@", "ltree"),
    "matches": ("~", "lquery"),
    "matchesText": ("@", "ltxtquery"),
}
_NETWORK = {
    "contains": ">>=",
    "containsStrictly": ">>",
    "containedBy": "<<=",
    "containedByStrictly": "<<",
    "overlaps": "&&",
}


def operators(operand: Condition, codec: Codec, value: Value, parameters: Parameters) -> list[Condition]:
    """The conditions that a filter of one value sets on it; an operator that is null sets none.

    `any`, on the elements of an array, is for the caller of this to compile.
    """
    if not isinstance(value, dict):
        return []
    return [
        condition
        for name, item in value.items()
        if name != "any" and (condition := operator(operand, codec, name, item, parameters)) is not None
    ]


def _is_null(operand: Condition, codec: Codec, wanted: bool) -> Condition:
    if codec.composite:  # one of nulls `is null` too, and is not null here (Postgres manual, 9.2)
        return operand.is_not_distinct_from(sa.null()) if wanted else operand.is_distinct_from(sa.null())
    return operand.is_(sa.null()) if wanted else operand.is_not(sa.null())


def operator(operand: Condition, codec: Codec, name: str, value: Value, parameters: Parameters) -> Condition | None:
    """The condition of one operator."""
    if name == "distinctFrom" and value is None:
        return _is_null(operand, codec, False)
    if value is None:
        return None
    if name == "isNull":
        return _is_null(operand, codec, value is True)
    leaf = value if isinstance(value, Leaf) else Leaf(lambda _: value, value)
    if name in ("in", "notIn"):
        values = parameters.values(leaf.bind, codec)
        return operand == sa.any_(values) if name == "in" else operand != sa.all_(values)
    if name in _COMPARE:
        return _COMPARE[name](operand, parameters.value(leaf.bind, codec))
    if codec.dimensions:
        return operand.bool_op(_ARRAY[name])(parameters.value(leaf.bind, codec))
    match codec.operators:
        case "text":
            symbol, pattern = _PATTERNS[name]
            bound = parameters.add(leaf.then(pattern).bind, sa.Text())
            if symbol in ("like", "ilike"):
                return operand.like(bound) if symbol == "like" else operand.ilike(bound)
            return operand.bool_op(symbol)(bound)
        case "json":
            return _json(operand, codec, name, leaf, parameters)
        case "range":
            bounds = bounds_of(codec)
            if name == "containsValue" and bounds is not None:
                return operand.bool_op("@>")(parameters.value(leaf.bind, bounds, exact=True))
            return operand.bool_op(_RANGE[name])(parameters.value(leaf.bind, codec))
        case "fulltext":
            return operand.bool_op("@@")(search(leaf, parameters))
        case "ltree":
            symbol, type_ = _LTREE[name]
            bound_path = sa.cast(parameters.add(leaf.bind, sa.Text()), SqlType((codec.base or codec.sql)[0], type_))
            return operand.bool_op(symbol)(bound_path)
        case "inet":
            # Of `cidr`, an address with bits to the right of its mask would be refused.
            bound_network = sa.cast(parameters.add(leaf.bind, sa.Text()), SqlType("pg_catalog", "inet"))
            return operand.bool_op(_NETWORK[name])(bound_network)
    raise TypeError(f"no operator {name} on {codec.sql}")


def search(leaf: Leaf, parameters: Parameters) -> Condition:
    """A search as people type it, as a query of full-text search (Postgres manual, 12.3.2)."""
    return sa.func.websearch_to_tsquery(parameters.add(leaf.bind, sa.Text()))


def _json(operand: Condition, codec: Codec, name: str, leaf: Leaf, parameters: Parameters) -> Condition:
    if name in _JSON:
        return operand.bool_op(_JSON[name])(parameters.value(leaf.bind, codec))
    if name in _PATHS:
        path = sa.cast(parameters.add(leaf.bind, sa.Text()), SqlType("pg_catalog", "jsonpath"))
        return operand.bool_op(_PATHS[name])(path)
    keys = parameters.add(leaf.bind, sa.Text() if name == "hasKey" else ARRAY(sa.Text()))
    return operand.bool_op(_KEYS[name])(keys)
