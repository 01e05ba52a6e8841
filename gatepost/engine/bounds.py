"""How much an operation unfolds to, told from its text in one pass: fragments can double it at every level."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from gatepost.errors import BadRequest
from gatepost.settings import Settings

MOST_UNFOLDED = 10_000
"""Fields of an operation with its fragments unfolded, before equal ones are merged."""
MOST_SPREADS = 60
"""Fragments within one another."""
_NESTED = "The query may nest {limit} fragments and nests {value}."


@dataclass(slots=True)
class Extent:
    """What a selection set comes to with its fragments unfolded."""

    fields: int = 0
    roots: int = 0
    """Fields on the first level."""
    aliases: int = 0
    depth: int = 0
    """Levels of fields."""
    chain: int = 0
    """Levels of fragments within one another."""
    spreads: list[tuple[str, int]] = field(default_factory=list)
    """Fragments that are spread, and on which level of fields; of what is not unfolded yet."""


def check(document: DocumentNode, settings: Settings) -> bool:
    """Whether the fragments of a document contain themselves, which validation is going to tell.

    Raises BadRequest, with the limit and the value, where an operation unfolds to too much: TOO_DEEP, TOO_COMPLEX,
    TOO_MANY_ALIASES and TOO_MANY_ROOT_FIELDS.
    """
    fragments: dict[str, Extent] = {}
    operations: list[Extent] = []
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            operations.append(_own(definition.selection_set))
        elif isinstance(definition, FragmentDefinitionNode):
            fragments.setdefault(definition.name.value, _own(definition.selection_set))
    order, circular = _order(fragments)
    if not circular:
        for name in order:
            _unfold(fragments[name], fragments)
        for extent in operations:
            _unfold(extent, fragments)
    for extent in [*operations, *fragments.values()]:
        _within(extent.chain, MOST_SPREADS, "TOO_DEEP", _NESTED)
        depth = settings.max_selection_depth
        _within(extent.depth, depth, "TOO_DEEP", "The query may nest {limit} fields and nests {value}.")
        _within(
            extent.fields, MOST_UNFOLDED, "TOO_COMPLEX", "The query may ask for {limit} fields and asks for {value}."
        )
        aliases = settings.max_aliases
        _within(extent.aliases, aliases, "TOO_MANY_ALIASES", "The query may have {limit} aliases and has {value}.")
    for extent in operations:
        roots = settings.max_root_fields
        _within(
            extent.roots, roots, "TOO_MANY_ROOT_FIELDS", "An operation may have {limit} root fields; this has {value}."
        )
    return circular


def _within(value: int, limit: int, code: str, message: str) -> None:
    if value > limit:
        # A sum of doubled fragments has more digits than anybody wants to read.
        told = f"{value:,}" if value < 1_000_000_000 else "more than a thousand million"
        extensions = {"limit": limit, "value": min(value, 1_000_000_000)}
        raise BadRequest(message.format(limit=f"{limit:,}", value=told), code=code, extensions=extensions)


def _own(selection_set: SelectionSetNode) -> Extent:
    """What stands in the selection set itself."""
    extent = Extent()
    waiting = [(selection_set, 1)]
    while waiting:
        selections, level = waiting.pop()
        extent.depth = max(extent.depth, level)
        for selection in selections.selections:
            if isinstance(selection, FragmentSpreadNode):
                extent.spreads.append((selection.name.value, level - 1))
                continue
            below = level
            if isinstance(selection, FieldNode):
                extent.fields += 1
                extent.roots += level == 1
                extent.aliases += selection.alias is not None
                below = level + 1
            inner: SelectionSetNode | None = getattr(selection, "selection_set", None)
            if inner is not None:
                waiting.append((inner, below))
    return extent


def _unfold(extent: Extent, fragments: dict[str, Extent]) -> None:
    for name, level in extent.spreads:
        spread = fragments.get(name)
        if spread is None:
            continue
        extent.fields += spread.fields
        extent.aliases += spread.aliases
        extent.roots += spread.roots if level == 0 else 0
        extent.depth = max(extent.depth, level + spread.depth)
        extent.chain = max(extent.chain, spread.chain + 1)


def _order(fragments: dict[str, Extent]) -> tuple[Iterable[str], bool]:
    """The fragments, each after those that it spreads, and whether one contains itself. Raises TOO_DEEP."""
    done: dict[str, None] = {}
    for start in fragments:
        path = {start: iter(fragments[start].spreads)} if start not in done else {}
        while path:
            # Validation goes down every path.
            _within(len(path), MOST_SPREADS, "TOO_DEEP", _NESTED)
            name, spreads = next(reversed(path.items()))
            for inner, _ in spreads:
                if inner in path:
                    return (), True
                if inner in fragments and inner not in done:
                    path[inner] = iter(fragments[inner].spreads)
                    break
            else:
                done[name] = None
                del path[name]
    return done, False
