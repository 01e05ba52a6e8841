"""Trusted documents: the operations that the operator has given beforehand, by the ids under which callers ask them.

Three forms, as the tools of front ends write them: the manifest of Apollo's generate-persisted-query-manifest, the JSON
map of relay-compiler's persistConfig, and single *.graphql files, whose id is the SHA-256 of their text. A table may
hold some too.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import asyncpg
import orjson
import sqlalchemy as sa

from gatepost.errors import SetUpError
from gatepost.plan.elements import DIALECT

_UNKNOWN = "neither a manifest of Apollo's nor a map from ids to documents"
Entry = tuple[str, str, str]
"""Where a document stands, its id and its text."""
_SHA_256 = re.compile(r"[0-9a-f]{64}").fullmatch


def sha_256(text: str) -> str:
    """The digest of a document's bytes, in hexadecimal, as Apollo's clients send it."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Documents:
    """Documents by their ids."""

    def __init__(self, by_id: dict[str, str]) -> None:
        self._by_id = by_id
        self._texts = frozenset(by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, identifier: str) -> str | None:
        """The text of the document with this id."""
        return self._by_id.get(identifier)

    def holds(self, text: str) -> bool:
        """Whether exactly this text is one of the documents."""
        return text in self._texts


def collected(entries: Iterable[Entry]) -> Documents:
    """The documents of files and tables together.

    Raises SetUpError, which says where, for an id that looks like a SHA-256 and is not that of its text, and for one id
    of two texts.
    """
    found: dict[str, str] = {}
    for where, identifier, text in entries:
        digest = sha_256(text)
        if _SHA_256(identifier) and identifier != digest:
            raise SetUpError(f"{where}: {identifier} is not the SHA-256 of its document")
        if found.setdefault(identifier, text) != text:
            raise SetUpError(f"{where}: {identifier} is the id of another document too")
        found[digest] = text
    return Documents(found)


def in_files(path: Path | None) -> list[Entry]:
    """What a file holds, or all *.json and *.graphql in a folder and those below; nothing without a path.

    Raises SetUpError, which names the file, where one is of no known form.
    """
    entries: list[Entry] = []
    for file in _files(path):
        try:
            entries += [(str(file), identifier, text) for identifier, text in _documents(file)]
        except (OSError, ValueError) as error:
            raise SetUpError(f"{file}: {error}") from None
    return entries


async def in_table(connection: asyncpg.Connection[asyncpg.Record], name: str) -> list[Entry]:
    """What the columns `id` and `document` of a table or view (schema.table) hold.

    Raises SetUpError where the connection's role cannot read them.
    """
    schema, _, table = name.rpartition(".")
    columns = [sa.cast(sa.column(column), sa.Text) for column in ("id", "document")]
    statement = sa.select(*columns).select_from(sa.table(table, schema=schema or None))
    try:
        rows = await connection.fetch(str(statement.compile(dialect=DIALECT)))
    except asyncpg.PostgresError as error:
        raise SetUpError(f"trusted_documents_table: {error}") from None
    return [(name, row[0], row[1]) for row in rows if row[0] is not None and row[1] is not None]


def _files(path: Path | None) -> list[Path]:
    if path is None:
        return []
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise SetUpError(f"trusted_documents: there is no {path}")
    return sorted(file for file in path.rglob("*") if file.suffix in (".json", ".graphql"))


def _documents(file: Path) -> Iterator[tuple[str, str]]:
    """Ids and texts in one file. Raises SetUpError, OSError and ValueError."""
    content = file.read_bytes()
    if file.suffix == ".graphql":
        text = content.decode()
        yield sha_256(text), text
        return
    written = orjson.loads(content)
    if not isinstance(written, dict):
        raise SetUpError(f"{file}: {_UNKNOWN}")
    pairs = list(written.items())
    if written.get("format") == "apollo-persisted-query-manifest":
        if written.get("version") != 1:
            raise SetUpError(f"{file}: only version 1 of this manifest is known")
        operations = written.get("operations")
        if not isinstance(operations, list) or not all(isinstance(each, dict) for each in operations):
            raise SetUpError(f"{file}: {_UNKNOWN}")
        pairs = [(each.get("id"), each.get("body")) for each in operations]
    for identifier, text in pairs:
        if not isinstance(identifier, str) or not isinstance(text, str):
            raise SetUpError(f"{file}: {_UNKNOWN}")
        yield identifier, text
