"""Where a request came from, behind which proxies, and the cookies that hand-written fields read and set."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import web
from multidict import CIMultiDict

from gatepost.errors import SetUpError
from gatepost.http.visit import HttpVisit, networks
from tests.http.conftest import Serving

PROXIES = networks(["10.0.0.0/8", "2001:db8:ffff::/48"])


def visit(remote: str | None, *forwarded: str) -> HttpVisit:
    headers = CIMultiDict(("X-Forwarded-For", value) for value in forwarded)
    return HttpVisit(cast("web.Request", SimpleNamespace(remote=remote, headers=headers)), PROXIES)


@pytest.mark.parametrize(
    ("remote", "forwarded", "address"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", ["198.51.100.7"], "192.0.2.1"),  # no proxy of ours: anybody can send the header
        ("10.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["203.0.113.9, 198.51.100.7"], "198.51.100.7"),  # what comes before was sent by the caller
        ("10.0.0.1", ["203.0.113.9, 198.51.100.7, 10.1.1.1"], "198.51.100.7"),
        ("10.0.0.1", ["203.0.113.9", "198.51.100.7, 10.1.1.1"], "198.51.100.7"),
        ("10.0.0.1", ["10.2.2.2"], "10.2.2.2"),
        ("10.0.0.1", ["nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["nonsense, 10.2.2.2"], "10.2.2.2"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("::ffff:10.0.0.1", ["::ffff:198.51.100.7"], "198.51.100.7"),
        ("2001:db8:ffff::1", ["2001:db8::7"], "2001:db8::7"),
        ("fe80::1%eth0", [], "fe80::1"),
        (None, ["198.51.100.7"], None),
        ("/run/socket", ["198.51.100.7"], None),
    ],
)
def test_the_address_is_the_first_that_is_no_proxy_of_ours(
    remote: str | None, forwarded: list[str], address: str | None
) -> None:
    assert visit(remote, *forwarded).address == address


def test_a_network_that_is_none_is_told_at_the_start() -> None:
    with pytest.raises(SetUpError, match="trusted_proxies: 'proxy' does not appear to be"):
        networks(["proxy"])


@pytest.mark.parametrize(
    ("name", "value"), [("a", "b\r\nSet-Cookie: c=d"), ("a", "b;c"), ("", "b"), ("a b", "c"), ("a", "é")]
)
def test_a_cookie_holds_no_other_header(name: str, value: str) -> None:
    with pytest.raises(ValueError, match="a cookie cannot hold this"):
        visit("192.0.2.1").set_cookie(name, value, 1)


async def test_a_cookie_is_hidden_from_scripts_and_other_sites(serving: Serving) -> None:
    async with serving() as server:
        seen: list[Any] = []

        async def act() -> None:
            context = server.engine.asked[-1]["context"]
            seen.append((context.visit.cookie("__Host-a"), context.visit.header("user-agent")))
            context.visit.set_cookie("__Host-a", "2", 60)

        server.engine.act = act
        async with server.post(headers={"Cookie": "__Host-a=1", "User-Agent": "curl"}) as response:
            assert response.headers.getall("Set-Cookie") == [
                "__Host-a=2; Max-Age=60; Path=/; Secure; HttpOnly; SameSite=Strict"
            ]
        assert seen == [("1", "curl")]
        server.engine.act = None
        async with server.post() as response:
            assert "Set-Cookie" not in response.headers
