"""What the endpoint takes and what it refuses, with which status and code."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

GRAPHQL = "application/graphql-response+json"


async def test_post_passes_the_request_on_and_the_bytes_back(server: Any) -> None:
    body = {"query": "query A { hello }", "operationName": "A", "variables": {"n": 12345678901234567890123}}
    async with server.post(body) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "application/json; charset=utf-8"
        assert await response.json() == {"data": {"hello": "wörld"}}
    (asked,) = server.engine.asked
    context = asked.pop("context")
    assert asked == {
        "query": "query A { hello }",
        "operation": "A",
        "variables": {"n": 12345678901234567890123},
    }
    assert (context.caller.role, context.read_only) == ("anonymous", False)


async def test_get_passes_the_request_on_for_reading_only(server: Any) -> None:
    parameters = {"query": "query A { hello }", "operationName": "A", "variables": '{"id": "1"}'}
    async with server.get(parameters) as response:
        assert response.status == 200
    (asked,) = server.engine.asked
    assert asked["context"].read_only is True
    assert (asked["operation"], asked["variables"]) == ("A", {"id": "1"})


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "INVALID_JSON"),
        (b"{", "INVALID_JSON"),
        (b'{"query": "{ a }", "variables": {"a": NaN}}', "INVALID_JSON"),
        (b'{"query": "{ a }", "variables": {"a": 1e999999}}', "INVALID_JSON"),
        (b'{"query": "{ a }", "query": "{ b }"}', "INVALID_JSON"),
        (b'{"query" : "{ a }", "variables": {"a": [{"b": 1, "b" : 2}]}}', "INVALID_JSON"),
        (b'{"query": "{ a }", "variables": {"a": [' + b"1," * 20_000 + b"1]}}", "TOO_COMPLEX"),
        (b'{"query": "{ a }", "variables": {"a": "\\ud800"}}', "INVALID_JSON"),
        (b'{"query": "\xff"}', "INVALID_JSON"),
        (b"5", "BAD_REQUEST"),
        (b"null", "BAD_REQUEST"),
        (b'[{"query": "{ a }"}]', "BAD_REQUEST"),
        (b"{}", "BAD_REQUEST"),
        (b'{"query": null}', "BAD_REQUEST"),
        (b'{"query": ["{ a }"]}', "BAD_REQUEST"),
        (b'{"query": "{ a }", "variables": []}', "BAD_REQUEST"),
        (b'{"query": "{ a }", "variables": "{}"}', "BAD_REQUEST"),
        (b'{"query": "{ a }", "variables": ""}', "BAD_REQUEST"),
        (b'{"query": "{ a }", "operationName": 1}', "BAD_REQUEST"),
        (b'{"query": "{ a }", "extensions": "x"}', "BAD_REQUEST"),
        (b'{"query": "{ a }", "variables": {"a":' + b"[" * 200 + b"]" * 200 + b"}}", "TOO_DEEP"),
        (b"[" * 20_000, "INVALID_JSON"),
    ],
)
async def test_a_body_that_is_no_graphql_request_is_refused(server: Any, body: bytes, code: str) -> None:
    async with server.post(data=body, headers={"Content-Type": "application/json"}) as response:
        assert response.status == 400
        answer = await response.json()
    assert list(answer) == ["errors"]
    assert answer["errors"][0]["extensions"]["code"] == code
    assert answer["errors"][0]["message"]
    assert server.engine.asked == []


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"query": "{ a }", "variables": "[]"},
        {"query": "{ a }", "variables": "{"},
        {"query": "{ a }", "extensions": "1"},
        [("query", "{ a }"), ("query", "{ b }")],
    ],
)
async def test_a_url_that_is_no_graphql_request_is_refused(server: Any, parameters: Any) -> None:
    async with server.get(parameters) as response:
        assert response.status == 400
        assert "errors" in await response.json()
    assert server.engine.asked == []


async def test_empty_parameters_of_a_url_count_as_none(server: Any) -> None:
    parameters = {"query": "{ a }", "variables": "", "operationName": "", "extensions": ""}
    async with server.get(parameters) as response:
        assert response.status == 200
    assert (server.engine.asked[0]["variables"], server.engine.asked[0]["operation"]) == (None, None)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/graphql",
        "application/jsonp",
    ],
)
async def test_only_json_in_utf_8_is_taken(server: Any, content_type: str) -> None:
    """No type that a page of another site may send without asking first (CSRF) comes in."""
    async with server.post(data=b'{"query": "{ a }"}', headers={"Content-Type": content_type}) as response:
        assert response.status == 415
        assert (await response.json())["errors"][0]["extensions"]["code"] == "UNSUPPORTED_MEDIA_TYPE"
    assert server.engine.asked == []


async def test_a_body_without_a_type_is_refused(server: Any) -> None:
    options = {"data": b'{"query": "{ a }"}', "skip_auto_headers": ["Content-Type"]}
    async with server.post(**options) as response:
        assert response.status == 415


@pytest.mark.parametrize("content_type", ["application/json;charset=UTF-8", 'Application/JSON; charset="utf-8"'])
async def test_json_in_utf_8_is_taken_however_it_is_spelt(server: Any, content_type: str) -> None:
    async with server.post(data=b'{"query": "{ a }"}', headers={"Content-Type": content_type}) as response:
        assert response.status == 200


async def test_a_compressed_body_is_taken(server: Any) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    async with server.post(data=gzip.compress(b'{"query": "{ a }"}'), headers=headers) as response:
        assert response.status == 200
    async with server.post(data=b"this is no gzip", headers=headers) as response:
        assert response.status == 400


async def test_a_large_body_is_refused_also_when_compressed(serving: Any) -> None:
    body = json.dumps({"query": "{ a }", "variables": {"a": "x" * 20_000}}).encode()
    async with serving(max_body_bytes=10_000) as server:
        headers = {"Content-Type": "application/json"}
        for data, more in ((body, {}), (gzip.compress(body), {"Content-Encoding": "gzip"})):
            async with server.post(data=data, headers={**headers, **more}) as response:
                assert response.status == 413
                (error,) = (await response.json())["errors"]
                assert error["extensions"] == {"code": "BODY_TOO_LARGE", "limit": 10_000}
        assert server.engine.asked == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "QUERY"])
async def test_other_methods_are_told_which_ones_there_are(server: Any, method: str) -> None:
    async with server.http.request(method, f"{server.url}/graphql") as response:
        assert response.status == 405
        assert response.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


async def test_unknown_paths_are_json_too(server: Any) -> None:
    async with server.http.get(f"{server.url}/graphql/nothing") as response:
        assert response.status == 404
        assert (await response.json())["errors"][0]["extensions"]["code"] == "NOT_FOUND"
        assert response.headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/json", "application/json"),
        ("application/json; charset=utf-8", "application/json"),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, application/json", "application/json"),
        (f"{GRAPHQL}, application/json;q=0.9", GRAPHQL),
        (f"{GRAPHQL};q=0.5, */*;q=0.1", GRAPHQL),
        ("application/json;q=0, */*", GRAPHQL),
        ("text/html, APPLICATION/JSON", "application/json"),
    ],
)
async def test_the_media_type_is_negotiated(server: Any, accept: str | None, media: str) -> None:
    options = {"skip_auto_headers": ["Accept"]} if accept is None else {"headers": {"Accept": accept}}
    async with server.post(**options) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == f"{media}; charset=utf-8"


@pytest.mark.parametrize(
    "accept", ["text/html", "application/json;q=0", "application/json; charset=latin-1", "*/*;q=x"]
)
async def test_an_answer_that_the_caller_cannot_take_is_not_worked_out(server: Any, accept: str) -> None:
    async with server.post(headers={"Accept": accept}) as response:
        assert response.status == 406
    assert server.engine.asked == []
