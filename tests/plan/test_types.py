"""How values of each type of Postgres look in an answer, and that they come back as they went."""

from __future__ import annotations

from tests.api import Api

FIELDS = """id name price stock shelf weight volume madeAt checked day opens warranty picture data raw mood size code
            label grade live address tags names sizes counts prices moods"""


async def test_values_of_every_type(shop: Api) -> None:
    data = await shop.data(f'{{ product(id: "00000000-0000-0000-0000-000000000001") {{ {FIELDS} }} }}')
    assert data["product"] == {
        "id": "00000000-0000-0000-0000-000000000001",
        "name": '100% "Tea"',
        "price": "12345678901234567890.123456789",
        "stock": "9223372036854775807",
        "shelf": 1,
        "weight": 0.1,
        "volume": 0.25,
        "madeAt": "2024-02-29T12:00:00.5+00:00",
        "checked": "2024-02-29T12:00:00",
        "day": "2024-02-29",
        "opens": "09:30:00",
        "warranty": "P1Y2DT3H",
        "picture": "AP8Q",
        "data": {"a": [1, None]},
        "raw": {"z": 1, "a": 2},
        "mood": "happy",
        "size": "extra_small",
        "code": "AB-1",
        "label": "Green",
        "grade": "A  ",
        "live": True,
        "address": "10.0.0.1",
        "tags": ["hot", "with, comma", None],
        "names": ["x"],
        "sizes": [1, 2],
        "counts": ["1", "9223372036854775807"],
        "prices": ["0.10"],
        "moods": ["sad", "happy"],
    }


async def test_nulls_of_every_type(shop: Api) -> None:
    data = await shop.data(f'{{ product(id: "00000000-0000-0000-0000-000000000003") {{ {FIELDS} }} }}')
    product = data["product"]
    assert (product.pop("id"), product.pop("name")) == ("00000000-0000-0000-0000-000000000003", "Nothing")
    assert set(product.values()) == {None}


async def test_json_keeps_its_own_order_of_keys(shop: Api) -> None:
    reply = await shop.reply('{ product(id: "00000000-0000-0000-0000-000000000001") { raw } }')
    assert reply.text == '{"data":{"product":{"raw":{"z": 1, "a": 2}}}}'


async def test_long_bytes_are_on_one_line(own_shop: Api) -> None:
    await own_shop.sql("update shop.products set picture = decode(repeat('00ff10', 100), 'hex') where name = 'Nothing'")
    data = await own_shop.data('{ products(filter: {name: {eq: "Nothing"}}) { nodes { picture } } }')
    assert data["products"]["nodes"] == [{"picture": "AP8Q" * 100}]


async def test_what_was_answered_can_be_asked_for(shop: Api) -> None:
    row = (await shop.data(f'{{ product(id: "00000000-0000-0000-0000-000000000001") {{ {FIELDS} }} }}'))["product"]
    del row["raw"]  # json has no equality
    query = "query ($f: ProductFilter) { products(filter: $f) { nodes { name } } }"
    for name, value in row.items():
        data = await shop.data(query, {"f": {name: {"eq": value}}})
        assert data["products"]["nodes"] == [{"name": '100% "Tea"'}], name


async def test_pages_ordered_by_every_type(shop: Api) -> None:
    """A cursor holds the text form of a value, which has to be read back to just that value."""
    unordered = {"data", "raw", "tags", "names", "sizes", "counts", "prices", "moods"}
    query = """query ($o: [ProductOrderBy!], $a: String) { products(first: 1, orderBy: $o, after: $a) {
                 nodes { name } pageInfo { endCursor } } }"""
    for name in sorted(set(FIELDS.split()) - unordered):
        for direction in ("ASC_NULLS_FIRST", "DESC_NULLS_LAST"):
            whole = await shop.data(
                "query ($o: [ProductOrderBy!]) { products(orderBy: $o) { nodes { name } } }", {"o": {name: direction}}
            )
            seen: list[str] = []
            cursor = None
            for _ in range(3):
                page = (await shop.data(query, {"o": {name: direction}, "a": cursor}))["products"]
                seen += [node["name"] for node in page["nodes"]]
                cursor = page["pageInfo"]["endCursor"]
            assert seen == [node["name"] for node in whole["products"]["nodes"]], name
