"""Full-text searches: the configuration of the column, or of the caller, their syntax, and their rank."""

from __future__ import annotations

import pytest

from tests.api import Api

TEXTS = {
    # By the expression that generates the column, by its trigger, by its tag; else the database's default.
    'german: {matches: "Häuser"}': [1, 2, 3],
    'kept: {matches: "Häuser"}': [1, 2, 3],
    'tagged: {matches: "Häuser"}': [1, 2, 3],
    'bare: {matches: "Häuser"}': [],
    'weighed: {matches: "Häuser"}': [1],
    'weighed: {matches: "haus"}': [2, 3],
    'bare: {matchesWith: {query: "Häuser", config: "german"}}': [1, 2, 3],
    'bare: {matchesWith: {query: "Häuser", config: "pg_catalog.german"}}': [1, 2, 3],
    'bare: {matchesWith: {query: "Häuser", config: null}}': [],
    'german: {matchesWith: {query: "Häuser -Fluss"}}': [2],
    'german: {matchesWith: {query: "Häuser -Fluss", syntax: PLAIN}}': [1, 3],
    'german: {matchesWith: {query: "Haus am Fluss", syntax: PHRASE}}': [1],
    'german: {matchesWith: {query: "haus & !flu:*", syntax: QUERY}}': [2],
    'german: {matchesWith: {query: "haus", syntax: null}}': [1, 2, 3],
    "german: {matchesWith: null}": [1, 2, 3],
    'german: {matches: "Fluss"}, weighed: {matches: "die"}': [1],
}


@pytest.mark.parametrize("condition", TEXTS)
async def test_search(museum: Api, condition: str) -> None:
    data = await museum.data(f"{{ texts(filter: {{{condition}}}) {{ nodes {{ id }} }} }}")
    assert [row["id"] for row in data["texts"]["nodes"]] == TEXTS[condition]


@pytest.mark.parametrize(
    "search",
    [
        'matchesWith: {query: "a", config: "no such"}',
        'matchesWith: {query: "a", config: "no.such.thing"}',
        'matchesWith: {query: "a & ", syntax: QUERY}',
        'matchesWith: {query: "(", syntax: QUERY}',
    ],
)
async def test_a_search_that_cannot_be(museum: Api, search: str) -> None:
    reply = await museum.reply(f"{{ texts(filter: {{german: {{{search}}}}}) {{ totalCount }} }}")
    assert (reply.status, reply.code) == (400, "BAD_USER_INPUT")


RANKS = {
    '{german: {matches: "Häuser"}}': [3, 1, 2],
    '{german: {matches: "Häuser", direction: ASC}}': [1, 2, 3],
    '{bare: {matches: "Häuser"}}': [1, 2, 3],
    '{bare: {matches: "Häuser", config: "german"}}': [3, 1, 2],
    '{german: {matches: "haus & fluss", syntax: QUERY}}': [3, 1, 2],
}


@pytest.mark.parametrize("order", RANKS)
async def test_rank_in_the_same_configuration(museum: Api, order: str) -> None:
    data = await museum.data(f"{{ texts(orderBy: [{order}, {{id: ASC}}]) {{ nodes {{ id }} }} }}")
    assert [row["id"] for row in data["texts"]["nodes"]] == RANKS[order]


async def test_a_cursor_is_of_one_configuration(museum: Api) -> None:
    query = """query ($config: String, $syntax: SearchSyntax, $at: String) {
      texts(orderBy: [{bare: {matches: "Häuser", config: $config, syntax: $syntax}}], first: 1, after: $at) {
        nodes { id } pageInfo { endCursor } } }"""
    page = (await museum.data(query, {"config": "german"}))["texts"]
    assert page["nodes"] == [{"id": 3}]
    at = page["pageInfo"]["endCursor"]
    following = (await museum.data(query, {"config": "german", "at": at}))["texts"]
    assert following["nodes"] == [{"id": 2}]
    for other in ({"config": "simple"}, {}, {"config": "german", "syntax": "PLAIN"}):
        reply = await museum.reply(query, {**other, "at": at})
        assert (reply.status, reply.code) == (400, "INVALID_CURSOR")
