"""Threads as `make run` starts it: `python app.py` in a folder of its own, and front ends that talk to it by HTTP.

Tests with another Postgres than the embedded one give it DATABASE_URL.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest
from graphql import parse, print_ast, separate_operations

from gatepost.embedded import EmbeddedPostgres
from tests.conftest import BINARIES, CreateDatabase

ROOT = Path(__file__).parents[2]
PASSWORD = "a password of the tests"
PLAIN = "\\set QUIET on\n\\pset format unaligned\n\\pset tuples_only on\n"
"""Has psql print rows and nothing else."""
OPERATIONS = {
    name: print_ast(document)
    for name, document in separate_operations(parse((Path(__file__).parent / "walk.graphql").read_text())).items()
}
"""The operations of walk.graphql by name, each with the fragments that it spreads."""


def clean_environment(**further: str) -> dict[str, str]:
    """This process's environment without settings of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GATEPOST", "DATABASE", "PG"))}
    return {**kept, "GATEPOST_ACCESS_LOG": "off", **further}


@dataclass(frozen=True)
class Person:
    """Somebody who signed up."""

    username: str
    token: str
    refresh_token: str


@dataclass(frozen=True)
class Server:
    """Where Threads is started, and the Postgres that it uses."""

    folder: Path
    database_url: str
    log: Path
    environment: dict[str, str]


class Threads:
    """The running application, and a front end's way to it."""

    def __init__(self, server: Server, url: str, http: aiohttp.ClientSession) -> None:
        self.server = server
        self.folder = server.folder
        self.url = url
        self.http = http

    @property
    def database_url(self) -> str:
        """Its database, for the superuser."""
        return self.server.database_url

    @property
    def secret(self) -> str:
        return (self.folder / ".gatepost" / "jwt-secret").read_text()

    async def post(self, operation: str, by: Person | str | None = None, **variables: object) -> tuple[int, Any]:
        """Status and body of an operation of walk.graphql, sent by somebody, with a token, or by nobody."""
        token = by.token if isinstance(by, Person) else by
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        body = {"query": OPERATIONS[operation], "variables": variables}
        async with self.http.post(f"{self.url}/graphql", json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    async def data(self, operation: str, by: Person | str | None = None, **variables: object) -> Any:
        """The data of an operation that must go well; of its root field, where there is one alone."""
        status, body = await self.post(operation, by, **variables)
        assert (status, body.get("errors")) == (200, None)
        data = body["data"]
        return next(iter(data.values())) if len(data) == 1 else data

    async def error(self, operation: str, by: Person | str | None = None, **variables: object) -> Any:
        """The only error of an operation that must not go well."""
        _, body = await self.post(operation, by, **variables)
        [error] = body["errors"]
        return error

    async def sign_up(self, username: str) -> Person:
        made = await self.data("SignUp", username=username, password=PASSWORD)
        return Person(username, made["accessToken"], made["refreshToken"])

    async def write(self, by: Person, body: str) -> str:
        """The id of a new thread."""
        return str((await self.data("Create", by, body=body))["thread"]["id"])

    async def sql(self, statement: str, *values: object) -> Any:
        """One value, as the superuser."""
        connection = await asyncpg.connect(self.database_url)
        try:
            return await connection.fetchval(statement, *values)
        finally:
            await connection.close()

    async def psql(self, script: str, user: str | None = None) -> tuple[str, str]:
        """What psql prints, rows only, and complains of, opened as `make psql` or `make psql AS=user` does."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "app.py",
            "psql",
            *(["--as", user] if user else []),
            cwd=self.folder,
            env=clean_environment(PSQLRC="/dev/null", PAGER="cat", **self.server.environment),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
        )
        out, error = await asyncio.wait_for(process.communicate((PLAIN + script).encode()), 120)
        return out.decode(), error.decode()


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """A copy of Threads. Not below pytest's own folder, which each run of pytest closes to all but its user: to root's
    Postgres, which runs as another, too.
    """
    with tempfile.TemporaryDirectory(prefix="gatepost-walk-") as name:
        folder = Path(name)
        shutil.copy(ROOT / "app.py", folder)
        for part in ("db", "sdl", "resolvers"):
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        yield folder


@pytest.fixture(scope="session")
async def server(folder: Path, request: pytest.FixtureRequest) -> Server:
    """The embedded server, or that of the other tests where they have another."""
    if BINARIES is None:
        embedded = EmbeddedPostgres(folder / ".gatepost")
        return Server(folder, embedded.url("threads"), embedded.folder / "postgres.log", {})
    postgres: EmbeddedPostgres = request.getfixturevalue("postgres")
    create_database: CreateDatabase = request.getfixturevalue("create_database")
    url = await create_database()
    return Server(folder, url, postgres.folder / "postgres.log", {"DATABASE_URL": url})


@pytest.fixture(scope="session")
async def threads(server: Server) -> AsyncIterator[Threads]:
    """Threads with its sample data, on a free port; one for all tests, who sign up people of their own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "app.py",
        cwd=server.folder,
        env=clean_environment(PORT=str(port), **server.environment),
        stdin=DEVNULL,
        stdout=PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(180):
            while "Ctrl-C" not in (line := (await process.stdout.readline()).decode()):
                assert line, "Threads did not start"
        async with aiohttp.ClientSession() as http:
            yield Threads(server, f"http://127.0.0.1:{port}", http)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.communicate(), 120)
