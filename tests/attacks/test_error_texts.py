"""What errors give away: nothing that Postgres said, whatever fails, and wherever it does."""

from __future__ import annotations

import asyncio
import logging

import asyncpg
import pytest

from tests.attacks.conftest import SCRIPT, CreateDatabase, Target, attacked

STATES = sorted(
    {
        state
        for found in vars(asyncpg.exceptions).values()
        if isinstance(state := getattr(found, "sqlstate", None), str) and len(state) == 5
    }
)
"""Those of the Postgres manual's appendix A, but for 00000, of which RAISE makes P0001."""
OF_EACH_CLASS = sorted({state[:2]: state for state in STATES}.values())
PLACES = {
    "query": "{ ask }",
    "computed": "{ tickets { nodes { id risky } } }",
    "mutation": "mutation { act { result } }",
    "policy": "{ notes { totalCount } }",
    "trigger": 'mutation { createNote(input: {note: {body: "new"}}) { note { id } } }',
}


def test_all_states_are_tried() -> None:
    assert len(STATES) > 240
    assert {"42P01", "40001", "P0001", "XX000", "57014", "23505", "22012"} <= set(STATES)


@pytest.mark.parametrize("place", PLACES)
async def test_no_sqlstate_tells_what_postgres_said(
    target: Target, place: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    states = STATES if place in ("query", "mutation") else OF_EACH_CLASS
    replies = await asyncio.gather(*(target.reply(PLACES[place], place=place, state=state) for state in states))
    for state, reply in zip(states, replies, strict=True):
        [error] = reply.errors
        if state == "P0001":  # a rule: its author speaks
            assert error["message"] == "canary_message"
            assert error["extensions"]["code"] == "CANARY_CONSTRAINT"
            continue
        assert "canary" not in reply.text, state
        assert error["extensions"]["code"] != "GRAPHQL_VALIDATION_FAILED"
        if "id" in error["extensions"]:
            assert error["extensions"]["id"] in caplog.text
    names = ("canary_schema.fail(text)", "canary_schema.fail_here(text)")  # which functions failed is for the operator
    said = caplog.text
    for name in names:
        assert name in said
        said = said.replace(name, "")
    assert "canary" not in said


async def test_what_runs_before_each_operation_tells_nothing_either(create_database: CreateDatabase) -> None:
    url = await create_database(SCRIPT, user="attacked_gateway")
    async with attacked(url, pre_request="attacked.before_each") as target:
        for state in OF_EACH_CLASS:
            if state != "P0001":
                for query in ("{ who }", "mutation { act { result } }"):
                    reply = await target.reply(query, place="pre_request", state=state)
                    assert reply.errors
                    assert "canary" not in reply.text, state


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("book(input: {number: 1}) { result }", "UNIQUE_VIOLATION"),
        ("book(input: {number: 0}) { result }", "CHECK_VIOLATION"),
        ("book(input: {number: null}) { result }", "NOT_NULL_VIOLATION"),
        ("book(input: {number: 2, noteId: 99}) { result }", "FOREIGN_KEY_VIOLATION"),
        ("deleteNote(input: {id: 1}) { note { id } }", "FOREIGN_KEY_VIOLATION"),  # a hidden row refers to it
        ('write(input: {body: "b", secret: "bad"}) { note { id } }', "CHECK_VIOLATION"),  # of a hidden column
    ],
)
async def test_hidden_constraints_are_not_named(target: Target, asked: str, code: str) -> None:
    await target.sql("insert into canary_schema.canary_table values (1, 1) on conflict do nothing")
    reply = await target.reply(f"mutation {{ it: {asked} }}")
    assert reply.errors[0]["extensions"] == {"code": code}
    assert reply.errors[0]["path"] == ["it"]
    assert "canary" not in reply.text


@pytest.mark.parametrize(
    ("asked", "extensions"),
    [
        (
            'write(input: {body: "mine"}) { note { id } }',
            {"code": "UNIQUE_VIOLATION", "constraint": "notes_body_key", "fields": ["body"]},
        ),
        (
            'write(input: {body: "b", label: "bad"}) { note { id } }',
            {"code": "CHECK_VIOLATION", "constraint": "label_check", "fields": ["label"]},
        ),
        (
            "write(input: {body: null}) { note { id } }",
            {"code": "NOT_NULL_VIOLATION", "field": "body", "fields": ["body"]},
        ),
    ],
)
async def test_constraints_of_what_the_caller_may_read_are_named_by_functions_too(
    target: Target, asked: str, extensions: dict[str, object]
) -> None:
    reply = await target.reply(f"mutation {{ {asked} }}")
    assert reply.errors[0]["extensions"] == extensions


async def test_a_function_that_fails_at_a_value_is_told_to_its_caller_and_in_the_log(
    target: Target, caplog: pytest.LogCaptureFixture
) -> None:
    reply = await target.reply("{ divide(dividend: 1, divisor: 0) }")
    assert (reply.status, reply.code) == (400, "BAD_USER_INPUT")
    assert reply.errors[0]["message"] == "A function cannot work with a value that it was given."
    assert reply.errors[0]["extensions"]["id"] in caplog.text
    assert (
        "22012 DivisionByZeroError; PL/pgSQL function attacked.divide(integer,integer) line 1 at RETURN" in caplog.text
    )
    reply = await target.reply('{ notes(filter: {data: {path: "$[" }}) { totalCount } }')
    assert reply.code == "BAD_USER_INPUT"


async def test_the_log_tells_what_is_gone(own_target: Target, caplog: pytest.LogCaptureFixture) -> None:
    reply = await own_target.reply("mutation { lose { result } }")
    assert reply.code == "INTERNAL"
    assert "canary" not in reply.text
    [line] = [record.getMessage() for record in caplog.records]
    assert "42P01 UndefinedTableError; PL/pgSQL function attacked.lose() line 1 at EXECUTE" in line
    assert "canary_gone" not in line  # a statement that a function put together may hold values
    await own_target.sql("alter table attacked.notes rename to moved")
    caplog.clear()
    reply = await own_target.reply("{ notes { totalCount } }")
    assert "notes" not in reply.errors[0]["message"]
    assert 'at "attacked"."notes"; raised by parserOpenTable' in caplog.text
    assert "server process" in caplog.text


async def test_errors_have_their_place(target: Target) -> None:
    query = "{ a: who\n  b: notes(first: 1) { nodes { id } }\n  c: notes(after: %s) { totalCount nodes { id } } }"
    reply = await target.reply(query % '"bm90IGEgY3Vyc29y"')
    [error] = reply.errors
    assert (error["extensions"]["code"], error["path"]) == ("INVALID_CURSOR", ["c"])
    assert error["locations"] == [{"line": 3, "column": 3}]
    reply = await target.reply("query ($after: String) " + query % "$after", {"after": "x"})
    assert (reply.code, reply.errors[0]["path"], reply.errors[0]["locations"]) == (
        "INVALID_CURSOR",
        ["c"],
        [{"line": 3, "column": 3}],
    )
    reply = await target.reply("query ($n: Int) { x: notes(first: $n) { nodes { id } } }", {"n": 501})
    assert (reply.code, reply.errors[0]["path"]) == ("PAGE_SIZE", ["x"])
    reply = await target.reply("{ it: divide(dividend: 1, divisor: 0) }")
    assert (reply.errors[0]["path"], reply.errors[0]["locations"]) == (["it"], [{"line": 1, "column": 3}])


async def test_errors_of_mutations_have_their_place(target: Target) -> None:
    reply = await target.reply(
        """mutation { one: write(input: {body: "1"}) { note { id } }
          two: createNote(input: {note: {body: "mine"}}) { note { id } }
          three: shout(input: {words: "x"}) { result } }"""
    )
    [error] = reply.errors
    assert (error["path"], error["locations"]) == (["two"], [{"line": 2, "column": 11}])
    assert error["extensions"]["fields"] == ["body"]
    assert await target.sql("select count(*) from attacked.notes") == [2]
    reply = await target.reply("mutation { m: updateNotes(input: {all: true, patch: {}}) { count } }")
    assert (reply.code, reply.errors[0]["path"]) == ("BAD_USER_INPUT", ["m"])


async def test_errors_beyond_those_that_are_told_are_said_to_be_there(target: Target) -> None:
    names = " ".join(f"nothing{number}" for number in range(30))
    reply = await target.reply(f"{{ {names} }}")
    assert len(reply.errors) == 21
    assert reply.errors[-1]["message"] == "There are more errors than the 20 before this one."
    reply = await target.reply("query ($a: [Int!]) { add: notes(first: 1) { nodes { id } } }", {"a": ["x"] * 30})
    assert "abort" not in reply.text
    variables = ", ".join(f"$v{number}: Int" for number in range(30))
    used = " ".join(f"n{number}: notes(first: $v{number}) {{ totalCount }}" for number in range(30))
    reply = await target.reply(f"query ({variables}) {{ {used} }}", {f"v{number}": "x" for number in range(30)})
    assert len(reply.errors) == 21
    assert reply.errors[-1]["message"] == "There are more errors than the 20 before this one."
