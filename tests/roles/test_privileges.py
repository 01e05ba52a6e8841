"""Each role is served what it may do, under the names that all share; of the rest it learns nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gatepost.cli import sdl
from gatepost.errors import SetUpError
from tests.api import Api

GUEST = "library_guest"
READER = "roles_reader"
POST_BOX = "library_post_box"


async def fields(api: Api, type_name: str, role: str) -> Any:
    data = await api.data(
        "query ($name: String!) { __type(name: $name) { fields { name } inputFields { name } } }",
        {"name": type_name},
        role=role,
    )
    found = data["__type"]
    return found and {field["name"] for field in found["fields"] or found["inputFields"]}


async def test_columns_are_those_that_the_role_may_select(library: Api) -> None:
    assert await fields(library, "Author", GUEST) >= {"id", "name", "nodeId"}
    assert not {"email", "label"} & await fields(library, "Author", GUEST)
    assert await fields(library, "Author", READER) >= {"id", "name", "nodeId", "email", "label", "books"}
    assert "email" not in await fields(library, "AuthorFilter", GUEST)
    assert "email" in await fields(library, "AuthorFilter", READER)


async def test_tables_look_ups_and_mutations_are_those_of_the_role(library: Api) -> None:
    guest, reader = await fields(library, "Query", GUEST), await fields(library, "Query", READER)
    assert {"books", "authors", "author"} <= guest <= reader
    assert not {"loans", "loan", "book", "authorByEmail"} & guest
    assert {"loans", "loan", "book", "authorByEmail"} <= reader
    assert await fields(library, "Loan", GUEST) is None
    assert await fields(library, "Mutation", READER) == {"lend"}
    assert await fields(library, "Mutation", GUEST) is None


async def test_rows_whose_key_the_role_may_not_read_come_in_an_order_of_what_it_may(library: Api) -> None:
    data = await library.data("{ books { nodes { title author { name } } pageInfo { endCursor } } }", role=GUEST)
    assert data["books"]["nodes"] == [{"title": "The Word", "author": {"name": "Ursula"}}]
    assert "nodeId" not in await fields(library, "Book", GUEST)


async def test_a_field_of_others_is_as_unknown_as_one_that_nobody_has(library: Api) -> None:
    hidden = await library.reply("{ loans { totalCount } }", role=GUEST)
    assert (hidden.status, hidden.code) == (400, "GRAPHQL_VALIDATION_FAILED")
    assert hidden.errors[0]["message"] == "Cannot query field 'loans' on type 'Query'. Did you mean 'books'?"
    misspelt = await library.reply("{ authors { nodes { emai } } }", role=GUEST)
    assert "email" not in misspelt.text
    assert "email" in (await library.reply("{ authors { nodes { emai } } }", role=READER)).text


async def test_the_same_text_is_judged_for_each_role(library: Api) -> None:
    query = "{ authors { nodes { email } } }"
    for _ in range(2):
        assert (await library.reply(query, role=GUEST)).code == "GRAPHQL_VALIDATION_FAILED"
        assert await library.data(query, role=READER) == {"authors": {"nodes": [{"email": "u@example.org"}]}}


async def test_a_name_is_the_same_for_every_role(library: Api) -> None:
    assert await fields(library, "LibraryNote", READER) == await fields(library, "LibraryNote", GUEST)
    assert await fields(library, "Note", GUEST) is None
    assert {"note", "noteList", "libraryNotes"} & await fields(library, "Query", READER)
    guest, reader = await fields(library, "Query", GUEST), await fields(library, "Query", READER)
    assert guest <= reader


async def test_a_table_in_a_schema_that_the_role_may_not_use_is_not_there(library: Api) -> None:
    assert "secrets" not in await fields(library, "Query", READER)


async def test_a_function_is_inlined_for_those_who_may_execute_it(library: Api) -> None:
    data = await library.data("{ authors { nodes { label } } }", role=READER)
    assert data == {"authors": {"nodes": [{"label": "URSULA"}]}}
    served = library.gateway.engine.roles.made[READER]
    (judged,) = [j for j in served.judge.kept if j.text == "{ authors { nodes { label } } }"]
    (plan,) = judged.plans.values()
    assert "authors_label" not in plan.statement.sql


async def test_roles_of_equal_privileges_share_one_schema(library: Api) -> None:
    served = library.gateway.engine.roles
    assert await served.of(READER) is await served.of("library_twin")
    assert await served.of(READER) is not await served.of(GUEST)


async def test_a_role_that_may_only_call_a_mutation(library: Api) -> None:
    assert await fields(library, "Query", POST_BOX) == {"node"}
    data = await library.data(
        'mutation { sendLetter(input: {body: "Dear"}) { result query { node(nodeId: "x") { nodeId } } } }',
        role=POST_BOX,
    )
    assert data == {"sendLetter": {"result": 4, "query": {"node": None}}}


async def test_callers_of_all_roles_at_once(library: Api) -> None:
    replies = await asyncio.gather(
        *(library.reply('{ __type(name: "Loan") { name } }', role=role) for role in (GUEST, READER) * 10)
    )
    assert [reply.body["data"]["__type"] for reply in replies] == [None, {"name": "Loan"}] * 10


async def test_the_schema_command_prints_one_roles_schema(library: Api) -> None:
    settings = library.gateway.settings
    roles = sorted(settings.token_roles)
    whole, guest = await sdl(settings, roles), await sdl(settings, roles, GUEST)
    assert "type Loan " in whole
    assert "type Loan " not in guest
    assert "type LibraryNote " in guest
    with pytest.raises(SetUpError, match="library_gateway may read nothing"):
        await sdl(settings, roles, "library_gateway")
