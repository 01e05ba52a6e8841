"""Introspection, alone and beside data; operations that are answered from several places."""

from __future__ import annotations

from graphql import build_client_schema, get_introspection_query, print_schema, validate_schema

from tests.api import Api


async def test_the_full_introspection_query_builds_the_schema(shop: Api) -> None:
    query = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
    )
    data = await shop.data(query)
    schema = build_client_schema(data)
    assert validate_schema(schema) == []
    assert "LedgerConnection" not in schema.type_map
    assert set(schema.type_map) < set(shop.gateway.engine.schema.type_map)
    assert "type Person implements Node" in print_schema(schema)


async def test_introspection_beside_data(shop: Api) -> None:
    reply = await shop.reply(
        """query Mixed($n: Int!) { __typename a: person(id: 2) { name } __type(name: "Mood") { enumValues { name } }
             z: people(first: $n) { nodes { id } } __schema { queryType { name } } last: __typename }""",
        {"n": 1},
    )
    assert reply.text == (
        '{"data":{"__typename":"Query","a":{"name":"Bob"},'
        '"__type":{"enumValues":[{"name":"sad"},{"name":"ok"},{"name":"happy"}]},'
        '"z":{"nodes":[{"id":"1"}]},"__schema":{"queryType":{"name":"Query"}},"last":"Query"}}'
    )


async def test_introspection_with_variables_and_fragments(shop: Api) -> None:
    data = await shop.data(
        """query ($name: String!, $all: Boolean = false) { __type(name: $name) { ...T } }
           fragment T on __Type { name fields(includeDeprecated: $all) { name } }""",
        {"name": "Person", "all": True},
    )
    assert "legacy" in {field["name"] for field in data["__type"]["fields"]}
    data = await shop.data('{ __type(name: "Person") { fields { name } } none: __type(name: "Nobody") { name } }')
    assert "legacy" not in {field["name"] for field in data["__type"]["fields"]}
    assert data["none"] is None


async def test_what_is_deprecated_and_described(shop: Api) -> None:
    data = await shop.data(
        '{ __type(name: "Person") { description'
        " fields(includeDeprecated: true) { name description deprecationReason } } }"
    )
    assert data["__type"]["description"] == "Somebody who buys or sells."
    fields = {field["name"]: field for field in data["__type"]["fields"]}
    assert fields["name"]["description"] == "What they are called."
    assert fields["alias"]["description"] == "What friends call them."
    assert fields["legacy"]["deprecationReason"] == "Nobody fills it."


async def test_one_of_several_operations(shop: Api) -> None:
    text = "query A { greet } query B { person(id: 1) { ...N } } mutation C { roll { result } }"
    text += " fragment N on Person { name }"
    for _ in range(2):
        assert (await shop.reply(text, operation_name="A")).body == {"data": {"greet": "Hello you! "}}
        assert (await shop.reply(text, operation_name="B")).body == {"data": {"person": {"name": "Ada Lovelace"}}}
        assert (await shop.reply(text, operation_name="C")).body == {"data": {"roll": {"result": 6}}}
    for name in (None, "D", ""):
        reply = await shop.reply(text, operation_name=name)
        assert (reply.status, reply.code) == (400, "OPERATION_NAME")
        assert "data" not in reply.body


async def test_the_schema_again_and_again_is_refused(shop: Api) -> None:
    whole, _, fragments = get_introspection_query().partition("fragment ")
    schema = whole[whole.index("__schema") : whole.rindex("}")]

    def asked(times: int) -> str:
        return f"{{ {' '.join(f'a{place}: {schema}' for place in range(times))} }} fragment {fragments}"

    assert len(await shop.data(asked(3))) == 3
    reply = await shop.reply(asked(30))
    assert (reply.status, reply.code) == (400, "TOO_COMPLEX")
