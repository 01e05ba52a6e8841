"""A function's body that stands in place of its call says what the call says, or does not stand there."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
from graphql import GraphQLObjectType

from gatepost.schema.meaning import ValueField, meaning_of
from tests.api import Api, opened
from tests.conftest import CreateDatabase

ONE, TWO = "inlining_one", "inlining_two"
BASE = (Path(__file__).parent / "inlining.sql").read_text()


@dataclass(frozen=True)
class Case:
    """A function of a row `t`, and whether its body may stand in place of the call."""

    body: str
    inlined: bool
    returns: str = "text"
    options: str = "stable"
    argument: str = "t"
    roles: str = f"{ONE}, {TWO}"


CASES = {
    # Texts, comments, operators
    "quotes": Case("select t.name || ' it''s \"t.x\" ' || 'y'", True),
    "escapes": Case(r"select t.name || E'\'t.name\\ \n' || e'a''b'", True),
    "backslashes": Case(r"select t.name || 'a\b'", False),
    "continued": Case("select t.name || 'a'\n  'b'", True),
    "continued_escape": Case("select t.name || E'a'\n  '\\'b'", False),
    "comments": Case("select /* t.* ; $1 */ t.name -- '; t\n  || '!' /* end */", True),
    "last_comment": Case("select t.name -- end", True),
    "nested_comments": Case("select /* a /* b */ c */ t.name", False),
    "returns_in_comment": Case("select t.name --c\r || 'x'", True),
    "casts": Case("select t.id::text || ':x' || t.price::varchar || '%s %(p1)s %% $1'", True),
    "percent": Case("select t.id % 2 + (t.name like '%two%')::int", True, "integer"),
    "dollars": Case("select t.name || $q$'t.name$q$", False),
    "numbered": Case("select $1.name", False),
    "unicode_text": Case(r"select t.name || U&'\0061'", False),
    "unicode_name": Case(r'select t.name || (select U&"\0074".name)', False),
    "unicode_space": Case("select x\u00a0t.id from (values (5)) as x\u00a0t (id)", False, "integer"),
    "post_compile": Case("select t.name || '__[POSTCOMPILE_p1]'", True),
    # Rows
    "ordered": Case("select p.name from it.parts as p where p.thing_id = t.id order by p.id desc limit 1", True),
    "offset": Case("select p.name from it.parts as p where p.thing_id = t.id order by p.id offset 1", True),
    "two_rows": Case("select p.name from it.parts as p where p.thing_id = t.id order by p.id", True),
    "later_row_fails": Case("select 3 / p.amount from it.parts as p where p.thing_id = t.id", True, "integer"),
    "no_row": Case("select p.name from it.parts as p where p.thing_id = t.id and false", True),
    "nothing": Case("select nullif(t.name, t.name)", True),
    "set_in_list": Case("select unnest(t.tags)", True),
    "exists": Case("select exists (select from it.parts as p where p.thing_id = t.id)", True, "boolean"),
    "set_operation": Case(
        "select p.name from it.parts as p where p.thing_id = t.id union select t.name order by 1", True
    ),
    "inner_with": Case("select (with p as (select t.name as n) select p.n from p)", True),
    "with": Case("with p as (select t.name as n) select p.n from p", False),
    "semicolons": Case("select t.name; ", True),
    "statements": Case("select 1; select t.name", False),
    # Names
    "inner_alias": Case("select max(t.id) from it.parts as t", False, "integer"),
    "inner_table": Case("select t.name from it.things as s, it.parts as t where t.id = 1", False),
    "plain_inner_alias": Case("select t.amount from it.parts t where t.id = 1", False, "integer"),
    "inner_columns": Case("select name from it.parts where thing_id = t.id order by id limit 1", True),
    "inner_columns_first": Case(
        "select count(*) from it.parts where id = thing_id and thing_id = t.id", True, "bigint"
    ),
    "quoted_column": Case('select t."a ""b" || t . id', True),
    "capital_column": Case('select t."Name"', True),
    "collations": Case('select t."Name" || t."a ""b"', True),
    "folded_column": Case("select T.NAME", True),
    "quoted_row": Case("select \"T\".name || t.x from (select 'x' as x) as t", True, argument='"T"'),
    "reserved_row": Case('select "select".name', False, argument='"select"'),
    "user_row": Case('select "user".name', True, argument='"user"'),
    "accented_row": Case("select É.name from (select 1) as é", True, argument="É"),
    "long_row": Case(f"select {'t' * 70}.name", True, argument="t" * 70),
    "gateways_alias": Case("select t1.name", True, argument="t1"),
    "row_in_parentheses": Case("select (t).name", False),
    "whole_row": Case("select t.*::text", False),
    "row_as_value": Case("select t::text", False),
    "attribute": Case("select (t.pair).b", True),
    "element": Case("select t.tags[1]", True),
    "no_column_of_it": Case("select 'constant'", False),
    "other_functions": Case("select it.shout(t.name)", True),
    "forbidden_function": Case("select it.hushed(t.name)", True),
    # Aggregates: the body's own, and those that would belong to the query around it
    "count": Case("select count(*) from it.parts as p where p.thing_id = t.id", True, "bigint"),
    "sum": Case("select sum(p.amount) from it.parts as p where p.thing_id = t.id", True, "bigint"),
    "row_counted": Case("select count(t.id) from it.parts as p", False, "bigint"),
    "row_summed": Case("select sum(t.price) from it.parts as p", False, "numeric"),
    "row_summed_below": Case("select (select sum(t.price)) from it.parts as p limit 1", False, "numeric"),
    "row_filtered": Case("select count(*) filter (where t.id > 0) from it.parts as p", False, "bigint"),
    "row_within": Case("select mode() within group (order by t.id) from it.parts as p", False, "integer"),
    "own_aggregate": Case("select it.product(t.price) from it.parts as p", False, "numeric"),
    "grouped": Case(
        "select max(p.name) from it.parts as p where p.thing_id = t.id group by p.hidden, t.id order by t.id", True
    ),
    "window": Case(
        "select row_number() over (order by p.id, t.id) from it.parts as p order by 1 desc limit 1", True, "bigint"
    ),
    # Results
    "wider": Case("select count(*)::int from it.parts as p where p.thing_id = t.id", True, "bigint"),
    "rounded": Case("select t.price * 1.5", True, "integer"),
    "enum": Case("select t.mood", True, "it.mood"),
    "date": Case("select date '2024-01-31' + t.id", True, "timestamp"),
    "json": Case("select to_jsonb(t.name)", True, "jsonb"),
    "bytes": Case("select convert_to(t.name, 'UTF8')", True, "bytea"),
    "domain": Case("select left(t.name, 3)::varchar", False, "it.short"),
    "array": Case("select t.tags", False, "text[]"),
    "composite": Case("select t.pair", False, "it.pair"),
    "name_type": Case("select t.name::name", False, "name"),
    # What only a call does
    "strict": Case("select coalesce(t.name, 'none')", True, options="stable strict"),
    "immutable": Case("select t.name || '!'", True, options="immutable"),
    "definer": Case(
        "select count(*) from it.parts as p where p.thing_id = t.id", False, "bigint", "stable security definer"
    ),
    "configured": Case("select shout(t.name)", False, options="stable set search_path = it"),
    "not_for_all": Case("select t.name", True, roles=TWO),
    "plpgsql": Case("begin return t.name; end", False, options="stable language plpgsql"),
    "locked": Case("select p.name from it.parts as p where p.thing_id = t.id and t.id < 0 for update", False),
}


def _script() -> str:
    statements = [BASE]
    for name, case in CASES.items():
        language = "" if "language" in case.options else "language sql"
        statements.append(
            f"create function it.things_{name}({case.argument} it.things) returns {case.returns} {language} "
            f"{case.options} as $body${case.body}$body$;\n"
            f"grant execute on function it.things_{name}(it.things) to {case.roles};"
        )
    return "\n".join(statements)


@pytest.fixture(scope="module")
async def things(create_database: CreateDatabase) -> AsyncIterator[Api]:
    url = await create_database(_script(), user="inlining_gateway")
    async with opened(
        url,
        schemas=("it",),
        anonymous_role=ONE,
        authenticated_role=TWO,
        pool_size=2,
        jwt_secret="a secret of the tests that is long enough",
    ) as api:
        yield api


def _field(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(word.title() for word in tail)


async def _called(api: Api, name: str, role: str) -> list[object] | None:
    """What plain calls give, as the API writes it; None where Postgres refuses."""
    returns = CASES[name].returns
    value = f"it.things_{name}(t)"
    shown = {"bigint": f"{value}::text", "numeric": f"{value}::text", "bytea": f"encode({value}, 'base64')"}
    value = shown.get(returns, value)
    query = " ".join(("select to_json(", value, ")::text from it.things as t order by t.id"))
    try:
        rows = await api.sql(query, role=role)
    except asyncpg.PostgresError:
        return None
    return [None if row is None else json.loads(row) for row in rows]


@pytest.mark.parametrize("name", [name for name in CASES if name != "composite"])
@pytest.mark.parametrize("role", [ONE, TWO])
async def test_the_same_as_the_call(things: Api, name: str, role: str) -> None:
    if role not in CASES[name].roles:
        return
    expected = await _called(things, name, role)
    reply = await things.reply(f"{{ things {{ nodes {{ v: {_field(name)} }} }} }}", role=role)
    if expected is None:
        assert reply.body["data"] is None, "the call fails, and the body in its place does not"
    else:
        assert [node["v"] for node in reply.body["data"]["things"]["nodes"]] == expected


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("role", [ONE, TWO])
async def test_what_stands_in_place_of_the_call(things: Api, name: str, role: str) -> None:
    served = await things.gateway.engine.roles.of(role)
    type_ = served.schema.get_type("Thing")
    assert isinstance(type_, GraphQLObjectType)
    field = type_.fields.get(_field(name))
    if role not in CASES[name].roles:
        assert field is None, "in place of the call nothing asks whether the role may execute the function"
        return
    assert field is not None
    meaning = meaning_of(field)
    assert isinstance(meaning, ValueField)
    assert (meaning.call.body is not None) is CASES[name].inlined


@pytest.mark.parametrize(
    ("role", "filter_", "ids"),
    [
        (ONE, '{ capitalColumn: { eq: "ADA" } }', [2]),
        (ONE, '{ collations: { eq: "adaq" } }', [1]),  # a function's result has the default collation, not both
        (ONE, '{ count: { eq: "2" } }', [1]),
        (TWO, '{ count: { eq: "3" } }', [1]),
        (TWO, "{ count: { gte: 1 } }", [1, 2]),
        (ONE, "{ rounded: { isNull: true } }", [3]),
        (ONE, '{ rowCounted: { eq: "2" } }', [1, 2, 3]),
        (ONE, "{ enum: { gt: low } }", [2]),
        (ONE, "{ not: { exists: { eq: true } } }", [2, 3]),
    ],
)
async def test_in_filters(things: Api, role: str, filter_: str, ids: list[int]) -> None:
    data = await things.data(f"{{ things(filter: {filter_}) {{ nodes {{ id }} }} }}", role=role)
    assert [node["id"] for node in data["things"]["nodes"]] == ids
