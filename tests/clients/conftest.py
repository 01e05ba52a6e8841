"""The tools of front ends, installed once beside the tests, and the files that docs/clients.md shows."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from gatepost.settings import Settings
from tests.alone import alone
from tests.docs.pages import DOCS, blocks
from tests.docs.serving import SECRET, Api, CreateDatabase, serving
from tests.scripts import SCRIPTS, SEED

HERE = Path(__file__).parent
PYTHON = HERE / ".venv"
"""An environment of its own: ariadne-codegen needs another graphql-core than Gatepost."""
LOCK = HERE / "ariadne.lock"
Run = Callable[..., Awaitable[str]]
"""`await run(folder, *command)`: what a command prints that ends well."""


async def run(folder: Path, *command: str | Path) -> str:
    """What a command prints that is run in a folder. Fails the test where it does not end well."""
    process = await asyncio.create_subprocess_exec(
        *map(str, command), cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, error = await asyncio.wait_for(process.communicate(), 900)
    assert process.returncode == 0, (command, out.decode()[-3000:], error.decode()[-3000:])
    return out.decode()


@pytest.fixture(scope="session")
async def node() -> Run:
    """Runs a program of Node's in a folder, whose packages are installed before."""
    with alone("clients"):
        await run(HERE, HERE / "run.sh", sys.prefix, "true")

    async def run_node(folder: Path, *command: str | Path) -> str:
        return await run(folder, HERE / "run.sh", sys.prefix, *command)

    return run_node


@pytest.fixture(scope="session")
async def ariadne() -> Path:
    """The folder of ariadne-codegen's programs; the first time, it is installed."""
    done = PYTHON / "installed.lock"
    with alone("ariadne"):
        if not done.exists() or done.read_text() != LOCK.read_text():
            await run(HERE, sys.executable, "-m", "venv", "--clear", PYTHON)
            pip = (PYTHON / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "--quiet")
            await run(HERE, *pip, "install", "--no-deps", "--require-hashes", "-r", LOCK)
            done.write_text(LOCK.read_text())
    return PYTHON / "bin"


def project(folder: Path) -> Path:
    """A folder with the files that docs/clients.md shows, and with the packages of package.json."""
    for block in blocks(DOCS / "clients.md"):
        if block.mark and "." in block.mark:
            path = folder / block.mark
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text)
    (folder / "package.json").write_text('{ "type": "module" }')
    (folder / "node_modules").symlink_to(HERE / "node_modules")
    return folder


@pytest.fixture(scope="module")
async def threads(create_database: CreateDatabase) -> AsyncIterator[Api]:
    settings = Settings(
        database_url=await create_database(*SCRIPTS, SEED, user="threads_gateway"),
        schemas=("threads",),
        anonymous_role="threads_anonymous",
        authenticated_role="threads_member",
        jwt_secret=SECRET,
        jwt_issuer="threads",
        sdl=DOCS.parent / "sdl",
        resolvers="resolvers",
        access_log=False,
    )
    async with serving(settings) as api:
        yield api
