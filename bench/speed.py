"""The screens of Threads in a small and in a big town: requests a second, p50 and p99, and the plans behind them.

`python -m bench.speed` builds a town of 100,000 threads and one of 1,000,000 (bench/town; kept for the next run),
serves each in turn, and asks for each screen of bench/screens as many viewers would.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import http.client
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import jwt

from bench import CACHE, HERE, BenchError, town
from bench.processes import free_port, running, tail
from bench.workload import JWT_SECRET
from bench.wrk import Load, parse, program
from gatepost.embedded import EmbeddedPostgres
from gatepost.errors import SetUpError
from gatepost.migrate import up

DB = HERE.parent / "db"
SCREENS = HERE / "screens"
_OPTIONS = {"shared_buffers": "1GB", "max_wal_size": "4GB", "checkpoint_timeout": "1h", "max_connections": "100"}
_LOG_PLANS = {
    "session_preload_libraries": "auto_explain",
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_timing": "on",
}
_REQUESTS = 500
_WORDS = ("the", "garden", "violin", "kernel", "badger", "nebula", "eclipse", "quartz marble", '"of it"', "fresco -the")


@dataclass(frozen=True)
class Screen:
    """One screen of the product: an operation, and how its variables are drawn."""

    name: str

    @property
    def document(self) -> str:
        """The operation on one line."""
        return " ".join((SCREENS / f"{self.name}.graphql").read_text(encoding="utf-8").split())

    def variables(self, chance: random.Random, threads: int) -> dict[str, str]:
        """What one viewer asks for. One thread in ten is one that hundreds like."""
        people = max(threads // town.THREADS_A_PERSON, 20)
        match self.name:
            case "thread":
                hot = chance.random() < 0.1
                return {"id": str(1 + 1000 * chance.randrange(threads // 1000) if hot else chance.randint(1, threads))}
            case "profile":
                return {"username": f"person_{1 + int(chance.random() ** 2 * people)}"}
            case "search":
                return {"query": chance.choice(_WORDS)}
            case _:
                return {}


ALL = tuple(Screen(path.stem) for path in sorted(SCREENS.glob("*.graphql")))


def requests(screen: Screen, threads: int) -> Iterator[str]:
    """Lines of a token, a tab and a body: what so many viewers send. The same on every run."""
    chance = random.Random(f"{screen.name} {threads}")  # noqa: S311 - a workload, not a secret
    people = max(threads // town.THREADS_A_PERSON, 20)
    for _ in range(_REQUESTS):
        viewer = chance.randint(1, people)
        claims = {"sub": str(viewer), "role": "threads_member", "iss": "threads", "iat": 1_760_000_000}
        token = jwt.encode({**claims, "exp": 4_102_444_800}, JWT_SECRET, "HS256")
        yield f"{token}\t{json.dumps({'query': screen.document, 'variables': screen.variables(chance, threads)})}"


def digest(threads: int) -> str:
    """What a town is made of, in short."""
    made_of = hashlib.sha256(str(threads).encode())
    for path in sorted([*DB.rglob("*.sql"), *town.HERE.glob("*.*")]):
        made_of.update(path.read_bytes())
    return made_of.hexdigest()


async def ready(postgres: EmbeddedPostgres, threads: int) -> str:
    """The database of a town, built where it is not there as it should be; returns its name."""
    name, wanted = f"town_{threads}", digest(threads)
    admin = await asyncpg.connect(postgres.url())
    try:
        described = "select shobj_description(oid, 'pg_database') from pg_database where datname = $1"
        if await admin.fetchval(described, name) == wanted:
            return name
        print(f"{name}: built once, and again when db/ changes", file=sys.stderr)
        await admin.execute(f"drop database if exists {name} with (force)")
        await admin.execute(f"create database {name}")
        await up(postgres.url(name), DB)
        await town.build(postgres.url(name), threads, town.bar())
        await admin.execute(f"comment on database {name} is '{wanted}'")
        return name
    finally:
        await admin.close()


@contextmanager
def serving(url: str, workers: int, pool: int) -> Iterator[int]:
    """Threads' API over a town, until the block ends; yields its port. Raises BenchError when it does not start."""
    port, log = free_port(), CACHE / "speed.log"
    environment = {
        "DATABASE_URL": url,
        "GATEPOST_PORT": str(port),
        "GATEPOST_JWT_SECRET": JWT_SECRET,
        "GATEPOST_WORKERS": str(workers),
        "GATEPOST_POOL_SIZE": str(pool),
        "GATEPOST_ACCESS_LOG": "false",
    }
    with running([sys.executable, "app.py"], log, cwd=HERE.parent, env=environment) as process:
        for _ in range(300):
            if process.poll() is not None:
                break
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    yield port
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise BenchError(f"Threads did not start:\n{tail(log)}")


def load(port: int, lines: Path, *, seconds: int, clients: int, first: int, check: bool = False) -> Load:
    """Sends what the file holds for so long, over so many connections. Raises BenchError when nothing is answered."""
    command: list[str | Path] = [program(), "-t1", f"-c{clients}", f"-d{seconds}s", "-s", HERE / "screens.lua"]
    environment = {"BENCH_REQUESTS": str(lines), "BENCH_FIRST": str(first), "BENCH_CHECK": str(int(check))}
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{port}"], env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True
    )
    return parse(done.stdout)


def measure(postgres: EmbeddedPostgres, chosen: argparse.Namespace) -> dict[tuple[str, int], list[Load]]:
    """What each screen took in each town, round by round."""
    found: dict[tuple[str, int], list[Load]] = {}
    with tempfile.TemporaryDirectory(prefix="gatepost-speed-") as folder:
        for number in range(chosen.rounds):
            for threads in chosen.threads:
                name = asyncio.run(ready(postgres, threads))
                with serving(postgres.url(name, "threads_gateway"), chosen.workers, chosen.pool) as port:
                    for screen in chosen.screens:
                        lines = Path(folder) / f"{screen.name}-{threads}"
                        lines.write_text("\n".join(requests(screen, threads)))
                        warm = load(port, lines, seconds=2, clients=chosen.clients, first=0, check=True)
                        if warm.errors:
                            raise BenchError(f"{screen.name}: {warm.errors} of {warm.requests} answers were wrong")
                        first = 7 * number
                        seen = load(port, lines, seconds=chosen.seconds, clients=chosen.clients, first=first)
                        found.setdefault((screen.name, threads), []).append(seen)
                        print(
                            f"{number + 1}/{chosen.rounds} {threads:>9,} {screen.name:14} {seen.rate:6.0f}/s "
                            f"p50 {seen.p50 * 1000:6.1f} ms  p99 {seen.p99 * 1000:6.1f} ms  {seen.errors} errors",
                            flush=True,
                        )
    return found


def plans(postgres: EmbeddedPostgres, chosen: argparse.Namespace, log: Path) -> None:
    """Prints the plan of each screen's statement, with what each step took, as Postgres logged it on the second run."""
    threads = max(chosen.threads)
    name = asyncio.run(ready(postgres, threads))
    with serving(postgres.url(name, "threads_gateway"), 1, 1) as port:
        for screen in chosen.screens:
            token, _, body = next(requests(screen, threads)).partition("\t")
            for _ in range(3):
                end = log.stat().st_size
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
                connection.request("POST", "/graphql", body, headers)
                answer = connection.getresponse().read().decode()
            if '"errors"' in answer:
                raise BenchError(f"{screen.name}: {answer[:400]}")
            time.sleep(0.2)
            with log.open(encoding="utf-8") as lines:
                lines.seek(end)
                print(f"== {screen.name}\n{lines.read()}")


def table(found: dict[tuple[str, int], list[Load]], sizes: Sequence[int]) -> str:
    """Medians of the rounds, one line a screen."""
    lines = [f"{'screen':14}" + "".join(f"{size:>10,} p50    p99     /s" for size in sizes) + "   p99 big / small"]
    for screen in dict.fromkeys(name for name, _ in found):
        seen = [found[screen, size] for size in sizes]
        p99 = [statistics.median(one.p99 for one in loads) * 1000 for loads in seen]
        cells = [
            f"{statistics.median(one.p50 for one in loads) * 1000:14.1f}{slow:7.1f}"
            f"{statistics.median(one.rate for one in loads):7.0f}"
            for loads, slow in zip(seen, p99, strict=True)
        ]
        lines.append(f"{screen:14}{''.join(cells)}{p99[-1] / p99[0]:18.2f}")
    return "\n".join(lines)


def _screen(name: str) -> Screen:
    for screen in ALL:
        if screen.name == name:
            return screen
    raise argparse.ArgumentTypeError(f"one of {', '.join(screen.name for screen in ALL)}")


def main() -> int:
    """The command line; 1 where something could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m bench.speed", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--threads", type=int, nargs="+", default=[100_000, 1_000_000], help="sizes (100000 1000000)")
    parser.add_argument("--screens", type=_screen, nargs="+", default=ALL, help="which (all)")
    parser.add_argument("--clients", type=int, default=32, help="how many ask at once (32)")
    parser.add_argument("--seconds", type=int, default=5, help="how long each is measured (5)")
    parser.add_argument("--rounds", type=int, default=3, help="how often (3)")
    parser.add_argument("--workers", type=int, default=1, help="processes of the API (1)")
    parser.add_argument("--pool", type=int, default=4, help="connections to Postgres a process (4)")
    parser.add_argument("--plans", action="store_true", help="print the plans in the biggest town instead")
    chosen = parser.parse_args()
    folder = CACHE / "town"
    folder.mkdir(parents=True, exist_ok=True)
    options = _OPTIONS | (_LOG_PLANS if chosen.plans else {})
    try:
        with EmbeddedPostgres(folder, options) as postgres:
            if chosen.plans:
                plans(postgres, chosen, folder / "postgres.log")
            else:
                print("\n" + table(measure(postgres, chosen), chosen.threads))
    except (BenchError, SetUpError, OSError, asyncpg.PostgresError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
