"""Signing up, logging in, refreshing and logging out, over the real database of Threads."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import asyncpg
import pytest
from passlib.context import CryptContext

from gatepost.auth.passwords import Passwords
from gatepost.auth.tokens import Signer
from gatepost.errors import Forbidden
from tests.auth.conftest import LOG_IN, PASSWORD, SIGN_UP, Accounts


async def test_sign_up_logs_in(accounts: Accounts) -> None:
    session = await accounts.session(SIGN_UP, username="Ada", password=PASSWORD, displayName="Ada Lovelace")
    caller = await accounts.verifier.caller("Bearer " + session["accessToken"])
    claims = json.loads(caller.claims)
    assert caller.role == "threads_member"
    assert claims["iss"] == "threads"
    assert claims["exp"] - claims["iat"] == session["expiresIn"] == accounts.settings.access_token_lifetime
    assert session["user"] == {"id": int(claims["sub"]), "username": "ada", "viewer": int(claims["sub"])}


async def test_log_in_after_sign_up(accounts: Accounts) -> None:
    signed_up = await accounts.session(SIGN_UP, username="ada", password=PASSWORD)
    session = await accounts.session(LOG_IN, username=" ADA ", password=PASSWORD)
    assert session["user"] == signed_up["user"]
    assert session["accessToken"] != signed_up["accessToken"]
    assert session["refreshToken"] != signed_up["refreshToken"]


async def test_whatever_is_wrong_with_credentials_the_answer_is_one_and_costs_one_hash(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    await accounts.session(SIGN_UP, username="ada", password=PASSWORD)
    computed: list[None] = []
    for name in ("verify", "verify_and_update"):
        original = getattr(CryptContext, name)

        def counted(*arguments: Any, original: Any = original) -> Any:
            computed.append(None)
            return original(*arguments)

        monkeypatch.setattr(CryptContext, name, counted)
    for username, password in [
        *(("ada", password) for password in ("wrong horse", "", "short", "x" * 10_000, "nul\x00nul\x00nul")),
        *(
            (username, PASSWORD)
            for username in ("nobody", "nobody@example.com", "", "x" * 10_000, "nul\x00", "half\ud800")
        ),
    ]:
        computed.clear()
        error = await accounts.error(LOG_IN, username=username, password=password)
        assert error["message"] == "The username or the password is wrong."
        assert error["extensions"] == {"code": "INVALID_CREDENTIALS"}
        assert len(computed) == 1


async def test_sign_up_says_what_is_wrong(accounts: Accounts) -> None:
    await accounts.session(SIGN_UP, username="ada", password=PASSWORD)
    for code, username, password, display_name in [
        ("USERNAME_TAKEN", "ADA", PASSWORD, None),
        ("USERNAME_INVALID", "a", PASSWORD, None),
        ("USERNAME_INVALID", "new one", PASSWORD, None),
        ("PASSWORD_TOO_SHORT", "new", "short", None),
        ("PASSWORD_TOO_LONG", "new", "x" * 257, None),
        ("PASSWORD_NOT_TEXT", "new", "nul\x00nul\x00nul", None),
        ("BAD_USER_INPUT", "new\x00", PASSWORD, None),
        ("BAD_USER_INPUT", "new", PASSWORD, "\ud800"),
        ("DISPLAY_NAME_TOO_LONG", "new", PASSWORD, "x" * 1_000),
    ]:
        error = await accounts.error(SIGN_UP, username=username, password=password, displayName=display_name)
        assert error["extensions"]["code"] == code
        assert error["path"] == ["it"]


async def test_of_two_who_want_a_username_one_gets_it(accounts: Accounts) -> None:
    results = await asyncio.gather(*(accounts.ask(SIGN_UP, username="ada", password=PASSWORD) for _ in range(4)))
    codes = [errors[0]["extensions"]["code"] if errors else "OK" for _, errors in results]
    assert sorted(codes) == ["OK", *["USERNAME_TAKEN"] * 3]


async def test_the_database_sees_no_password_and_no_refresh_token(
    accounts: Accounts, superuser: asyncpg.Connection
) -> None:
    session = await accounts.session(SIGN_UP, username="ada", password=PASSWORD)
    [credentials] = await superuser.fetch("select c::text as kept from private.credentials as c")
    [token] = await superuser.fetch("select r::text as kept, r.token_hash from private.refresh_tokens as r")
    assert "$argon2id$" in credentials["kept"]
    assert PASSWORD not in credentials["kept"]
    assert session["refreshToken"] not in token["kept"]
    assert session["refreshToken"].encode() not in token["token_hash"]


async def test_an_old_hash_is_replaced_at_log_in(accounts: Accounts, superuser: asyncpg.Connection) -> None:
    await accounts.session(SIGN_UP, username="ada", password=PASSWORD)
    weak = Passwords(memory_cost=64, time_cost=1, parallelism=1)
    old = await weak.hash(PASSWORD)
    weak.close()
    await superuser.execute("update private.credentials set password_hash = $1", old)
    await accounts.error(LOG_IN, username="ada", password="wrong horse")
    assert await superuser.fetchval("select password_hash from private.credentials") == old
    await accounts.session(LOG_IN, username="ada", password=PASSWORD)
    new = await superuser.fetchval("select password_hash from private.credentials")
    assert "$m=65536,t=3,p=4$" in new
    await accounts.session(LOG_IN, username="ada", password=PASSWORD)
    assert await superuser.fetchval("select password_hash from private.credentials") == new


async def test_no_token_can_take_the_role_of_log_in(accounts: Accounts) -> None:
    signed = Signer(accounts.settings).sign("1", "threads_auth")
    with pytest.raises(Forbidden):
        await accounts.verifier.caller(f"Bearer {signed}")
