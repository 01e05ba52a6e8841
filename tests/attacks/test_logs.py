"""What a running server writes: nothing that a caller sent, whatever became of it, at any level of its log."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gatepost.auth.tokens import Signer
from gatepost.errors import SetUpError
from gatepost.http import server
from gatepost.settings import Settings, load
from gatepost.transaction import Database
from tests.attacks.conftest import SECRET, CreateDatabase
from tests.scripts import SCRIPTS

ROOT = Path(__file__).parents[2]
CANARY = "canary7f3a"
"""Stands in all that is sent, but for names that the access log is there to tell."""
FAILING = """
create function threads.shout(words text) returns text language plpgsql as $$
begin
    execute format('select %L::integer', words);
    raise exception using errcode = '42P01', message = words, detail = words, hint = words, table = words;
end $$;
create function threads.gone(words text) returns text language plpgsql as $$
begin
    raise exception using errcode = '42P01', message = words, detail = words, hint = words, table = words;
end $$;
create function threads.slow(words text) returns text language plpgsql as $$
begin
    raise warning 'slowly: %', words;
    perform pg_sleep(20);
    return words;
end $$;
create table threads.things (name text primary key);
insert into threads.things values ('canary7f3a');
grant select, insert on threads.things to threads_anonymous;
grant execute on function threads.shout, threads.gone, threads.slow to threads_anonymous, threads_member;
"""
SERVE = "import logging, sys; logging.basicConfig(level=logging.DEBUG); from gatepost.cli import main; sys.exit(main())"


@dataclass
class Served:
    """A server in a process of its own, and what it wrote."""

    url: str
    http: aiohttp.ClientSession
    lines: list[str] = field(default_factory=list)

    async def post(self, query: str, headers: dict[str, str] | None = None, **variables: object) -> Any:
        body = {"query": query, "variables": variables}
        async with self.http.post(f"{self.url}/graphql", json=body, headers=headers or {}) as response:
            return json.loads(await response.text())

    async def code(self, query: str, headers: dict[str, str] | None = None, **variables: object) -> str:
        answer = await self.post(query, headers, **variables)
        return str(answer["errors"][0]["extensions"]["code"])


@asynccontextmanager
async def served(*flags: str, **environment: str) -> AsyncIterator[Served]:
    """Serves until the end of the context, when all that was written is in `lines`."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("GATEPOST", "DATABASE"))}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVE, "serve", "--port", "0", *flags,
        cwd=ROOT, env={**clean, **environment}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    lines: list[str] = []
    try:
        async with asyncio.timeout(300), aiohttp.ClientSession() as http:
            while not (found := re.search(r"serving (http://\S+)/graphql", lines[-1] if lines else "")):
                line = (await process.stdout.readline()).decode()
                assert line, lines
                lines.append(line)
            yield Served(found[1], http, lines)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        out, _ = await process.communicate()
        lines += out.decode().splitlines()


async def test_nothing_that_was_sent_is_written(create_database: CreateDatabase) -> None:
    url = await create_database(*SCRIPTS, FAILING, user="threads_gateway")
    settings = Settings(database_url=url, authenticated_role="threads_member", jwt_secret=SECRET, jwt_issuer="threads")
    token = Signer(settings).sign("1", "threads_member", note=CANARY)
    credentials = f'username: "{CANARY}", password: "{CANARY} password"'
    async with served(
        url, "--schemas", "threads", "--anonymous-role", "threads_anonymous", "--jwt-issuer", "threads",
        "--authenticated-role", "threads_member", "--sdl", "sdl", "--resolvers", "resolvers",
        "--statement-timeout", "1500",
        GATEPOST_JWT_SECRET=SECRET,
    ) as server:  # fmt: skip
        sent = {"X-Tenant": CANARY, "User-Agent": CANARY, "Cookie": f"__Host-threads-refresh={CANARY}"}
        # What goes well.
        session = (await server.post(f"mutation {{ signUp(input: {{ {credentials} }}) {{ refreshToken }} }}", sent))[
            "data"
        ]
        refresh = session["signUp"]["refreshToken"]
        await server.post(f'{{ {CANARY}: threads(filter: {{ body: {{ eq: "{CANARY}" }} }}) {{ totalCount }} }}', sent)
        await server.post("{ viewer { username } }", {"Authorization": f"Bearer {token}"})
        # What is refused.
        assert await server.code(f"{{ {CANARY} }}", sent) == "GRAPHQL_VALIDATION_FAILED"
        assert await server.code(f'{{ threads(filter: "{CANARY}', sent) == "GRAPHQL_PARSE_FAILED"
        assert await server.code("query ($n: Int) { threads(first: $n) { totalCount } }", n=CANARY) == "BAD_USER_INPUT"
        assert await server.code("{ viewer { id } }", {"Authorization": f"Bearer {CANARY}"}) == "INVALID_TOKEN"
        assert (
            await server.code(
                f"mutation {{ logIn(input: {{ {credentials}x }}) {{ refreshToken }} }}".replace(' password"x', '"')
            )
            == "INVALID_CREDENTIALS"
        )
        assert await server.code("mutation { refreshToken(input: {}) { expiresIn } }", sent) == "REFRESH_TOKEN_INVALID"
        async with server.http.get(f"{server.url}/graphql", params={"query": CANARY}) as response:
            assert response.status == 403
        async with server.http.post(f"{server.url}/graphql", data=CANARY * 9) as response:
            assert response.status == 415
        # What fails, and what is masked.
        create = "mutation ($name: String!) { createThing(input: { thing: { name: $name } }) { __typename } }"
        assert await server.code(create, name=CANARY) == "UNIQUE_VIOLATION"
        ids = []
        for name, code in (("shout", "BAD_USER_INPUT"), ("gone", "INTERNAL")):
            answer = await server.post(
                f"mutation ($w: String!) {{ {CANARY}: {name}(input: {{ words: $w }}) {{ result }} }}", sent, w=CANARY
            )
            assert answer["errors"][0]["extensions"]["code"] == code
            ids.append(answer["errors"][0]["extensions"]["id"])
        # What takes too long, and what nobody waits for.
        slow = "mutation ($w: String!) { slow(input: { words: $w }) { result } }"
        assert await server.code(slow, sent, w=CANARY) == "TIMEOUT"
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                await server.post(slow, sent, w=CANARY)
        # What is no HTTP.
        reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
        writer.write(f"POST /graphql HTTP/1.1\r\nHost: {CANARY}\r\nBad header {CANARY}\r\n\r\n".encode())
        await reader.read()
        writer.close()
    written = "\n".join(server.lines)
    assert CANARY not in written
    assert token.rpartition(".")[2] not in written
    assert refresh not in written
    assert SECRET not in written
    assert written.count('"path":"/graphql"') >= 14  # the access log was on
    for error_id in ids:
        assert error_id in written
    assert "22P02 InvalidTextRepresentationError; PL/pgSQL function threads.shout(text) line 3 at EXECUTE" in written
    assert "PL/pgSQL function threads.gone(text) line 3 at RAISE" in written


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:{0}/rest@127.0.0.1:1/db",
        "postgresql://user:{0}#rest@127.0.0.1:1/db",
        "postgresql://user:x?{0}@127.0.0.1:1/db",
        "postgresql://user:x?{0}=y@127.0.0.1:1/db",
        "postgresql://user:12@{0}:34{0}/db",
        "postgresql://user:{0}@[127.0.0.1:1/db",
        "postgresql://user:{0}@127.0.0.1:1/db",
    ],
)
async def test_a_url_that_its_password_breaks_is_not_repeated(url: str) -> None:
    with pytest.raises(SetUpError) as raised:
        await Database.open(Settings(database_url=url.format(CANARY), anonymous_role="nobody"))
    assert CANARY not in raised.value.message


@pytest.mark.parametrize("name", ["jwt_secret", "login_password", "database_url"])
def test_a_secret_of_the_wrong_kind_is_not_repeated(tmp_path: Path, name: str) -> None:
    file = tmp_path / "gatepost.toml"
    file.write_text(f"{name} = [{CANARY!r}]")
    with pytest.raises(SetUpError) as raised:
        load(file=file, environment={})
    assert raised.value.message == f"{name} in {file} must be a text"


@pytest.mark.parametrize("name", ["gatepost.http.server", "tartiflette_aiohttp._handler"])
def test_what_libraries_log_of_an_exception_has_no_words(name: str, caplog: pytest.LogCaptureFixture) -> None:
    assert server.logger.name == "gatepost.http.server"  # which has the filters set
    try:
        try:
            int(CANARY)
        except ValueError as error:
            raise LookupError(CANARY) from error
    except LookupError as error:
        logging.getLogger(name).error("it failed", exc_info=True)
        logging.getLogger(name).exception(error)
    assert CANARY not in caplog.text
    assert caplog.text.count("LookupError") >= 2
    assert "ValueError" in caplog.text
    assert "test_logs.py:" in caplog.text
