"""Smart tags that do nothing: unknown ones, and known ones on what they do not concern."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from gatepost.catalog import Catalog, Function, Relation
from gatepost.doctor.findings import KINDS as TOLD
from gatepost.doctor.findings import Finding
from gatepost.doctor.sql import comment_on, quoted
from gatepost.schema.tags import ACTIONS, KNOWN, parse

KINDS = frozenset({"unknown-tag", "unfitting-tag"})
_FITTING = {
    "relation": frozenset({"name", "omit", "deprecated", "primaryKey", "unique", "foreignKey", "orderBy"}),
    "column": frozenset({"name", "omit", "deprecated", "notNull", "searchConfig", "dimensions"}),
    "foreign key": frozenset(
        "omit deprecated notNull orderBy fieldName foreignFieldName backwardDescription manyToManyFieldName "
        "manyToManyDescription manyToManyOrderBy".split()
    ),
    "key": frozenset({"omit"}),
    "function": frozenset(
        "name omit deprecated deprecatedParam notNull filterable sortable byKey page param dimensions orderBy".split()
    ),
    "type": frozenset({"name", "value", "deprecatedValue"}),
    "attribute": frozenset({"name", "omit", "notNull", "dimensions"}),
}
_RELATIONS = {"r": "table", "p": "table", "v": "view", "m": "materialized view", "f": "foreign table"}


@dataclass(frozen=True, slots=True)
class Commented:
    """Something that may have a comment: how people call it, and how `comment on` does."""

    kind: str
    name: str
    sql: str
    comment: str | None
    arguments: frozenset[str] = frozenset()
    """Of a function: the names of what it takes."""
    of_row: bool = False
    """Of a function: it takes a row first."""


class Objects:
    """All of a catalog that may have a comment."""

    def __init__(self, catalog: Catalog) -> None:
        self._rows = {relation.row_type for relation in catalog.relations.values()}
        found = [item for relation in catalog.relations.values() for item in self._relation(relation)]
        found += map(self._function, catalog.functions)
        found += self._types(catalog)
        self.all = found
        self.by_name = {item.name: item for item in found}

    @staticmethod
    def _relation(relation: Relation) -> Iterator[Commented]:
        name, sql = f"{relation.schema}.{relation.name}", quoted(relation.schema, relation.name)
        yield Commented("relation", name, f"{_RELATIONS[relation.kind]} {sql}", relation.comment)
        for column in relation.columns:
            on = f"column {sql}.{quoted(column.name)}"
            yield Commented("column", f"{name}.{column.name}", on, column.comment)
        for key in relation.keys:
            yield Commented("key", f"key {key.name} of {name}", f"constraint {quoted(key.name)} on {sql}", key.comment)
        for foreign in relation.foreign_keys:
            on = f"constraint {quoted(foreign.name)} on {sql}"
            yield Commented("foreign key", f"foreign key {foreign.name} of {name}", on, foreign.comment)

    def _function(self, function: Function) -> Commented:
        called = f"{function.schema}.{function.name}({function.signature})"
        on = f"{quoted(function.schema, function.name)}({function.signature})"
        return Commented(
            "function",
            f"function {called}",
            f"{'procedure' if function.procedure else 'function'} {on}",
            function.comment,
            frozenset(argument.name for argument in function.inputs),
            bool(function.inputs) and function.inputs[0].type in self._rows,
        )

    @staticmethod
    def _types(catalog: Catalog) -> Iterator[Commented]:
        for type_ in catalog.types.values():
            if type_.row or type_.schema == "pg_catalog":
                continue
            sql = quoted(type_.schema, type_.name)
            on = f"{'domain' if type_.kind == 'd' else 'type'} {sql}"
            yield Commented("type", f"type {type_.schema}.{type_.name}", on, type_.comment)
            for item in type_.attributes:
                name, on = f"{type_.schema}.{type_.name}.{item.name}", f"column {sql}.{quoted(item.name)}"
                yield Commented("attribute", name, on, item.comment)


def examine(catalog: Catalog) -> list[Finding]:
    """The findings on the tags of all comments."""
    return [finding for item in Objects(catalog).all for finding in _examined(item)]


def meant(catalog: Catalog) -> set[str]:
    """The findings that comments say are meant to be, as `kind:object`."""
    return {f"{kind}:{item.name}" for item in Objects(catalog).all for kind in parse(item.comment).about("meant")}


def _examined(item: Commented) -> Iterator[Finding]:
    told = [(line, found) for line in parse(item.comment).lines if (found := _wrong(item, *line))]
    # Each statement mends all that is wrong with the comment, so that none undoes another.
    others = {line: other for line, (_, _, other) in told}
    for (tag, _), (id_, why, _) in told:
        yield Finding(id_, item.name, f"has a tag @{tag}{why}", _mended(item, others))


def _wrong(item: Commented, tag: str, value: str) -> tuple[str, str, str | None] | None:
    """The kind of finding, why, and the line to write instead, if any; None where the tag does what it says."""
    if tag not in KNOWN:
        near = _near(tag, _FITTING[item.kind])
        hint = f": did you mean @{near}?" if near else ""
        return "unknown-tag", f" that is not understood{hint}", f"@{near} {value}".rstrip() if near else None
    if tag == "meant":
        kind = value.partition(" ")[0]
        why = f" of {kind or 'nothing'}, which is no kind of finding"
        return None if kind in TOLD else ("unfitting-tag", why, None)
    if tag not in _FITTING[item.kind]:
        return "unfitting-tag", f", which means nothing on a {item.kind}", None
    unknown = [word for word in re.findall(r"[^\s,]+", value) if word not in ACTIONS] if tag == "omit" else []
    if unknown:
        near = _near(unknown[0], ACTIONS)
        hint = f": did you mean {near}?" if near else ""
        why = f" with {unknown[0]}, which is no action, so that it leaves out everything{hint}"
        return "unfitting-tag", why, f"@omit {value.replace(unknown[0], near)}" if near else "@omit"
    argument = value.partition(" ")[0]
    if tag in ("param", "byKey") and argument not in item.arguments:
        near = _near(argument, item.arguments)
        hint = f": did you mean {near}?" if near else ""
        other = f"@{tag} {near}{value.removeprefix(argument)}" if near else None
        return "unfitting-tag", f" of {argument or 'nothing'}, which is no argument of it{hint}", other
    if tag in ("filterable", "sortable") and not item.of_row:
        return "unfitting-tag", ", and takes no row first: there are no rows to which that applies", None
    return None


def _near(word: str, words: Collection[str]) -> str | None:
    return next(iter(difflib.get_close_matches(word, sorted(words), 1)), None)


def _mended(item: Commented, others: Mapping[tuple[str, str], str | None]) -> str:
    """The statement that writes the other lines instead of those of tags, or leaves them out."""
    lines: list[str] = []
    comment = item.comment or ""
    count = len(parse(comment).lines)
    for place, written in enumerate(comment.split("\n")):
        other = others.get(parse(written).lines[0], written) if place < count else written
        if other is not None:
            lines.append(other)
    return comment_on(item.sql, "\n".join(lines))
