"""The databases that the differential test asks, and who asks: each role, with claims that see more and less."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.api import SHOP, SHOP_SETTINGS
from tests.differential.world import Who
from tests.scripts import SCRIPTS, SEED
from tests.types.conftest import tables

CreateDatabase = Callable[..., Awaitable[str]]
_TESTS = Path(__file__).parents[1]
_CHINOOK = _TESTS.parents[1] / "shared" / "data" / "chinook.sql"
_CHINOOK_CUT = """
do $$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'chinook_gateway') then
        create role chinook_reader nologin;
        create role chinook_gateway login noinherit;
        grant chinook_reader to chinook_gateway;
    end if;
end
$$;
delete from playlist_track where track_id % 23 <> 1;
delete from invoice_line where track_id % 23 <> 1;
delete from track where track_id % 23 <> 1;
delete from invoice where invoice_id not in (select l.invoice_id from invoice_line as l);
delete from album where album_id not in (select t.album_id from track as t);
delete from artist where artist_id not in (select a.artist_id from album as a) and artist_id > 99;
grant select on all tables in schema public to chinook_reader;
"""
"""As many rows as loops in Python can read soon."""
_THREADS_SEED = f"set seed.now = '2025-06-01 12:00:00+00'; {SEED}"
"""With the same times on every day, so that the same operations are made up."""
_THREADS_CUT = """
do $$
declare
    name regclass;
begin
    foreach name in array array(select oid from pg_class where relnamespace = 'threads'::regnamespace and relkind = 'r')
    loop
        execute format('alter table %s disable trigger user', name);
    end loop;
    update threads.users set pinned_thread_id = null where pinned_thread_id % 9 <> 1;
    update threads.threads as t set quoted_id = null
      from threads.threads as q
     where q.id = t.quoted_id and coalesce(q.root_id, q.id) % 9 <> 1;
    delete from threads.threads where coalesce(root_id, id) % 9 <> 1;
    foreach name in array array(select oid from pg_class where relnamespace = 'threads'::regnamespace and relkind = 'r')
    loop
        execute format('alter table %s enable trigger user', name);
    end loop;
end
$$;
"""
"""One conversation in nine, whole."""


@dataclass(frozen=True)
class Database:
    """A database as SQL texts, the gateway's log-in role and settings, and the callers."""

    scripts: tuple[str, ...]
    user: str
    settings: dict[str, Any]
    callers: tuple[Who, ...]

    @property
    def unbounded(self) -> dict[str, Any]:
        """The settings for operations that may cost whatever chance has them cost."""
        return {**self.settings, "max_cost": 10**12}


def _read(*paths: Path) -> tuple[str, ...]:
    return tuple(path.read_text() for path in paths)


def _served(schemas: tuple[str, ...], anonymous: str, authenticated: str = "", *others: str) -> dict[str, Any]:
    settings = {"schemas": schemas, "anonymous_role": anonymous, "roles": others, "pool_size": 2}
    return {**settings, "authenticated_role": authenticated} if authenticated else settings


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
        _served(("music",), "music_guest", "music_agent"),
        (Who("music_guest"), Who("music_agent", (("sub", 3),)), Who("music_agent")),
    ),
    "threads": Database(
        (*SCRIPTS, _THREADS_SEED, _THREADS_CUT),
        "threads_gateway",
        _served(("threads",), "threads_anonymous", "threads_member"),
        (Who("threads_anonymous"), Who("threads_member", (("sub", "3"),))),
    ),
    "road": Database(
        _read(_TESTS / "relations" / "relations.sql"),
        "transport_gateway",
        _served(("road", "rail"), "transport_guest"),
        (Who("transport_guest"),),
    ),
    "sky": Database(
        _read(_TESTS / "functions" / "forms.sql"),
        "forms_gateway",
        _served(("sky",), "forms_reader", "forms_writer"),
        (Who("forms_reader"), Who("forms_writer")),
    ),
    "kinds": Database(
        (*_read(_TESTS / "types" / "kinds.sql"), tables()),
        "kinds_gateway",
        _served(("kinds",), "kinds_reader"),
        (Who("kinds_reader"),),
    ),
    "widgets": Database(
        _read(_TESTS / "types" / "kinds.sql", _TESTS / "types" / "widgets.sql"),
        "kinds_gateway",
        _served(("kinds",), "kinds_reader"),
        (Who("kinds_reader"),),
    ),
    "names": Database(
        _read(_TESTS / "names" / "names.sql"),
        "names_gateway",
        _served(("Odd.Names",), "names_guest"),
        (Who("names_guest"),),
    ),
    "library": Database(
        _read(_TESTS / "roles" / "roles.sql"),
        "library_gateway",
        _served(("library", "vault"), "library_guest", "roles_reader", "library_twin", "library_post_box"),
        (Who("library_guest"), Who("roles_reader")),
    ),
    "desk": Database(
        _read(_TESTS / "writing" / "desk.sql"),
        "desk_gateway",
        _served(("desk",), "desk_anonymous", "desk_member"),
        (Who("desk_anonymous"), Who("desk_member", (("sub", 1),))),
    ),
}
DATABASES["club"] = Database(
    _read(_TESTS / "writing" / "club.sql"),
    "club_gateway",
    _served(("club",), "club_anonymous", "club_member"),
    (Who("club_member", (("sub", 1),)),),
)
if _CHINOOK.exists():
    DATABASES["chinook"] = Database(
        (_CHINOOK.read_text(), _CHINOOK_CUT),
        "chinook_gateway",
        _served(("public",), "chinook_reader"),
        (Who("chinook_reader"),),
    )
