"""Signing up and logging in: the functions that only the hand-written resolvers call."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from .conftest import Breaks, Connection, Town


@pytest.fixture
async def auth(town: Town) -> Connection:
    return await town.role("threads_auth")


async def create(auth: Connection, username: str | None, display_name: str | None = None) -> asyncpg.Record:
    record = await auth.fetchrow("select * from private.create_account($1, $2, 'a hash')", username, display_name)
    assert isinstance(record, asyncpg.Record)
    return record


async def test_sign_up_keeps_the_username_in_lower_case_and_shows_it(town: Town, auth: Connection) -> None:
    account = await create(auth, "  Ada_L.1 ")
    assert account["username"] == "ada_l.1"
    anonymous = await town.anonymous()
    row = await anonymous.fetchrow("select username, display_name, bio, thread_count from threads.users")
    assert tuple(row) == ("ada_l.1", "ada_l.1", "", 0)


async def test_sign_up_takes_a_display_name(town: Town, auth: Connection) -> None:
    await create(auth, "ada", " Ada Lovelace\u00a0")
    anonymous = await town.anonymous()
    assert await anonymous.fetchval("select display_name from threads.users") == "Ada Lovelace"


@pytest.mark.parametrize(
    "username", [None, "", "ab", "a" * 31, "ada lovelace", "adä", "ada-l", "ada\n;drop", "ada\x0b1"]
)
async def test_a_username_of_another_form_is_refused(auth: Connection, breaks: Breaks, username: str | None) -> None:
    with breaks("username_invalid", "3 to 30 characters", "username"):
        await create(auth, username)


@pytest.mark.parametrize("username", ["abc", "a" * 30, "0.9", "___"])
async def test_a_username_at_the_bounds_is_taken(auth: Connection, username: str) -> None:
    assert (await create(auth, username))["username"] == username


async def test_a_username_is_taken_in_any_case(auth: Connection, breaks: Breaks) -> None:
    await create(auth, "ada")
    with breaks("username_taken", 'The username "ada" is taken.', "username"):
        await create(auth, "ADA")


async def test_one_of_many_gets_a_username_that_all_want_at_once(town: Town) -> None:
    sessions = [await town.role("threads_auth") for _ in range(8)]
    results = await asyncio.gather(*(create(session, "ada") for session in sessions), return_exceptions=True)
    refused = [result for result in results if isinstance(result, asyncpg.RaiseError)]
    assert len(refused) == 7
    superuser = await town.superuser()
    assert await superuser.fetchval("select count(*) from private.credentials") == 1


async def test_a_display_name_over_50_characters_is_refused(auth: Connection, breaks: Breaks) -> None:
    with breaks("display_name_too_long", "this one has 51", "display_name"):
        await create(auth, "ada", "é" * 51)


async def test_sign_up_without_a_hash_is_refused_and_leaves_nothing(
    town: Town, auth: Connection, breaks: Breaks
) -> None:
    with breaks("password_required", "A password is required.", "password"):
        await auth.fetchrow("select * from private.create_account('ada', null, '')")
    anonymous = await town.anonymous()
    assert await anonymous.fetchval("select count(*) from threads.users") == 0


async def test_credentials_are_found_by_the_username_in_any_case(auth: Connection) -> None:
    account = await create(auth, "ada")
    found = await auth.fetchrow("select * from private.find_credentials(' ADA')")
    assert tuple(found) == (account["user_id"], "ada", "a hash")
    assert await auth.fetch("select * from private.find_credentials('grace')") == []


async def test_a_hash_is_replaced_unless_it_changed_in_between(auth: Connection) -> None:
    account = await create(auth, "ada")
    replace = "select private.replace_password_hash($1, $2, $3)"
    assert await auth.fetchval(replace, account["user_id"], "another hash", "a better hash") is False
    assert await auth.fetchval(replace, account["user_id"], "a hash", "a better hash") is True
    assert await auth.fetchval("select password_hash from private.find_credentials('ada')") == "a better hash"


EMAIL = "ada@example.com"
ACCOUNTS = "select email from threads.accounts"


async def create_with(auth: Connection, username: str, email: str | None) -> int:
    user_id = await auth.fetchval("select user_id from private.create_account($1, null, 'a hash', $2)", username, email)
    assert isinstance(user_id, int)
    return user_id


async def test_an_email_address_is_kept_in_lower_case_and_seen_by_its_owner_alone(town: Town, auth: Connection) -> None:
    ada = await town.member(await create_with(auth, "ada", " Ada@Example.COM "))
    assert [row[0] for row in await ada.fetch(ACCOUNTS)] == [EMAIL]
    bob = await town.join("bob")
    assert [row[0] for row in await bob.fetch(ACCOUNTS)] == [None]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await (await town.anonymous()).fetch(ACCOUNTS)
    for statement in (
        "select from threads.accounts where email = $1",
        "select from threads.accounts where email >= $1",
    ):
        assert await bob.fetch(statement, EMAIL) == []


async def test_credentials_are_found_by_the_email_address_too(auth: Connection) -> None:
    ada = await create_with(auth, "ada", EMAIL)
    await create_with(auth, "example.com", None)
    for name in (EMAIL, " ADA@example.com", "ada"):
        assert tuple(await auth.fetchrow("select * from private.find_credentials($1)", name)) == (ada, "ada", "a hash")
    for name in ("bob@example.com", "@example.com", "ada@", "", "%"):
        assert await auth.fetch("select * from private.find_credentials($1)", name) == []


@pytest.mark.parametrize(
    "email",
    [
        "ada",
        "ada@",
        "@example.com",
        "ada@example",
        "ada@@example.com",
        "a da@example.com",
        "ada@exam ple.com",
        "ada@example.",
        "ada@.c",
        "ada\x01@example.com",
        "x" * 250 + "@example.com",
        "ada@example.com\nbob@example.com",
    ],
)
async def test_an_email_address_of_another_form_is_refused(
    town: Town, auth: Connection, breaks: Breaks, email: str
) -> None:
    with breaks("email_invalid", "That is no e-mail address", "email"):
        await create_with(auth, "ada", email)
    ada = await town.sign_up("ada")
    with breaks("email_invalid", "That is no e-mail address", "email"):
        await auth.execute("select private.change_email($1, 'a hash', $2)", ada, email)


async def test_an_email_address_is_one_accounts(auth: Connection, breaks: Breaks) -> None:
    await create_with(auth, "ada", EMAIL)
    with breaks("email_taken", "Another account has that e-mail address.", "email"):
        await create_with(auth, "bob", "ADA@example.com")
    # Nothing of the account is left, and a taken name is told first: each address that is tried costs a name.
    bob = await create_with(auth, "bob", None)
    with breaks("username_taken", 'The username "bob" is taken.', "username"):
        await create_with(auth, "bob", EMAIL)
    with breaks("email_taken", "Another account has that e-mail address.", "email"):
        await auth.execute("select private.change_email($1, 'a hash', $2)", bob, EMAIL)


async def test_an_email_address_is_changed_and_taken_away(town: Town, auth: Connection) -> None:
    user_id = await create_with(auth, "ada", EMAIL)
    ada = await town.member(user_id)
    change = "select private.change_email($1, 'a hash', $2)"
    for email in (EMAIL, "new@example.com", None):
        assert await auth.fetchval(change, user_id, email) is True
        assert await ada.fetchval(ACCOUNTS) == email
    await create_with(auth, "bob", EMAIL)


async def test_of_two_who_want_an_email_address_at_once_one_gets_it(town: Town) -> None:
    sessions = [await town.role("threads_auth") for _ in range(4)]
    results = await asyncio.gather(
        *(create_with(session, f"user_{number}x", EMAIL) for number, session in enumerate(sessions)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, int) for result in results) == 1
    refused = [result.constraint_name for result in results if isinstance(result, asyncpg.RaiseError)]
    assert refused == ["email_taken"] * 3
