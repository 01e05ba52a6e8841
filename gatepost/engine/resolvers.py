"""Collects what `@Resolver` and `@TypeResolver` registered with Tartiflette, module by module, and shares it out.

Tartiflette files a decorated function once, when its module is imported, under one schema name. Gatepost builds an
engine more than once in a process (each reload is a new one beside the old), so the filings move here, and every
engine gets copies of those that belong to its package.
"""

from __future__ import annotations

import copy
import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tartiflette.schema.registry import SchemaRegistry

from gatepost.errors import SetUpError

Resolve = Callable[[Any, dict[str, Any], Any, Any], Awaitable[Any]]
"""A resolver as Tartiflette calls it: parent, arguments, context, info."""

_SHARED = "default"
"""The schema name that a decorator without one files under."""

_filed: dict[str, dict[str, dict[str, Any]]] = {}
"""Module → kind (resolvers, type_resolvers …) → name → the decorator's object."""


def register(package: str, schema_name: str, wrap: Callable[[Resolve], Resolve]) -> frozenset[str]:
    """Imports the modules of `package` and files copies of their resolvers, each through `wrap`, under `schema_name`.

    Returns the names ("Mutation.logIn") of the fields that have a resolver. Raises SetUpError when there is no such
    package, when two modules resolve one field, and for other decorators of Tartiflette's.
    """
    own = SchemaRegistry._schemas.setdefault(schema_name, {})
    for module in _modules(package):
        for kind, objects in _filed.get(module, {}).items():
            if kind not in ("resolvers", "type_resolvers"):
                raise SetUpError(f"{module} registers {kind}: only @Resolver and @TypeResolver have a meaning here")
            for name, filed in objects.items():
                if name in own.setdefault(kind, {}):
                    raise SetUpError(f"{module} resolves {name}, which another module resolves as well")
                own[kind][name] = _copy(filed, schema_name, wrap if kind == "resolvers" else None)
    return frozenset(own.get("resolvers", {}))


def forget(schema_name: str) -> None:
    """Drops all that Tartiflette keeps of one engine."""
    SchemaRegistry._schemas.pop(schema_name, None)


def _modules(package: str) -> list[str]:
    """The package and the modules in it, imported."""
    _file()
    try:
        root = importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name is not None and (package == error.name or package.startswith(error.name + ".")):
            raise SetUpError(f"resolvers: there is no Python package {package}") from None
        raise
    names = [package]
    for found in sorted(pkgutil.iter_modules(getattr(root, "__path__", ())), key=lambda found: found.name):
        names.append(f"{package}.{found.name}")
        importlib.import_module(names[-1])
    _file()
    return names


def _file() -> None:
    """Moves what is filed under the shared name to the modules that it came from."""
    shared: Mapping[str, Any] = SchemaRegistry._schemas.pop(_SHARED, {})
    for kind, objects in shared.items():
        if isinstance(objects, dict):
            for name, filed in objects.items():
                module = filed._implementation.__module__
                _filed.setdefault(module, {}).setdefault(kind, {})[name] = filed


def _copy(filed: Any, schema_name: str, wrap: Callable[[Resolve], Resolve] | None) -> Any:
    copied = copy.copy(filed)
    copied._schema_name = schema_name
    if wrap is not None:
        copied._implementation = wrap(filed._implementation)
    return copied
