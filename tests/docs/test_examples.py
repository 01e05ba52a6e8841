"""The examples of docs/ run as they stand: curl, Python, psql, GraphQL, and the SQL of both small databases."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from graphql import GraphQLObjectType

from gatepost.auth.passwords import Passwords
from gatepost.doctor import OF_THE_API, as_text, examine
from gatepost.gateway import schema_of
from gatepost.settings import Settings
from tests.docs.pages import DOCS, PAGES, Block, blocks
from tests.docs.serving import SECRET, Api, CreateDatabase, serving

ROOT = DOCS.parent


async def run(url: str, *scripts: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for script in scripts:
            await connection.execute(script)
    finally:
        await connection.close()


def curls(block: Block) -> list[tuple[bool, dict[str, Any]]]:
    """Whether each curl command of a block sends the token, and its body."""
    found = re.findall(r"^curl (.*?)-d '([^']*)'", block.text, re.MULTILINE | re.DOTALL)
    return [("$TOKEN" in options, json.loads(body)) for options, body in found]


async def test_the_walk_by_curl_and_then_by_python(threads: Api) -> None:
    page = DOCS / "getting-started.md"
    token: str | None = None
    answers: dict[str, Any] = {}
    for block in blocks(page, "sh"):
        for needs_token, body in curls(block):
            answer = await threads.send(body, token if needs_token else None)
            assert "errors" not in answer, (block, answer)
            answers |= answer["data"]
            if "logIn" in answer["data"]:
                token = answer["data"]["logIn"]["accessToken"]
    assert answers["replyToThread"]["thread"]
    assert answers["likeThread"]["thread"]["replyCount"] > 0
    assert answers["followUser"]["user"]["viewerFollows"] is True
    bodies = [node["thread"]["body"] for node in answers["homeFeed"]["nodes"]]
    assert bodies[0] == "Hello, world"
    assert len(bodies) > 1

    [script] = blocks(page, "python")
    assert '"http://127.0.0.1:8080/graphql"' in script.text
    moved = dataclasses.replace(script, text=script.text.replace("http://127.0.0.1:8080/graphql", threads.url))
    assert (await python(moved)).startswith("nia · Hello, world")


async def python(script: Block, **environment: str) -> str:
    """What a Python block prints, run by itself."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        script.text,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, error = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 0, (script, error.decode())
    return out.decode()


async def test_psql_in_getting_started(threads: Api) -> None:
    url = threads.settings.database_url.replace("threads_gateway@", "postgres@", 1)
    found = blocks(DOCS / "getting-started.md", "sql")
    assert found
    await run(url, *(block.text for block in found))


async def test_operations_on_threads_answer_rows(threads: Api) -> None:
    await give_password(threads, "ada", "analytical engine")
    for page in PAGES:
        for block in blocks(page, "graphql"):
            if block.mark == "threads":
                data = await threads.data(block.text, threads.token(1))
                assert all(data.values()), (block, data)


async def give_password(threads: Api, username: str, password: str) -> None:
    """What `make run` does for the sample users."""
    passwords = Passwords(memory_cost=1024, time_cost=1, parallelism=1)
    try:
        password_hash = await passwords.hash(password)
    finally:
        passwords.close()
    connection = await asyncpg.connect(threads.settings.database_url, user="postgres")
    try:
        await connection.execute(
            "insert into private.credentials (user_id, password_hash)"
            " select u.id, $2 from threads.users as u where u.username = $1",
            username,
            password_hash,
        )
    finally:
        await connection.close()


async def test_the_library_of_the_generated_api(create_database: CreateDatabase) -> None:
    """Each operation meets the database as the page has left it by then: names change on the way."""
    url = await create_database()
    settings = Settings(
        database_url=url, schemas=("library",), anonymous_role="library_reader", access_log=False, pool_size=2
    )
    found = [block for block in blocks(DOCS / "generated-api.md") if block.mark == "library"]
    assert {block.language for block in found} == {"sql", "graphql"}
    for block in found:
        if block.language == "sql":
            await run(url, block.text)
            continue
        async with serving(settings) as api:
            data = await api.data(block.text)
            assert all(data.values()), (block, data)
            assert '"nodes": []' not in json.dumps(data), (block, data)


CLASHES = """
create role clash_reader;
create schema shop;
create schema library;
grant usage on schema shop, library to clash_reader;
create table shop.books (id int primary key, title text, "Title" text, "2nd" text);
create table library.books (id int primary key, label text);
create table library.news (id int primary key);
create function library.books_label(book library.books) returns text language sql stable return 'x';
create function shop.search(term text) returns int language sql stable return 1;
create function shop.search(term text, "limit" int) returns int language sql stable return 1;
create function shop.find_books(filter text) returns setof shop.books language sql stable as 'table shop.books';
create function library.skipped(any_type anyelement) returns int language sql stable as $$ select 1 $$;
grant select on all tables in schema shop, library to clash_reader;
"""


async def test_names_that_collide_and_where_that_is_told(create_database: CreateDatabase) -> None:
    url = await create_database(CLASHES)
    settings = Settings(database_url=url, schemas=("shop", "library"), anonymous_role="clash_reader")
    schema, _ = await schema_of(settings)
    assert schema.query_type is not None
    roots = schema.query_type.fields
    for name in ("books", "libraryBooks", "book", "libraryBook", "search", "searchByTermAndLimit", "newsList"):
        assert name in roots
    expected = {"Book": {"title", "titleColumn", "_2nd"}, "LibraryBook": {"label", "labelComputed"}}
    for name, fields in expected.items():
        type_ = schema.type_map[name]
        assert isinstance(type_, GraphQLObjectType)
        assert fields <= set(type_.fields)
    assert "filterArgument" in roots["findBooks"].args

    told = as_text(await examine(settings, only=OF_THE_API))
    assert "shop.books.Title is titleColumn" in told
    assert "function library.skipped(any_type anyelement) is left out" in told


async def test_the_notes_of_rules_in_sql(create_database: CreateDatabase) -> None:
    url = await create_database()
    page = DOCS / "rules-in-sql.md"
    found = blocks(page, "sql")
    assert len(found) >= 6
    # The roles are made by the superuser, and what `set role` says holds for the rest of the page.
    await run(url, "\n".join(block.text for block in found))
    settings = Settings(
        database_url=url.replace("postgres@", "notes_gateway@", 1),
        schemas=("notes",),
        anonymous_role="notes_anonymous",
        authenticated_role="notes_member",
        jwt_secret=SECRET,
        access_log=False,
        pool_size=2,
    )
    async with serving(settings) as api:
        # psql's note, and what the page says of grants and errors.
        assert await api.data("{ feed { nodes { body starCount } } }") == {
            "feed": {"nodes": [{"body": "From psql", "starCount": 0}]}
        }
        starred = await api.data("{ feed { nodes { viewerHasStarred } } }", api.token(1))
        assert starred == {"feed": {"nodes": [{"viewerHasStarred": False}]}}
        refused = await api.send({"query": "{ feed { nodes { viewerHasStarred } } }"})
        assert refused["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        write = {"query": 'mutation { createNote(input: { body: " " }) { note { id } } }'}
        assert (await api.send(write))["errors"][0]["extensions"]["code"] == "NOT_LOGGED_IN"
        [shown] = [json.loads(block.text) for block in blocks(page, "json")]
        [told] = (await api.send(write, api.token(1)))["errors"]
        assert {key: told[key] for key in shown} == shown


async def test_the_hand_written_field_of_authentication(
    threads: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = DOCS / "authentication.md"
    [sdl] = [block for block in blocks(page, "graphql") if block.mark == "sdl"]
    [resolver] = blocks(page, "python")
    (tmp_path / "sdl").mkdir()
    (tmp_path / "sdl" / "prizes.graphql").write_text(sdl.text, encoding="utf-8")
    package = tmp_path / "documented_resolvers"
    package.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "prizes.py").write_text(resolver.text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    changed = {"sdl": tmp_path / "sdl", "resolvers": "documented_resolvers"}
    settings = Settings(**{**vars(threads.settings), **changed})
    draw = 'mutation { drawWinner(input: { prize: "%s" }) { prize winner { username } } }'
    async with serving(settings) as api:
        drawn = (await api.data(draw % "a book"))["drawWinner"]
        assert drawn["prize"] == "a book"
        assert drawn["winner"]["username"]
        refused = await api.send({"query": draw % " "})
        assert refused["errors"][0]["extensions"] == {"code": "PRIZE_EMPTY", "field": "prize"}
