"""The Threads API: Gatepost over db/, with the hand-written log-in of sdl/ and resolvers/. `python app.py` serves."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import os
import secrets
import signal
import sys
import tempfile
import urllib.parse
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import asyncpg

from gatepost import migrate, supervisor
from gatepost.cli import psql, sdl
from gatepost.dsn import for_driver
from gatepost.embedded import EmbeddedPostgres
from gatepost.errors import GatepostError, SetUpError
from gatepost.settings import Settings, load

HOME = Path(__file__).resolve().parent
STATE = HOME / ".gatepost"
"""What this machine keeps: the embedded Postgres's data, and secrets that were made here."""
DATABASE = "threads"
GATEWAY = "threads_gateway"
"""The role that the API logs in as; it owns nothing and may do nothing before it sets a role."""
SAMPLE_USER = "ada"
SAMPLE_PASSWORD = "analytical engine"
"""Every sample user's password in the embedded Postgres, which nobody else reaches."""
QUERY = """\
# The newest threads. Log in with the mutation logIn, and put { "authorization": "Bearer …" } under Headers.
query Newest {
  threads(first: 5, orderBy: [{ createdAt: DESC }]) {
    nodes {
      body
      likeCount
      author {
        username
      }
    }
  }
}
"""


def settings(database_url: str) -> Settings:
    """Gatepost's settings for Threads: what the operator gave, else its own, with `database_url` as the last resort.

    Raises SetUpError as `load` does.
    """
    return load(
        defaults={
            "database_url": database_url,
            "schemas": ("threads",),
            "anonymous_role": "threads_anonymous",
            "authenticated_role": "threads_member",
            "roles": ("threads_moderator",),
            "jwt_issuer": "threads",
            "sdl": HOME / "sdl",
            "resolvers": "resolvers",
        }
    )


@dataclasses.dataclass(frozen=True)
class Place:
    """Where Threads runs: `settings` log in as the gateway, `administrator` is for psql and scripts."""

    settings: Settings
    administrator: str
    sample_password: str | None
    """None when there are no sample users of ours to log in as."""


def embedded() -> EmbeddedPostgres:
    return EmbeddedPostgres(STATE)


async def prepare(server: EmbeddedPostgres, given: Settings) -> Place:
    """Brings the database up to db/ and returns whom to serve it as.

    A URL that logs in as the gateway already is served as it stands. Raises SetUpError when the database cannot be
    reached or a script fails.
    """
    url = given.database_url
    own = url == server.url(DATABASE)
    if given.jwt_secret is None:
        given = dataclasses.replace(given, jwt_secret=kept("jwt-secret"))
    if own:
        await _create_database(server)
    elif await _fetch(url, "select session_user::text") == GATEWAY:
        return Place(given, url, None)
    if own:
        steps = await migrate.up(url, HOME / "db")
        gateway = server.url(DATABASE, GATEWAY)
    else:
        password = given.login_password or kept("gateway-password")
        steps = await migrate.up(url, HOME / "db", login_role=GATEWAY, login_password=password)
        gateway = _log_in_as(url, GATEWAY, password)
    fresh = own or any(step.script.name == "schema.sql" for step in steps)
    sample_password = SAMPLE_PASSWORD if own else kept("sample-password") if fresh else None
    if fresh and await _fetch(url, _NOBODY_YET):
        await _load_sample(url, sample_password or SAMPLE_PASSWORD)
    return Place(dataclasses.replace(given, database_url=gateway), url, sample_password)


_NOBODY_YET = "select not exists (select from threads.users)"


async def _create_database(server: EmbeddedPostgres) -> None:
    if not await _fetch(server.url(), "select true from pg_catalog.pg_database where datname = $1", DATABASE):
        # A second start at the same moment may be faster.
        with contextlib.suppress(asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
            await _fetch(server.url(), "create database threads")


async def _load_sample(url: str, password: str) -> None:
    """Loads db/seed.sql and gives everybody in it the same password, all or nothing."""
    from gatepost.auth.passwords import Passwords

    passwords = Passwords()
    try:
        password_hash = await passwords.hash(password)
    finally:
        passwords.close()
    connection = await asyncpg.connect(for_driver(url))
    try:
        async with connection.transaction():
            # The number stands for "sample data is being loaded"; any would do.
            await connection.execute("select pg_catalog.pg_advisory_xact_lock(8387795)")
            if not await connection.fetchval(_NOBODY_YET):
                return
            await connection.execute((HOME / "db" / "seed.sql").read_text(encoding="utf-8"))
            await connection.execute("set local role threads_owner")
            await connection.execute(
                "insert into private.credentials (user_id, password_hash) select u.id, $1 from threads.users as u",
                password_hash,
            )
    finally:
        await connection.close()


async def _fetch(url: str, sql: str, *values: object) -> object:
    try:
        connection = await asyncpg.connect(for_driver(url))
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise SetUpError(f"cannot connect to the database: {error or type(error).__name__}") from None
    try:
        return await connection.fetchval(sql, *values)
    finally:
        await connection.close()


def kept(name: str) -> str:
    """A secret that is made at first use and kept in .gatepost/, for its owner's eyes only (mode 0600)."""
    path = STATE / name
    STATE.mkdir(exist_ok=True)
    if not path.exists():
        # Written beside and linked: another start at the same moment sees all of it or nothing.
        written, draft = tempfile.mkstemp(dir=STATE)
        with os.fdopen(written, "w") as file:
            file.write(secrets.token_urlsafe(36))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        Path(draft).unlink()
    return path.read_text()


def _log_in_as(url: str, user: str, password: str) -> str:
    """The same URL with another user and password."""
    parts = urllib.parse.urlsplit(url)
    quote = urllib.parse.quote
    where = parts.netloc.rpartition("@")[2]
    pairs = urllib.parse.parse_qsl(parts.query, keep_blank_values=True)
    query = urllib.parse.urlencode([pair for pair in pairs if pair[0] not in ("user", "password")])
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    return urllib.parse.urlunsplit(parts._replace(netloc=f"{login}@{where}", query=query))


def _welcome(place: Place, url: str) -> str:
    lines = [
        f"Threads is served at {url}",
        "",
        f"  GraphiQL   {url}/graphiql" if place.settings.graphiql else "",
        f"  GraphQL    {url}/graphql",
        f"  Log in     username {SAMPLE_USER}, password {place.sample_password}" if place.sample_password else "",
        f"  psql       make psql, or make psql AS={SAMPLE_USER} to see what that user may see",
        "  Stop       Ctrl-C",
    ]
    return "\n".join(line for place, line in enumerate(lines) if line or place == 1)


def serve(server: EmbeddedPostgres, given: Settings) -> int:
    place = asyncio.run(prepare(server, given))
    from gatepost.http.server import serve as serve_http

    return supervisor.run(
        lambda ready: serve_http(place.settings, query=QUERY, ready=ready),
        given.workers,
        given.host,
        given.port,
        lambda url: print(_welcome(place, url), flush=True),
    )


def _terminate(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves Threads, opens psql on its database or prints its generated schema; returns the exit status."""
    parser = argparse.ArgumentParser(
        description="Serves Threads at http://127.0.0.1:8080, from a Postgres of its own unless DATABASE_URL is set."
    )
    parser.add_argument("command", nargs="?", choices=["serve", "psql", "schema"], default="serve")
    parser.add_argument("--as", dest="user", metavar="USER", help="psql: under that user's role and claims")
    options = parser.parse_args(arguments)
    # The embedded Postgres is to be stopped on the way out.
    signal.signal(signal.SIGTERM, _terminate)
    server = embedded()
    try:
        given = settings(server.url(DATABASE))
        own = given.database_url == server.url(DATABASE)
        with server if own else contextlib.nullcontext():
            if options.command == "serve":
                return serve(server, given)
            if own:
                asyncio.run(prepare(server, given))
            if options.command == "schema":
                print(asyncio.run(sdl(given, sorted(given.token_roles))), end="")
                return 0
            return psql(given.database_url, schemas=given.schemas, user=options.user)
    except GatepostError as error:
        print(f"threads: {' '.join(error.message.split())}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
