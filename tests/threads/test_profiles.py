"""Profiles: link, picture and privacy, by function and in plain SQL, as oneself and as another."""

from __future__ import annotations

import asyncpg
import pytest

from .conftest import Breaks, Connection, Town

PROFILE = "select u.link, u.avatar_url, u.is_private from threads.users as u where u.username = 'ada'"


async def profile(session: Connection) -> tuple[object, ...]:
    return tuple(await session.fetchrow(PROFILE))


async def test_what_is_left_out_stays_and_what_is_empty_goes(town: Town) -> None:
    ada, anonymous = await town.join("ada"), await town.anonymous()
    assert await profile(anonymous) == (None, None, False)
    await ada.execute("select threads.update_profile(link => ' HTTPS://Ada.example/a?b#c ')")
    await ada.execute(
        "select threads.update_profile(avatar_url => 'http://ada.example:8080/ä.png', is_private => true)"
    )
    assert await profile(anonymous) == ("https://Ada.example/a?b#c", "http://ada.example:8080/ä.png", True)
    await ada.execute("select threads.update_profile(bio => 'x')")
    await ada.execute("select threads.update_profile(link => '')")
    assert await profile(anonymous) == (None, "http://ada.example:8080/ä.png", True)
    await ada.execute("update threads.users set avatar_url = '  ', is_private = false")
    assert await profile(anonymous) == (None, None, False)


NO_ADDRESSES = (
    "ada.example",
    "javascript:alert(1)",
    "javascript://ada.example/%0aalert(1)",
    "data:text/html,x",
    "ftp://ada.example",
    "//ada.example",
    "https://",
    "https://ada",
    "https://.example",
    "https:///ada.example",
    "https://bank.example@evil.example",
    "https://ada:secret@evil.example",
    'https://ada.example/"onmouseover="alert(1)',
    "https://ada.example/<script>",
    "https://ada.example/a b",
    "https://ada.example/\u202egnp.exe",
    "https://ada.example/\u200bx",
    "https://ada.example\\@evil.example",
    "https://ada.example/a\nb",
    "https://ada.example/\x01",
    "https://ada.example/" + "x" * 600,
)


async def test_an_address_that_is_none_is_refused_in_both_places(town: Town, breaks: Breaks) -> None:
    ada = await town.join("ada")
    statements = {
        "link": ("select threads.update_profile(link => $1)", "update threads.users set link = $1"),
        "avatar_url": ("select threads.update_profile(avatar_url => $1)", "update threads.users set avatar_url = $1"),
    }
    for address in NO_ADDRESSES:
        for column, both in statements.items():
            for statement in both:
                with breaks(f"{column}_invalid", "web address", column):
                    await ada.execute(statement, address)


async def test_what_a_name_to_show_cannot_do(town: Town) -> None:
    """Turn the text around it, or break its line."""
    ada = await town.join("ada")
    await ada.execute("select threads.update_profile(display_name => $1)", "Ada\u202e\n\x07Lovelace\u2066")
    assert await ada.fetchval("select v.display_name from threads.viewer() as v") == "Ada Lovelace"


async def test_who_becomes_public_lets_in_who_asked(town: Town) -> None:
    ada, bob, carla = await town.join("ada"), await town.join("bob"), await town.join("carla")
    await ada.execute("select threads.update_profile(is_private => true)")
    for session in (bob, carla):
        await session.execute("select threads.follow_user('ada')")
    follows = "select count(*) from threads.follows"
    assert await ada.fetchval(follows) == 0
    await ada.execute("select threads.update_profile(bio => 'x', is_private => true)")
    assert await ada.fetchval(follows) == 0
    await ada.execute("update threads.users set is_private = false")
    assert await ada.fetchval(follows) == 2
    assert await ada.fetchval("select count(*) from threads.follow_requests") == 0
    assert await bob.fetchval("select c from threads.viewer() as v, threads.users_following_count(v) as c") == 1
    await ada.execute("select threads.update_profile(is_private => true)")
    assert await ada.fetchval(follows) == 2


async def test_nobody_changes_the_profile_or_the_account_of_another(town: Town) -> None:
    ada = await town.join("ada")
    bob = await town.sign_up("bob")
    for statement in (
        "update threads.users set link = 'https://evil.example' where id = $1",
        "update threads.users set avatar_url = 'https://evil.example' where id = $1",
        "update threads.users set is_private = true where id = $1",
    ):
        assert await ada.execute(statement, bob) == "UPDATE 0"
    for statement in (
        "update threads.users set deactivated_at = null",
        "update threads.users set follower_count = 7",
        "update threads.accounts set email = 'ada@example.com'",
        "insert into threads.accounts (user_id, email) values (99, 'ada@example.com')",
        "delete from threads.accounts",
        "delete from threads.users",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await ada.execute(statement)
