"""The folder of SQL scripts: schema.sql, migrations/NNNN_name.sql and functions/*.sql, with their checksums."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from gatepost.errors import SetUpError

NO_TRANSACTION = "no transaction"
"""What the first line of a migration says that runs outside the deploy's transaction, after `-- gatepost: `."""

WAS = "was "
"""What a comment says before the checksum of an earlier text of its script, after `-- gatepost: `."""

_EARLIER = re.compile(r"^-- gatepost: was ([0-9a-f]{64})$", re.MULTILINE)
_MIGRATION = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")


class Kind(Enum):
    """When a script runs."""

    SCHEMA = "schema"
    """Once, on an empty database."""
    MIGRATION = "migration"
    """Once."""
    FUNCTIONS = "functions"
    """Whenever its text changed."""


@dataclass(frozen=True)
class Script:
    """One file; `name` is its path below the folder, as the record and the messages have it."""

    kind: Kind
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text, in hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def earlier(self) -> frozenset[str]:
        """Checksums of its earlier texts: who ran one of these need not run what it is now."""
        return frozenset(_EARLIER.findall(self.text))

    @property
    def is_online(self) -> bool:
        """Whether it runs outside the deploy's transaction, while the database is in use."""
        return is_online(self.text)


def is_online(text: str) -> bool:
    """Whether a script's first line says that it runs outside the deploy's transaction."""
    return text.partition("\n")[0].strip() == f"-- gatepost: {NO_TRANSACTION}"


def read(folder: Path) -> list[Script]:
    """The folder's scripts, in the order in which they run: the functions follow the last migration that runs in the
    transaction of the deploy, so that they are in place when those run that do not.

    Raises SetUpError when there is no such folder, it holds no scripts, a migration's name is not NNNN_name.sql, two
    migrations share a number, or another script than a migration is to run outside the transaction.
    """
    if not folder.is_dir():
        raise SetUpError(f"there is no folder {folder} with SQL scripts")
    scripts = [_script(Kind.SCHEMA, folder, path) for path in [folder / "schema.sql"] if path.exists()]
    numbers: dict[str, str] = {}
    for path in sorted((folder / "migrations").glob("*.sql")):
        match = _MIGRATION.fullmatch(path.name)
        if match is None:
            raise SetUpError(f"migrations/{path.name}: the name of a migration is NNNN_name.sql, in lower case")
        if match[1] in numbers:
            raise SetUpError(f"migrations/{path.name} has the number of migrations/{numbers[match[1]]}")
        numbers[match[1]] = path.name
        scripts.append(_script(Kind.MIGRATION, folder, path))
    functions = [_script(Kind.FUNCTIONS, folder, path) for path in sorted((folder / "functions").glob("*.sql"))]
    for script in scripts + functions:
        if script.is_online and script.kind is not Kind.MIGRATION:
            raise SetUpError(f"{script.name}: only a migration runs outside the transaction")
    last = max((place for place, script in enumerate(scripts) if not script.is_online), default=-1) + 1
    scripts[last:last] = functions
    if not scripts:
        raise SetUpError(f"{folder} holds neither schema.sql nor migrations/ nor functions/")
    return scripts


def _script(kind: Kind, folder: Path, path: Path) -> Script:
    name = path.relative_to(folder).as_posix()
    try:
        return Script(kind, name, path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SetUpError(f"{name}: {error}") from None


def new(folder: Path, name: str) -> Path:
    """Writes an empty migration with the next number and returns its path.

    Raises SetUpError when the name has other letters than a-z, 0-9 and _ (spaces and dashes become _).
    """
    name = re.sub(r"[\s-]+", "_", name.strip().lower())
    if not re.fullmatch(r"[a-z0-9_]+", name):
        raise SetUpError("the name of a migration has letters, digits and underscores only")
    numbers = [int(path.name[:4]) for path in (folder / "migrations").glob("[0-9][0-9][0-9][0-9]_*.sql")]
    path = folder / "migrations" / f"{max(numbers, default=0) + 1:04d}_{name}.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("-- Runs once, in the transaction of the deploy: no begin, no commit.\n", encoding="utf-8")
    return path
