"""Reading through the API: each list page by page while others write, conversations, and what trends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.api import Api, opened
from tests.scripts import SCRIPTS

from .conftest import Connection, CreateDatabase, Town

# 1 reads: she follows 2, 3 and 4, who is private; 5 blocks her, 6 is deactivated, 7 is a stranger.
WORLD = """
    set session_replication_role = replica;
    insert into threads.users (username, display_name, is_private, deactivated_at)
    select name, name, name = 'petra', case name when 'dora' then now() end
      from unnest('{ada, grace, linus, petra, mallory, dora, rosa}'::text[]) with ordinality as p (name, place)
     order by place;
    insert into threads.follows (follower_id, followee_id) values (1, 2), (1, 3), (1, 4), (2, 3);
    insert into threads.blocks (blocker_id, blocked_id) values (5, 1);
    insert into private.walls (user_id, other_id) values (1, 5), (5, 1);
    insert into threads.hashtags (name) values ('town');
    set session_replication_role = default;

    insert into threads.threads (author_id, body, created_at)
    select 1 + i % 7, 'thread ' || i || ' #town', now() - interval '100 minutes' + i * interval '1 minute'
      from generate_series(1, 60) as i;
    insert into threads.threads (author_id, parent_id, body)
    select 1 + i % 7, 1 + i * 7 % 60, 'reply ' || i || ' #town' from generate_series(1, 70) as i;
    insert into threads.reposts (user_id, thread_id, created_at)
    select 2 + i / 7 % 2, i, now() - i * interval '90 seconds' from generate_series(1, 60) as i
     where i % 7 not in (3, 5) and 1 + i % 7 <> 2 + i / 7 % 2;
    insert into threads.likes (thread_id, user_id, created_at)
    select i, u, now() - i % 7 * interval '1 minute'
      from generate_series(1, 60) as i, generate_series(1, 7) as u
     where (i * u) % 5 < i % 4 + 1;
    insert into threads.media (thread_id, position, url)
    select i, 1, 'https://example.org/' || i from generate_series(1, 120) as i where i % 2 = 0;
"""
LISTS = {
    "homeFeed": "homeFeed(PAGE) { PARTS nodes { thread { id authorId } } }",
    "forYou": "forYou(PAGE) { PARTS nodes { id authorId } }",
    "explore": "explore(PAGE) { PARTS nodes { id authorId } }",
    "trendingThreads": "trendingThreads(PAGE) { PARTS nodes { id authorId } }",
    "posts": "user(id: 2) { posts(PAGE) { PARTS nodes { thread { id authorId } } } }",
    "startedThreads": "user(id: 2) { startedThreads(PAGE) { PARTS nodes { id authorId } } }",
    "replies": "user(id: 2) { replies(PAGE) { PARTS nodes { id authorId } } }",
    "mediaThreads": "user(id: 3) { mediaThreads(PAGE) { PARTS nodes { id authorId } } }",
    "likedThreads": "user(id: 2) { likedThreads(PAGE) { PARTS nodes { id authorId } } }",
    "reposts": "user(id: 2) { reposts(PAGE) { PARTS nodes { id authorId } } }",
    "threads": 'hashtag(name: "town") { threads(PAGE) { PARTS nodes { id authorId } } }',
}
PARTS = "pageInfo { hasNextPage hasPreviousPage endCursor } totalCount"
SETTINGS: dict[str, Any] = {
    "schemas": ("threads",),
    "anonymous_role": "threads_anonymous",
    "authenticated_role": "threads_member",
    "jwt_secret": "a secret of the tests that is long enough",
}


@pytest.fixture(scope="module")
async def town(create_database: CreateDatabase) -> AsyncIterator[Town]:
    town = Town(await create_database(*SCRIPTS, WORLD))
    yield town
    await town.close()


@pytest.fixture(scope="module")
async def api(town: Town) -> AsyncIterator[Api]:
    async with opened(town.url.replace("postgres@", "threads_gateway@"), **SETTINGS) as api:
        yield api


async def ask(api: Api, query: str, viewer: int | None = 1, **variables: Any) -> Any:
    role = "threads_anonymous" if viewer is None else "threads_member"
    return await api.data(query, variables, role=role, claims={} if viewer is None else {"sub": str(viewer)})


async def page(api: Api, name: str, viewer: int | None = 1, **variables: Any) -> Any:
    text = LISTS[name].replace("PAGE", "first: $first, after: $after").replace("PARTS", PARTS)
    data = await ask(api, f"query ($first: Int, $after: String) {{ {text} }}", viewer, **variables)
    [found] = data.values()
    found = found.get(name, found)
    return {**found, "nodes": [node.get("thread", node) for node in found["nodes"]]}


async def write(session: Connection) -> None:
    """What comes between two pages: a new thread of everybody, reposts and likes, and some that go."""
    await session.execute("""
        insert into threads.threads (author_id, body)
        select i, 'new #town' from generate_series(1, 7) as i;
        insert into threads.reposts (user_id, thread_id)
        select 2, max(t.id) from threads.threads as t where t.author_id = 3;
        insert into threads.likes (thread_id, user_id)
        select max(t.id), 2 from threads.threads as t where t.author_id = 3;
    """)


@pytest.mark.parametrize("name", LISTS)
async def test_pages_hold_each_row_once_while_others_write(town: Town, api: Api, name: str) -> None:
    superuser = await town.superuser()
    whole = await page(api, name, first=500)
    ids = [node["id"] for node in whole["nodes"]]
    assert len(ids) == len(set(ids)) == whole["totalCount"]
    assert len(ids) >= 7
    assert {"5", "6"}.isdisjoint(node["authorId"] for node in whole["nodes"])

    # Not of the reader: what is hidden stays for its author.
    going = next(node["id"] for node in whole["nodes"][5:] if node["authorId"] != "1")
    found: list[str] = []
    after = None
    while True:
        part = await page(api, name, first=3, after=after)
        assert part["pageInfo"]["hasPreviousPage"] is (after is not None)
        found += [node["id"] for node in part["nodes"]]
        after = part["pageInfo"]["endCursor"]
        if not part["pageInfo"]["hasNextPage"]:
            break
        if len(found) == 3:
            await write(superuser)
            await superuser.execute("update threads.threads set hidden_at = now() where id = $1", int(going))
    assert len(found) == len(set(found))
    new = set(found) - set(ids)
    assert [id_ for id_ in found if id_ not in new] == [id_ for id_ in ids if id_ != going]
    assert not new or name in ("forYou", "trendingThreads"), "what is new begins the list"


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("viewer", [None, 1, 4, 5])
async def test_a_page_is_the_beginning_of_the_whole_list(town: Town, api: Api, name: str, viewer: int | None) -> None:
    await write(await town.superuser())
    whole = await page(api, name, viewer, first=500)
    assert whole["totalCount"] == len(whole["nodes"])
    part = await page(api, name, viewer, first=4)
    assert part["nodes"] == whole["nodes"][:4]
    assert part["totalCount"] == whole["totalCount"]
    assert part["pageInfo"]["hasNextPage"] is (len(whole["nodes"]) > 4)
    authors = {node["authorId"] for node in whole["nodes"]}
    assert "6" not in authors
    if viewer != 4 and viewer != 1:
        assert "4" not in authors
    if viewer == 1:
        assert "5" not in authors
    if viewer == 5:
        assert "1" not in authors


async def test_other_pages_of_the_home_feed_are_of_the_same_list(api: Api) -> None:
    ids = [node["id"] for node in (await page(api, "homeFeed", first=500))["nodes"]]
    query = "{ homeFeed(%s) { nodes { threadId isRepost createdAt } } }"
    last = await ask(api, query % "last: 4")
    assert [node["threadId"] for node in last["homeFeed"]["nodes"]] == ids[-4:]
    passed = await ask(api, query % "first: 3, offset: 5")
    assert [node["threadId"] for node in passed["homeFeed"]["nodes"]] == ids[5:8]
    reposts = await ask(api, query % "first: 4, filter: { isRepost: { eq: true } }")
    assert len(reposts["homeFeed"]["nodes"]) == 4
    assert {node["isRepost"] for node in reposts["homeFeed"]["nodes"]} == {True}
    oldest = await ask(api, query % "first: 4, orderBy: [{ createdAt: ASC }]")
    assert [node["threadId"] for node in oldest["homeFeed"]["nodes"]] == ids[:-5:-1]


CONVERSATION = """query ($id: BigInt!, $depth: Int = 3) {
  thread(id: $id) {
    id
    ancestors { nodes { id body author { username } } totalCount }
    replyTree(depth: $depth) { nodes { id parentId } totalCount }
    replies { nodes { id replies { nodes { id replies { nodes { id } } } } } }
  }
}"""


async def test_a_thread_with_all_above_it_and_below_it(town: Town, api: Api) -> None:
    superuser = await town.superuser()
    add = "insert into threads.threads (author_id, parent_id, body) values ($1, $2, $3) returning id"
    chain = [await superuser.fetchval(add, 2, None, "root")]
    for number in range(1, 6):
        chain.append(await superuser.fetchval(add, 1 + number % 3, chain[-1], f"reply {number}"))
    aside = await superuser.fetchval(add, 3, chain[3], "aside")
    ids = [str(id_) for id_ in chain]

    async def ancestors(viewer: int | None = 1) -> list[str]:
        thread = (await ask(api, CONVERSATION, viewer, id=ids[3]))["thread"]
        assert thread["ancestors"]["totalCount"] == len(thread["ancestors"]["nodes"])
        return [node["body"] for node in thread["ancestors"]["nodes"]]

    assert await ancestors() == ["root", "reply 1", "reply 2"]
    found = (await ask(api, CONVERSATION, id=ids[3]))["thread"]["replyTree"]
    assert found["nodes"] == [
        {"id": ids[4], "parentId": ids[3]},
        {"id": ids[5], "parentId": ids[4]},
        {"id": str(aside), "parentId": ids[3]},
    ]
    flat = (await ask(api, CONVERSATION, id=ids[3], depth=1))["thread"]["replyTree"]["nodes"]
    assert [node["id"] for node in flat] == [ids[4], str(aside)]
    assert (await ask(api, CONVERSATION, id=ids[3], depth=0))["thread"]["replyTree"]["nodes"] == flat

    # A deleted one keeps its place; one by somebody who is not seen ends the way up, and hides what is below.
    await superuser.execute("delete from threads.threads where id = $1", chain[2])
    assert await ancestors() == ["root", "reply 1", ""]
    await superuser.execute("update threads.threads set hidden_at = now() where id = any ($1)", [chain[1], chain[4]])
    assert await ancestors() == [""]
    found = (await ask(api, CONVERSATION, id=ids[3]))["thread"]["replyTree"]
    assert [node["id"] for node in found["nodes"]] == [str(aside)]
    assert found["totalCount"] == 1


async def test_the_way_up_and_the_tree_are_bounded(town: Town, api: Api) -> None:
    superuser = await town.superuser()
    add = "insert into threads.threads (author_id, parent_id, body) values (2, $1, 'deep') returning id"
    chain = [await superuser.fetchval(add, None)]
    for _ in range(130):
        chain.append(await superuser.fetchval(add, chain[-1]))
    last = (await ask(api, CONVERSATION, id=str(chain[-1])))["thread"]["ancestors"]
    assert last["totalCount"] == 100
    first = (await ask(api, CONVERSATION, id=str(chain[0]), depth=50))["thread"]["replyTree"]
    assert first["totalCount"] == 10


async def test_trending_hashtags_count_people_and_none_that_are_private(town: Town, api: Api) -> None:
    superuser = await town.superuser()
    await superuser.execute("""
        insert into threads.threads (author_id, body)
        select a, '#bread and #tea' from unnest(array[2, 2, 2, 4, 5, 6]) as a;
        insert into threads.threads (author_id, body) values (2, '#tea'), (3, '#tea'), (4, '#secret'), (5, '#wall');
        insert into threads.threads (author_id, body, created_at) values (3, '#bread', now() - interval '3 days');
    """)
    query = """query ($hours: Int = 24) {
      trendingHashtags(hours: $hours, first: 3) { nodes { name authorCount threadCount hashtag { name } } totalCount }
    }"""

    async def trends(viewer: int | None, **variables: Any) -> dict[str, tuple[int, int]]:
        found = (await ask(api, query, viewer, **variables))["trendingHashtags"]
        assert [node["hashtag"]["name"] for node in found["nodes"]] == [node["name"] for node in found["nodes"]]
        return {node["name"]: (node["authorCount"], node["threadCount"]) for node in found["nodes"]}

    seen = await trends(1)
    assert (seen["tea"], seen["bread"]) == ((2, 5), (1, 3))
    assert list(seen) == ["town", "tea", "bread"]
    assert (await trends(None))["tea"] == (3, 6)
    assert (await trends(1, hours=100))["bread"] == (2, 4)
    assert (await trends(1, hours=-5))["tea"] == (2, 5)
    await (await town.member(1)).execute("select threads.mute_word('bread')")
    assert (await trends(1))["tea"] == (2, 2)


DONE = {
    "likedThreads": "select thread_id from threads.likes where user_id = 2 order by created_at desc, thread_id desc",
    "reposts": "select thread_id from threads.reposts where user_id = 2 order by created_at desc, thread_id desc",
}


@pytest.mark.parametrize("name", DONE)
async def test_what_somebody_likes_and_reposts_comes_by_when_they_did(town: Town, api: Api, name: str) -> None:
    done = [str(row["thread_id"]) for row in await (await town.superuser()).fetch(DONE[name])]
    shown = [node["id"] for node in (await page(api, name, first=500))["nodes"]]
    assert shown == [thread for thread in done if thread in shown]
    assert shown != sorted(shown, key=int, reverse=True)
