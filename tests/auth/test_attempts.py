"""How often somebody may try to log in, sign up or refresh: by account and by address, for all processes together."""

from __future__ import annotations

import asyncio
import hashlib

import asyncpg
import pytest

from tests.auth.conftest import CHANGE_PASSWORD, LOG_IN, PASSWORD, REFRESH, SIGN_UP, Accounts, Visited


async def turns(superuser: asyncpg.Connection, action: str, account: str | None, address: str | None) -> float:
    """Seconds to wait; 0 when a turn was taken."""
    digests = [None if name is None else hashlib.sha256(name.encode()).digest() for name in (account, address)]
    return float(await superuser.fetchval("select private.take_turns($1, $2, $3)", action, *digests))


async def in_a_row(superuser: asyncpg.Connection, names: list[str | None], address: str) -> list[float]:
    """What each of them has to wait who log in from an address, one after the other, before a turn comes back."""
    waits = await superuser.fetchval(
        """
        select array_agg(private.take_turns('log_in', sha256(n.name::bytea), sha256($2::text::bytea)) order by n.place)
          from unnest($1::text[]) with ordinality as n (name, place)
        """,
        names,
        address,
    )
    return list(waits)


async def later(superuser: asyncpg.Connection, seconds: float) -> None:
    await superuser.execute("update private.attempts set full_at = full_at - make_interval(secs => $1)", seconds)


async def test_an_account_has_ten_tries_and_then_one_a_minute(
    accounts: Accounts, superuser: asyncpg.Connection
) -> None:
    await accounts.session(SIGN_UP, username="ada", password=PASSWORD)
    await accounts.session(SIGN_UP, username="bob", password=PASSWORD)
    for _ in range(9):
        assert await turns(superuser, "log_in", "ada", None) == 0
    error = await accounts.error(LOG_IN, username="ADA ", password="wrong")
    assert error["extensions"]["code"] == "INVALID_CREDENTIALS"
    # The right password is no way round it, or guessing would go on.
    error = await accounts.error(LOG_IN, username="ada", password=PASSWORD)
    assert error["extensions"]["code"] == "TOO_MANY_ATTEMPTS"
    assert 1 < error["extensions"]["retryAfter"] <= 60
    assert error["message"] == f"Too many attempts. Try again in {error['extensions']['retryAfter']} seconds."
    await accounts.session(LOG_IN, username="bob", password=PASSWORD)
    await later(superuser, 60)
    await accounts.session(LOG_IN, username="ada", password=PASSWORD)
    # The right password gave all of them back.
    assert [await turns(superuser, "log_in", "ada", None) == 0 for _ in range(11)] == [True] * 10 + [False]


async def test_all_spellings_of_a_name_are_one_account(accounts: Accounts, superuser: asyncpg.Connection) -> None:
    await accounts.session(SIGN_UP, username="dinika", password=PASSWORD)
    # Postgres finds the account by each of these.
    names = ("dinika", "DINIKA ", "d\u0130n\u0130ka", "dini\u212aa")
    for name in names:
        await accounts.session(LOG_IN, username=name, password=PASSWORD)
    for _ in range(10):
        assert await turns(superuser, "log_in", "dinika", None) == 0
    for name in names:
        error = await accounts.error(LOG_IN, username=name, password=PASSWORD)
        assert error["extensions"]["code"] == "TOO_MANY_ATTEMPTS"


async def test_tries_by_name_and_by_email_do_not_tell_that_the_two_belong_together(
    accounts: Accounts, superuser: asyncpg.Connection
) -> None:
    await accounts.session(SIGN_UP, username="ada", password=PASSWORD, email="ada@example.com")
    for _ in range(10):
        assert await turns(superuser, "log_in", "ada@example.com", None) == 0
    error = await accounts.error(LOG_IN, username="ADA@example.com", password=PASSWORD)
    assert error["extensions"]["code"] == "TOO_MANY_ATTEMPTS"
    await accounts.session(LOG_IN, username="ada", password=PASSWORD)
    error = await accounts.error(LOG_IN, username="ada@example.com", password=PASSWORD)
    assert error["extensions"]["code"] == "TOO_MANY_ATTEMPTS"


async def test_an_address_has_turns_for_all_accounts_together(
    accounts: Accounts, superuser: asyncpg.Connection
) -> None:
    del accounts
    waits = await in_a_row(superuser, [f"user {number}" for number in range(110)], "192.0.2.1")
    assert sum(wait == 0 for wait in waits) == 100
    assert 0 < max(waits) <= 6
    assert await turns(superuser, "log_in", "user 1", "192.0.2.2") == 0
    await later(superuser, 12)
    assert [wait == 0 for wait in await in_a_row(superuser, [None] * 4, "192.0.2.1")] == [True, True, False, False]


async def test_an_account_that_has_no_turn_costs_its_address_one(
    accounts: Accounts, superuser: asyncpg.Connection
) -> None:
    del accounts
    for _ in range(30):
        await turns(superuser, "sign_up", "ada", "192.0.2.1")
    assert await turns(superuser, "sign_up", "bob", "192.0.2.1") > 0


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
async def test_a_network_of_ipv6_is_one(
    accounts: Accounts, superuser: asyncpg.Connection, first: str, second: str, together: bool
) -> None:
    for address in (first, second):
        accounts.visit = Visited(address)
        await accounts.error(LOG_IN, username="nobody", password="wrong")
    count = await superuser.fetchval("select count(*) from private.attempts where action = 'log_in by address'")
    assert count == (1 if together else 2)


async def test_changing_a_password_is_counted_and_gives_no_turns_to_a_name_like_ones_id(
    accounts: Accounts, superuser: asyncpg.Connection
) -> None:
    session = await accounts.session(SIGN_UP, username="ada", password=PASSWORD)
    for _ in range(10):
        assert await turns(superuser, "log_in", str(session["user"]["id"]), None) == 0
    accounts.caller = await accounts.verifier.caller("Bearer " + session["accessToken"])
    payload, errors = await accounts.ask(CHANGE_PASSWORD, currentPassword=PASSWORD, newPassword="a better horse")
    assert (payload["user"]["id"], errors) == (session["user"]["id"], [])
    assert await turns(superuser, "log_in", str(session["user"]["id"]), None) > 0
    for _ in range(10):
        assert await turns(superuser, "log_in", f"user {session['user']['id']}", None) == 0
    error = await accounts.error(CHANGE_PASSWORD, currentPassword=PASSWORD, newPassword="a better horse")
    assert error["extensions"]["code"] == "TOO_MANY_ATTEMPTS"


async def test_refreshing_has_a_limit_too(accounts: Accounts, superuser: asyncpg.Connection) -> None:
    session = await accounts.session(SIGN_UP, username="ada", password=PASSWORD)
    token = session["refreshToken"]
    token = (await accounts.session(REFRESH, refreshToken=token))["refreshToken"]
    await later(superuser, -28 * 10)  # as after 28 more, of which each would come back after ten seconds
    token = (await accounts.session(REFRESH, refreshToken=token))["refreshToken"]
    error = await accounts.error(REFRESH, refreshToken=token)
    assert error["extensions"]["code"] == "TOO_MANY_ATTEMPTS"
    assert 1 <= error["extensions"]["retryAfter"] <= 10


async def test_the_database_keeps_no_name_and_no_address(accounts: Accounts, superuser: asyncpg.Connection) -> None:
    """People type their password where the username belongs."""
    accounts.visit = Visited("192.0.2.1")
    await accounts.error(LOG_IN, username="my secret", password="wrong")
    kept = str([tuple(row) for row in await superuser.fetch("select * from private.attempts")])
    assert "secret" not in kept
    assert "192" not in kept


async def test_what_is_full_again_is_swept(accounts: Accounts, superuser: asyncpg.Connection) -> None:
    del accounts
    for number in range(20):
        await turns(superuser, "log_in", f"user {number}", None)
    await later(superuser, 3_600)
    for number in range(10):
        await turns(superuser, "log_in", f"new {number}", None)
    assert await superuser.fetchval("select count(*) from private.attempts") == 10


async def test_processes_share_the_limits(accounts: Accounts, superuser: asyncpg.Connection) -> None:
    """Over connections of their own, all at once: as many get a turn as there are."""
    connections = [await asyncpg.connect(accounts.url, user="postgres") for _ in range(4)]
    try:

        async def some(connection: asyncpg.Connection) -> int:
            return sum([await turns(connection, "log_in", "ada", "192.0.2.1") == 0 for _ in range(10)])

        assert sum(await asyncio.gather(*(some(connection) for connection in connections))) == 10
    finally:
        for connection in connections:
            await connection.close()


async def test_callers_on_this_machine_are_not_counted_by_address(
    accounts: Accounts, superuser: asyncpg.Connection
) -> None:
    for address in ("127.0.0.1", "::1"):
        accounts.visit = Visited(address)
        await accounts.error(LOG_IN, username="nobody", password="wrong")
    assert await superuser.fetchval("select count(*) from private.attempts where action like '%address'") == 0
    assert await superuser.fetchval("select count(*) from private.attempts where action = 'log_in by account'") == 1
