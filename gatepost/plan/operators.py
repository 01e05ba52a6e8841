"""The operators of filters as SQL (`gatepost.schema.operators` says which there are)."""

from __future__ import annotations

import re
from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from gatepost.errors import BadRequest
from gatepost.plan import patterns
from gatepost.plan.elements import Binder, Parameters, SqlType, Variables, constant, sql_type
from gatepost.plan.sources import Condition
from gatepost.plan.values import Leaf, Value
from gatepost.schema.codecs import Codec
from gatepost.schema.meaning import Syntax
from gatepost.schema.operators import JSONB, TEXT, bounds_of

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
    "regex": ("~", patterns.regex),
    "regexInsensitive": ("~*", patterns.regex),
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
_REGCONFIG = SqlType("pg_catalog", "regconfig")
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


MOST_LISTED = 2_000
"""Values that `in` and `notIn` take."""


def _bounded(bind: Binder, name: str) -> Binder:
    def bounded(variables: Variables) -> object:
        listed = bind(variables)
        if isinstance(listed, list) and len(listed) > MOST_LISTED:
            raise BadRequest(
                f"`{name}` takes {MOST_LISTED:,} values and was given {len(listed):,}.",
                code="TOO_COMPLEX",
                extensions={"limit": MOST_LISTED, "value": len(listed)},
            )
        return listed

    return bounded


def operator(operand: Condition, codec: Codec, name: str, value: Value, parameters: Parameters) -> Condition | None:
    """The condition of one operator."""
    if name == "distinctFrom" and value is None:
        return _is_null(operand, codec, False)
    if value is None:
        return None
    if codec.operators == "plainjson" and name != "isNull":
        operand, codec = sa.cast(operand, sql_type(JSONB)), JSONB
    if name == "at" or isinstance(value, dict):
        return _structured(operand, codec, name, value, parameters)
    if name == "isNull":
        return _is_null(operand, codec, value is True)
    leaf = value if isinstance(value, Leaf) else Leaf(lambda _: value, value)
    if name in ("in", "notIn"):
        values = parameters.values(_bounded(leaf.bind, name), codec)
        found = operand == sa.any_(values)
        if name == "notIn" and codec.operators == "identity":
            return found.is_(sa.false())
        return found if name == "in" else operand != sa.all_(values)
    if codec.operators == "identity" and name == "ne":  # such a type may have no `<>`
        return (operand == parameters.value(leaf.bind, codec)).is_(sa.false())
    if name in _COMPARE:
        return _COMPARE[name](operand, parameters.value(leaf.bind, codec))
    if codec.dimensions:
        return operand.bool_op(_ARRAY[name])(parameters.value(leaf.bind, codec))
    match codec.operators:
        case "text":
            symbol, pattern = _PATTERNS[name]
            bound = parameters.add(leaf.then(pattern).bind, sa.Text())
            if not codec.deterministic:  # under such a collation Postgres matches no patterns (its manual, 9.7)
                operand = sa.collate(operand, "default")
            if symbol in ("like", "ilike"):
                return operand.like(bound) if symbol == "like" else operand.ilike(bound)
            return operand.bool_op(symbol)(bound)
        case "json" | "hstore":
            return _json(operand, codec, name, leaf, parameters)
        case "range":
            bounds = bounds_of(codec)
            if name == "containsValue" and bounds is not None:
                return operand.bool_op("@>")(parameters.value(leaf.bind, bounds, exact=True))
            return operand.bool_op(_RANGE[name])(parameters.value(leaf.bind, codec))
        case "fulltext":
            return operand.bool_op("@@")(search({"query": leaf}, codec, parameters))
        case "ltree":
            symbol, type_ = _LTREE[name]
            text = leaf if type_ == "ltree" else leaf.then(patterns.path)
            bound_path = sa.cast(parameters.add(text.bind, sa.Text()), SqlType((codec.base or codec.sql)[0], type_))
            return operand.bool_op(symbol)(bound_path)
        case "inet":
            # Of `cidr`, an address with bits to the right of its mask would be refused.
            bound_network = sa.cast(parameters.add(leaf.bind, sa.Text()), SqlType("pg_catalog", "inet"))
            return operand.bool_op(_NETWORK[name])(bound_network)
    raise TypeError(f"no operator {name} on {codec.sql}")


def search(asked: dict[str, Value], codec: Codec, parameters: Parameters) -> Condition:
    """A search, with its `query`, `config` and `syntax`, as Postgres has it (Postgres manual, 12.3.2)."""
    syntax = asked.get("syntax")
    config, query = asked.get("config"), asked.get("query")
    made = getattr(sa.func, syntax.function if isinstance(syntax, Syntax) else "websearch_to_tsquery")
    arguments: list[Condition] = []
    if isinstance(config, Leaf):
        arguments.append(sa.cast(parameters.add(config.bind, sa.Text()), _REGCONFIG))
    elif codec.search is not None:
        arguments.append(sa.cast(constant(codec.search), _REGCONFIG))
    assert isinstance(query, Leaf)
    searched: Condition = made(*arguments, parameters.add(query.then(patterns.search).bind, sa.Text()))
    return searched


def _structured(operand: Condition, codec: Codec, name: str, value: Value, parameters: Parameters) -> Condition | None:
    """The condition of an operator that takes objects."""
    if name == "at":
        places = value if isinstance(value, list) else [value]
        return sa.and_(sa.true(), *(_at(operand, codec, place, parameters) for place in places))
    if not isinstance(value, dict):
        raise TypeError(f"not what {name} takes")
    if name == "matchesWith":
        return operand.bool_op("@@")(search(value, codec, parameters))
    path, variables = value["path"], value.get("variables")
    assert isinstance(path, Leaf)
    given: Condition = constant("{}")
    if isinstance(variables, Leaf):
        given = parameters.add(variables.bind, sa.Text())
    found = sa.func.jsonb_path_exists if name == "pathWith" else sa.func.jsonb_path_match
    # As of the operators @? and @@, what the path does not find is no error.
    return found(operand, _path(path, parameters), sa.cast(given, sql_type(JSONB)), sa.true())


def _at(operand: Condition, codec: Codec, place: Value, parameters: Parameters) -> Condition:
    """Conditions on what stands at a place within a value."""
    assert isinstance(place, dict)
    found: list[Condition] = []
    for name, within in (("text", TEXT), ("value", JSONB)):
        where = place.get("key" if codec.operators == "hstore" else "path")
        if place.get(name) is None or not isinstance(where, Leaf):
            continue
        if codec.operators == "hstore":
            value = operand.op("->")(parameters.add(where.bind, sa.Text()))
        else:
            value = operand.op("#>>" if name == "text" else "#>")(parameters.add(where.bind, ARRAY(sa.Text())))
        found += operators(value, within, place[name], parameters)
    return sa.and_(sa.true(), *found)


def _path(leaf: Leaf, parameters: Parameters) -> Condition:
    return sa.cast(parameters.add(leaf.then(patterns.path).bind, sa.Text()), SqlType("pg_catalog", "jsonpath"))


def _json(operand: Condition, codec: Codec, name: str, leaf: Leaf, parameters: Parameters) -> Condition:
    if name in _JSON:
        return operand.bool_op(_JSON[name])(parameters.value(leaf.bind, codec))
    if name in _PATHS:
        return operand.bool_op(_PATHS[name])(_path(leaf, parameters))
    keys = parameters.add(leaf.bind, sa.Text() if name == "hasKey" else ARRAY(sa.Text()))
    return operand.bool_op(_KEYS[name])(keys)
