"""The databases that the differential test asks, and who asks: each role, with claims that see more and less."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.api import SHOP, SHOP_SETTINGS
from tests.differential.world import Who

CreateDatabase = Callable[..., Awaitable[str]]
_TESTS = Path(__file__).parents[1]
_DB = _TESTS.parent / "db"


@dataclass(frozen=True)
class Database:
    """A database as SQL texts, the gateway's log-in role and settings, and the callers."""

    scripts: tuple[str, ...]
    user: str
    settings: dict[str, Any]
    callers: tuple[Who, ...]


def _read(*paths: Path) -> tuple[str, ...]:
    return tuple(path.read_text() for path in paths)


DATABASES = {
    "shop": Database(
        (SHOP,),
        "shop_gateway",
        SHOP_SETTINGS,
        (Who("shop_anonymous"), Who("shop_member", (("sub", 1),)), Who("shop_member", (("sub", 4),))),
    ),
    "market": Database(
        _read(_TESTS / "reading" / "market.sql"),
        "shop_gateway",
        {**SHOP_SETTINGS, "schemas": ("market",)},
        (Who("shop_anonymous"), Who("shop_member")),
    ),
    "music": Database(
        _read(Path(__file__).parent / "music.sql"),
        "music_gateway",
        {"schemas": ("music",), "anonymous_role": "music_guest", "authenticated_role": "music_agent", "pool_size": 2},
        (Who("music_guest"), Who("music_agent", (("sub", 3),)), Who("music_agent")),
    ),
    "threads": Database(
        _read(_DB / "schema.sql", *sorted((_DB / "functions").glob("*.sql")), _DB / "seed.sql"),
        "threads_gateway",
        {
            "schemas": ("threads",),
            "anonymous_role": "threads_anonymous",
            "authenticated_role": "threads_member",
            "pool_size": 2,
        },
        (Who("threads_anonymous"), Who("threads_member", (("sub", "3"),))),
    ),
}
