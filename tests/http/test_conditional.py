"""Answers to GET can be kept by their caller, who asks each time whether they still hold."""

from __future__ import annotations

from typing import Any

import pytest

from gatepost.engine.engine import Answer

HEADERS = {"Apollo-Require-Preflight": "true"}
QUERY = {"query": "{ hello }"}


async def test_an_answer_that_still_holds_is_not_sent_again(server: Any) -> None:
    async with server.get(QUERY) as response:
        assert response.status == 200
        tag = response.headers["ETag"]
        kept = {name: response.headers[name] for name in ("ETag", "Cache-Control", "Vary")}
    assert kept["Cache-Control"] == "private, no-cache"
    assert kept["Vary"] == "Accept, Authorization"
    for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        async with server.get(QUERY, headers={**HEADERS, "If-None-Match": known}) as response:
            assert (response.status, await response.read()) == (304, b"")
            assert {name: response.headers[name] for name in kept} == kept
            assert "Content-Length" not in response.headers
            assert response.headers["X-Request-Id"]
    # Each was worked out anew: what the caller may read now, only the database knows.
    assert len(server.engine.asked) == 5
    server.engine.answer = Answer(200, b'{"data":{"hello":"again"}}')
    async with server.get(QUERY, headers={**HEADERS, "If-None-Match": tag}) as response:
        assert (response.status, await response.json()) == (200, {"data": {"hello": "again"}})
        assert response.headers["ETag"] != tag


async def test_one_tag_stands_for_all_codings(serving: Any) -> None:
    tags = set()
    async with serving(compress_from=10) as server:
        for coding in ("gzip", "br", "identity"):
            async with server.get(QUERY, headers={**HEADERS, "Accept-Encoding": coding}) as response:
                assert response.headers["Vary"] == "Accept, Authorization, Accept-Encoding"
                tags.add(response.headers["ETag"])
    (tag,) = tags
    assert tag.startswith('W/"')


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b'{"errors":[{"message":"No."}],"data":null}'),
        (400, b'{"errors":[{"message":"No."}]}'),
        (503, b'{"errors":[{"message":"No."}]}'),
    ],
)
async def test_errors_are_not_kept(server: Any, status: int, body: bytes) -> None:
    server.engine.answer = Answer(status, body)
    async with server.get(QUERY, headers={**HEADERS, "If-None-Match": "*"}) as response:
        assert (await response.read()) == body
        assert response.headers["Cache-Control"] == "no-store"
        assert "ETag" not in response.headers


async def test_a_post_has_no_tag(server: Any) -> None:
    async with server.post(headers={"If-None-Match": "*"}) as response:
        assert response.status == 200
        assert "ETag" not in response.headers


async def test_head_is_get_without_the_body(server: Any) -> None:
    async with server.get(QUERY) as response:
        expected = {name: response.headers[name] for name in ("Content-Type", "Content-Length", "ETag", "Vary")}
    async with server.http.head(f"{server.url}/graphql", params=QUERY, headers=HEADERS) as response:
        assert (response.status, await response.read()) == (200, b"")
        assert {name: response.headers[name] for name in expected} == expected
    assert all(asked["context"].read_only for asked in server.engine.asked)
