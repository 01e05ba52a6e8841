"""Sessions: refreshing, logging out, and what ends them."""

from __future__ import annotations

import asyncio
import json

import asyncpg

from resolvers.auth import COOKIE
from tests.auth.conftest import CHANGE_PASSWORD, LOG_IN, LOG_OUT, PASSWORD, REFRESH, SIGN_UP, Accounts, Visited


async def test_a_refresh_token_buys_one_session_and_the_next_token(accounts: Accounts) -> None:
    first = await accounts.session(SIGN_UP, username="ada", password=PASSWORD)
    second = await accounts.session(REFRESH, refreshToken=first["refreshToken"])
    assert second["user"] == first["user"]
    assert (await accounts.verifier.caller("Bearer " + second["accessToken"])).role == "threads_member"
    assert await accounts.refreshes(second["refreshToken"])


async def later(superuser: asyncpg.Connection, seconds: float) -> None:
    """Lets time pass for the refresh tokens, by making them older."""
    await superuser.execute(
        """
        update private.refresh_tokens
           set created_at    = created_at - make_interval(secs => $1),
               used_at       = used_at - make_interval(secs => $1),
               superseded_at = superseded_at - make_interval(secs => $1)
        """,
        seconds,
    )


async def test_a_refresh_token_that_comes_twice_ends_its_session_and_no_other(
    accounts: Accounts, superuser: asyncpg.Connection
) -> None:
    first = await accounts.session(SIGN_UP, username="ada", password=PASSWORD)
    other = await accounts.session(LOG_IN, username="ada", password=PASSWORD)
    second = await accounts.session(REFRESH, refreshToken=first["refreshToken"])
    await later(superuser, 11)
    error = await accounts.error(REFRESH, refreshToken=first["refreshToken"])
    assert error["extensions"] == {"code": "REFRESH_TOKEN_INVALID"}
    assert not await accounts.refreshes(second["refreshToken"])
    assert await accounts.refreshes(other["refreshToken"])


async def test_a_refresh_token_whose_successor_was_used_ends_its_session_at_once(accounts: Accounts) -> None:
    first = await accounts.session(SIGN_UP, username="ada", password=PASSWORD)
    second = await accounts.session(REFRESH, refreshToken=first["refreshToken"])
    third = await accounts.session(REFRESH, refreshToken=second["refreshToken"])
    assert not await accounts.refreshes(first["refreshToken"])
    assert not await accounts.refreshes(third["refreshToken"])


async def test_an_answer_that_was_lost_is_given_again(accounts: Accounts, superuser: asyncpg.Connection) -> None:
    first = await accounts.session(SIGN_UP, username="ada", password=PASSWORD)
    lost = [await accounts.session(REFRESH, refreshToken=first["refreshToken"]) for _ in range(2)]
    await later(superuser, 9)
    came = await accounts.session(REFRESH, refreshToken=first["refreshToken"])
    await later(superuser, 60)
    last = await accounts.session(REFRESH, refreshToken=came["refreshToken"])
    # It was not lost, then: two are using the session.
    assert not await accounts.refreshes(lost[1]["refreshToken"])
    assert not await accounts.refreshes(last["refreshToken"])


async def test_of_two_exchanges_at_once_the_last_one_holds(accounts: Accounts) -> None:
    token = (await accounts.session(SIGN_UP, username="ada", password=PASSWORD))["refreshToken"]
    sessions = await asyncio.gather(*(accounts.session(REFRESH, refreshToken=token) for _ in range(4)))
    outcomes = [await accounts.refreshes(session["refreshToken"]) for session in sessions]
    assert sum(outcomes) <= 1


async def test_a_token_that_is_none_is_refused(accounts: Accounts) -> None:
    for token in ("", "unknown", "x" * 10_000, "nul\x00", "half\ud800", "é"):
        error = await accounts.error(REFRESH, refreshToken=token)
        assert error["message"] == "The session has ended. Log in again."
        assert error["extensions"] == {"code": "REFRESH_TOKEN_INVALID"}
        assert await accounts.ask(LOG_OUT, refreshToken=token) == ({"loggedOut": False}, [])


async def test_an_expired_refresh_token_is_refused(accounts: Accounts, superuser: asyncpg.Connection) -> None:
    session = await accounts.session(SIGN_UP, username="ada", password=PASSWORD)
    await superuser.execute(
        """
        update private.refresh_tokens
           set created_at = now() - interval '2 days',
               expires_at = now() - interval '1 day'
        """
    )
    assert not await accounts.refreshes(session["refreshToken"])


async def test_a_refresh_token_holds_as_long_as_the_settings_say(
    accounts: Accounts, superuser: asyncpg.Connection
) -> None:
    session = await accounts.session(SIGN_UP, username="ada", password=PASSWORD)
    await accounts.session(REFRESH, refreshToken=session["refreshToken"])
    lifetimes = await superuser.fetch(
        "select extract(epoch from expires_at - created_at)::float8 as seconds from private.refresh_tokens"
    )
    assert [row["seconds"] for row in lifetimes] == [accounts.settings.refresh_token_lifetime] * 2


async def test_logging_out_ends_the_session_and_no_other(accounts: Accounts) -> None:
    session = await accounts.session(SIGN_UP, username="ada", password=PASSWORD)
    other = await accounts.session(LOG_IN, username="ada", password=PASSWORD)
    assert await accounts.ask(LOG_OUT, refreshToken=session["refreshToken"]) == ({"loggedOut": True}, [])
    assert await accounts.ask(LOG_OUT, refreshToken=session["refreshToken"]) == ({"loggedOut": False}, [])
    assert not await accounts.refreshes(session["refreshToken"])
    assert await accounts.refreshes(other["refreshToken"])


async def test_a_browser_keeps_its_refresh_token_where_no_script_reads_it(accounts: Accounts) -> None:
    accounts.visit = Visited("192.0.2.1")
    session = await accounts.session(SIGN_UP, username="ada", password=PASSWORD, cookie=True)
    assert session["refreshToken"] is None
    value, lifetime = accounts.visit.kept[COOKIE]
    assert lifetime == accounts.settings.refresh_token_lifetime
    accounts.visit = Visited("192.0.2.1")
    accounts.visit.cookies[COOKIE] = value
    refreshed = await accounts.session(REFRESH)
    assert refreshed["refreshToken"] is None
    assert refreshed["user"] == session["user"]
    successor, _ = accounts.visit.kept[COOKIE]
    assert successor != value
    accounts.visit = Visited("192.0.2.1")
    accounts.visit.cookies[COOKIE] = successor
    assert await accounts.ask(LOG_OUT) == ({"loggedOut": True}, [])
    assert accounts.visit.kept == {COOKIE: ("", 0)}
    assert not await accounts.refreshes(successor)


async def test_a_cookie_that_does_not_hold_is_taken_away(accounts: Accounts) -> None:
    accounts.visit = Visited("192.0.2.1")
    accounts.visit.cookies[COOKIE] = "stale"
    assert (await accounts.error(REFRESH))["extensions"]["code"] == "REFRESH_TOKEN_INVALID"
    assert accounts.visit.kept == {COOKIE: ("", 0)}


async def test_without_a_token_there_is_nothing_to_refresh(accounts: Accounts) -> None:
    assert (await accounts.error(REFRESH))["extensions"]["code"] == "REFRESH_TOKEN_INVALID"
    assert await accounts.ask(LOG_OUT) == ({"loggedOut": False}, [])


async def test_a_session_tells_its_device(accounts: Accounts, superuser: asyncpg.Connection) -> None:
    accounts.visit = Visited("2001:db8::1", user_agent="Mozilla\x07/5.0 " + "x" * 500)
    session = await accounts.session(SIGN_UP, username="ada", password=PASSWORD)
    [row] = await superuser.fetch("select id::text, device, host(address) as address from threads.sessions")
    assert (row["device"], row["address"]) == (("Mozilla/5.0 " + "x" * 500)[:200], "2001:db8::1")
    caller = await accounts.verifier.caller("Bearer " + session["accessToken"])
    assert json.loads(caller.claims)["sid"] == row["id"]
    accounts.visit = Visited("192.0.2.7")
    await accounts.session(REFRESH, refreshToken=session["refreshToken"])
    assert await superuser.fetchval("select host(address) from threads.sessions") == "192.0.2.7"


async def test_changing_the_password_ends_the_other_sessions(accounts: Accounts) -> None:
    own = await accounts.session(SIGN_UP, username="ada", password=PASSWORD)
    other = await accounts.session(LOG_IN, username="ada", password=PASSWORD)
    bob = await accounts.session(SIGN_UP, username="bob", password=PASSWORD)
    accounts.caller = await accounts.verifier.caller("Bearer " + own["accessToken"])
    new = "a better horse"
    payload, errors = await accounts.ask(CHANGE_PASSWORD, currentPassword=PASSWORD, newPassword=new)
    assert (payload["user"]["id"], errors) == (own["user"]["id"], [])
    assert not await accounts.refreshes(other["refreshToken"])
    assert await accounts.refreshes(own["refreshToken"])
    assert await accounts.refreshes(bob["refreshToken"])
    assert (await accounts.error(LOG_IN, username="ada", password=PASSWORD))["extensions"]["code"] == (
        "INVALID_CREDENTIALS"
    )
    await accounts.session(LOG_IN, username="ada", password=new)


async def test_changing_the_password_needs_the_current_one(accounts: Accounts) -> None:
    async def refused(current: str, new: str) -> str:
        error = await accounts.error(CHANGE_PASSWORD, currentPassword=current, newPassword=new)
        code: str = error["extensions"]["code"]
        return code

    session = await accounts.session(SIGN_UP, username="ada", password=PASSWORD)
    assert await refused(PASSWORD, "a better horse") == "NOT_LOGGED_IN"
    accounts.caller = await accounts.verifier.caller("Bearer " + session["accessToken"])
    assert await refused("wrong horse", "a better horse") == "INVALID_CREDENTIALS"
    assert await refused(PASSWORD, "short") == "PASSWORD_TOO_SHORT"
    await accounts.session(LOG_IN, username="ada", password=PASSWORD)
