"""The soak in short, over connections that are cut and over a Postgres that goes away; and that it would notice."""

from bench.soak import POOL, SCRIPT, Findings, soak


def quietly(line: str) -> None:
    """Says nothing of the progress."""


def assert_nothing_wrong(findings: Findings) -> None:
    assert not findings.wrong, findings.report() + "\n" + "\n".join(findings.wrong[:3])
    assert findings.tally.hung_up > 20
    assert findings.tally.codes["CHECK_VIOLATION"] > 0
    assert findings.tally.codes["REFUSED"] > 0
    assert findings.tally.codes["LATE"] > 0
    assert findings.sessions <= POOL
    assert findings.marks > findings.unknown > 0


async def test_nobody_has_anothers_answer_over_connections_that_are_cut() -> None:
    findings = await soak(900, 40, say=quietly)
    assert_nothing_wrong(findings)
    assert findings.cuts > 2


async def test_a_postgres_that_is_restarted_and_killed() -> None:
    """Shut down fast, then at once, and a session killed: what clients were told is what is there."""
    findings = await soak(1_200, 40, outages=3, back_within=30.0, say=quietly)  # the machine may be busy
    assert_nothing_wrong(findings)
    assert len(findings.recoveries) == 3
    assert findings.tally.codes["UNAVAILABLE"] > 0


async def test_it_notices_rows_of_another_and_what_is_done_twice() -> None:
    script = SCRIPT.read_text()
    for right, bad in (
        ("using (owner = (select soak.viewer()))", "using (true)"),
        ("values (mark, soak.viewer(), late)", "select mark, soak.viewer(), late from generate_series(1, 2)"),
    ):
        assert script.count(right) == 1
        script = script.replace(right, bad)
    findings = await soak(100, 5, script=script, say=quietly)
    assert "was answered" in findings.wrong[0]
    assert any("told DONE, and 2 times there" in line for line in findings.wrong)
