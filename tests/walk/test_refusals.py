"""What Threads refuses, as a front end reads it: a message for a person, a stable code, and the field it is about."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest

from .conftest import PASSWORD, Threads

MEMBERS_ONLY: list[tuple[str, dict[str, Any]]] = [
    ("Create", {"body": "x"}),
    ("Reply", {"threadId": "1", "body": "x"}),
    ("Delete", {"threadId": "1"}),
    ("Like", {"threadId": "1"}),
    ("Unlike", {"threadId": "1"}),
    ("Follow", {"username": "ada"}),
    ("Unfollow", {"username": "ada"}),
    ("UpdateProfile", {"bio": "x"}),
]
NO_THREAD = ("THREAD_NOT_FOUND", "threadId", "There is no such thread.")
NOTHING_WRITTEN = ("BODY_EMPTY", "body", "Write something first, or add a picture or a video.")
TOO_LONG = ("BODY_TOO_LONG", "body", "A thread has at most 500 characters; this one has 501.")
NO_USER = ("USER_NOT_FOUND", "username", 'There is no user "nobody".')
BROKEN: list[tuple[str, dict[str, Any], tuple[str, str, str]]] = [
    ("Create", {"body": " \n\u3000"}, NOTHING_WRITTEN),
    ("Create", {"body": "é" * 501}, TOO_LONG),
    ("Reply", {"threadId": "1", "body": ""}, NOTHING_WRITTEN),
    ("Reply", {"threadId": "1", "body": "x" * 501}, TOO_LONG),
    ("Reply", {"threadId": "0", "body": "x"}, NO_THREAD),
    ("Like", {"threadId": "0"}, NO_THREAD),
    ("Unlike", {"threadId": "0"}, NO_THREAD),
    ("Delete", {"threadId": "0"}, NO_THREAD),
    ("Delete", {"threadId": "1"}, ("NOT_YOUR_THREAD", "threadId", "You can delete only what you wrote yourself.")),
    ("Follow", {"username": "nobody"}, NO_USER),
    ("Unfollow", {"username": "nobody"}, NO_USER),
    ("Follow", {"username": "Breaker"}, ("CANNOT_FOLLOW_SELF", "username", "You cannot follow yourself.")),
    (
        "UpdateProfile",
        {"displayName": "x" * 51},
        ("DISPLAY_NAME_TOO_LONG", "displayName", "A display name has at most 50 characters; this one has 51."),
    ),
    (
        "UpdateProfile",
        {"bio": "x" * 161},
        ("BIO_TOO_LONG", "bio", "A bio has at most 160 characters; this one has 161."),
    ),
]


@pytest.fixture(scope="session")
async def breaker(threads: Threads) -> str:
    """The token of somebody who breaks rules."""
    return (await threads.sign_up("breaker")).token


@pytest.mark.parametrize(("operation", "variables", "told"), BROKEN)
async def test_a_broken_rule(
    threads: Threads, breaker: str, operation: str, variables: dict[str, Any], told: tuple[str, str, str]
) -> None:
    error = await threads.error(operation, breaker, **variables)
    code, field, message = told
    assert error["message"] == message
    assert error["extensions"] == {"code": code, "field": field}
    assert len(error["path"]) == 1


@pytest.mark.parametrize(("operation", "variables"), MEMBERS_ONLY)
async def test_an_anonymous_caller_writes_nothing(threads: Threads, operation: str, variables: dict[str, Any]) -> None:
    error = await threads.error(operation, **variables)
    assert (error["message"], error["extensions"]) == ("You need to log in first.", {"code": "NOT_LOGGED_IN"})


async def test_an_anonymous_caller_reads_what_everybody_may(threads: Threads) -> None:
    assert await threads.data("Viewer") is None
    assert (await threads.data("HomeFeed"))["totalCount"] == 0
    ada = await threads.data("Person", username="ada")
    assert (ada["displayName"], ada["viewerFollows"], ada["followsViewer"]) == ("Ada Lovelace", False, False)
    assert len(ada["threads"]["nodes"]) == 3


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"username": "ADA", "password": PASSWORD}, "USERNAME_TAKEN"),
        ({"username": "a b", "password": PASSWORD}, "USERNAME_INVALID"),
        ({"username": "somebody", "password": "short"}, "PASSWORD_TOO_SHORT"),
        ({"username": "somebody", "password": PASSWORD, "displayName": "x" * 51}, "DISPLAY_NAME_TOO_LONG"),
    ],
)
async def test_an_account_that_cannot_be(threads: Threads, variables: dict[str, Any], code: str) -> None:
    error = await threads.error("SignUp", **variables)
    assert error["extensions"]["code"] == code
    assert await threads.data("Person", username="somebody") is None


async def test_wrong_passwords_and_unknown_users_are_told_alike(threads: Threads) -> None:
    wrong = await threads.error("LogIn", username="ada", password="wrong password")
    unknown = await threads.error("LogIn", username="nobody", password="wrong password")
    assert wrong == unknown
    assert wrong["extensions"]["code"] == "INVALID_CREDENTIALS"


async def test_a_token_that_is_expired_or_of_another_making_is_refused(threads: Threads) -> None:
    claims = {"sub": "1", "role": "threads_member", "iss": "threads", "exp": int(time.time()) - 60}
    expired = jwt.encode(claims, threads.secret, algorithm="HS256")
    foreign = jwt.encode({**claims, "exp": int(time.time()) + 60}, "y" * 32, algorithm="HS256")
    for token, code in ((expired, "TOKEN_EXPIRED"), (foreign, "INVALID_TOKEN")):
        status, body = await threads.post("Viewer", token)
        assert status == 401
        assert [error["extensions"]["code"] for error in body["errors"]] == [code]
        assert "data" not in body


async def test_a_token_outlives_its_account_as_nobody(threads: Threads) -> None:
    leaver = await threads.sign_up("leaver")
    await threads.sql("delete from threads.users where username = 'leaver' returning true")
    assert await threads.data("Viewer", leaver) is None
    error = await threads.error("Create", leaver, body="from beyond")
    assert error["extensions"]["code"] == "NOT_LOGGED_IN"
