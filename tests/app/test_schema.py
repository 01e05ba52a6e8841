"""sdl/schema.graphql, which people read and tools diff, is what the database generates."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Awaitable, Callable
from pathlib import Path

import app
from gatepost import migrate
from gatepost.cli import sdl

ROOT = Path(__file__).resolve().parents[2]


async def test_the_checked_in_schema_is_what_the_database_generates(
    create_database: Callable[..., Awaitable[str]],
) -> None:
    url = await create_database()
    await migrate.up(url, ROOT / "db")
    settings = dataclasses.replace(app.settings(url), database_url=url)
    generated = await sdl(settings, sorted(settings.token_roles))
    there = (ROOT / "sdl" / "schema.graphql").read_text(encoding="utf-8")
    differences = difflib.unified_diff(there.splitlines(), generated.splitlines(), "sdl/schema.graphql", "database")
    assert not list(differences), "`make schema` writes it anew"
