"""Whatever bytes a caller sends, the answer is a GraphQL error of the caller's, soon."""

from __future__ import annotations

import json
import os
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gatepost.http.application import application
from tests.api import MEMBER, SHOP, Api, CreateDatabase, opened
from tests.fuzz.conftest import HASTY
from tests.fuzz.wild import operations

MADE_UP = settings(
    max_examples=int(os.environ.get("GATEPOST_TESTS_EXAMPLES", "60")),
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
JSON = {"Content-Type": "application/json", "Accept": "application/graphql-response+json"}
SOON = 30.0  # seconds
_PIECES = ["{", "}", "(", ")", "[", "]", "!", "$", "@include", ":", "...", "on", "fragment", '"', '"""', "\\u", "#"]
_PIECES += [
    "query",
    "mutation",
    "subscription",
    "null",
    "true",
    "-",
    "0",
    "1e",
    "&",
    "|",
    ",",
    "\ufeff",
    "\0",
    "é🚲",
    "\r",
]


class Serving:
    """A shop behind HTTP."""

    def __init__(self, api: Api, url: str, http: aiohttp.ClientSession) -> None:
        self.api = api
        self.url = url
        self.http = http

    async def post(self, data: bytes, **headers: str) -> tuple[int, Any]:
        """The status and the JSON of an answer, which came soon."""
        begun = time.monotonic()
        async with self.http.post(self.url, data=data, headers=headers or JSON) as response:
            body = await response.json(content_type=None)
        assert time.monotonic() - begun < SOON
        return response.status, body


@pytest.fixture(scope="module")
async def serving(create_database: CreateDatabase) -> AsyncIterator[Serving]:
    changes = {"access_log": False, "graphiql": False}
    async with opened(await create_database(SHOP, user="shop_gateway"), **{**HASTY, **changes}) as api:
        runner = web.AppRunner(application(api.gateway))
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        address = runner.addresses[0]
        async with aiohttp.ClientSession() as http:
            yield Serving(api, f"http://{address[0]}:{address[1]}/graphql", http)
        await runner.cleanup()


def is_answered(status: int, body: Any, sent: object) -> None:
    """An answer of data, or errors that are not the gateway's own."""
    told = f"{sent!r}: {status} {body}"
    assert status < 500, told
    assert "data" in body or body["errors"], told
    for error in body.get("errors", []):
        assert error["extensions"]["code"] not in ("INTERNAL", "UNAVAILABLE"), told


@MADE_UP
@given(data=st.binary(max_size=200).filter(lambda data: not data.startswith(b'{"query"')))  # a request
async def test_random_bytes_are_refused(serving: Serving, data: bytes) -> None:
    status, body = await serving.post(data)
    assert 400 <= status < 500
    is_answered(status, body, data)


@MADE_UP
@given(pieces=st.lists(st.sampled_from(_PIECES), max_size=30))
async def test_random_tokens_are_refused(serving: Serving, pieces: list[str]) -> None:
    status, body = await serving.post(json.dumps({"query": " ".join(["{", *pieces])}).encode())
    is_answered(status, body, pieces)
    assert 200 <= status < 500


_JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@MADE_UP
@given(
    value=st.dictionaries(
        st.sampled_from(["query", "variables", "operationName", "extensions", "x"]), _JSON_VALUES, max_size=4
    )
    | _JSON_VALUES
)
async def test_random_json_is_refused(serving: Serving, value: Any) -> None:
    status, body = await serving.post(json.dumps(value).encode())
    assert 400 <= status < 500
    is_answered(status, body, value)


@MADE_UP
@given(value=_JSON_VALUES)
async def test_any_json_as_a_variable_is_answered(serving: Serving, value: Any) -> None:
    for type_ in ("String", "Int", "PersonFilter", "[PersonOrderBy!]"):
        argument = {"String": "after", "Int": "first", "PersonFilter": "filter"}.get(type_, "orderBy")
        query = f"query ($v: {type_}) {{ people({argument}: $v) {{ nodes {{ id }} }} }}"
        status, body = await serving.post(json.dumps({"query": query, "variables": {"v": value}}).encode())
        is_answered(status, body, value)


@MADE_UP
@given(data=st.data())
async def test_spoilt_operations_are_answered(serving: Serving, data: st.DataObject) -> None:
    served = await serving.api.gateway.engine.roles.of(MEMBER)
    query = data.draw(operations(served.schema, "query"))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(query)))
        length = data.draw(st.integers(0, 3))
        query = query[:place] + data.draw(st.sampled_from(_PIECES)) + query[place + length :]
    status, body = await serving.post(json.dumps({"query": query}).encode())
    if any(error["extensions"]["code"] == "TIMEOUT" for error in body.get("errors", [])):
        return
    is_answered(status, body, query)


@pytest.mark.parametrize(
    "query",
    [
        "{" * 60_000,
        "[" * 60_000,
        '{ people(filter: {name: {eq: "' + "\\" * 60_000,
        "{ a" * 20_000,
        "{ " + "people { totalCount } " * 2_000 + "}",
        "{ people { nodes { " + "...A " * 5_000 + "} } } fragment A on Person { id }",
        "query " + "($a: Int)" * 5_000 + "{ __typename }",
        '"""' * 20_000,
        "#" * 65_000,
        "{ a(b: " + "[" * 30_000 + "]" * 30_000 + ") }",
        "{ a(b: " + "9" * 60_000 + ") }",
        "{ people(first: " + "9" * 60_000 + ") { totalCount } }",
        "fragment A on Person { ...B } fragment B on Person { ...A } { people { nodes { ...A } } }",
    ],
    ids=range(13),
)
async def test_large_and_deep_documents_are_refused(serving: Serving, query: str) -> None:
    status, body = await serving.post(json.dumps({"query": query}).encode())
    assert 400 <= status < 500
    is_answered(status, body, query[:60])
