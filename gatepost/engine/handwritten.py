"""Runs hand-written fields with Tartiflette: a validated operation in, their part of the response out."""

from __future__ import annotations

import itertools
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLEnumType,
    GraphQLScalarType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableValues,
)
from tartiflette import Engine, Scalar, TartifletteError

from gatepost.auth.caller import Caller, Visit
from gatepost.auth.passwords import Passwords
from gatepost.auth.tokens import Signer
from gatepost.engine import resolvers, sdl
from gatepost.engine.document import Document, translate
from gatepost.errors import BadInput, GatepostError, Masked, SetUpError
from gatepost.outline import trace
from gatepost.settings import Settings
from gatepost.transaction import Database

logger = logging.getLogger("gatepost.handwritten")

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Row:
    """What a resolver returns where the schema says a generated type: which row, and as whom to read it.

    `key` maps the columns of a unique key, by their names in the database, to values. Without `caller` the row is read
    as the one who sent the operation; log-in sets it to the one who has just proved who they are.
    """

    type_name: str
    key: Mapping[str, object]
    caller: Caller | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What a resolver gets as its third argument: who asks, and what it may use."""

    caller: Caller
    database: Database
    settings: Settings
    signer: Signer
    passwords: Passwords
    visit: Visit | None = None

    @property
    def address(self) -> str | None:
        """The network address of the caller, where it is known."""
        return None if self.visit is None else self.visit.address

    def header(self, name: str) -> str | None:
        """The value of a header of the request."""
        return None if self.visit is None else self.visit.header(name)

    def cookie(self, name: str) -> str | None:
        """The value of a cookie of the request."""
        return None if self.visit is None else self.visit.cookie(name)

    def set_cookie(self, name: str, value: str, lifetime: int) -> None:
        """Has the browser keep a cookie for so many seconds, hidden from scripts and from other sites; 0 deletes it."""
        if self.visit is not None:
            self.visit.set_cookie(name, value, lifetime)


Rows = Callable[[str, Mapping[str, object], Caller, Sequence[FieldNode]], Awaitable[object]]
"""Reads one row: type name, key, as whom, and the fields whose selection sets say what of it. None: no such row."""


@dataclass(slots=True)
class _Run:
    """One execution, which reaches the wrapped resolvers as Tartiflette's root value."""

    caller: Caller
    document: Document
    rows: Rows


@dataclass(slots=True)
class Handwritten:
    """The hand-written fields of one engine; `open` builds it, `close` lets go of what it holds."""

    schema: GraphQLSchema
    """The whole schema, generated and hand-written, by which to judge operations."""
    generated: GraphQLSchema
    """Its generated part."""
    document: DocumentNode
    parts: sdl.Parts
    name: str
    _executor: Any
    _settings: Settings
    _database: Database
    _signer: Signer
    passwords: Passwords

    @classmethod
    async def open(
        cls, generated: GraphQLSchema, settings: Settings, database: Database, passwords: Passwords | None = None
    ) -> Handwritten:
        """Joins the SDL of `settings.sdl` to the generated schema and cooks its fields with `settings.resolvers`.

        `passwords` are shared with one that was opened before. Raises SetUpError, whose message names file and line or
        the field, when they do not fit each other.
        """
        if settings.sdl is None:
            raise SetUpError("sdl is not set")
        document = sdl.load(settings.sdl)
        schema = sdl.merge(generated, document)
        parts = sdl.parts(generated, schema)
        name = f"gatepost-{next(_numbers)}"
        try:
            executor = await _cook(parts, name, settings.resolvers)
        except BaseException:
            resolvers.forget(name)
            raise
        signer = Signer(settings)
        passwords = passwords or Passwords()
        return cls(schema, generated, document, parts, name, executor, settings, database, signer, passwords)

    def join(self, generated: GraphQLSchema) -> GraphQLSchema:
        """The schema of one role with the hand-written fields that do without what this role may not see."""
        return sdl.merge(
            generated, sdl.without(self.document, self.generated.type_map.keys() - generated.type_map.keys())
        )

    async def execute(
        self,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: VariableValues,
        caller: Caller,
        rows: Rows,
        visit: Visit | None = None,
    ) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
        """The `data` and `errors` of the hand-written root fields of a validated operation, by response key.

        Other root fields, `__typename` among them, are passed over. Mutations run in order. Where a resolver returned a
        Row, `rows` is asked for what was selected of it, before the next mutation begins. `data` is None when an error
        propagated to the root. Raises BadRequest (TOO_COMPLEX) when the fragments unfold to too many fields.
        """
        fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        translated = translate(self.schema, self.parts, fragments, operation, variables)
        context = Context(caller, self._database, self._settings, self._signer, self.passwords, visit)
        run = _Run(caller, translated, rows)
        response = await self._executor.execute(
            translated, context=context, variables=translated.variables, initial_value=run
        )
        return response["data"], response.get("errors", [])

    def close(self) -> None:
        """Ends the password threads and drops what Tartiflette keeps; safe to call twice."""
        self.forget()
        self.passwords.close()

    def forget(self) -> None:
        """Drops what Tartiflette keeps by name, which an execution does not need; another goes on with the rest."""
        resolvers.forget(self.name)


class _Leaf:
    """A scalar for Tartiflette that serializes as graphql-core's type does, and takes values that are coerced."""

    def __init__(self, type_: GraphQLScalarType | GraphQLEnumType | None = None) -> None:
        self._type = type_

    def coerce_output(self, value: Any) -> Any:
        return value if self._type is None else self._type.coerce_output_value(value)

    def coerce_input(self, value: Any) -> Any:
        return value

    def parse_literal(self, ast: Any) -> Any:
        raise TypeError(f"{ast} should have become a variable")


async def _cook(parts: sdl.Parts, name: str, package: str | None) -> Any:
    for leaf_name in (sdl.ARGUMENT, *parts.rows):
        Scalar(leaf_name, schema_name=name)(_Leaf())
    for leaf_name, type_ in parts.leaves.items():
        Scalar(leaf_name, schema_name=name)(_Leaf(type_))
    resolved = resolvers.register(package, name, _filling) if package else frozenset()
    for root, fields in parts.roots.items():
        for field_name in fields:
            if f"{root}.{field_name}" not in resolved:
                raise SetUpError(f"{root}.{field_name} is hand-written and has no resolver")
    executor = Engine()
    error_coercer: Any = _error  # Tartiflette asks for a coroutine function and says otherwise in its types
    try:
        await executor.cook(
            parts.sdl(),
            schema_name=name,
            error_coercer=error_coercer,
            custom_default_resolver=_filling(_default),
            # What comes in is a translated document, never a text: there is nothing to parse, and nothing to keep.
            query_cache_decorator=lambda parse: lambda document, schema: (document.tartiflette, None),
            coerce_list_concurrently=False,
            coerce_parent_concurrently=False,
        )
    except TartifletteError as error:
        raise SetUpError(f"resolvers: {' '.join(str(error).split())}") from None
    return executor


def _filling(resolve: resolvers.Resolve) -> resolvers.Resolve:
    """The resolver with every Row that it returns read."""

    async def resolve_and_fill(parent: Any, arguments: dict[str, Any], context: Any, info: Any) -> Any:
        run: _Run = info.root_value
        node = id(info.field_nodes[0])
        problem = run.document.problems.get(node)
        if problem is not None:
            raise BadInput(problem.message)
        value = await resolve(None if parent is run else parent, arguments, context, info)
        nodes = run.document.row_nodes.get(node)
        return value if nodes is None else await _fill(run, value, nodes)

    return resolve_and_fill


async def _fill(run: _Run, value: Any, nodes: Sequence[FieldNode]) -> Any:
    if value is None:
        return None
    if isinstance(value, list):
        return [await _fill_item(run, item, nodes) for item in value]
    if not isinstance(value, Row):
        raise TypeError(f"a resolver of a generated type must return Row, not {type(value).__name__}")
    return await run.rows(value.type_name, value.key, value.caller or run.caller, nodes)


async def _fill_item(run: _Run, item: Any, nodes: Sequence[FieldNode]) -> Any:
    try:
        return await _fill(run, item, nodes)
    except Exception as error:
        # As an item, so that Tartiflette adds its index to the error's path.
        return error


async def _default(parent: Any, arguments: dict[str, Any], context: Any, info: Any) -> Any:
    """A field without a resolver is the parent's key or attribute of its name."""
    if isinstance(parent, Mapping):
        return parent.get(info.field_name)
    return getattr(parent, info.field_name, None)


async def _error(exception: Any, error: dict[str, Any]) -> dict[str, Any]:
    """The GraphQL error of what a resolver raised: a GatepostError as its author wrote it, all else masked."""
    original = getattr(exception, "original_error", None) or exception
    if isinstance(original, GatepostError) and not isinstance(original, SetUpError):
        shown = original
    else:
        error_id = uuid.uuid4().hex
        logger.error("a hand-written field failed: error %s\n%s", error_id, trace(original))
        shown = Masked(error_id)
    answer: dict[str, Any] = {"message": shown.message}
    if error.get("locations"):
        answer["locations"] = error["locations"]
    if error.get("path"):
        answer["path"] = error["path"]
    return {**answer, "extensions": shown.extensions}
