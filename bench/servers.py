"""The servers that are compared: how each is installed, started and known to be ready."""

import hashlib
import http.client
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import CACHE, HERE, BenchError
from bench.postgres import Postgres
from bench.processes import free_port, running, tail
from bench.workload import JWT_SECRET

NODE = "24.9.0"  # fetched as the npm package `node` where the Node on PATH is older than NODE_NEEDED
NODE_NEEDED = 22
# Prisma would fetch its schema engine, which only migrations need; naming any program in its place stops that.
PRISMA = {"PRISMA_SCHEMA_ENGINE_BINARY": "/bin/true", "CHECKPOINT_DISABLE": "1"}


@dataclass(frozen=True)
class Peer:
    """One of the compared servers: a single process behind /graphql."""

    name: str
    command: Callable[[], list[str | Path]]
    environment: Callable[[Postgres, int, int], dict[str, str]]  # of the database, the port and the pool size
    folder: Path
    row_level_security: bool


@dataclass(frozen=True)
class Server:
    """A running peer."""

    peer: str
    port: int
    pid: int

    def send(self, body: bytes, bearer: str | None) -> dict[str, object]:
        """POST a request and return the decoded answer, whatever its status."""
        headers = {"content-type": "application/json", "accept": "application/json"}
        if bearer is not None:
            headers["authorization"] = f"Bearer {bearer}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", "/graphql", body, headers)
            answer: dict[str, object] = json.loads(connection.getresponse().read())
            return answer
        finally:
            connection.close()


def node_peer(name: str, user: str) -> Peer:
    """A Node server under peers/, which logs in to the database as `user`."""

    def environment(postgres: Postgres, port: int, pool: int) -> dict[str, str]:
        return {
            "NODE_ENV": "production",
            "GRAPHILE_ENV": "production",
            "DATABASE_URL": postgres.url(user),
            "JWT_SECRET": JWT_SECRET,
            "PORT": str(port),
            "POOL": str(pool),
        }

    folder = HERE / "peers" / name
    return Peer(name, lambda: [node(), "server.mjs"], environment, folder, user != "postgres")


def gatepost_environment(postgres: Postgres, port: int, pool: int) -> dict[str, str]:
    """Gatepost's settings for the benchmark; like the peers it writes no access log."""
    return {
        "GATEPOST_DATABASE_URL": postgres.url("bench_gate"),
        "GATEPOST_SCHEMAS": "app",
        "GATEPOST_PORT": str(port),
        "GATEPOST_JWT_SECRET": JWT_SECRET,
        "GATEPOST_ANONYMOUS_ROLE": "bench_anon",
        "GATEPOST_AUTHENTICATED_ROLE": "bench_user",
        "GATEPOST_POOL_SIZE": str(pool),
        "GATEPOST_ACCESS_LOG": "false",
    }


def gatepost_command() -> list[str | Path]:
    """The gatepost of the environment that runs the benchmark."""
    return [Path(sys.executable).parent / "gatepost", "serve"]


PEERS: Mapping[str, Peer] = {
    peer.name: peer
    for peer in (
        node_peer("postgraphile", "bench_gate"),
        node_peer("apollo", "postgres"),
        node_peer("mercurius", "postgres"),
        Peer("gatepost", gatepost_command, gatepost_environment, HERE.parent, True),
    )
}


def node() -> Path:
    """A Node that runs the peers: the one on PATH if it is new enough, else the one that install() fetched."""
    on_path = shutil.which("node")
    if on_path is not None:
        version = subprocess.run([on_path, "--version"], capture_output=True, text=True, check=True).stdout
        if int(version.strip().lstrip("v").split(".")[0]) >= NODE_NEEDED:
            return Path(on_path)
    return CACHE / "node" / "node_modules" / "node" / "bin" / "node"


def install(peers: Mapping[str, Peer]) -> None:
    """Install the Node peers' packages by their lock files, and Node itself if need be, once each."""
    folders = [peer.folder for peer in peers.values() if (peer.folder / "package.json").exists()]
    if not folders:
        return
    if not node().exists():
        print(f"Installing Node {NODE} from npm ...", file=sys.stderr)
        folder = CACHE / "node"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}\n')
        npm(folder, "install", f"node@{NODE}")
    for folder in folders:
        stamp = CACHE / f"installed-{folder.name}"
        digest = hashlib.sha256((folder / "package-lock.json").read_bytes())
        prisma = folder / "prisma" / "schema.prisma"
        if prisma.exists():
            digest.update(prisma.read_bytes())
        if stamp.exists() and stamp.read_text() == digest.hexdigest() and (folder / "node_modules").exists():
            continue
        print(f"Installing {folder.name} from npm ...", file=sys.stderr)
        npm(folder, "ci", "--ignore-scripts")
        if prisma.exists():
            call([node(), "node_modules/prisma/build/index.js", "generate"], folder)
        stamp.write_text(digest.hexdigest())


def npm(folder: Path, *arguments: str) -> None:
    """Run npm in a folder. Raises BenchError when it is missing or fails."""
    program = shutil.which("npm")
    if program is None:
        raise BenchError(
            "npm is not installed; it fetches the Node peers (leave them out with --peers gatepost,pgbench)"
        )
    call([program, *arguments, "--no-audit", "--no-fund"], folder)


def call(command: list[str | Path], folder: Path) -> None:
    """Run a command to its end. Raises BenchError with its last words when it fails."""
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **PRISMA}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode != 0:
        raise BenchError(f"{command[0]} failed in {folder}:\n{done.stdout[-2000:]}")


@contextmanager
def serving(peer: Peer, postgres: Postgres, pool: int, command: list[str | Path] | None = None) -> Iterator[Server]:
    """Run a peer until the block ends, with `pool` database connections, by another command if one is given.

    Raises BenchError when it ends before it answers, or does not answer within 30 seconds.
    """
    port, log = free_port(), CACHE / f"{peer.name}.log"
    environment = peer.environment(postgres, port, pool)
    try:
        with running(command or peer.command(), log, cwd=peer.folder, env=environment) as process:
            server = Server(peer.name, port, process.pid)
            for _ in range(300):
                if process.poll() is not None:
                    raise BenchError(f"{peer.name} did not start:\n{tail(log)}")
                try:
                    if "data" in server.send(b'{"query":"{__typename}"}', None):
                        break
                except (OSError, http.client.HTTPException, ValueError):
                    pass
                time.sleep(0.1)
            else:
                raise BenchError(f"{peer.name} does not answer after 30 s:\n{tail(log)}")
            yield server
    except FileNotFoundError as missing:
        raise BenchError(f"{peer.name} is not installed: {missing}") from missing
