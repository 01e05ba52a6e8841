"""Hand-written SDL: reads the *.graphql files, joins them to the generated schema, prints what Tartiflette cooks."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from graphql import (
    DefinitionNode,
    DocumentNode,
    FieldDefinitionNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    InputObjectTypeDefinitionNode,
    InputObjectTypeExtensionNode,
    InterfaceTypeDefinitionNode,
    ListTypeNode,
    NamedTypeNode,
    NameNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    OperationType,
    OperationTypeDefinitionNode,
    SchemaExtensionNode,
    Source,
    TypeExtensionNode,
    TypeNode,
    TypeSystemDefinitionNode,
    TypeSystemExtensionNode,
    UnionTypeDefinitionNode,
    UnionTypeExtensionNode,
    extend_schema,
    get_location,
    get_named_type,
    parse,
    validate_schema,
)

from gatepost.errors import SetUpError

GENERATED_FILE = "schema.graphql"
"""The checked-in copy of the generated schema lives beside the hand-written files and is not one of them."""

ARGUMENT = "_Argument"
"""The one input type that Tartiflette knows: a value that graphql-core has coerced already."""


def load(folder: Path) -> DocumentNode:
    """All *.graphql files of a folder as one document, in the order of their names.

    Raises SetUpError with file and line where one is not SDL.
    """
    definitions: list[DefinitionNode] = []
    for path in sorted(folder.glob("*.graphql")):
        if path.name == GENERATED_FILE:
            continue
        try:
            document = parse(Source(path.read_text(encoding="utf-8"), path.name))
        except GraphQLError as error:
            raise _located(error) from None
        for definition in document.definitions:
            if not isinstance(definition, TypeSystemDefinitionNode | TypeSystemExtensionNode):
                raise _located(GraphQLError("Only type definitions belong here, no operations.", definition))
            definitions.append(definition)
    return DocumentNode(definitions=tuple(definitions))


def merge(generated: GraphQLSchema, document: DocumentNode) -> GraphQLSchema:
    """The generated schema with the hand-written types and root fields joined to it.

    Generated fields keep their `extensions`; a hand-written field has none, which is how to tell them apart. `Mutation`
    may be extended also where the database has none. Raises SetUpError with file and line where a name is taken, a type
    is unknown, or a generated type other than `Query` and `Mutation` is extended: its rows come from SQL, and a field
    beside them would have to be resolved row by row.
    """
    roots = {"Query", "Mutation"}
    for definition in document.definitions:
        if isinstance(definition, SchemaExtensionNode):
            raise _located(GraphQLError("The schema's root types are Query and Mutation.", definition))
        if isinstance(definition, TypeExtensionNode):
            name = definition.name.value
            if name in generated.type_map and name not in roots:
                problem = f'"{name}" is generated: only Query and Mutation can be extended by hand.'
                raise _located(GraphQLError(problem, definition))
        if isinstance(definition, TypeSystemDefinitionNode | TypeExtensionNode) and _name(definition) == "Subscription":
            raise _located(GraphQLError("Subscriptions cannot be written by hand.", definition))
    try:
        merged = extend_schema(generated, _with_mutation(generated, document))
    except GraphQLError as error:
        raise _located(error) from None
    except TypeError as error:
        # extend_schema puts all its findings into the one text of a TypeError.
        raise SetUpError(f"hand-written SDL: {_one_line(str(error))}") from None
    for problems in validate_schema(merged):
        raise _located(problems)
    return merged


def without(document: DocumentNode, missing: Set[str]) -> DocumentNode:
    """The document without the fields and arguments that need a type of these names, and types that have none left."""
    missing = set(missing)
    definitions: list[DefinitionNode] = list(document.definitions)
    while True:
        left = [kept for definition in definitions if (kept := _definition_without(definition, missing)) is not None]
        kept_names = {_name(definition) for definition in left}
        gone = {name for d in definitions if (name := _name(d)) is not None and name not in kept_names}
        definitions = left
        if gone <= missing:
            return DocumentNode(definitions=tuple(left))
        missing |= gone


def _definition_without(definition: DefinitionNode, missing: Set[str]) -> DefinitionNode | None:
    if isinstance(definition, UnionTypeDefinitionNode | UnionTypeExtensionNode):
        types = tuple(type_ for type_ in definition.types or () if type_.name.value not in missing)
        return replace(definition, types=types) if types else None
    if isinstance(definition, InputObjectTypeDefinitionNode | InputObjectTypeExtensionNode):
        inputs = tuple(field for field in definition.fields or () if _named(field.type) not in missing)
        return replace(definition, fields=inputs) if inputs else None
    if isinstance(definition, ObjectTypeDefinitionNode | ObjectTypeExtensionNode | InterfaceTypeDefinitionNode):
        fields = tuple(field for field in definition.fields or () if not _needs(field, missing))
        return replace(definition, fields=fields) if fields else None
    return definition


def _needs(field: FieldDefinitionNode, missing: Set[str]) -> bool:
    types = [field.type, *(argument.type for argument in field.arguments or ())]
    return any(_named(type_) in missing for type_ in types)


def _named(type_: TypeNode) -> str:
    while not isinstance(type_, NamedTypeNode):
        assert isinstance(type_, ListTypeNode | NonNullTypeNode)
        type_ = type_.type
    return type_.name.value


@dataclass(frozen=True)
class Parts:
    """What Tartiflette has to know: the hand-written fields and the types that they reach."""

    roots: dict[str, dict[str, GraphQLField]]
    """Root type → the hand-written fields of it."""
    objects: dict[str, GraphQLObjectType]
    """Hand-written object types."""
    unions: dict[str, tuple[GraphQLObjectType, ...]]
    """Hand-written unions and interfaces → the object types they can be; to an executor both are the same."""
    leaves: dict[str, GraphQLScalarType | GraphQLEnumType]
    """Scalars and enums."""
    rows: frozenset[str]
    """Generated types: what is selected below them is SQL."""

    def sdl(self) -> str:
        """The SDL to cook. Arguments are all of one type, and generated types are scalars: neither is judged here."""
        lines = [f"scalar {name}" for name in (ARGUMENT, *self.leaves, *sorted(self.rows))]
        lines += [f"union {name} = {' | '.join(t.name for t in types)}" for name, types in self.unions.items()]
        objects = {"Query": {}, **self.roots, **{name: type_.fields for name, type_ in self.objects.items()}}
        for name, fields in objects.items():
            lines.append(f"type {name} {{")
            lines += [f"  {field_name}{_arguments(field)}: {field.type}" for field_name, field in fields.items()]
            # Tartiflette asks for a Query type with a field, also where all that is hand-written are mutations.
            lines += [] if fields else [f"  nothing: {ARGUMENT}"]
            lines.append("}")
        return "\n".join(lines)


def parts(generated: GraphQLSchema, merged: GraphQLSchema) -> Parts:
    """Collects what was added to `generated`. Raises SetUpError where a union mixes generated and other types."""
    roots: dict[str, dict[str, GraphQLField]] = {}
    for root in (merged.query_type, merged.mutation_type):
        if root is not None:
            old = generated.type_map.get(root.name)
            known: Iterable[str] = old.fields if isinstance(old, GraphQLObjectType) else ()
            roots[root.name] = {name: field for name, field in root.fields.items() if name not in known}
    found = Parts({name: fields for name, fields in roots.items() if fields}, {}, {}, {}, frozenset())
    rows: set[str] = set()
    waiting = [get_named_type(field.type) for fields in found.roots.values() for field in fields.values()]
    while waiting:
        type_ = waiting.pop()
        if type_.name in found.objects or type_.name in found.unions:
            continue
        if isinstance(type_, GraphQLScalarType | GraphQLEnumType):
            found.leaves[type_.name] = type_
        elif _is_row(type_, generated, merged):
            rows.add(type_.name)
        elif isinstance(type_, GraphQLObjectType):
            found.objects[type_.name] = type_
            waiting += [get_named_type(field.type) for field in type_.fields.values()]
        elif isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
            possible = tuple(merged.get_possible_types(type_))
            found.unions[type_.name] = possible
            waiting += possible
    return Parts(found.roots, found.objects, found.unions, found.leaves, frozenset(rows))


def _is_row(type_: GraphQLNamedType, generated: GraphQLSchema, merged: GraphQLSchema) -> bool:
    if type_.name in generated.type_map:
        return True
    if not isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
        return False
    are_generated = {possible.name in generated.type_map for possible in merged.get_possible_types(type_)}
    if len(are_generated) != 1:
        raise SetUpError(f'hand-written SDL: "{type_.name}" must be either generated types only or none, and not empty')
    return are_generated.pop()


def _arguments(field: GraphQLField) -> str:
    return f"({', '.join(f'{name}: {ARGUMENT}' for name in field.args)})" if field.args else ""


def _with_mutation(generated: GraphQLSchema, document: DocumentNode) -> DocumentNode:
    """The document with `extend type Mutation` made a definition where the generated schema has no mutations."""
    extensions = [
        definition
        for definition in document.definitions
        if isinstance(definition, ObjectTypeExtensionNode) and definition.name.value == "Mutation"
    ]
    if generated.mutation_type is not None or not extensions:
        return document
    first = extensions[0]
    definition = ObjectTypeDefinitionNode(name=first.name, fields=first.fields, loc=first.loc)
    root = OperationTypeDefinitionNode(
        operation=OperationType.MUTATION, type=NamedTypeNode(name=NameNode(value="Mutation"))
    )
    # graphql-core types the definitions of a document too narrowly to let an extension of the schema in.
    added = cast("tuple[DefinitionNode, ...]", (SchemaExtensionNode(operation_types=(root,)), definition))
    return DocumentNode(definitions=(*added, *(other for other in document.definitions if other is not first)))


def _name(definition: DefinitionNode) -> str | None:
    name = getattr(definition, "name", None)
    return name.value if isinstance(name, NameNode) else None


def _located(error: GraphQLError) -> SetUpError:
    """The error as one line that starts with file and line."""
    message = _one_line(error.message)
    node = next((node for node in error.nodes or () if node.loc is not None), None)
    if node is not None and node.loc is not None:
        line = get_location(node.loc.source, node.loc.start).line
        return SetUpError(f"{node.loc.source.name}, line {line}: {message}")
    if error.source is not None and error.locations:
        return SetUpError(f"{error.source.name}, line {error.locations[0].line}: {message}")
    return SetUpError(f"hand-written SDL: {message}")


def _one_line(text: str) -> str:
    return " ".join(text.split())
