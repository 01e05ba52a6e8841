"""The database's own limit: pgbench repeats the very statements that Gatepost sent for an operation.

The statements are taken from Postgres' log, with their parameters; those that hold the operation's number are drawn
anew for each transaction, from the same range.
"""

import json
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import BenchError
from bench.postgres import Postgres
from bench.servers import PEERS, Server, serving
from bench.workload import VIEWER, Operation, token
from bench.wrk import Load

MARK = 7919  # the number to send when statements are read from the log; no other parameter holds it
PARAMETER = re.compile(r"\$(\d+) = (?:'((?:[^']|'')*)'|NULL)")
PLACEHOLDER = re.compile(r"\$(\d+)")
# pgbench takes :name for a variable even within a literal ('HH24:MI'); a literal may be broken by a line break (the
# manual's section 4.1.2.1), which keeps the statement the same. Casts (::) are left alone.
VARIABLE_ALIKE = re.compile(r"(?<!:):(?=\w)")


@dataclass(frozen=True)
class Statement:
    """A statement as Postgres logged it, and its parameters' texts (None is null)."""

    sql: str
    parameters: tuple[str | None, ...] = ()


@dataclass(frozen=True)
class Script:
    """What pgbench runs, and the constants that it is given as variables."""

    text: str
    constants: dict[str, str]


def statements(lines: Sequence[str], user: str) -> list[Statement]:
    """What `user` executed, out of the lines of a JSON log (section 19.8.5 of the manual)."""
    found = []
    for line in lines:
        entry = json.loads(line)
        message = entry.get("message", "")
        executed = re.match(r"(?:execute [^:]*|statement): (.*)", message, re.DOTALL)
        if entry.get("user") == user and executed:
            logged = PARAMETER.findall(entry.get("detail", ""))
            values = {int(n): text for n, text in logged}
            nulls = {int(n) for n in re.findall(r"\$(\d+) = NULL", entry.get("detail", ""))}
            parameters = tuple(None if n in nulls else values[n].replace("''", "'") for n in sorted(values))
            found.append(Statement(executed[1], parameters))
    return found


def capture(postgres: Postgres, operations: Sequence[Operation]) -> dict[str, list[Statement]]:
    """Start Gatepost with its statements logged, send each operation a few times, and return the last time's.

    The first times let it connect, read what it needs and prepare, which a request in the long run does not do.
    """
    postgres.query("alter role bench_gate set log_statement = 'all'")
    try:
        with serving(PEERS["gatepost"], postgres, 1) as server:
            return {operation.name: sent(postgres, server, operation) for operation in operations}
    finally:
        postgres.query("alter role bench_gate reset log_statement")
        postgres.remove_created()


def sent(postgres: Postgres, server: Server, operation: Operation) -> list[Statement]:
    """The statements of one request for the operation with the number MARK."""
    variables: dict[str, str] = json.loads(operation.variables.replace("%d", str(MARK)))
    body, bearer = operation.body("gatepost", variables), token(VIEWER)
    for _ in range(3):
        server.send(body, bearer)
    time.sleep(0.3)  # the log collector writes a moment later
    start = postgres.log.stat().st_size
    answer = server.send(body, bearer)
    if "errors" in answer:
        raise BenchError(f"gatepost answers {operation.name} with {answer['errors']}")
    time.sleep(0.3)
    with postgres.log.open("rb") as log:
        log.seek(start)
        return statements(log.read().decode().splitlines(), "bench_gate")


def script(sent_statements: Sequence[Statement], numbers: int) -> Script:
    """The pgbench script that repeats the statements with numbers from 1 to `numbers` in place of MARK."""
    constants: dict[str, str] = {}

    def constant(name: str, value: str) -> str:
        if not value:  # pgbench takes no empty variable
            return "''"
        constants[name] = value
        return f":{name}"

    def placed(name: str, value: str | None) -> str:
        if value is None:
            return "null"
        if value == str(MARK):
            return ":number"
        if str(MARK) in value and numbers > 1:
            before, after = value.split(str(MARK), 1)
            parts = (
                f"{constant(f'{name}before', before)}::text",
                ":number::text",
                f"{constant(f'{name}after', after)}::text",
            )
            return f"({' || '.join(parts)})"
        return constant(name, value)

    lines = [f"\\set number random(1, {numbers})"]
    for position, statement in enumerate(sent_statements):
        texts = [placed(f"s{position}p{n}", value) for n, value in enumerate(statement.parameters, 1)]
        # Split by the placeholders: text, number, text, number, ..., text.
        pieces = PLACEHOLDER.split(VARIABLE_ALIKE.sub(":'\n'", statement.sql))
        pieces[1::2] = [texts[int(number) - 1] for number in pieces[1::2]]
        lines.append("".join(pieces).rstrip().rstrip(";") + ";")
    return Script("\n".join(lines) + "\n", constants)


def run(postgres: Postgres, what: Script, *, seconds: int, clients: int) -> Load:
    """Repeat the script for so many seconds over so many connections, as the role that Gatepost's callers have."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "script.sql"
        file.write_text(what.text)
        command = [str(postgres.bin / "pgbench"), *f"-n -M prepared -T {seconds} -c {clients} -j 1".split()]
        for name, value in what.constants.items():
            command += ["-D", f"{name}={value}"]
        # Each transaction's latency is logged, one in ten, for the percentiles.
        command += ["-l", f"--log-prefix={folder}/latency", "--sampling-rate=0.1", "-f", str(file)]
        command += ["-h", "127.0.0.1", "-p", str(postgres.port), "-U", "bench_gate", "bench"]
        environment = {**os.environ, "PGOPTIONS": "-c role=bench_user", "PGPASSWORD": "bench"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        latencies = sorted(
            int(line.split()[2]) / 1e6
            for log in Path(folder).glob("latency.*")
            for line in log.read_text().splitlines()
        )
    processed = re.search(r"transactions actually processed: (\d+)", done.stdout)
    rate = re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
    failed = re.search(r"number of failed transactions: (\d+)", done.stdout)
    if done.returncode != 0 or not processed or not rate or not latencies:
        raise BenchError(f"pgbench failed:\n{done.stdout[-1000:]}{done.stderr[-1000:]}")
    requests = int(processed[1])
    return Load(
        requests=requests,
        seconds=requests / float(rate[1]),
        p50=latencies[len(latencies) // 2],
        p99=latencies[len(latencies) * 99 // 100],
        bytes=0,
        errors=int(failed[1]) if failed else 0,
    )
