"""Valid operations with wild values, for any schema: every field, argument and input type, none of them known."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
)
from hypothesis import strategies as st

from tests.api import Reply

Draw = Callable[[st.SearchStrategy[Any]], Any]
_DEEPEST = 5
_TEXTS = [
    "",
    "a",
    "%",
    "\\",
    "((",
    "[z-a]",
    "'\"",
    "a & | b",
    "$.a ? (@ > 1)",
    "$",
    "{1,2}",
    "{",
    "(1,2)",
    "[1,5)",
    "empty",
    "é🚲",
    "x" * 300,
    "10.0.0.0/8",
    "NaN",
    "infinity",
    "-infinity",
    "2024-02-30",
    "2024-02-29",
    "0001-01-01 BC",
    "294277-01-01",
    "24:00:00",
    "P1Y2M3DT4H5M6.5S",
    "-00:00:01",
    "<a>",
    "WyIyNDljMWRlYyIsICIxIl0=",
    "Europe/Lisbon",
    "year",
    "a.b.c",
    "*.a{1,",
]
_NUMBERS = ["0", "1", "-1", "2", "3", "2147483647", "-2147483648"]
_BY_NAME: dict[str, list[str]] = {
    "Int": _NUMBERS,
    "Boolean": ["true", "false"],
    "Float": ["0", "-0.0", "0.1", "1e308", "-1e-320", "2147483648"],
    "BigInt": ['"9223372036854775807"', '"-9223372036854775808"', "0", '"7"'],
    "Decimal": ['"NaN"', '"-Infinity"', '"1e400"', '"1e-400"', "0.10", '"123456789012345678901234567890.5"', "7"],
    "UUID": ['"00000000-0000-0000-0000-000000000001"'],
    "Base64": ['""', '"AP8Q"'],
    "Datetime": ['"2024-01-01T00:00:00Z"', '"infinity"', '"294276-12-31T23:59:59.999999+00"', '"4714-01-01 BC"'],
    "LocalDatetime": ['"2024-01-01T00:00:00"', '"-infinity"', '"4713-01-01 00:00:00 BC"'],
    "Date": ['"2024-02-29"', '"5874897-12-31"', '"infinity"'],
    "Time": ['"00:00"', '"24:00:00"', '"12:00:00.123456+05:30"'],
    "Interval": ['"P1Y"', '"PT-1S"', '"178000000 years"', '"-178000000 years"'],
    "JSON": ["null", "{}", '{a: [1, {b: "x"}]}', '"text"', "1e500", "[1, 2.50, true]", '{a: "\\\\u0000"}'],
    "Hstore": ["{}", '{a: null, b: "c"}'],
    "Vector": ["[]", "[1, 2.5]", "[1, 2, 3]"],
    "GeoJSON": ['{type: "Point", coordinates: [1, 2]}', '{type: "Nothing"}'],
}
_CURSORS = ("after", "before")
_PAGES = {"first": ["0", "1", "3"], "last": ["0", "1", "3"], "offset": ["0", "1", "1", "2147483647"]}


_OF_THE_CALLER = {200, 400, 403, 404, 409}


def is_right(reply: Reply, query: str) -> None:
    """Raises AssertionError for an answer that is neither data nor an error of the caller's."""
    codes = [error["extensions"]["code"] for error in reply.body.get("errors", [])]
    assert codes or "data" in reply.body, query
    if "TIMEOUT" not in codes:
        assert reply.status in _OF_THE_CALLER, f"{query}\n{reply.text}"
    assert not {"INTERNAL", "UNAVAILABLE"} & set(codes), f"{query}\n{reply.text}"
    for error in reply.body.get("errors", []):
        assert isinstance(error["message"], str)


@st.composite
def operations(draw: Draw, schema: GraphQLSchema, kind: str) -> str:
    """A valid document: a `query` or a `mutation`. `first` and `last` are not both given, mostly."""
    root: Any = schema.query_type if kind == "query" else schema.mutation_type
    return f"{kind} {_Wild(schema, draw).selection(root, 0)}"


class _Wild:
    def __init__(self, schema: GraphQLSchema, draw: Draw) -> None:
        self.schema = schema
        self.draw = draw
        self.places = 0

    def _one(self, items: Any) -> Any:
        return self.draw(st.sampled_from(list(items)))

    def _chance(self, percent: int) -> bool:
        return bool(self.draw(st.integers(0, 99)) >= 100 - percent)

    def selection(self, type_: Any, depth: int) -> str:
        """Some fields of an object type; of an interface, those of one of its types."""
        if is_abstract_type(type_):
            inner = self._one(self.schema.get_possible_types(type_))
            return f"{{ __typename ... on {inner.name} {self.selection(inner, depth)} }}"
        fields = list(type_.fields.items())
        if depth >= _DEEPEST:
            fields = [(name, field) for name, field in fields if is_leaf_type(get_named_type(field.type))]
        count = self._one([1, 1, 2, 3]) if fields else 0
        chosen = [self._one(fields) for _ in range(count)]
        parts = [self._field(name, field, depth) for name, field in chosen]
        return "{ " + " ".join(parts or ["__typename"]) + " }"

    def _field(self, name: str, field: Any, depth: int) -> str:
        self.places += 1
        given: list[str] = []
        for argument, definition in field.args.items():
            if isinstance(definition.type, GraphQLNonNull) or self._chance(4 if argument in _CURSORS else 35):
                if argument == "last" and any(part.startswith("first:") for part in given) and self._chance(90):
                    continue
                given.append(f"{argument}: {self._argument(argument, definition.type)}")
        text = f"f{self.places}: {name}" + (f"({', '.join(given)})" if given else "")
        type_ = get_named_type(field.type)
        return text if is_leaf_type(type_) else f"{text} {self.selection(type_, depth + 1)}"

    def _argument(self, name: str, type_: Any) -> str:
        if name in _PAGES:
            return str(self._one(_PAGES[name]))
        return self.value(type_, 0)

    def value(self, type_: Any, depth: int) -> str:
        """A literal of an input type."""
        if isinstance(type_, GraphQLNonNull):
            return self._value(type_.of_type, depth)
        return "null" if self._chance(8) else self._value(type_, depth)

    def _value(self, type_: Any, depth: int) -> str:
        if isinstance(type_, GraphQLList):
            count = 1 if depth > _DEEPEST else self._one([0, 1, 1, 2])
            return "[" + ", ".join(self.value(type_.of_type, depth + 1) for _ in range(count)) + "]"
        if isinstance(type_, GraphQLEnumType):
            return str(self._one(type_.values))
        if isinstance(type_, GraphQLInputObjectType):
            return self._object(type_, depth)
        choices = _BY_NAME.get(type_.name, [])
        if type_.name in ("Int", "Float", "Boolean", "JSON", "Hstore", "Vector", "GeoJSON") or (
            choices and self._chance(95)
        ):
            return str(self._one(choices))
        text = self._one(_TEXTS) if self._chance(80) else self.draw(st.text(max_size=5))
        return json.dumps(text)

    def _object(self, type_: GraphQLInputObjectType, depth: int) -> str:
        names = list(type_.fields)
        if type_.is_one_of:
            chosen = [self._one(names)]
        else:
            chosen = [name for name in names if isinstance(type_.fields[name].type, GraphQLNonNull)]
            if depth <= _DEEPEST and names:
                chosen += [self._one(names) for _ in range(self._one([0, 1, 1, 2, 3]))]
        members = []
        for name in dict.fromkeys(chosen):
            inner = type_.fields[name].type
            value = self._value(inner, depth + 1) if type_.is_one_of else self.value(inner, depth + 1)
            members.append(f"{name}: {value}")
        return "{" + ", ".join(members) + "}"
