"""Everybody gets all that is kept of them, and nobody anything that is kept of others."""

from __future__ import annotations

import json

import asyncpg
import pytest

from .conftest import Breaks, Connection, Town
from .lives import CANARY, EMAIL, live

EXPORTED = {
    "accounts": "account",
    "blocks": "blocks",
    "bookmarks": "bookmarks",
    "drafts": "drafts",
    "follow_requests": "sentFollowRequests",
    "follows": "following",
    "likes": "likes",
    "muted_words": "mutedWords",
    "mutes": "mutes",
    "notification_preferences": "notificationPreferences",
    "notifications": "notifications",
    "poll_votes": "pollVotes",
    "reports": "reports",
    "reposts": "reposts",
    "sessions": "sessions",
    "suspensions": "suspensions",
    "threads": "threads",
}
"""Tables that refer to users, and under what they are in the export."""
NOT_EXPORTED = {
    "private.credentials": "the hash of a password is of use to nobody but those who would guess it",
    "private.erasures": "of accounts that are deleted",
    "private.held_usernames": "holds digests of names, which tell nothing",
    "private.moderators": "what one may do, and nothing that one did: viewerIsModerator tells it",
    "private.walls": "tells who blocks one, which is theirs to know; one's own blocks are in the export",
    "threads.mentions": "where others name one, in what they wrote",
    "threads.notification_actors": "who did what notifications tell: under notifications",
    "threads.report_cases": "what others reported of one, in confidence",
    "threads.text_entities": "where others name one, in what they wrote",
}


async def my_data(session: Connection) -> dict[str, object]:
    data = json.loads(await session.fetchval("select threads.my_data()"))
    assert isinstance(data, dict)
    return data


async def test_each_table_that_refers_to_users_is_exported_or_has_a_reason(town: Town) -> None:
    rows = await (await town.superuser()).fetch("""
        select distinct k.conrelid::regclass::text as name
          from pg_constraint as k
         where k.contype = 'f'
           and k.confrelid = 'threads.users'::regclass
    """)
    assert {row["name"] for row in rows} == {f"threads.{table}" for table in EXPORTED} | NOT_EXPORTED.keys()


async def test_all_of_it_is_there(town: Town) -> None:
    life = await live(town)
    data = await my_data(life.session)
    assert [part for part, value in data.items() if not value] == []
    assert set(EXPORTED.values()) <= data.keys()
    text = json.dumps(data)
    for known in (
        EMAIL,
        "Canary Bird",
        "https://canary.example/a.png",
        "canary, alone #canarytag",
        "canary, once more",
        "https://canary.example/1.png",
        "a canary to be",
        "which canary?",
        "a canary quotes",
        "says a canary",
        "canaryword",
        "Canary 1.0",
        "192.0.2.1",
        '"grace"',
    ):
        assert known in text, known


async def test_nobody_exports_another(town: Town, breaks: Breaks) -> None:
    life = await live(town)
    assert CANARY not in json.dumps((await my_data(life.friend))["account"])
    others = json.dumps(await my_data(await town.join("zoe")))
    assert CANARY not in others
    assert "a hash" not in json.dumps(await my_data(life.session))
    # The two follow each other: nothing else of the friend's names the other.
    friends = await my_data(life.friend)
    text = json.dumps({part: value for part, value in friends.items() if part not in ("following", "followers")})
    assert CANARY not in text
    with breaks("not_logged_in", "You need to log in first."):
        await (await town.anonymous()).fetchval("select threads.my_data()")


async def test_a_moderator_exports_their_own_data_alone(town: Town) -> None:
    life = await live(town)
    moderator = await town.role("threads_moderator")
    await moderator.execute(
        "select set_config('request.jwt.claims', $1, false)", json.dumps({"sub": str(life.id), "role": "x"})
    )
    own, same = await my_data(life.session), await my_data(moderator)
    assert {**own, "exportedAt": None} == {**same, "exportedAt": None}


@pytest.mark.parametrize("state", ["deactivated", "deleted"])
async def test_whoever_left_exports_nothing(town: Town, breaks: Breaks, state: str) -> None:
    life = await live(town)
    auth = await town.role("threads_auth")
    verb = {"deactivated": "deactivate_account", "deleted": "delete_account"}[state]
    assert await auth.fetchval(f"select private.{verb}($1, 'a hash')", life.id)
    with breaks("not_logged_in", "You need to log in first."):
        await life.session.fetchval("select threads.my_data()")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await life.session.fetchval("select * from private.credentials")
