"""Requests that are not executed: they have no `data`, a code, and cost little."""

from __future__ import annotations

from time import process_time

import pytest

from tests.api import SHOP, SHOP_SETTINGS, Api, CreateDatabase, opened


@pytest.mark.parametrize(
    ("query", "code", "place"),
    [
        ("", "GRAPHQL_PARSE_FAILED", (1, 1)),
        ("{", "GRAPHQL_PARSE_FAILED", (1, 2)),
        ("{ people {} }", "GRAPHQL_PARSE_FAILED", (1, 11)),
        ("{\n  greet(name: \"x) }", "GRAPHQL_PARSE_FAILED", (2, 20)),
        ("{\n  nobody\n}", "GRAPHQL_VALIDATION_FAILED", (2, 3)),
        ("{ people }", "GRAPHQL_VALIDATION_FAILED", (1, 3)),
        ("{ greet { x } }", "GRAPHQL_VALIDATION_FAILED", (1, 9)),
        ("{ person { name } }", "GRAPHQL_VALIDATION_FAILED", (1, 3)),
        ("{ people(filter: {ssn: {eq: \"1\"}}) { totalCount } }", "GRAPHQL_VALIDATION_FAILED", (1, 19)),
        ("{ people(orderBy: [{id: ASC, name: ASC}]) { totalCount } }", "GRAPHQL_VALIDATION_FAILED", (1, 20)),
        ("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", "GRAPHQL_VALIDATION_FAILED", (1, 32)),
        ("{ greet greet: firstPerson { id } }", "GRAPHQL_VALIDATION_FAILED", (1, 3)),
        ("query ($x: Nothing) { greet }", "GRAPHQL_VALIDATION_FAILED", (1, 8)),
        ("query ($x: Int) { greet(name: $x) }", "GRAPHQL_VALIDATION_FAILED", (1, 8)),
        ("query { greet(name: $x) }", "GRAPHQL_VALIDATION_FAILED", (1, 21)),
        ("subscription { greet }", "GRAPHQL_VALIDATION_FAILED", (1, 1)),
        ("{ greet @nope }", "GRAPHQL_VALIDATION_FAILED", (1, 9)),
    ],
)  # fmt: skip
async def test_what_is_not_valid(shop: Api, query: str, code: str, place: tuple[int, int]) -> None:
    reply = await shop.reply(query)
    assert reply.status == 400
    assert list(reply.body) == ["errors"]
    error = reply.errors[0]
    assert error["extensions"]["code"] == code
    assert error["locations"][0] == {"line": place[0], "column": place[1]}


async def test_no_operation(shop: Api) -> None:
    reply = await shop.reply("fragment F on Query { greet }")
    assert (reply.status, reply.code) == (400, "OPERATION_NAME")


@pytest.mark.parametrize("hidden", ["ledgers", "drafts", "draft", "secretPower"])
async def test_what_is_not_in_the_api_is_unknown(shop: Api, hidden: str) -> None:
    assert (await shop.reply(f"{{ {hidden} }}")).code == "GRAPHQL_VALIDATION_FAILED"


async def test_bounds(create_database: CreateDatabase) -> None:
    settings = {**SHOP_SETTINGS, "max_query_bytes": 200, "max_depth": 6, "max_tokens": 30}
    async with opened(await create_database(SHOP, user="shop_gateway"), **settings) as api:
        assert (await api.reply("{ greet #" + "x" * 190 + "\n}")).code == "QUERY_TOO_LARGE"
        assert (await api.reply("{ greet #" + "x" * 189 + "\n}")).status == 200
        assert (await api.reply('{ greet(name: "' + "ä" * 100 + '") }')).code == "QUERY_TOO_LARGE"
        deep = "{ people(filter: %s) { totalCount } }"
        assert (await api.reply(deep % "{not: {not: {not: {not: {}}}}}")).code == "TOO_DEEP"
        assert (await api.reply(deep % "{not: {not: {not: {}}}}")).status == 200
        assert (await api.reply('{ greet(name: "{{{{{{{{{{{{") #{{{{{{{{\n}')).status == 200
        assert (await api.reply("{" + " greet" * 28 + " }")).status == 200
        assert "tokens" in (await api.reply("{" + " greet" * 29 + " }")).errors[0]["message"]


async def test_fragments_that_double_at_every_level_are_refused_quickly(shop: Api) -> None:
    levels = 20
    query = "{ firstPerson { ...F0 } }"
    for level in range(levels):
        query += f" fragment F{level} on Person {{ a: mentor {{ ...F{level + 1} }} b: mentor {{ ...F{level + 1} }} }}"
    query += f" fragment F{levels} on Person {{ id }}"
    started = process_time()
    reply = await shop.reply(query)
    assert (reply.status, reply.code) == (400, "TOO_COMPLEX")
    assert process_time() - started < 5


async def test_nests_as_deep_as_the_bound_allows(shop: Api) -> None:
    async with opened(shop.url, **SHOP_SETTINGS, max_selection_depth=60, default_page_size=1) as api:
        levels = 56
        data = await api.data("{ people { nodes { " + "mentor { " * levels + "id" + " }" * levels + " } } }")
        assert data["people"]["nodes"][0] == {"mentor": None}
        levels = 27
        query = "{ firstPerson { " + "pupils { nodes { " * levels + "id" + " } }" * levels + " } }"
        assert (await api.data(query))["firstPerson"]["pupils"]["nodes"] == [
            {"pupils": {"nodes": [{"pupils": {"nodes": []}}]}}
        ]


async def test_a_cost_beyond_all_numbers_is_told(shop: Api) -> None:
    levels = 13
    reply = await shop.reply("{ firstPerson { " + "pupils { nodes { " * levels + "id" + " } }" * levels + " } }")
    assert (reply.status, reply.code) == (400, "TOO_COSTLY")
    assert reply.errors[0]["extensions"]["value"] == 1_000_000_000_000
    assert "comes to 1,000,000,000,000 or more" in reply.errors[0]["message"]


@pytest.mark.parametrize(
    ("setting", "passes", "refused", "error"),
    [
        (
            {"max_selection_depth": 3},
            "{ people { nodes { id } } }",
            "{ people { nodes { mentor { id } } } }",
            ("TOO_DEEP", 3, 4, "The query may nest 3 fields and nests 4."),
        ),
        (
            {"max_selection_depth": 3},
            "{ people { nodes { ...A } } } fragment A on Person { ... on Person { id } }",
            "{ people { ...A } } fragment A on PersonConnection { nodes { ...B } }"
            " fragment B on Person { mentor { id } }",
            ("TOO_DEEP", 3, 4, "The query may nest 3 fields and nests 4."),
        ),
        (
            {"max_root_fields": 2},
            "{ greet ...A } fragment A on Query { people { nodes { id name } } }",
            "{ greet ...A } fragment A on Query { people { totalCount } __typename }",
            ("TOO_MANY_ROOT_FIELDS", 2, 3, "An operation may have 2 root fields; this has 3."),
        ),
        (
            {"max_aliases": 2},
            "{ a: greet people { nodes { b: id } } }",
            "{ a: greet people { nodes { ...A ...A } } } fragment A on Person { b: id }",
            ("TOO_MANY_ALIASES", 2, 3, "The query may have 2 aliases and has 3."),
        ),
    ],
)
async def test_what_an_operation_may_unfold_to(
    shop: Api, setting: dict[str, int], passes: str, refused: str, error: tuple[str, int, int, str]
) -> None:
    async with opened(shop.url, **SHOP_SETTINGS, **setting) as api:
        assert (await api.reply(passes)).status == 200
        reply = await api.reply(refused)
    code, limit, value, message = error
    assert reply.status == 400
    assert list(reply.body) == ["errors"]
    assert reply.errors == [{"message": message, "extensions": {"code": code, "limit": limit, "value": value}}]


async def test_fragments_that_go_round_are_told_however_many_there_are(shop: Api) -> None:
    def ring(size: int) -> str:
        fragments = [f"fragment F{number} on Person {{ ...F{(number + 1) % size} }}" for number in range(size)]
        return "{ firstPerson { ...F0 } } " + " ".join(fragments)

    reply = await shop.reply(ring(50))
    assert reply.code == "GRAPHQL_VALIDATION_FAILED"
    assert "Cannot spread fragment 'F0' within itself via" in reply.errors[0]["message"]
    assert (await shop.reply(ring(200))).code == "TOO_DEEP"


async def test_fragments_and_variables_that_nest_beyond_the_bound(shop: Api) -> None:
    query = "{ people { nodes { ...F0 } } }"
    for level in range(60):
        query += f" fragment F{level} on Person {{ pupils {{ nodes {{ id ...F{level + 1} }} }} }}"
    reply = await shop.reply(f"{query} fragment F60 on Person {{ id }}")
    assert reply.status == 400
    nested: dict[str, object] = {}
    for _ in range(200):
        nested = {"not": nested}
    reply = await shop.reply("query ($f: PersonFilter) { people(filter: $f) { totalCount } }", {"f": nested})
    assert (reply.status, reply.code) == (400, "TOO_DEEP")


async def test_a_text_that_does_not_end_is_refused_at_once(shop: Api) -> None:
    started = process_time()
    for text in (
        '{ greet(name: "' + '\\"' * 30_000,
        '{ greet(name: """' + '\\"""' * 15_000,
        "{ greet(name: " + '"' * 60_000,
    ):
        reply = await shop.reply(text)
        assert reply.code == "GRAPHQL_PARSE_FAILED"
    assert process_time() - started < 10  # a quarter of a minute of one core, when it grows with the square


async def test_names_are_suggested_unless_there_are_very_many(
    create_database: CreateDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = await create_database(SHOP)
    messages = []
    for most in (1000, 1):
        monkeypatch.setattr("gatepost.engine.judge._MOST_NAMES", most)
        async with opened(url, **SHOP_SETTINGS) as api:
            messages.append((await api.reply("{ greets }")).errors[0]["message"])
    assert messages == [
        "Cannot query field 'greets' on type 'Query'. Did you mean 'greet', 'grades', or 'orders'?",
        "Cannot query field 'greets' on type 'Query'.",
    ]
