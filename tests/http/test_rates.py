"""How many requests an identity may send, and what the answer to one too many says."""

from __future__ import annotations

from typing import Any

import pytest

from gatepost.auth.caller import Caller
from gatepost.auth.tokens import Signer
from gatepost.errors import TooManyRequests
from gatepost.http import rates
from gatepost.http.rates import Rates
from gatepost.http.visit import HttpVisit
from tests.http.conftest import Server, Serving


class Clock:
    """Stands still between the test's own steps."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(rates, "time", made)
    return made


async def statuses(server: Server, count: int, **headers: str) -> list[int]:
    """The statuses of so many requests."""
    found = []
    for _ in range(count):
        async with server.post(headers=headers) as response:
            found.append(response.status)
    return found


def bearer(server: Server, subject: str, role: str = "member") -> dict[str, str]:
    return {"Authorization": f"Bearer {Signer(server.settings).sign(subject, role)}"}


async def test_a_minutes_requests_may_come_at_once_and_come_back_evenly(serving: Serving, clock: Clock) -> None:
    async with serving(rate_limit=6) as server:
        assert await statuses(server, 7) == [200] * 6 + [429]
        clock.now += 9.9
        assert await statuses(server, 1) == [429]
        clock.now += 0.2
        assert await statuses(server, 2) == [200, 429]
        clock.now += 60
        assert await statuses(server, 7) == [200] * 6 + [429]


async def test_the_answer_says_when_to_ask_again(serving: Serving, clock: Clock) -> None:
    async with serving(rate_limit=6, cors_origins=("https://a.example",)) as server:
        await statuses(server, 6)
        clock.now += 0.5
        for send in (server.post(headers={"Origin": "https://a.example"}), server.get({"query": "{ hello }"})):
            async with send as response:
                assert response.status == 429
                assert response.headers["Retry-After"] == "10"
                assert await response.json() == {
                    "errors": [
                        {
                            "message": "Too many requests. Try again in 10 s.",
                            "extensions": {"code": "TOO_MANY_REQUESTS", "retryAfter": 10},
                        }
                    ]
                }
        assert len(server.engine.asked) == 6


async def test_people_are_counted_apart_by_subject_and_role_whatever_token_they_send(
    serving: Serving, clock: Clock
) -> None:
    async with serving(rate_limit=2, roles=("admin",)) as server:
        assert await statuses(server, 2, **bearer(server, "1")) == [200, 200]
        assert await statuses(server, 1, **bearer(server, "1")) == [429]
        assert await statuses(server, 3, **bearer(server, "2")) == [200, 200, 429]
        assert await statuses(server, 3, **bearer(server, "1", "admin")) == [200, 200, 429]
        assert await statuses(server, 3) == [200, 200, 429]


async def test_strangers_are_counted_by_the_address_that_trusted_proxies_tell(serving: Serving, clock: Clock) -> None:
    async with serving(rate_limit=2, trusted_proxies=("127.0.0.0/8",)) as server:
        for address in ("192.0.2.1", "192.0.2.2", "2001:db8:1:2::1"):
            assert await statuses(server, 3, **{"X-Forwarded-For": address}) == [200, 200, 429]
        # One line of a provider's has many addresses of this kind.
        assert await statuses(server, 1, **{"X-Forwarded-For": "2001:db8:1:2:ffff::9"}) == [429]
        assert await statuses(server, 1, **{"X-Forwarded-For": "2001:db8:1:3::1"}) == [200]
        assert await statuses(server, 1, **{"X-Forwarded-For": "::ffff:192.0.2.1"}) == [429]


async def test_nobody_gets_another_address_by_writing_one(serving: Serving, clock: Clock) -> None:
    async with serving(rate_limit=1) as server:
        assert await statuses(server, 1, **{"X-Forwarded-For": "192.0.2.1"}) == [200]
        assert await statuses(server, 1, **{"X-Forwarded-For": "192.0.2.2"}) == [429]


async def test_without_a_limit_nothing_is_counted(serving: Serving) -> None:
    async with serving() as server:
        assert await statuses(server, 100) == [200] * 100


async def test_health_and_preflights_are_not_counted(serving: Serving, clock: Clock) -> None:
    async with serving(rate_limit=1) as server:
        assert await statuses(server, 2) == [200, 429]
        async with server.http.get(f"{server.url}/healthz") as response:
            assert response.status == 200
        async with server.http.options(f"{server.url}/graphql") as response:
            assert response.status == 204


def test_so_many_identities_are_counted_and_those_that_are_due_forgotten(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "MOST_IDENTITIES", 5)
    visit: Any = HttpVisit.__new__(HttpVisit)
    counted = Rates(1)

    def count(subject: str) -> None:
        counted.count(Caller("member", f'{{"sub":"{subject}"}}'), visit)

    for place in range(9):
        count(str(place))
    assert len(counted._whole) == 5
    with pytest.raises(TooManyRequests):
        count("8")
    count("3")  # forgotten
    clock.now += 61
    count("8")
    assert len(counted._whole) == 1


async def test_an_answer_tells_its_cost_on_request(serving: Serving) -> None:
    async with serving() as server:

        async def tell() -> None:
            context = server.engine.asked[-1]["context"]
            context.cost = {"value": 7, "limit": 10} if context.tell_cost else None

        server.engine.act = tell
        asked = {"query": "{ hello }", "extensions": {"cost": True}}
        async with server.post(asked) as response:
            assert await response.json() == {
                "data": {"hello": "wörld"},
                "extensions": {"cost": {"value": 7, "limit": 10}},
            }
        async with server.get({"query": "{ hello }", "extensions": '{"cost": true}'}) as response:
            assert (await response.json())["extensions"] == {"cost": {"value": 7, "limit": 10}}
        for extensions in (None, {}, {"cost": False}, {"cost": 1}, {"cost": "true"}, {"costs": True}):
            async with server.post({"query": "{ hello }", "extensions": extensions}) as response:
                assert "extensions" not in await response.json()
