"""Mutations that ask for a second session while their transaction holds the first do not wait for one another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.api import Api, opened
from tests.scripts import SCRIPTS

CALLERS = 6
MUTATION = """mutation ($name: String!) {
  createThread(input: { body: "Lost." }) { thread { id } }
  logIn(input: { username: $name, password: "wrong horse" }) { accessToken }
}"""


@pytest.fixture
async def threads(create_database: Callable[..., Awaitable[str]]) -> AsyncIterator[Api]:
    async with opened(
        await create_database(*SCRIPTS, user="threads_gateway"),
        schemas=("threads",),
        anonymous_role="threads_anonymous",
        authenticated_role="threads_member",
        jwt_secret="a secret of at least thirty-two bytes",
        sdl=Path(__file__).parents[2] / "sdl",
        resolvers="resolvers",
        pool_size=2,
    ) as api:
        yield api


async def test_as_many_as_there_are_sessions_and_more(threads: Api) -> None:
    sign_up = 'mutation { signUp(input: { username: "ada", password: "analytical engine" }) { user { id } } }'
    user = (await threads.data(sign_up, role="threads_anonymous"))["signUp"]["user"]["id"]
    claims = {"sub": user}
    replies = await asyncio.gather(
        *(
            threads.reply(MUTATION, {"name": f"nobody{place}"}, role="threads_member", claims=claims)
            for place in range(CALLERS)
        )
    )
    assert [reply.code for reply in replies] == ["INVALID_CREDENTIALS"] * CALLERS
    assert await threads.sql("select count(*) from threads.threads") == [0]
