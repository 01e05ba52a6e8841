"""The operators that types have of their own: patterns, arrays, JSON, full text, paths, networks, ranges."""

from __future__ import annotations

import pytest

from tests.api import Api

ARTICLES = {
    'title: {regex: "^[A-B]"}': [1, 3],
    'title: {regex: "dogs$"}': [1],
    'title: {regexInsensitive: "^dogs"}': [2],
    'title: {regex: "^(a|b)"}': [],
    'tags: {contains: ["blue"]}': [1, 2],
    'tags: {contains: ["blue", "red"]}': [1],
    "tags: {contains: []}": [1, 2, 3],
    'tags: {containedBy: ["blue", "green"]}': [2, 3],
    'tags: {overlaps: ["red", "green"]}': [1],
    'tags: {any: {eq: "red"}}': [1],
    'tags: {any: {startsWith: "b", ne: "red"}}': [1, 2],
    "tags: {any: {}}": [1, 2],
    "tags: {any: null}": [1, 2, 3, 4],
    'not: {tags: {any: {eq: "red"}}}': [2, 3, 4],
    "sizes: {any: {gt: 2}}": [1, 3],
    "sizes: {any: {isNull: true}}": [3],
    "sizes: {contains: [3]}": [1, 3],
    "data: {contains: {a: 1}}": [1],
    "data: {contains: {b: {c: [2]}}}": [1],
    'data: {containedBy: ["a", "q", "z"]}': [3],
    'data: {hasKey: "a"}': [1, 2, 3],
    'data: {hasAnyKeys: ["b", "tags"]}': [1, 2],
    'data: {hasAllKeys: ["a", "b"]}': [1],
    "data: {hasAnyKeys: []}": [],
    'data: {path: "$.tags[*] ? (@ == \\"x\\")"}': [2],
    'data: {pathMatches: "$.a > 1"}': [2],
    "raw: {isNull: true}": [2, 4],
    "raw: {isNull: false}": [1, 3],
    'search: {matches: "fox"}': [1, 2],
    'search: {matches: "jumping"}': [1],
    'search: {matches: "\\"jumps over dogs\\""}': [1],
    'search: {matches: "bread or jump"}': [1, 3],
    'search: {matches: "fox -jump"}': [2],
    'search: {matches: "((\' & :* \\\\"}': [],
    "search: {isNull: false}": [1, 2, 3, 4],
    'path: {descendantOf: "top.animals"}': [1, 2],
    'path: {ancestorOf: "top.animals.fox.red"}': [1, 2],
    'path: {matches: "*.f*.*"}': [1, 3],
    'path: {matchesText: "animals & !fox"}': [2],
    'path: {eq: "top.animals"}': [2],
    'path: {in: ["top.animals", "top"]}': [2],
    'path: {lt: "top.animals.fox"}': [2],
    'address: {containedBy: "10.0.0.0/8"}': [1, 2],
    'address: {containedBy: "10.1.0.0/16"}': [2],
    'address: {containedByStrictly: "10.1.0.0/16"}': [],
    'address: {contains: "10.1.2.3"}': [2],
    'address: {contains: "10.0.0.5"}': [1],
    'address: {containsStrictly: "10.0.0.5"}': [],
    'address: {overlaps: "10.0.0.0/24"}': [1],
    'network: {contains: "10.1.2.3/16"}': [1],
    'network: {eq: "10.0.0.0/8"}': [1],
    'address: {lt: "10.0.0.6"}': [1],
    'label: {regex: "^f"}': [1],
    'label: {eq: "dogs"}': [2],
    'label: {in: ["FOX", "Bread"]}': [1, 3],
    'span: {eq: {lower: "2024-01-01", upper: "2024-02-01"}}': [1],
    'span: {contains: {lower: "2024-01-05", upper: "2024-01-06"}}': [1],
    "span: {contains: {empty: true}}": [1, 2, 3],
    'span: {containsValue: "2024-02-01"}': [2],
    'span: {containedBy: {lower: "2024-01-01"}}': [1, 2, 3],
    'span: {overlaps: {lower: "2024-01-31", upper: "2024-02-01", upperInclusive: true}}': [1, 2],
    'span: {adjacent: {lower: "2024-03-01"}}': [2],
    'span: {leftOf: {lower: "2024-02-01"}}': [1],
    'span: {rightOf: {upper: "2024-02-01"}}': [2],
    'span: {notLeftOf: {lower: "2024-01-15", upper: "2024-01-16"}}': [2],
    'span: {notRightOf: {lower: "2024-02-01", upper: "2024-02-02"}}': [1],
    'span: {gt: {lower: "2024-01-02"}}': [2],
    'span: {in: [{empty: true}, {lower: "2024-02-01", upper: "2024-03-01"}]}': [2, 3],
    "spans: {containsValue: 7}": [1],
    "spans: {overlaps: [{lower: 2, upper: 5}]}": [1, 2],
    "spans: {contains: []}": [1, 2, 3],
    'boxes: {contains: [{width: 1, unit: "m"}]}': [1, 2],
    'boxes: {any: {eq: {width: 3, unit: "cm"}}}': [1],
}


@pytest.mark.parametrize("condition", ARTICLES)
async def test_operator(market: Api, condition: str) -> None:
    data = await market.data(f"{{ articles(filter: {{{condition}}}) {{ nodes {{ id }} totalCount }} }}")
    assert [row["id"] for row in data["articles"]["nodes"]] == ARTICLES[condition]
    assert data["articles"]["totalCount"] == len(ARTICLES[condition])


@pytest.mark.parametrize(
    "condition",
    [
        'title: {regex: "("}',
        'title: {regexInsensitive: "[z-a]"}',
        'data: {path: "$.a ? ("}',
        'data: {pathMatches: ""}',
        'path: {matches: "a.("}',
        'path: {matchesText: "a & "}',
        'path: {descendantOf: "a b"}',
        'address: {containedBy: "10.0.0.0/99"}',
    ],
)
async def test_a_pattern_that_postgres_cannot_read_is_the_callers_error(market: Api, condition: str) -> None:
    reply = await market.reply(f"{{ articles(filter: {{{condition}}}) {{ totalCount }} }}")
    assert (reply.status, reply.code) == (400, "BAD_USER_INPUT")


async def test_patterns_as_variables(market: Api) -> None:
    data = await market.data(
        """query ($tags: [String], $keys: [String!], $regex: String, $filter: ArticleFilter) {
             a: articles(filter: {tags: {overlaps: $tags}}) { totalCount }
             b: articles(filter: {data: {hasAllKeys: $keys}}) { totalCount }
             c: articles(filter: {title: {regex: $regex}}) { totalCount }
             d: articles(filter: $filter) { totalCount } }""",
        {"tags": ["red"], "keys": ["a"], "regex": "read", "filter": {"tags": {"any": {"in": ["red"]}}}},
    )
    assert [data[key]["totalCount"] for key in "abcd"] == [1, 3, 1, 1]


async def test_a_list_filter_is_of_its_own_elements(market: Api) -> None:
    data = await market.data(
        """{ tags: __type(name: "StringListFilter") { inputFields { name type { name } } }
             hosts: __type(name: "InetListFilter") { inputFields { name type { name } } } }"""
    )
    found = {
        name: next(field["type"]["name"] for field in type_["inputFields"] if field["name"] == "any")
        for name, type_ in data.items()
    }
    assert found == {"tags": "StringFilter", "hosts": "InetFilter"}
    data = await market.data('{ articles(filter: {hosts: {any: {containedBy: "10.0.0.0/8"}}}) { nodes { id } } }')
    assert data["articles"]["nodes"] == [{"id": 1}]


CASED = {
    'like: "A%"': [1],
    'ilike: "a%"': [1, 2],
    'includes: "b"': [1, 3],
    'includesInsensitive: "AB"': [1, 2],
    'startsWith: "a"': [2],
    'endsWith: "b"': [1, 3],
    'regex: "^a"': [2],
    'regexInsensitive: "^b$"': [3, 4],
}


@pytest.mark.parametrize("condition", CASED)
async def test_patterns_under_a_collation_that_takes_texts_for_equal(museum: Api, condition: str) -> None:
    data = await museum.data(f"{{ kinds(filter: {{cased: {{{condition}}}}}) {{ nodes {{ id }} }} }}")
    assert [row["id"] for row in data["kinds"]["nodes"]] == CASED[condition]
