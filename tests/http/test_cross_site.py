"""Pages of other sites: what a browser can be made to send runs nothing, and who may read is on a list."""

from __future__ import annotations

from typing import Any

import pytest

from gatepost.errors import SetUpError

APP = "https://app.example.com"
OTHER = "https://evil.example.com"
QUERY = {"query": "{ hello }"}
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type",
}


def allowed(response: Any) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name.startswith("Access-Control-")}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Accept": "application/json"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors", "Origin": OTHER},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {"Origin": OTHER},
        {"Content-Type": "text/plain"},
        {"Sec-Fetch-Site": "cross-site", "Authorization": "Bearer from.a.proxy"},
        {"Cookie": "session=1", "Referer": f"{APP}/"},
    ],
)
async def test_a_get_that_a_page_elsewhere_may_have_caused_is_refused(server: Any, headers: dict[str, str]) -> None:
    async with server.get(QUERY, headers=headers) as response:
        assert response.status == 403
        assert response.headers["Cache-Control"] == "no-store"
        assert (await response.json())["errors"][0]["extensions"]["code"] == "CROSS_SITE"
    assert server.engine.asked == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none", "Accept": "text/html,*/*;q=0.8"},
        {"Sec-Fetch-Mode": "cors"},  # Node's fetch
        {"Apollo-Require-Preflight": "true", "Sec-Fetch-Site": "cross-site"},
        {"X-Apollo-Operation-Name": "A"},
        {"Content-Type": "application/json"},
    ],
)
async def test_a_get_that_no_page_elsewhere_can_cause_is_answered(server: Any, headers: dict[str, str]) -> None:
    async with server.get(QUERY, headers=headers) as response:
        assert response.status == 200


async def test_a_get_with_a_token_is_answered(server: Any) -> None:
    async with server.get(QUERY, headers={"Authorization": f"Bearer {server.token()}"}) as response:
        assert response.status == 200


async def test_without_a_list_no_page_elsewhere_may_read(server: Any) -> None:
    async with server.post(headers={"Origin": APP}) as response:
        assert response.status == 200
        assert allowed(response) == {}
        assert "Vary" not in response.headers
    async with server.http.options(f"{server.url}/graphql", headers={"Origin": APP, **PREFLIGHT}) as response:
        assert (response.status, allowed(response)) == (204, {})
        assert response.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


async def test_pages_of_the_list_may_ask_and_read_and_others_may_not(serving: Any) -> None:
    async with serving(cors_origins=(APP, "https://b.example.com:8443"), cors_max_age=60) as server:
        for origin in (APP, "https://b.example.com:8443"):
            async with server.http.options(
                f"{server.url}/graphql", headers={"Origin": origin, **PREFLIGHT}
            ) as response:
                assert response.status == 204
                assert allowed(response) == {
                    "Access-Control-Allow-Origin": origin,
                    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS, POST",
                    "Access-Control-Allow-Headers": "authorization,content-type",
                    "Access-Control-Max-Age": "60",
                }
                assert "Origin" in response.headers["Vary"]
            async with server.post(headers={"Origin": origin}) as response:
                assert response.headers["Access-Control-Allow-Origin"] == origin
                assert response.headers["Vary"] == "Origin"
                assert "X-Request-Id" in response.headers["Access-Control-Expose-Headers"]
            async with server.post(data=b"", headers={"Origin": origin}) as response:
                assert response.status == 415
                assert response.headers["Access-Control-Allow-Origin"] == origin
        for origin in (
            OTHER,
            "null",
            f"{APP}.evil.com",
            APP.upper(),
            APP.replace("p", "ᵖ"),
            APP.replace("https", "http"),
            f"{APP}/",
            "",
        ):
            async with server.http.options(
                f"{server.url}/graphql", headers={"Origin": origin, **PREFLIGHT}
            ) as response:
                assert (response.status, allowed(response)) == (204, {})
            async with server.post(headers={"Origin": origin}) as response:
                assert allowed(response) == {}
                assert response.headers["Vary"] == "Origin"


async def test_a_page_of_the_list_may_ask_by_get(serving: Any) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
    async with serving(cors_origins=(APP,)) as server:
        async with server.get(QUERY, headers={**headers, "Origin": APP}) as response:
            assert response.status == 200
            assert response.headers["Vary"] == "Accept, Authorization, Origin"
        async with server.get(QUERY, headers={**headers, "Origin": OTHER}) as response:
            assert response.status == 403
        async with server.get(QUERY, headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}) as response:
            assert response.status == 403


async def test_credentials_are_for_named_origins(serving: Any) -> None:
    async with serving(cors_origins=(APP,), cors_credentials=True) as server:
        async with server.post(headers={"Origin": APP}) as response:
            assert response.headers["Access-Control-Allow-Credentials"] == "true"
            assert response.headers["Access-Control-Allow-Origin"] == APP
        async with server.post(headers={"Origin": OTHER}) as response:
            assert allowed(response) == {}


async def test_every_site_may_ask_without_credentials(serving: Any) -> None:
    async with serving(cors_origins=("*",)) as server:
        async with server.post(headers={"Origin": OTHER}) as response:
            assert response.headers["Access-Control-Allow-Origin"] == "*"
            assert "Access-Control-Allow-Credentials" not in response.headers
        async with server.get(QUERY, headers={"Sec-Fetch-Site": "cross-site"}) as response:
            assert response.status == 403


async def test_what_a_preflight_wants_is_not_repeated_unread(serving: Any) -> None:
    wanted = {**PREFLIGHT, "Access-Control-Request-Headers": "a, <script>", "Origin": APP}
    async with (
        serving(cors_origins=(APP,)) as server,
        server.http.options(f"{server.url}/graphql", headers=wanted) as response,
    ):
        assert "Access-Control-Allow-Headers" not in response.headers
        assert response.headers["Access-Control-Allow-Origin"] == APP


@pytest.mark.parametrize(
    "changes",
    [
        {"cors_origins": ("*",), "cors_credentials": True},
        {"cors_origins": ("*", APP)},
        {"cors_origins": ("app.example.com",)},
        {"cors_origins": (f"{APP}/path",)},
        {"cors_origins": ("null",)},
    ],
)
async def test_a_list_that_says_too_much_is_refused_at_the_start(serving: Any, changes: dict[str, Any]) -> None:
    with pytest.raises(SetUpError, match="cors_origins"):
        async with serving(**changes):
            pass
