"""`python app.py`, as `make run` starts it: in a folder of its own, on a free port."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from gatepost.embedded import EmbeddedPostgres

ROOT = Path(__file__).resolve().parents[2]
CreateDatabase = Callable[..., Awaitable[str]]


@pytest.fixture(scope="module")
def folder(server_folder: Callable[[str], Path]) -> Path:
    return copied(server_folder("threads"))


def copied(folder: Path) -> Path:
    """A copy of Threads, so that the checkout's own data stays as it is."""
    shutil.copy(ROOT / "app.py", folder)
    for name in ("db", "sdl", "resolvers"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture
def port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        number: int = taken.getsockname()[1]
        return number


@dataclass(frozen=True)
class Running:
    process: asyncio.subprocess.Process
    welcome: str
    url: str

    async def ask(self, query: str, **headers: str) -> dict[str, object]:
        async with aiohttp.request("POST", f"{self.url}/graphql", json={"query": query}, headers=headers) as answer:
            found: dict[str, object] = await answer.json()
            return found

    async def stop(self, number: int = signal.SIGTERM) -> str:
        """Stops it and returns what it complained of."""
        self.process.send_signal(number)
        _, error = await asyncio.wait_for(self.process.communicate(), 120)
        # Root's server runs as another user, for whom folders on the way are opened.
        return "\n".join(line for line in error.decode().splitlines() if "may now be passed through" not in line)


async def start(folder: Path, *arguments: str, **environment: str) -> asyncio.subprocess.Process:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("GATEPOST", "DATABASE"))}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "app.py",
        *arguments,
        cwd=folder,
        env={**clean, "GATEPOST_ACCESS_LOG": "off", **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@contextlib.asynccontextmanager
async def running(folder: Path, port: int, **environment: str) -> AsyncIterator[Running]:
    process = await start(folder, PORT=str(port), **environment)
    try:
        assert process.stdout is not None
        lines: list[str] = []
        async with asyncio.timeout(180):
            while not lines or "Ctrl-C" not in lines[-1]:
                lines.append((await process.stdout.readline()).decode())
                if not lines[-1]:
                    raise AssertionError((await process.communicate())[1].decode())
        yield Running(process, "".join(lines), f"http://127.0.0.1:{port}")
    finally:
        if process.returncode is None:
            process.terminate()
            await asyncio.wait_for(process.communicate(), 120)


def has_server(folder: Path) -> bool:
    """Whether the embedded Postgres runs; it removes this file when it has stopped in good order."""
    return (folder / ".gatepost" / "data" / "postmaster.pid").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_serves_sample_data_from_its_own_postgres_and_leaves_nothing_running(
    folder: Path, port: int, number: int
) -> None:
    async with running(folder, port) as threads:
        assert f"{threads.url}/graphiql" in threads.welcome
        answer = await threads.ask("{ threads(first: 1) { totalCount nodes { author { username } } } }")
        assert "'totalCount': 4900" in str(answer)
        assert has_server(folder)
        assert await threads.stop(number) == ""
    assert threads.process.returncode == 0
    assert not has_server(folder)


async def test_the_log_in_that_it_prints_works(folder: Path, port: int) -> None:
    async with running(folder, port) as threads:
        line = next(line for line in threads.welcome.splitlines() if "Log in" in line)
        username, _, password = line.split("username ")[1].partition(", password ")
        log_in = f'mutation {{ logIn(input: {{ username: "{username}", password: "{password}" }}) {{ accessToken }} }}'
        answer = await threads.ask(log_in)
        token = str(answer).split("'accessToken': '")[1].split("'")[0]
        viewer = await threads.ask("{ viewer { username } }", Authorization=f"Bearer {token}")
        assert viewer == {"data": {"viewer": {"username": username}}}


async def test_its_secrets_are_for_its_owner_only(folder: Path, port: int) -> None:
    async with running(folder, port):
        secret = folder / ".gatepost" / "jwt-secret"
        assert secret.stat().st_mode & 0o777 == 0o600
        assert len(secret.read_bytes()) >= 32


async def test_a_port_in_use_is_one_line_and_the_postgres_is_stopped(folder: Path, port: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        process = await start(folder, PORT=str(port))
        out, error = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 1
    assert out == b""
    assert str(port) in error.decode()
    assert error.count(b"\n") == 1
    assert not has_server(folder)


async def test_several_workers_share_the_port(folder: Path, port: int) -> None:
    async with running(folder, port, GATEPOST_WORKERS="2") as threads:
        assert (await threads.ask("{ threads(first: 1) { totalCount } }"))["data"]
        assert await threads.stop() == ""
    assert threads.process.returncode == 0
    assert not has_server(folder)


async def test_a_wrong_url_is_one_line(folder: Path, tmp_path: Path) -> None:
    process = await start(folder, DATABASE_URL=f"postgresql://nobody@/x?host={tmp_path}")
    _, error = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 1
    assert error.startswith(b"threads: cannot connect to the database")
    assert error.count(b"\n") == 1


async def test_with_an_administrators_url_it_serves_that_database_as_the_gateway(
    folder: Path, port: int, postgres: EmbeddedPostgres, create_database: CreateDatabase
) -> None:
    url = await create_database()
    async with running(folder, port, DATABASE_URL=url) as threads:
        assert not has_server(folder)
        assert (await threads.ask("{ threads(first: 1) { totalCount } }"))["data"]
        connection = await asyncpg.connect(url)
        try:
            users = await connection.fetch(
                "select distinct usename from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
        finally:
            await connection.close()
        assert [row["usename"] for row in users] == ["threads_gateway"]
        # Nobody else knows the sample users' password: this database may be one that others reach.
        assert "analytical engine" not in threads.welcome
    async with running(folder, port, DATABASE_URL=url.replace("postgres@", "threads_gateway@", 1)) as threads:
        assert (await threads.ask("{ threads(first: 1) { totalCount } }"))["data"]


async def test_two_first_starts_at_once_share_one_postgres(port: int, server_folder: Callable[[str], Path]) -> None:
    fresh = copied(server_folder("twice"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        other = taken.getsockname()[1]
    async with contextlib.AsyncExitStack() as stack:
        async with asyncio.TaskGroup() as group:
            starting = [
                group.create_task(stack.enter_async_context(running(fresh, number))) for number in (port, other)
            ]
        first, second = (task.result() for task in starting)
        await first.stop()
        assert has_server(fresh)
        assert "'totalCount': 4900" in str(await second.ask("{ threads(first: 1) { totalCount } }"))
    assert not has_server(fresh)


async def test_a_start_that_is_interrupted_leaves_nothing_running(
    server_folder: Callable[[str], Path], port: int
) -> None:
    fresh = copied(server_folder("interrupted"))
    for seconds in (0.4, 0.7, 1.0):
        process = await start(fresh, PORT=str(port))
        await asyncio.sleep(seconds)
        process.terminate()
        await asyncio.wait_for(process.communicate(), 120)
        assert not has_server(fresh)
    async with running(fresh, port) as threads:
        assert "'totalCount': 4900" in str(await threads.ask("{ threads(first: 1) { totalCount } }"))
