"""Moderators: their tokens name their role, as the list of moderators stands when a token is made."""

from __future__ import annotations

import dataclasses

import asyncpg
import pytest

from tests.auth.conftest import CHANGE_PASSWORD, LOG_IN, PASSWORD, REFRESH, SIGN_UP, Accounts

MODERATOR = "threads_moderator"


async def role_of(accounts: Accounts, session: dict[str, object]) -> str:
    return (await accounts.verifier.caller(f"Bearer {session['accessToken']}")).role


async def test_the_next_token_of_a_moderator_names_their_role(
    accounts: Accounts, superuser: asyncpg.Connection
) -> None:
    before = await accounts.session(SIGN_UP, username="ada", password=PASSWORD)
    assert await role_of(accounts, before) == "threads_member"
    await superuser.execute("select threads.appoint_moderator('ada')")
    refreshed = await accounts.session(REFRESH, refreshToken=before["refreshToken"])
    logged_in = await accounts.session(LOG_IN, username="ada", password=PASSWORD)
    assert [await role_of(accounts, session) for session in (refreshed, logged_in)] == [MODERATOR, MODERATOR]
    assert logged_in["user"] == before["user"]
    await superuser.execute("select threads.dismiss_moderator('ada')")
    after = await accounts.session(REFRESH, refreshToken=refreshed["refreshToken"])
    assert await role_of(accounts, after) == "threads_member"


async def test_moderators_change_their_password(accounts: Accounts, superuser: asyncpg.Connection) -> None:
    await accounts.session(SIGN_UP, username="ada", password=PASSWORD)
    await superuser.execute("select threads.appoint_moderator('ada')")
    session = await accounts.session(LOG_IN, username="ada", password=PASSWORD)
    accounts.caller = await accounts.verifier.caller(f"Bearer {session['accessToken']}")
    assert accounts.caller.role == MODERATOR
    await accounts.session(CHANGE_PASSWORD, currentPassword=PASSWORD, newPassword="another horse")
    await accounts.session(LOG_IN, username="ada", password="another horse")


async def test_who_is_suspended_logs_in(accounts: Accounts, superuser: asyncpg.Connection) -> None:
    await accounts.session(SIGN_UP, username="ada", password=PASSWORD)
    await superuser.execute("select threads.suspend_user('ada', 'rude')")
    session = await accounts.session(LOG_IN, username="ada", password=PASSWORD)
    await accounts.session(REFRESH, refreshToken=session["refreshToken"])


async def test_a_server_that_is_not_told_of_moderators_takes_them_for_members(
    accounts: Accounts, superuser: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    await accounts.session(SIGN_UP, username="ada", password=PASSWORD)
    await superuser.execute("select threads.appoint_moderator('ada')")
    monkeypatch.setattr(accounts.handwritten, "_settings", dataclasses.replace(accounts.settings, roles=()))
    session = await accounts.session(LOG_IN, username="ada", password=PASSWORD)
    assert await role_of(accounts, session) == "threads_member"
