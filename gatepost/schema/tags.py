"""Smart tags: the lines of a comment that begin with `@`, in PostGraphile's syntax, and the description below them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

KNOWN = {
    "name": "the name in the API, instead of the one made from the database's",
    "omit": "not in the API; a junction table's named many-to-many fields stay",
    "notNull": "never null, though the database cannot say so: on a function, a view's column, or a foreign key, where "
    "every role that sees the row sees the one that it refers to",
    "deprecated": "deprecated, with the reason",
    "fieldName": "on a foreign key: the field that leads along it",
    "foreignFieldName": "on a foreign key: the field that leads back along it",
    "backwardDescription": "on a foreign key: the description of the field that leads back along it",
    "manyToManyFieldName": "on a junction table's foreign key: the field that leads across the table to this key's end",
    "manyToManyDescription": "on a junction table's foreign key: the description of that field",
    "orderBy": "on a table, on a function that returns its rows, or on its foreign key for the field that leads back "
    "along it: the order where none is asked for, as `id desc`",
}
_TAG = re.compile(r"@(\w+)[ \t]*(.*)")


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags and the description of one comment."""

    values: dict[str, str] = field(default_factory=dict)
    description: str | None = None

    def get(self, tag: str) -> str | None:
        return self.values.get(tag) or None

    @property
    def omit(self) -> bool:
        return "omit" in self.values

    @property
    def not_null(self) -> bool:
        return "notNull" in self.values

    @property
    def deprecated(self) -> str | None:
        """The reason, or None where there is no such tag."""
        if "deprecated" not in self.values:
            return None
        return self.values["deprecated"] or "No longer supported"


def parse(comment: str | None) -> Tags:
    """Parts a comment into its leading tags and the description that follows; unknown tags are kept, and do nothing."""
    if not comment:
        return Tags()
    lines = comment.split("\n")
    values: dict[str, str] = {}
    for number, line in enumerate(lines):
        match = _TAG.fullmatch(line.strip())
        if match is None:
            return Tags(values, "\n".join(lines[number:]).strip() or None)
        values[match.group(1)] = match.group(2).strip()
    return Tags(values)
