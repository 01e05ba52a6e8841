"""What comments declare where the database cannot: `@primaryKey`, `@unique`, `@foreignKey` and `@notNull` of views.

It is taken at its word. A key that names what is not there is left out, and the report says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from gatepost.catalog import Catalog, Column, ForeignKey, Key, Relation
from gatepost.schema.names import Report
from gatepost.schema.tags import parse

_NAME = r'(?:"(?:[^"]|"")+"|[^\s",.()|]+)'
_NAMES = rf"{_NAME}(?:\s*,\s*{_NAME})*"
_KEY = re.compile(rf"\(?\s*({_NAMES})\s*\)?")
_FOREIGN_KEY = re.compile(
    rf"\(\s*({_NAMES})\s*\)\s*references\s+(?:({_NAME})\s*\.\s*)?({_NAME})\s*(?:\(\s*({_NAMES})\s*\))?\s*(?:\|(.*))?",
    re.IGNORECASE | re.DOTALL,
)


def declared(catalog: Catalog, report: Report) -> Catalog:
    """The catalog with the keys, and the columns without nulls, that the comments of its relations declare."""
    relations = dict(catalog.relations)
    for oid, relation in catalog.relations.items():
        keys = tuple(_keys(relation, report))
        if keys:
            relations[oid] = replace(relation, keys=_with(relation.keys, keys))
        if relation.kind not in "rp":
            columns = tuple(_columns_of(relation, keys))
            relations[oid] = replace(relations[oid], columns=columns)
    by_name = {(relation.schema, relation.name): relation for relation in relations.values()}
    for oid, relation in catalog.relations.items():
        foreign_keys = tuple(_foreign_keys(relation, by_name, report))
        if foreign_keys:
            relations[oid] = replace(relations[oid], foreign_keys=(*relation.foreign_keys, *foreign_keys))
    return replace(catalog, relations=relations)


def _columns_of(relation: Relation, keys: tuple[Key, ...]) -> Iterator[Column]:
    """The columns, those of the declared primary key and those tagged `@notNull` never null."""
    primary = {name for key in keys if key.primary for name in key.columns}
    for column in relation.columns:
        said = column.name in primary or parse(column.comment).not_null
        yield replace(column, said_not_null=True) if said else column


def _with(there: tuple[Key, ...], keys: tuple[Key, ...]) -> tuple[Key, ...]:
    if any(key.primary for key in keys):
        there = tuple(replace(key, primary=False) for key in there)
    return (*there, *keys)


def _keys(relation: Relation, report: Report) -> Iterator[Key]:
    tags = parse(relation.comment)
    for tag in ("primaryKey", "unique"):
        for text in tags.every(tag):
            names, _, behind = text.partition("|")
            match = _KEY.fullmatch(names.strip())
            columns = _columns(match.group(1)) if match else ()
            if columns and all(name in relation.by_name for name in columns):
                yield Key(f"@{tag} {','.join(columns)}", columns, tag == "primaryKey", _tags(behind), declared=True)
            else:
                report.add(
                    f"{relation.schema}.{relation.name}", f"has a tag @{tag} that names no columns of it: {text}"
                )


def _foreign_keys(relation: Relation, by_name: dict[tuple[str, str], Relation], report: Report) -> Iterator[ForeignKey]:
    for text in parse(relation.comment).every("foreignKey"):
        match = _FOREIGN_KEY.fullmatch(text)
        found = _foreign_key(match, text, relation, by_name) if match else None
        if found is None:
            what = "has a tag @foreignKey that is not `(columns) references schema.table (columns)` of what is there"
            report.add(f"{relation.schema}.{relation.name}", f"{what}: {text}")
        else:
            yield found


def _foreign_key(
    match: re.Match[str], text: str, relation: Relation, by_name: dict[tuple[str, str], Relation]
) -> ForeignKey | None:
    schema = _unquoted(match.group(2)) if match.group(2) else relation.schema
    target = by_name.get((schema, _unquoted(match.group(3))))
    if target is None:
        return None
    primary = target.primary_key
    columns = _columns(match.group(1))
    referenced = _columns(match.group(4)) if match.group(4) else primary.columns if primary else ()
    if len(columns) != len(referenced):
        return None
    if any(name not in relation.by_name for name in columns) or any(name not in target.by_name for name in referenced):
        return None
    comment = _tags(match.group(5) or "")
    return ForeignKey(f"@foreignKey {text.partition('|')[0].strip()}", columns, target.oid, referenced, comment)


def _tags(behind: str) -> str | None:
    """The tags of a constraint, which come behind bars, as it has no comment of its own."""
    return "\n".join(part.strip() for part in behind.split("|")) or None


def _columns(text: str) -> tuple[str, ...]:
    return tuple(_unquoted(name) for name in re.findall(_NAME, text))


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
