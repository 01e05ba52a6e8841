"""Who a caller claims to be: forged and wild tokens over HTTP, roles, rows and columns that are not theirs."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest

from tests.attacks.conftest import SECRET, Target

WHO = "{ who claims }"
LATER = 4_102_444_800  # the tokens are made when the tests are collected, and must not expire before they are sent


def signed(payload: str, header: str = '{"alg":"HS256","typ":"JWT"}', secret: str = SECRET) -> str:
    """A token of any texts, rightly signed with HS256."""
    parts = [base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode() for text in (header, payload)]
    digest = hmac.digest(secret.encode(), ".".join(parts).encode(), hashlib.sha256)
    return ".".join([*parts, base64.urlsafe_b64encode(digest).rstrip(b"=").decode()])


def payload(**claims: object) -> str:
    return json.dumps({"role": "attacked_member", "sub": "1", "exp": LATER, **claims})


GOOD = signed(payload())
OTHER = "another secret, with which a stranger signs"
FORGED = {
    "unsigned": jwt.encode(json.loads(payload()), "", algorithm="none"),
    "none, with a signature": signed(payload(), '{"alg":"none"}'),
    "nOnE": signed(payload(), '{"alg":"nOnE"}'),
    "another secret": signed(payload(), secret=OTHER),
    "an empty secret": signed(payload(), secret=""),
    "the header's own key": signed(
        payload(), json.dumps({"alg": "HS256", "jwk": {"kty": "oct", "k": "YQ"}}), secret="a"
    ),
    "a key elsewhere": signed(
        payload(), '{"alg":"HS256","jku":"http://127.0.0.1:1/","x5u":"http://127.0.0.1:1/"}', OTHER
    ),
    "a kid that is a path": signed(payload(), '{"alg":"HS256","kid":"../../../dev/null"}', ""),
    "a kid that is SQL": signed(payload(), '{"alg":"HS256","kid":"x\' union select \'a"}', "a"),
    "a public algorithm": signed(payload(), '{"alg":"RS256"}'),
    "truncated": GOOD[:-1],
    "without a signature": GOOD.rpartition(".")[0] + ".",
    "one part more": GOOD + ".e30",
    "oversized": signed(payload(note="x" * 100_000)),
    "nested": signed(json.dumps(GOOD), '{"alg":"HS256","cty":"JWT"}'),
    "exp as text": signed(payload(exp="9999999999")),
    "exp that never comes": signed(payload(exp=float("inf"))),
    "no exp": signed('{"role":"attacked_member","sub":"1"}'),
    "a number beyond 64 bits": signed(payload(n=2**64)),
    "U+0000": signed(payload(note="\x00")),
    "an array": signed("[]"),
    "deep": signed('{"exp":9999999999,"a":' + "[" * 2_000 + "]" * 2_000 + "}"),
}


@pytest.mark.parametrize("kind", FORGED)
async def test_forged_tokens_make_nobody(target: Target, kind: str) -> None:
    async with target.client.post(
        "/graphql", json={"query": WHO}, headers={"Authorization": f"Bearer {FORGED[kind]}"}
    ) as response:
        text = await response.text()
        assert response.status == (400 if kind == "oversized" else 401)  # too large for a head
    assert "data" not in text
    assert kind == "oversized" or '"INVALID_TOKEN"' in text


async def test_what_they_were_forged_from_holds(target: Target) -> None:
    assert (await target.post(WHO, GOOD))[1]["data"]["who"] == "attacked_member"


@pytest.mark.parametrize(
    "role",
    ["postgres", "attacked_owner", "attacked_gateway", "pg_read_all_data", "public", "none", "ATTACKED_MEMBER",
     '"attacked_member"', "attacked_member ", "attacked_member; reset role", ["attacked_member"], [], {}, 1, True, ""],
)  # fmt: skip
async def test_roles_that_no_token_may_take(target: Target, role: object) -> None:
    status, body = await target.post(WHO, signed(payload(role=role)))
    assert (status, body["errors"][0]["extensions"]["code"]) == (403, "ROLE_NOT_ALLOWED")
    assert "data" not in body


@pytest.mark.parametrize(
    "headers",
    [
        [("Authorization", f"Bearer {GOOD}"), ("Authorization", f"Bearer {GOOD}")],
        [("Authorization", f"Bearer {GOOD}"), ("authorization", "Basic YTpi")],
        [("Authorization", f"Bearer {GOOD}, Bearer {GOOD}")],
        [("Authorization", f"Basic {GOOD}")],
        [("Authorization", "")],
    ],
)
async def test_headers_that_say_two_things_or_none(target: Target, headers: list[tuple[str, str]]) -> None:
    async with target.client.post("/graphql", json={"query": WHO}, headers=headers) as response:
        assert response.status == 401


async def test_a_token_is_read_from_nowhere_else(target: Target) -> None:
    for extra in ({"X-Authorization": f"Bearer {GOOD}"}, {"Cookie": f"token={GOOD}; access_token={GOOD}"}):
        async with target.client.post(
            f"/graphql?access_token={GOOD}", json={"query": WHO, "token": GOOD}, headers=extra
        ) as response:
            assert (await response.json())["data"]["who"] == "attacked_anonymous"


WILD: dict[str, Any] = {
    "nested": {"a": [{"b": [None, True, {"c": [[[[1.5]]]]}]}]},
    "unicode": "\u202e\U0001f600\u0301\ufeff'\"\\\n\r\x7f",
    "large": "x" * 5_000,
    "numbers": [2**63 - 1, -(2**63), 0.1, 1e300],
    "": {"": ""},
    "request.jwt.claims": "x",
    "role ": "postgres",
}


@pytest.mark.parametrize("name", WILD)
async def test_wild_claims_reach_sql_as_they_are(target: Target, name: str) -> None:
    claims = json.loads(payload(**{name: WILD[name]}))
    status, body = await target.post(WHO, signed(json.dumps(claims)))
    assert (status, body["data"]["who"]) == (200, "attacked_member")
    assert body["data"]["claims"] == claims


async def test_a_claim_that_comes_twice_is_one(target: Target) -> None:
    """What is checked is what SQL sees."""
    _, body = await target.post(WHO, signed(f'{{"role":"postgres","sub":"2","role":"attacked_member","exp":{LATER}}}'))
    assert body["data"]["claims"]["role"] == body["data"]["who"] == "attacked_member"
    status, _ = await target.post(WHO, signed(f'{{"role":"attacked_member","role":"postgres","exp":{LATER}}}'))
    assert status == 403


@pytest.mark.parametrize("sub", [None, "", "x", [1], {"id": 1}, 1, str(2**40), "1; reset role", "1 or true"])
async def test_a_sub_that_is_nobody_sees_nothing(target: Target, sub: object) -> None:
    _, body = await target.post("{ notes { nodes { id } } }", signed(payload(sub=sub)))
    if "errors" in body:
        assert body["errors"][0]["extensions"]["code"] in ("BAD_USER_INPUT", "INVALID_TOKEN")
        assert body.get("data") is None
    else:
        assert body["data"] == {"notes": {"nodes": []}}


async def test_plans_of_one_role_serve_no_other(target: Target) -> None:
    """The same texts from all roles, mixed, while the schema is made anew."""
    roles = ["attacked_member", "attacked_editor", "attacked_anonymous"] * 30
    tokens = {role: target.token(role) for role in roles}

    async def ask(role: str) -> None:
        _, body = await target.post(WHO, tokens[role])
        assert body["data"]["who"] == body["data"]["claims"]["role"] == role
        _, body = await target.post("{ notes { totalCount } }", tokens[role])
        if role == "attacked_member":
            assert body["data"] == {"notes": {"totalCount": 1}}
        else:
            assert body["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"

    await asyncio.gather(*(ask(role) for role in roles), target.api.gateway.reload())
    await asyncio.gather(*(ask(role) for role in roles))


@pytest.mark.parametrize(
    "asked",
    [
        'createNote(input: { note: { body: "b", secret: "mine" } }) { note { id } }',
        'createNote(input: { note: { id: 99, body: "b" } }) { note { id } }',
        'createNote(input: { note: { body: "b", words: "x" } }) { note { id } }',
        "updateNote(input: { id: 1, patch: { owner: 2 } }) { note { id } }",
        'updateNote(input: { id: 1, patch: { secret: "x" } }) { note { id } }',
        'updateNotes(input: { all: true, patch: { key: "00000000-0000-0000-0000-000000000009" } }) { count }',
        "createCanaryTable(input: { canaryTable: { canaryColumn: 1 } }) { __typename }",
    ],
)
async def test_columns_that_were_not_granted_cannot_be_set(target: Target, asked: str) -> None:
    reply = await target.reply(f"mutation {{ {asked} }}")
    assert reply.code == "GRAPHQL_VALIDATION_FAILED"
    name = asked.partition("(")[0]
    field = "note" if name == "createNote" else "patch"
    variables = {"it": {"id": 1, field: {"body": "b", "secret": "x", "owner": 2, "key": None}}}
    if name == "updateNote":
        reply = await target.reply(
            "mutation ($it: UpdateNoteInput!) { updateNote(input: $it) { note { id } } }", variables
        )
        assert (reply.status, reply.errors[0]["extensions"]["code"]) == (400, "BAD_USER_INPUT")
    assert await target.sql("select owner, secret from attacked.notes where id = 1") == [(1, "canary_secret")]


async def test_rows_of_others_cannot_be_written(target: Target) -> None:
    for asked, code in (
        ('createNote(input: { note: { owner: 2, body: "theirs" } }) { note { id } }', "FORBIDDEN"),
        ('updateNote(input: { id: 2, patch: { body: "x" } }) { note { id } }', "NOT_FOUND"),
        ("deleteNote(input: { id: 2 }) { note { id } }", "NOT_FOUND"),
    ):
        assert (await target.reply(f"mutation {{ {asked} }}")).code == code
    assert await target.sql("select body from attacked.notes order by id") == ["mine", "another's"]
