"""SQL that the doctor writes for people to run: names and texts as Postgres reads them."""

from __future__ import annotations

from gatepost.plan.elements import DIALECT

_QUOTE = DIALECT.identifier_preparer.quote


def quoted(*names: str) -> str:
    """A name, or one within others (a schema, a table): with quotation marks where it needs them."""
    return ".".join(map(_QUOTE, names))


def comment_on(what: str, text: str | None) -> str:
    """The statement that gives `what`, as `table a.b`, another comment; none where the text is empty."""
    written = "'" + text.replace("'", "''") + "'" if text else "null"
    if text and "\\" in text:
        # Whatever standard_conforming_strings says.
        written = " E" + written.replace("\\", "\\\\")
    return f"comment on {what} is {written.strip()};"
