"""What the tag @omit takes out of filters, orders and the root."""

from __future__ import annotations

from tests.api import Api


async def test_a_table_without_filter_and_root_field(market: Api) -> None:
    data = await market.data(
        """{ query: __type(name: "Query") { fields { name } }
             seller: __type(name: "Seller") { fields { name args { name } } }
             filter: __type(name: "SellerFilter") { inputFields { name } }
             order: __type(name: "LogOrderBy") { inputFields { name } }
             sellers(first: 1) { nodes { logs(orderBy: [{id: DESC}]) { nodes { id line level } totalCount } } }
             log(id: 2) { line } }"""
    )
    assert "logs" not in [field["name"] for field in data["query"]["fields"]]
    logs = next(field for field in data["seller"]["fields"] if field["name"] == "logs")
    assert "filter" not in [argument["name"] for argument in logs["args"]]
    assert "logs" not in [field["name"] for field in data["filter"]["inputFields"]]
    assert [field["name"] for field in data["order"]["inputFields"]] == ["id", "sellerId", "seller"]
    assert data["sellers"]["nodes"][0]["logs"] == {
        "nodes": [{"id": 2, "line": "a", "level": 1}, {"id": 1, "line": "b", "level": 2}],
        "totalCount": 2,
    }
    assert data["log"] == {"line": "a"}
