"""The kinds of all values of a database: those that `values` knows by heart, and those that plain SQL is asked about.

Of the latter, Postgres ranks the values that there are, and tells of each operator which pairs it is true of. So they
are compared as the manual says, and by no code of the gateway's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import asyncpg

from gatepost.catalog import Catalog
from gatepost.schema.codecs import Codec
from tests.differential.values import Kind, Operand, Table, array_of, elements, kind_of, operand

_MOST = 40  # values of a type that operators are told of, pairwise
_OWN = {
    "inet": {
        "contains": "a::inet >>= b::inet",
        "containsStrictly": "a::inet >> b::inet",
        "containedBy": "a::inet <<= b::inet",
        "containedByStrictly": "a::inet << b::inet",
        "overlaps": "a::inet && b::inet",
    },
    "ltree": {"ancestorOf": "a::{type} @> b::{type}", "descendantOf": "a::{type} <@ b::{type}"},
    "range": {
        "contains": "a::{type} @> b::{type}",
        "containedBy": "a::{type} <@ b::{type}",
        "overlaps": "a::{type} && b::{type}",
        "adjacent": "a::{type} -|- b::{type}",
        "leftOf": "a::{type} << b::{type}",
        "rightOf": "a::{type} >> b::{type}",
        "notLeftOf": "a::{type} &> b::{type}",
        "notRightOf": "a::{type} &< b::{type}",
    },
    "json": {"contains": "a::jsonb @> b::jsonb", "containedBy": "a::jsonb <@ b::jsonb"},
}
"""Operators with another value of the type."""
_KEYS = ("a", "b", "z", "tags", "")
_SEARCHES = ("fox", "dogs -fox", '"brown fox"', "bread or dogs", "", "the", "-fox")
_TEXTS: dict[str, dict[str, tuple[str, tuple[str, ...]]]] = {
    "ltree": {
        "matches": (
            "a::{type} ~ b::{schema}.lquery",
            ("*.animals.*", "top.*{1}", "*.fox|bread", "*", "top.!animals.*"),
        ),
        "matchesText": ("a::{type} @ b::{schema}.ltxtquery", ("top & fox", "!fox", "anim* | bread")),
    },
    "json": {
        "hasKey": ("a::jsonb ? b", _KEYS),
        "path": ("a::jsonb @? b::jsonpath", ("$.a", '$.tags[*] ? (@ == "x")', '$[*] ? (@ == "q")', "$.b.c[*]", "$")),
        "pathMatches": ("a::jsonb @@ b::jsonpath", ("$.a > 1", "$.a == 1", "exists($.b)", '$[0] == "a"')),
    },
    "fulltext": {
        "matches": ("a::tsvector @@ websearch_to_tsquery(b)", _SEARCHES),
        "rank": ("ts_rank(a::tsvector, websearch_to_tsquery(b))::text", _SEARCHES),
    },
    "text": {
        "like": ("a::{type} like b", ("A%", "%", "_", "%b_", "A", "", "pg\\_%", "A  ")),
        "ilike": ("a::{type} ilike b", ("a%", "%", "__", "%B%")),
        "regex": ("a::{type} ~ b", ("a", "^A", "b$", "\\s")),
    },
}
"""Operators with a text."""
_EACH = "from unnest($1::text[]) as v"
_FLAGS = ("lower_inc", "upper_inc", "isempty")


def words(*parts: str) -> str:
    """SQL put together."""
    return " ".join(parts)


def quoted(*names: str) -> str:
    """A name in SQL."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


@dataclass
class Library:
    """Kinds by the names of their types, and the values that there are of each, hidden ones too."""

    catalog: Catalog
    kinds: dict[str, Kind] = field(default_factory=dict)
    texts: dict[str, dict[str, None]] = field(default_factory=dict)
    _codecs: dict[str, Codec] = field(default_factory=dict)
    _told: dict[str, Any] = field(default_factory=dict)

    def kind(self, codec: Codec) -> Kind | None:
        """The kind of a codec's values; None where there is none."""
        if codec.dimensions:
            element = self.kind(codec.of_elements()) if codec.dimensions == 1 else None
            return None if element is None else replace(array_of(element), name=_name(codec))
        return self.kinds.get(_name(codec))

    def add(self, codec: Codec, text: str | None) -> None:
        """Takes note of a value; this must be done before kinds are made."""
        if codec.dimensions > 1:
            return
        if codec.dimensions:
            self.add(codec.of_elements(), None)
            for item in elements(text or ""):
                self.add(codec.of_elements(), item)
            if text is not None:
                self.texts.setdefault(_name(codec), {})[text] = None
            return
        name = _name(codec)
        self._codecs.setdefault(name, codec)
        known = self.texts.setdefault(name, {})
        if text is not None:
            known[text] = None

    def pool(self, kind: Kind) -> list[str]:
        """Values that may be given."""
        return [text for text in self.texts.get(kind.name, {}) if kind.sendable(text)]

    async def make(self, connection: Any) -> None:
        """Makes all kinds: first what structured values consist of is taken apart, then the inmost are made first."""
        schemas = await connection.fetch("select nspname from pg_namespace where nspname !~ '^pg_(toast|temp)'")
        await connection.execute(f"set search_path = {', '.join(quoted(row[0]) for row in schemas)}")
        done: dict[str, int] = {}
        while left := [name for name in self._codecs if done.get(name) != len(self.texts[name])]:
            for name in left:
                done[name] = len(self.texts[name])
                await self._take_apart(connection, name)
        waiting = list(self._codecs)
        while waiting:
            ready = [name for name in waiting if not self._inner(name) & set(waiting)]
            assert ready, waiting
            for name in ready:
                await self._make(connection, name)
                waiting.remove(name)
        await connection.execute("reset search_path")

    def _inner(self, name: str) -> set[str]:
        codec = self._codecs[name]
        found = [attribute.codec for attribute in codec.attributes]
        if codec.output in ("range", "multirange") and codec.element is not None:
            found.append(codec.element)
        return {_name(_single(inner)) for inner in found}

    async def _take_apart(self, connection: Any, name: str) -> None:
        codec, texts = self._codecs[name], list(self.texts.get(name, {}))
        type_ = quoted(*(codec.base or codec.sql))
        if codec.output == "composite":
            named = {attribute.name: attribute.codec for attribute in codec.attributes}
            facts = {attribute: f"(v::{type_}).{quoted(attribute)}" for attribute in named}
        elif codec.output == "range" and codec.element is not None:
            named = {"lower": codec.element, "upper": codec.element}
            facts = {fact: f"{fact}(v::{type_})" for fact in (*named, *_FLAGS)}
        elif codec.output == "multirange" and codec.element is not None:
            query = words("select v, array(select r::text from unnest(v::", type_, ") as r)", _EACH)
            self._told[name] = dict(tuple(row) for row in await connection.fetch(query, texts))
            for ranges in self._told[name].values():
                for text in ranges:
                    self.add(codec.element, text)
            self.add(codec.element, None)
            return
        else:
            return
        shown = ", ".join(
            f"case when {fact} is distinct from null then format('%s', {fact}) end" for fact in facts.values()
        )
        rows = await connection.fetch(words("select v,", shown, _EACH), texts)
        self._told[name] = {row[0]: dict(zip(facts, list(row.values())[1:], strict=True)) for row in rows}
        for parts in self._told[name].values():
            for part, inner in named.items():
                self.add(inner, parts[part])
        for inner in named.values():
            self.add(inner, None)

    async def _make(self, connection: Any, name: str) -> None:
        codec, texts = self._codecs[name], list(self.texts.get(name, {}))
        kind = kind_of(codec, _labels(self.catalog, codec))
        if kind is not None:
            self.kinds[name] = replace(kind, name=name)
            return
        schema, type_name = codec.base or codec.sql
        type_ = quoted(schema, type_name)
        ranks: dict[str, int] = {}
        if codec.operators not in ("none", "fulltext"):
            query = words("select v, dense_rank() over (order by v::", type_, ")", _EACH)
            try:
                ranks = dict(tuple(row) for row in await connection.fetch(query, texts))
            except asyncpg.UndefinedFunctionError:  # xid: its values are equal or not, as their texts are
                ranks = {text: place for place, text in enumerate(texts)}
        shown = {text: text for text in texts}
        if codec.output in ("plain", "json", "numeric", "list"):
            form = {"plain": "to_json(v::{})", "json": "v::{}::json", "numeric": "to_json(v::{}::numeric::text)"}
            json_form = form.get(codec.output, "v::json").format(type_)
            rows = await connection.fetch(words("select v, (", json_form, ")::text", _EACH), texts)
            shown = {row[0]: json.loads(row[1]) for row in rows}
        kind = Kind(name, _finder(ranks), shown.__getitem__, shown.__getitem__, compares=bool(ranks))
        kind = self._structured(kind, codec, ranks)
        self.kinds[name] = replace(kind, tables=await self._tables(connection, kind, codec, texts, schema, type_))

    def _structured(self, kind: Kind, codec: Codec, ranks: dict[str, int]) -> Kind:
        told = self._told.get(kind.name, {})
        parse = _finder(ranks)
        if codec.output == "composite":
            members = {a.name: inner for a in codec.attributes if (inner := self.kind(a.codec)) is not None}
            names = {a.name: a.member for a in codec.attributes if a.name in members}

            def given(text: str) -> Any:
                return {names[part]: _given(members[part], told[text][part]) for part in names}

            parts = {text: {part: value[part] for part in names} for text, value in told.items()}
            return Kind(kind.name, parse, given, given, compares=bool(ranks), members=members, parts=parts)
        if codec.output == "range" and codec.element is not None and (bound := self.kind(codec.element)) is not None:
            flag = kind_of(replace(codec, output="plain", sql=("pg_catalog", "bool"), base=None), None)
            assert flag is not None

            def of(text: str) -> Any:
                parts = told[text]
                return {
                    "lower": _given(bound, parts["lower"]),
                    "upper": _given(bound, parts["upper"]),
                    "lowerInclusive": parts["lower_inc"] == "t",
                    "upperInclusive": parts["upper_inc"] == "t",
                    "empty": parts["isempty"] == "t",
                }

            facts = {"lower": bound, "upper": bound, **dict.fromkeys(_FLAGS, flag)}
            return Kind(kind.name, parse, of, of, compares=bool(ranks), members=facts, parts=told)
        if codec.output == "multirange" and codec.element is not None and (one := self.kind(codec.element)) is not None:

            def all_of(text: str) -> Any:
                return [_given(one, item) for item in told[text]]

            return Kind(kind.name, parse, all_of, all_of, compares=bool(ranks), items=(one, told))
        return kind

    async def _tables(
        self, connection: Any, kind: Kind, codec: Codec, texts: list[str], schema: str, type_: str
    ) -> Mapping[str, Table]:
        tables: dict[str, Table] = {}
        own = [text for text in texts if kind.sendable(text)][:_MOST]
        named = {"type": type_, "schema": quoted(schema)}
        for name, form in _OWN.get(codec.operators, {}).items():
            made = [made for text in own if (made := operand(kind, text)) is not None]
            tables[name] = await _table(connection, form.format(**named), texts, made)
        for name, (form, given) in _TEXTS.get(codec.operators, {}).items():
            tables[name] = await _table(connection, form.format(**named), texts, [Operand(b, b, b) for b in given])
        if codec.operators == "json":
            for name, symbol in (("hasAnyKeys", "?|"), ("hasAllKeys", "?&")):
                lists = [Operand([a, b], None, f"{{{json.dumps(a)},{json.dumps(b)}}}") for a in _KEYS for b in _KEYS]
                lists.append(Operand([], None, "{}"))
                tables[name] = await _table(connection, f"a::jsonb {symbol} b::text[]", texts, lists)
        if codec.operators == "range" and codec.element is not None:
            of_bounds = codec.element.element if codec.output == "multirange" else codec.element
            assert of_bounds is not None
            if (bound := self.kind(of_bounds)) is not None:
                bounds = [operand(bound, text) for text in self.pool(bound)[:_MOST]]
                sql = f"a::{type_} @> b::{quoted(*(of_bounds.base or of_bounds.sql))}"
                tables["containsValue"] = await _table(connection, sql, texts, [b for b in bounds if b is not None])
        return tables


def _finder(ranks: Mapping[str, int]) -> Any:
    return lambda text: ranks.get(text, text)


def _given(kind: Kind, text: str | None) -> Any:
    return None if text is None else kind.given(text)


async def _table(connection: Any, form: str, texts: list[str], operands: list[Operand]) -> Table:
    query = words("select a, b,", form, "from unnest($1::text[]) as a, unnest($2::text[]) as b")
    rows = await connection.fetch(query, texts, [given.text for given in operands])
    return Table(tuple(operands), {(row[0], row[1]): row[2] for row in rows})


def _name(codec: Codec) -> str:
    """What the kind of a codec's values is called: as its type; domains and varchar are what they are of."""
    if codec.dimensions:
        element = codec.of_elements()  # arrays of a domain compare with no others
        return f"{'.'.join(element.sql) if element.base and not element.dimensions else _name(element)}[]"
    schema, name = codec.base or codec.sql
    return {"varchar": "text"}.get(name, name) if schema == "pg_catalog" else f"{schema}.{name}"


def _single(codec: Codec) -> Codec:
    while codec.dimensions:
        codec = codec.of_elements()
    return codec


def _labels(catalog: Catalog, codec: Codec) -> tuple[str, ...] | None:
    names = {codec.sql, codec.base or codec.sql}
    return next((t.labels for t in catalog.types.values() if t.kind == "e" and (t.schema, t.name) in names), None)
