"""What every test may ask for: a Postgres of the test run's own, and fresh databases in it."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from gatepost.embedded import EmbeddedPostgres
from gatepost.migrate import online
from gatepost.migrate.patience import Patience
from gatepost.migrate.scripts import is_online
from tests.alone import alone

ROOT = Path(__file__).parent.parent
BINARIES = Path(programs) if (programs := os.environ.get("TEST_POSTGRES_BIN")) else None
"""The programs of another Postgres than the wheel's to test with, such as those of Debian's package."""
CreateDatabase = Callable[..., Awaitable[str]]
"""`await create_database(*scripts, user="postgres")`: the URL of a fresh database in which the SQL texts were run."""


@pytest.fixture(scope="session", autouse=True)
def _stop_on_sigterm() -> None:
    """Ends a terminated run the way Ctrl-C does, so that the fixtures' servers are stopped."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Callable[[str], Path]]:
    """`server_folder(name)`: an empty folder for a server's data.

    Not pytest's own: that one closes to all but its user when another run begins, and root's server runs as another.
    """
    with tempfile.TemporaryDirectory(prefix="gatepost-tests-") as made:
        Path(made).chmod(0o711)

        def make(name: str) -> Path:
            folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=made))
            folder.chmod(0o711)
            return folder

        yield make


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """The server of this test run; its data needs to survive nothing."""
    options = {
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "max_connections": "200",
        "shared_buffers": "64MB",
        "autovacuum": "off",
        "log_min_messages": "warning",
        "timezone": "UTC",  # and not that of whoever runs the tests
    }
    with tempfile.TemporaryDirectory(prefix="gatepost-tests-") as folder:
        Path(folder).chmod(0o711)
        with EmbeddedPostgres(Path(folder), options, BINARIES) as server:
            yield server


@pytest.fixture(scope="session")
def create_database(postgres: EmbeddedPostgres) -> CreateDatabase:
    """Makes databases, as cheaply as Postgres can: what the same scripts fill is copied from a template.

    Databases go when the server does. Roles belong to the whole server, so scripts create them only if they are not
    there.
    """
    lock = asyncio.Lock()
    templates: dict[tuple[str, ...], str] = {}
    made = 0

    async def create(*scripts: str, user: str = "postgres") -> str:
        nonlocal made
        async with lock:
            if scripts not in templates:
                made += 1  # also where a script fails, for the next one
                name = f"template_{made}"
                await run_sql(postgres.url(), f"create database {name}")
                for script in scripts:
                    await run_sql(postgres.url(name), script)
                templates[scripts] = name
            made += 1
            name = f"test_{made}"
            await run_sql(postgres.url(), f"create database {name} template {templates[scripts]} strategy file_copy")
            return postgres.url(name, user)

    return create


async def run_sql(url: str, script: str) -> None:
    """Runs a script of any number of statements over a connection of its own: in one transaction, unless it says
    otherwise as a migration may."""
    connection = await asyncpg.connect(url)
    try:
        if is_online(script):
            await online.run(connection, Path("script.sql"), script, Patience(60, "10s", print), print)
        else:
            await connection.execute(script)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def execute() -> Callable[[str, str], Awaitable[None]]:
    """`await execute(url, script)` runs a script over a connection of its own."""
    return run_sql


@pytest.fixture(scope="session")
def built_page() -> None:
    """GraphiQL, built where it is not."""
    build = ROOT / "gatepost" / "http" / "graphiql" / "build.sh"
    with alone("page"):
        subprocess.run([str(build), sys.prefix], check=True, timeout=900)


@pytest.fixture
def browser() -> Iterator[dict[str, str]]:
    """The environment that tells drive.sh which browser to use; the one of npm is for Linux on x86-64 alone.

    One test at a time: the first of all unpacks it.
    """
    chosen: dict[str, str] | None = None
    if sys.platform == "linux" and platform.machine() == "x86_64":
        chosen = {}
    for name in ("chromium", "google-chrome", "chrome") if chosen is None else ():
        if path := shutil.which(name):
            chosen = {"BROWSER": path}
    if chosen is not None:
        with alone("browser"):
            yield chosen
        return
    pytest.skip("npm has no browser for this machine and no Chromium is installed on it")
