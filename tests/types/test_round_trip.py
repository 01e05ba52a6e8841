"""Every type, both ways: out in a selection, in as a variable and a literal of an argument and of a filter."""

from __future__ import annotations

from typing import Any

import pytest

from tests.types.asking import Kinds, literal, written
from tests.types.conftest import camel, rows
from tests.types.values import KINDS

CASES = [
    pytest.param(place, name, json, id=f"{name}-{text[:40]}")
    for place, ((name, text), json) in enumerate(
        zip(rows(), (json for kind in KINDS.values() for _, json in kind.values), strict=True)
    )
]


@pytest.mark.parametrize(("id_", "name", "json"), CASES)
async def test_a_value_goes_out_and_comes_in_by_a_filter(kinds: Kinds, id_: int, name: str, json: Any) -> None:
    column = camel(name)
    field = kinds.field("Everything", column)
    filter_ = kinds.field("EverythingFilter", column)["type"]["name"]
    data = await kinds.data(f"{{ everything(id: {id_}) {{ {column} {kinds.selection(field['type'])} }} }}")
    assert data == {"everything": {column: json}}
    operators = [operator["name"] for operator in kinds.types[filter_]["inputFields"]]
    assert ("eq" in operators) is KINDS[name].equal
    if not KINDS[name].equal:
        return
    value = written(kinds.field(filter_, "eq")["type"])
    data = await kinds.data(
        f"""query ($value: {value}, $id: Int!) {{
          same: everythings(filter: {{id: {{eq: $id}}, {column}: {{eq: $value}}}}) {{ totalCount }}
          likewise: everythings(filter: {{id: {{eq: $id}}, {column}: {{eq: {literal(json)}}}}}) {{ totalCount }}
          others: everythings(filter: {{id: {{eq: $id}}, {column}: {{ne: $value}}}}) {{ totalCount }}
          distinct: everythings(filter: {{id: {{eq: $id}}, {column}: {{distinctFrom: $value}}}}) {{ totalCount }}
        }}""",
        {"value": json, "id": id_},
    )
    assert {key: found["totalCount"] for key, found in data.items()} == {
        "same": 1,
        "likewise": 1,
        "others": 0,
        "distinct": 0,
    }


# A function's declaration does not tell the dimensions of an array: it takes a list.
@pytest.mark.parametrize(("id_", "name", "json"), [case for case in CASES if KINDS[str(case.values[1])].lists < 2])
async def test_a_value_comes_in_by_an_argument(kinds: Kinds, id_: int, name: str, json: Any) -> None:
    function = camel(f"text_of_{name}")
    argument = written(kinds.field("Query", function)["args"][0]["type"])
    (text,) = await kinds.api.sql("select kinds.as_postgres_says($1, $2)", id_, f"{name}_")
    data = await kinds.data(
        f"""query ($value: {argument}) {{
          variable: {function}(value: $value)
          literal: {function}(value: {literal(json)})
        }}""",
        {"value": json},
    )
    assert data == {"variable": text, "literal": text}


@pytest.mark.parametrize("name", KINDS)
async def test_null_stays_null(kinds: Kinds, name: str) -> None:
    column = camel(name)
    nobody = min(place for place, (other, _) in enumerate(rows()) if other != name)
    field = kinds.field("Everything", column)
    data = await kinds.data(
        f"""{{ everything(id: {nobody}) {{ {column} {kinds.selection(field["type"])} }}
               everythings(filter: {{id: {{eq: {nobody}}}, {column}: {{isNull: true}}}}) {{ totalCount }} }}"""
    )
    assert data == {"everything": {column: None}, "everythings": {"totalCount": 1}}
