"""Asks for values of types that a test does not spell out: what introspection tells is turned into documents."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.api import Api
from tests.types.values import Name

ROLE = "kinds_reader"
_TYPES = """{ __schema { types { name kind
  fields(includeDeprecated: true) { name type { ...T } args { name type { ...T } } } inputFields { name type { ...T } }
  enumValues { name } } } }
  fragment T on __Type { name kind ofType { name kind ofType { name kind ofType { name kind ofType { name kind
    ofType { name kind } } } } } }"""


def written(type_: dict[str, Any]) -> str:
    """A type as a document writes it: `[Int!]`."""
    inner = type_["ofType"]
    if type_["kind"] == "NON_NULL":
        return f"{written(inner)}!"
    return f"[{written(inner)}]" if type_["kind"] == "LIST" else str(type_["name"])


def named(type_: dict[str, Any]) -> str:
    """The name of the type within lists and non-nulls."""
    return named(type_["ofType"]) if type_.get("ofType") else str(type_["name"])


def literal(value: Any) -> str:
    """A value as a document writes it; a JSON object with keys that are no names can only be a variable."""
    match value:
        case Name():
            return str(value)
        case list():
            return f"[{', '.join(literal(item) for item in value)}]"
        case dict() if not all(key.isidentifier() for key in value):
            return "$value"
        case dict():
            return f"{{{', '.join(f'{key}: {literal(item)}' for key, item in value.items())}}}"
    return json.dumps(value)


@dataclass(frozen=True)
class Kinds:
    """A gateway, and its types by name."""

    api: Api
    types: dict[str, dict[str, Any]]

    def field(self, type_name: str, name: str) -> dict[str, Any]:
        """A field of an object or input object type."""
        type_ = self.types[type_name]
        fields: list[dict[str, Any]] = type_["fields"] or type_["inputFields"]
        return next(field for field in fields if field["name"] == name)

    def selection(self, type_: dict[str, Any]) -> str:
        """Every field of an object type, however deep; nothing of another."""
        of = self.types[named(type_)]
        if of["kind"] != "OBJECT":
            return ""
        fields = " ".join(f"{field['name']} {self.selection(field['type'])}" for field in of["fields"])
        return f"{{ {fields} }}"

    async def data(self, query: str, variables: dict[str, Any] | None = None) -> Any:
        return await self.api.data(query, variables, role=ROLE)


async def look(api: Api) -> Kinds:
    """What the gateway's introspection tells."""
    data = await api.data(_TYPES, role=ROLE)
    return Kinds(api, {type_["name"]: type_ for type_ in data["__schema"]["types"]})
