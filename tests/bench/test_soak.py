"""The soak in short, and that it would notice."""

from bench.soak import POOL, SCRIPT, soak


async def test_nobody_sees_anothers_rows() -> None:
    tally = await soak(3, 40, say=lambda line: None)
    assert not tally.failed, tally.report() + "\n" + "\n".join(tally.wrong[:3])
    assert tally.requests > 200
    assert tally.hung_up > 20
    assert tally.codes["CHECK_VIOLATION"] > 0
    assert tally.codes["REFUSED"] > 0
    assert tally.sessions[1] <= POOL


async def test_it_notices_rows_of_another() -> None:
    script = SCRIPT.read_text()
    assert script.count("using (owner = (select soak.viewer()))") == 1
    tally = await soak(0.5, 5, script=script.replace("using (owner = (select soak.viewer()))", "using (true)"))
    assert tally.failed
    assert "was answered" in tally.wrong[0]
