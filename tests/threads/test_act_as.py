"""Administrators in psql: acting as a user for one transaction."""

from __future__ import annotations

import asyncpg
import pytest

from .conftest import Breaks, Connection, Town


@pytest.fixture
async def admin(town: Town) -> Connection:
    """A log-in role of an administrator's own, as an operator would make it."""
    superuser = await town.superuser()
    await superuser.execute("""
        do $$
        begin
          if not exists (select from pg_roles where rolname = 'an_administrator') then
            create role an_administrator login;
            grant threads_admin to an_administrator;
          end if;
        end
        $$
    """)
    return await town.connect("an_administrator")


async def test_the_session_is_the_user_until_the_transaction_ends(town: Town, admin: Connection) -> None:
    ada = await town.sign_up("ada")
    async with admin.transaction():
        assert await admin.fetchval("select threads.act_as('Ada')") == f"ada (threads_member, id {ada})"
        assert await admin.fetchval("select current_user") == "threads_member"
        assert await admin.fetchval("select v.id from threads.viewer() as v") == ada
        assert await admin.fetchval("select t.author_id from threads.create_thread('as Ada') as t") == ada
    assert await admin.fetchval("select current_user") == "an_administrator"
    assert await admin.fetchval("select threads.viewer_id()") is None


async def test_the_user_may_do_no_more_than_through_the_api(town: Town, admin: Connection, breaks: Breaks) -> None:
    await town.sign_up("ada")
    grace = await town.join("grace")
    thread = await grace.fetchval("select t.id from threads.create_thread('hers') as t")
    async with admin.transaction():
        await admin.execute("select threads.act_as('ada')")
        with breaks("not_your_thread", "You can delete only what you wrote yourself.", "thread_id"):
            async with admin.transaction():
                await admin.execute("select threads.delete_thread($1)", thread)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with admin.transaction():
                await admin.execute("select threads.act_as('grace')")


async def test_without_a_name_it_is_somebody_who_is_not_logged_in(admin: Connection, breaks: Breaks) -> None:
    async with admin.transaction():
        assert await admin.fetchval("select threads.act_as()") == "nobody (threads_anonymous)"
        assert await admin.fetchval("select current_user") == "threads_anonymous"
        with breaks("not_logged_in", "You need to log in first."):
            async with admin.transaction():
                await admin.execute("select threads.create_thread('x')")


async def test_outside_a_transaction_it_says_that_it_will_not_last(town: Town, admin: Connection) -> None:
    await town.sign_up("ada")
    said: list[str] = []
    admin.add_log_listener(lambda _, message: said.append(message.message))
    await admin.execute("select threads.act_as('ada')")
    assert said == ["This lasts to the end of the transaction: type begin first."]
    assert await admin.fetchval("select current_user") == "an_administrator"


async def test_an_unknown_name_is_said_to_be_one(admin: Connection, breaks: Breaks) -> None:
    with breaks("user_not_found", 'There is no user "nobody".', "username"):
        await admin.execute("select threads.act_as('nobody')")


async def test_administrators_do_not_get_round_the_rules_as_themselves(town: Town, admin: Connection) -> None:
    await town.sign_up("ada")
    assert await admin.execute("update threads.users set bio = 'x'") == "UPDATE 0"
    for statement in ("select * from private.credentials", "delete from threads.users", "set role threads_owner"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await admin.execute(statement)


async def test_who_acts_as_whom_is_logged(town: Town, admin: Connection) -> None:
    ada = await town.sign_up("ada")
    said: list[str] = []
    admin.add_log_listener(lambda _, message: said.append(message.message))
    superuser = await town.superuser()
    # The log outlives the people of other tests.
    last = await superuser.fetchval("select coalesce(max(id), 0) from private.administration_actions")
    logged = "select action, done_by, username from admin.actions where id > $1 order by id"
    await admin.execute("set client_min_messages = log")
    async with admin.transaction(readonly=True):
        await admin.execute("select threads.act_as('ada')")
        assert await admin.fetchval("select v.id from threads.viewer() as v") == ada
    assert await superuser.fetch(logged, last) == []
    async with admin.transaction():
        await admin.execute("select threads.act_as('ada')")
        await admin.execute("select threads.create_thread('as Ada')")
    assert await superuser.fetch(logged, last) == [("act_as", "an_administrator", "ada")]
    assert said == [f"an_administrator acts as user {ada}"] * 2
