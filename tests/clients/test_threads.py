"""Clients that are generated or normalise what they read work on Threads itself, as docs/clients.md sets them up."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from graphql import build_client_schema, get_introspection_query, print_schema

from tests.clients.conftest import HERE, Run, project, run
from tests.docs.serving import Api

ADA = 1
NEWEST = "{ threads(first: 1, orderBy: [{ createdAt: DESC }]) { nodes { id likeCount viewerHasLiked } } }"
COMPILED = "--target es2023 --module nodenext --strict --skipLibCheck --noUncheckedIndexedAccess --outDir".split()


@pytest.fixture
async def app(threads: Api, tmp_path: Path) -> Path:
    """An application of the files that the docs show, with the schema as introspection tells it."""
    query = get_introspection_query(input_value_deprecation=True, specified_by_url=True, one_of=True)
    introspection: Any = await threads.data(query)
    schema = build_client_schema(introspection)
    folder = project(tmp_path / "app")
    (folder / "schema.graphql").write_text(print_schema(schema))
    return folder


async def use(node: Run, app: Path, name: str, *arguments: str) -> object:
    """Compiles uses/NAME.ts within an application, runs it and reads what it prints."""
    shutil.copy(HERE / "uses" / f"{name}.ts", app / "src" / f"use-{name}.ts")
    await node(app, "tsc", *COMPILED, "out", f"src/use-{name}.ts")
    return json.loads(await node(app, "node", f"out/use-{name}.js", *arguments))


async def newest(threads: Api) -> tuple[str, int]:
    """The newest thread's id and likes; Ada likes it no more."""
    [thread] = (await threads.data(NEWEST, threads.token(ADA)))["threads"]["nodes"]
    if thread["viewerHasLiked"]:
        query = f'mutation {{ unlikeThread(input: {{ threadId: "{thread["id"]}" }}) {{ thread {{ likeCount }} }} }}'
        await threads.data(query, threads.token(ADA))
        thread["likeCount"] -= 1
    return thread["id"], thread["likeCount"]


async def test_urql_and_apollo_with_generated_types(threads: Api, node: Run, app: Path) -> None:
    await node(app, "graphql-codegen", "--config", "codegen.ts")
    thread, likes = await newest(threads)
    known = {
        "before": {"likes": likes, "sent": 1},
        "told": likes + 1,
        "after": {"likes": likes + 1, "sent": 2},  # of the cache: nothing was asked again
        "again": True,
    }
    assert await use(node, app, "urql", threads.url, threads.token(ADA), thread) == known
    assert await newest(threads) == (thread, likes)
    found = await use(node, app, "apollo", threads.url, threads.token(ADA), thread)
    assert found == {**known, "rows": 10, "different": 10, "keys": 1}


async def test_relay_with_its_store(threads: Api, node: Run, app: Path) -> None:
    (app / "src" / "operations.graphql").unlink()
    await node(app, "relay-compiler", "relay.config.json")
    thread, likes = await newest(threads)
    assert await use(node, app, "relay", threads.url, threads.token(ADA), thread) == {
        "before": {"rows": 5, "likes": likes},
        "liked": likes + 1,
        "paged": [10, 10],
        "written": ["By Relay", True],
        "left": False,
    }


async def test_ariadne_codegen(threads: Api, ariadne: Path, app: Path) -> None:
    await run(app, "env", "PYTHONPATH=.", ariadne / "ariadne-codegen")
    thread, likes = await newest(threads)
    (app / "use.py").write_text(
        f"""\
import asyncio, sys
from threads_client import Client, LikeThreadInput

async def main(url, token):
    async with Client(url=url, headers={{"authorization": f"Bearer {{token}}"}}) as client:
        newest = await client.newest(first=2)
        first = newest.threads.edges[0].node
        liked = await client.like(LikeThreadInput(threadId="{thread}"))
        again = await client.again(first.node_id)
        print(len(newest.threads.edges), first.like_count, liked.like_thread.thread.like_count, again.node.like_count)

asyncio.run(main(*sys.argv[1:]))
"""
    )
    out = await run(app, ariadne / "python", "use.py", threads.url, threads.token(ADA))
    assert out.split() == ["2", str(likes), str(likes + 1), str(likes + 1)]


async def test_gql(threads: Api, app: Path) -> None:
    out = await run(app, sys.executable, "newest.py", threads.url)
    assert len(out.splitlines()) == 2
    assert " · " in out
