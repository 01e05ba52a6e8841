"""Look-ups by keys and by Relay's global ids."""

from __future__ import annotations

import base64
import json

import pytest

from tests.api import Api

NODE = "query ($id: ID!) { node(nodeId: $id) { __typename nodeId ... on Person { name } ... on Order { number } } }"


def node_id(*parts: object) -> str:
    return base64.b64encode(json.dumps(parts).encode()).decode()


async def test_primary_unique_and_composite_keys(shop: Api) -> None:
    data = await shop.data(
        """{ person(id: "2") { name } byEmail: personByEmail(email: "bob@EXAMPLE.org") { id }
             order(number: 2, shopId: 1) { total } invoiceByShopIdAndNumber(shopId: 2, number: 1) { id }
             orderItem(shopId: 1, number: 1, productId: "00000000-0000-0000-0000-000000000001") { quantity }
             gone: order(shopId: 9, number: 9) { total } }"""
    )
    assert data == {
        "person": {"name": "Bob"},
        "byEmail": {"id": "2"},
        "order": {"total": "0.99"},
        "invoiceByShopIdAndNumber": {"id": 2},
        "orderItem": {"quantity": 2},
        "gone": None,
    }


async def test_any_row_by_its_node_id(shop: Api) -> None:
    ids = await shop.data(
        """{ person(id: 1) { nodeId } order(shopId: 1, number: 2) { nodeId }
             product(id: "00000000-0000-0000-0000-000000000002") { nodeId } }"""
    )
    found = [(await shop.data(NODE, {"id": ids[name]["nodeId"]}))["node"] for name in ("person", "order", "product")]
    assert found == [
        {"__typename": "Person", "nodeId": ids["person"]["nodeId"], "name": "Ada Lovelace"},
        {"__typename": "Order", "nodeId": ids["order"]["nodeId"], "number": 2},
        {"__typename": "Product", "nodeId": ids["product"]["nodeId"]},
    ]


async def test_node_ids_in_a_document(shop: Api) -> None:
    data = await shop.data(
        f"""{{ a: node(nodeId: "{node_id("Person", "1")}") {{ ...N }}
               b: node(nodeId: "{node_id("Order", "1", "2")}") {{ ...N }} }}
            fragment N on Node {{
              ... on Person {{ name mentor {{ id }} }} ... on Order {{ number buyer {{ name }} }} }}"""
    )
    assert data == {
        "a": {"name": "Ada Lovelace", "mentor": None},
        "b": {"number": 2, "buyer": {"name": "Ada Lovelace"}},
    }


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "x",
        "äöü",
        "W10=",
        "e30=",
        node_id("Person"),
        node_id("Person", "1", "2"),
        node_id("Person", 1),
        node_id("Person", "99"),
        node_id("Order", "1"),
        node_id("Query", "1"),
        node_id("PersonConnection", "1"),
        node_id("Ledger", "1"),
        node_id("Draft", "1"),
        node_id("__Type", "Person"),
        node_id("Nothing", "1"),
        node_id("Person", "1\0"),
    ],
)
async def test_an_id_of_no_row_is_null(shop: Api, wrong: str) -> None:
    assert await shop.data(NODE, {"id": wrong}) == {"node": None}
    assert await shop.data(f"{{ node(nodeId: {json.dumps(wrong)}) {{ nodeId }} }}") == {"node": None}


async def test_an_id_whose_key_cannot_be_read_is_the_callers_error(shop: Api) -> None:
    reply = await shop.reply(NODE, {"id": node_id("Person", "one")})
    assert (reply.status, reply.code) == (400, "BAD_USER_INPUT")


async def test_ids_of_different_types_through_one_text(shop: Api) -> None:
    """The type that an id names decides the SQL, so that it is part of the plan's key."""
    for _ in range(2):
        assert (await shop.data(NODE, {"id": node_id("Person", "2")}))["node"]["name"] == "Bob"
        assert (await shop.data(NODE, {"id": node_id("Order", "2", "1")}))["node"]["number"] == 1
        assert (await shop.data(NODE, {"id": node_id("Person", "3")}))["node"]["name"] == "Cyd"
