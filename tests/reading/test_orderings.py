"""Orders by computed fields, counts and rank, in pages: forwards and backwards, with nulls and ties."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api

SELLERS = {
    "{sold: ASC}": ["Ada", "Bob", "Cyd"],
    "{sold: DESC_NULLS_LAST}": ["Bob", "Ada", "Cyd"],
    "{sales: {count: ASC}}": ["Cyd", "Ada", "Bob"],
    "{sales: {count: DESC}}": ["Bob", "Ada", "Cyd"],
    "{sales: {count: DESC}}, {name: ASC}": ["Ada", "Bob", "Cyd"],
    "{sales: {avg: {quantity: ASC_NULLS_FIRST}}}": ["Cyd", "Ada", "Bob"],
    "{sales: {max: {soldAt: DESC}}}": ["Cyd", "Bob", "Ada"],
    "{sales: {min: {label: DESC_NULLS_LAST}}}": ["Bob", "Ada", "Cyd"],
}
PAGE = """query ($first: Int, $last: Int, $after: String, $before: String) {
  %s(orderBy: [%s], first: $first, last: $last, after: $after, before: $before) {
    edges { cursor node { %s } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""


async def pages(api: Api, rows: str, order: str, name: str, size: int, forwards: bool) -> list[Any]:
    """All rows, read a page at a time from either end, in the order that the pages have."""
    query, cursor = PAGE % (rows, order, name), None
    seen: list[Any] = []
    while True:
        variables = {"first": size, "after": cursor} if forwards else {"last": size, "before": cursor}
        page = (await api.data(query, variables))[rows]
        found = [edge["node"][name] for edge in page["edges"]]
        seen = seen + found if forwards else found + seen
        info = page["pageInfo"]
        assert info["hasPreviousPage" if forwards else "hasNextPage"] is (cursor is not None)
        cursor = info["endCursor" if forwards else "startCursor"]
        if not info["hasNextPage" if forwards else "hasPreviousPage"]:
            return seen


@pytest.mark.parametrize("forwards", [True, False])
@pytest.mark.parametrize("order", SELLERS)
async def test_pages_of_an_expressions_order(market: Api, order: str, forwards: bool) -> None:
    for size in (1, 2, 3):
        assert await pages(market, "sellers", order, "name", size, forwards) == SELLERS[order]


RANKS = {
    '{search: {matches: "dog"}}': [2, 1, 4, 3],
    '{search: {matches: "dog", direction: ASC}}': [3, 4, 1, 2],
    '{search: {matches: "dog", direction: DESC_NULLS_LAST}}, {id: ASC}': [2, 1, 3, 4],
    '{search: {matches: "bread"}}': [3, 4, 2, 1],
}


@pytest.mark.parametrize("forwards", [True, False])
@pytest.mark.parametrize("order", RANKS)
async def test_pages_of_an_order_by_rank(market: Api, order: str, forwards: bool) -> None:
    ranked = await market.sql(
        "select ts_rank(search, websearch_to_tsquery('dog')) from market.articles where id < 3 order by id"
    )
    assert 0 < ranked[0] < ranked[1]
    for size in (1, 2, 3):
        assert await pages(market, "articles", order, "id", size, forwards) == RANKS[order]


async def test_a_search_and_its_rank_as_variables(market: Api) -> None:
    data = await market.data(
        """query ($text: String!, $how: OrderDirection) {
             articles(filter: {search: {matches: $text}}, orderBy: [{search: {matches: $text, direction: $how}}]) {
               nodes { id } } }""",
        {"text": "dogs", "how": "ASC"},
    )
    assert [row["id"] for row in data["articles"]["nodes"]] == [1, 2]


ORDERS = """query ($after: String, $order: [ArticleOrderBy!]) {
  articles(orderBy: $order, first: 1, after: $after) { edges { cursor } nodes { id } } }"""


@pytest.mark.parametrize(
    "other",
    [
        [{"search": {"matches": "bread"}}],
        [{"search": {"matches": "dog", "direction": "ASC"}}],
        [{"search": {"matches": "dog"}}, {"title": "ASC"}],
        [{"label": "ASC"}],
        None,
    ],
)
async def test_a_cursor_of_another_search_is_refused(market: Api, other: list[dict[str, Any]] | None) -> None:
    order = [{"search": {"matches": "dog"}}]
    cursor = (await market.data(ORDERS, {"order": order}))["articles"]["edges"][0]["cursor"]
    same = await market.data(ORDERS, {"order": order, "after": cursor})
    assert same["articles"]["nodes"] == [{"id": 1}]
    reply = await market.reply(ORDERS, {"order": other, "after": cursor})
    assert (reply.status, reply.code) == (400, "INVALID_CURSOR")
    assert "another order" in reply.errors[0]["message"]


INFO = {
    "first: 2": (False, True),
    "first: 5": (False, False),
    "first: 0": (False, True),
    "last: 2": (True, False),
    "last: 0": (True, False),
    "first: 2, offset: 1": (True, True),
    "first: 2, offset: 3": (True, False),
    "last: 2, offset: 1": (True, True),
    "last: 2, offset: 3": (False, True),
    "first: 9, offset: 9": (True, False),
    "first: 2, after: $first": (True, True),
    "first: 4, after: $first": (True, False),
    "last: 4, after: $first": (True, False),
    "last: 2, after: $first": (True, False),
    "first: 2, before: $last": (False, True),
    "first: 4, before: $last": (False, True),
    "last: 4, before: $last": (False, True),
    "last: 2, before: $last": (True, True),
    "first: 1, after: $first, before: $last": (True, True),
    "first: 9, after: $first, before: $last": (True, True),
    "last: 9, after: $first, before: $last": (True, True),
    "first: 9, after: $last": (True, False),
    "last: 9, before: $first": (False, True),
    "first: 1, after: $first, offset: 1": (True, True),
    "first: 9, after: $first, before: $last, offset: 2": (True, True),
    "first: 9, filter: {id: {lt: 0}}": (False, False),
}


@pytest.mark.parametrize("arguments", INFO)
async def test_page_info_in_every_case(market: Api, arguments: str) -> None:
    ends = (await market.data("{ sales { pageInfo { startCursor endCursor } } }"))["sales"]["pageInfo"]
    query = arguments.replace("$first", f'"{ends["startCursor"]}"').replace("$last", f'"{ends["endCursor"]}"')
    data = await market.data(
        f"{{ sales({query}) {{ pageInfo {{ hasPreviousPage hasNextPage }} nodes {{ id }} totalCount }} }}"
    )
    info = data["sales"]["pageInfo"]
    assert (info["hasPreviousPage"], info["hasNextPage"]) == INFO[arguments]
