"""Names of all kinds become GraphQL names, always the same ones, and the doctor tells which."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from graphql import print_schema

from gatepost import doctor
from gatepost.cli import main
from gatepost.schema.names import camel, pascal
from tests.api import Api, CreateDatabase, opened

NAMES = (Path(__file__).parent / "names.sql").read_text()
SETTINGS: dict[str, Any] = {"schemas": ("Odd.Names", "Other.Names"), "anonymous_role": "names_guest", "pool_size": 2}


@pytest.fixture(scope="module")
async def odd(create_database: CreateDatabase) -> AsyncIterator[Api]:
    async with opened(await create_database(NAMES, user="names_gateway"), **SETTINGS) as api:
        yield api


@pytest.mark.parametrize(
    ("name", "field", "type_name"),
    [
        ("created_at", "createdAt", "CreatedAt"),
        ("a b", "aB", "AB"),
        ("a.b", "aB", "AB"),
        ("1st", "_1st", "_1st"),
        ("né", "ne", "Ne"),
        ("ne\u0301", "ne", "Ne"),
        ("Größe", "grosse", "Grosse"),
        ("名前", "u540dU524d", "U540dU524d"),
        ("!!!", "_", "_"),
        ("🐘", "u1f418", "U1f418"),
        ("a 🐘", "a", "A"),
        ("__typename", "typename", "Typename"),
        ("USER_ID", "userID", "USERID"),
    ],
)
def test_spelling(name: str, field: str, type_name: str) -> None:
    assert (camel(name), pascal(name)) == (field, type_name)


async def test_every_table_answers_under_a_name_of_its_own(odd: Api) -> None:
    query = """{
      selectFromWheres { nodes { aB aBColumn aBColumn2 _1st ne } }
      u540dU524ds { nodes { u540d grosse } }
      typenames { nodes { __typename typename true null query nodeIdColumn nodeId } }
      sheepList { totalCount } newsList { totalCount } people { totalCount } person(id: 1) { id }
      authors { totalCount } authorConnections { totalCount }
      shout(word: "a")
    }"""
    assert await odd.data(query, role="names_guest") == {
        "selectFromWheres": {"nodes": [{"aB": 1, "aBColumn": 2, "aBColumn2": 3, "_1st": "first", "ne": "born"}]},
        "u540dU524ds": {"nodes": [{"u540d": 1, "grosse": "groß"}]},
        "typenames": {
            "nodes": [
                {
                    "__typename": "Typename",
                    "typename": 1,
                    "true": True,
                    "null": "nothing",
                    "query": 5,
                    "nodeIdColumn": 6,
                    "nodeId": "WyJUeXBlbmFtZSIsICIxIl0=",
                }
            ]
        },
        "sheepList": {"totalCount": 0},
        "newsList": {"totalCount": 0},
        "people": {"totalCount": 0},
        "person": None,
        "authors": {"totalCount": 0},
        "authorConnections": {"totalCount": 0},
        "shout": "A",
    }


LONG = "aNameOfSixtyThreeBytesWhichIsTheMostThatANameTake"


async def test_signs_digits_long_names_and_names_of_types(odd: Api) -> None:
    query = f"""{{
      u1f418s {{ nodes {{ u1f418 u1f98aU1f98a u2764Ufe0f }} }}
      _123List {{ nodes {{ _1 _1a _1aColumn }} }}
      {LONG}as(orderBy: [{{{LONG}b: DESC}}], filter: {{{LONG}a: {{eq: 1}}}}) {{
        nodes {{ {LONG}a long: {LONG}b {LONG}aLonger: {LONG}a {LONG}bById {{ id }} }} }}
      ints {{ nodes {{ pageInfo andColumn orColumn notColumn first count }} }}
      kepts {{ nodes {{ a b {{ a }} }} }}
      otherNamesKepts {{ nodes {{ a }} }}
      booleans {{ nodes {{ a }} }}
      asked(first: 1, input: 2, query: 3, _1: 4, true: 5, x: 6)
    }}"""
    assert await odd.data(query, role="names_guest") == {
        "u1f418s": {"nodes": [{"u1f418": 1, "u1f98aU1f98a": 2, "u2764Ufe0f": 3}]},
        "_123List": {"nodes": [{"_1": 1, "_1a": 2, "_1aColumn": 3}]},
        f"{LONG}as": {
            "nodes": [{f"{LONG}a": 1, "long": 2, f"{LONG}aLonger": 1, f"{LONG}bById": {"id": 1}}],
        },
        "ints": {
            "nodes": [{"pageInfo": 2, "andColumn": 3, "orColumn": 4, "notColumn": 5, "first": 6, "count": 7}],
        },
        "kepts": {"nodes": [{"a": "yes", "b": {"a": 5}}]},
        "otherNamesKepts": {"nodes": [{"a": "no"}]},
        "booleans": {"nodes": [{"a": "maybe"}]},
        "asked": 21,
    }


async def test_the_same_database_gives_the_same_schema(odd: Api, create_database: CreateDatabase) -> None:
    async with opened(await create_database(NAMES, user="names_gateway"), **SETTINGS) as other:
        assert print_schema(other.gateway.engine.schema) == print_schema(odd.gateway.engine.schema)


async def test_the_doctor_tells_what_became_of_each(odd: Api) -> None:
    told = {(finding.id, finding.object): finding.reason for finding in await doctor.examine(odd.gateway.settings)}
    assert told["renamed", "Odd.Names.名前"].startswith("is U540dU524d, as its own name has characters")
    assert told["renamed", 'Odd.Names.Select From; "Where".a_b'].startswith("is aBColumn2 in type SelectFromWhere")
    assert told["renamed", "Odd.Names.Query"] == "is OddNamesQuery in the schema, as Query is taken"
    assert told["not-granted", "Odd.Names.ungranted"] == "is not granted: no role of the API may read it"
    assert "no GraphQL name" in told["unfitting-tag", "Odd.Names.wrong_tag.id"]
    assert ("left-out", "function Odd.Names.anything") in {(id_, name.split("(")[0]) for id_, name in told}


async def test_the_command(odd: Api, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*flags: str) -> int:
        kinds = [flag for id_ in doctor.OF_THE_API for flag in ("--only", id_)]
        return main(["doctor", odd.url, "--schemas", schemas, "--anonymous-role", "names_guest", *kinds, *flags])

    monkeypatch.chdir("/")
    import asyncio

    schemas = "Odd.Names,Other.Names"
    assert await asyncio.to_thread(run, "--json") == 1
    items = json.loads(capsys.readouterr().out)
    assert {"id", "severity", "object", "reason", "sql"} == set(items[0])
    assert items[0]["id"] == "left-out"
    assert await asyncio.to_thread(run) == 1
    assert capsys.readouterr().out.startswith("error: Left out [left-out]\n  function Odd.Names.anything")
    await odd.sql('drop function "Odd.Names".anything(anyelement)')
    assert await asyncio.to_thread(run) == 0
    assert "advice: Under another name [renamed]" in capsys.readouterr().out
