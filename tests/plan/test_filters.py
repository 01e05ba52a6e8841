"""Every operator of a filter, on every kind of value, and filters along relations."""

from __future__ import annotations

import pytest

from tests.api import Api

TEA, SNOW, NOTHING = '100% "Tea"', "Snow_man", "Nothing"

PRODUCTS = {
    "name: {eq: \"Nothing\"}": [NOTHING],
    "name: {ne: \"Nothing\"}": [TEA, SNOW],
    "name: {in: [\"Nothing\", \"Snow_man\"]}": [NOTHING, SNOW],
    "name: {notIn: [\"Nothing\", \"Snow_man\"]}": [TEA],
    "name: {in: []}": [],
    "name: {notIn: []}": [TEA, NOTHING, SNOW],
    "name: {lt: \"O\"}": [TEA, NOTHING],
    "name: {gte: \"Nothing\", lte: \"Nothing\"}": [NOTHING],
    "name: {like: \"%o%\"}": [NOTHING, SNOW],
    "name: {like: \"%O%\"}": [],
    "name: {like: \"_____man\"}": [SNOW],
    "name: {ilike: \"%O%\"}": [NOTHING, SNOW],
    "name: {includes: \"%\"}": [TEA],
    "name: {includes: \"_\"}": [SNOW],
    "name: {includes: \"\\\\\"}": [],
    "name: {includesInsensitive: \"TEA\"}": [TEA],
    "name: {startsWith: \"100%\"}": [TEA],
    "name: {startsWith: \"1_0\"}": [],
    "name: {startsWithInsensitive: \"sNOW\"}": [SNOW],
    "name: {endsWith: \"ing\"}": [NOTHING],
    "name: {endsWithInsensitive: \"MAN\"}": [SNOW],
    "stock: {eq: \"9223372036854775807\"}": [TEA],
    "stock: {eq: 0}": [SNOW],
    "stock: {isNull: true}": [NOTHING],
    "stock: {isNull: false}": [TEA, SNOW],
    "stock: {distinctFrom: 0}": [TEA, NOTHING],
    "stock: {distinctFrom: null}": [TEA, SNOW],
    "stock: {ne: 0}": [TEA],
    "stock: {eq: null}": [TEA, NOTHING, SNOW],
    "stock: null": [TEA, NOTHING, SNOW],
    "price: {eq: \"12345678901234567890.123456789\"}": [TEA],
    "price: {lt: 2.5}": [SNOW],
    "price: {in: [2.0]}": [SNOW],
    "shelf: {gt: 1}": [SNOW],
    "weight: {eq: 0.1}": [TEA],
    "weight: {in: [0.1, 7]}": [TEA],
    "weight: {lte: 0.1}": [TEA],
    "volume: {lt: 0}": [SNOW],
    "madeAt: {eq: \"2024-02-29T13:00:00.5+01:00\"}": [TEA],
    "madeAt: {lt: \"2024-01-01T00:00:00Z\"}": [SNOW],
    "checked: {eq: \"2024-02-29T12:00:00\"}": [TEA],
    "day: {gte: \"2023-01-02\"}": [TEA],
    "opens: {lt: \"10:00\"}": [TEA],
    "warranty: {gt: \"P1Y\"}": [TEA],
    "picture: {eq: \"AP8Q\"}": [TEA],
    "picture: {in: [\"\", \"AP8Q\"]}": [TEA, SNOW],
    "data: {eq: {a: [1, null]}}": [TEA],
    "mood: {eq: sad}": [SNOW],
    "mood: {gt: sad}": [TEA],
    "mood: {in: [sad, happy]}": [TEA, SNOW],
    "size: {eq: extra_small}": [TEA],
    "code: {eq: \"AB-1\"}": [TEA],
    "code: {ne: \"not a code\"}": [TEA, SNOW],
    "code: {in: [\"not a code\", \"CD-22\"]}": [SNOW],
    "code: {startsWith: \"CD\"}": [SNOW],
    "label: {eq: \"GREEN\"}": [TEA],
    "label: {in: [\"gReEn\", \"RED\"]}": [TEA, SNOW],
    "label: {includes: \"REE\"}": [TEA],
    "grade: {eq: \"A\"}": [TEA],
    "grade: {startsWith: \"B\"}": [SNOW],
    "live: {eq: true}": [TEA],
    "live: {ne: true}": [SNOW],
    "live: {distinctFrom: true}": [NOTHING, SNOW],
    "live: {in: [true, false]}": [TEA, SNOW],
    "address: {eq: \"10.0.0.1\"}": [TEA],
    "id: {eq: \"00000000-0000-0000-0000-000000000002\"}": [SNOW],
    "id: {in: [\"{00000000000000000000000000000003}\"]}": [NOTHING],
    "tags: {eq: [\"hot\", \"with, comma\", null]}": [TEA],
    "tags: {eq: []}": [SNOW],
    "names: {eq: [\"x\"]}": [TEA],
    "sizes: {eq: [1, 2]}": [TEA],
    "sizes: {ne: [1]}": [TEA],
    "counts: {eq: [1, \"9223372036854775807\"]}": [TEA],
    "prices: {eq: [\"0.1\"]}": [TEA],
    "moods: {eq: [sad, happy]}": [TEA],
    "moods: {isNull: true}": [NOTHING, SNOW],
    "not: {stock: {eq: 0}}": [TEA, NOTHING],
    "not: {stock: {isNull: true}, name: {eq: \"Nothing\"}}": [TEA, SNOW],
    "not: {}": [],
    "and: [{stock: {gte: 0}}, {name: {includes: \"e\"}}]": [TEA],
    "and: []": [TEA, NOTHING, SNOW],
    "or: [{stock: {eq: 0}}, {name: {includes: \"e\"}}]": [TEA, SNOW],
    "or: []": [],
    "or: [{}]": [TEA, NOTHING, SNOW],
    "or: {stock: {eq: 0}}": [SNOW],
    "or: null, not: null": [TEA, NOTHING, SNOW],
    "stock: {eq: 0}, name: {eq: \"Nothing\"}": [],
}  # fmt: skip


@pytest.mark.parametrize("condition", PRODUCTS)
async def test_operator(shop: Api, condition: str) -> None:
    data = await shop.data(
        f"{{ products(filter: {{{condition}}}, orderBy: [{{name: ASC}}]) {{ nodes {{ name }} totalCount }} }}"
    )
    expected = PRODUCTS[condition]
    assert [row["name"] for row in data["products"]["nodes"]] == expected
    assert data["products"]["totalCount"] == len(expected)


PEOPLE = {
    "mentor: {name: {eq: \"Bob\"}}": ["Cyd"],
    "mentor: {}": ["Bob", "Cyd"],
    "mentor: null": ["Ada Lovelace", "Bob", "Cyd", "Eve"],
    "not: {mentor: {}}": ["Ada Lovelace", "Eve"],
    "mentor: {mentor: {name: {startsWith: \"Ada\"}}}": ["Cyd"],
    "pupils: {some: {}}": ["Ada Lovelace", "Bob"],
    "pupils: {none: {}}": ["Cyd", "Eve"],
    "pupils: {some: {name: {eq: \"Bob\"}}}": ["Ada Lovelace"],
    "pupils: {none: {name: {eq: \"Bob\"}}}": ["Bob", "Cyd", "Eve"],
    "pupils: {every: {name: {eq: \"Bob\"}}}": ["Ada Lovelace", "Cyd", "Eve"],
    "pupils: {some: {}, every: {name: {eq: \"Bob\"}}}": ["Ada Lovelace"],
    "pupils: {every: {email: {includes: \"o\"}}}": ["Ada Lovelace", "Cyd", "Eve"],
    "pupils: {some: null}": ["Ada Lovelace", "Bob", "Cyd", "Eve"],
    "ordersByBuyer: {some: {total: {gt: 5}}}": ["Ada Lovelace", "Bob"],
    "ordersByBuyer: {every: {total: {gt: 5}}}": ["Bob", "Cyd", "Eve"],
    "ordersBySeller: {some: {buyer: {name: {eq: \"Ada Lovelace\"}}}}": ["Bob", "Cyd"],
    "orderCount: {gt: 1}": ["Ada Lovelace"],
    "orderCount: {eq: 0}": ["Cyd", "Eve"],
    "email: {eq: \"BOB@EXAMPLE.ORG\"}": ["Bob"],
    "alias: {isNull: true}": ["Bob", "Eve"],
}  # fmt: skip


@pytest.mark.parametrize("condition", PEOPLE)
async def test_filter_along_relations(shop: Api, condition: str) -> None:
    data = await shop.data(f"{{ people(filter: {{{condition}}}) {{ nodes {{ name }} totalCount }} }}")
    expected = PEOPLE[condition]
    assert [row["name"] for row in data["people"]["nodes"]] == expected
    assert data["people"]["totalCount"] == len(expected)


async def test_filter_across_a_junction_table(shop: Api) -> None:
    data = await shop.data(
        """{ tea: orders(filter: {productsViaOrderItems: {some: {name: {includes: "Tea"}}}}) { nodes { shopId number } }
             none: orders(filter: {productsViaOrderItems: {none: {}}}) { totalCount }
             invoiced: orders(filter: {invoice: {memo: {eq: "paid"}}}) { nodes { shopId number } }
             nested: person(id: 1) { ordersByBuyer(filter: {total: {lt: 1}}) { nodes { number } totalCount } } }"""
    )
    assert data == {
        "tea": {"nodes": [{"shopId": 1, "number": 1}, {"shopId": 2, "number": 1}]},
        "none": {"totalCount": 3},
        "invoiced": {"nodes": [{"shopId": 1, "number": 1}]},
        "nested": {"ordersByBuyer": {"nodes": [{"number": 2}], "totalCount": 1}},
    }


@pytest.mark.parametrize(
    "condition",
    [
        'day: {eq: "tomorrowish"}',
        'madeAt: {gt: "2024-13-01T00:00:00Z"}',
        'warranty: {eq: "soon"}',
        'address: {eq: "nowhere"}',
        'name: {eq: "a\\u0000b"}',
    ],
)
async def test_a_value_that_postgres_cannot_read_is_the_callers_error(shop: Api, condition: str) -> None:
    reply = await shop.reply(f"{{ products(filter: {{{condition}}}) {{ totalCount }} }}")
    assert (reply.status, reply.code) == (400, "BAD_USER_INPUT")
    assert "data" not in reply.body


async def test_a_value_never_becomes_sql(shop: Api) -> None:
    hostile = "'; drop table shop.people; -- \" \\ $1 %s :x"
    data = await shop.data(
        "query ($x: String!) { people(filter: {name: {eq: $x}}) { totalCount } greet(name: $x) }", {"x": hostile}
    )
    assert data == {"people": {"totalCount": 0}, "greet": f"Hello {hostile}! "}
    literal = hostile.replace("\\", "\\\\").replace('"', '\\"')
    data = await shop.data(f'{{ people(filter: {{name: {{includes: "{literal}"}}}}) {{ totalCount }} }}')
    assert data == {"people": {"totalCount": 0}}
