"""Rows that a policy hides: the API shows, counts, finds and orders just what plain SQL shows to the same caller.

Dee (4) is hidden from all but herself; so is order 1/3, which is Bob's, from all but him.
"""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.api import MEMBER, Api
from tests.plan.test_keys import node_id

CALLERS: list[dict[str, Any]] = [
    {},
    {"role": MEMBER},
    {"role": MEMBER, "claims": {"sub": "2"}},
    {"role": MEMBER, "claims": {"sub": "4"}},
]

PEOPLE = "select p.id::text from shop.people p where CONDITION order by p.id"


def as_sql(who: dict[str, Any]) -> dict[str, Any]:
    """The same caller in plain SQL."""
    sub = who.get("claims", {}).get("sub")
    return {"role": who.get("role", "shop_anonymous"), "sub": None if sub is None else int(sub)}


@pytest.mark.parametrize("who", CALLERS, ids=["anonymous", "member", "Bob", "Dee"])
@pytest.mark.parametrize(
    ("condition", "sql"),
    [
        ("", "true"),
        (
            'mentor: {name: {eq: "Dee"}}',
            "exists (select from shop.people m where m.id = p.mentor_id and m.name = 'Dee')",
        ),
        ("not: {mentor: {}}", "not exists (select from shop.people m where m.id = p.mentor_id)"),
        (
            'pupils: {some: {name: {eq: "Dee"}}}',
            "exists (select from shop.people m where m.mentor_id = p.id and m.name = 'Dee')",
        ),
        (
            'pupils: {none: {name: {eq: "Dee"}}}',
            "not exists (select from shop.people m where m.mentor_id = p.id and m.name = 'Dee')",
        ),
        (
            'pupils: {every: {name: {ne: "Dee"}}}',
            "not exists (select from shop.people m where m.mentor_id = p.id and m.name = 'Dee')",
        ),
        (
            "ordersByBuyer: {some: {hidden: {eq: true}}}",
            "exists (select from shop.orders o where o.buyer_id = p.id and o.hidden)",
        ),
        (
            "ordersByBuyer: {none: {total: {isNull: true}}}",
            "not exists (select from shop.orders o where o.buyer_id = p.id and o.total is null)",
        ),
        ("orderCount: {gt: 1}", "(select count(*) from shop.orders o where o.buyer_id = p.id) > 1"),
        ('or: [{name: {eq: "Dee"}}, {id: {eq: 4}}]', "p.id = 4"),
    ],
)
async def test_filters_see_no_hidden_rows(shop: Api, who: dict[str, Any], condition: str, sql: str) -> None:
    data = await shop.data(f"{{ people(filter: {{{condition}}}) {{ nodes {{ id }} totalCount }} }}", **who)
    expected = await shop.sql(PEOPLE.replace("CONDITION", sql), **as_sql(who))
    assert [node["id"] for node in data["people"]["nodes"]] == expected
    assert data["people"]["totalCount"] == len(expected)


@pytest.mark.parametrize("who", CALLERS, ids=["anonymous", "member", "Bob", "Dee"])
async def test_selections_and_counts_show_no_hidden_rows(shop: Api, who: dict[str, Any]) -> None:
    data = await shop.data(
        """{ people { nodes { id mentor { name } boss { name } orderCount
               pupils { nodes { name } totalCount edges { node { id } } pageInfo { hasNextPage } }
               ordersByBuyer { totalCount } ordersBySeller { nodes { shopId number } } bosses { nodes { name } } } }
             orders { totalCount } grades { totalCount } spendings { nodes { buyerId orders } } }""",
        **who,
    )
    caller = as_sql(who)
    rows = await shop.sql(
        """select p.id::text, m.name,
                  (select array_agg(q.name order by q.id) from shop.people q where q.mentor_id = p.id),
                  (select count(*) from shop.orders o where o.buyer_id = p.id),
                  (select count(*) from shop.orders o where o.seller_id = p.id)
             from shop.people p left join shop.people m on m.id = p.mentor_id order by p.id""",
        **caller,
    )
    assert len(data["people"]["nodes"]) == len(rows)
    for node, (id_, mentor, pupils, bought, sold) in zip(data["people"]["nodes"], rows, strict=True):
        assert node["id"] == id_
        assert (node["mentor"] or {}).get("name") == (node["boss"] or {}).get("name") == mentor
        assert [pupil["name"] for pupil in node["pupils"]["nodes"]] == (pupils or [])
        assert node["pupils"]["totalCount"] == len(node["pupils"]["edges"]) == len(pupils or [])
        assert (node["ordersByBuyer"]["totalCount"], int(node["orderCount"])) == (bought, bought)
        assert len(node["ordersBySeller"]["nodes"]) == sold
    assert [data["orders"]["totalCount"]] == await shop.sql("select count(*) from shop.orders", **caller)
    spendings = await shop.sql("select buyer_id::text, orders::text from shop.spendings order by buyer_id", **caller)
    assert [(row["buyerId"], row["orders"]) for row in data["spendings"]["nodes"]] == spendings


@pytest.mark.parametrize("who", CALLERS, ids=["anonymous", "member", "Bob", "Dee"])
async def test_orders_by_what_is_hidden(shop: Api, who: dict[str, Any]) -> None:
    for direction, sql in (
        (
            "ASC",
            """select g.id from shop.grades g left join shop.people p on p.id = g.person_id
                order by p.name asc nulls last, g.id""",
        ),
        (
            "DESC_NULLS_LAST",
            """select g.id from shop.grades g left join shop.people p on p.id = g.person_id
                order by p.name desc nulls last, g.id""",
        ),
    ):
        data = await shop.data(
            """query ($d: OrderDirection!) { grades(orderBy: [{person: {name: $d}}, {id: ASC}]) {
                 nodes { id } edges { cursor } } }""",
            {"d": direction},
            **who,
        )
        assert [node["id"] for node in data["grades"]["nodes"]] == await shop.sql(sql, **as_sql(who))


async def test_cursors_tell_nothing_of_hidden_rows(shop: Api) -> None:
    """The cursor of one who sees more serves one who sees less, without showing a row more."""
    query = "query ($a: String) { people(after: $a, orderBy: [{name: ASC}]) { nodes { name } edges { cursor } } }"
    of_dee = (await shop.data(query, role=MEMBER, claims={"sub": "4"}))["people"]
    assert of_dee["nodes"][3] == {"name": "Dee"}
    data = await shop.data(query, {"a": of_dee["edges"][3]["cursor"]})
    assert data["people"]["nodes"] == [{"name": "Eve"}]
    data = await shop.data(query, {"a": of_dee["edges"][2]["cursor"]})
    assert data["people"]["nodes"] == [{"name": "Eve"}]
    ordered = """{ grades(orderBy: [{person: {name: ASC}}]) { nodes { person { name } } edges { cursor } } }"""
    grades = (await shop.data(ordered))["grades"]
    assert all(b"Dee" not in base64.b64decode(edge["cursor"]) for edge in grades["edges"])


async def test_keys_find_no_hidden_rows(shop: Api) -> None:
    query = f"""{{ a: person(id: 4) {{ name }} b: personByEmail(email: "dee@example.org") {{ name }}
                  c: node(nodeId: "{node_id("Person", "4")}") {{ nodeId }}
                  d: order(shopId: 1, number: 3) {{ number }}
                  e: node(nodeId: "{node_id("Order", "1", "3")}") {{ nodeId }} }}"""
    assert await shop.data(query) == dict.fromkeys("abcde")
    dee = await shop.data(query, role=MEMBER, claims={"sub": "4"})
    assert [dee["a"], dee["b"], dee["d"]] == [{"name": "Dee"}, {"name": "Dee"}, None]
    assert dee["c"] == {"nodeId": node_id("Person", "4")}
    bob = await shop.data(query, role=MEMBER, claims={"sub": "2"})
    assert [bob["a"], bob["d"]] == [None, {"number": 3}]


async def test_a_junction_leads_to_no_hidden_rows(shop: Api) -> None:
    query = (
        '{ product(id: "00000000-0000-0000-0000-000000000002") { orderedIn { nodes { shopId number } totalCount } } }'
    )
    data = await shop.data(query)
    assert data["product"]["orderedIn"] == {"nodes": [{"shopId": 1, "number": 1}], "totalCount": 1}
    data = await shop.data(query, role=MEMBER, claims={"sub": "2"})
    assert data["product"]["orderedIn"]["totalCount"] == 2


async def test_columns_are_for_those_who_were_granted_them(shop: Api) -> None:
    assert await shop.data("{ accounts { nodes { id owner } totalCount } }") == {
        "accounts": {"nodes": [{"id": 1, "owner": "Ada"}, {"id": 2, "owner": "Bob"}], "totalCount": 2}
    }
    for query in (
        "{ account(id: 1) { balance } }",
        "{ accounts(filter: {balance: {gt: 1}}) { totalCount } }",
        "{ accounts(orderBy: [{balance: ASC}]) { nodes { id } } }",
    ):
        refused = await shop.reply(query)
        assert refused.status == 400
        assert {error["extensions"]["code"] for error in refused.errors} == {"GRAPHQL_VALIDATION_FAILED"}
        assert (await shop.reply(query, role=MEMBER)).status == 200
        assert "errors" not in (await shop.reply(query, role=MEMBER)).body
    assert (await shop.reply("{ account(id: 1) { password } }", role=MEMBER)).code == "GRAPHQL_VALIDATION_FAILED"
    assert (await shop.reply("{ readings { totalCount } }", role=MEMBER)).code == "GRAPHQL_VALIDATION_FAILED"
