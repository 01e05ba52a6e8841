"""Conditions on what is within JSON values and hstores."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api

LABELS = {
    # hstore
    'pairs: {contains: {color: "red"}}': [1],
    "pairs: {contains: {color: null}}": [3],
    "pairs: {contains: {}}": [1, 2, 3],
    'pairs: {containedBy: {color: "blue", size: "1"}}': [2],
    'pairs: {hasKey: "size"}': [1],
    'pairs: {hasKey: "color"}': [1, 2, 3],
    'pairs: {hasAnyKeys: ["size", "weight"]}': [1],
    "pairs: {hasAnyKeys: []}": [],
    'pairs: {hasAllKeys: ["size", "color"]}': [1],
    "pairs: {hasAllKeys: []}": [1, 2, 3],
    'pairs: {at: [{key: "color", text: {startsWith: "b"}}]}': [2],
    'pairs: {at: {key: "color", text: {isNull: true}}}': [3, 4],
    'pairs: {at: [{key: "color", text: {eq: "red"}}, {key: "size", text: {ne: "11"}}]}': [1],
    'pairs: {at: [{key: "color"}]}': [1, 2, 3, 4],
    "pairs: {at: []}": [1, 2, 3, 4],
    'pairs: {eq: {color: "blue"}}': [2],
    'pairs: {in: [{color: "blue"}, {color: null}]}': [2, 3],
    "pairs: {isNull: true}": [4],
    # json, filtered as jsonb: of keys that are twice there the last counts
    "raw: {eq: {b: [1, 2], a: 3}}": [1],
    "raw: {contains: {a: 3}}": [1],
    "raw: {contains: {a: 1}}": [],
    'raw: {containedBy: ["a", "q", 3]}': [2, 3],
    'raw: {hasKey: "a"}': [1, 2, 3],
    'raw: {hasAllKeys: ["a", "b"]}': [1],
    'raw: {path: "$.b[*] ? (@ > 1)"}': [1],
    'raw: {pathMatches: "$.a == 3"}': [1],
    'raw: {in: ["a", {}]}': [3],
    'raw: {ne: "a"}': [1, 2],
    'raw: {distinctFrom: "a"}': [1, 2, 4],
    'raw: {at: {path: ["b", "1"], text: {eq: "2"}}}': [1],
    "raw: {isNull: true}": [4],
    # jsonb
    'data: {at: [{path: ["a", "b", "0"], text: {eq: "x"}}]}': [1],
    'data: {at: [{path: ["size"], text: {in: ["1", "3"]}}, {path: ["a", "b"], value: {contains: ["y"]}}]}': [2],
    'data: {at: {path: ["a"], value: {hasKey: "b"}}}': [1, 2],
    'data: {at: {path: ["1", "size"], value: {eq: 5}}}': [3],
    'data: {at: {path: [], value: {contains: {size: 1}}}}': [2],
    'data: {at: {path: ["none"], text: {isNull: true}}}': [1, 2, 3, 4],
    'data: {pathWith: {path: "$.a.b[*] ? (@ == $x)", variables: {x: "y"}}}': [2],
    'data: {pathWith: {path: "$.** ? (@.size >= $least)", variables: {least: 3}}}': [1, 3],
    'data: {pathWith: {path: "$.size"}}': [1, 2, 3],
    'data: {pathWith: {path: "strict $.size"}}': [1, 2],
    'data: {pathMatchesWith: {path: "$.size > $least", variables: {least: 2}}}': [1, 3],
    'data: {pathMatchesWith: {path: "$.size", variables: null}}': [],
}  # fmt: skip


@pytest.mark.parametrize("condition", LABELS)
async def test_condition(museum: Api, condition: str) -> None:
    data = await museum.data(f"{{ labels(filter: {{{condition}}}) {{ nodes {{ id }} totalCount }} }}")
    assert [row["id"] for row in data["labels"]["nodes"]] == LABELS[condition]
    assert data["labels"]["totalCount"] == len(LABELS[condition])


@pytest.mark.parametrize(
    "condition",
    [
        'data: {path: "$.a ? ("}',
        'data: {pathWith: {path: ""}}',
        'data: {pathWith: {path: "$.size ? (@ > $least)"}}',
        'data: {pathWith: {path: "$ ? (@ like_regex \\"(\\")"}}',
        'data: {pathWith: {path: "$.size ? (@ > $least)", variables: [1]}}',
        'data: {pathMatchesWith: {path: "$.size > $least", variables: 1}}',
        'raw: {path: "$$"}',
    ],
)
async def test_a_path_that_postgres_cannot_read_is_the_callers_error(museum: Api, condition: str) -> None:
    reply = await museum.reply(f"{{ labels(filter: {{{condition}}}) {{ totalCount }} }}")
    assert (reply.status, reply.code) == (400, "BAD_USER_INPUT")


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ({"data": {"pathWith": {"path": "$.size ? (@ > $x)", "variables": {"x": 2}}}}, [1, 3]),
        ({"data": {"at": [{"path": ["size"], "text": {"eq": "1"}}]}}, [2]),
        ({"pairs": {"at": [{"key": "size", "text": {"in": ["10"]}}]}}, [1]),
        ({"pairs": {"contains": {"color": "red"}}}, [1]),
        ({"pairs": {"hasAnyKeys": ["size"]}}, [1]),
        ({"raw": {"contains": {"a": 3}}}, [1]),
        ({"pairs": {"at": None}}, [1, 2, 3, 4]),
    ],
)
async def test_conditions_as_variables(museum: Api, filter_: dict[str, Any], expected: list[int]) -> None:
    data = await museum.data("query ($f: LabelFilter) { labels(filter: $f) { nodes { id } } }", {"f": filter_})
    assert [row["id"] for row in data["labels"]["nodes"]] == expected


async def test_what_is_within_a_value_does_not_nest(museum: Api) -> None:
    condition = '{data: {at: {path: [], value: {at: {path: [], text: {eq: "1"}}}}}}'
    reply = await museum.reply(f"{{ labels(filter: {condition}) {{ totalCount }} }}")
    assert (reply.status, reply.code) == (400, "GRAPHQL_VALIDATION_FAILED")
