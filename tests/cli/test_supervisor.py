"""Several processes behind one port: started, replaced, stopped together."""

import asyncio
import contextlib
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

# Each process answers with its number; a file makes the next one refuse to start.
PROGRAM = """
import asyncio, os, signal, sys
from gatepost.errors import SetUpError
from gatepost.supervisor import run

port, broken = int(sys.argv[1]), sys.argv[2]

async def serve(ready):
    if os.path.exists(broken):
        raise SetUpError("it is broken")
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)

    async def answer(reader, writer):
        writer.write(str(os.getpid()).encode())
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", port, reuse_port=True)
    ready("up")
    await stop.wait()
    server.close()

try:
    sys.exit(run(serve, 2, "127.0.0.1", port, lambda url: print(url, flush=True)))
except SetUpError as error:
    sys.exit(error.message)
"""


@contextlib.asynccontextmanager
async def supervised(port: int, broken: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, str(port), str(broken),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def answered(port: int) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        return int(await reader.read())
    finally:
        writer.close()
        await writer.wait_closed()


async def workers(port: int, count: int) -> set[int]:
    """The processes that answer, once there are `count` of them."""
    seen: set[int] = set()
    async with asyncio.timeout(60):
        while len(seen) < count:
            with contextlib.suppress(OSError, ValueError):
                seen.add(await answered(port))
            await asyncio.sleep(0.01)
    return seen


@pytest.fixture
def port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        number: int = taken.getsockname()[1]
        return number


async def up(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), 60) == b"up\n"


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{process}/stat")
    return not stat.exists() or re.search(r"\) Z", stat.read_text()) is None


async def gone(processes: set[int]) -> bool:
    async with asyncio.timeout(60):
        while any(alive(process) for process in processes):
            await asyncio.sleep(0.02)
    return True


async def test_two_processes_answer_and_end_together(port: int, tmp_path: Path) -> None:
    async with supervised(port, tmp_path / "broken") as process:
        await up(process)
        both = await workers(port, 2)
        process.send_signal(signal.SIGTERM)
        out, error = await asyncio.wait_for(process.communicate(), 60)
        assert (process.returncode, out, error) == (0, b"", b"")
        assert await gone(both)


async def test_a_process_that_dies_is_replaced(port: int, tmp_path: Path) -> None:
    async with supervised(port, tmp_path / "broken") as process:
        await up(process)
        first, second = await workers(port, 2)
        os.kill(first, signal.SIGKILL)
        assert await gone({first})
        assert second in await workers(port, 2)
        process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0


async def test_what_is_wrong_is_said_once(port: int, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.touch()
    async with supervised(port, broken) as process:
        out, error = await asyncio.wait_for(process.communicate(), 60)
        assert (process.returncode, out, error) == (1, b"", b"gatepost: it is broken\n")


async def test_a_port_in_use_is_refused(port: int, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        async with supervised(port, tmp_path / "broken") as process:
            _, error = await asyncio.wait_for(process.communicate(), 60)
            assert process.returncode == 1
            assert f"port {port}" in error.decode()


async def test_no_process_outlives_a_supervisor_that_was_killed(port: int, tmp_path: Path) -> None:
    async with supervised(port, tmp_path / "broken") as process:
        await up(process)
        both = await workers(port, 2)
        process.kill()
        await process.communicate()
        assert await gone(both)
