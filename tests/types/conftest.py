"""A gateway on a database with a column of every type, and what its schema says of each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.api import Api, CreateDatabase, opened
from tests.types.asking import ROLE, Kinds, look
from tests.types.values import KINDS

KINDS_SQL = (Path(__file__).parent / "kinds.sql").read_text()
WIDGETS_SQL = (Path(__file__).parent / "widgets.sql").read_text()
SETTINGS: dict[str, Any] = {"schemas": ("kinds",), "anonymous_role": ROLE, "pool_size": 2}


def tables() -> str:
    """A column of every type, a row of each value, and a function that tells how a value arrived."""
    columns = ",\n".join(f"{name}_ {kind.type}" for name, kind in KINDS.items() if name != "positive")
    lines = [f"create table kinds.everything (id integer primary key, positive_ integer,\n{columns}\n);"]
    for place, (name, text) in enumerate(rows()):
        quoted = text.replace("'", "''")
        lines.append(f"call kinds.put({place}, '{name}_', '{quoted}');")
    lines += [
        f"create function kinds.text_of_{name}(value {kind.type}) returns text language sql stable "
        "as $$ select $1::text $$;"
        for name, kind in KINDS.items()
    ]
    return "\n".join([*lines, "grant select on all tables in schema kinds to kinds_reader;"])


def camel(name: str) -> str:
    """A column's name in the API; the column itself ends with `_`."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def rows() -> list[tuple[str, str]]:
    """What the rows of the table hold: a column and a value's text form."""
    return [(name, text) for name, kind in KINDS.items() for text, _ in kind.values]


@pytest.fixture(scope="session")
async def kinds(create_database: CreateDatabase) -> AsyncIterator[Kinds]:
    """A gateway on all types, shared by tests that only read."""
    url = await create_database(KINDS_SQL, tables(), user="kinds_gateway")
    async with opened(url, **SETTINGS) as api:
        yield await look(api)


@pytest.fixture(scope="session")
async def widgets(create_database: CreateDatabase) -> AsyncIterator[Api]:
    """A gateway on tests/types/widgets.sql, shared by tests that only read."""
    async with opened(await create_database(KINDS_SQL, WIDGETS_SQL, user="kinds_gateway"), **SETTINGS) as api:
        yield api


@pytest.fixture
async def own_widgets(create_database: CreateDatabase) -> AsyncIterator[Api]:
    """A gateway on tests/types/widgets.sql of the test's own."""
    async with opened(await create_database(KINDS_SQL, WIDGETS_SQL, user="kinds_gateway"), **SETTINGS) as api:
        yield api
