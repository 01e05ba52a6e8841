"""GraphiQL in a real browser: the docs load, a query runs, the token is kept, and nothing comes from elsewhere."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import graphql
import orjson
import pytest

from gatepost.engine.engine import Answer, RequestContext

ROOT = Path(__file__).parent.parent.parent
QUERY = "# Say hello\n{\n  hello\n}"
SCHEMA = graphql.build_schema('type Query { "Greets whoever asks." hello: String! }')


async def greet(
    query: str,
    operation_name: str | None = None,
    context: RequestContext | None = None,
    variables: dict[str, Any] | None = None,
) -> Answer:
    assert context is not None
    greeting = {"hello": f"Hello, {context.caller.role}"}
    result = await graphql.graphql(SCHEMA, query, greeting, variable_values=variables, operation_name=operation_name)
    return Answer(status=400 if result.data is None else 200, body=orjson.dumps(result.formatted))


@pytest.mark.usefixtures("built_page")
async def test_a_person_reads_the_docs_and_runs_a_query(serving: Any, browser: dict[str, str], tmp_path: Path) -> None:
    async with serving(query=QUERY) as server:
        server.engine.execute = greet
        process = await asyncio.create_subprocess_exec(
            str(ROOT / "tests" / "browser" / "drive.sh"),
            sys.prefix,
            "drive.mjs",
            server.url,
            str(tmp_path / "page.png"),
            server.token(),
            env={**os.environ, **browser},
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await asyncio.wait_for(process.communicate(), 600)
    assert process.returncode == 0
    seen = json.loads(out.splitlines()[-1])
    assert seen["problems"] == []
    assert seen["elsewhere"] == []
    assert seen["query"] == QUERY
    assert "Greets whoever asks." in seen["docs"]
    assert json.loads(seen["answer"]) == {"data": {"hello": "Hello, member"}}
    assert seen["kept"] is True
