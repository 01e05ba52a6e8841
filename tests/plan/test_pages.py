"""Pages: whatever the order, the size of a page and the way one goes, the pages together are the sorted list."""

from __future__ import annotations

from functools import cmp_to_key
from typing import Any

import pytest

from tests.api import Api

ORDERS = [
    [],
    ["id:DESC"],
    ["a:ASC"],
    ["a:DESC"],
    ["a:ASC_NULLS_FIRST"],
    ["a:DESC_NULLS_LAST"],
    ["b:DESC_NULLS_FIRST"],
    ["c:ASC"],
    ["c:DESC", "id:ASC"],
    ["c:DESC", "id:DESC"],
    ["a:ASC", "b:DESC"],
    ["a:DESC_NULLS_LAST", "b:ASC_NULLS_FIRST"],
    ["b:ASC", "c:DESC", "a:ASC_NULLS_FIRST"],
    ["c:ASC", "a:DESC", "b:DESC_NULLS_LAST"],
    ["person.name:ASC", "b:DESC"],
    ["person.mentor.name:DESC_NULLS_LAST", "a:ASC"],
]
PAGE = """query ($first: Int, $after: String, $last: Int, $before: String, $order: [GradeOrderBy!]) {
  grades(first: $first, after: $after, last: $last, before: $before, orderBy: $order) {
    nodes { id } edges { cursor node { id } } totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""


def ordering(keys: list[str]) -> list[dict[str, Any]]:
    """`a.b:DESC` as an input of GraphQL."""
    found = []
    for key in keys:
        path, direction = key.split(":")
        value: Any = direction
        for name in reversed(path.split(".")):
            value = {name: value}
        found.append(value)
    return found


def is_after(one: Any, other: Any, descending: bool, nulls_first: bool) -> int:
    """Compares two values as Postgres does: -1, 0, 1."""
    if one is None or other is None:
        return 0 if one is other else (-1 if nulls_first else 1) * (1 if one is None else -1)
    plainly: int = (one > other) - (one < other)
    return -plainly if descending else plainly


def in_order(rows: list[dict[str, Any]], keys: list[str]) -> list[int]:
    """The ids of rows sorted by the plain definition of the order."""
    keys = keys or ["id:ASC"]
    if not any(key.startswith("id:") for key in keys):
        keys = [*keys, f"id:{'DESC' if keys[-1].split(':')[1].startswith('DESC') else 'ASC'}"]

    def compare(one: dict[str, Any], other: dict[str, Any]) -> int:
        for key in keys:
            path, direction = key.split(":")
            descending = direction.startswith("DESC")
            nulls_first = direction.endswith("NULLS_FIRST") or direction == "DESC"
            if result := is_after(one[path], other[path], descending, nulls_first):
                return result
        return 0

    return [row["id"] for row in sorted(rows, key=cmp_to_key(compare))]


@pytest.fixture(scope="module")
async def rows(shop: Api) -> list[dict[str, Any]]:
    """What the anonymous role may see, by plain SQL: a hidden person's name is null to it."""
    found = await shop.sql(
        """select g.id, g.a, g.b, g.c, p.name, m.name
             from shop.grades as g
             left join shop.people as p on p.id = g.person_id
             left join shop.people as m on m.id = p.mentor_id""",
        role="shop_anonymous",
    )
    names = ("id", "a", "b", "c", "person.name", "person.mentor.name")
    return [dict(zip(names, row, strict=True)) for row in found]


@pytest.mark.parametrize("keys", ORDERS, ids=lambda keys: " ".join(keys) or "own")
async def test_pages_forwards_and_backwards_are_the_sorted_list(
    shop: Api, rows: list[dict[str, Any]], keys: list[str]
) -> None:
    expected = in_order(rows, keys)
    order = ordering(keys)
    for size in (1, 2, 3, 7, 24, 25, 26):
        for size_name, cursor_name, end, more in (
            ("first", "after", "endCursor", "hasNextPage"),
            ("last", "before", "startCursor", "hasPreviousPage"),
        ):
            seen: list[int] = []
            cursor = None
            while True:
                data = await shop.data(PAGE, {size_name: size, cursor_name: cursor, "order": order})
                page = data["grades"]
                ids = [node["id"] for node in page["nodes"]]
                cursors = [edge["cursor"] for edge in page["edges"]]
                assert [edge["node"]["id"] for edge in page["edges"]] == ids
                assert page["totalCount"] == 25
                info = page["pageInfo"]
                assert (info["startCursor"], info["endCursor"]) == (cursors[0], cursors[-1])
                come_from = "hasPreviousPage" if more == "hasNextPage" else "hasNextPage"
                assert info[come_from] is (cursor is not None)
                seen = seen + ids if size_name == "first" else ids + seen
                assert info[more] is (len(seen) < 25)
                if not info[more]:
                    break
                assert len(ids) == size
                cursor = info[end]
            assert seen == expected, (size, size_name)


@pytest.mark.parametrize("keys", ORDERS, ids=lambda keys: " ".join(keys) or "own")
async def test_between_two_cursors(shop: Api, rows: list[dict[str, Any]], keys: list[str]) -> None:
    expected = in_order(rows, keys)
    order = ordering(keys)
    data = await shop.data(PAGE, {"order": order})
    cursors = [edge["cursor"] for edge in data["grades"]["edges"]]
    for low, high in ((0, 24), (3, 9), (11, 12), (12, 11), (24, 0)):
        between = expected[low + 1 : high]
        sides = {"after": cursors[low], "before": cursors[high], "order": order}
        for size in (None, 2):
            for name in ("first", "last"):
                page = (await shop.data(PAGE, {**sides, name: size}))["grades"]
                wanted = between if size is None else between[:size] if name == "first" else between[-size:]
                assert [node["id"] for node in page["nodes"]] == wanted, (low, high, name, size)
                info = page["pageInfo"]
                assert info["hasPreviousPage"] is True
                assert info["hasNextPage"] is True
                assert info["startCursor"] == (cursors[expected.index(wanted[0])] if wanted else None)


async def test_nodes_alone_are_the_same_page(shop: Api, rows: list[dict[str, Any]]) -> None:
    """A selection of `nodes` alone is compiled another way."""
    query = "query ($o: [GradeOrderBy!], $a: String) { grades(first: 4, orderBy: $o, after: $a) { nodes { id } } }"
    for keys in ORDERS:
        order = ordering(keys)
        cursor = (await shop.data(PAGE, {"order": order, "first": 9}))["grades"]["pageInfo"]["endCursor"]
        data = await shop.data(query, {"o": order, "a": cursor})
        assert [node["id"] for node in data["grades"]["nodes"]] == in_order(rows, keys)[9:13]


async def test_page_info_by_itself_with_offset_and_beyond_the_end(shop: Api) -> None:
    async def info(arguments: str) -> tuple[bool, bool]:
        data = await shop.data(f"{{ grades({arguments}) {{ pageInfo {{ hasPreviousPage hasNextPage }} }} }}")
        found = data["grades"]["pageInfo"]
        return found["hasPreviousPage"], found["hasNextPage"]

    assert await info("first: 25") == (False, False)
    assert await info("first: 24") == (False, True)
    assert await info("last: 24") == (True, False)
    assert await info("first: 0") == (False, True)
    assert await info("first: 5, offset: 0") == (False, True)
    assert await info("first: 5, offset: 5") == (True, True)
    assert await info("first: 5, offset: 20") == (True, False)
    assert await info("first: 5, offset: 99") == (True, False)
    assert await info("last: 5, offset: 5") == (True, True)
    assert await info("first: 5, filter: {id: {gt: 99}}") == (False, False)
    assert await info("first: 5, offset: 1, filter: {id: {gt: 99}}") == (False, False)
    assert await info("first: 2, filter: {id: {lte: 3}}") == (False, True)
    assert await info("first: null") == (False, False)


async def test_offset_counts_from_where_the_page_starts(shop: Api) -> None:
    data = await shop.data(
        """{ first: grades(first: 2, offset: 3) { nodes { id } }
             last: grades(last: 2, offset: 3) { nodes { id } edges { node { id } } } }"""
    )
    assert [node["id"] for node in data["first"]["nodes"]] == [4, 5]
    assert [node["id"] for node in data["last"]["nodes"]] == [21, 22]


async def test_nested_pages(shop: Api) -> None:
    query = """query ($a: String) { people(orderBy: [{id: ASC}]) { nodes { id grades(first: 2, after: $a,
               orderBy: [{c: DESC}]) { edges { cursor node { id c } } pageInfo { hasNextPage } totalCount } } } }"""
    of_ada = (await shop.data(query))["people"]["nodes"][0]["grades"]
    assert [edge["node"] for edge in of_ada["edges"]] == [{"id": 25, "c": 1}, {"id": 19, "c": 1}]
    assert of_ada["totalCount"] == 5
    assert of_ada["pageInfo"] == {"hasNextPage": True}
    following = (await shop.data(query, {"a": of_ada["edges"][-1]["cursor"]}))["people"]["nodes"][0]["grades"]
    assert [edge["node"]["id"] for edge in following["edges"]] == [13, 7]


async def test_rows_whose_key_lets_nulls_repeat_are_all_paged_through(shop: Api) -> None:
    query = "query ($a: String) { readings(first: 1, after: $a) { nodes { sensor value } pageInfo { endCursor } } }"
    seen = []
    cursor = None
    for _ in range(5):
        page = (await shop.data(query, {"a": cursor}))["readings"]
        seen += [(node["sensor"], node["value"]) for node in page["nodes"]]
        cursor = page["pageInfo"]["endCursor"]
    assert seen == [(1, 10), (2, None), (None, 10), (None, 20), (None, 30)]


async def test_rows_without_anything_to_order_by(shop: Api) -> None:
    query = "query ($a: String) { blobs(first: 1, after: $a) { nodes { body } pageInfo { endCursor hasNextPage } } }"
    first = (await shop.data(query))["blobs"]
    second = (await shop.data(query, {"a": first["pageInfo"]["endCursor"]}))["blobs"]
    assert [first["nodes"], second["nodes"]] == [[{"body": {"n": 1}}], [{"body": {"n": 2}}]]
    assert [first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]] == [True, False]


async def test_cursors_outlive_changes(own_shop: Api) -> None:
    first = (await own_shop.data(PAGE, {"first": 10}))["grades"]
    await own_shop.sql("delete from shop.grades where id in (1, 5, 10)")
    await own_shop.sql("insert into shop.grades (id, c) values (0, 0), (-1, 0)")
    following = await own_shop.data(PAGE, {"first": 2, "after": first["pageInfo"]["endCursor"]})
    assert [node["id"] for node in following["grades"]["nodes"]] == [11, 12]


CURSOR = "query ($c: String, $o: [GradeOrderBy!]) { grades(after: $c, orderBy: $o) { nodes { id } } }"


@pytest.mark.parametrize("cursor", ["", "x", "1", "WyJ", "e30=", "W10=", "bnVsbA==", "WzEsMl0=", "äöü", "W251bGxd"])
async def test_a_broken_cursor_is_refused(shop: Api, cursor: str) -> None:
    for side in ("after", "before"):
        reply = await shop.reply(CURSOR.replace("after", side), {"c": cursor})
        assert (reply.status, reply.code) == (400, "INVALID_CURSOR")
        assert "data" not in reply.body
    reply = await shop.reply(f'{{ grades(after: "{cursor}") {{ nodes {{ id }} }} }}')
    assert reply.code == "INVALID_CURSOR"


async def test_a_cursor_of_another_order_is_refused(shop: Api) -> None:
    data = await shop.data(PAGE, {"first": 1, "order": ordering(["a:ASC"])})
    cursor = data["grades"]["pageInfo"]["endCursor"]
    for keys in ([], ["a:DESC"], ["a:ASC_NULLS_FIRST"], ["b:ASC"], ["a:ASC", "b:ASC"], ["person.name:ASC"]):
        reply = await shop.reply(CURSOR, {"c": cursor, "o": ordering(keys)})
        assert (reply.status, reply.code) == (400, "INVALID_CURSOR"), keys
    assert (await shop.reply(CURSOR, {"c": cursor, "o": ordering(["a:ASC"])})).status == 200


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("first: -1", "PAGE_SIZE"),
        ("last: -1", "PAGE_SIZE"),
        ("first: 501", "PAGE_SIZE"),
        ("last: 501", "PAGE_SIZE"),
        ("first: 1, last: 1", "BAD_USER_INPUT"),
        ("offset: -1", "BAD_USER_INPUT"),
    ],
)
async def test_bounds_of_a_page(shop: Api, arguments: str, code: str) -> None:
    reply = await shop.reply(f"{{ grades({arguments}) {{ nodes {{ id }} }} }}")
    assert (reply.status, reply.code) == (400, code)
    assert "data" not in reply.body
    variables = {part.split(": ")[0]: int(part.split(": ")[1]) for part in arguments.split(", ")}
    query = "query ($first: Int, $last: Int, $offset: Int)"
    query += " { grades(first: $first, last: $last, offset: $offset) { nodes { id } pageInfo { hasNextPage } } }"
    reply = await shop.reply(query, variables)
    assert (reply.status, reply.code) == (400, code)


async def test_the_largest_page_and_the_default_one(shop: Api) -> None:
    assert len((await shop.data("{ grades(first: 500) { nodes { id } } }"))["grades"]["nodes"]) == 25
    data = await shop.data("query ($n: Int) { grades(first: $n) { nodes { id } } }", {"n": 500})
    assert len(data["grades"]["nodes"]) == 25
