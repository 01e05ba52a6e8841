"""An operation's tree as a document and variables; with a style, some of it as variables and fragments."""

from __future__ import annotations

import json
import re
from random import Random
from typing import Any

from graphql import GraphQLNonNull

from gatepost.schema.meaning import NodeField
from tests.differential.naive import Asked, CursorAt, NodeId
from tests.differential.values import Label, Operand


class Document:
    """Writes one operation: plain, or with what `random` makes a variable or a fragment."""

    def __init__(self, asked: list[Asked], random: Random | None = None) -> None:
        self._random = random
        self._declared: list[str] = []
        self._fragments: list[str] = []
        self.variables: dict[str, Any] = {}
        selection = self._selection(asked, "Query")
        head = f"query Q({', '.join(self._declared)}) " if self._declared else ""
        self.text = "\n".join([f"{head}{selection}", *self._fragments])

    def _chance(self, percent: int) -> bool:
        return self._random is not None and self._random.randrange(100) >= 100 - percent

    def _selection(self, asked: list[Asked], type_name: str) -> str:
        parts = [self._field(item) for item in asked]
        if self._chance(5):
            parts.append(f"left: __typename @skip(if: {self._variable(True, 'Boolean!')})")
        elif self._chance(5):
            parts.insert(0, "left: __typename @include(if: false)")
        if self._random is not None and self._chance(15):
            cut = self._random.randrange(len(parts))
            inside = " ".join(parts[cut:])
            if self._chance(50):
                parts[cut:] = [f"... on {type_name} {{ {inside} }}"]
            else:
                name = f"F{len(self._fragments)}"
                self._fragments.append(f"fragment {name} on {type_name} {{ {inside} }}")
                parts[cut:] = [f"...{name}"]
        return "{ " + " ".join(parts) + " }"

    def _field(self, asked: Asked) -> str:
        text = asked.name if asked.key == asked.name else f"{asked.key}: {asked.name}"
        if asked.arguments:
            given = (
                f"{name}: {self._value(value, asked.definition.args[name].type)}"
                for name, value in asked.arguments.items()
            )
            text += f"({', '.join(given)})"
        if self._chance(5):
            text += f" @include(if: {self._variable(True, 'Boolean!')})"
        elif self._chance(5):
            text += f" @skip(if: {self._variable(False, 'Boolean!')})"
        if not asked.selection:
            return text
        type_name = asked.selection[0].type_name
        selection = self._selection(asked.selection, type_name)
        return (
            f"{text} {{ ... on {type_name} {selection} }}"
            if isinstance(asked.meaning, NodeField)
            else f"{text} {selection}"
        )

    def _value(self, value: Any, type_: Any) -> str:
        if self._chance(25):
            return self._variable(plain(value), str(type_))
        inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if isinstance(value, Operand | CursorAt | NodeId):
            return self._value(value.given, type_)
        if isinstance(value, Label):
            return value.name
        if isinstance(value, dict) and hasattr(inner, "fields"):
            members = (f"{name}: {self._value(item, _position(inner, name))}" for name, item in value.items())
            return "{" + ", ".join(members) + "}"
        if isinstance(value, list):
            of = inner.of_type if hasattr(inner, "of_type") else inner
            return "[" + ", ".join(self._value(item, of) for item in value) + "]"
        if isinstance(value, dict):  # of JSON: a key that is no name can only be in a variable
            if not all(re.fullmatch("[_A-Za-z][_0-9A-Za-z]*", name) for name in value):
                return self._variable(plain(value), str(type_))
            return "{" + ", ".join(f"{name}: {self._value(item, inner)}" for name, item in value.items()) + "}"
        return json.dumps(value)

    def _variable(self, value: Any, type_: str) -> str:
        name = f"v{len(self.variables)}"
        self.variables[name] = value
        self._declared.append(f"${name}: {type_}")
        return f"${name}"


def _position(type_: Any, name: str) -> Any:
    """The type that a variable of an input object's field needs: a OneOf field takes no null (section 5.8.5)."""
    found = type_.fields[name].type
    return GraphQLNonNull(found) if type_.is_one_of and not isinstance(found, GraphQLNonNull) else found


def plain(value: Any) -> Any:
    """A value of an argument as JSON."""
    if isinstance(value, Operand | CursorAt | NodeId):
        return plain(value.given)
    if isinstance(value, Label):
        return value.name
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value
