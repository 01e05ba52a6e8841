"""The measuring itself: every server warm, then runs in rounds (A B C D, A B C D, ...) so that noise hits all alike."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bench import pgbench, wrk
from bench.pgbench import Script
from bench.postgres import Postgres
from bench.processes import cpu_seconds, forget_peak_memory, peak_memory
from bench.servers import Server
from bench.workload import Operation


@dataclass(frozen=True)
class Plan:
    """How long and how hard to measure."""

    rounds: int
    seconds: int
    warm_up: int  # seconds
    connections: int  # of the load generator
    pool: int  # database connections of a server, unless `pools` says otherwise
    pools: Mapping[str, int]

    def pool_of(self, peer: str) -> int:
        """Database connections of this peer."""
        return self.pools.get(peer, self.pool)


@dataclass(frozen=True)
class Sample:
    """One run: what the load generator saw, and CPU seconds a request and peak bytes of memory."""

    load: wrk.Load
    server_cpu: float | None
    postgres_cpu: float
    memory: int | None
    odd: str = ""  # what makes the run doubtful


Contestant = Callable[[Operation, int, int, bool], wrk.Load]  # operation, seconds, first number, check


def measure(
    postgres: Postgres, servers: Sequence[Server], scripts: Mapping[str, Script], operation: Operation, plan: Plan
) -> dict[str, list[Sample]]:
    """Warm up, then measure one operation: for each contestant, a sample for each round."""
    by_name = {server.peer: server for server in servers}
    contestants: dict[str, Contestant] = {name: over_http(server, plan) for name, server in by_name.items()}
    if operation.name in scripts:
        contestants["pgbench"] = over_pgbench(postgres, scripts[operation.name], plan)
    samples: dict[str, list[Sample]] = {name: [] for name in contestants}
    usual: dict[str, wrk.Load] = {}
    for name, contestant in contestants.items():
        progress(operation, name, "warming up")
        usual[name] = contestant(operation, plan.warm_up, 0, True)
        postgres.remove_created()
    for number in range(1, plan.rounds + 1):
        for name, contestant in contestants.items():
            progress(operation, name, f"round {number} of {plan.rounds}")
            pid = by_name[name].pid if name in by_name else None
            samples[name].append(sample(postgres, contestant, operation, plan, pid, number, usual[name]))
    return samples


def sample(
    postgres: Postgres,
    contestant: Contestant,
    operation: Operation,
    plan: Plan,
    pid: int | None,
    number: int,
    usual: wrk.Load,
) -> Sample:
    """One run, with what it cost. `usual` is the warm-up, whose answers were looked into."""
    if pid is not None:
        forget_peak_memory(pid)
    server_before, postgres_before = cpu_seconds(pid) if pid else 0.0, cpu_seconds(postgres.pid)
    load = contestant(operation, plan.seconds, number * 500_009, False)
    server_after, postgres_after = cpu_seconds(pid) if pid else 0.0, cpu_seconds(postgres.pid)
    odd = f"{usual.errors} errors in the warm-up" if usual.errors else ""
    size, usual_size = load.bytes / load.requests, usual.bytes / usual.requests
    if abs(size - usual_size) > usual_size * 0.05:
        odd = f"answers of {size:.0f} bytes, {usual_size:.0f} in the warm-up"
    if operation.name == "create":
        made = postgres.remove_created()
        # What was under way when the time was up is written, but not counted as answered.
        if not load.requests <= made <= load.requests + 2 * plan.connections:
            odd = f"{made} rows for {load.requests} answers"
    return Sample(
        load=load,
        server_cpu=(server_after - server_before) / load.requests if pid else None,
        postgres_cpu=(postgres_after - postgres_before) / load.requests,
        memory=peak_memory(pid) if pid else None,
        odd=odd,
    )


def over_http(server: Server, plan: Plan) -> Contestant:
    """A server under wrk."""

    def contestant(operation: Operation, seconds: int, first: int, check: bool) -> wrk.Load:
        return wrk.run(
            operation, server.peer, server.port, seconds=seconds, connections=plan.connections, first=first, check=check
        )

    return contestant


def over_pgbench(postgres: Postgres, script: Script, plan: Plan) -> Contestant:
    """Gatepost's statements under pgbench, over as many connections as Gatepost's pool holds."""

    def contestant(operation: Operation, seconds: int, first: int, check: bool) -> wrk.Load:
        return pgbench.run(postgres, script, seconds=seconds, clients=plan.pool_of("gatepost"))

    return contestant


def progress(operation: Operation, name: str, what: str) -> None:
    """Say on stderr what is running now."""
    print(f"{operation.name}: {name}, {what}", file=sys.stderr)
