"""Who is asking, as a front end meets it: tokens from log-in, sent as headers over HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from aiohttp.test_utils import TestClient, TestServer

from gatepost.gateway import Gateway
from gatepost.http.application import application
from gatepost.settings import Settings
from tests.scripts import SCRIPTS

ROOT = Path(__file__).parents[2]
SECRET = "a secret of at least thirty-two bytes"
PASSWORD = "correct horse"
VIEWER = "{ viewer { username } }"


class Api:
    """The Threads API on a free port."""

    def __init__(self, client: TestClient[Any, Any]) -> None:
        self._client = client

    async def post(self, query: str, token: str | None = None, **variables: object) -> tuple[int, dict[str, Any]]:
        """Status and body of an operation, sent with `Authorization: Bearer …` where a token is given."""
        return await self.send(query, {} if token is None else {"Authorization": f"Bearer {token}"}, **variables)

    async def send(self, query: str, headers: dict[str, str], **variables: object) -> tuple[int, dict[str, Any]]:
        body = {"query": query, "variables": variables}
        async with self._client.post("/graphql", json=body, headers=headers) as response:
            return response.status, json.loads(await response.text())

    async def cookie(self, query: str, cookie: str = "") -> tuple[int, dict[str, Any], str]:
        """Status, body, and the cookie that the answer sets, sent with a cookie."""
        headers = {"Cookie": cookie} if cookie else {}
        async with self._client.post("/graphql", json={"query": query}, headers=headers) as response:
            [kept] = response.headers.getall("Set-Cookie")
            return response.status, json.loads(await response.text()), kept.partition(";")[0]

    async def data(self, query: str, token: str | None = None, **variables: object) -> Any:
        status, body = await self.post(query, token, **variables)
        assert (status, body.get("errors")) == (200, None)
        return body["data"]


@pytest.fixture
async def api(create_database: Callable[..., Awaitable[str]]) -> AsyncIterator[Api]:
    settings = Settings(
        database_url=await create_database(*SCRIPTS, user="threads_gateway"),
        schemas=("threads",),
        anonymous_role="threads_anonymous",
        authenticated_role="threads_member",
        jwt_secret=SECRET,
        jwt_issuer="threads",
        sdl=ROOT / "sdl",
        resolvers="resolvers",
        access_log=False,
    )
    gateway = await Gateway.open(settings)
    try:
        async with TestClient(TestServer(application(gateway))) as client:
            yield Api(client)
    finally:
        await gateway.close()


async def test_the_life_of_a_session(api: Api) -> None:
    sign_up = """
        mutation ($password: String!) {
          signUp(input: { username: "ada", password: $password, displayName: "Ada \\u4e2d" }) {
            accessToken refreshToken expiresIn user { ...U threads { totalCount } }
          }
        }
        fragment U on User { username displayName }
    """
    session = (await api.data(sign_up, password=PASSWORD))["signUp"]
    assert session["user"] == {"username": "ada", "displayName": "Ada 中", "threads": {"totalCount": 0}}
    assert await api.data(VIEWER, session["accessToken"]) == {"viewer": {"username": "ada"}}
    assert await api.data(VIEWER) == {"viewer": None}

    create = 'mutation { createThread(input: { body: "Hello" }) { thread { body author { username } } } }'
    created = await api.data(create, session["accessToken"])
    assert created["createThread"]["thread"] == {"body": "Hello", "author": {"username": "ada"}}

    log_in = 'mutation ($p: String!, $n: Int = 1) { logIn(input: { username: "ADA", password: $p }) { user { ...T } } }'
    threads = "fragment T on User { name: username threads(first: $n) { nodes { body } } }"
    logged_in = await api.data(log_in + threads, p=PASSWORD)
    assert logged_in["logIn"]["user"] == {"name": "ada", "threads": {"nodes": [{"body": "Hello"}]}}

    refresh = "mutation ($t: String!) { refreshToken(input: { refreshToken: $t }) { accessToken refreshToken } }"
    refreshed = (await api.data(refresh, t=session["refreshToken"]))["refreshToken"]
    assert await api.data(VIEWER, refreshed["accessToken"]) == {"viewer": {"username": "ada"}}

    log_out = "mutation ($t: String!) { logOut(input: { refreshToken: $t }) { loggedOut } }"
    assert await api.data(log_out, t=refreshed["refreshToken"]) == {"logOut": {"loggedOut": True}}
    _, body = await api.post(refresh, t=refreshed["refreshToken"])
    assert body["data"] == {"refreshToken": None}
    assert body["errors"][0]["extensions"]["code"] == "REFRESH_TOKEN_INVALID"


async def test_one_operation_may_mix_handwritten_and_generated_fields(api: Api) -> None:
    sign_up = 'mutation { signUp(input: { username: "ada", password: "correct horse" }) { accessToken } }'
    token = (await api.data(sign_up))["signUp"]["accessToken"]
    mixed = """
        mutation ($password: String!) {
          first: createThread(input: { body: "one" }) { thread { body } }
          logIn(input: { username: "ada", password: $password }) { user { username } }
          kind: __typename
        }
    """
    data = await api.data(mixed, token, password=PASSWORD)
    assert list(data) == ["first", "logIn", "kind"]
    assert data == {
        "first": {"thread": {"body": "one"}},
        "logIn": {"user": {"username": "ada"}},
        "kind": "Mutation",
    }
    _, body = await api.post(mixed, token, password="wrong horse")
    assert body["data"] is None
    assert [error["extensions"]["code"] for error in body["errors"]] == ["INVALID_CREDENTIALS"]
    assert await api.data("{ threads { totalCount } }") == {"threads": {"totalCount": 1}}


async def test_the_answer_to_wrong_credentials_has_a_place_and_a_code(api: Api) -> None:
    status, body = await api.post('mutation {\n  a: logIn(input: { username: "x", password: "y" }) { accessToken }\n}')
    assert status == 200
    assert body == {
        "errors": [
            {
                "message": "The username or the password is wrong.",
                "locations": [{"line": 2, "column": 3}],
                "path": ["a"],
                "extensions": {"code": "INVALID_CREDENTIALS"},
            }
        ],
        "data": {"a": None},
    }


async def test_a_bad_token_never_becomes_an_anonymous_caller(api: Api) -> None:
    def signed(secret: str = SECRET, **claims: object) -> str:
        payload = {"sub": "1", "role": "threads_member", "iss": "threads", "exp": int(time.time()) + 60, **claims}
        return jwt.encode(payload, secret, algorithm="HS256")

    assert await api.data(VIEWER, signed()) == {"viewer": None}
    for token, status, code in [
        ("garbage", 401, "INVALID_TOKEN"),
        (signed(secret="x" * 32), 401, "INVALID_TOKEN"),
        (signed(iss="somebody"), 401, "INVALID_TOKEN"),
        (signed(exp=int(time.time()) - 60), 401, "TOKEN_EXPIRED"),
        (signed(role="threads_auth"), 403, "ROLE_NOT_ALLOWED"),
        (signed(role="threads_owner"), 403, "ROLE_NOT_ALLOWED"),
        (signed(role="threads_gateway"), 403, "ROLE_NOT_ALLOWED"),
        (signed(role="postgres"), 403, "ROLE_NOT_ALLOWED"),
    ]:
        answered, body = await api.post(VIEWER, token)
        assert (answered, body["errors"][0]["extensions"]["code"]) == (status, code)
        assert "data" not in body
    for header in ("", "Bearer", "Basic YWRhOmFkYQ==", f"Bearer {signed()} {signed()}"):
        answered, body = await api.send(VIEWER, {"Authorization": header})
        assert (answered, body["errors"][0]["extensions"]["code"]) == (401, "INVALID_TOKEN")


async def test_the_handwritten_part_is_in_the_introspection(api: Api) -> None:
    introspect = '{ __type(name: "Mutation") { fields { name description args { type { ofType { name } } } } } }'
    fields = {field["name"]: field for field in (await api.data(introspect))["__type"]["fields"]}
    assert {"signUp", "logIn", "refreshToken", "logOut", "createThread"} <= fields.keys()
    assert "INVALID_CREDENTIALS" in fields["logIn"]["description"]
    assert fields["logIn"]["args"] == [{"type": {"ofType": {"name": "LogInInput"}}}]


async def test_a_browser_refreshes_by_its_cookie(api: Api) -> None:
    """The test's client keeps cookies, and sends Secure ones where the test says so."""
    sign_up = """
        mutation { signUp(input: { username: "ada", password: "correct horse", cookie: true }) { refreshToken } }
    """
    status, body, cookie = await api.cookie(sign_up)
    assert (status, body["data"]["signUp"]) == (200, {"refreshToken": None})
    refresh = "mutation { refreshToken(input: {}) { refreshToken user { username } } }"
    status, body, successor = await api.cookie(refresh, cookie)
    assert body["data"]["refreshToken"] == {"refreshToken": None, "user": {"username": "ada"}}
    assert successor != cookie
    assert "token" not in str(body).replace("refreshToken", "")


async def test_devices_are_listed_and_ended(api: Api) -> None:
    log_in = """
        mutation { logIn(input: { username: "ada", password: "correct horse" }) { accessToken refreshToken } }
    """
    sign_up = log_in.replace("logIn", "signUp")
    phone = (await api.data(sign_up))["signUp"]
    laptop = (await api.data(log_in))["logIn"]
    sessions = "{ viewer { sessions(orderBy: [{ createdAt: ASC }]) { nodes { id isCurrent device address } } } }"
    own, other = (await api.data(sessions, laptop["accessToken"]))["viewer"]["sessions"]["nodes"][::-1]
    assert (own["isCurrent"], other["isCurrent"]) == (True, False)
    assert own["address"] == "127.0.0.1"
    assert "Python" in own["device"]
    end = "mutation ($id: UUID!) { endSession(input: { id: $id }) { result } }"
    ended = await api.data(end, laptop["accessToken"], id=other["id"])
    assert ended["endSession"]["result"] is True
    refresh = "mutation ($token: String) { refreshToken(input: { refreshToken: $token }) { refreshToken } }"
    _, body = await api.send(refresh, {}, token=phone["refreshToken"])
    assert body["errors"][0]["extensions"]["code"] == "REFRESH_TOKEN_INVALID"
    out = await api.data("mutation { logOutEverywhere { result } }", laptop["accessToken"])
    assert out["logOutEverywhere"]["result"] == 1
