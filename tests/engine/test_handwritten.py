"""Hand-written fields: how they join the generated schema, and how operations on them are answered."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from graphql import (
    FieldNode,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableValues,
    build_schema,
    get_variable_values,
    parse,
    print_ast,
    validate,
)
from tartiflette.schema.registry import SchemaRegistry

from gatepost.auth.caller import Caller
from gatepost.engine import sdl
from gatepost.engine.handwritten import Handwritten
from gatepost.errors import BadRequest, Forbidden, SetUpError
from gatepost.settings import Settings
from gatepost.transaction import Database
from tests.engine.shop.fields import notes

FOLDER = Path(__file__).parent / "shop"
SETTINGS = Settings(
    database_url="postgresql://localhost/shop",
    jwt_secret="a secret of at least thirty-two bytes",
    sdl=FOLDER,
    resolvers="tests.engine.shop",
)
ANYBODY = Caller("anybody", "{}")
NO_DATABASE = cast(Database, None)


def generated(mutations: bool = True) -> GraphQLSchema:
    """A schema such as a database gives: every field has extensions, and a scalar serializes in its own way."""
    schema = build_schema(
        """
        type Query { users: [User!]! }
        type User { id: BigInt! name: String friend(near: Int): User }
        scalar BigInt
        """
        + ("type Mutation { createUser(name: String): User }" if mutations else "")
    )
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            for field in type_.fields.values():
                field.extensions["column"] = type_.name
    big = schema.type_map["BigInt"]
    assert isinstance(big, GraphQLScalarType)
    big.coerce_output_value = str
    return schema


@pytest.fixture
async def handwritten() -> AsyncIterator[Handwritten]:
    opened = await Handwritten.open(generated(), SETTINGS, NO_DATABASE)
    notes.clear()
    yield opened
    opened.close()


Read = tuple[str, Mapping[str, object], Caller, str]


@dataclasses.dataclass
class Answer:
    data: Any
    errors: list[dict[str, Any]]
    read: list[Read]


async def ask(handwritten: Handwritten, query: str, variables: dict[str, Any] | None = None) -> Answer:
    """What the room answers to an operation that graphql-core has judged, and which rows it asked for."""
    document = parse(query)
    assert validate(handwritten.schema, document) == []
    operation = next(d for d in document.definitions if isinstance(d, OperationDefinitionNode))
    values = get_variable_values(handwritten.schema, operation.variable_definitions or (), variables or {})
    assert isinstance(values, VariableValues)
    read: list[Read] = []

    async def rows(type_name: str, key: Mapping[str, object], caller: Caller, nodes: Sequence[FieldNode]) -> object:
        await asyncio.sleep(0)
        read.append((type_name, key, caller, " ".join(" ".join(print_ast(node).split()) for node in nodes)))
        notes.append("read")
        if key["id"] == 404:
            return None
        if key["id"] == 403:
            raise Forbidden("This row is not for you.")
        return {"row": key["id"]}

    data, errors = await handwritten.execute(document, operation, values, ANYBODY, rows)
    return Answer(data, errors, read)


async def arguments(
    handwritten: Handwritten, given: str, variables: dict[str, Any] | None = None, head: str = ""
) -> Any:
    """The arguments that a resolver gets for those written in an operation."""
    answer = await ask(handwritten, f"query {head} {{ echo{given} {{ arguments }} }}", variables)
    assert answer.errors == []
    return json.loads(answer.data["echo"]["arguments"])


async def test_arguments_are_coerced_and_defaults_filled_in(handwritten: Handwritten) -> None:
    assert await arguments(handwritten, "") == {"number": 3}
    assert await arguments(handwritten, "(text: null, number: null)") == {"text": None, "number": None}
    assert await arguments(handwritten, '(tags: "one")') == {"number": 3, "tags": ["one"]}
    assert await arguments(handwritten, "(options: {inner: {color: RED}}, color: RED)") == {
        "number": 3,
        "color": "RED",
        "options": {"color": "GREEN", "inner": {"color": "RED"}},
    }


async def test_variables_reach_the_inside_of_inputs_coerced(handwritten: Handwritten) -> None:
    got = await arguments(
        handwritten,
        "(options: {label: $label, inner: {label: $label, color: $color}}, tags: [$label, $other], number: $absent)",
        {"label": "x", "color": "RED"},
        '($label: String!, $color: Color, $other: String! = "y", $absent: Int = 8)',
    )
    assert got == {
        "number": 8,
        "options": {"color": "GREEN", "label": "x", "inner": {"label": "x", "color": "RED"}},
        "tags": ["x", "y"],
    }
    assert await arguments(handwritten, "(text: $text)", {}, "($text: String)") == {"number": 3}
    assert await arguments(handwritten, "(options: $o)", {"o": {"inner": {}}}, "($o: Options)") == {
        "number": 3,
        "options": {"color": "GREEN", "inner": {"color": "GREEN"}},
    }


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (r'"\u4e2d\u6587"', "中文"),
        (r'"\u{1F511}"', "🔑"),
        (r'"\uD83D\uDD11"', "🔑"),
        (r'"a\u0000b"', "a\x00b"),
        (r'"\"\\\/\b\f\n\r\t"', '"\\/\b\f\n\r\t'),
        ('"""\n  a "block"\n    of text\n"""', 'a "block"\n  of text'),
        ('"é中🔑"', "é中🔑"),
        ('""', ""),
    ],
)
async def test_a_text_arrives_as_it_was_written(handwritten: Handwritten, written: str, text: str) -> None:
    assert (await arguments(handwritten, f"(text: {written})"))["text"] == text
    assert (await arguments(handwritten, f"(options: {{label: {written}}})"))["options"]["label"] == text
    assert (await arguments(handwritten, "(text: $text)", {"text": text}, "($text: String)"))["text"] == text


async def test_results_are_serialized_by_their_types(handwritten: Handwritten) -> None:
    answer = await ask(handwritten, "{ echo(color: RED, big: 12345678901234567890) { color big } }")
    assert (answer.data, answer.errors) == ({"echo": {"color": "RED", "big": "12345678901234567890"}}, [])


async def test_aliases_fragments_and_merged_fields(handwritten: Handwritten) -> None:
    answer = await ask(
        handwritten,
        """
        query {
          b: echo(text: "b") { ...F }
          a: echo(text: "a") { t: text ... { ...F ...F } __typename }
          b: echo(text: "b") { color }
          ...Q
        }
        fragment F on Echo { big text ...G }
        fragment G on Echo { kind: __typename }
        fragment Q on Query { a: echo(text: "a") { color } }
        """,
    )
    assert answer.errors == []
    assert list(answer.data) == ["b", "a"]
    assert list(answer.data["a"].items()) == [
        ("t", "a"),
        ("big", None),
        ("text", "a"),
        ("kind", "Echo"),
        ("__typename", "Echo"),
        ("color", None),
    ]
    assert list(answer.data["b"]) == ["big", "text", "kind", "color"]


@pytest.mark.parametrize("yes", [True, False])
async def test_skip_and_include(handwritten: Handwritten, yes: bool) -> None:
    answer = await ask(
        handwritten,
        """
        query ($yes: Boolean!) {
          echo { text @include(if: $yes) color @skip(if: $yes) ...F @include(if: $yes) ... @skip(if: $yes) { b: big } }
          who @include(if: true) @skip(if: $yes)
        }
        fragment F on Echo { a: big }
        """,
        {"yes": yes},
    )
    assert list(answer.data["echo"]) == (["text", "a"] if yes else ["color", "b"])
    assert ("who" in answer.data) is not yes


async def test_interfaces_and_unions(handwritten: Handwritten) -> None:
    answer = await ask(
        handwritten,
        """
        { square: shape(kind: "square") { ...S } circle: shape(kind: "circle") { __typename ...S } }
        fragment S on Shape {
          area ... on Square { side } ... on Circle { radius owner { name } } ... on Shape { kind: __typename }
        }
        """,
    )
    assert answer.errors == []
    assert answer.data == {
        "square": {"area": 4.0, "side": 2.0, "kind": "Square"},
        "circle": {"__typename": "Circle", "area": 3.14, "radius": 1.0, "owner": {"row": 1}, "kind": "Circle"},
    }


async def test_a_row_is_read_for_what_was_selected_of_it(handwritten: Handwritten) -> None:
    answer = await ask(
        handwritten,
        """
        query ($near: Int) { c: customer(id: 7) { id ...F } ... { c: customer(id: 7) { friend(near: $near) { id } } } }
        fragment F on User { name }
        """,
    )
    assert (answer.data, answer.errors) == ({"c": {"row": 7}}, [])
    selected = "c: customer(id: 7) { id ...F } c: customer(id: 7) { friend(near: $near) { id } }"
    assert answer.read == [("User", {"id": 7}, ANYBODY, selected)]


async def test_rows_in_a_list_fail_one_by_one(handwritten: Handwritten) -> None:
    answer = await ask(handwritten, "{ customers(ids: [1, 2]) { id } who }")
    assert answer.data == {"customers": [{"row": 1}, {"row": 2}], "who": "anybody"}
    answer = await ask(handwritten, "{ customers(ids: [1, 403]) { id } who }")
    assert answer.data == {"customers": None, "who": "anybody"}
    [error] = answer.errors
    assert (error["path"], error["extensions"]["code"]) == (["customers", 1], "FORBIDDEN")


async def test_a_row_that_is_not_there_is_null(handwritten: Handwritten) -> None:
    answer = await ask(handwritten, "{ customer(id: 404) { id } }")
    assert (answer.data, answer.errors) == ({"customer": None}, [])


async def test_an_abstract_type_of_generated_types_only_is_a_row(handwritten: Handwritten) -> None:
    answer = await ask(handwritten, "{ anything { __typename ... on User { id } } }")
    assert (answer.data, answer.errors) == ({"anything": {"row": 5}}, [])


async def test_mutations_run_in_order_and_each_is_read_before_the_next(handwritten: Handwritten) -> None:
    answer = await ask(
        handwritten,
        'mutation { a: note(text: "one") { number writer { id } } b: note(text: "two") { number writer { id } } }',
    )
    assert notes == ["one", "read", "two", "read"]
    assert answer.data == {"a": {"number": 1, "writer": {"row": 1}}, "b": {"number": 3, "writer": {"row": 3}}}


async def test_a_row_is_read_as_the_caller_that_its_resolver_named(handwritten: Handwritten) -> None:
    answer = await ask(handwritten, 'mutation { note(text: "one") { writer { id } } }')
    assert [caller for _, _, caller, _ in answer.read] == [Caller("writer", "{}")]


async def test_generated_root_fields_are_passed_over(handwritten: Handwritten) -> None:
    answer = await ask(handwritten, "{ __typename users { name } who ...F } fragment F on Query { users { id } }")
    assert (answer.data, answer.errors, answer.read) == ({"who": "anybody"}, [], [])


async def test_an_error_has_message_code_path_and_location(handwritten: Handwritten) -> None:
    answer = await ask(handwritten, '{\n  who\n  x: fail(how: "forbidden")\n}')
    assert answer.data == {"who": "anybody", "x": None}
    assert answer.errors == [
        {
            "message": "Not for you.",
            "path": ["x"],
            "locations": [{"line": 3, "column": 3}],
            "extensions": {"code": "NOT_FOR_YOU", "field": "how"},
        }
    ]


@pytest.mark.parametrize(
    "query", ['{ x: fail(how: "surprise") }', '{ x: fail(how: "set up") }', "{ x: customer(id: 0) { id } }"]
)
async def test_a_surprise_is_masked_and_logged(
    handwritten: Handwritten, caplog: pytest.LogCaptureFixture, query: str
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = await ask(handwritten, query)
    [error] = answer.errors
    assert error["extensions"].keys() == {"code", "id"}
    assert error["extensions"]["code"] == "INTERNAL"
    assert "secret" not in json.dumps(error)
    assert error["extensions"]["id"] in caplog.text
    assert ", in " in caplog.text  # where it rose
    assert "secret" not in caplog.text


async def test_null_where_none_may_be_propagates(handwritten: Handwritten) -> None:
    answer = await ask(handwritten, "{ failures { reason } }")
    assert answer.data == {"failures": [{"reason": "one"}, None, {"reason": "three"}]}
    assert [error["path"] for error in answer.errors] == [["failures", 1, "reason"]]


async def test_an_error_of_a_field_that_must_not_be_null_takes_all_data(
    handwritten: Handwritten, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Caller, "role", property(lambda self: None))
    answer = await ask(handwritten, "{ who }")
    assert answer.data is None
    assert [error["path"] for error in answer.errors] == [["who"]]


async def test_a_variable_that_turns_out_null_fails_its_field_only(handwritten: Handwritten) -> None:
    answer = await ask(handwritten, 'query ($how: String = "x") { fail(how: $how) echo { text } }', {"how": None})
    assert answer.data == {"fail": None, "echo": {"text": None}}
    [error] = answer.errors
    assert (error["path"], error["extensions"]["code"]) == (["fail"], "BAD_USER_INPUT")


async def test_fragments_that_double_are_refused(handwritten: Handwritten) -> None:
    doubling = " ".join(
        f"fragment F{n} on Tree {{ left {{ ...F{n + 1} }} right {{ ...F{n + 1} }} }}" for n in range(30)
    )
    with pytest.raises(BadRequest) as caught:
        await ask(handwritten, "{ tree { ...F0 } } fragment F30 on Tree { leaf } " + doubling)
    assert caught.value.code == "TOO_COMPLEX"


async def test_executions_at_once_do_not_mix(handwritten: Handwritten) -> None:
    answers = await asyncio.gather(
        *(ask(handwritten, f'{{ echo(text: "{n}") {{ text }} customer(id: {n}) {{ id }} }}') for n in range(1, 51))
    )
    assert [answer.data for answer in answers] == [
        {"echo": {"text": str(n)}, "customer": {"row": n}} for n in range(1, 51)
    ]


async def test_a_second_engine_of_the_same_modules_works_and_outlives_the_first(handwritten: Handwritten) -> None:
    second = await Handwritten.open(generated(), SETTINGS, NO_DATABASE)
    handwritten.close()
    handwritten.close()
    assert (await ask(second, "{ who }")).data == {"who": "anybody"}
    second.close()
    assert not {handwritten.name, second.name} & SchemaRegistry._schemas.keys()


async def test_generated_fields_keep_their_extensions_and_handwritten_have_none(handwritten: Handwritten) -> None:
    root = handwritten.schema.query_type
    assert root is not None
    assert root.fields["users"].extensions == {"column": "Query"}
    assert root.fields["who"].extensions == {}
    user = handwritten.schema.type_map["User"]
    assert isinstance(user, GraphQLObjectType)
    assert user.fields["friend"].extensions == {"column": "User"}


async def test_mutations_may_be_added_where_the_database_has_none() -> None:
    opened = await Handwritten.open(generated(mutations=False), SETTINGS, NO_DATABASE)
    assert (await ask(opened, 'mutation { note(text: "x") { __typename } }')).data == {"note": {"__typename": "Note"}}
    opened.close()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("extend type Query {\n  a: }", "extra.graphql, line 2"),
        ("extend type Query {\n  users: Int\n}", "users"),
        ("extend type Query {\n  a: Missing\n}", "Missing"),
        ("\nextend type User { a: Int }", "extra.graphql, line 2"),
        ("type User { a: Int }", "User"),
        ("type Mutation { a: Int }", "Mutation"),
        ("\nquery { users { id } }", "extra.graphql, line 2"),
        ("extend type Subscription { a: Int }", "Subscription"),
        ("type Subscription { a: Int }", "Subscription"),
        ("extend schema { subscription: User }", "root types"),
        ("extend type Query { a: Both } union Both = User | Own type Own { a: Int }", "Both"),
        ("extend type Query { a: Empty } type Empty", "Empty"),
        ("extend type Query { unresolved: Int }", "Query.unresolved"),
    ],
)
async def test_sdl_that_does_not_fit_is_refused_in_one_line(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "extra.graphql").write_text(text, encoding="utf-8")
    before = set(SchemaRegistry._schemas)
    with pytest.raises(SetUpError) as caught:
        await Handwritten.open(generated(), dataclasses.replace(SETTINGS, sdl=tmp_path, resolvers=None), NO_DATABASE)
    assert problem in caught.value.message
    assert "\n" not in caught.value.message
    assert set(SchemaRegistry._schemas) == before


async def test_resolvers_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SetUpError, match="there is no Python package no_such_package"):
        await Handwritten.open(generated(), dataclasses.replace(SETTINGS, resolvers="no_such_package"), NO_DATABASE)
    (tmp_path / "part.graphql").write_text("extend type Query { who: String }", encoding="utf-8")
    with pytest.raises(SetUpError, match=r"Query\.echo"):
        await Handwritten.open(generated(), dataclasses.replace(SETTINGS, sdl=tmp_path), NO_DATABASE)


def test_the_generated_file_is_not_read() -> None:
    assert "generated" not in print_ast(sdl.load(FOLDER))


def test_importing_tartiflette_warns_of_nothing() -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", "import gatepost.engine"], check=True, timeout=300)
