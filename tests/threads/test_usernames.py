"""Usernames: who gets which, who gives one up, and attempts to get the name of another."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from .conftest import Breaks, Connection, Town

CHANGE = "select u.username from threads.change_username($1) as u"
UPDATE = "update threads.users set username = $1"
CREATE = "select username from private.create_account($1, null, 'a hash')"


async def later(town: Town, days: int) -> None:
    await (await town.superuser()).execute(
        "update private.held_usernames set held_until = held_until - make_interval(days => $1)", days
    )


async def test_a_username_is_changed_in_any_case(town: Town) -> None:
    ada = await town.join("ada")
    assert await ada.fetchval(CHANGE, " Ada.Lovelace ") == "ada.lovelace"
    # Who chose no name to show is shown by the new one.
    assert await ada.fetchval("select v.display_name from threads.viewer() as v") == "ada.lovelace"
    await ada.execute("select threads.update_profile(display_name => 'Ada')")
    await ada.execute("select threads.change_username('countess')")
    assert await ada.fetchval("select v.display_name from threads.viewer() as v") == "Ada"


@pytest.mark.parametrize(
    "name",
    ["admin", "ADMIN", "admin_", "_a.d_m_i_n_", "adm1n", "4dmin", "supp0rt", "api", "threads", "Graph_QL", "m.e"],
)
async def test_reserved_names_and_what_looks_like_them(town: Town, breaks: Breaks, name: str) -> None:
    ada, auth = await town.join("ada"), await town.role("threads_auth")
    for session, statement in ((auth, CREATE), (ada, CHANGE), (ada, "update threads.users set username = $1")):
        with breaks("username_reserved", "is reserved.", "username"):
            await session.execute(statement.replace("$1", f"'{name}'"))


@pytest.mark.parametrize("name", [".ada", "ada.", "ada..l", "...", "ada. ."])
async def test_dots_do_not_make_another_name_of_one(town: Town, breaks: Breaks, name: str) -> None:
    bob, auth = await town.join("bob"), await town.role("threads_auth")
    for session, statement in ((auth, CREATE), (bob, CHANGE), (bob, "update threads.users set username = $1")):
        with breaks("username_invalid", "A username", "username"):
            await session.execute(statement.replace("$1", f"'{name}'"))


async def test_who_has_such_a_name_from_before_keeps_it(town: Town) -> None:
    superuser = await town.superuser()
    await superuser.execute("alter table threads.users disable trigger user")
    user_id = await superuser.fetchval(
        "insert into threads.users (username, display_name) values ('admin.', 'x') returning id"
    )
    await superuser.execute("alter table threads.users enable trigger user")
    member = await town.member(user_id)
    await member.execute("select threads.update_profile(bio => 'still here')")
    assert await member.fetchval("select v.username from threads.viewer() as v") == "admin."


async def test_operators_reserve_more(town: Town, breaks: Breaks) -> None:
    auth, superuser = await town.role("threads_auth"), await town.superuser()
    await superuser.execute("insert into private.reserved_usernames (username) values ('mayor')")
    try:
        with breaks("username_reserved", 'The username "m4yor" is reserved.', "username"):
            await auth.execute(CREATE, "M4yor")
    finally:
        await superuser.execute("delete from private.reserved_usernames where username = 'mayor'")
    assert await auth.fetchval(CREATE, "mayor") == "mayor"


async def test_a_name_that_was_given_up_is_its_owners_for_thirty_days(town: Town, breaks: Breaks) -> None:
    ada, bob, auth = await town.join("ada"), await town.join("bob"), await town.role("threads_auth")
    await ada.execute(CHANGE, "countess")
    for session, statement in ((auth, CREATE), (bob, CHANGE), (bob, UPDATE)):
        with breaks("username_taken", 'The username "ada" is taken.', "username"):
            await session.fetchval(statement, "ADA")
    assert await ada.fetchval(CHANGE, "ada") == "ada"
    assert await ada.fetchval(CHANGE, "countess") == "countess"
    await later(town, 30)
    assert await bob.fetchval(CHANGE, "ada") == "ada"
    with breaks("username_taken", 'The username "ada" is taken.', "username"):
        await ada.fetchval(CHANGE, "ada")


async def test_two_changes_in_thirty_days_and_any_way_back(town: Town, breaks: Breaks) -> None:
    ada = await town.join("ada")
    for name in ("ada_1", "ada", "ada_1", "ada_2"):
        await ada.execute(CHANGE, name)
    for statement in (CHANGE, UPDATE):
        with breaks("username_changed_too_often", "2 times in the last 30 days. You can again after 2", "username"):
            await ada.execute(statement, "ada_3")
    for name in ("ada", "ada_1", "ada_2"):
        await ada.execute(CHANGE, name)
    held = "select count(*) from private.held_usernames"
    assert await (await town.superuser()).fetchval(held) == 2
    await later(town, 30)
    await ada.execute(CHANGE, "ada_3")
    assert await (await town.superuser()).fetchval(held) == 1  # and the others are swept


async def test_of_many_who_want_a_name_at_once_one_gets_it(town: Town) -> None:
    members = [await town.join(f"user_{number}x") for number in range(4)]
    newcomers = [await town.role("threads_auth") for _ in range(4)]
    results = await asyncio.gather(
        *(member.fetchval(CHANGE, "ada") for member in members),
        *(newcomer.fetchval(CREATE, "Ada") for newcomer in newcomers),
        return_exceptions=True,
    )
    assert results.count("ada") == 1
    refused = [result.constraint_name for result in results if isinstance(result, asyncpg.RaiseError)]
    assert refused == ["username_taken"] * 7


async def test_nobody_slips_in_while_a_name_is_given_up(town: Town, breaks: Breaks) -> None:
    ada, auth = await town.join("ada"), await town.role("threads_auth")
    giving_up = ada.transaction()
    await giving_up.start()
    await ada.execute(CHANGE, "countess")
    waiting = asyncio.create_task(auth.fetchval(CREATE, "ada"))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    await giving_up.commit()
    with breaks("username_taken", 'The username "ada" is taken.', "username"):
        await waiting


async def test_two_who_swap_names_do_not_wait_for_each_other_forever(town: Town) -> None:
    ada, bob = await town.join("ada"), await town.join("bob")
    results = await asyncio.gather(ada.fetchval(CHANGE, "bob"), bob.fetchval(CHANGE, "ada"), return_exceptions=True)
    assert all(isinstance(result, asyncpg.RaiseError) for result in results)


async def test_nobody_renames_another(town: Town) -> None:
    ada = await town.join("ada")
    bob = await town.sign_up("bob")
    with pytest.raises(asyncpg.RaiseError):  # it would be all that they may change: their own
        await ada.execute("update threads.users set username = 'bob'")
    assert await ada.execute("update threads.users set username = 'x_x' where id = $1", bob) == "UPDATE 0"


@pytest.mark.parametrize("table", ["reserved_usernames", "held_usernames", "erasures"])
async def test_no_role_reads_what_is_reserved_and_held(town: Town, table: str) -> None:
    sessions: list[Connection] = [await town.join("ada"), await town.anonymous(), await town.role("threads_auth")]
    for session in sessions:
        for verb in ("table", "delete from", "truncate"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await session.execute(f"{verb} private.{table}")


async def test_operators_rename_without_a_limit(town: Town) -> None:
    ada = await town.sign_up("ada")
    superuser = await town.superuser()
    for number in range(4):
        await superuser.execute(
            "update threads.users set username = 'ada_' || $2::text where id = $1", ada, str(number)
        )
