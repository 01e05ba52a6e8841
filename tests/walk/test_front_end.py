"""The walk of a newcomer, by HTTP: sign up, write, reply, like, follow, read the feed, and take it all back."""

from __future__ import annotations

from .conftest import PASSWORD, Threads


async def test_signing_up_makes_an_account_with_a_profile(threads: Threads) -> None:
    made = await threads.data("SignUp", username="Vera", password=PASSWORD, displayName="Vera Rubin")
    assert made["user"] == {
        "username": "vera",
        "displayName": "Vera Rubin",
        "bio": "",
        "threadCount": 0,
        "followerCount": 0,
        "followingCount": 0,
        "viewerFollows": False,
        "followsViewer": False,
    }
    assert await threads.data("Viewer", made["accessToken"]) == made["user"]
    logged_in = await threads.data("LogIn", username="vera", password=PASSWORD)
    assert await threads.data("Viewer", logged_in["accessToken"]) == made["user"]


async def test_a_session_is_refreshed_and_ended(threads: Threads) -> None:
    wilma = await threads.sign_up("wilma")
    fresh = await threads.data("Refresh", refreshToken=wilma.refresh_token)
    assert (await threads.data("Viewer", fresh["accessToken"]))["username"] == "wilma"
    assert await threads.data("LogOut", refreshToken=fresh["refreshToken"]) == {"loggedOut": True}
    error = await threads.error("Refresh", refreshToken=fresh["refreshToken"])
    assert error["extensions"]["code"] == "REFRESH_TOKEN_INVALID"


async def test_a_conversation(threads: Threads) -> None:
    anna, boris = await threads.sign_up("anna"), await threads.sign_up("boris")
    created = await threads.data("Create", anna, body="  What is worth reading? ")
    thread = created["thread"]
    assert thread == {
        "id": thread["id"],
        "body": "What is worth reading?",
        "likeCount": 0,
        "replyCount": 0,
        "viewerHasLiked": False,
        "author": {"username": "anna"},
    }
    assert created["query"] == {"viewer": {"threadCount": 1}}

    first = (await threads.data("Reply", boris, threadId=thread["id"], body="The manual."))["thread"]
    assert first["parent"] == {"replyCount": 1}
    await threads.data("Reply", anna, threadId=thread["id"], body="I have.")
    second = await threads.data("Reply", anna, threadId=first["id"], body="All of it.")
    assert second["thread"]["parent"] == {"replyCount": 1}

    conversation = await threads.data("Conversation", id=thread["id"])
    assert conversation["replyCount"] == conversation["replies"]["totalCount"] == 2
    # The oldest reply first.
    assert [reply["body"] for reply in conversation["replies"]["nodes"]] == ["The manual.", "I have."]
    assert [reply["parent"] for reply in conversation["replies"]["nodes"]] == [{"id": thread["id"]}] * 2
    assert (await threads.data("Newest", search="WORTH reading"))["nodes"][0]["id"] == thread["id"]


async def test_likes(threads: Threads) -> None:
    carla, denis = await threads.sign_up("carla"), await threads.sign_up("denis")
    thread = await threads.write(carla, "Like this.")
    for _ in range(2):
        liked = (await threads.data("Like", denis, threadId=thread))["thread"]
        assert (liked["likeCount"], liked["viewerHasLiked"]) == (1, True)
    await threads.data("Like", carla, threadId=thread)
    shown = await threads.data("Conversation", denis, id=thread)
    assert [user["username"] for user in shown["likers"]["nodes"]] == ["carla", "denis"]
    assert (shown["likeCount"], shown["viewerHasLiked"]) == (2, True)
    assert (await threads.data("Conversation", id=thread))["viewerHasLiked"] is False
    assert (await threads.data("Person", username="denis"))["likedThreads"] == {"nodes": [{"body": "Like this."}]}
    for _ in range(2):
        unliked = (await threads.data("Unlike", denis, threadId=thread))["thread"]
        assert (unliked["likeCount"], unliked["viewerHasLiked"]) == (1, False)


async def test_follows(threads: Threads) -> None:
    edith, fritz = await threads.sign_up("edith"), await threads.sign_up("fritz")
    for _ in range(2):
        followed = (await threads.data("Follow", edith, username="Fritz"))["user"]
        assert (followed["followerCount"], followed["viewerFollows"], followed["followsViewer"]) == (1, True, False)
    seen = await threads.data("Person", fritz, username="edith")
    assert (seen["followingCount"], seen["viewerFollows"], seen["followsViewer"]) == (1, False, True)
    assert seen["following"] == {"nodes": [{"username": "fritz"}]}
    seen = await threads.data("Person", username="fritz")
    assert seen["followers"] == {"totalCount": 1, "nodes": [{"username": "edith"}]}
    for _ in range(2):
        unfollowed = (await threads.data("Unfollow", edith, username="fritz"))["user"]
        assert (unfollowed["followerCount"], unfollowed["viewerFollows"]) == (0, False)


async def test_the_home_feed_goes_page_by_page_while_new_threads_come(threads: Threads) -> None:
    greta, hugo, stranger = [await threads.sign_up(name) for name in ("greta", "hugo", "stranger")]
    await threads.data("Follow", greta, username="hugo")
    for number in range(5):
        await threads.write((greta, hugo)[number % 2], f"feed {number}")
    started = await threads.write(stranger, "not followed")
    await threads.data("Reply", hugo, threadId=started, body="a reply is no conversation of its own")

    pages, after = [], None
    while True:
        page = await threads.data("HomeFeed", greta, first=2, after=after)
        pages.append([edge["node"]["thread"]["body"] for edge in page["edges"]])
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        assert page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
        await threads.write(hugo, "newer than all pages")
    assert pages == [["feed 4", "feed 3"], ["feed 2", "feed 1"], ["feed 0"]]
    assert page["totalCount"] == 7

    await threads.data("Unfollow", greta, username="hugo")
    page = await threads.data("HomeFeed", greta, first=10)
    assert [edge["node"]["thread"]["body"] for edge in page["edges"]] == ["feed 4", "feed 2", "feed 0"]


async def test_deleting_leaves_the_replies_of_others(threads: Threads) -> None:
    irma, jakob = await threads.sign_up("irma"), await threads.sign_up("jakob")
    thread = await threads.write(irma, "to be deleted")
    reply = (await threads.data("Reply", jakob, threadId=thread, body="to stay"))["thread"]["id"]
    deleted = (await threads.data("Delete", irma, threadId=thread))["thread"]
    assert (deleted["id"], deleted["body"], deleted["author"]) == (thread, "to be deleted", {"username": "irma"})
    place = await threads.data("Conversation", id=thread)
    assert (place["body"], place["author"], place["replyCount"]) == ("", None, 1)
    kept = await threads.data("Conversation", id=reply)
    assert (kept["body"], kept["parent"]) == ("to stay", {"id": thread})
    assert (await threads.data("Viewer", irma))["threadCount"] == 0


async def test_a_profile_is_updated_in_part(threads: Threads) -> None:
    karl = await threads.sign_up("karl")
    changed = (await threads.data("UpdateProfile", karl, displayName="Karl the Great", bio="King."))["user"]
    assert (changed["displayName"], changed["bio"]) == ("Karl the Great", "King.")
    changed = (await threads.data("UpdateProfile", karl, bio=""))["user"]
    assert (changed["displayName"], changed["bio"]) == ("Karl the Great", "")
    changed = (await threads.data("UpdateProfile", karl, displayName=""))["user"]
    assert changed["displayName"] == "karl"


async def test_an_operation_is_done_whole_or_not_at_all(threads: Threads) -> None:
    lotte = await threads.sign_up("lotte")
    status, body = await threads.post("CreateAndLike", lotte, body="half a wish", threadId="0")
    assert (status, body["data"]) == (200, None)
    assert [error["path"] for error in body["errors"]] == [["likeThread"]]
    assert (await threads.data("Newest", search="half a wish"))["nodes"] == []
    assert (await threads.data("Viewer", lotte))["threadCount"] == 0
