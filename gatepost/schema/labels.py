"""Names of enum values: a label that is a GraphQL name stays as it is, any other gets one made from it.

The same labels in the same order always give the same names.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from gatepost.schema.names import valid


def value_names(labels: Iterable[str]) -> dict[str, str]:
    """Each label with its name; where two want one, the later one gets a number."""
    labels = list(labels)
    taken = {label for label in labels if valid(label)}
    names: dict[str, str] = {}
    for label in labels:
        name = label
        if not valid(label):
            wanted = _made(label)
            name, number = wanted, 2
            while name in taken:
                name, number = f"{wanted}_{number}", number + 1
            taken.add(name)
        names[label] = name
    return names


def _made(label: str) -> str:
    """`extra small` → `extra_small`, `1st` → `_1st`, `café` → `cafe`, `<=` → `LESS_THAN_SIGN_EQUALS_SIGN`."""
    plain = "".join(part for part in unicodedata.normalize("NFKD", label) if not unicodedata.combining(part))
    name = re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_")
    if not name:
        spelled = "_".join(unicodedata.name(character, f"U{ord(character):X}") for character in label)
        name = re.sub(r"[^A-Za-z0-9]+", "_", spelled) or "EMPTY"
    return name if valid(name) else f"_{name}"
