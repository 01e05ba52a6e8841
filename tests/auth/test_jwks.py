"""Keys that an identity provider publishes: fetched when needed, kept through outages, and never too often."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator
from typing import Any
from unittest import mock

import aiohttp
import jwt
import pytest
from aioresponses import CallbackResult, aioresponses
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from gatepost.auth import jwks
from gatepost.auth.tokens import Verifier
from gatepost.errors import GatepostError
from gatepost.settings import Settings

URL = "https://login.example.com/.well-known/jwks.json"
SETTINGS = Settings(database_url="postgresql://localhost/threads", authenticated_role="member", jwks_url=URL)
FIRST = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
SECOND = ec.generate_private_key(ec.SECP256R1())
THIRD = ed25519.Ed25519PrivateKey.generate()
Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def jwk(key: Private, kid: str) -> dict[str, Any]:
    if isinstance(key, rsa.RSAPrivateKey):
        found = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        found = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    else:
        found = OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
    found.pop("key_ops", None)
    return {**found, "kid": kid}


def token(key: Private, kid: str | None, algorithm: str = "RS256", **headers: Any) -> str:
    payload = {"sub": "7", "exp": 4_102_444_800}
    return jwt.encode(payload, key, algorithm, {**headers, **({} if kid is None else {"kid": kid})})


async def outcome(verifier: Verifier, token: str) -> str:
    """The role that a token gives, or the code of its refusal."""
    try:
        return (await verifier.caller(f"Bearer {token}")).role
    except GatepostError as error:
        return error.code


class Response(aiohttp.ClientResponse):
    """aiohttp 3.14 wants an argument that aioresponses 0.7.9 does not give."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, stream_writer=mock.Mock(output_size=0), **named)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[aioresponses]:
    monkeypatch.setattr("aioresponses.core.ClientResponse", Response)
    with aioresponses() as mocked:
        yield mocked


def calls(provider: aioresponses) -> int:
    return sum(len(requests) for requests in provider.requests.values())


class Clock:
    """Stands in for the module's clock."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(jwks, "time", clock)
    return clock


async def settled() -> None:
    """Lets a fetch in the background end."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_published_key_verifies_and_is_fetched_once(provider: aioresponses) -> None:
    provider.get(URL, payload={"keys": [jwk(FIRST, "1"), jwk(SECOND, "2"), jwk(THIRD, "3")]})
    verifier = Verifier(SETTINGS)
    assert await outcome(verifier, token(FIRST, "1")) == "member"
    assert await outcome(verifier, token(FIRST, "1", "PS384")) == "member"
    assert await outcome(verifier, token(SECOND, "2", "ES256")) == "member"
    assert await outcome(verifier, token(THIRD, "3", "EdDSA")) == "member"
    assert await outcome(verifier, token(SECOND, None, "ES256")) == "member"  # the only one that it can be
    assert calls(provider) == 1


async def test_many_at_once_wait_for_one_fetch(provider: aioresponses) -> None:
    provider.get(URL, payload={"keys": [jwk(FIRST, "1")]})
    verifier = Verifier(SETTINGS)
    tokens = [token(FIRST, "1", typ=f"t{number}") for number in range(20)]
    assert set(await asyncio.gather(*(outcome(verifier, one) for one in tokens))) == {"member"}
    assert calls(provider) == 1


async def test_a_key_of_another_id_does_not_verify(provider: aioresponses) -> None:
    provider.get(URL, payload={"keys": [jwk(FIRST, "1"), jwk(SECOND, "2")]}, repeat=True)
    verifier = Verifier(SETTINGS)
    assert await outcome(verifier, token(FIRST, "2")) == "INVALID_TOKEN"
    assert await outcome(verifier, token(FIRST, "../../dev/null")) == "INVALID_TOKEN"
    assert await outcome(verifier, token(FIRST, "1' or '1'='1")) == "INVALID_TOKEN"
    assert await outcome(verifier, token(FIRST, "1")) == "member"


async def test_an_unknown_id_fetches_anew_and_not_too_often(provider: aioresponses, clock: Clock) -> None:
    provider.get(URL, payload={"keys": [jwk(FIRST, "1")]})
    verifier = Verifier(SETTINGS)
    assert await outcome(verifier, token(FIRST, "1")) == "member"
    for number in range(50):  # somebody makes ids up
        assert await outcome(verifier, token(SECOND, f"made up {number}", "ES256")) == "INVALID_TOKEN"
    assert calls(provider) == 1
    clock.now += jwks.FLOOR
    provider.get(URL, payload={"keys": [jwk(FIRST, "1"), jwk(SECOND, "2")]})
    assert await outcome(verifier, token(SECOND, "2", "ES256")) == "member"
    assert calls(provider) == 2


async def test_keys_are_fetched_anew_beside_the_requests(provider: aioresponses, clock: Clock) -> None:
    provider.get(URL, payload={"keys": [jwk(FIRST, "1"), jwk(SECOND, "2")]})
    verifier = Verifier(dataclasses.replace(SETTINGS, jwks_lifetime=600))
    kept = token(FIRST, "1")
    assert await outcome(verifier, kept) == "member"
    clock.now += 600
    provider.get(URL, payload={"keys": [jwk(SECOND, "2")]})
    assert await outcome(verifier, token(SECOND, "2", "ES256")) == "member"
    await settled()
    assert calls(provider) == 2
    # The provider withdrew a key: what it signed is forgotten, also where it was verified before.
    assert await outcome(verifier, kept) == "INVALID_TOKEN"


async def test_keys_are_fetched_anew_also_while_only_known_tokens_come(provider: aioresponses, clock: Clock) -> None:
    provider.get(URL, payload={"keys": [jwk(FIRST, "1"), jwk(SECOND, "2")]})
    verifier = Verifier(dataclasses.replace(SETTINGS, jwks_lifetime=600))
    kept = token(FIRST, "1")
    for _ in range(2):
        assert await outcome(verifier, kept) == "member"
    clock.now += 600
    provider.get(URL, payload={"keys": [jwk(SECOND, "2")]})
    assert await outcome(verifier, kept) == "member"  # nobody waits for the fetch that this begins
    await settled()
    assert await outcome(verifier, kept) == "INVALID_TOKEN"
    assert calls(provider) == 2


@pytest.mark.parametrize(
    "failure",
    [
        {"exception": OSError("no route")},
        {"exception": TimeoutError()},
        {"status": 500},
        {"status": 302, "headers": {"Location": "https://attacker.example/keys"}},
        {"body": "<html>"},
        {"payload": []},
        {"payload": {"keys": {}}},
        {"payload": {"keys": []}},
        {"body": b" " * 300_000},
    ],
)
async def test_keys_are_kept_through_an_outage(provider: aioresponses, clock: Clock, failure: dict[str, Any]) -> None:
    provider.get(URL, payload={"keys": [jwk(FIRST, "1")]})
    verifier = Verifier(SETTINGS)
    assert await outcome(verifier, token(FIRST, "1")) == "member"
    provider.get(URL, **failure)
    clock.now += 10_000
    assert await outcome(verifier, token(FIRST, "1", typ="another")) == "member"
    await settled()
    assert calls(provider) == 2
    assert await outcome(verifier, token(FIRST, "1", typ="a third")) == "member"


async def test_without_any_keys_nobody_is_told_to_log_in_again(provider: aioresponses, clock: Clock) -> None:
    """A front end that hears 401 throws its session away."""
    provider.get(URL, status=503)
    verifier = Verifier(SETTINGS)
    assert await outcome(verifier, token(FIRST, "1")) == "KEYS_UNAVAILABLE"
    assert await outcome(verifier, token(FIRST, "1")) == "KEYS_UNAVAILABLE"
    assert calls(provider) == 1
    clock.now += 1
    provider.get(URL, payload={"keys": [jwk(FIRST, "1")]})
    assert await outcome(verifier, token(FIRST, "1")) == "member"


@pytest.mark.parametrize(
    "members",
    [
        {"use": "enc"},
        {"key_ops": ["encrypt"]},
        {"key_ops": "verify"},
        {"alg": "RSA-OAEP"},
        {"alg": "RS512"},
        {"kid": 1},
        {"kty": "oct", "k": "c2VjcmV0"},
        {"n": "AQAB"},
        {"n": None},
    ],
)
async def test_keys_that_do_not_verify_are_left_out(provider: aioresponses, members: dict[str, Any]) -> None:
    provider.get(URL, payload={"keys": ["no key", {**jwk(FIRST, "1"), **members}, jwk(SECOND, "2")]}, repeat=True)
    verifier = Verifier(SETTINGS)
    assert await outcome(verifier, token(SECOND, "2", "ES256")) == "member"
    assert await outcome(verifier, token(FIRST, "1")) == "INVALID_TOKEN"


async def test_a_published_secret_verifies_nothing(provider: aioresponses) -> None:
    secret = {"kty": "oct", "kid": "1", "k": "YSBzZWNyZXQgb2YgYXQgbGVhc3QgdGhpcnR5LXR3byBieXRlcw"}
    provider.get(URL, payload={"keys": [secret, jwk(SECOND, "2")]}, repeat=True)
    forged = jwt.encode({"exp": 4_102_444_800}, "a secret of at least thirty-two bytes", "HS256", {"kid": "1"})
    assert await outcome(Verifier(SETTINGS), forged) == "INVALID_TOKEN"
    assert calls(provider) == 0  # nothing is fetched for what no published key may sign


async def test_a_private_key_that_was_published_by_mistake_is_left_out(provider: aioresponses) -> None:
    whole = {**RSAAlgorithm.to_jwk(FIRST, as_dict=True), "kid": "1"}
    whole.pop("key_ops", None)
    provider.get(URL, payload={"keys": [whole, jwk(SECOND, "2")]}, repeat=True)
    assert await outcome(Verifier(SETTINGS), token(FIRST, "1")) == "INVALID_TOKEN"


async def test_keys_that_the_token_points_to_are_not_fetched(provider: aioresponses) -> None:
    provider.get(URL, payload={"keys": [jwk(SECOND, "2")]}, repeat=True)
    verifier = Verifier(SETTINGS)
    assert await outcome(verifier, token(SECOND, "2", "ES256")) == "member"
    for headers in (
        {"jku": "https://attacker.example/keys"},
        {"x5u": "https://attacker.example/chain"},
        {"jwk": jwk(FIRST, "2")},
        {"x5c": ["MIIB"]},
    ):
        assert await outcome(verifier, token(FIRST, "2", **headers)) == "INVALID_TOKEN"
    assert {str(url) for _, url in provider.requests} == {URL}


async def test_an_own_secret_serves_beside_the_published_keys(provider: aioresponses) -> None:
    """As while log-in moves to another provider; a key of one kind is none of the other."""
    secret = "a secret of at least thirty-two bytes"
    provider.get(URL, payload={"keys": [jwk(FIRST, "1")]}, repeat=True)
    verifier = Verifier(dataclasses.replace(SETTINGS, jwt_secret=secret))
    own = jwt.encode({"exp": 4_102_444_800}, secret, "HS256")
    assert await outcome(verifier, own) == "member"
    assert await outcome(verifier, token(FIRST, "1")) == "member"


async def test_a_fetch_ends_with_the_verifier(provider: aioresponses) -> None:
    started = asyncio.Event()

    async def never(*_: Any, **__: Any) -> CallbackResult:
        started.set()
        await asyncio.Event().wait()
        raise AssertionError

    provider.get(URL, callback=never)
    verifier = Verifier(SETTINGS)
    waiting = asyncio.create_task(outcome(verifier, token(FIRST, "1")))
    await started.wait()
    await verifier.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
