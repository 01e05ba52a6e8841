"""Names: from a database's identifiers to GraphQL's, deterministic, and never colliding in silence.

The rules are told in docs/generated-api.md. Where two things want one name, the first keeps it and the other gets the
next of its own alternatives, at last a number; each such case is in `Report`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count

_IRREGULAR = {
    "person": "people",
    "child": "children",
    "man": "men",
    "woman": "women",
    "foot": "feet",
    "tooth": "teeth",
    "mouse": "mice",
    "goose": "geese",
    "criterion": "criteria",
    "datum": "data",
    "medium": "media",
    "vertex": "vertices",
    "index": "indices",
    "matrix": "matrices",
    "leaf": "leaves",
    "life": "lives",
    "knife": "knives",
    "wife": "wives",
    "wolf": "wolves",
    "half": "halves",
    "shelf": "shelves",
    "movie": "movies",
    "cookie": "cookies",
    "cache": "caches",
    "quiz": "quizzes",
    "hero": "heroes",
    "potato": "potatoes",
    "tomato": "tomatoes",
    "echo": "echoes",
}
_UNCOUNTABLE = frozenset(
    "equipment feedback fish furniture history information media metadata money news rice series sheep software "
    "species staff traffic weather analytics settings".split()
) - {"media", "history"}
_SINGULAR = {plural: singular for singular, plural in _IRREGULAR.items()}
_LAST_WORD = re.compile(r"^(.*?)([A-Z]?[a-z]+|[A-Z]+)(\d*)$", re.DOTALL)
_SINGULAR_RULES = (
    (re.compile(r"(analy|cri|diagno|hypothe|paraly|synop|the|parenthe)ses$"), r"\1sis"),
    (re.compile(r"([^aeiouy]|qu)ies$"), r"\1y"),
    (
        re.compile(r"(alias|atlas|bias|bonus|bus|campus|canvas|census|focus|gas|lens|status|virus|ss|sh|ch|x|zz)es$"),
        r"\1",
    ),
    (re.compile(r"(alias|atlas|bias|bonus|bus|campus|canvas|census|focus|gas|lens|status|virus|ss|is|us)$"), r"\1"),
    (re.compile(r"s$"), ""),
)
_PLURAL_RULES = (
    (re.compile(r"(analy|ba|cri|diagno|hypothe|paraly|synop|the|parenthe)sis$"), r"\1ses"),
    (re.compile(r"([^aeiou]|qu)y$"), r"\1ies"),
    (re.compile(r"(s|x|z|ch|sh)$"), r"\1es"),
    (re.compile(r"$"), "s"),
)
_PARTS = re.compile(r"(?<=[a-z0-9])([A-Z])")
_RESERVED = frozenset({"true", "false", "null"})
_SPELT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_VALID = re.compile(rf"(?!__){_SPELT.pattern}")


def _inflect(name: str, known: dict[str, str], rules: Iterable[tuple[re.Pattern[str], str]]) -> str:
    match = _LAST_WORD.match(name)
    if match is None:
        return name
    head, word, digits = match.groups()
    if digits and head[-1:].isdigit():  # a letter among digits, as in `u1f418`
        return f"{name}s"
    lower = word.lower()
    if lower in _UNCOUNTABLE:
        return name
    changed = known.get(lower)
    if changed is None:
        changed = next(rule.sub(to, lower, count=1) for rule, to in rules if rule.search(lower))
    if word.isupper() and len(word) > 1:
        changed = changed.upper()
    elif word[0].isupper():
        changed = changed[0].upper() + changed[1:]
    return f"{head}{changed}{digits}"


def singular(name: str) -> str:
    """The singular of an identifier's last word; a word that is singular already stays."""
    match = _LAST_WORD.match(name)
    if match is None:
        return name
    word = match.group(2).lower()
    if word not in _SINGULAR and (len(word) < 4 or not word.endswith("s")):
        return name
    return _inflect(name, _SINGULAR, _SINGULAR_RULES)


def plural(name: str) -> str:
    """The plural of an identifier's last word; a plural stays as it is."""
    if singular(name) != name:
        return name
    return _inflect(name, _IRREGULAR, _PLURAL_RULES)


def valid(name: str) -> bool:
    """Whether a text is a name that a generated field or enum value may have (GraphQL spec, 2.1.9 and 2.9.6)."""
    return _VALID.fullmatch(name) is not None and name not in _RESERVED


_OTHER_LETTERS = {
    "ß": "ss",
    "æ": "ae",
    "Æ": "Ae",
    "ø": "o",
    "Ø": "O",
    "œ": "oe",
    "Œ": "Oe",
    "ł": "l",
    "Ł": "L",
    "đ": "d",
}


def _plain(character: str) -> str:
    """A character in ASCII: a letter without its marks, another letter by its code point, all else parts words."""
    if character.isascii():
        return character if character.isalnum() else "_"
    if character in _OTHER_LETTERS:
        return _OTHER_LETTERS[character]
    bare = "".join(c for c in unicodedata.normalize("NFKD", character) if c.isascii() and c.isalnum())
    return bare or (f"_u{ord(character):x}_" if character.isalnum() else "_")


def spelt(name: str) -> bool:
    """Whether a name in the database is spelt with what a GraphQL name may have, so that camel case is all it gets."""
    return _SPELT.fullmatch(name) is not None


def _words(name: str) -> list[str]:
    composed = unicodedata.normalize("NFC", name)
    ascii_only = name if name.isascii() and name.isalnum() else "".join(map(_plain, composed))
    words = [word for word in ascii_only.split("_") if word]
    return words or [f"u{ord(character):x}" for character in composed if not character.isascii()]


def in_ascii(name: str) -> str:
    """An identifier in letters that GraphQL allows, words parted by `_`; one that is so already stays as it is."""
    return name if spelt(name) else "_".join(_words(name))


def _head(name: str) -> str:
    return name if name[:1].isalpha() else f"_{name}"


def camel(name: str) -> str:
    """`created_at` → `createdAt`; capitals inside a word stay, other characters part words."""
    words = _words(name)
    if not words:
        return "_"
    first = words[0].lower() if words[0].isupper() else words[0][0].lower() + words[0][1:]
    return _head(first + "".join(word[0].upper() + word[1:] for word in words[1:]))


def words(name: str) -> str:
    """`createdAt` → `created at`; abbreviations in capitals stay."""
    parts = " ".join(_PARTS.sub(r" \1", word) for word in name.split("_")).split()
    return " ".join(part if part.isupper() and len(part) > 1 else part.lower() for part in parts) or name


def spoken(name: str) -> str:
    """`createdAt` → `Created at.`: what is said of a thing of which nobody has said anything."""
    text = words(name)
    return f"{text[:1].upper()}{text[1:]}."


def pascal(name: str) -> str:
    """`invoice_line` → `InvoiceLine`."""
    words = _words(name)
    return _head("".join(word[0].upper() + word[1:] for word in words)) if words else "_"


@dataclass(frozen=True, slots=True)
class Remark:
    """Something of the database that the API shows under another name, or not at all, and why."""

    object: str
    reason: str

    @property
    def kind(self) -> str:
        """By how the reason begins: `left out`, `not granted`, `renamed` and so on; else `note`."""
        for kind, beginning in _KINDS.items():
            if re.match(beginning, self.reason):
                return kind
        return "note"


_KINDS = {
    "left out": r"is left out",
    "not granted": r"is not granted",
    "not exposed": r"is not exposed",
    "text": r"is (served as )?a String",
    "renamed": r"is \S+( in |$|, )",
}


Claim = tuple[str, tuple[str, ...]]
"""What a name is for, and the names that it asked for."""


@dataclass
class Report:
    """What the schema changed or left out; `gatepost serve` says it at the start.

    `settled` is the report of the schema for all roles together: a schema for one of them gives the same names, so that
    a thing is called alike whoever asks.
    """

    remarks: list[Remark] = field(default_factory=list)
    settled: Report | None = None
    taken: dict[str, dict[str, Claim]] = field(default_factory=dict)
    """In each scope the names that are taken, and for what."""

    @property
    def left_out(self) -> int:
        """How many things of the database are not in the API."""
        return sum(remark.kind == "left out" for remark in self.remarks)

    def tell_spelling(self, object_name: str, original: str, name: str) -> None:
        """Adds that a thing has another name since GraphQL could not spell its own; nothing where it could."""
        if not spelt(original):
            self.add(object_name, f"is {name}, as its own name has characters that GraphQL does not allow")

    def add(self, object_name: str, reason: str) -> None:
        remark = Remark(object_name, reason)
        if remark not in self.remarks:
            self.remarks.append(remark)


class Claims:
    """The names taken within one scope: the types of a schema, or the fields of one type."""

    def __init__(self, scope: str, report: Report, taken: Iterable[str] = ()) -> None:
        self._scope = scope
        self._report = report
        self._taken = set(taken)
        self._claimed = report.taken.setdefault(scope, {})
        self._settled: Mapping[str, Claim] = {}
        if report.settled is not None:
            self._settled = report.settled.taken.get(scope, {})

    def __contains__(self, name: str) -> bool:
        return name in self._taken or name in self._settled

    def claim(self, what: str, *names: str) -> str:
        """Takes the first of `names` that is free for `what` (how the report calls it), else the last one numbered.

        What the schema for all roles calls by one of them is called so again.
        """
        names = self._valid(what, names)
        claim = (what, names)
        name = next(name for name in _and_numbered(names) if self._is_free(name, claim))
        if name != names[0]:
            self._report.add(what, f"is {name} in {self._scope}, as {names[0]} is taken")
        self._taken.add(name)
        self._claimed[name] = claim
        return name

    def _valid(self, what: str, names: tuple[str, ...]) -> tuple[str, ...]:
        """The names without those that a tag made up and GraphQL does not allow."""
        if all(map(_VALID.fullmatch, names)):
            return names
        left = tuple(filter(_VALID.fullmatch, names))
        bad = next(name for name in names if name not in left)
        self._report.add(what, f"has the name {bad!r} in a tag, which is no GraphQL name")
        return left or (camel(names[-1]),)

    def _is_free(self, name: str, claim: Claim) -> bool:
        return name not in self._taken and self._settled.get(name, claim) == claim


def _and_numbered(names: tuple[str, ...]) -> Iterator[str]:
    yield from names
    for number in count(2):
        yield f"{names[-1]}{number}"
