"""Pages by keyset cursors over values of every type, ties, and rows without keys; cursors that were tampered with."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.api import MEMBER, SHOP_SETTINGS, Api, CreateDatabase, opened

KINDS = (
    "small large exact cash flag at local day clock zoned lasted folded plain cased padded letter bytes bits varying "
    "state share key address network card range ranges numbers words grid states data spot path place"
).split()
IDS = "select id from museum.kinds"
PAGE = """query ($first: Int, $last: Int, $after: String, $before: String) {
  kinds(orderBy: [{%s: %s}, {id: DESC}], first: $first, last: $last, after: $after, before: $before) {
    nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""


@pytest.mark.parametrize("direction", ["ASC_NULLS_FIRST", "DESC_NULLS_LAST"])
@pytest.mark.parametrize("column", KINDS)
async def test_pages_are_the_sorted_list(museum: Api, column: str, direction: str) -> None:
    order, _, nulls = direction.partition("_")
    expected = await museum.sql(f'{IDS} order by "{column}" {order} {nulls.replace("_", " ")}, id desc')
    assert len(expected) == 5
    for size, forwards in ((1, True), (2, False)):
        cursor, seen = None, list[int]()
        for _ in range(5):
            variables = {"first": size, "after": cursor} if forwards else {"last": size, "before": cursor}
            page = (await museum.data(PAGE % (column, direction), variables))["kinds"]
            found = [row["id"] for row in page["nodes"]]
            seen = seen + found if forwards else found + seen
            cursor = page["pageInfo"]["endCursor" if forwards else "startCursor"]
            if not page["pageInfo"]["hasNextPage" if forwards else "hasPreviousPage"]:
                break
        assert seen == expected


async def read(api: Api, rows: str, arguments: str, selection: str, size: int, forwards: bool) -> list[Any]:
    """All nodes of a list, a page at a time."""
    query = f"""query ($n: Int, $at: String) {{ rows: {rows}({arguments}
        {"first: $n, after: $at" if forwards else "last: $n, before: $at"}) {{
          nodes {{ {selection} }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"""
    cursor = None
    seen: list[Any] = []
    for _ in range(20):
        page = (await api.data(query, {"n": size, "at": cursor}))["rows"]
        seen = seen + page["nodes"] if forwards else page["nodes"] + seen
        cursor = page["pageInfo"]["endCursor" if forwards else "startCursor"]
        if not page["pageInfo"]["hasNextPage" if forwards else "hasPreviousPage"]:
            return seen
    raise AssertionError("the pages never end")


@pytest.mark.parametrize("forwards", [True, False])
@pytest.mark.parametrize("size", [1, 2, 3])
async def test_rows_that_are_alike_are_all_paged_through(museum: Api, size: int, forwards: bool) -> None:
    every = await read(museum, "visits", "", "gate hour note", size, forwards)
    assert sorted(row["note"] for row in every) == [1, 2, 3, 4, 5, 6, 7]
    assert [(row["gate"], row["hour"]) for row in every] == [
        ("east", 1), ("east", 1), ("east", 1), ("east", 2), ("west", 2), (None, None), (None, None),
    ]  # fmt: skip
    seen = await read(museum, "seens", "orderBy: [{hour: DESC_NULLS_LAST}], ", "gate hour", size, forwards)
    assert [(row["gate"], row["hour"]) for row in seen] == [
        ("west", 2), ("east", 2), ("east", 1), ("east", 1), ("east", 1), (None, None), (None, None),
    ]  # fmt: skip
    some = await read(museum, "visits", 'filter: {gate: {eq: "east"}}, distinct: [hour], ', "hour", size, forwards)
    assert some == [{"hour": 1}, {"hour": 2}]


@pytest.mark.parametrize("forwards", [True, False])
async def test_alike_rows_of_a_function(museum: Api, forwards: bool) -> None:
    rows = await read(museum, "gates", "orderBy: [{hour: ASC}], ", "gate hour", 2, forwards)
    assert [(row["gate"], row["hour"]) for row in rows] == [("east", 1)] * 3 + [
        ("east", 2), ("west", 2), (None, None), (None, None),
    ]  # fmt: skip
    own = await read(museum, "gates", "", "gate", 3, forwards)
    assert len(own) == 7


async def cursor_of(api: Api, query: str, **who: Any) -> str:
    data = await api.data(f"{{ rows: {query} {{ pageInfo {{ startCursor }} }} }}", **who)
    cursor: str = data["rows"]["pageInfo"]["startCursor"]
    return cursor


def opened_up(cursor: str) -> list[Any]:
    parts: list[Any] = json.loads(base64.b64decode(cursor))
    return parts


def forged(parts: object) -> str:
    return base64.b64encode(json.dumps(parts).encode()).decode()


WILD: list[object] = [
    None, "", "\x01 (,;'\"--{[", "x" * 10_000, "9" * 400, "{" * 500, "NaN", "infinity", 7, [], {"a": 1}, True,
]  # fmt: skip


@pytest.mark.parametrize("column", KINDS)
async def test_a_forged_cursor_is_the_callers_error_or_a_place(museum: Api, column: str) -> None:
    mark, _, key = opened_up(await cursor_of(museum, f"kinds(orderBy: [{{{column}: ASC}}])"))
    query = f"query ($at: String) {{ kinds(orderBy: [{{{column}: ASC}}], after: $at) {{ nodes {{ id }} }} }}"
    codes = set()
    for value in WILD:
        reply = await museum.reply(query, {"at": forged([mark, value, key])})
        if "errors" in reply.body:
            assert (reply.status, reply.code in ("INVALID_CURSOR", "BAD_USER_INPUT")) == (400, True)
            codes.add(reply.code)
        else:
            assert all(row["id"] in range(1, 6) for row in reply.body["data"]["kinds"]["nodes"])
    assert "INVALID_CURSOR" in codes


@pytest.mark.parametrize(
    "cursor",
    ["", "null", "W10=", "e30=", "bnVsbA==", "8J+YgA==", "ÿ", "[" * 3000, "W1tbW1tbWw==", forged([None]), forged([""])],
)
async def test_what_is_no_cursor(museum: Api, cursor: str) -> None:
    for side in ("after", "before"):
        query = f"query ($at: String) {{ kinds({side}: $at) {{ totalCount nodes {{ id }} }} }}"
        reply = await museum.reply(query, {"at": cursor})
        assert (reply.status, reply.code) == (400, "INVALID_CURSOR")


async def test_a_cursor_gives_no_sight_of_an_order_that_its_caller_may_not_ask_for(museum: Api) -> None:
    owners = await cursor_of(museum, "ledgers(orderBy: [{secret: ASC}])", role=MEMBER)
    query = "query ($at: String) { ledgers(orderBy: [{secret: ASC}], after: $at) { nodes { id } } }"
    refused = await museum.reply(query, {"at": owners})
    assert {error["extensions"]["code"] for error in refused.errors} == {"GRAPHQL_VALIDATION_FAILED"}
    for order in ("", "orderBy: [{amount: ASC}], ", "orderBy: [{id: ASC}], "):
        reply = await museum.reply(
            f"query ($at: String) {{ ledgers({order}after: $at) {{ nodes {{ id }} }} }}", {"at": owners}
        )
        assert (reply.status, reply.code) == (400, "INVALID_CURSOR")


async def test_the_order_of_a_tag_has_only_what_the_caller_may_select(museum: Api) -> None:
    query = "{ ledgers { edges { cursor node { id } } } }"
    edges = (await museum.data(query, role=MEMBER))["ledgers"]["edges"]
    assert [edge["node"]["id"] for edge in edges] == [1, 3, 2]
    assert [opened_up(edge["cursor"])[1:] for edge in edges] == [["3", "2", "1"], ["2", "1", "3"], ["1", "2", "2"]]
    edges = (await museum.data(query))["ledgers"]["edges"]
    assert [edge["node"]["id"] for edge in edges] == [3, 1, 2]
    assert [opened_up(edge["cursor"])[1:] for edge in edges] == [["1", "3"], ["2", "1"], ["2", "2"]]


async def test_rows_without_a_key_page_by_more_columns_than_a_function_takes(create_database: CreateDatabase) -> None:
    columns = ", ".join(f"c{number} int" for number in range(120))
    rows = "insert into broad (c0, c119) values (1, 3), (1, 2), (1, null)"
    url = await create_database(f"create table broad ({columns}); {rows}")
    async with opened(url, **{**SHOP_SETTINGS, "schemas": ("public",), "anonymous_role": "postgres"}) as api:
        query = "query ($at: String) { broads(first: 1, after: $at) { nodes { c119 } edges { cursor } } }"
        seen, cursor = [], None
        for _ in range(3):
            page = (await api.data(query, {"at": cursor}, role="postgres"))["broads"]
            seen += page["nodes"]
            cursor = page["edges"][0]["cursor"]
    assert seen == [{"c119": 2}, {"c119": 3}, {"c119": None}]
