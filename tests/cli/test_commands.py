"""The console script as people run it: output, exit status, and one line when something is wrong."""

import asyncio
import os
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import jwt
import pytest

CreateDatabase = Callable[..., Awaitable[str]]
SECRET = "0123456789abcdef0123456789abcdef"

DATABASE = """
do $$ begin create role cli_test_anonymous; exception when duplicate_object then null; end $$;
do $$ begin create role cli_test_member; exception when duplicate_object then null; end $$;
create table public.notes (id bigint generated always as identity primary key, body text not null);
create table public.secrets (id int primary key);
insert into public.notes (body) values ('one');
grant select on public.notes to cli_test_anonymous, cli_test_member;
grant select on public.secrets to cli_test_member;
create function public.act_as(username text) returns text language plpgsql as $$
begin
  perform set_config('role', 'cli_test_anonymous', true), set_config('request.jwt.claims', '{"sub":"x"}', true);
  return username;
end $$;
"""


@dataclass(frozen=True)
class Ended:
    status: int | None
    out: str
    error: str


async def gatepost(*arguments: str | Path, given: str = "", **environment: str) -> Ended:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("GATEPOST", "DATABASE"))}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "gatepost.cli",
        *arguments,
        env={**clean, **environment},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, error = await asyncio.wait_for(process.communicate(given.encode()), 120)
    return Ended(process.returncode, out.decode(), error.decode())


def complained(ended: Ended) -> str:
    """The one line that a command said before it gave up."""
    assert ended.status == 1, ended
    assert ended.out == ""
    assert ended.error.startswith("gatepost: ")
    assert ended.error.count("\n") == 1
    return ended.error


async def test_help_names_the_commands() -> None:
    ended = await gatepost("--help")
    assert ended.status == 0
    for command in ("serve", "schema", "migrate", "token", "psql"):
        assert command in ended.out


async def test_serve_says_where_and_stops_in_good_order(create_database: CreateDatabase) -> None:
    url = await create_database(DATABASE)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gatepost.cli", "serve", url, "--anonymous-role", "cli_test_anonymous",
        "--port", str(port), "--no-access-log", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), 120)
        base = f"http://127.0.0.1:{port}"
        assert line.decode() == f"gatepost: serving {base}/graphql; GraphiQL at {base}/graphiql\n"
        query = {"query": "{ notes { nodes { body } } }"}
        async with aiohttp.request("POST", f"{base}/graphql", json=query) as answer:
            assert await answer.json() == {"data": {"notes": {"nodes": [{"body": "one"}]}}}
        unknown = await gatepost("serve", url, "--anonymous-role", "cli_test_nobody", "--port", "0")
        assert "cli_test_nobody" in complained(unknown)
        taken_port = await gatepost("serve", url, "--anonymous-role", "cli_test_anonymous", "--port", str(port))
        assert str(port) in complained(taken_port)
    finally:
        process.terminate()
        _, error = await asyncio.wait_for(process.communicate(), 120)
    assert (process.returncode, error) == (0, b"")


@pytest.mark.parametrize("command", ["serve", "schema"])
async def test_a_wrong_url_is_one_line(command: str, tmp_path: Path) -> None:
    url = f"postgresql://nobody@/nothing?host={tmp_path}"
    complained(await gatepost(command, url, "--anonymous-role", "x", "--port", "0"))
    assert "postgresql://" in complained(await gatepost(command, "mysql://x", "--anonymous-role", "x"))


async def test_schema_prints_what_roles_may_use(create_database: CreateDatabase, tmp_path: Path) -> None:
    url = await create_database(DATABASE)
    both = ("--anonymous-role", "cli_test_anonymous", "--roles", "cli_test_member")
    everything = await gatepost("schema", url, *both)
    assert everything.status == 0
    assert "type Note " in everything.out
    assert "type Secret " in everything.out
    only = await gatepost("schema", *both, "--role", "cli_test_anonymous", DATABASE_URL=url)
    assert "type Note " in only.out
    assert "type Secret " not in only.out

    file = tmp_path / "schema.graphql"
    file.write_text(everything.out)
    same = await gatepost("schema", url, *both, "--diff", file)
    assert (same.status, same.out) == (0, "")
    file.write_text(everything.out.replace("type Note ", "type Nota "))
    other = await gatepost("schema", url, *both, "--diff", file)
    assert other.status == 1
    assert "-type Nota " in other.out
    assert "+type Note " in other.out


async def test_schema_of_an_unknown_role_is_one_line(create_database: CreateDatabase) -> None:
    url = await create_database(DATABASE)
    assert "cli_test_nobody" in complained(await gatepost("schema", url, "--role", "cli_test_nobody"))
    empty = await create_database()
    assert "may read nothing" in complained(await gatepost("schema", empty, "--role", "cli_test_member"))


async def test_migrate_tells_applies_and_has_nothing_left(create_database: CreateDatabase, tmp_path: Path) -> None:
    url = await create_database()
    (tmp_path / "schema.sql").write_text("create table public.a ();")
    folder = ("--folder", tmp_path)
    assert (await gatepost("migrate", "status", url, *folder)).out == "to apply schema.sql (new)\n"
    assert (await gatepost("migrate", "check", url, *folder)).out == "would apply schema.sql (new)\n"
    assert (await gatepost("migrate", "up", url, *folder)).out == "applied schema.sql (new)\n"
    assert (await gatepost("migrate", "up", url, *folder)).out == "nothing to apply\n"
    made = await gatepost("migrate", "new", "add-b", *folder)
    assert made.out == f"{tmp_path}/migrations/0001_add_b.sql\n"
    Path(made.out.strip()).write_text("\nalter table public.b add c int;")
    assert "0001_add_b.sql:2: " in complained(await gatepost("migrate", "up", url, *folder))


async def test_token_signs_what_a_gateway_of_the_same_settings_takes() -> None:
    ended = await gatepost(
        "token", "7", "--claim", "admin=true", "--claim", "team=red",
        GATEPOST_JWT_SECRET=SECRET, GATEPOST_AUTHENTICATED_ROLE="cli_test_member",
    )  # fmt: skip
    claims = jwt.decode(ended.out.strip(), SECRET, algorithms=["HS256"])
    assert (claims["sub"], claims["role"]) == ("7", "cli_test_member")
    assert (claims["admin"], claims["team"]) == (True, "red")
    assert "jwt_secret" in complained(await gatepost("token", "7", "--role", "x"))
    assert "--role" in complained(await gatepost("token", "7", GATEPOST_JWT_SECRET=SECRET))


async def test_psql_opens_the_database_and_acts_as_a_user(create_database: CreateDatabase) -> None:
    url = await create_database(DATABASE)
    plain = await gatepost("psql", "--database-url", url, "--", "-XAtc", "select body from notes")
    assert plain.out == "one\n"
    acting = await gatepost(
        "psql", "--as", "o'hara", "--", "-Atq",
        given="select current_user, current_setting('request.jwt.claims'); select count(*) from secrets",
        DATABASE_URL=url,
    )  # fmt: skip
    assert acting.out.splitlines() == ["o'hara", 'cli_test_anonymous|{"sub":"x"}']
    assert "permission denied" in acting.error


async def test_a_mistyped_command_is_explained() -> None:
    ended = await gatepost("serv")
    assert ended.status == 2
    assert "invalid choice" in ended.error
