"""Rows across a junction table by the junction's own columns; computed fields with arguments."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import MEMBER, Api
from tests.reading.test_cursors import cursor_of

ROOMS = {
    "": [1, 2, 3],
    "filter: {shift: {hours: {gt: 1}}}": [1, 2],
    "filter: {shift: {note: {isNull: false}}, title: {eq: \"Maps\"}}": [3],
    "filter: {or: [{shift: {hours: {eq: 1}}}, {title: {eq: \"Coins\"}}]}": [1, 3],
    "filter: {not: {shift: {note: {eq: \"a\"}}}}": [2, 3],
    "filter: {shift: {guide: {name: {eq: \"Ada\"}}}}": [1, 2, 3],
    "filter: {shift: {}}": [1, 2, 3],
    "filter: {shift: null}": [1, 2, 3],
    "orderBy: [{shift: {hours: ASC}}, {title: ASC}]": [3, 2, 1],
    "orderBy: [{shift: {note: DESC_NULLS_FIRST}}]": [2, 3, 1],
    "orderBy: {shift: {guide: {name: ASC}}}": [1, 2, 3],
    "orderBy: [{title: ASC}]": [2, 1, 3],
    "orderBy: [{shift: {note: ASC}}], distinct: [edge]": [1, 3, 2],
}  # fmt: skip


@pytest.mark.parametrize("arguments", ROOMS)
async def test_rows_by_the_columns_of_their_edges(museum: Api, arguments: str) -> None:
    given = f"({arguments})" if arguments else ""
    data = await museum.data(f"{{ guide(id: 1) {{ roomsViaShifts{given} {{ nodes {{ id }} totalCount }} }} }}")
    assert [row["id"] for row in data["guide"]["roomsViaShifts"]["nodes"]] == ROOMS[arguments]
    assert data["guide"]["roomsViaShifts"]["totalCount"] == len(ROOMS[arguments])


async def test_pages_in_the_order_of_edges(museum: Api) -> None:
    query = """query ($at: String) { guide(id: 1) {
      roomsViaShifts(first: 1, after: $at, orderBy: [{shift: {hours: DESC}}, {shift: {note: ASC_NULLS_FIRST}}]) {
        edges { hours note node { id } } pageInfo { hasNextPage endCursor } } } }"""
    cursor, seen = None, list[tuple[int, str | None, int]]()
    for _ in range(3):
        page = (await museum.data(query, {"at": cursor}))["guide"]["roomsViaShifts"]
        seen += [(edge["hours"], edge["note"], edge["node"]["id"]) for edge in page["edges"]]
        cursor = page["pageInfo"]["endCursor"]
    assert seen == [(2, None, 2), (2, "a", 1), (1, "b", 3)]
    assert page["pageInfo"]["hasNextPage"] is False


GUIDES = {
    "{roomsViaShifts: {some: {shift: {hours: {gte: 5}}}}}": [2],
    "{roomsViaShifts: {some: {shift: {hours: {eq: 2}}, title: {eq: \"Coins\"}}}}": [1],
    "{roomsViaShifts: {every: {shift: {hours: {gte: 2}}}}}": [3],
    "{roomsViaShifts: {none: {shift: {note: {eq: \"a\"}}}}}": [2, 3],
    "{roomsViaShifts: {some: {}}}": [1, 2],
    "{roomsViaShifts: {aggregates: {count: {eq: 3}}}}": [1],
}  # fmt: skip


@pytest.mark.parametrize("condition", GUIDES)
async def test_rows_by_conditions_on_what_leads_to_others(museum: Api, condition: str) -> None:
    data = await museum.data(f"{{ guides(filter: {condition}) {{ nodes {{ id }} }} }}")
    assert [row["id"] for row in data["guides"]["nodes"]] == GUIDES[condition]


async def test_what_the_row_that_leads_there_is_called(market: Api) -> None:
    """`edge`; where the rows have a field of that name, as those of `rooms` above, it is called after its table."""
    data = await market.data(
        """{ seller(id: 1) {
               a: markets(filter: {edge: {sellerId: {eq: 1}}}, orderBy: [{edge: {placeId: ASC}}]) { totalCount }
               b: markets(filter: {not: {edge: {}}}) { totalCount } } }"""
    )
    assert data == {"seller": {"a": {"totalCount": 1}, "b": {"totalCount": 0}}}


async def test_edges_show_only_what_the_caller_may_select(museum: Api) -> None:
    query = "{ guide(id: 1) { roomsViaShifts(%s) { nodes { id } } } }"
    for arguments in ("filter: {shift: {secret: {gt: 7}}}", "orderBy: [{shift: {secret: ASC}}]"):
        refused = await museum.reply(query % arguments)
        assert {error["extensions"]["code"] for error in refused.errors} == {"GRAPHQL_VALIDATION_FAILED"}
    data = await museum.data(query % "orderBy: [{shift: {secret: ASC}}]", role=MEMBER)
    assert [row["id"] for row in data["guide"]["roomsViaShifts"]["nodes"]] == [3, 2, 1]


WORTH = {
    "filter: {worth: {args: {factor: 2}, value: {gt: \"15\"}}}": [1, 2],
    "filter: {worth: {args: {factor: -1}, value: {eq: \"0\"}}}": [1, 2, 3],
    "filter: {worth: {args: {factor: -1, lowest: \"-9\"}, value: {eq: \"-9\"}}}": [1, 2, 3],
    "filter: {worth: {args: {factor: -1, lowest: \"-16\"}, value: {lt: \"-9\"}}}": [2, 3],
    "filter: {worth: {args: {factor: 2}}}": [1, 2, 3],
    "filter: {worth: {args: {factor: 2}, value: null}}": [1, 2, 3],
    "filter: {spot: {args: {wall: \"n\"}, value: {eq: {room: 2, wall: \"n\"}}}}": [2],
    "orderBy: [{worth: {args: {factor: 1}, direction: ASC}}]": [3, 2, 1],
    "orderBy: [{worth: {args: {factor: -1, lowest: \"-99\"}, direction: ASC}}]": [3, 2, 1],
    "orderBy: [{worth: {args: {factor: -1}, direction: ASC}}, {title: ASC}]": [2, 1, 3],
    "orderBy: [{spot: {args: {wall: \"n\"}, direction: DESC}}]": [3, 2, 1],
}  # fmt: skip


@pytest.mark.parametrize("arguments", WORTH)
async def test_computed_fields_with_the_arguments_that_are_given(museum: Api, arguments: str) -> None:
    data = await museum.data(f"{{ rooms({arguments}) {{ nodes {{ id }} }} }}")
    assert [row["id"] for row in data["rooms"]["nodes"]] == WORTH[arguments]


ORDER = """query ($factor: Int!, $at: String) {
  rooms(orderBy: [{worth: {args: {factor: $factor}, direction: DESC}}], first: 2, after: $at) {
    nodes { id worth(factor: $factor) } pageInfo { endCursor } } }"""


async def test_a_cursor_is_of_the_arguments_that_were_given(museum: Api) -> None:
    page = (await museum.data(ORDER, {"factor": 1}))["rooms"]
    assert page["nodes"] == [{"id": 1, "worth": "9"}, {"id": 2, "worth": "8"}]
    at = page["pageInfo"]["endCursor"]
    following: Any = await museum.data(ORDER, {"factor": 1, "at": at})
    assert following["rooms"]["nodes"] == [{"id": 3, "worth": "7"}]
    reply = await museum.reply(ORDER, {"factor": 2, "at": at})
    assert (reply.status, reply.code) == (400, "INVALID_CURSOR")


async def test_computed_fields_without_the_tags_take_no_part(museum: Api) -> None:
    types = await museum.data(
        """{ a: __type(name: "RoomFilter") { inputFields { name } }
             b: __type(name: "RoomOrderBy") { inputFields { name } } }"""
    )
    for type_ in types.values():
        assert {"worth", "spot", "plain"} & {field["name"] for field in type_["inputFields"]} == {"worth", "spot"}


async def test_a_field_that_needs_arguments_takes_none_less(museum: Api) -> None:
    for arguments in ("filter: {worth: {args: {}, value: {gt: 1}}}", "orderBy: [{worth: {direction: ASC}}]"):
        reply = await museum.reply(f"{{ rooms({arguments}) {{ totalCount }} }}")
        assert (reply.status, reply.code) == (400, "GRAPHQL_VALIDATION_FAILED")
    assert await cursor_of(museum, "rooms(orderBy: [{worth: {args: {factor: 1}, direction: ASC}}])")
