"""The composer, the page of a thread and its author's menu, as a front end asks for them; and as others may not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from tests.api import Api, Reply, opened
from tests.scripts import SCRIPTS

PEOPLE = ("ada", "bob", "eve")

WRITE = """
    mutation Write($input: CreateThreadInput!) {
      createThread(input: $input) {
        thread { ...Shown viewerCanEdit viewerCanReply viewerCanQuote replyControl }
      }
    }
    fragment Shown on Thread {
      id
      body
      editedAt
      author { username }
      media { nodes { kind url altText width height } }
      entities { nodes { kind start length hashtag url user { username } } }
      quoted { id body author { username } }
    }
"""
PAGE = """
    query Page($id: BigInt!) {
      thread(id: $id) {
        body
        deletedAt
        author { username }
        likeCount replyCount repostCount quoteCount
        viewerHasReposted viewerCanReply viewerCanQuote viewerCanEdit
        reposters { nodes { username } }
        mentionedUsers { nodes { username } }
        hashtags { nodes { name } }
        replies(first: 10) { nodes { body author { username } root { id } } }
        quotes(first: 10) { nodes { body author { username } } }
        edits { nodes { body editedAt media { url } } }
      }
    }
"""
REPLY = 'mutation ($id: BigInt!) { replyToThread(input: {threadId: $id, body: "Me too."}) { thread { id parentId } } }'
EDIT = """
    mutation ($input: EditThreadInput!) {
      editThread(input: $input) { thread { body editedAt edits { nodes { body media { url altText } } } } }
    }
"""
REPOST = "mutation ($id: BigInt!) { repostThread(input: {threadId: $id}) { thread { repostCount viewerHasReposted } } }"
UNDO = "mutation ($id: BigInt!) { undoRepost(input: {threadId: $id}) { thread { repostCount viewerHasReposted } } }"
LIMIT = """
    mutation ($id: BigInt!) {
      changeReplyControl(input: {threadId: $id, replyControl: mentioned}) { thread { replyControl } }
    }
"""
PIN = "mutation ($id: BigInt!) { pinThread(input: {threadId: $id}) { user { pinnedThread { id body } } } }"
UNPIN = "mutation { unpinThread { user { pinnedThread { id } } } }"
DELETE = "mutation ($id: BigInt!) { deleteThread(input: {threadId: $id}) { thread { id body } } }"


class Threads:
    """Threads with some people, who ask one after the other."""

    def __init__(self, api: Api) -> None:
        self.api = api

    async def reply(self, name: str, query: str, **variables: Any) -> Reply:
        if name == "nobody":
            return await self.api.reply(query, variables, role="threads_anonymous")
        claims = {"sub": str(1 + PEOPLE.index(name))}
        return await self.api.reply(query, variables, role="threads_member", claims=claims)

    async def data(self, name: str, query: str, **variables: Any) -> Any:
        """The only field of the data, of an operation that must go well."""
        reply = await self.reply(name, query, **variables)
        assert "errors" not in reply.body, reply.errors
        (value,) = reply.body["data"].values()
        return value

    async def write(self, name: str, **given: Any) -> Any:
        return (await self.data(name, WRITE, input=given))["thread"]


@pytest.fixture(scope="module")
async def threads(create_database: Callable[..., Awaitable[str]]) -> AsyncIterator[Threads]:
    people = "".join(f"select private.create_account('{name}', null, 'a hash');" for name in PEOPLE)
    async with opened(
        await create_database(*SCRIPTS, people, user="threads_gateway"),
        schemas=("threads",),
        anonymous_role="threads_anonymous",
        authenticated_role="threads_member",
        pool_size=2,
        jwt_secret="a secret of the tests that is long enough",
    ) as api:
        yield Threads(api)


async def test_the_composer(threads: Threads) -> None:
    first = await threads.write("bob", body="Look at this.")
    thread = await threads.write(
        "ada",
        body="  🧵 @bob: see https://a.example/x, #News!  ",
        media=[{"url": "https://a.example/x.jpg", "altText": "A bridge.", "width": 640, "height": 480}],
        quotedId=first["id"],
        replyControl="mentioned",
    )
    assert {**thread, "id": None} == {
        "id": None,
        "body": "🧵 @bob: see https://a.example/x, #News!",
        "editedAt": None,
        "author": {"username": "ada"},
        "media": {
            "nodes": [
                {"kind": "image", "url": "https://a.example/x.jpg", "altText": "A bridge.", "width": 640, "height": 480}
            ]
        },
        "entities": {
            "nodes": [
                {"kind": "mention", "start": 2, "length": 4, "hashtag": None, "url": None, "user": {"username": "bob"}},
                {
                    "kind": "link",
                    "start": 12,
                    "length": 19,
                    "hashtag": None,
                    "url": "https://a.example/x",
                    "user": None,
                },
                {"kind": "hashtag", "start": 33, "length": 5, "hashtag": "news", "url": None, "user": None},
            ]
        },
        "quoted": {"id": first["id"], "body": "Look at this.", "author": {"username": "bob"}},
        "viewerCanEdit": True,
        "viewerCanReply": True,
        "viewerCanQuote": True,
        "replyControl": "mentioned",
    }


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({}, "BODY_EMPTY", "body"),
        ({"body": "x" * 501}, "BODY_TOO_LONG", "body"),
        ({"media": [{"url": f"https://a.example/{number}"} for number in range(11)]}, "TOO_MANY_MEDIA", "media"),
        ({"media": [{"url": "data:text/html,x"}]}, "MEDIA_URL_INVALID", "media"),
        ({"media": [None]}, "MEDIA_URL_INVALID", "media"),
        ({"body": "x", "quotedId": "404"}, "THREAD_NOT_FOUND", "quotedId"),
    ],
)
async def test_what_the_composer_says_of_mistakes(threads: Threads, given: Any, code: str, field: str) -> None:
    reply = await threads.reply("ada", WRITE, input=given)
    assert reply.code == code
    assert reply.errors[0]["extensions"]["field"] == field
    assert (await threads.reply("nobody", WRITE, input=given)).code == "NOT_LOGGED_IN"


async def test_the_page_of_a_thread(threads: Threads) -> None:
    thread = (await threads.write("ada", body="Hello @bob, #hello", media=[{"url": "https://a.example/1"}]))["id"]
    await threads.data("bob", REPLY, id=thread)
    await threads.write("eve", body="Read this.", quotedId=thread)
    for _ in range(2):
        assert (await threads.data("eve", REPOST, id=thread))["thread"] == {"repostCount": 1, "viewerHasReposted": True}
    edited = await threads.data("ada", EDIT, input={"threadId": thread, "body": "Hello @bob, #hi", "media": []})
    before = {"body": "Hello @bob, #hello", "media": [{"url": "https://a.example/1", "altText": ""}]}
    assert edited["thread"]["edits"] == {"nodes": [before]}

    page = await threads.data("nobody", PAGE, id=thread)
    assert page["edits"]["nodes"][0].pop("editedAt") == edited["thread"]["editedAt"]
    assert page == {
        "body": "Hello @bob, #hi",
        "deletedAt": None,
        "author": {"username": "ada"},
        "likeCount": 0,
        "replyCount": 1,
        "repostCount": 1,
        "quoteCount": 1,
        "viewerHasReposted": False,
        "viewerCanReply": False,
        "viewerCanQuote": False,
        "viewerCanEdit": False,
        "reposters": {"nodes": [{"username": "eve"}]},
        "mentionedUsers": {"nodes": [{"username": "bob"}]},
        "hashtags": {"nodes": [{"name": "hi"}]},
        "replies": {"nodes": [{"body": "Me too.", "author": {"username": "bob"}, "root": {"id": thread}}]},
        "quotes": {"nodes": [{"body": "Read this.", "author": {"username": "eve"}}]},
        "edits": {"nodes": [{"body": "Hello @bob, #hello", "media": [{"url": "https://a.example/1"}]}]},
    }
    flags = ("viewerHasReposted", "viewerCanReply", "viewerCanQuote", "viewerCanEdit")
    seen = {name: await threads.data(name, PAGE, id=thread) for name in PEOPLE}
    assert {name: [page[flag] for flag in flags] for name, page in seen.items()} == {
        "ada": [False, True, True, True],
        "bob": [False, True, True, False],
        "eve": [True, True, True, False],
    }
    assert (await threads.data("eve", UNDO, id=thread))["thread"] == {"repostCount": 0, "viewerHasReposted": False}

    assert (await threads.data("ada", DELETE, id=thread))["thread"] == {"id": thread, "body": "Hello @bob, #hi"}
    page = await threads.data("eve", PAGE, id=thread)
    assert (page["body"], page["author"], page["deletedAt"] is None) == ("", None, False)
    assert page["edits"] == page["reposters"] == page["hashtags"] == {"nodes": []}
    assert [reply["body"] for reply in page["replies"]["nodes"]] == ["Me too."]


async def test_what_only_the_author_does(threads: Threads) -> None:
    thread = (await threads.write("ada", body="Hello @bob"))["id"]
    edit = {"threadId": thread, "body": "Hello"}
    attempts: list[tuple[str, dict[str, Any]]] = [
        (EDIT, {"input": edit}),
        (LIMIT, {"id": thread}),
        (PIN, {"id": thread}),
        (DELETE, {"id": thread}),
    ]
    for query, variables in attempts:
        assert (await threads.reply("eve", query, **variables)).code == "NOT_YOUR_THREAD"
        assert (await threads.reply("nobody", query, **variables)).code == "NOT_LOGGED_IN"
    assert await threads.data("ada", LIMIT, id=thread) == {"thread": {"replyControl": "mentioned"}}
    assert (await threads.reply("eve", REPLY, id=thread)).code == "REPLIES_LIMITED"
    reply = (await threads.data("bob", REPLY, id=thread))["thread"]["id"]
    assert (await threads.reply("eve", REPLY, id=reply)).code == "REPLIES_LIMITED"
    assert (await threads.data("ada", PIN, id=thread))["user"]["pinnedThread"] == {"id": thread, "body": "Hello @bob"}
    assert (await threads.data("ada", UNPIN))["user"]["pinnedThread"] is None


async def test_no_table_of_it_is_written_by_the_way(threads: Threads) -> None:
    fields = await threads.data("nobody", "{ __schema { mutationType { fields { name } } } }")
    names = {field["name"] for field in fields["mutationType"]["fields"]}
    assert {"createThread", "editThread", "repostThread", "undoRepost", "pinThread"} <= names
    words = ("Attachment", "Media", "Mention", "Hashtag", "Entit", "Edits", "ThreadEdit")
    assert [name for name in names for word in words if word in name] == []
