"""Load over HTTP: one run of wrk and what it counted."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench import HERE, BenchError
from bench.workload import VIEWER, Operation, token


@dataclass(frozen=True)
class Load:
    """What a load generator saw; times in seconds."""

    requests: int
    seconds: float
    p50: float
    p99: float
    bytes: int
    errors: int  # HTTP and socket errors, and among the answers looked into those that are wrong

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def program() -> str:
    """Where wrk is. Raises BenchError when it is not installed."""
    found = shutil.which("wrk")
    if found is None:
        raise BenchError("wrk, the load generator, is not installed: apt-get install wrk, or brew install wrk")
    return found


def run(
    operation: Operation, peer: str, port: int, *, seconds: int, connections: int, first: int, check: bool = False
) -> Load:
    """Send one operation for so many seconds over so many connections; `check` looks into every answer."""
    environment = {
        "BENCH_TOKEN": token(VIEWER),
        "BENCH_PREFIX": operation.body(peer, {}).decode().removesuffix("{}}"),
        "BENCH_VARIABLES": operation.variables,
        "BENCH_NUMBERS": str(operation.numbers),
        "BENCH_FIRST": str(first),
        "BENCH_CHECK": str(int(check)),
    }
    command: list[str | Path] = [program(), "-t1", f"-c{connections}", f"-d{seconds}s", "-s", HERE / "wrk.lua"]
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{port}"], env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True
    )
    return parse(done.stdout)


def parse(output: str) -> Load:
    """Read the RESULT line that wrk.lua writes. Raises BenchError when there is none, or nothing was answered."""
    result = re.search(r"^RESULT (.*)$", output, re.MULTILINE)
    if result is None:
        raise BenchError(f"wrk gave no result:\n{output}")
    value = dict(pair.split("=") for pair in result[1].split())
    if value["requests"] == "0":
        raise BenchError("wrk got no answer at all")
    return Load(
        requests=int(value["requests"]),
        seconds=float(value["seconds"]),
        p50=float(value["p50"]),
        p99=float(value["p99"]),
        bytes=int(value["bytes"]),
        errors=int(value["failed"]) + int(value["wrong"]),
    )
