"""Fields that can and cannot be merged: graphql-core's own rule is the judge of ours, on documents made at random."""

from __future__ import annotations

import random
from typing import Any

import pytest
from graphql import (
    OverlappingFieldsCanBeMergedRule,
    build_schema,
    parse,
    specified_rules,
    validate,
)

from gatepost.engine import overlapping
from gatepost.engine.overlapping import OverlappingFields

SCHEMA = build_schema(
    """
    interface Named { name(form: Form, size: Int): String near: Named tags: [String] }
    interface Being implements Named { name(form: Form, size: Int): String near: Named tags: [String] age: Int }
    type Cat implements Named & Being {
        name(form: Form, size: Int): String near: Named tags: [String] age: Int friend: Dog id: ID! mood: Int
    }
    type Dog implements Named & Being {
        name(form: Form, size: Int): String near: Named tags: [String] age: Int friend: Cat id: ID mood: String
    }
    type Place implements Named { name(form: Form, size: Int): String near: Named tags: [String] at: [Place!] id: Int }
    union Thing = Cat | Dog | Place
    input Form { long: Boolean words: [String] }
    type Query { cat: Cat dog: Dog named: Named being: Being thing(number: Int): Thing things: [Thing] }
    """
)
FIELDS = {
    "Query": {"cat": "Cat", "dog": "Dog", "named": "Named", "being": "Being", "thing": "Thing", "things": "Thing"},
    "Named": {"name": "", "near": "Named", "tags": ""},
    "Being": {"name": "", "near": "Named", "tags": "", "age": ""},
    "Cat": {"name": "", "near": "Named", "tags": "", "age": "", "friend": "Dog", "id": "", "mood": ""},
    "Dog": {"name": "", "near": "Named", "tags": "", "age": "", "friend": "Cat", "id": "", "mood": ""},
    "Place": {"name": "", "near": "Named", "tags": "", "at": "Place", "id": ""},
    "Thing": {"__typename": ""},
}
KINDS = ("Named", "Being", "Cat", "Dog", "Place", "Thing")
ARGUMENTS = (
    "",
    "(size: 1)",
    "(size: $n)",
    '(form: { long: true, words: ["a"] }, size: 1)',
    '(size: 1, form: { words: ["a"], long: true })',
    '(form: { words: ["""a"""], long: true }, size: 1)',
)


class Writer:
    """Writes documents that are likely to have overlapping fields."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.fragments = [f"F{number}" for number in range(chance.randint(0, 4))]

    def document(self) -> str:
        definitions = []
        for number, name in enumerate(self.fragments):
            kind = self.chance.choice(KINDS)
            definitions.append(f"fragment {name} on {kind} {self.set(kind, 2, self.fragments[number + 1 :])}")
        return f"query ($n: Int) {self.set('Query', 3, self.fragments)} {' '.join(definitions)}"

    def set(self, kind: str, depth: int, fragments: list[str]) -> str:
        parts = [self.selection(kind, depth, fragments) for _ in range(self.chance.randint(1, 3))]
        return "{ " + " ".join(parts) + " }"

    def selection(self, kind: str, depth: int, fragments: list[str]) -> str:
        draw = self.chance.random()
        if kind != "Query" and draw < 0.15 and fragments:
            return f"...{self.chance.choice(fragments)}"
        if kind != "Query" and draw < 0.4:
            inner = self.chance.choice(KINDS)
            return (
                f"... on {inner} {self.set(inner, depth - 1, fragments)}"
                if depth
                else f"... on {inner} {{ __typename }}"
            )
        name = self.chance.choice(list(FIELDS[kind]))
        alias = self.chance.choice([*[""] * 9, "name: ", "a: "])
        below = FIELDS[kind][name]
        if below and not depth:
            name, below = "__typename", ""
        arguments = self.chance.choice([*[""] * 9, *ARGUMENTS]) if name == "name" else ""
        if name == "thing":
            arguments = self.chance.choice(["", "", "(number: 1)"])
        return f"{alias}{name}{arguments} {self.set(below, depth - 1, fragments) if below else ''}"


OTHERS = [rule for rule in specified_rules if rule is not OverlappingFieldsCanBeMergedRule]


@pytest.mark.parametrize("seed", range(4))
def test_it_accepts_and_rejects_what_graphql_core_does(seed: int) -> None:
    writer_chance = random.Random(seed)  # noqa: S311 (a seed, so that a failure comes back)
    accepted = rejected = 0
    for _ in range(250):
        document = parse(Writer(writer_chance).document())
        theirs = validate(SCHEMA, document, [OverlappingFieldsCanBeMergedRule])
        ours = validate(SCHEMA, document, [OverlappingFields])
        if bool(ours) != bool(theirs):
            # A fragment that no operation reaches is not judged: another rule refuses it.
            assert validate(SCHEMA, document, OTHERS), (document.loc and document.loc.source.body, ours, theirs)
        accepted += not theirs
        rejected += bool(theirs)
    assert accepted > 50
    assert rejected > 50


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{ cat { a: name a: age } }", "Fields 'a' conflict because 'name' and 'age' are different fields."),
        (
            "{ cat { a: name } cat { a: age } }",
            "Fields 'cat' conflict because subfields 'a' conflict because 'name' and 'age' are different fields.",
        ),
        ("{ a: cat { id } a: dog { id } }", "Fields 'a' conflict because 'cat' and 'dog' are different fields."),
        ("{ thing(number: 1) { __typename } thing { __typename } }", "they have differing arguments"),
        ("{ thing { ... on Cat { mood } ... on Dog { mood } } }", "they return conflicting types 'Int' and 'String'"),
        ("{ thing { ... on Cat { id } ... on Dog { id } } }", "they return conflicting types 'ID!' and 'ID'"),
        (
            "{ thing { ... on Cat { a: friend { mood } } ... on Dog { a: friend { mood } } } }",
            "Fields 'a' conflict because subfields 'mood' conflict because they return conflicting types",
        ),
    ],
)
def test_it_says_what_is_wrong_and_where(query: str, message: str) -> None:
    [error] = validate(SCHEMA, parse(query), [OverlappingFields])
    assert message in error.message
    assert error.message.endswith("Use different aliases on the fields to fetch both if this was intentional.")
    assert len(error.locations or ()) == 2


@pytest.mark.parametrize("times", [30, 3_000])
@pytest.mark.parametrize(("selection", "fields"), [("name", 1), ("near { name near { name } }", 4)])
def test_each_field_is_looked_at_once(selection: str, fields: int, times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[None] = []
    compared: list[None] = []

    class Counted(overlapping._Field):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            made.append(None)

    differ = overlapping._differ

    def counted(*types: Any) -> bool:
        compared.append(None)
        return differ(*types)

    monkeypatch.setattr(overlapping, "_Field", Counted)
    monkeypatch.setattr(overlapping, "_differ", counted)
    document = parse("{ cat { " + f"{selection} " * times + "} }")
    assert validate(SCHEMA, document, [OverlappingFields]) == []
    assert len(made) == 1 + fields * times
    assert len(compared) <= 1 + fields * times
