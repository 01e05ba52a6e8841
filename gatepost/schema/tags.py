"""Smart tags: the lines of a comment that begin with `@`, in PostGraphile's syntax, and the description below them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

KNOWN = {
    "name": "the name in the API, instead of the one made from the database's",
    "omit": "not in the API; a junction table's named many-to-many fields stay. With actions behind it, as "
    "`@omit create,update,delete,upsert` on a table or a column: only these are left out",
    "notNull": "never null, though the database cannot say so: on a function, a view's column, or a foreign key, where "
    "every role that sees the row sees the one that it refers to",
    "deprecated": "deprecated, with the reason",
    "deprecatedParam": "on a function: the name of an argument that has a default, and why it is deprecated; "
    "may come more than once",
    "value": "on an enum type: a label, in quotation marks where it has blanks, then its description; may come more "
    "than once",
    "deprecatedValue": "on an enum type: a label, likewise, then why it is deprecated; may come more than once",
    "filterable": "on a function of a row with arguments: rows filter by its value, with the defaults where all have "
    "one, else with those that are given",
    "sortable": "on such a function: rows sort by its value, likewise",
    "searchConfig": "on a column of type tsvector: the text search configuration for searches in it, as `english`",
    "byKey": "on a function: an argument that is a row of a table is given by the row's primary key alone, and is the "
    "row as the caller may see it; may come more than once",
    "page": "on a function that returns a table's rows: its last arguments, which are no part of the API and tell it "
    "what a page needs, as `page_size created_at=after_created_at id=after_id`: how many rows, and after which",
    "param": "on a function: an argument's name, then its description; may come more than once",
    "dimensions": "on a column of an array, or a function that returns one: how many dimensions it has, where its "
    "declaration does not tell; on a function with an argument's name before the number: that argument",
    "fieldName": "on a foreign key: the field that leads along it",
    "foreignFieldName": "on a foreign key: the field that leads back along it",
    "backwardDescription": "on a foreign key: the description of the field that leads back along it",
    "manyToManyFieldName": "on a junction table's foreign key: the field that leads across the table to this key's end",
    "manyToManyDescription": "on a junction table's foreign key: the description of that field",
    "manyToManyOrderBy": "on a junction table's foreign key: the order of that field where none is asked for, by the "
    "columns of the table to which it leads, as `id desc`, and the junction table's own, as `edge.since desc`",
    "primaryKey": "on a view or table: its primary key, as `a, b`, where the database cannot know it",
    "unique": "on a view or table: columns that no two rows share, as `a, b`; may come more than once",
    "foreignKey": "on a view or table: `(a, b) references schema.table (c, d)`; may come more than once; tags of the "
    "constraint come behind it, as `|@fieldName author`",
    "meant": "what the doctor finds here is meant to be: the id of the kind, then why; may come more than once",
    "orderBy": "on a table, on a function that returns its rows, or on its foreign key for the field that leads back "
    "along it: the order where none is asked for, as `id desc`",
}
ACTIONS = frozenset(
    "create update delete upsert all filter order aggregates distinct manyToMany forward backward".split()
)
"""What `@omit` can leave out by itself."""
NO_REASON = "No longer supported"
"""Why something is deprecated where nothing is said (GraphQL spec, 3.13.3)."""
_TAG = re.compile(r"@(\w+)[ \t]*(.*)")
_ABOUT = re.compile(r'(?:"(?P<quoted>[^"]+)"|(?P<bare>\S+))\s*(?P<text>.*)')


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags and the description of one comment."""

    values: dict[str, str] = field(default_factory=dict)
    description: str | None = None
    lines: tuple[tuple[str, str], ...] = ()

    def every(self, tag: str) -> list[str]:
        """What each line of a tag says that may come more than once."""
        return [value for name, value in self.lines if name == tag]

    def about(self, tag: str) -> dict[str, str]:
        """What the lines of a tag say about things that each begins with the name of: `@param name text`."""
        lines = (_ABOUT.fullmatch(line) for line in self.every(tag))
        return {line["quoted"] or line["bare"]: line["text"] for line in lines if line}

    def described(self, otherwise: str) -> Tags:
        """The same, with another description where it has none."""
        return self if self.description else replace(self, description=otherwise)

    def get(self, tag: str) -> str | None:
        return self.values.get(tag) or None

    @property
    def omit(self) -> bool:
        """Whether it is left out altogether: by `@omit` without actions, or with one that is none of ACTIONS."""
        return "omit" in self.values and not (self._omitted and self._omitted <= ACTIONS)

    def omits(self, action: str) -> bool:
        """Whether it is left out for this action, one of ACTIONS."""
        return "omit" in self.values and (self.omit or action in self._omitted)

    @property
    def _omitted(self) -> set[str]:
        return set(re.findall(r"[^\s,]+", self.values.get("omit", "")))

    @property
    def not_null(self) -> bool:
        return "notNull" in self.values

    @property
    def dimensions(self) -> int:
        """What `@dimensions 2` tells; 0 where it tells none."""
        return self.dimensions_of("")

    def dimensions_of(self, argument: str) -> int:
        """What `@dimensions argument 2` tells, 1 to 6, as Postgres takes no more; 0 where it tells none."""
        wanted = re.compile(rf"{re.escape(argument)}\s*([1-6])")
        found = filter(None, map(wanted.fullmatch, self.every("dimensions")))
        return next((int(match[1]) for match in found), 0)

    @property
    def deprecated(self) -> str | None:
        """The reason, or None where there is no such tag."""
        if "deprecated" not in self.values:
            return None
        return self.values["deprecated"] or NO_REASON


def unknown(comment: str | None) -> list[str]:
    """The tags of a comment that mean nothing here, in their order."""
    return [name for name in parse(comment).values if name not in KNOWN]


def parse(comment: str | None) -> Tags:
    """Parts a comment into its leading tags and the description that follows; unknown tags are kept, and do nothing."""
    if not comment:
        return Tags()
    lines = comment.split("\n")
    values: dict[str, str] = {}
    found: list[tuple[str, str]] = []
    for number, line in enumerate(lines):
        match = _TAG.fullmatch(line.strip())
        if match is None:
            return Tags(values, "\n".join(lines[number:]).strip() or None, tuple(found))
        values[match.group(1)] = match.group(2).strip()
        found.append((match.group(1), match.group(2).strip()))
    return Tags(values, None, tuple(found))
