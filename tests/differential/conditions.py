"""Filters in Python, in SQL's logic of three values: True, False, and None for unknown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.differential.values import Kind, Operand, Truth, compare, elements, like

ORDERED = ("eq", "ne", "distinctFrom", "in", "notIn", "lt", "lte", "gt", "gte")
PATTERNS = {
    "like": ("", "", False),
    "ilike": ("", "", True),
    "includes": ("%", "%", False),
    "includesInsensitive": ("%", "%", True),
    "startsWith": ("", "%", False),
    "startsWithInsensitive": ("", "%", True),
    "endsWith": ("%", "", False),
    "endsWithInsensitive": ("%", "", True),
}
"""What stands before and after the given text, and whether case does not matter."""
REGEX = {"regex": False, "regexInsensitive": True}
ARRAYS = ("eq", "ne", "distinctFrom", "contains", "containedBy", "overlaps")


def conjunction(truths: Iterable[Truth]) -> Truth:
    """AND: false wins, then unknown."""
    found = list(truths)
    return False if False in found else None if None in found else True


def disjunction(truths: Iterable[Truth]) -> Truth:
    """OR: true wins, then unknown."""
    found = list(truths)
    return True if True in found else None if None in found else False


def passes(kind: Kind | None, text: str | None, conditions: dict[str, Any] | None) -> Truth:
    """Whether a value, given by its text form, meets all conditions of its filter; null conditions are none."""
    if conditions is None:
        return True
    return conjunction(
        _operator(kind, text, name, given)
        for name, given in conditions.items()
        if given is not None or name == "distinctFrom"
    )


def _operator(kind: Kind | None, text: str | None, name: str, given: Any) -> Truth:
    if name == "isNull":
        return (text is None) is given
    assert kind is not None
    value = None if text is None else kind.parse(text)
    if name == "distinctFrom":
        return value is not None if given is None else value is None or compare(value, given.value) != 0
    if name in ("in", "notIn"):
        members = [_operator(kind, text, "eq" if name == "in" else "ne", item) for item in given]
        return disjunction(members) if name == "in" else conjunction(members)
    if name == "any":
        assert kind.element is not None
        return any(passes(kind.element, item, given) is True for item in elements(text or ""))
    if text is None or value is None:
        return None
    if name in kind.tables:
        truth: Truth = told(kind, name, text, given)
        return truth
    if name in PATTERNS:
        before, after, any_case = PATTERNS[name]
        pattern = given if name in ("like", "ilike") else f"{before}{_escaped(given)}{after}"
        return like(text, pattern, any_case or kind.text == "uncased")
    if name in REGEX:  # only plain letters and digits are given
        any_case = REGEX[name] or kind.text == "uncased"
        return given.lower() in text.lower() if any_case else given in text
    if name in ("contains", "containedBy", "overlaps"):
        return _array(name, value, given.value)
    order = compare(value, given.value)
    return {"eq": order == 0, "ne": order != 0, "lt": order < 0, "lte": order <= 0, "gt": order > 0, "gte": order >= 0}[
        name
    ]


def told(kind: Kind, name: str, text: str, given: Any) -> Any:
    """What plain SQL says of an operator that has a table."""
    return kind.tables[name].truths[text, given.text if isinstance(given, Operand) else given]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _array(name: str, value: list[Any], given: list[Any]) -> bool:
    """A null element is equal to nothing (Postgres manual, 9.19)."""
    if name == "overlaps":
        return any(item is not None and item in given for item in value)
    inner, outer = (given, value) if name == "contains" else (value, given)
    return all(item is not None and item in outer for item in inner)
