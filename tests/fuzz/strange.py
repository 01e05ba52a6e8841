"""Operations that a schema's introspection result suggests, one for each thing in it, with values that were seen."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)

_PLAUSIBLE: dict[str, list[Any]] = {
    "Int": [1, 2, 3, 0, -1, 7, 42],
    "BigInt": ["1", "2", "3", "12345678901", "0"],
    "Decimal": ["1", "1.5", "-2.25", "0"],
    "Float": [1, 0.5, -2.25],
    "Boolean": [True, False],
    "String": ["a", "1", "ab", "x y", "10.0.0.1", "(1,2)", "2020-01-01", "08:00:2b:01:02:03", "{1}", "1.2.3", "0"],
    "UUID": ["00000000-0000-0000-0000-000000000001", "6b1f0f6e-8a4f-4a0e-9a3a-3f6f2c1d0e5b"],
    "Base64": ["AAEC", "", "aGVsbG8="],
    "JSON": [{"a": 1}, [1, "b"], {}, "text", 7],
    "Date": ["2020-01-01", "1999-12-31"],
    "Time": ["12:00:00", "23:59:59.5"],
    "Datetime": ["2020-01-01T00:00:00Z", "2026-02-03T04:05:06Z"],
    "LocalDatetime": ["2020-01-01T00:00:00", "2026-02-03T04:05:06"],
    "Interval": ["P1D", "PT1H"],
    "Hstore": [{"a": "b", "c": None}],
    "Vector": [[1, 2, 3]],
    "GeoJSON": [{"type": "Point", "coordinates": [1, 2]}],
    "ID": ["WyJBIiwgIjEiXQ=="],
}
_SIZES = {"first": 2, "offset": 1}
_CURSORS = ("after", "before", "last")
_PLACES = ("nodes", "edges", "node", "pageInfo", "totalCount")
_WIDEST = 120
"""Fields of one type that one operation asks for."""


@dataclass(frozen=True)
class Operation:
    """A root field with its arguments, by their types, and what is selected of it."""

    kind: str
    name: str
    field: GraphQLField
    arguments: Mapping[str, Any]
    selection: str
    about: str

    def page(self, arguments: Mapping[str, object]) -> Operation:
        """The cursors of a page of it."""
        return replace(self, arguments={**self.arguments, **arguments}, selection="{ edges { cursor } }")

    @staticmethod
    def document(operations: Sequence[Operation]) -> tuple[str, dict[str, Any]]:
        """One operation of all of these as f0, f1, …, and its variables."""
        declared, fields, variables = [], [], {}
        for number, each in enumerate(operations):
            given = []
            for name, value in each.arguments.items():
                variable = f"{name}{number}"
                declared.append(f"${variable}: {each.field.args[name].type}")
                given.append(f"{name}: ${variable}")
                variables[variable] = value
            fields.append(f"f{number}: {each.name}" + (f"({', '.join(given)})" if given else "") + each.selection)
        head = f"({', '.join(declared)})" if declared else ""
        return f"{operations[0].kind} {head} {{ {' '.join(fields)} }}", variables


def _needed(thing: Any) -> bool:
    return isinstance(thing.type, GraphQLNonNull)


@dataclass
class Strange:
    """What there is to ask, and the values that answers had: by scalar, and by scalar and field."""

    schema: GraphQLSchema
    seed: int = 0
    seen: dict[tuple[str, str], list[Any]] = field(default_factory=lambda: defaultdict(list))
    nodes_seen: dict[str, str] = field(default_factory=dict)
    """By type an id."""

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 (a seed, so that a finding comes back)
        assert self.schema.query_type is not None
        self._query = self.schema.query_type
        self._mutation = self.schema.mutation_type

    # What was answered

    def learn(self, operation: Operation, data: Any) -> None:
        """Remembers the values of an answer."""
        self._learn(get_named_type(operation.field.type), "", data)

    def _learn(self, type_: Any, name: str, data: Any) -> None:
        if data is None:
            return
        if isinstance(data, list) and not (is_leaf_type(type_) and type_.name in ("JSON", "Vector")):
            for item in data[:10]:
                self._learn(type_, name, item)
        elif is_leaf_type(type_):
            for place in ((type_.name, name), (type_.name, "")):
                values = self.seen[place]
                if len(values) < 60 and data not in values:
                    values.append(data)
        elif isinstance(data, dict):
            if isinstance(data.get("nodeId"), str) and isinstance(type_, GraphQLObjectType):
                self.nodes_seen.setdefault(type_.name, data["nodeId"])
            for member, value in data.items():
                if member in type_.fields:
                    self._learn(get_named_type(type_.fields[member].type), member, value)

    # Values

    def value(self, type_: Any, name: str = "", depth: int = 0) -> Any:
        """A plausible value of an input type, for a field or argument of this name."""
        if isinstance(type_, GraphQLNonNull):
            return self.value(type_.of_type, name, depth)
        if isinstance(type_, GraphQLList):
            return [self.value(type_.of_type, name, depth) for _ in range(self._random.choice((1, 1, 2)))]
        if isinstance(type_, GraphQLInputObjectType):
            return self._object(type_, depth)
        if isinstance(type_, GraphQLEnumType):
            return self._random.choice(list(type_.values))
        for place, chance in (((type_.name, name), 0.6), ((type_.name, ""), 0.3)):
            if self.seen.get(place) and self._random.random() < chance:
                return self._random.choice(self.seen[place])
        return self._random.choice(_PLAUSIBLE.get(type_.name, ["1"]))

    def _object(self, type_: GraphQLInputObjectType, depth: int, share: float | None = None) -> dict[str, Any]:
        """One that has what it needs, and some of what it may have."""
        needed = {name: given for name, given in type_.fields.items() if _needed(given)}
        others = [name for name in type_.fields if name not in needed]
        if type_.is_one_of or share is None:
            chosen = [self._random.choice(others)] if others and not (needed and depth > 2) else []
        else:
            chosen = [name for name in others if self._random.random() < share]
        if depth > 4:
            leaves = [name for name in others if is_leaf_type(get_named_type(type_.fields[name].type))]
            chosen = leaves[:1] if leaves or not type_.is_one_of else chosen
        if type_.is_one_of and depth > 9:
            chosen = others[:1]
        return {
            name: self.value(given.type, name, depth + 1)
            for name, given in type_.fields.items()
            if name in needed or name in chosen
        }

    def _row(self, type_: GraphQLInputObjectType, share: float) -> dict[str, Any]:
        """The input of a mutation: of the rows within it, what they need and a share of the rest."""
        values: dict[str, Any] = {}
        for name, given in type_.fields.items():
            inner = get_named_type(given.type)
            if not _needed(given) and self._random.random() > share:
                continue
            if isinstance(inner, GraphQLInputObjectType):
                columns = self._object(inner, 3 if self._random.random() < 0.8 else 1, share)
                listed = isinstance(given.type.of_type if _needed(given) else given.type, GraphQLList)
                values[name] = [columns, self._object(inner, 3, share)] if listed else columns
            else:
                values[name] = self.value(given.type, name)
        return values

    def _arguments(self, field_: GraphQLField) -> dict[str, Any]:
        """Values for what a field needs."""
        return {name: self.value(given.type, name) for name, given in field_.args.items() if _needed(given)}

    # Selections

    def _literal(self, type_: Any, value: Any) -> str:
        if isinstance(type_, GraphQLNonNull):
            return self._literal(type_.of_type, value)
        if isinstance(type_, GraphQLEnumType):
            return str(value)
        if isinstance(type_, GraphQLList):
            return f"[{', '.join(self._literal(type_.of_type, item) for item in value)}]"
        if isinstance(type_, GraphQLInputObjectType):
            members = (f"{name}: {self._literal(type_.fields[name].type, item)}" for name, item in value.items())
            return f"{{{', '.join(members)}}}"
        if isinstance(value, dict):
            return f"{{{', '.join(f'{name}: {self._literal(type_, item)}' for name, item in value.items())}}}"
        if isinstance(value, list):
            return f"[{', '.join(self._literal(type_, item) for item in value)}]"
        return json.dumps(value)

    def _given(self, field_: GraphQLField) -> str:
        values = self._arguments(field_)
        given = [f"{name}: {self._literal(field_.args[name].type, value)}" for name, value in values.items()]
        given += [f"{name}: {size}" for name, size in _SIZES.items() if name == "first" and name in field_.args]
        return f"({', '.join(given)})" if given else ""

    def selection(self, type_: Any, depth: int, only: Sequence[str] = ()) -> str:
        """All leaves of a type; those of its objects too, so many levels deep; of `only` these objects, if given."""
        type_ = get_named_type(type_)
        if is_leaf_type(type_):
            return ""
        if isinstance(type_, GraphQLInterfaceType) or not hasattr(type_, "fields"):
            return " { __typename }"
        parts = []
        for name, inner in list(type_.fields.items())[:_WIDEST]:
            if is_leaf_type(get_named_type(inner.type)):
                if not any(map(_needed, inner.args.values())):
                    parts.append(name)
            elif name in only or (not only and (depth > 0 or name in _PLACES) and name != "query"):
                deeper = depth if name in _PLACES else depth - 1
                if deeper >= -1 or name in only:
                    parts.append(name + self._given(inner) + self.selection(inner.type, deeper))
        return f" {{ {' '.join(parts or ['__typename'])} }}"

    def _rows_selection(self, field_: GraphQLField, inner: str) -> str:
        """Of a list or connection its nodes, each with the fields `inner`; of an object these."""
        type_ = get_named_type(field_.type)
        assert isinstance(type_, GraphQLObjectType)
        return f" {{ nodes{inner} }}" if "nodes" in type_.fields else inner

    # Operations

    def _operation(self, name: str, about: str, depth: int = 0, **given: Any) -> Operation:
        field_ = self._query.fields[name]
        arguments = {**self._arguments(field_), **given}
        if "first" in field_.args and not {"last", "first"} & set(given):
            arguments["first"] = 2
        selection = self.selection(field_.type, depth)
        return Operation("query", name, field_, arguments, selection, f"{about} of {name}")

    def _roots(self) -> Iterator[tuple[str, GraphQLField]]:
        for name, field_ in self._query.fields.items():
            if not any(map(_needed, field_.args.values())):
                yield name, field_

    def lists(self) -> list[Operation]:
        """What needs no arguments."""
        return [self._operation(name, "rows") for name, _ in self._roots()]

    def with_arguments(self) -> list[Operation]:
        """What does: rows by keys, and functions."""
        without = {name for name, _ in self._roots()}
        names = [name for name in self._query.fields if name not in without and name != "node"]
        return [self._operation(name, "call", 1) for name in names for _ in range(2)]

    def nodes(self) -> list[Operation]:
        """Each type's row by its id."""
        found = []
        for type_name, node_id in self.nodes_seen.items():
            field_ = self._query.fields["node"]
            type_ = self.schema.type_map[type_name]
            selection = f" {{ __typename nodeId ... on {type_name}{self.selection(type_, 0)} }}"
            found.append(Operation("query", "node", field_, {"nodeId": node_id}, selection, f"node of {type_name}"))
        return found

    def _row_type(self, field_: GraphQLField) -> GraphQLObjectType | None:
        type_ = get_named_type(field_.type)
        if isinstance(type_, GraphQLObjectType) and "nodes" in type_.fields:
            type_ = get_named_type(type_.fields["nodes"].type)
        return type_ if isinstance(type_, GraphQLObjectType) else None

    def relations(self) -> list[Operation]:
        """Each field of each type that leads to other objects, and from there on once more."""
        found, done = [], set()
        for name, field_ in self._roots():
            type_ = self._row_type(field_)
            if type_ is None or type_.name in done:
                continue
            done.add(type_.name)
            for member, inner in type_.fields.items():
                target = self._row_type(inner)
                if target is None and not any(map(_needed, inner.args.values())):
                    continue
                below = self._below(target) if target is not None else ""
                selection = self._rows_selection(inner, below) if target is not None else ""
                selection = self._rows_selection(field_, f" {{ {member}{self._given(inner)}{selection} }}")
                arguments = {**self._arguments(field_), **({"first": 2} if "first" in field_.args else {})}
                found.append(Operation("query", name, field_, arguments, selection, f"{type_.name}.{member}"))
        return found

    def _below(self, type_: GraphQLObjectType) -> str:
        """All leaves of a type, and four of its objects with all theirs."""
        objects = [name for name, inner in type_.fields.items() if not is_leaf_type(get_named_type(inner.type))]
        return self.selection(type_, 0, self._random.sample(objects, min(4, len(objects))) or ["-"])

    def _arguments_of(self, argument: str) -> Iterator[tuple[str, GraphQLField, GraphQLInputObjectType]]:
        """The lists with such an argument, each type of it once."""
        done = set()
        for name, field_ in self._query.fields.items():
            if argument in field_.args:
                type_ = get_named_type(field_.args[argument].type)
                if isinstance(type_, GraphQLInputObjectType) and type_.name not in done:
                    done.add(type_.name)
                    yield name, field_, type_

    def _members(self, given: GraphQLInputField, name: str) -> Iterator[Any]:
        """Values of a field of an input object: one for each of its members, or each label of an enum."""
        inner = get_named_type(given.type)
        if isinstance(inner, GraphQLInputObjectType):
            for member, below in inner.fields.items():
                needed = {key: self.value(e.type, key, 3) for key, e in inner.fields.items() if _needed(e)}
                value = {**needed, member: self.value(below.type, name if is_leaf_type(below.type) else member, 2)}
                if not is_leaf_type(get_named_type(below.type)):
                    value[member] = self.value(below.type, member, 2)
                elif not isinstance(below.type, GraphQLList):
                    value[member] = self.value(below.type, name, 2)
                yield [value] if _is_list(given.type) else value
        elif isinstance(inner, GraphQLEnumType):
            for label in inner.values:
                yield [label] if _is_list(given.type) else label
        else:
            yield self.value(given.type, name, 2)

    def orders(self) -> list[Operation]:
        """Each order, in each direction."""
        return [
            self._operation(name, f"order by {member}", orderBy=[{member: value}])
            for name, _, type_ in self._arguments_of("orderBy")
            for member, given in type_.fields.items()
            for value in self._members(given, member)
        ]

    def paged(self) -> list[Operation]:
        """Each order once, and none, of lists that have pages both ways."""
        found = []
        for name, field_, type_ in self._arguments_of("orderBy"):
            if {"first", "last", "after", "before"} <= set(field_.args) and not any(map(_needed, field_.args.values())):
                given: list[dict[str, Any]] = [{}]
                given += [
                    {"orderBy": [{member: self._random.choice(list(self._members(inner, member)))}]}
                    for member, inner in type_.fields.items()
                ]
                for order in given:
                    made = self._operation(name, f"order {order}", **order)
                    found.append(replace(made, arguments={k: v for k, v in made.arguments.items() if k != "first"}))
        return found

    def filters(self) -> list[Operation]:
        """Each operator of each field of each filter."""
        return [
            self._operation(name, f"filter {member}", filter={member: value})
            for name, _, type_ in self._arguments_of("filter")
            for member, given in type_.fields.items()
            for value in self._members(given, member)
        ]

    def aggregates(self) -> list[Operation]:
        """All aggregates of each list, and each group."""
        found = []
        for name, field_ in self._query.fields.items():
            type_ = get_named_type(field_.type)
            if not isinstance(type_, GraphQLObjectType):
                continue
            for member, inner in type_.fields.items():
                if "ggregates" not in member:
                    continue
                below = self.selection(inner.type, 2)
                for given in self._groups(inner):
                    arguments = {key: value for key, value in given.items() if key in inner.args}
                    text = ", ".join(f"{k}: {self._literal(inner.args[k].type, v)}" for k, v in arguments.items())
                    selection = f" {{ {member}{f'({text})' if text else ''}{below} }}"
                    about = f"{member}({text}) of {name}"
                    found.append(Operation("query", name, field_, self._arguments(field_), selection, about))
        return found

    def _groups(self, field_: GraphQLField) -> Iterator[dict[str, Any]]:
        if "groupBy" not in field_.args:
            yield {}
            return
        type_ = get_named_type(field_.args["groupBy"].type)
        given: Iterable[Any]
        if isinstance(type_, GraphQLInputObjectType):
            given = (
                {member: value} for member, inner in type_.fields.items() for value in self._members(inner, member)
            )
        else:
            given = list(type_.values) if isinstance(type_, GraphQLEnumType) else []
        others = [name for name in field_.args if name != "groupBy" and name not in _CURSORS]
        for number, value in enumerate(given):
            more = others[number % len(others)] if others else None
            yield {"groupBy": [value], **({more: self.value(field_.args[more].type, more, 1)} if more else {})}

    def each_argument(self) -> list[Operation]:
        """Each argument that is not needed, by itself."""
        return [
            self._operation(name, f"argument {argument}", 1, **{argument: self.value(given.type, argument, 1)})
            for name, field_ in self._query.fields.items()
            for argument, given in field_.args.items()
            if not _needed(given) and argument not in (*_CURSORS, "first")
        ]

    def mutations(self) -> list[Operation]:
        """Each mutation, new rows first: once with what it needs, and once with more."""
        if self._mutation is None:
            return []
        names = sorted(
            self._mutation.fields, key=lambda name: (not name.startswith("create"), name.startswith("delete"))
        )
        found = []
        for name in names:
            field_ = self._mutation.fields[name]
            for share in (0.0, self._random.choice((0.3, 0.7, 1.0))):
                arguments = {}
                for argument, given in field_.args.items():
                    type_ = get_named_type(given.type)
                    row = isinstance(type_, GraphQLInputObjectType)
                    if _needed(given) or self._random.random() < share:
                        arguments[argument] = self._row(type_, share) if row else self.value(given.type, argument)
                selection = self.selection(field_.type, 1)
                found.append(Operation("mutation", name, field_, arguments, selection, f"mutation {name}"))
        return found


def _is_list(type_: Any) -> bool:
    return isinstance(type_.of_type if isinstance(type_, GraphQLNonNull) else type_, GraphQLList)
