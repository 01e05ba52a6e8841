"""The walk with a Python client, `gql`, which reads the schema by introspection and holds every document against it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from gql import Client, GraphQLRequest
from gql.client import AsyncClientSession
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.exceptions import TransportQueryError
from graphql import GraphQLError

from .conftest import OPERATIONS, PASSWORD, Threads


@asynccontextmanager
async def connected(threads: Threads, token: str | None = None) -> AsyncIterator[AsyncClientSession]:
    headers = {"Authorization": f"Bearer {token}"} if token else None
    transport = AIOHTTPTransport(url=f"{threads.url}/graphql", headers=headers)
    async with Client(transport=transport, fetch_schema_from_transport=True) as session:
        yield session


async def run(session: AsyncClientSession, operation: str, **variables: Any) -> dict[str, Any]:
    return await session.execute(GraphQLRequest(OPERATIONS[operation], variable_values=variables))


async def test_the_walk(threads: Threads) -> None:
    async with connected(threads) as anybody:
        made = (await run(anybody, "SignUp", username="gql", password=PASSWORD))["signUp"]
        logged_in = (await run(anybody, "LogIn", username="gql", password=PASSWORD))["logIn"]
        assert logged_in["user"] == {"username": "gql"}
        refreshed = (await run(anybody, "Refresh", refreshToken=made["refreshToken"]))["refreshToken"]
    async with connected(threads, refreshed["accessToken"]) as session:
        thread = (await run(session, "Create", body="Hello from Python"))["createThread"]["thread"]
        reply = (await run(session, "Reply", threadId=thread["id"], body="Me again"))["replyToThread"]["thread"]
        liked = (await run(session, "Like", threadId=reply["id"]))["likeThread"]["thread"]
        assert (liked["likeCount"], liked["viewerHasLiked"]) == (1, True)
        followed = (await run(session, "Follow", username="ada"))["followUser"]["user"]
        assert followed["viewerFollows"] is True
        feed = (await run(session, "HomeFeed", first=2))["homeFeed"]
        assert [edge["node"]["thread"]["author"]["username"] for edge in feed["edges"]] == ["gql", "ada"]
        older = (await run(session, "HomeFeed", first=1, after=feed["edges"][0]["cursor"]))["homeFeed"]
        assert older["edges"] == feed["edges"][1:]
        conversation = (await run(session, "Conversation", id=thread["id"]))["thread"]
        assert [node["body"] for node in conversation["replies"]["nodes"]] == ["Me again"]
        for operation, variables in (
            ("Unlike", {"threadId": reply["id"]}),
            ("Unfollow", {"username": "ada"}),
            ("UpdateProfile", {"bio": "A client"}),
            ("Delete", {"threadId": thread["id"]}),
        ):
            await run(session, operation, **variables)
        assert (await run(session, "Viewer"))["viewer"]["bio"] == "A client"


async def test_a_broken_rule_reaches_the_client_with_its_code(threads: Threads) -> None:
    async with connected(threads) as session:
        with pytest.raises(TransportQueryError) as raised:
            await run(session, "Create", body="x")
    [error] = raised.value.errors or []
    assert error["extensions"] == {"code": "NOT_LOGGED_IN"}


async def test_a_bad_token_reaches_the_client_with_its_code(threads: Threads) -> None:
    with pytest.raises(TransportQueryError) as raised:
        async with connected(threads, "garbage"):
            pass
    [error] = raised.value.errors or []
    assert error["extensions"] == {"code": "INVALID_TOKEN"}


async def test_the_client_refuses_what_the_schema_does_not_have(threads: Threads) -> None:
    async with connected(threads) as session:
        for document in ("{ likes { totalCount } }", "{ users { nodes { passwordHash } } }", "{ viewerId }"):
            with pytest.raises(GraphQLError, match="Cannot query field"):
                await session.execute(GraphQLRequest(document))


async def test_every_operation_of_the_walk_is_valid_by_introspection(threads: Threads) -> None:
    async with connected(threads) as session:
        for text in OPERATIONS.values():
            session.client.validate(GraphQLRequest(text))
