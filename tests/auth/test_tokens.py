"""Who a bearer token makes of its bearer, and which tokens make nobody of anybody."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import json
import time
from typing import Any

import jwt
import pytest

from gatepost.auth import tokens
from gatepost.auth.tokens import Signer, Verifier
from gatepost.errors import Forbidden, GatepostError, SetUpError, Unauthenticated
from gatepost.settings import Settings

SECRET = "a secret of at least thirty-two bytes"
SETTINGS = Settings(
    database_url="postgresql://localhost/threads",
    jwt_secret=SECRET,
    anonymous_role="visitor",
    authenticated_role="member",
    roles=("editor",),
)


def token(secret: str = SECRET, algorithm: str = "HS256", headers: dict[str, Any] | None = None, **claims: Any) -> str:
    payload = {"sub": "7", "role": "member", "exp": int(time.time()) + 60, **claims}
    return jwt.encode({k: v for k, v in payload.items() if v is not ...}, secret, algorithm=algorithm, headers=headers)


def raw_token(header: str, payload: str, secret: str = SECRET) -> str:
    """A token of any texts, rightly signed with HS256."""

    def encode(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    signed = f"{encode(header.encode())}.{encode(payload.encode())}"
    return f"{signed}.{encode(hmac.digest(secret.encode(), signed.encode(), hashlib.sha256))}"


async def refusal(verifier: Verifier, authorization: str | None) -> GatepostError:
    with pytest.raises(GatepostError) as caught:
        await verifier.caller(authorization)
    return caught.value


async def test_no_token_is_the_anonymous_role() -> None:
    caller = await Verifier(SETTINGS).caller(None)
    assert (caller.role, json.loads(caller.claims)) == ("visitor", {"role": "visitor"})


async def test_no_token_is_refused_where_there_is_no_anonymous_role() -> None:
    error = await refusal(Verifier(dataclasses.replace(SETTINGS, anonymous_role=None)), None)
    assert (error.status, error.code) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_a_token_gives_its_role_and_its_claims(scheme: str) -> None:
    caller = await Verifier(SETTINGS).caller(f"{scheme} {token(role='editor', team='blue')}")
    claims = json.loads(caller.claims)
    assert caller.role == "editor"
    assert (claims["sub"], claims["role"], claims["team"]) == ("7", "editor", "blue")
    assert " " not in caller.claims


async def test_a_token_without_role_is_the_authenticated_role() -> None:
    caller = await Verifier(SETTINGS).caller(f"Bearer {token(role=...)}")
    assert caller.role == json.loads(caller.claims)["role"] == "member"


async def test_a_token_without_role_is_refused_where_there_is_no_authenticated_role() -> None:
    error = await refusal(Verifier(dataclasses.replace(SETTINGS, authenticated_role=None)), f"Bearer {token(role=...)}")
    assert (error.status, error.code) == (403, "ROLE_NOT_ALLOWED")


async def test_the_role_is_read_from_the_configured_claim() -> None:
    settings = dataclasses.replace(SETTINGS, role_claim="database_role")
    verifier = Verifier(settings)
    assert (await verifier.caller("Bearer " + token(database_role="editor", role="owner"))).role == "editor"
    assert (await verifier.caller("Bearer " + Signer(settings).sign("7", "editor"))).role == "editor"


@pytest.mark.parametrize(
    "role", ["postgres", "threads_owner", "threads_auth", "EDITOR", "", 7, ["editor"], {"a": 1}, True]
)
async def test_a_role_that_was_not_allowed_is_refused(role: object) -> None:
    error = await refusal(Verifier(SETTINGS), f"Bearer {token(role=role)}")
    assert isinstance(error, Forbidden)
    assert error.code == "ROLE_NOT_ALLOWED"


@pytest.mark.parametrize(
    "header",
    [
        "",
        " ",
        "Bearer",
        "Bearer ",
        "Bearer a.b.c",
        "Bearer ..",
        "Bearer a b",
        "Basic YWRhOnBhc3N3b3Jk",
        "Token abc",
        "Bearer é.é.é",
        "Bearer \udcff",
        "Bearer " + "a" * 100_000,
        "Bearer " + ".".join(["e30"] * 5),
    ],
)
async def test_a_malformed_header_is_refused(header: str) -> None:
    error = await refusal(Verifier(SETTINGS), header)
    assert isinstance(error, Unauthenticated)
    assert error.code == "INVALID_TOKEN"


async def test_two_tokens_in_one_header_are_refused() -> None:
    assert (await refusal(Verifier(SETTINGS), f"Bearer {token()}, Bearer {token()}")).code == "INVALID_TOKEN"


async def test_an_unsigned_token_is_refused() -> None:
    for algorithm in ("none", "None", "NONE"):
        header = raw_token(json.dumps({"alg": algorithm, "typ": "JWT"}), json.dumps({"exp": time.time() + 60}))
        assert (await refusal(Verifier(SETTINGS), f"Bearer {header}")).code == "INVALID_TOKEN"
        assert (await refusal(Verifier(SETTINGS), f"Bearer {header.rsplit('.', 1)[0]}.")).code == "INVALID_TOKEN"


@pytest.mark.parametrize(
    "forged",
    [
        token(secret="another secret of thirty-two bytes!!"),
        token(secret=SECRET * 2, algorithm="HS384"),
        token(secret=SECRET * 2, algorithm="HS512"),
        raw_token('{"alg":"HS256","crit":["exp"]}', f'{{"exp":{int(time.time()) + 60}}}'),
        raw_token('{"alg":["HS256"]}', f'{{"exp":{int(time.time()) + 60}}}'),
        raw_token("[]", f'{{"exp":{int(time.time()) + 60}}}'),
        raw_token('{"alg":"HS256"}', "[]"),
        raw_token('{"alg":"HS256"}', "not json"),
        raw_token('{"alg":"HS256"}', '"' + token() + '"'),
        raw_token('{"alg":"HS256"}', "[" * 5_000),
    ],
    ids=str.__len__,  # the same at every collection, which tokens with a time in them are not
)
async def test_a_forged_token_is_refused(forged: str) -> None:
    assert (await refusal(Verifier(SETTINGS), f"Bearer {forged}")).code == "INVALID_TOKEN"


async def test_a_key_that_the_token_brings_is_not_used() -> None:
    other = "another secret of thirty-two bytes!!"
    jwk = {"kty": "oct", "k": base64.urlsafe_b64encode(other.encode()).decode()}
    for headers in (
        {"jwk": jwk},
        {"jku": "https://example.com/keys"},
        {"kid": "../../dev/null"},
        {"x5u": "https://e.com"},
    ):
        forged = token(secret=other, headers=headers)
        assert (await refusal(Verifier(SETTINGS), f"Bearer {forged}")).code == "INVALID_TOKEN"


async def test_every_tampered_character_is_noticed() -> None:
    verifier = Verifier(SETTINGS)
    good = token()
    await verifier.caller(f"Bearer {good}")
    # The last character of each part may hold bits that base64 ignores.
    for index in range(0, good.rindex("."), 7):
        if good[index] == "." or good[index + 1] == ".":
            continue
        changed = good[:index] + ("A" if good[index] != "A" else "B") + good[index + 1 :]
        assert (await refusal(verifier, f"Bearer {changed}")).code in ("INVALID_TOKEN", "TOKEN_EXPIRED")


@pytest.mark.parametrize("expires", [..., None, "never", "9999999999", [], {}, float("inf"), float("nan")])
async def test_a_token_must_say_when_it_expires_and_as_a_number(expires: object) -> None:
    assert (await refusal(Verifier(SETTINGS), f"Bearer {token(exp=expires)}")).code == "INVALID_TOKEN"


async def test_an_expiry_with_a_fraction_is_a_number() -> None:
    assert (await Verifier(SETTINGS).caller(f"Bearer {token(exp=time.time() + 60.5)}")).role == "member"


async def test_an_expired_token_is_refused_with_a_code_of_its_own() -> None:
    error = await refusal(Verifier(SETTINGS), f"Bearer {token(exp=int(time.time()) - 1)}")
    assert (error.status, error.code) == (401, "TOKEN_EXPIRED")


async def test_a_token_that_is_not_yet_valid_is_refused() -> None:
    assert (await refusal(Verifier(SETTINGS), f"Bearer {token(nbf=int(time.time()) + 60)}")).code == "INVALID_TOKEN"


async def test_a_token_from_a_clock_that_is_a_little_ahead_holds() -> None:
    assert (await Verifier(SETTINGS).caller(f"Bearer {token(iat=int(time.time()) + 2)}")).role == "member"


@pytest.mark.parametrize("claim", ["nul\x00", "half \ud800"])
async def test_a_claim_that_postgres_cannot_hold_is_refused(claim: str) -> None:
    payload = json.dumps({"role": "member", "exp": int(time.time()) + 60, "name": claim})
    assert (
        await refusal(Verifier(SETTINGS), "Bearer " + raw_token('{"alg":"HS256"}', payload))
    ).code == "INVALID_TOKEN"


async def test_issuer_and_audience_are_demanded_where_they_are_set() -> None:
    settings = dataclasses.replace(SETTINGS, jwt_issuer="threads", jwt_audience="api")
    verifier = Verifier(settings)
    assert (await verifier.caller(f"Bearer {token(iss='threads', aud=['web', 'api'])}")).role == "member"
    for issuer, audience in ((..., ...), ("threads", ...), (..., "api"), ("other", "api"), ("threads", "other")):
        assert (await refusal(verifier, f"Bearer {token(iss=issuer, aud=audience)}")).code == "INVALID_TOKEN"
    assert (await verifier.caller("Bearer " + Signer(settings).sign("7", "member"))).role == "member"


async def test_an_audience_is_ignored_where_none_is_set() -> None:
    assert (await Verifier(SETTINGS).caller(f"Bearer {token(aud='somebody')}")).role == "member"


async def test_without_a_secret_no_token_holds_and_none_is_signed() -> None:
    settings = dataclasses.replace(SETTINGS, jwt_secret=None)
    assert (await refusal(Verifier(settings), f"Bearer {token()}")).code == "INVALID_TOKEN"
    unsigned = raw_token('{"alg":"HS256"}', '{"exp":9999999999,"role":"member"}', secret="")
    assert (await refusal(Verifier(settings), f"Bearer {unsigned}")).code == "INVALID_TOKEN"
    with pytest.raises(SetUpError):
        Signer(settings).sign("7", "member")


async def test_messages_tell_nothing_of_the_inside() -> None:
    verifier = Verifier(SETTINGS)
    for header in (f"Bearer {token(secret='x' * 32)}", f"Bearer {token(exp='x')}", f"Bearer {token(role='postgres')}"):
        message = (await refusal(verifier, header)).message
        assert not any(word in message for word in ("HS256", "exp", "postgres", "ignature", SECRET, "Error"))


async def test_a_remembered_token_is_not_verified_again(monkeypatch: pytest.MonkeyPatch) -> None:
    verifier = Verifier(SETTINGS)
    header = f"Bearer {token()}"
    first = await verifier.caller(header)
    monkeypatch.setattr(jwt.PyJWT, "decode", None)
    assert await verifier.caller(header) is first


async def test_a_remembered_token_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    verifier = Verifier(SETTINGS)
    header = f"Bearer {token()}"
    await verifier.caller(header)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 61)
    assert (await refusal(verifier, header)).code == "TOKEN_EXPIRED"


async def test_the_memory_is_bounded_and_keeps_what_is_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "REMEMBERED_TOKENS", 3)
    verifier = Verifier(SETTINGS)
    headers = [f"Bearer {token(jti=str(number))}" for number in range(10)]
    in_use = await verifier.caller(headers[0])
    for header in headers[1:]:
        await verifier.caller(header)
        assert await verifier.caller(headers[0]) is in_use
    forgotten = await verifier.caller(headers[1])
    monkeypatch.setattr(jwt.PyJWT, "decode", None)
    assert await verifier.caller(headers[1]) is forgotten
    with pytest.raises(TypeError):
        await verifier.caller(headers[2])


async def test_a_signed_token_holds_what_a_session_needs() -> None:
    settings = dataclasses.replace(SETTINGS, jwt_issuer="threads", access_token_lifetime=60)
    signed, caller = Signer(settings).issue("7", "member", team="blue")
    claims = json.loads(caller.claims)
    assert await Verifier(settings).caller(f"Bearer {signed}") == caller
    assert claims["exp"] - claims["iat"] == 60
    assert (claims["sub"], claims["role"], claims["iss"], claims["team"]) == ("7", "member", "threads", "blue")
    assert claims["jti"] != json.loads(Signer(settings).issue("7", "member")[1].claims)["jti"]


async def test_further_claims_cannot_replace_who_the_token_is_for() -> None:
    _, caller = Signer(SETTINGS).issue("7", "member", exp=9_999_999_999, sub="8")
    assert json.loads(caller.claims)["exp"] < 9_999_999_999
    assert json.loads(caller.claims)["sub"] == "7"
