"""Where Gatepost's CPU time goes while one operation is asked over and over."""

import collections
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import CACHE, wrk
from bench.measure import Plan
from bench.postgres import Postgres
from bench.servers import PEERS, serving
from bench.workload import Operation


def profile(postgres: Postgres, operation: Operation, plan: Plan) -> tuple[str, Path]:
    """Load Gatepost with the operation under the sampler; return a table and the file of folded stacks."""
    file = CACHE / f"profile-{operation.name}.txt"
    command: list[str | Path] = [sys.executable, "-m", "bench.sampler", file, "serve"]
    with serving(PEERS["gatepost"], postgres, plan.pool_of("gatepost"), command) as server:
        load = wrk.run(operation, "gatepost", server.port, seconds=plan.seconds, connections=plan.connections, first=0)
    postgres.remove_created()
    return f"{load.rate:,.0f} req/s while sampled\n\n{table(file.read_text().splitlines())}", file


def table(folded: Sequence[str], rows: int = 40) -> str:
    """The functions with most time of their own, and how much passes through each, in per cent of all samples."""
    own: collections.Counter[str] = collections.Counter()
    through: collections.Counter[str] = collections.Counter()
    total = 0
    for line in folded:
        stack, _, count = line.rpartition(" ")
        functions = stack.split(";")
        total += int(count)
        own[functions[-1]] += int(count)
        for function in set(functions):
            through[function] += int(count)
    lines = [f"{'own %':>6} {'all %':>6}  function ({total} samples)"]
    for function, samples in own.most_common(rows):
        lines.append(f"{100 * samples / total:6.1f} {100 * through[function] / total:6.1f}  {function}")
    return "\n".join(lines)
