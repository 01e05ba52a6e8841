"""The benchmark's table: medians, ratios within a round, and what it holds against a run."""

import pytest

from bench import BenchError, report, wrk
from bench.measure import Sample
from bench.wrk import Load


def sample(rate: float, *, errors: int = 0, odd: str = "") -> Sample:
    load = Load(requests=int(rate * 2), seconds=2.0, p50=0.004, p99=0.009, bytes=1000, errors=errors)
    return Sample(load, server_cpu=0.0005, postgres_cpu=0.00025, memory=50 * 2**20, odd=odd)


def test_ratios_are_taken_within_a_round() -> None:
    # The machine was twice as slow in the second and third round: medians of rates would say otherwise.
    samples = {
        "point": {"postgraphile": [sample(100), sample(50), sample(50)], "gatepost": [sample(400)] + 2 * [sample(200)]}
    }
    anchor, gatepost = report.rows(samples)
    assert anchor[:6] == ["point", "postgraphile", "50", "50 to 100", "1.00", ""]
    assert gatepost[:5] == ["point", "gatepost", "200", "200 to 400", "4.00"]


def test_a_row_tells_latency_errors_and_cost() -> None:
    (row,) = report.rows({"feed": {"gatepost": [sample(10, errors=1), sample(10, errors=2)]}})
    assert row[6:] == ["4.0", "9.0", "3", "500", "250", "50"]


def test_odd_runs_are_named() -> None:
    samples = {"create": {"gatepost": [sample(10), sample(10, odd="5 rows for 20 answers")]}}
    assert report.doubts(samples) == ["create, gatepost, round 2: 5 rows for 20 answers"]


def test_the_table_is_markdown_with_aligned_columns() -> None:
    lines = report.markdown(report.rows({"feed": {"gatepost": [sample(1234)]}})).splitlines()
    assert len(lines) == 3
    assert len({len(line) for line in lines}) == 1
    assert lines[1].startswith("| ---")
    assert "1,234" in lines[2]


def test_errors_of_every_kind_count() -> None:
    line = "RESULT requests=200 seconds=2.0 p50=0.001 p99=0.01 bytes=4000 failed=3 checked=200 wrong=4\n"
    load = wrk.parse("Running 2s test\n" + line)
    assert (load.rate, load.errors) == (100.0, 7)


@pytest.mark.parametrize("output", ["unable to connect", "RESULT requests=0 seconds=2.0 p50=0 p99=0 bytes=0"])
def test_a_run_without_answers_is_an_error(output: str) -> None:
    with pytest.raises(BenchError):
        wrk.parse(output)
