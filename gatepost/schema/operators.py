"""The operators of filters: which there are for each kind of value, and what each takes.

`gatepost.plan.operators` compiles them by their names.
"""

from __future__ import annotations

from graphql import (
    GraphQLBoolean,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLString,
)

from gatepost.schema.choices import SYNTAX
from gatepost.schema.scalars import JSON
from gatepost.schema.types import Codec

_EQUALITY = {
    "eq": "Equal to this.",
    "ne": "Not equal to this.",
    "distinctFrom": "Not equal to this, where null counts as a value.",
}
_LISTS = {
    "in": "Equal to one of these.",
    "notIn": "Equal to none of these.",
}
_ORDER = {
    "lt": "Less than this.",
    "lte": "Less than or equal to this.",
    "gt": "Greater than this.",
    "gte": "Greater than or equal to this.",
}
_TEXT = {
    "like": "Matches this pattern: `%` any characters, `_` one character.",
    "ilike": "Matches this pattern, whatever the case.",
    "includes": "Contains this text.",
    "includesInsensitive": "Contains this text, whatever the case.",
    "startsWith": "Starts with this text.",
    "startsWithInsensitive": "Starts with this text, whatever the case.",
    "endsWith": "Ends with this text.",
    "endsWithInsensitive": "Ends with this text, whatever the case.",
    "regex": "Matches this POSIX regular expression somewhere.",
    "regexInsensitive": "Matches this POSIX regular expression somewhere, whatever the case.",
}
_ARRAY = {
    "contains": "Contains each of these.",
    "containedBy": "Has no element but these.",
    "overlaps": "Has at least one of these.",
}
_RANGE = {
    "contains": "Contains this range.",
    "containedBy": "Lies within this range.",
    "overlaps": "Has points in common with this range.",
    "adjacent": "Touches this range, with nothing between them and nothing in common.",
    "leftOf": "Ends before this range begins.",
    "rightOf": "Begins after this range ends.",
    "notLeftOf": "Does not begin before this range begins.",
    "notRightOf": "Does not end after this range ends.",
}
_JSON = {
    "contains": "Contains this value: its members and elements, at every level.",
    "containedBy": "Is contained in this value.",
}
_JSON_TEXT = {
    "hasKey": "Has this key, or this text as an element.",
    "path": 'This SQL/JSON path finds something: `$.tags[*] ? (@ == "x")`.',
    "pathMatches": "This SQL/JSON path predicate is true: `$.size > 3`.",
}
_JSON_TEXTS = {
    "hasAnyKeys": "Has at least one of these keys.",
    "hasAllKeys": "Has all of these keys.",
}
_JSON_PATH = {
    "pathWith": "This SQL/JSON path with variables finds something: `$.tags[*] ? (@ == $tag)`.",
    "pathMatchesWith": "This SQL/JSON path predicate with variables is true: `$.size > $least`.",
}
_HSTORE = {
    "contains": "Contains these keys with these values.",
    "containedBy": "Has no keys and values but these.",
}
_HSTORE_TEXT = {
    "hasKey": "Has this key.",
}
_FULL_TEXT = {
    "matches": 'Matches this search, as people type it into a search box: `"exact words"`, `or`, `-without`.',
}
_SEARCH = {
    "matchesWith": "Matches this search in a configuration or syntax of its own.",
}
_LTREE = {
    "ancestorOf": "Is this path or above it.",
    "descendantOf": "Is this path or below it.",
    "matches": "Matches this pattern of labels (lquery): `a.*.b`.",
    "matchesText": "Has labels that match this search (ltxtquery): `a & b`.",
}
_NETWORK = {
    "contains": "Contains this network or address, or is the same.",
    "containsStrictly": "Contains this network or address, and more.",
    "containedBy": "Is contained in this network, or is the same.",
    "containedByStrictly": "Is contained in this network, which is larger.",
    "overlaps": "Contains this network or is contained in it.",
}
_STEMS = {
    "text": "String",
    "order": "TextForm",
    "equality": "EqualText",
    "identity": "Identity",
    "none": "Opaque",
    "fulltext": "FullText",
    "ltree": "Ltree",
    "inet": "Inet",
    "range": "Range",
    "json": "JSONText",
}

TEXT = Codec(GraphQLString, GraphQLString, "plain", "text", ("pg_catalog", "text"), "text")
JSONB = Codec(JSON, JSON, "plain", None, ("pg_catalog", "jsonb"), "json")

SEARCH_FIELDS = {
    "config": GraphQLInputField(
        GraphQLString, description="The text search configuration, `german`; else that of the column."
    ),
    "syntax": GraphQLInputField(SYNTAX, description="How the query is read; WEB where it is not given."),
}
_SEARCH_INPUT = GraphQLInputObjectType(
    "FullTextSearch",
    lambda: {"query": GraphQLInputField(GraphQLNonNull(GraphQLString), description="The search."), **SEARCH_FIELDS},
    description="A search in a text.",
)
_PATH_INPUT = GraphQLInputObjectType(
    "JSONPath",
    {
        "path": GraphQLInputField(GraphQLNonNull(GraphQLString), description="The SQL/JSON path, with `$name` in it."),
        "variables": GraphQLInputField(JSON, description="An object: the value of each variable by its name."),
    },
    description="An SQL/JSON path with variables.",
)

_HAVE_ORDER = frozenset({"order", "text", "ltree", "inet", "range"})


def stem(codec: Codec, base: str) -> str:
    """What the filter of a codec is called after: its type in the API, `base`; of texts, also their operators."""
    return _STEMS[codec.operators] if base == "String" else base


def comparable(codec: Codec) -> Codec:
    """The codec of a value as it is filtered: `json`, which Postgres cannot compare, as `jsonb`."""
    return JSONB if codec.operators == "plainjson" else codec


def bounds_of(codec: Codec) -> Codec | None:
    """The codec of the bounds of a range, and of a multirange's ranges."""
    return codec.element.element if codec.element and codec.output == "multirange" else codec.element


def operators(codec: Codec) -> dict[str, GraphQLInputField]:
    """The operators on values of this type; of an array, but for those that look at its elements."""
    kind, own = codec.operators, codec.input
    fields = {"isNull": GraphQLInputField(GraphQLBoolean, description="Null, where true; not null, where false.")}
    if kind == "none":
        return fields
    many: GraphQLInputType = GraphQLList(GraphQLNonNull(own))
    texts = GraphQLList(GraphQLNonNull(GraphQLString))

    def add(type_: GraphQLInputType, described: dict[str, str]) -> None:
        for name, description in described.items():
            fields[name] = GraphQLInputField(type_, description=description)

    if kind == "fulltext" and not codec.dimensions:
        add(GraphQLString, _FULL_TEXT)
        add(_SEARCH_INPUT, _SEARCH)
        return fields
    add(own, _EQUALITY)
    if codec.dimensions:
        add(own, _ARRAY)
        return fields
    add(many, _LISTS)
    if kind in _HAVE_ORDER and own is not GraphQLBoolean:
        add(own, _ORDER)
    match kind:
        case "text":
            add(GraphQLString, _TEXT)
        case "json":
            add(own, _JSON)
            add(GraphQLString, _JSON_TEXT)
            add(texts, _JSON_TEXTS)
            add(_PATH_INPUT, _JSON_PATH)
        case "hstore":
            add(own, _HSTORE)
            add(GraphQLString, _HSTORE_TEXT)
            add(texts, _JSON_TEXTS)
        case "range":
            add(own, _RANGE)
            if (bound := bounds_of(codec)) is not None:
                add(bound.input, {"containsValue": "Contains this value."})
        case "ltree":
            add(own, _LTREE)
        case "inet":
            add(own, _NETWORK)
    return fields
