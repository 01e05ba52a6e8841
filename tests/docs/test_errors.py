"""docs/errors.md tells codes and statuses as callers meet them."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from tests.docs.pages import DOCS
from tests.docs.serving import Api, serving

GRAPHQL = {"accept": "application/graphql-response+json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
DEEP = "{ viewer { threads { nodes " * 30 + "{ id }" + " } } }" * 30
DOUBLING = "".join(
    f"fragment F{n} on Thread {{ a: parent {{ ...F{n + 1} }} b: parent {{ ...F{n + 1} }} }} " for n in range(14)
)
QUERIES = {
    "GRAPHQL_PARSE_FAILED": "{ threads ",
    "GRAPHQL_VALIDATION_FAILED": "{ threadz }",
    "BAD_USER_INPUT": '{ threads(filter: { createdAt: { gt: "soon" } }) { totalCount } }',
    "PAGE_SIZE": "{ threads(first: 501) { totalCount nodes { id } } }",
    "INVALID_CURSOR": '{ threads(after: "abc") { nodes { id } } }',
    "OPERATION_NAME": "query A { viewer { id } } query B { viewer { id } }",
    "TOO_DEEP": DEEP,
    "TOO_COMPLEX": "{ thread(id: 1) { ...F0 } } " + DOUBLING + "fragment F14 on Thread { id }",
    "QUERY_TOO_LARGE": "{ viewer { id } } #" + " " * 66_000,
}
MUTATIONS = {
    "NOT_LOGGED_IN": 'createThread(input: { body: "x" }) { thread { id } }',
    "INVALID_CREDENTIALS": 'logIn(input: { username: "ada", password: "not hers" }) { accessToken }',
    "REFRESH_TOKEN_INVALID": 'refreshToken(input: { refreshToken: "x" }) { accessToken }',
    "USERNAME_TAKEN": 'signUp(input: { username: "Ada", password: "a long password" }) { accessToken }',
    "USERNAME_INVALID": 'signUp(input: { username: "a!", password: "a long password" }) { accessToken }',
    "PASSWORD_TOO_SHORT": 'signUp(input: { username: "nia", password: "short" }) { accessToken }',
}
AS_ADA = {
    "THREAD_NOT_FOUND": "likeThread(input: { threadId: 0 }) { thread { id } }",
    "BODY_EMPTY": 'createThread(input: { body: " " }) { thread { id } }',
    "BODY_TOO_LONG": f'createThread(input: {{ body: "{"x" * 501}" }}) {{ thread {{ id }} }}',
    "USER_NOT_FOUND": 'followUser(input: { username: "nobody" }) { user { id } }',
    "CANNOT_FOLLOW_SELF": 'followUser(input: { username: "ada" }) { user { id } }',
    "CANNOT_BLOCK_SELF": 'blockUser(input: { username: "ada" }) { blockedUser { userId } }',
    "CANNOT_MUTE_SELF": 'muteUser(input: { username: "ada" }) { user { id } }',
    "FOLLOW_REQUEST_NOT_FOUND": 'approveFollowRequest(input: { username: "ada" }) { user { id } }',
    "DISPLAY_NAME_TOO_LONG": f'updateProfile(input: {{ displayName: "{"x" * 51}" }}) {{ user {{ id }} }}',
    "BIO_TOO_LONG": f'updateProfile(input: {{ bio: "{"x" * 161}" }}) {{ user {{ id }} }}',
}


def row(code: str) -> str:
    match = re.search(rf"^\| `{code}` \|(.*)$", (DOCS / "errors.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert match is not None, code
    return match[1]


async def check(api: Api, code: str, expected: str, **request: Any) -> dict[str, Any]:
    """Sends a request and compares: `expected` is how the page tells the status, and what `accept` makes of it."""
    headers = request.pop("headers", {})
    statuses = []
    for accept in ({}, GRAPHQL):
        status, answer = await api.request(headers={**accept, **headers}, **request)
        assert answer["errors"][0]["extensions"]["code"] == code, answer
        statuses.append(status)
    assert statuses == ([200, 400] if expected == "400/200" else [int(expected)] * 2), code
    error: dict[str, Any] = answer["errors"][0]
    return error


async def test_the_request(threads: Api) -> None:
    for code, query in QUERIES.items():
        assert row(code).split("|")[0].strip().startswith("400/200"), code
        await check(threads, code, "400/200", method="POST", json={"query": query})
    others: dict[str, tuple[str, dict[str, Any]]] = {
        "BAD_REQUEST": ("400", {"method": "POST", "json": []}),
        "INVALID_JSON": ("400", {"method": "POST", "data": b"{", "headers": {"content-type": "application/json"}}),
        "BODY_TOO_LARGE": (
            "413",
            {"method": "POST", "json": {"query": "{ viewer { id } }", "extensions": {"x": "x" * 300_000}}},
        ),
        "UNSUPPORTED_MEDIA_TYPE": ("415", {"method": "POST", "data": b"query=x", "headers": FORM}),
        "NOT_ACCEPTABLE": ("406", {"method": "POST", "json": {"query": "x"}, "headers": {"accept": "text/html"}}),
        "METHOD_NOT_ALLOWED": ("405", {"method": "DELETE"}),
        "NOT_FOUND": ("404", {"method": "GET", "path": "/grapqhl"}),
    }
    for code, (expected, request) in others.items():
        assert expected in row(code).split("|")[0], code
        await check(threads, code, expected, **request)


async def test_who_is_asking(threads: Api) -> None:
    tokens = {
        "INVALID_TOKEN": ("401", "abc"),
        "ROLE_NOT_ALLOWED": ("403", threads.token(1, "threads_auth")),
    }
    body = {"query": "{ viewer { id } }"}
    for code, (expected, token) in tokens.items():
        assert row(code).split("|")[0].strip() == expected
        await check(threads, code, expected, method="POST", json=body, headers={"authorization": f"Bearer {token}"})
    async with serving(dataclasses.replace(threads.settings, anonymous_role=None)) as closed:
        assert row("UNAUTHENTICATED").split("|")[0].strip() == "401"
        await check(closed, "UNAUTHENTICATED", "401", method="POST", json=body)


async def test_the_rules_of_threads(threads: Api) -> None:
    ada = {"authorization": f"Bearer {threads.token(1)}"}
    for mutations, headers in ((MUTATIONS, {}), (AS_ADA, ada)):
        for code, field in mutations.items():
            body = {"query": f"mutation {{ {field} }}"}
            error = await check(threads, code, "200", method="POST", json=body, headers=headers)
            told = row(code).split("|")[1].strip(" `").split("`, `")
            assert error["extensions"].get("field", "") in told, code
