"""Lists of people are read from an index as far as their page goes: the gateway's statements, under the policies."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from gatepost.transaction.database import Database
from tests.api import Api, opened
from tests.scripts import SCRIPTS

from .conftest import CreateDatabase
from .test_graph_api import SETTINGS
from .test_plans import nodes

POPULAR = """
    set session_replication_role = replica;

    insert into threads.users (username, display_name, is_private)
    select 'user_' || i, 'User', i in (3, 4) or i % 50 = 0 from generate_series(1, 8000) as i;

    insert into threads.follows (follower_id, followee_id)
    select f, t from generate_series(5, 6000) as f, (values (1), (3)) as p (t);

    insert into threads.follows (follower_id, followee_id)
    select f, t from generate_series(2, 6000, 2) as t, (values (1), (5)) as p (f)
     where f <> t
    on conflict do nothing;

    insert into threads.follows (follower_id, followee_id)
    select f, 1 + (f * 31 + n * 7919) % 8000 from generate_series(10, 8000) as f, generate_series(1, 10) as n
     where f <> 1 + (f * 31 + n * 7919) % 8000
    on conflict do nothing;

    insert into threads.follow_requests (requester_id, target_id, created_at)
    select i, 4, timestamptz '2025-01-01' + i * interval '1 minute' from generate_series(5, 6000) as i;

    insert into threads.blocks (blocker_id, blocked_id) select 5, i from generate_series(6001, 6500) as i;
    insert into private.walls (user_id, other_id)
    select p.a, p.b from generate_series(6001, 6500) as i, lateral (values (5, i), (i, 5)) as p (a, b);

    set session_replication_role = default;
"""

PERSON = "username displayName viewerFollows followsViewer viewerHasRequestedToFollow"
PAGE = f"nodes {{ {PERSON} }} pageInfo {{ hasNextPage endCursor }}"
LISTS = {
    "followers": f"userByUsername(username: $of) {{ page: followers(first: 20, after: $after) {{ {PAGE} }} }}",
    "following": f"userByUsername(username: $of) {{ page: following(first: 20, after: $after) {{ {PAGE} }} }}",
    "requests": f"""viewer {{
        page: receivedFollowRequests(first: 20, after: $after) {{
          nodes {{ createdAt requester {{ {PERSON} }} }} pageInfo {{ hasNextPage endCursor }}
        }}
      }}""",
}
VIEWERS = {"followed": 1, "private and followed": 3, "asked": 4, "follows many and blocks many": 5, "new": 8000}


class Explained:
    """A gateway on a town where user 1 and the private user 3 have 5,996 followers each; users 1 and 5 follow 3,000."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.last: tuple[Any, ...] = ()

    async def rows_read(self, query: str, variables: dict[str, Any], viewer: int) -> tuple[Any, Counter[str]]:
        """The data, and how many rows of each table were read for it."""
        who: dict[str, Any] = {"role": "threads_member", "claims": {"sub": str(viewer)}}
        data = await self.api.data(query, variables, **who)
        database, role, claims, sql, arguments, options = self.last
        explain = "explain (analyze, timing off, format json) " + sql
        told = await Database.answer(database, role, claims, explain, arguments, headers=options.get("headers", ""))
        read: Counter[str] = Counter()
        for node in nodes(json.loads(told)[0]["Plan"]):
            if "Relation Name" in node:
                rows = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
                read[node["Relation Name"]] += rows * node["Actual Loops"]
        return data, read


@pytest.fixture(scope="module")
async def explained(create_database: CreateDatabase) -> AsyncIterator[Explained]:
    url = await create_database(*SCRIPTS, POPULAR)
    connection = await asyncpg.connect(url)
    # Of all 100,000 rows, and not of some, picked by chance, by which plans would differ.
    await connection.execute("set default_statistics_target = 400")
    await connection.execute("vacuum analyze threads.users")
    await connection.execute("vacuum analyze threads.follows")
    await connection.execute("vacuum analyze threads.follow_requests")
    await connection.close()
    async with opened(url.replace("postgres@", "threads_gateway@"), **SETTINGS) as api:
        explained = Explained(api)
        original = api.gateway.database.answer

        async def answer(role: str, claims: str, sql: str, arguments: Any, **options: Any) -> bytes:
            explained.last = (api.gateway.database, role, claims, sql, arguments, options)
            return await original(role, claims, sql, arguments, **options)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(api.gateway.database, "answer", answer)
            yield explained


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("name", LISTS)
async def test_a_page_of_people_reads_about_as_many_rows_as_it_shows(
    explained: Explained, name: str, viewer: str
) -> None:
    query = f"query ($of: String!, $after: String) {{ {LISTS[name]} }}".replace("$of: String!, ", "")
    for of in ("user_1", "user_3", "user_5") if "$of" in LISTS[name] else ("",):
        if of == "user_3" and viewer != "private and followed":
            continue  # of its 5,996 followers, others see whom they know: these are looked for among all of them
        asked = query.replace("$of", json.dumps(of))
        after = None
        for _ in range(2):
            data, read = await explained.rows_read(asked, {"after": after}, VIEWERS[viewer])
            page = next(iter(data.values()))["page"]
            # A row of follows, and a user for each of its ends, twice; and the same for each flag.
            assert read["follows"] <= 200, (of, after, read)
            assert read["users"] <= 200, (of, after, read)
            assert read["follow_requests"] <= 100, (of, after, read)
            after = page["pageInfo"]["endCursor"]


async def test_the_same_would_find_a_list_that_is_read_whole(explained: Explained) -> None:
    asked = '{ userByUsername(username: "user_1") { followers { totalCount } } }'
    data, read = await explained.rows_read(asked, {}, 8000)
    assert data["userByUsername"]["followers"]["totalCount"] > 5000
    assert read["follows"] >= 5996
