"""Follow requests, blocks, mutes and suggestions as a front end asks for them: an operation a screen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.api import Api, opened
from tests.scripts import SCRIPTS

from .conftest import CreateDatabase, Town

SETTINGS: dict[str, Any] = {
    "schemas": ("threads",),
    "anonymous_role": "threads_anonymous",
    "authenticated_role": "threads_member",
    "jwt_secret": "a secret of the tests that is long enough",
}

PROFILE = """
    query Profile($username: String!) {
      userByUsername(username: $username) {
        username displayName isPrivate followerCount followingCount
        viewerFollows viewerHasRequestedToFollow followsViewer hasRequestedToFollowViewer viewerHasMuted
        followersYouKnow(first: 2) { nodes { username } totalCount }
      }
    }
"""
FOLLOW = """
    mutation Follow($username: String!) {
      followUser(input: { username: $username }) { user { viewerFollows viewerHasRequestedToFollow followerCount } }
    }
"""
FOLLOWERS = """
    query Followers($username: String!, $after: String) {
      userByUsername(username: $username) {
        followers(first: 2, after: $after) {
          nodes { username viewerFollows followsViewer }
          pageInfo { hasNextPage endCursor }
        }
      }
    }
"""
REQUESTS = """
    query Requests($after: String) {
      viewer {
        receivedFollowRequests(first: 2, after: $after) {
          totalCount
          nodes { requester { username displayName avatarUrl followersYouKnow(first: 1) { totalCount } } }
          pageInfo { hasNextPage endCursor }
        }
      }
    }
"""
ANSWER = """
    mutation Answer($yes: String!, $no: String!) {
      approveFollowRequest(input: { username: $yes }) { user { username followsViewer hasRequestedToFollowViewer } }
      refuseFollowRequest(input: { username: $no }) { user { username followsViewer hasRequestedToFollowViewer } }
    }
"""
BLOCK = "mutation Block($username: String!) { blockUser(input: { username: $username }) { blockedUser { username } } }"
BLOCKED = "{ blockedUsers(first: 20) { nodes { username displayName avatarUrl } totalCount } }"
UNBLOCK = "mutation Unblock($username: String!) { unblockUser(input: { username: $username }) { user { username } } }"
SUGGESTIONS = """
    query Suggestions($after: String) {
      suggestedUsers(first: 2, after: $after) {
        nodes {
          followedByCount
          user { username displayName viewerHasRequestedToFollow followersYouKnow(first: 1) { nodes { username } } }
        }
        pageInfo { hasNextPage endCursor }
      }
    }
"""
NAMES = ("ada", "bea", "cleo", "dora", "eve", "finn")


class Phone:
    """Asks the API as one person after another."""

    def __init__(self, api: Api, town: Town, ids: dict[str, int]) -> None:
        self.api = api
        self.town = town
        self.ids = ids

    def who(self, name: str | None) -> dict[str, Any]:
        if name is None:
            return {"role": "threads_anonymous"}
        return {"role": "threads_member", "claims": {"sub": str(self.ids[name])}}

    async def ask(self, name: str | None, query: str, /, **variables: Any) -> Any:
        """The data that one of them, or somebody not logged in, is given."""
        return await self.api.data(query, variables, **self.who(name))

    async def code(self, name: str | None, query: str, /, **variables: Any) -> str:
        """The code of the error that one of them is given."""
        return (await self.api.reply(query, variables, **self.who(name))).code


@pytest.fixture(scope="module")
async def shared(create_database: CreateDatabase) -> AsyncIterator[Phone]:
    url = await create_database(*SCRIPTS)
    town = Town(url)
    ids = {name: await town.sign_up(name) for name in NAMES}
    async with opened(url.replace("postgres@", "threads_gateway@"), **SETTINGS) as api:
        yield Phone(api, town, ids)
    await town.close()


@pytest.fixture
async def phone(shared: Phone) -> Phone:
    """Bea and cleo follow each other and everybody but ada, who follows both of them; dora's account is private."""
    superuser = await shared.town.superuser()
    await superuser.execute("truncate threads.follows, threads.follow_requests, threads.blocks, threads.mutes")
    await superuser.execute("truncate private.walls, private.user_count_changes")
    await superuser.execute("update threads.users set is_private = false, follower_count = 0, following_count = 0")
    for edge in "ada-bea ada-cleo bea-cleo cleo-bea bea-dora cleo-dora bea-eve cleo-eve bea-finn".split():
        one, _, other = edge.partition("-")
        insert = "insert into threads.follows (follower_id, followee_id) values ($1, $2)"
        await superuser.execute(insert, shared.ids[one], shared.ids[other])
    await superuser.execute("update threads.users set is_private = true where username = 'dora'")
    return shared


async def test_the_head_of_a_profile_and_its_button(phone: Phone) -> None:
    asked: dict[str, Any] = {
        "username": "dora",
        "displayName": "dora",
        "isPrivate": True,
        "followerCount": 2,
        "followingCount": 0,
        "viewerFollows": False,
        "viewerHasRequestedToFollow": False,
        "followsViewer": False,
        "hasRequestedToFollowViewer": False,
        "viewerHasMuted": False,
        "followersYouKnow": {"nodes": [{"username": "bea"}, {"username": "cleo"}], "totalCount": 2},
    }
    assert (await phone.ask("ada", PROFILE, username="dora"))["userByUsername"] == asked
    followed = await phone.ask("ada", FOLLOW, username="dora")
    assert followed["followUser"]["user"] == {
        "viewerFollows": False,
        "viewerHasRequestedToFollow": True,
        "followerCount": 2,
    }
    asked |= {"viewerHasRequestedToFollow": True}
    assert (await phone.ask("ada", PROFILE, username="dora"))["userByUsername"] == asked
    nobody = {"viewerHasRequestedToFollow": False, "followersYouKnow": {"nodes": [], "totalCount": 0}}
    assert (await phone.ask(None, PROFILE, username="dora"))["userByUsername"] == asked | nobody
    followed = await phone.ask("ada", FOLLOW, username="eve")
    assert followed["followUser"]["user"] == {
        "viewerFollows": True,
        "viewerHasRequestedToFollow": False,
        "followerCount": 3,
    }
    assert await phone.code("ada", FOLLOW, username="ada") == "CANNOT_FOLLOW_SELF"
    assert await phone.code(None, FOLLOW, username="ada") == "NOT_LOGGED_IN"


async def test_the_list_of_followers_page_by_page(phone: Phone) -> None:
    await phone.ask("ada", FOLLOW, username="eve")
    first = (await phone.ask("ada", FOLLOWERS, username="eve"))["userByUsername"]["followers"]
    assert [row["username"] for row in first["nodes"]] == ["ada", "bea"]
    assert first["nodes"][1] == {"username": "bea", "viewerFollows": True, "followsViewer": False}
    assert first["pageInfo"]["hasNextPage"]
    after = first["pageInfo"]["endCursor"]
    second = (await phone.ask("ada", FOLLOWERS, username="eve", after=after))["userByUsername"]["followers"]
    assert [row["username"] for row in second["nodes"]] == ["cleo"]
    assert not second["pageInfo"]["hasNextPage"]
    # Of a private account, a stranger sees whom they follow themselves.
    for name, seen in (("ada", ["bea", "cleo"]), ("eve", []), (None, []), ("dora", ["bea", "cleo"])):
        page = (await phone.ask(name, FOLLOWERS, username="dora"))["userByUsername"]["followers"]
        assert [row["username"] for row in page["nodes"]] == seen


async def test_requests_are_answered(phone: Phone) -> None:
    for name in ("ada", "eve", "finn"):
        await phone.ask(name, FOLLOW, username="dora")
    first = (await phone.ask("dora", REQUESTS))["viewer"]["receivedFollowRequests"]
    assert first["totalCount"] == 3
    assert [row["requester"]["username"] for row in first["nodes"]] == ["finn", "eve"]
    after = first["pageInfo"]["endCursor"]
    second = (await phone.ask("dora", REQUESTS, after=after))["viewer"]["receivedFollowRequests"]
    assert [row["requester"]["username"] for row in second["nodes"]] == ["ada"]
    answered = await phone.ask("dora", ANSWER, yes="ada", no="finn")
    assert answered["approveFollowRequest"]["user"] == {
        "username": "ada",
        "followsViewer": True,
        "hasRequestedToFollowViewer": False,
    }
    assert answered["refuseFollowRequest"]["user"] == {
        "username": "finn",
        "followsViewer": False,
        "hasRequestedToFollowViewer": False,
    }
    assert (await phone.ask("dora", REQUESTS))["viewer"]["receivedFollowRequests"]["totalCount"] == 1
    assert await phone.code("dora", ANSWER, yes="finn", no="ada") == "FOLLOW_REQUEST_NOT_FOUND"
    sent = "{ viewer { sentFollowRequests { nodes { target { username } } } } }"
    assert (await phone.ask("eve", sent))["viewer"]["sentFollowRequests"]["nodes"] == [{"target": {"username": "dora"}}]
    others = '{ userByUsername(username: "eve") { sentFollowRequests { totalCount } } }'
    assert (await phone.ask("ada", others))["userByUsername"]["sentFollowRequests"]["totalCount"] == 0
    assert (await phone.ask("dora", others))["userByUsername"]["sentFollowRequests"]["totalCount"] == 1


async def test_followers_are_removed_and_requests_taken_back(phone: Phone) -> None:
    remove = "mutation ($name: String!) { removeFollower(input: { username: $name }) { user { followsViewer } } }"
    assert (await phone.ask("eve", remove, name="bea"))["removeFollower"] == {"user": {"followsViewer": False}}
    page = (await phone.ask(None, FOLLOWERS, username="eve"))["userByUsername"]["followers"]
    assert [row["username"] for row in page["nodes"]] == ["cleo"]
    await phone.ask("ada", FOLLOW, username="dora")
    cancel = """
        mutation ($name: String!) {
          cancelFollowRequest(input: { username: $name }) { user { viewerHasRequestedToFollow } }
          unfollowUser(input: { username: $name }) { user { viewerFollows } }
        }
    """
    assert await phone.ask("ada", cancel, name="dora") == {
        "cancelFollowRequest": {"user": {"viewerHasRequestedToFollow": False}},
        "unfollowUser": {"user": {"viewerFollows": False}},
    }


async def test_the_list_of_the_blocked_is_how_they_are_unblocked(phone: Phone) -> None:
    for name in ("bea", "finn"):
        assert (await phone.ask("ada", BLOCK, username=name))["blockUser"]["blockedUser"] == {"username": name}
    rows = [{"username": name, "displayName": name, "avatarUrl": None} for name in ("finn", "bea")]
    assert (await phone.ask("ada", BLOCKED))["blockedUsers"] == {"nodes": rows, "totalCount": 2}
    for other in ("bea", "cleo", None):
        assert (await phone.ask(other, BLOCKED))["blockedUsers"] == {"nodes": [], "totalCount": 0}
    assert (await phone.ask("ada", PROFILE, username="bea"))["userByUsername"] is None
    assert (await phone.ask("bea", PROFILE, username="ada"))["userByUsername"] is None
    assert (await phone.ask("ada", UNBLOCK, username="bea"))["unblockUser"]["user"] == {"username": "bea"}
    assert (await phone.ask("ada", BLOCKED))["blockedUsers"]["totalCount"] == 1
    assert await phone.code("bea", UNBLOCK, username="nobody") == "USER_NOT_FOUND"
    assert await phone.code("ada", BLOCK, username="Ada") == "CANNOT_BLOCK_SELF"
    filtered = '{ blockedUsers(filter: { username: { startsWith: "f" } }) { totalCount } }'
    assert (await phone.ask("ada", filtered))["blockedUsers"]["totalCount"] == 1


async def test_the_list_of_the_muted(phone: Phone) -> None:
    mute = "mutation ($n: String!) { muteUser(input: { username: $n }) { user { viewerHasMuted viewerFollows } } }"
    muted = "{ viewer { mutedUsers { nodes { username } totalCount } } }"
    assert (await phone.ask("ada", mute, n="bea"))["muteUser"]["user"] == {
        "viewerHasMuted": True,
        "viewerFollows": True,
    }
    assert (await phone.ask("ada", muted))["viewer"]["mutedUsers"]["nodes"] == [{"username": "bea"}]
    asked = """{
      userByUsername(username: "ada") { viewerHasMuted mutedUsers { totalCount } }
      users(filter: { mutedUsers: { some: {} } }) { totalCount }
    }"""
    for name in ("bea", "cleo", None):
        data = await phone.ask(name, asked)
        assert data["userByUsername"] == {"viewerHasMuted": False, "mutedUsers": {"totalCount": 0}}
        assert data["users"]["totalCount"] == 0
    assert await phone.code("ada", mute, n="ada") == "CANNOT_MUTE_SELF"
    unmute = "mutation ($n: String!) { unmuteUser(input: { username: $n }) { user { viewerHasMuted } } }"
    assert (await phone.ask("ada", unmute, n="bea"))["unmuteUser"]["user"] == {"viewerHasMuted": False}


async def test_suggestions_page_by_page(phone: Phone) -> None:
    first = (await phone.ask("ada", SUGGESTIONS))["suggestedUsers"]
    known = {"nodes": [{"username": "bea"}]}
    assert first["nodes"] == [
        {
            "followedByCount": 2,
            "user": {
                "username": name,
                "displayName": name,
                "viewerHasRequestedToFollow": False,
                "followersYouKnow": known,
            },
        }
        for name in ("dora", "eve")
    ]
    # A page stays where it is while the ones before it are followed.
    await phone.ask("ada", FOLLOW, username="eve")
    second = (await phone.ask("ada", SUGGESTIONS, after=first["pageInfo"]["endCursor"]))["suggestedUsers"]
    assert [(row["followedByCount"], row["user"]["username"]) for row in second["nodes"]] == [(1, "finn")]
    assert not second["pageInfo"]["hasNextPage"]
    assert (await phone.ask(None, SUGGESTIONS))["suggestedUsers"]["nodes"] == []
