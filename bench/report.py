"""The table: medians over the rounds, and ratios taken within a round, where the noise was the same."""

from collections.abc import Mapping, Sequence
from statistics import median

from bench.measure import Sample

Samples = Mapping[str, Mapping[str, Sequence[Sample]]]  # operation -> contestant -> rounds
ANCHORS = ("postgraphile", "mercurius")
HEADERS = (
    "operation",
    "server",
    "req/s",
    "min to max",
    "× PostGraphile",
    "× Mercurius",
    "p50 ms",
    "p99 ms",
    "errors",
    "server CPU µs",
    "Postgres CPU µs",
    "RSS MiB",
)


def rows(samples: Samples) -> list[list[str]]:
    """A row for each operation and contestant. CPU is a request's share; RSS the largest peak of a round."""
    table = []
    for operation, contestants in samples.items():
        for name, rounds in contestants.items():
            rates = [sample.load.rate for sample in rounds]
            server_cpu = [sample.server_cpu for sample in rounds if sample.server_cpu is not None]
            memory = [sample.memory for sample in rounds if sample.memory is not None]
            table.append(
                [
                    operation,
                    name,
                    f"{median(rates):,.0f}",
                    f"{min(rates):,.0f} to {max(rates):,.0f}",
                    *(ratio(rounds, contestants.get(anchor)) for anchor in ANCHORS),
                    f"{median(sample.load.p50 for sample in rounds) * 1e3:.1f}",
                    f"{median(sample.load.p99 for sample in rounds) * 1e3:.1f}",
                    str(sum(sample.load.errors for sample in rounds)),
                    f"{median(server_cpu) * 1e6:.0f}" if server_cpu else "",
                    f"{median(sample.postgres_cpu for sample in rounds) * 1e6:.0f}",
                    f"{max(memory) / 2**20:.0f}" if memory else "",
                ]
            )
    return table


def ratio(rounds: Sequence[Sample], anchor: Sequence[Sample] | None) -> str:
    """The median over the rounds of this contestant's rate by the anchor's in the same round."""
    if anchor is None:
        return ""
    return f"{median(own.load.rate / other.load.rate for own, other in zip(rounds, anchor, strict=True)):.2f}"


def doubts(samples: Samples) -> list[str]:
    """A line for each run that something was odd about."""
    return [
        f"{operation}, {name}, round {number}: {sample.odd}"
        for operation, contestants in samples.items()
        for name, rounds in contestants.items()
        for number, sample in enumerate(rounds, 1)
        if sample.odd
    ]


def markdown(table: Sequence[Sequence[str]]) -> str:
    """The rows under their headers, columns aligned so that it reads well on a terminal too."""
    widths = [max(len(row[column]) for row in (HEADERS, *table)) for column in range(len(HEADERS))]
    right = [column > 1 for column in range(len(HEADERS))]

    def line(cells: Sequence[str]) -> str:
        padded = (
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(cells, widths, right, strict=True)
        )
        return f"| {' | '.join(padded)} |"

    rule = ["-" * (width - 1) + ":" if to_right else "-" * width for width, to_right in zip(widths, right, strict=True)]
    return "\n".join([line(HEADERS), line(rule), *map(line, table)])
