"""The audits of GraphQL over HTTP that the npm package graphql-http makes: all of them pass."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from aiohttp.test_utils import TestServer

from gatepost.http.application import application
from tests.api import Api

AUDIT = Path(__file__).parent / "audit" / "audit.sh"
LEAST_AUDITS = 61


async def test_all_audits_of_graphql_over_http_pass(shop: Api) -> None:
    async with TestServer(application(shop.gateway)) as server:
        process = await asyncio.create_subprocess_exec(
            str(AUDIT), sys.prefix, str(server.make_url("/graphql")), stdout=asyncio.subprocess.PIPE
        )
        out, _ = await asyncio.wait_for(process.communicate(), 600)
    assert process.returncode == 0
    results = [json.loads(line) for line in out.splitlines()]
    assert len(results) >= LEAST_AUDITS
    assert [result for result in results if result["status"] != "ok"] == []
