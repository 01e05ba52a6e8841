"""One Gatepost over a Postgres of its own, for as long as something is tried on it."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg

from bench import BenchError
from bench.processes import free_port, running, tail
from bench.servers import gatepost_command
from bench.workload import JWT_SECRET
from gatepost.embedded import EmbeddedPostgres


@dataclass(frozen=True)
class Host:
    """A running Gatepost, and an administrator's connection to its database."""

    port: int
    pid: int
    admin: Any
    postgres: EmbeddedPostgres
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    def resident(self) -> int:
        """Bytes of memory that the server holds."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * 4096


@asynccontextmanager
async def hosted(script: str, pool: int, **environment: str) -> AsyncIterator[Host]:
    """Serves the schema `soak` that a script makes, as its role soak_gateway. Raises BenchError when it does not start.

    `environment` adds settings.
    """
    with tempfile.TemporaryDirectory(prefix="gatepost-soak-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with EmbeddedPostgres(folder, {"fsync": "off", "shared_buffers": "64MB"}) as postgres:
            for database, sql in (("postgres", "create database soak"), ("soak", script)):
                connection = await asyncpg.connect(postgres.url(database))
                await connection.execute(sql)
                await connection.close()
            admin = await asyncpg.connect(postgres.url("soak"))
            try:
                async with _gatepost(postgres, folder, pool, environment) as (port, pid):
                    yield Host(port, pid, admin, postgres, folder / "gatepost.log")
            finally:
                await admin.close()


@asynccontextmanager
async def _gatepost(
    postgres: EmbeddedPostgres, folder: Path, pool: int, more: dict[str, str]
) -> AsyncIterator[tuple[int, int]]:
    port, log = free_port(), folder / "gatepost.log"
    environment = {
        "GATEPOST_DATABASE_URL": postgres.url("soak", "soak_gateway"),
        "GATEPOST_SCHEMAS": "soak",
        "GATEPOST_PORT": str(port),
        "GATEPOST_JWT_SECRET": JWT_SECRET,
        "GATEPOST_ANONYMOUS_ROLE": "soak_anonymous",
        "GATEPOST_AUTHENTICATED_ROLE": "soak_member",
        "GATEPOST_POOL_SIZE": str(pool),
        "GATEPOST_ACCESS_LOG": "false",
        **more,
    }
    with running(gatepost_command(), log, cwd=folder, env=environment) as process:
        async with aiohttp.ClientSession() as http:
            for _ in range(300):
                if process.poll() is not None:
                    break
                try:
                    async with http.get(f"http://127.0.0.1:{port}/readyz"):
                        yield port, process.pid
                        return
                except aiohttp.ClientConnectorError:
                    await asyncio.sleep(0.1)
        raise BenchError(f"Gatepost did not start:\n{tail(log)}")
