"""Polls, drafts, bookmarks and search as a front end asks for them: an operation a screen, and what others get."""

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

ASK = """
    mutation Ask($body: String!, $poll: NewPollInput!) {
      createThread(input: { body: $body, poll: $poll }) { thread { id poll { hasEnded options { number label } } } }
    }
"""
POLL = """
    query Poll($id: BigInt!) {
      thread(id: $id) {
        body
        poll { hasEnded voteCount viewerVote options { number label voteCount viewerChose } }
      }
    }
"""
VOTE = """
    mutation Vote($id: BigInt!, $option: Int!) {
      voteInPoll(input: { threadId: $id, option: $option }) {
        poll { voteCount viewerVote options { label voteCount viewerChose } }
      }
    }
"""
DRAFT = """
    mutation Draft($draft: DraftInput!) {
      createDraft(input: { draft: $draft }) { draft { id } }
    }
"""
CHANGE = """
    mutation Change($id: BigInt!, $patch: DraftPatch!) {
      updateDraft(input: { id: $id, patch: $patch }) { draft { body } }
    }
"""
DRAFTS = """
    {
      drafts(first: 20) {
        nodes { body replyControl parent { body } media { url altText } poll { options minutes } }
        totalCount
      }
    }
"""
PUBLISH = """
    mutation Publish($id: BigInt!) {
      publishDraft(input: { id: $id }) {
        thread { id body media { nodes { url } } poll { options { label } } }
        query { drafts { totalCount } }
      }
    }
"""
KEEP = """
    mutation Keep($id: BigInt!) {
      bookmarkThread(input: { threadId: $id }) { thread { viewerHasBookmarked } }
    }
"""
BOOKMARKS = """
    query Bookmarks($after: String) {
      viewer {
        bookmarks(first: 2, after: $after) {
          nodes { createdAt thread { body viewerHasBookmarked author { username } } }
          pageInfo { hasNextPage endCursor }
          totalCount
        }
      }
    }
"""
SEARCH = """
    query Search($query: String!, $after: String) {
      searchThreads(query: $query, first: 2, after: $after) {
        edges { node { body author { username } highlights(query: $query) { text isMatch } } }
        pageInfo { hasNextPage endCursor }
      }
    }
"""
FIND = """
    query Find($query: String!) {
      searchUsers(query: $query, first: 5) { nodes { username displayName viewerFollows } }
      searchHashtags(query: $query, first: 5) { nodes { name threadCount } }
      searchTopThreads(query: $query, first: 5) { nodes { body } totalCount }
    }
"""
NAMES = ("ada", "bea", "cleo")


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

    async def write(self, name: str, body: str) -> str:
        data = await self.ask(
            name, "mutation($body: String!) { createThread(input: { body: $body }) { thread { id } } }", body=body
        )
        thread: str = data["createThread"]["thread"]["id"]
        return thread


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
    """Nobody has written anything yet, and all accounts are public."""
    superuser = await shared.town.superuser()
    await superuser.execute("truncate threads.threads, threads.drafts, threads.hashtags restart identity cascade")
    # What refers to threads went with them.
    if not await superuser.fetchval("select count(*) from threads.users"):
        await superuser.execute("truncate threads.users restart identity cascade")
        shared.ids = {name: await shared.town.sign_up(name) for name in NAMES}
    await superuser.execute("truncate private.attempts")
    return shared


async def test_a_poll_is_asked_voted_in_and_told_to_who_may_know(phone: Phone) -> None:
    poll = {"options": ["tea", "coffee"], "minutes": 1440}
    made = (await phone.ask("ada", ASK, body="Which?", poll=poll))["createThread"]["thread"]
    assert made["poll"] == {
        "hasEnded": False,
        "options": [{"number": 1, "label": "tea"}, {"number": 2, "label": "coffee"}],
    }
    assert await phone.ask("bea", VOTE, id=made["id"], option=2) == {
        "voteInPoll": {
            "poll": {
                "voteCount": 1,
                "viewerVote": 2,
                "options": [
                    {"label": "tea", "voteCount": 0, "viewerChose": False},
                    {"label": "coffee", "voteCount": 1, "viewerChose": True},
                ],
            }
        }
    }
    for name in ("cleo", None):
        seen = (await phone.ask(name, POLL, id=made["id"]))["thread"]["poll"]
        assert seen == {
            "hasEnded": False,
            "voteCount": None,
            "viewerVote": None,
            "options": [
                {"number": 1, "label": "tea", "voteCount": None, "viewerChose": False},
                {"number": 2, "label": "coffee", "voteCount": None, "viewerChose": False},
            ],
        }
    assert await phone.code("bea", VOTE, id=made["id"], option=1) == "ALREADY_VOTED"
    assert await phone.code("cleo", VOTE, id=made["id"], option=3) == "POLL_OPTION_NOT_FOUND"
    assert await phone.code("ada", ASK, body="Which?", poll={"options": ["tea"]}) == "POLL_END_INVALID"
    assert await phone.code("ada", ASK, body="?", poll={"options": ["tea"], "minutes": 5}) == "POLL_OPTIONS_INVALID"


GUESSES = (
    "threads(filter: { poll: { voteCount: { gte: 0 } } }) { totalCount }",
    "threads(filter: { poll: { voteCount: { lt: 100 } } }) { totalCount }",
    "threads(filter: { poll: { voteCount: { isNull: false } } }) { totalCount }",
)


async def test_no_filter_and_no_order_tells_how_it_stands(phone: Phone) -> None:
    ids = []
    for body in ("first", "second"):
        poll = {"options": ["tea", "coffee"], "minutes": 60}
        ids.append((await phone.ask("ada", ASK, body=body, poll=poll))["createThread"]["thread"]["id"])
    await phone.ask("bea", VOTE, id=ids[0], option=1)
    for guess in GUESSES:
        assert await phone.ask("cleo", f"{{ {guess} }}") == {"threads": {"totalCount": 0}}
        assert (await phone.ask("ada", f"{{ {guess} }}"))["threads"]["totalCount"] == 2
    ordered = "{{ threads(orderBy: [{{ poll: {{ voteCount: {} }} }}, {{ id: ASC }}]) {{ nodes {{ id }} }} }}"
    for direction in ("ASC", "DESC"):
        seen = await phone.ask("cleo", ordered.format(direction))
        assert [node["id"] for node in seen["threads"]["nodes"]] == ids


async def test_a_draft_is_written_changed_and_published(phone: Phone) -> None:
    draft = {
        "body": "Which?",
        "replyControl": "followers",
        "media": [{"url": "https://example.org/a.png", "altText": "A"}],
        "poll": {"options": ["tea", "coffee"], "minutes": 60},
    }
    made = (await phone.ask("ada", DRAFT, draft=draft))["createDraft"]["draft"]["id"]
    await phone.ask("ada", CHANGE, id=made, patch={"body": "Which one?"})
    assert (await phone.ask("ada", DRAFTS))["drafts"] == {
        "nodes": [
            {
                "body": "Which one?",
                "replyControl": "followers",
                "parent": None,
                "media": [{"url": "https://example.org/a.png", "altText": "A"}],
                "poll": {"options": ["tea", "coffee"], "minutes": 60},
            }
        ],
        "totalCount": 1,
    }
    assert (await phone.ask("bea", DRAFTS))["drafts"] == {"nodes": [], "totalCount": 0}
    assert await phone.code("bea", CHANGE, id=made, patch={"body": "mine"}) == "NOT_FOUND"
    assert await phone.code("bea", PUBLISH, id=made) == "DRAFT_NOT_FOUND"
    published = (await phone.ask("ada", PUBLISH, id=made))["publishDraft"]
    assert published["query"] == {"drafts": {"totalCount": 0}}
    assert published["thread"]["body"] == "Which one?"
    assert published["thread"]["media"] == {"nodes": [{"url": "https://example.org/a.png"}]}
    assert published["thread"]["poll"] == {"options": [{"label": "tea"}, {"label": "coffee"}]}


async def test_bookmarks_come_in_pages_the_latest_first_and_for_their_owner_alone(phone: Phone) -> None:
    ids = [await phone.write("ada", f"thread {number}") for number in range(3)]
    for kept in (ids[1], ids[0], ids[2]):
        assert await phone.ask("bea", KEEP, id=kept) == {"bookmarkThread": {"thread": {"viewerHasBookmarked": True}}}
    first = (await phone.ask("bea", BOOKMARKS))["viewer"]["bookmarks"]
    assert [node["thread"]["body"] for node in first["nodes"]] == ["thread 2", "thread 0"]
    assert first["totalCount"] == 3
    second = (await phone.ask("bea", BOOKMARKS, after=first["pageInfo"]["endCursor"]))["viewer"]["bookmarks"]
    assert [node["thread"]["body"] for node in second["nodes"]] == ["thread 1"]
    assert not second["pageInfo"]["hasNextPage"]
    others = '{ userByUsername(username: "bea") { bookmarks { totalCount } } }'
    assert await phone.ask("ada", others) == {"userByUsername": {"bookmarks": {"totalCount": 0}}}
    assert await phone.ask(None, others) == {"userByUsername": {"bookmarks": {"totalCount": 0}}}


async def test_a_search_is_read_page_by_page_and_marked(phone: Phone) -> None:
    for number in range(5):
        await phone.write("ada", f"Rye bread {number}")
    pages, after = [], None
    while True:
        page = (await phone.ask("bea", SEARCH, query="breads", after=after))["searchThreads"]
        pages += [edge["node"]["body"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
        await phone.write("ada", "Rye bread, meanwhile")
    assert pages == [f"Rye bread {number}" for number in (4, 3, 2, 1, 0)]
    assert page["edges"][0]["node"]["highlights"] == [
        {"text": "Rye ", "isMatch": False},
        {"text": "bread", "isMatch": True},
        {"text": " 0", "isMatch": False},
    ]
    assert await phone.code("bea", SEARCH, query="x" * 201) == "SEARCH_TOO_LONG"
    counted = '{ searchThreads(query: "bread", filter: { body: { includes: "3" } }) { totalCount } }'
    assert await phone.ask(None, counted) == {"searchThreads": {"totalCount": 1}}


async def test_people_hashtags_and_the_best_threads_are_found_together(phone: Phone) -> None:
    await phone.write("ada", "#cleo is a hashtag")
    found = await phone.ask("bea", FIND, query="cleo")
    assert found == {
        "searchUsers": {"nodes": [{"username": "cleo", "displayName": "cleo", "viewerFollows": False}]},
        "searchHashtags": {"nodes": [{"name": "cleo", "threadCount": 1}]},
        "searchTopThreads": {"nodes": [{"body": "#cleo is a hashtag"}], "totalCount": 1},
    }
