"""Accounts through GraphQL: an e-mail address, another username, leaving and coming back."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from gatepost.auth.tokens import Verifier
from tests.api import Api, opened
from tests.scripts import SCRIPTS

ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse"
SIGN_UP = "mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken refreshToken user { username } } }"
LOG_IN = "mutation ($input: LogInInput!) { logIn(input: $input) { accessToken refreshToken user { username } } }"
REFRESH = "mutation ($input: RefreshTokenInput!) { refreshToken(input: $input) { accessToken } }"
CHANGE_EMAIL = "mutation ($input: ChangeEmailInput!) { changeEmail(input: $input) { user { account { email } } } }"
DEACTIVATE = "mutation ($input: DeactivateAccountInput!) { deactivateAccount(input: $input) { deactivated } }"
DELETE = "mutation ($input: DeleteAccountInput!) { deleteAccount(input: $input) { deleted } }"
ANONYMOUS: dict[str, Any] = {"role": "threads_anonymous"}


@pytest.fixture(scope="module")
async def api(create_database: Callable[..., Awaitable[str]]) -> AsyncIterator[Api]:
    async with opened(
        await create_database(*SCRIPTS, user="threads_gateway"),
        schemas=("threads",),
        anonymous_role="threads_anonymous",
        authenticated_role="threads_member",
        roles=("threads_moderator",),
        jwt_secret="a secret of at least thirty-two bytes",
        jwt_issuer="threads",
        sdl=ROOT / "sdl",
        resolvers="resolvers",
        pool_size=3,
    ) as api:
        yield api


class Person:
    """Somebody who signed up, and asks with the token that they got."""

    def __init__(self, api: Api, name: str, session: dict[str, Any]) -> None:
        self.api = api
        self.name = name
        self.session = session

    @property
    async def who(self) -> dict[str, Any]:
        caller = await Verifier(self.api.gateway.settings).caller(f"Bearer {self.session['accessToken']}")
        return {"role": caller.role, "claims": json.loads(caller.claims)}

    async def data(self, query: str, **given: object) -> Any:
        return await self.api.data(query, {"input": given} if given else None, **await self.who)

    async def code(self, query: str, **given: object) -> str:
        return (await self.api.reply(query, {"input": given} if given else None, **await self.who)).code


async def sign_up(api: Api, name: str, **given: object) -> Person:
    data = await api.data(SIGN_UP, {"input": {"username": name, "password": PASSWORD, **given}}, **ANONYMOUS)
    return Person(api, name, data["signUp"])


async def log_in(api: Api, name: str, password: str = PASSWORD) -> Person:
    data = await api.data(LOG_IN, {"input": {"username": name, "password": password}}, **ANONYMOUS)
    return Person(api, name, data["logIn"])


async def refused(api: Api, query: str, **given: object) -> str:
    return (await api.reply(query, {"input": given}, **ANONYMOUS)).code


async def test_an_email_address_is_for_its_owner_and_for_logging_in(api: Api) -> None:
    ada = await sign_up(api, "ada", email="Ada@Example.com")
    assert (await log_in(api, "ADA@example.com")).session["user"]["username"] == "ada"
    bob = await sign_up(api, "bob")
    query = '{ userByUsername(username: "ada") { username account { email } } viewer { account { email } } }'
    assert await bob.data(query) == {
        "userByUsername": {"username": "ada", "account": None},
        "viewer": {"account": {"email": None}},
    }
    assert (await ada.data(query))["viewer"] == {"account": {"email": "ada@example.com"}}
    anonymous = await api.reply('{ userByUsername(username: "ada") { account { email } } }', **ANONYMOUS)
    assert anonymous.code == "GRAPHQL_VALIDATION_FAILED"
    # There is no way to ask for users by it.
    for condition in ('account: { email: { eq: "ada@example.com" } }', 'email: { eq: "ada@example.com" }'):
        reply = await api.reply(f"{{ users(filter: {{ {condition} }}) {{ totalCount }} }}", **await bob.who)
        assert reply.code == "GRAPHQL_VALIDATION_FAILED"
    assert await refused(api, LOG_IN, username="ada@example.com", password="wrong horse") == "INVALID_CREDENTIALS"
    assert await refused(api, LOG_IN, username="nobody@example.com", password=PASSWORD) == "INVALID_CREDENTIALS"


async def test_an_email_address_is_changed_with_the_password(api: Api) -> None:
    nia, otto = await sign_up(api, "nia", email="nia@example.com"), await sign_up(api, "otto")
    assert await otto.code(CHANGE_EMAIL, password="wrong horse", email="otto@example.com") == "INVALID_CREDENTIALS"
    assert await otto.code(CHANGE_EMAIL, password=PASSWORD, email="NIA@example.com") == "EMAIL_TAKEN"
    assert await otto.code(CHANGE_EMAIL, password=PASSWORD, email="otto") == "EMAIL_INVALID"
    assert await otto.code(CHANGE_EMAIL, password=PASSWORD, email="o\x00@example.com") == "BAD_USER_INPUT"
    # Anonymous callers' schema has no accounts.
    without = CHANGE_EMAIL.replace("account { email }", "id")
    assert await refused(api, without, password=PASSWORD, email="otto@example.com") == "NOT_LOGGED_IN"
    for email in ("otto@example.com", None):
        data = await otto.data(CHANGE_EMAIL, password=PASSWORD, email=email)
        assert data == {"changeEmail": {"user": {"account": {"email": email}}}}
    # Who would try address after address runs out of turns, and the right password gives none back.
    tried = [await otto.code(CHANGE_EMAIL, password=PASSWORD, email="nia@example.com") for _ in range(3)]
    assert tried == ["EMAIL_TAKEN", "EMAIL_TAKEN", "TOO_MANY_ATTEMPTS"]
    assert await nia.code(CHANGE_EMAIL, password=PASSWORD, email="bad") == "EMAIL_INVALID"


async def test_signing_up_refuses_taken_addresses_and_reserved_names(api: Api) -> None:
    await sign_up(api, "tess", email="tess@example.com")
    for code, given in (
        ("EMAIL_TAKEN", {"username": "tess_2", "email": "TESS@example.com"}),
        ("EMAIL_INVALID", {"username": "tess_2", "email": "tess"}),
        ("USERNAME_TAKEN", {"username": "tess", "email": "tess@example.com"}),
        ("USERNAME_RESERVED", {"username": "Supp0rt"}),
        ("USERNAME_INVALID", {"username": "tess."}),
        ("BAD_USER_INPUT", {"username": "tess_2", "email": "\ud800@example.com"}),
    ):
        assert await refused(api, SIGN_UP, password=PASSWORD, **given) == code
    assert (await sign_up(api, "tess_2")).session["user"] == {"username": "tess_2"}


async def test_a_username_and_a_profile_are_changed(api: Api) -> None:
    ursula = await sign_up(api, "ursula")
    data = await ursula.data("""mutation {
      changeUsername(input: { username: "Uschi" }) { user { username } }
      updateProfile(input: { link: "https://uschi.example", isPrivate: true }) { user { displayName link isPrivate } }
    }""")
    assert data == {
        "changeUsername": {"user": {"username": "uschi"}},
        "updateProfile": {"user": {"displayName": "uschi", "link": "https://uschi.example", "isPrivate": True}},
    }
    assert await refused(api, LOG_IN, username="ursula", password=PASSWORD) == "INVALID_CREDENTIALS"
    await log_in(api, "uschi")
    assert await refused(api, SIGN_UP, username="ursula", password=PASSWORD) == "USERNAME_TAKEN"
    for code, field in (
        ("USERNAME_RESERVED", 'changeUsername(input: { username: "api" }) { user { id } }'),
        ("LINK_INVALID", 'updateProfile(input: { link: "javascript:alert(1)" }) { user { id } }'),
        ("AVATAR_URL_INVALID", 'updateProfile(input: { avatarUrl: "x" }) { user { id } }'),
    ):
        assert await ursula.code(f"mutation {{ {field} }}") == code


async def test_whoever_deactivates_is_gone_until_they_log_in(api: Api) -> None:
    vera, wim = await sign_up(api, "vera"), await sign_up(api, "wim")
    await vera.data('mutation { createThread(input: { body: "vera was here" }) { thread { id } } }')
    seen = '{ userByUsername(username: "vera") { threads { nodes { body } } } }'
    assert await vera.code(DEACTIVATE, password="wrong horse") == "INVALID_CREDENTIALS"
    assert (await wim.data(seen))["userByUsername"] is not None
    assert await vera.data(DEACTIVATE, password=PASSWORD) == {"deactivateAccount": {"deactivated": True}}
    assert await wim.data(seen) == {"userByUsername": None}
    # The old token is still good, and is a stranger's.
    assert await vera.data("{ viewer { id } sessions { totalCount } }") == {
        "viewer": None,
        "sessions": {"totalCount": 0},
    }
    assert await vera.code('mutation { createThread(input: { body: "x" }) { thread { id } } }') == "NOT_LOGGED_IN"
    for query in (CHANGE_EMAIL, DEACTIVATE, DELETE):
        assert await vera.code(query, password=PASSWORD) == "NOT_LOGGED_IN"
    assert await refused(api, REFRESH, refreshToken=vera.session["refreshToken"]) == "REFRESH_TOKEN_INVALID"
    assert await refused(api, LOG_IN, username="vera", password="wrong horse") == "INVALID_CREDENTIALS"
    assert await wim.data(seen) == {"userByUsername": None}
    back = await log_in(api, "vera")
    assert await back.data("{ viewer { username } }") == {"viewer": {"username": "vera"}}
    assert await wim.data(seen) == {"userByUsername": {"threads": {"nodes": [{"body": "vera was here"}]}}}


async def test_whoever_deletes_their_account_leaves_nothing(api: Api) -> None:
    xena, yann = await sign_up(api, "xena", email="xena@example.com"), await sign_up(api, "yann")
    data = await xena.data('mutation { createThread(input: { body: "xena was here" }) { thread { id } } }')
    thread_id = data["createThread"]["thread"]["id"]
    await yann.data(
        f'mutation {{ replyToThread(input: {{ threadId: {thread_id}, body: "so was I" }}) {{ thread {{ id }} }} }}'
    )
    assert (await xena.data("{ myData }"))["myData"]["account"] == {"email": "xena@example.com"}
    assert await xena.code(DELETE, password="wrong horse") == "INVALID_CREDENTIALS"
    assert await refused(api, DELETE, password=PASSWORD) == "NOT_LOGGED_IN"
    assert await xena.data(DELETE, password=PASSWORD) == {"deleteAccount": {"deleted": True}}
    data = await yann.data("{ viewer { threads { nodes { body parent { body author { id } replyCount } } } } }")
    [reply] = data["viewer"]["threads"]["nodes"]
    assert reply == {"body": "so was I", "parent": {"body": "", "author": None, "replyCount": 1}}
    assert await xena.code(DELETE, password=PASSWORD) == "NOT_LOGGED_IN"
    assert await xena.code("{ myData }") == "NOT_LOGGED_IN"
    for name in ("xena", "xena@example.com"):
        assert await refused(api, LOG_IN, username=name, password=PASSWORD) == "INVALID_CREDENTIALS"
    assert await refused(api, REFRESH, refreshToken=xena.session["refreshToken"]) == "REFRESH_TOKEN_INVALID"
    assert await refused(api, SIGN_UP, username="xena", password=PASSWORD) == "USERNAME_TAKEN"
    # The address is free at once: it is nobody's name.
    await sign_up(api, "xena_2", email="xena@example.com")


async def test_who_is_suspended_reads_why_and_may_leave(api: Api) -> None:
    zoe = await sign_up(api, "zoe")
    query = "{ viewer { suspension { reason endsAt } } viewerIsModerator }"
    assert await zoe.data(query) == {"viewer": {"suspension": None}, "viewerIsModerator": False}
    await api.sql(
        """
        insert into threads.suspensions (user_id, reason)
        select u.id, 'Too loud.' from threads.users as u where u.username = 'zoe'
        returning id
        """
    )
    assert (await zoe.data(query))["viewer"] == {"suspension": {"reason": "Too loud.", "endsAt": None}}
    assert await zoe.code('mutation { changeUsername(input: { username: "zora" }) { user { id } } }') == "SUSPENDED"
    assert await zoe.data(DELETE, password=PASSWORD) == {"deleteAccount": {"deleted": True}}
