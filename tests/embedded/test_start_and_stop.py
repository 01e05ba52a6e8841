"""The embedded server: started once, shared, stopped by whoever leaves last."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from gatepost.embedded import EmbeddedPostgres, programs


@pytest.fixture
def folder(server_folder: Callable[[str], Path]) -> Path:
    return server_folder("embedded") / "server"


async def _answer(server: EmbeddedPostgres) -> object:
    connection = await asyncpg.connect(server.url())
    try:
        return await connection.fetchval("select current_setting('data_directory')")
    finally:
        await connection.close()


async def test_starts_stops_and_starts_again(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    with server:
        assert await _answer(server) == str(folder / "data")
    with pytest.raises(OSError, match=r"."):
        await _answer(server)
    with server:
        assert await _answer(server) == str(folder / "data")


async def test_the_last_to_leave_stops_it(folder: Path) -> None:
    first, second = EmbeddedPostgres(folder), EmbeddedPostgres(folder)
    first.start()
    second.start()
    first.stop()
    assert await _answer(second)
    second.stop()
    with pytest.raises(OSError, match=r"."):
        await _answer(second)


async def test_takes_over_a_server_whose_process_was_killed(folder: Path) -> None:
    program = "import sys, os, pathlib\nfrom gatepost.embedded import EmbeddedPostgres\n"
    program += f"EmbeddedPostgres(pathlib.Path({str(folder)!r})).start(); os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", program], check=False, timeout=300)
    with EmbeddedPostgres(folder) as server:
        assert await _answer(server)
    with pytest.raises(OSError, match=r"."):
        await _answer(server)


async def test_a_process_that_is_terminated_leaves_none_behind(folder: Path) -> None:
    program = f"""
import asyncio, pathlib
from gatepost.embedded import EmbeddedPostgres

async def main():
    with EmbeddedPostgres(pathlib.Path({str(folder)!r})):
        print("ready", flush=True)
        await asyncio.to_thread(input)

asyncio.run(main())
"""
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        assert await _answer(EmbeddedPostgres(folder))
        process.terminate()
        process.communicate(timeout=300)
    assert process.returncode == 128 + 15
    assert not (folder / "data" / "postmaster.pid").exists()


async def test_a_long_path_does_not_keep_it_from_its_socket(server_folder: Callable[[str], Path]) -> None:
    folder = server_folder("long") / ("long" * 30)
    with EmbeddedPostgres(folder) as server:
        assert len(os.fsencode(server.socket)) < 90
        assert await _answer(server)
    server.socket.rmdir()


def test_only_the_owner_may_reach_the_socket(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        assert server.socket.stat().st_mode & 0o077 == 0
        assert server.data.stat().st_mode & 0o077 == 0


def test_nothing_listens_on_tcp(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        shown = subprocess.run(
            [programs() / "psql", server.url(), "-Atc", "show listen_addresses"], capture_output=True, check=True
        )
    assert shown.stdout == b"\n"
