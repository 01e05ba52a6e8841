"""Mutations: functions that write. In order, all or none; payloads see what was written."""

from __future__ import annotations

import pytest

from tests.api import MEMBER, Api

NAMES = "select name from shop.people order by id"


async def test_a_row_that_a_function_returned(own_shop: Api) -> None:
    data = await own_shop.data(
        """mutation { createPerson(input: {name: "Zoe", email: "zoe@example.org"}) { __typename
             person { id nodeId name email mood __typename } } }""",
        role=MEMBER,
    )
    assert data == {
        "createPerson": {
            "__typename": "CreatePersonPayload",
            "person": {
                "id": "6",
                "nodeId": "WyJQZXJzb24iLCAiNiJd",
                "name": "Zoe",
                "email": "zoe@example.org",
                "mood": None,
                "__typename": "Person",
            },
        }
    }
    assert (await own_shop.sql(NAMES))[-1] == "Zoe"


async def test_a_payload_sees_what_was_written(own_shop: Api) -> None:
    data = await own_shop.data(
        """mutation ($name: String!) { createPerson(input: {name: $name}) {
             person { name title orderCount mentor { name } pupils { totalCount } }
             query { people(last: 1) { nodes { name } totalCount } greet } } }""",
        {"name": "Zoe"},
        role=MEMBER,
    )
    assert data["createPerson"] == {
        "person": {
            "name": "Zoe",
            "title": "Dear Zoe",
            "orderCount": "0",
            "mentor": None,
            "pupils": {"totalCount": 0},
        },
        "query": {"people": {"nodes": [{"name": "Zoe"}], "totalCount": 5}, "greet": "Hello you! "},
    }


async def test_rows_that_a_function_returned(own_shop: Api) -> None:
    data = await own_shop.data(
        """mutation ($names: [String]!) { createPeople(input: {names: $names}) {
             people { name orderCount } query { people { totalCount } } } }""",
        {"names": ["Yan", "Zoe"]},
        role=MEMBER,
    )
    assert data["createPeople"] == {
        "people": [{"name": "Yan", "orderCount": "0"}, {"name": "Zoe", "orderCount": "0"}],
        "query": {"people": {"totalCount": 6}},
    }
    none = await own_shop.data(
        "mutation { createPeople(input: {names: []}) { people { name } __typename } }", role=MEMBER
    )
    assert none == {"createPeople": {"people": [], "__typename": "CreatePeoplePayload"}}


async def test_values_nothing_and_defaults(own_shop: Api) -> None:
    data = await own_shop.data(
        """mutation { roll { result } three: roll(input: {sides: 3}) { result query { greet } }
             null: roll(input: {sides: null}) { result } unknown: roll(input: {sides: null}) { result query { greet } }
             rollAll(input: {sides: [1, null, 2]}) { result }
             none: rollAll(input: {sides: []}) { result query { greet } } forgetMoods { __typename }
             again: forgetMoods { query { people(filter: {mood: {isNull: false}}) { totalCount } } } }""",
        role=MEMBER,
    )
    assert data == {
        "roll": {"result": 6},
        "three": {"result": 3, "query": {"greet": "Hello you! "}},
        "null": {"result": None},
        "unknown": {"result": None, "query": {"greet": "Hello you! "}},
        "rollAll": {"result": ["1", None, "2"]},
        "none": {"result": [], "query": {"greet": "Hello you! "}},
        "forgetMoods": {"__typename": "ForgetMoodsPayload"},
        "again": {"query": {"people": {"totalCount": 0}}},
    }


async def test_a_function_that_returns_no_row(own_shop: Api) -> None:
    for selection in ("{ person { name } }", "{ person { name title } query { greet } }"):
        data = await own_shop.data(
            f'mutation {{ renamePerson(input: {{id: 99, name: "x"}}) {selection} }}', role=MEMBER
        )
        assert data["renamePerson"]["person"] is None


async def test_in_the_order_of_the_document(own_shop: Api) -> None:
    data = await own_shop.data(
        """mutation { b: renamePerson(input: {id: 1, name: "B"}) { person { name } }
             a: renamePerson(input: {id: 1, name: "A"}) { query { person(id: 1) { name } } }
             c: renamePerson(input: {id: 1, name: "C"}) { person { name pupils { totalCount } } } }""",
        role=MEMBER,
    )
    assert list(data) == ["b", "a", "c"]
    assert [data["b"]["person"]["name"], data["a"]["query"]["person"]["name"]] == ["B", "A"]
    assert await own_shop.sql("select name from shop.people where id = 1") == ["C"]


async def test_all_or_none(own_shop: Api) -> None:
    before = await own_shop.sql(NAMES)
    reply = await own_shop.reply(
        """mutation {
             first: createPerson(input: {name: "Zoe"}) { person { id } }
             second: createPerson(input: {name: "Yan", email: "ADA@example.org"}) { person { id title } }
             third: createPerson(input: {name: "Xia"}) { person { id } }
           }""",
        role=MEMBER,
    )
    assert reply.status == 200
    assert reply.body == {
        "errors": [
            {
                "message": "There is such a row already.",
                "locations": [{"line": 3, "column": 14}],
                "path": ["second"],
                "extensions": {"code": "UNIQUE_VIOLATION", "constraint": "people_email_key", "fields": ["email"]},
            }
        ],
        "data": None,
    }
    assert await own_shop.sql(NAMES) == before


async def test_a_payload_that_fails_undoes_the_write(own_shop: Api) -> None:
    before = await own_shop.sql(NAMES)
    reply = await own_shop.reply(
        'mutation { createPerson(input: {name: "Zoe"}) { query { checkCode(code: "no code") } } }', role=MEMBER
    )
    assert (reply.code, reply.body["data"]) == ("CHECK_VIOLATION", None)
    assert await own_shop.sql(NAMES) == before


async def test_a_rule_that_sql_raised(own_shop: Api) -> None:
    reply = await own_shop.reply(
        'mutation {\n  rename: renamePerson(input: {id: 1, name: ""}) { person { name } }\n}', role=MEMBER
    )
    assert reply.errors == [
        {
            "message": "A name is needed.",
            "locations": [{"line": 2, "column": 3}],
            "path": ["rename"],
            "extensions": {"code": "NAME_NEEDED", "field": "fullName", "hint": "Say one."},
        }
    ]
    assert reply.body["data"] is None


@pytest.mark.parametrize("selection", ["{ person { id } }", "{ person { id title } }", "{ __typename }"])
async def test_an_insert_whose_row_the_caller_may_not_see(own_shop: Api, selection: str) -> None:
    """`returning` reads the row, so that the policy for reading holds for it (Postgres manual, create policy)."""
    reply = await own_shop.reply(
        f'mutation {{ createPerson(input: {{name: "Zoe", hidden: true}}) {selection} }}', role=MEMBER
    )
    assert reply.code == "FORBIDDEN"
    assert "Zoe" not in await own_shop.sql(NAMES)


async def test_what_a_role_may_not_do(own_shop: Api) -> None:
    before = await own_shop.sql(NAMES)
    for mutation, code, status in (
        ('createPerson(input: {name: "Zoe"}) { person { id } }', "FORBIDDEN", 200),
        ('createPeople(input: {names: ["Zoe"]}) { __typename }', "GRAPHQL_VALIDATION_FAILED", 400),
    ):
        reply = await own_shop.reply(f"mutation {{ {mutation} }}")
        assert (reply.code, reply.status) == (code, status)
    assert await own_shop.sql(NAMES) == before


async def test_an_unexpected_error_is_masked(own_shop: Api, caplog: pytest.LogCaptureFixture) -> None:
    await own_shop.sql("alter function shop.roll(integer) rename to roll_away")
    reply = await own_shop.reply("mutation { roll { result } }", role=MEMBER)
    (error,) = reply.errors
    assert error["message"] == "Something went wrong on our side."
    assert error["path"] == ["roll"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert "roll" not in str(error["extensions"])
    assert error["extensions"]["id"] in caplog.text


async def test_a_mutation_runs_once(own_shop: Api) -> None:
    await own_shop.sql("create sequence shop.calls")
    await own_shop.sql("grant usage on sequence shop.calls to shop_member")
    await own_shop.sql(
        "create or replace function shop.roll(sides integer default 6) returns integer "
        "language sql return nextval('shop.calls')"
    )
    for selection in ("{ result }", "{ __typename }", "{ a: result b: result }", "{ result query { greet } }"):
        await own_shop.data(f"mutation {{ roll {selection} }}", role=MEMBER)
    assert await own_shop.sql("select last_value from shop.calls") == [4]


async def test_skipped_mutations_do_nothing(own_shop: Api) -> None:
    query = 'mutation ($go: Boolean!) { createPerson(input: {name: "Zoe"}) @include(if: $go) { person { name } } }'
    assert await own_shop.data(query, {"go": False}, role=MEMBER) == {}
    assert "Zoe" not in await own_shop.sql(NAMES)
    assert await own_shop.data(query, {"go": True}, role=MEMBER) == {"createPerson": {"person": {"name": "Zoe"}}}


async def test_mutations_are_refused_where_only_reading_is_allowed(own_shop: Api) -> None:
    for _ in range(2):
        reply = await own_shop.reply("mutation { forgetMoods { __typename } }", role=MEMBER, read_only=True)
        assert (reply.status, reply.code) == (405, "METHOD_NOT_ALLOWED")
    assert (await own_shop.reply("{ greet }", read_only=True)).status == 200
    assert await own_shop.sql("select count(*) from shop.people where mood is null") == [1]
