"""One Gatepost over a Postgres of its own, for as long as something is tried on it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg

from bench import BenchError
from bench.processes import free_port, running, tail
from bench.proxy import Proxy
from bench.servers import gatepost_command
from bench.workload import JWT_SECRET
from gatepost.embedded import EmbeddedPostgres

_OPTIONS = {"fsync": "off", "shared_buffers": "64MB", "deadlock_timeout": "20ms"}


@dataclass(frozen=True)
class Host:
    """A running Gatepost, and the Postgres below it; `proxy` is between the two, where one was asked for."""

    port: int
    pid: int
    postgres: EmbeddedPostgres
    log: Path
    proxy: Proxy | None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    def resident(self) -> int:
        """Bytes of memory that the server holds."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * 4096

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[Any]:
        """An administrator's connection to the database, past the proxy."""
        connection = await asyncpg.connect(self.postgres.url("soak"))
        try:
            yield connection
        finally:
            await connection.close()

    async def restart(self, how: signal.Signals) -> None:
        """Stops Postgres by a signal to its postmaster, SIGINT (fast) or SIGQUIT (immediate), and starts it again."""
        os.kill(int((self.postgres.data / "postmaster.pid").read_text().split()[0]), how)
        # Waits for what is ending already, so that a second signal does nothing.
        await asyncio.to_thread(self.postgres.stop)
        await asyncio.to_thread(self.postgres.start)

    async def crash(self) -> None:
        """Kills a session of the gateway by SIGKILL: Postgres ends all others and recovers. Returns when it has."""
        async with self.admin() as admin:
            pid = await admin.fetchval("select pid from pg_stat_activity where application_name = 'gatepost' limit 1")
            if pid is None:
                return
            os.kill(pid, signal.SIGKILL)
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await admin.fetchval("select pg_sleep(60)")
        while True:
            await asyncio.sleep(0.02)
            try:
                async with self.admin():
                    return
            except (OSError, asyncpg.PostgresError):
                continue


@asynccontextmanager
async def hosted(script: str, pool: int, *, seed: int | None = None, **environment: str) -> AsyncIterator[Host]:
    """Serves the schema `soak` that a script makes, as its role soak_gateway. Raises BenchError when it does not start.

    With a `seed`, a proxy is between Gatepost and Postgres; calm until it is told otherwise. `environment` adds
    settings.
    """
    with tempfile.TemporaryDirectory(prefix="gatepost-soak-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with EmbeddedPostgres(folder, _OPTIONS) as postgres:
            for database, sql in (("postgres", "create database soak"), ("soak", script)):
                connection = await asyncpg.connect(postgres.url(database))
                await connection.execute(sql)
                await connection.close()
            url, log = postgres.url("soak", "soak_gateway"), folder / "gatepost.log"
            if seed is None:
                async with _gatepost(url, log, pool, environment) as (port, pid):
                    yield Host(port, pid, postgres, log, None)
            else:
                proxy = Proxy(postgres.socket / ".s.PGSQL.5432", seed)
                proxy.calm = True
                async with proxy.listening():
                    url = f"postgresql://soak_gateway@127.0.0.1:{proxy.port}/soak?sslmode=disable"
                    async with _gatepost(url, log, pool, environment) as (port, pid):
                        yield Host(port, pid, postgres, log, proxy)


@asynccontextmanager
async def _gatepost(url: str, log: Path, pool: int, more: dict[str, str]) -> AsyncIterator[tuple[int, int]]:
    port = free_port()
    environment = {
        "GATEPOST_DATABASE_URL": url,
        "GATEPOST_SCHEMAS": "soak",
        "GATEPOST_PORT": str(port),
        "GATEPOST_JWT_SECRET": JWT_SECRET,
        "GATEPOST_ANONYMOUS_ROLE": "soak_anonymous",
        "GATEPOST_AUTHENTICATED_ROLE": "soak_member",
        "GATEPOST_POOL_SIZE": str(pool),
        "GATEPOST_ACCESS_LOG": "false",
        **more,
    }
    with running(gatepost_command(), log, cwd=log.parent, env=environment) as process:
        await _ready(port, process, log)
        try:
            yield port, process.pid
        finally:
            # Not in `running`, which would keep the proxy from working: what is open has to be closed through it.
            process.terminate()
            await asyncio.to_thread(process.wait, 60)


async def _ready(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    async with aiohttp.ClientSession() as http:
        for _ in range(1_200):
            if process.poll() is not None:
                break
            try:
                async with http.get(f"http://127.0.0.1:{port}/readyz"):
                    return
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.1)
    raise BenchError(f"Gatepost did not start:\n{tail(log)}")
