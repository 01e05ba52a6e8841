"""What the API makes of a database: names, what it leaves out, and computed columns that cost a call a row."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import replace

from graphql import GraphQLObjectType

from gatepost.catalog import Catalog, Function
from gatepost.doctor.findings import Finding
from gatepost.doctor.sql import comment_on, quoted
from gatepost.doctor.tags import Objects
from gatepost.schema.build import build
from gatepost.schema.meaning import KEY, Call
from gatepost.schema.names import Remark
from gatepost.schema.tags import parse

_IDS = {
    "left out": "left-out",
    "not granted": "not-granted",
    "not exposed": "not-exposed",
    "text": "served-as-text",
    "renamed": "renamed",
    "note": "unfitting-tag",
}

KINDS = frozenset({*_IDS.values(), "not-inlined"})


def examine(catalog: Catalog, entered: Container[str]) -> list[Finding]:
    """The findings on the schema that the catalog gives; `entered`: the schemas that a role of the API may use."""
    # One that they may not even enter was not forgotten.
    unexposed = tuple(item for item in catalog.unexposed if item[0] in entered)
    catalog = replace(catalog, unexposed=unexposed)
    api = build(catalog)
    whole = api.whole()
    objects = Objects(catalog)
    findings = [
        _finding(remark, objects)
        for remark in api.report.remarks
        if not _told_by_tags(remark) and not _omitted(remark, objects)
    ]
    calls: dict[int, Call] = {}
    for type_ in whole.type_map.values():
        if isinstance(type_, GraphQLObjectType):
            for field in type_.fields.values():
                meaning = field.extensions.get(KEY)
                call = getattr(meaning, "call", None) or getattr(getattr(meaning, "rows", None), "call", None)
                if isinstance(call, Call) and call.on_row:
                    calls[call.function.oid] = call
    findings += [finding for call in calls.values() for finding in _called(call)]
    return findings


def _told_by_tags(remark: Remark) -> bool:
    """Whether `tags.py` tells the same, and what to write instead."""
    return remark.kind == "note" and remark.reason.endswith(" that is not understood")


def _omitted(remark: Remark, objects: Objects) -> bool:
    """Whether it is not granted, and is not meant to be in the API either."""
    found = objects.by_name.get(remark.object)
    return remark.kind == "not granted" and found is not None and parse(found.comment).omit


def _finding(remark: Remark, objects: Objects) -> Finding:
    id_ = _IDS[remark.kind]
    sql = None
    if id_ == "left-out" and (found := objects.by_name.get(remark.object)):
        sql = comment_on(found.sql, "\n".join(filter(None, ["@omit", found.comment])))
    return Finding(id_, remark.object, remark.reason, sql)


def _called(call: Call) -> Iterator[Finding]:
    """The finding on a computed column that neither Postgres nor the gateway merges into the statement."""
    function = call.function
    why = _not_merged(call)
    if why is not None:
        name = f"function {function.schema}.{function.name}({function.signature})"
        yield Finding("not-inlined", name, f"is called for each row, as it {why[0]}", why[1])


def _not_merged(call: Call) -> tuple[str, str | None] | None:
    """Why a function is called, and the statement that changes it; None where its body stands in for the call.

    Postgres' conditions are those of inline_function and inline_set_returning_function (its clauses.c).
    """
    function = call.function
    if call.body is not None:
        return None
    alter = f"alter function {quoted(function.schema, function.name)}({function.signature})"
    if function.language != "sql":
        return (f"is written in {function.language}", None)
    if function.security_definer:
        return ("is security definer", None)
    if function.configured:
        return ("sets parameters, such as search_path", f"{alter} reset all;")
    if function.returns_set:
        return ("is strict", f"{alter} called on null input;") if function.strict else None
    return ("has a sub-select, and returns no set", None) if _selects(function) else None


def _selects(function: Function) -> bool:
    """Whether a scalar function's text reads tables, so that Postgres does not merge it; unknown counts as no."""
    return function.source is not None and " from " in f" {' '.join(function.source.lower().split())} "
