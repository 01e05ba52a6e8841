"""What db/README.md has administrators type into psql, typed into psql."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator

import asyncpg
import pytest

from gatepost.embedded import EmbeddedPostgres
from gatepost.migrate import up
from tests.docs.pages import DOCS, Block, blocks
from tests.scripts import DB, SEED

README = DOCS.parent / "db" / "README.md"
WORK = [
    block
    for block in blocks(README, "sql")
    if README.read_text(encoding="utf-8").split("\n").index("## Daily work in psql") < block.line
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """Threads with its sample data, on a server that counts statements."""
    folder = tmp_path_factory.mktemp("daily")
    for reachable in (folder, *folder.parents):
        if reachable.owner() == "root":
            reachable.chmod(reachable.stat().st_mode | 0o011)
    with EmbeddedPostgres(folder / "server", {"shared_preload_libraries": "pg_stat_statements"}) as server:
        asyncio.run(prepare(server.url()))
        yield server


async def prepare(url: str) -> None:
    await up(url, DB)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(SEED)
        await connection.execute("create extension pg_stat_statements")
    finally:
        await connection.close()


def psql(url: str, script: str, *flags: str) -> str:
    """What psql prints, tuples only; a script that fails fails the test."""
    command = [sys.executable, "-m", "gatepost.cli", "psql", "--database-url", url, "--schemas", "threads", *flags]
    options = ["-XqAt", "-v", "ON_ERROR_STOP=1"] if not flags else ["-qAt", "-v", "ON_ERROR_STOP=1"]
    done = subprocess.run(
        [*command, "--", *options], input=script, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_block_says_who_types_it() -> None:
    assert len(WORK) > 10
    assert {block.mark for block in WORK} == {"", "superuser"}
    assert WORK[0].mark == "superuser"


@pytest.mark.parametrize("block", WORK, ids=str)
def test_a_block_does_what_it_says(server: EmbeddedPostgres, block: Block) -> None:
    """In their order: one makes what the next looks at."""
    psql(server.url() if block.mark == "superuser" else server.url(user="olivia"), block.text)


def test_what_it_shows(server: EmbeddedPostgres) -> None:
    administrator = server.url(user="olivia")
    assert psql(administrator, "select username from admin.look_up('ada') limit 1") == "ada\n"
    assert psql(administrator, "select username from admin.look_up('turing')") == "turing\nturing_2\n"
    assert int(psql(administrator, "select count(*) from admin.slow_statements() where statement ~ 'threads'")) > 0
    assert "admin.accounts" in psql(administrator, "\\dv admin.*").replace("|", ".")
    assert psql(administrator, "select action from admin.moderation_log where done_by = 'olivia' order by id") == (
        "hide_thread\nrestore_thread\nsuspend_user\nlift_suspension\nappoint_moderator\ndismiss_moderator\n"
    )


def test_the_hash_is_one_that_the_api_takes() -> None:
    (block,) = blocks(README, "sh")
    program = re.search(r"-c '(.*)'", block.text, re.DOTALL)
    assert program is not None
    done = subprocess.run(
        [sys.executable, "-c", program[1]], input="a new password\n", capture_output=True, text=True, check=True
    )
    assert re.search(r"\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$\S{22,}\$\S{43}\n", done.stdout)


@pytest.mark.parametrize(("user", "role"), [("ada", "threads_member"), ("katherine", "threads_moderator")])
def test_gatepost_psql_as_somebody(server: EmbeddedPostgres, user: str, role: str) -> None:
    administrator = server.url(user="olivia")
    psql(administrator, "select threads.appoint_moderator('katherine')")
    shown = psql(administrator, "select current_user, (select username from threads.viewer());", "--as", user)
    assert shown.splitlines()[-1] == f"{role}|{user}"
