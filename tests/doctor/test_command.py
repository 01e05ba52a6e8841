"""`gatepost doctor` as people and CI run it: text, JSON, exit status, and what is asked for."""

from __future__ import annotations

import asyncio
import json

import pytest

from gatepost.cli import main
from gatepost.doctor import KINDS, Finding, as_text
from tests.api import CreateDatabase

SHELF = """
do $$ begin create role shelf_reader; exception when duplicate_object then null; end $$;
alter default privileges revoke execute on functions from public;
create table public.books (id int primary key, title text);
grant select on public.books to shelf_reader;
create table public.loans (id int primary key, title text);
create index on public.loans (title);
create index on public.loans (title);
alter table public.loans enable row level security;
create policy see on public.loans for select to shelf_reader using (true);
grant select on public.loans to shelf_reader;
"""
SHOWN = """\
warning: Tables without row-level security [no-row-security]
  public.books has no row-level security: every row is there to select for shelf_reader
      alter table public.books enable row level security;

advice: Indexes that are there twice [duplicate-index]
  index loans_title_idx1 of public.loans is the same as loans_title_idx: each write keeps both
      drop index public.loans_title_idx1;

1 warning, 1 piece of advice.
"""


async def test_the_command(
    create_database: CreateDatabase, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    url = await create_database(SHELF)

    async def run(*flags: str) -> tuple[int, str, str]:
        given = ["doctor", url, "--anonymous-role", "shelf_reader", "--login-role", "shelf_reader", *flags]
        given += ["--ignore", "login-role-serves"]
        status = await asyncio.to_thread(main, given)
        return (status, *capsys.readouterr())

    assert await run() == (0, SHOWN, "")
    status, out, _ = await run("--json", "--fail-on", "warning")
    assert (status, json.loads(out)[1]) == (
        1,
        {
            "id": "duplicate-index",
            "severity": "advice",
            "object": "index loans_title_idx1 of public.loans",
            "reason": "is the same as loans_title_idx: each write keeps both",
            "sql": "drop index public.loans_title_idx1;",
        },
    )
    assert await run("--fail-on", "advice", "--only", "stable-writer") == (0, "Nothing to mend.\n", "")
    assert (await run("--fail-on", "advice", "--only", "duplicate-index"))[0] == 1
    assert (await run("--fail-on", "never"))[0] == 0
    left = ("--fail-on", "warning", "--ignore", "no-row-security:public.books")
    assert (await run(*left))[0] == 0
    assert (await run("--json", "--only", "stable-writer"))[1] == "[]\n"
    status, out, error = await run("--only", "nonsense")
    assert (status, out) == (1, "")
    assert error.startswith("gatepost: nonsense is none of the doctor's kinds: api-role-power, ")


def test_colours_are_for_terminals() -> None:
    finding = Finding("left-out", "public.x", "is left out", "comment on table public.x is '@omit';")
    plain, coloured = as_text([finding]), as_text([finding], coloured=True)
    assert "\x1b" not in plain
    assert coloured == plain.replace("error:", "\x1b[1;31merror\x1b[0m:", 1)
    assert plain.endswith("1 error.")


def test_ids_are_words_that_a_shell_takes_as_they_are() -> None:
    assert all(id_.replace("-", "").isalpha() and id_.islower() for id_ in KINDS)
