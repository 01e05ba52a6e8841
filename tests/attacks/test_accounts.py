"""Threads' accounts: who has one, sessions that were fixed or stolen, and the cookie of a refresh token."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from gatepost.gateway import Gateway
from gatepost.http.application import application
from gatepost.settings import Settings
from tests.attacks.conftest import SECRET, CreateDatabase
from tests.scripts import SCRIPTS

ROOT = Path(__file__).parents[2]
COOKIE = "__Host-threads-refresh"
REFRESH = "mutation { refreshToken(input: {}) { refreshToken accessToken } }"
Client = TestClient[Any, Any]


@pytest.fixture(scope="module")
async def threads(create_database: CreateDatabase) -> AsyncIterator[Client]:
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
        pool_size=3,
    )
    gateway = await Gateway.open(settings)
    try:
        async with TestClient(TestServer(application(gateway))) as client:
            await ask(
                client, 'mutation { signUp(input: { username: "ada", password: "a long password" }) { expiresIn } }'
            )
            yield client
    finally:
        await gateway.close()


async def ask(client: Client, query: str, **headers: str) -> tuple[Any, list[str]]:
    """The body of an answer, and the cookies that it sets."""
    async with client.post("/graphql", json={"query": query}, headers=headers) as response:
        return json.loads(await response.text()), response.headers.getall("Set-Cookie", [])


def log_in(name: str, password: str, cookie: str = "false") -> str:
    given = f'username: "{name}", password: "{password}", cookie: {cookie}'
    return f"mutation {{ logIn(input: {{ {given} }}) {{ refreshToken }} }}"


async def test_nobody_learns_by_logging_in_who_has_an_account(threads: Client) -> None:
    """But signing up tells that a name is taken, as it has to where names are public."""
    tried = [("ada", "wrong password"), ("ada", ""), ("nobody", "wrong password"), ("", "x"), ("ada\\u0000", "x")]
    answers = [await ask(threads, log_in(name, password)) for name, password in tried]
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][0]["errors"][0]["extensions"] == {"code": "INVALID_CREDENTIALS"}
    sign_up = 'mutation { signUp(input: { username: "ADA", password: "a long password" }) { expiresIn } }'
    taken, _ = await ask(threads, sign_up)
    assert taken["errors"][0]["extensions"]["code"] == "USERNAME_TAKEN"


async def test_the_cookie_is_out_of_reach(threads: Client) -> None:
    body, [kept] = await ask(threads, log_in("ada", "a long password", "true"))
    assert body["data"]["logIn"] == {"refreshToken": None}
    name_and_value, *flags = kept.split("; ")
    assert name_and_value.startswith(f"{COOKIE}=")
    assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= set(flags)
    assert not any(flag.startswith("Domain") for flag in flags)  # a prefix of __Host- forbids it
    assert name_and_value.partition("=")[2] not in json.dumps(body)


async def test_a_session_is_never_the_one_that_was_sent(threads: Client) -> None:
    """Fixation: a cookie that an attacker planted is not what log-in goes on with."""
    body, [kept] = await ask(threads, log_in("ada", "a long password", "true"), Cookie=f"{COOKIE}=planted")
    assert "planted" not in kept
    body, [taken_away] = await ask(threads, REFRESH, Cookie=f"{COOKIE}=planted")
    assert body["errors"][0]["extensions"]["code"] == "REFRESH_TOKEN_INVALID"
    assert "Max-Age=0" in taken_away


@pytest.mark.parametrize(
    "cookie",
    [
        COOKIE,
        f"{COOKIE}=",
        f"{COOKIE}=a; {COOKIE}=b",
        f"x={COOKIE}=a",
        f"{COOKIE.lower()}=a",
        f"{COOKIE}=%0d%0aSet-Cookie:b=1",
        f'{COOKIE}="a\\"; b=1"',
        f"{COOKIE}={'x' * 7_000}",
        f"{COOKIE}=' or 1=1 --",
    ],
)
async def test_cookies_that_are_none_buy_nothing(threads: Client, cookie: str) -> None:
    body, kept = await ask(threads, REFRESH, Cookie=cookie)
    assert body["errors"][0]["extensions"]["code"] == "REFRESH_TOKEN_INVALID"
    assert body["data"] == {"refreshToken": None}
    assert all("Max-Age=0" in line and line.startswith(f"{COOKIE}=;") for line in kept)


async def test_the_cookie_runs_nothing_by_itself(threads: Client) -> None:
    """It is read by two fields alone; whoever has it is still anonymous to all others."""
    _, [kept] = await ask(threads, log_in("ada", "a long password", "true"))
    cookie = kept.partition(";")[0]
    body, _ = await ask(threads, "{ viewer { id } }", Cookie=cookie)
    assert body["data"] == {"viewer": None}
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a"):
        async with threads.post(
            "/graphql", data=json.dumps({"query": REFRESH}), headers={"Cookie": cookie, "Content-Type": content_type}
        ) as response:
            assert response.status == 415
            assert "Set-Cookie" not in response.headers
    async with threads.get("/graphql", params={"query": REFRESH}, headers={"Cookie": cookie}) as response:
        assert response.status in (403, 405)
    body, _ = await ask(threads, REFRESH, Cookie=cookie)
    assert body["data"]["refreshToken"]["refreshToken"] is None  # it was not used up


async def test_a_stolen_refresh_token_ends_with_its_second_use(threads: Client) -> None:
    body, _ = await ask(threads, log_in("ada", "a long password"))
    stolen = body["data"]["logIn"]["refreshToken"]
    refresh = 'mutation {{ refreshToken(input: {{ refreshToken: "{}" }}) {{ refreshToken }} }}'
    body, _ = await ask(threads, refresh.format(stolen))
    owners = body["data"]["refreshToken"]["refreshToken"]
    body, _ = await ask(threads, refresh.format(owners))
    last = body["data"]["refreshToken"]["refreshToken"]
    for token in (stolen, last):
        body, _ = await ask(threads, refresh.format(token))
        assert body["errors"][0]["extensions"]["code"] == "REFRESH_TOKEN_INVALID"
