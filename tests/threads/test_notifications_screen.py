"""The notification screen: the operations of a front end, and what Postgres reads for a page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.api import Api, opened
from tests.scripts import SCRIPTS

from .conftest import CreateDatabase, Town
from .test_plans import explain

SCREEN = """
    query Notifications($first: Int = 20, $after: String, $filter: NotificationFilter) {
      viewer {
        unreadNotificationCount
        notifications(first: $first, after: $after, filter: $filter) {
          nodes {
            id
            kind
            isRead
            latestAt
            actorCount
            actors(first: 3) { nodes { createdAt user { username displayName avatarUrl } } }
            thread { id body author { username } }
          }
          pageInfo { hasNextPage endCursor }
        }
      }
    }
"""
TOLD = """
    set session_replication_role = replica;

    insert into threads.users (username, display_name)
    select 'user_' || i, 'User' from generate_series(1, 3000) as i;

    insert into threads.threads (author_id, body)
    select 1 + i % 2, 'text ' || i from generate_series(1, 12000) as i;

    insert into threads.notifications (user_id, thread_id, kind, latest_at, read_at)
    select 1, i, (array['reply', 'like', 'mention'])[1 + i % 3]::threads.notification_kind,
           timestamptz '2026-01-01' + i * interval '1 minute', case when i <= 9000 then now() end
      from generate_series(1, 12000) as i;

    insert into threads.notification_actors (notification_id, actor_id, user_id, thread_id, kind, created_at)
    select n.id, 2 + (n.id + a) % 2900, 1, n.thread_id, n.kind, n.latest_at + a * interval '1 second'
      from threads.notifications as n, generate_series(1, case n.kind when 'like' then 30 else 1 end) as a;

    insert into threads.notification_actors (notification_id, actor_id, user_id, thread_id, kind)
    select 11999, i, 1, 11999, 'like' from generate_series(100, 2900) as i
    on conflict do nothing;

    insert into threads.mutes (muter_id, muted_id) select 1, i from generate_series(200, 250) as i;

    set session_replication_role = default;
    analyze;
"""
SETTINGS: dict[str, Any] = {
    "schemas": ("threads",),
    "anonymous_role": "threads_anonymous",
    "authenticated_role": "threads_member",
    "jwt_secret": "a secret of the tests that is long enough",
}
ADA: dict[str, Any] = {"role": "threads_member", "claims": {"sub": "1"}}
GRACE: dict[str, Any] = {"role": "threads_member", "claims": {"sub": "2"}}


@pytest.fixture(scope="module")
async def told(create_database: CreateDatabase) -> AsyncIterator[Town]:
    """User 1 has 12,000 notifications, a quarter of them unread, of which one has 2,800 actors."""
    town = Town(await create_database(*SCRIPTS, TOLD))
    yield town
    await town.close()


@pytest.fixture(scope="module")
async def api(create_database: CreateDatabase) -> AsyncIterator[Api]:
    town = Town(await create_database(*SCRIPTS))
    ada, grace, linus = [await town.join(name) for name in ("ada", "grace", "linus")]
    thread = await ada.fetchval("select t.id from threads.create_thread('Notes on the engine') as t")
    await grace.execute("select threads.like_thread($1)", thread)
    await linus.execute("select threads.like_thread($1)", thread)
    await linus.execute("select threads.reply_to_thread($1, 'Tell us more.')", thread)
    await town.close()
    async with opened(town.url.replace("postgres@", "threads_gateway@"), **SETTINGS) as api:
        yield api


async def test_a_front_end_shows_pages_and_marks_them(api: Api) -> None:
    viewer = (await api.data(SCREEN, {"first": 1}, **ADA))["viewer"]
    assert viewer["unreadNotificationCount"] == 2
    [reply] = viewer["notifications"]["nodes"]
    assert (reply["kind"], reply["isRead"], reply["thread"]["body"]) == ("reply", False, "Tell us more.")
    assert [actor["user"]["username"] for actor in reply["actors"]["nodes"]] == ["linus"]
    after = viewer["notifications"]["pageInfo"]["endCursor"]
    viewer = (await api.data(SCREEN, {"first": 1, "after": after}, **ADA))["viewer"]
    [like] = viewer["notifications"]["nodes"]
    assert not viewer["notifications"]["pageInfo"]["hasNextPage"]
    assert (like["kind"], like["actorCount"], like["thread"]["body"]) == ("like", 2, "Notes on the engine")
    assert [actor["user"]["username"] for actor in like["actors"]["nodes"]] == ["linus", "grace"]
    tab = (await api.data(SCREEN, {"filter": {"kind": {"in": ["reply", "mention"]}}}, **ADA))["viewer"]
    assert [node["kind"] for node in tab["notifications"]["nodes"]] == ["reply"]

    mark = """
        mutation ($id: BigInt!) { markNotificationRead(input: { notificationId: $id }) { notification { isRead } } }
    """
    first = {"id": reply["id"]}
    assert await api.data(mark, first, **ADA) == {"markNotificationRead": {"notification": {"isRead": True}}}
    assert (await api.reply(mark, first, **GRACE)).code == "NOTIFICATION_NOT_FOUND"
    mark_all = """
        mutation ($seen: Datetime) {
          markNotificationsRead(input: { upTo: $seen }) { user { unreadNotificationCount } }
        }
    """
    too_early = await api.data(mark_all, {"seen": "2020-01-01T00:00:00Z"}, **ADA)
    assert too_early["markNotificationsRead"]["user"] == {"unreadNotificationCount": 1}
    marked = await api.data(mark_all, {"seen": reply["latestAt"]}, **ADA)
    assert marked["markNotificationsRead"]["user"] == {"unreadNotificationCount": 0}


async def test_others_see_nothing_of_them(api: Api) -> None:
    asked = """
        {
          users { nodes {
            username unreadNotificationCount notifications { totalCount } notificationPreferences { likes }
          } }
          notification(id: "1") { kind }
        }
    """
    data = await api.data(asked, **GRACE)
    assert data["notification"] is None
    assert {user["username"]: user["notificationPreferences"] for user in data["users"]["nodes"]} == {
        "ada": None,
        "grace": {"likes": "everyone"},
        "linus": None,
    }
    for user in data["users"]["nodes"]:
        assert (user["unreadNotificationCount"], user["notifications"]["totalCount"]) == (0, 0)
    assert (
        await api.reply("{ users { nodes { notifications { totalCount } } } }", role="threads_anonymous")
    ).code == "GRAPHQL_VALIDATION_FAILED"


async def test_preferences_are_changed_one_by_one(api: Api) -> None:
    change = """
        mutation ($likes: NotificationAudience, $follows: NotificationAudience) {
          updateNotificationPreferences(input: { likes: $likes, follows: $follows }) {
            notificationPreference { likes replies follows }
          }
        }
    """
    for variables, expected in (
        ({"likes": "followed"}, {"likes": "followed", "replies": "everyone", "follows": "everyone"}),
        ({"follows": "nobody"}, {"likes": "followed", "replies": "everyone", "follows": "nobody"}),
    ):
        data = await api.data(change, variables, **GRACE)
        assert data["updateNotificationPreferences"]["notificationPreference"] == expected


PAGE = """
    select n.kind, c, r
      from threads.notifications as n
     cross join lateral threads.notifications_actor_count(n) as c
     cross join lateral threads.notifications_is_read(n) as r
     where n.user_id = 1 and true
     order by n.latest_at desc, n.id desc
     limit 20
"""
PAGES = {
    "the first": "true",
    "a later one": "(n.latest_at, n.id) < ('2026-01-05', 6000)",
    "unread": "n.read_at is null",
}


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_reads_about_as_many_rows_as_it_shows(told: Town, page: str) -> None:
    ada = await told.member(1)
    plan = await explain(ada, PAGE.replace("true", PAGES[page]))
    [walk] = [node for node in plan if node.get("Alias") == "n"]
    assert walk["Node Type"] == "Index Scan"
    assert walk["Actual Rows"] + walk.get("Rows Removed by Filter", 0) <= 30
    actors = [node for node in plan if node.get("Relation Name") == "notification_actors"]
    assert len(actors) == 2
    assert all(node["Actual Rows"] <= 100 and node["Node Type"].startswith("Index") for node in actors)


async def test_counts_end_at_a_hundred(told: Town) -> None:
    ada = await told.member(1)
    count = "select c from threads.notifications as n, threads.notifications_actor_count(n) as c where n.id = 11999"
    assert await ada.fetchval(count) == 100
    unread = "select c from threads.users as u, threads.users_unread_notification_count(u) as c where u.id = 1"
    assert await ada.fetchval(unread) == 100
    plan = await explain(ada, unread)
    [walk] = [node for node in plan if node.get("Alias") == "n"]
    assert walk["Index Name"] == "notifications_unread_idx"
    assert walk["Actual Rows"] + walk.get("Rows Removed by Filter", 0) <= 110
