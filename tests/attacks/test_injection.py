"""SQL in all that a caller can write: it is text, or it is refused, and the database is as it was."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gatepost.auth.caller import Caller
from gatepost.engine.engine import RequestContext
from tests.attacks.conftest import SCRIPT, CreateDatabase, Target, attacked

MALICE = (
    "'; drop table attacked.notes; --",
    "' or '1'='1",
    "\\'; drop table attacked.notes; --",
    "\\\\'; drop table attacked.notes; --",
    '"; drop table attacked.notes; --',
    "$$; drop table attacked.notes; $$",
    "$1::text || (select secret from attacked.notes)",
    "/* */ ') or (select true) --",
    "\u02bc or 1=1 --",  # modifier letter apostrophe
    "\uff07 or 1=1 --",  # fullwidth apostrophe
    "\u2019; drop table attacked.notes; --",
    "\ubf27; drop table attacked.notes; --",  # ends in the byte of an apostrophe in some encodings
    "%' or body like '%",
    "x\x00'; drop table attacked.notes; --",
    "E'\\x27'",
    "%(p0)s %s :p0 {0} {p0}",
)
TEXTS = {
    "eq": "query ($t: String!) { notes(filter: { body: { eq: $t } }) { nodes { id } } }",
    "in": "query ($t: String!) { notes(filter: { body: { in: [$t] } }) { nodes { id } } }",
    "like": "query ($t: String!) { notes(filter: { body: { like: $t } }) { nodes { id } } }",
    "includes": "query ($t: String!) { notes(filter: { body: { includes: $t } }) { nodes { id } } }",
    "regex": "query ($t: String!) { notes(filter: { body: { regex: $t } }) { nodes { id } } }",
    "jsonpath": "query ($t: JSONPath!) { notes(filter: { data: { path: $t } }) { nodes { id } } }",
    "json": "query ($t: JSON!) { notes(filter: { data: { contains: $t } }) { nodes { id } } }",
    "json key": "query ($t: String!) { notes(filter: { data: { hasKey: $t } }) { nodes { id } } }",
    "search": "query ($t: FullTextSearch!) { notes(filter: { words: { matches: $t } }) { nodes { id } } }",
    "array": "query ($t: String!) { notes(filter: { tags: { contains: [$t] } }) { nodes { id } } }",
    "tree": "query ($t: String!) { notes(filter: { path: { matches: $t } }) { nodes { id } } }",
    "time": "query ($t: Datetime!) { notes(filter: { at: { eq: $t } }) { nodes { id } } }",
    "uuid": "query ($t: UUID!) { notes(filter: { key: { eq: $t } }) { nodes { id } } }",
    "cursor": "query ($t: String!) { notes(after: $t) { nodes { id } } }",
    "node": "query ($t: ID!) { node(nodeId: $t) { nodeId } }",
    "argument": "query ($t: String!) { say(words: $t) }",
    "order": "query ($t: [NoteOrderBy!]) { notes(orderBy: $t) { nodes { id } } }",
}
INTACT = "select array_agg((body, secret, owner)::text order by id) from attacked.notes"


@pytest.fixture(scope="module", params=["on", "off"])
async def backslashes(request: pytest.FixtureRequest, create_database: CreateDatabase) -> AsyncIterator[Target]:
    """A gateway on a database that reads backslashes in constants as they stand, and on one that does not."""
    url = await create_database(SCRIPT, user="attacked_gateway")
    async with attacked(url) as admin:
        name = (await admin.sql("select current_database()"))[0]
        await admin.sql(f'alter database "{name}" set standard_conforming_strings = {request.param}')
    async with attacked(url, request_headers=("x-tenant",)) as target:
        yield target


@pytest.mark.parametrize("where", TEXTS)
async def test_values(backslashes: Target, where: str) -> None:
    before = await backslashes.sql(INTACT)
    document = TEXTS[where]
    for text in MALICE:
        variable = await backslashes.reply(document, {"t": text})
        written = json.dumps(text, ensure_ascii=False)
        body = document.partition("{")[2]
        literal = await backslashes.reply("{" + body.replace("$t", written))
        for reply in (variable, literal):
            assert "canary" not in reply.text
            if "errors" in reply.body:
                known = {"BAD_USER_INPUT", "INVALID_CURSOR", "GRAPHQL_VALIDATION_FAILED"}
                assert {error["extensions"]["code"] for error in reply.errors} <= known, (text, reply.errors)
            elif where == "argument":
                assert reply.body["data"] == {"say": text}
            elif where == "node":
                assert reply.body["data"] == {"node": None}
            elif where != "cursor":
                # As a regular expression, `||` has an empty branch, which all texts match: that are the caller's rows.
                found = [{"id": 1}] if where == "regex" and "||" in text else []
                assert reply.body["data"] == {"notes": {"nodes": found}}, text
    assert await backslashes.sql(INTACT) == before


async def test_cursors_and_node_ids_that_are_well_formed(backslashes: Target) -> None:
    page = await backslashes.data("{ notes(first: 1) { pageInfo { endCursor } nodes { nodeId } } }")
    cursor = page["notes"]["pageInfo"]["endCursor"]
    mark, *_ = json.loads(base64.b64decode(cursor))
    node_id = json.loads(base64.b64decode(page["notes"]["nodes"][0]["nodeId"]))
    for text in MALICE:
        forged = base64.b64encode(json.dumps([mark, text]).encode()).decode()
        reply = await backslashes.reply("query ($t: String!) { notes(after: $t) { nodes { id } } }", {"t": forged})
        assert reply.code in ("BAD_USER_INPUT", "INVALID_CURSOR"), text
        forged = base64.b64encode(json.dumps([text, *node_id[1:]]).encode()).decode()
        reply = await backslashes.reply("query ($t: ID!) { node(nodeId: $t) { nodeId } }", {"t": forged})
        assert reply.body["data"] == {"node": None}
        forged = base64.b64encode(json.dumps([node_id[0], text]).encode()).decode()
        reply = await backslashes.reply("query ($t: ID!) { node(nodeId: $t) { nodeId } }", {"t": forged})
        assert "errors" not in reply.body or reply.code == "BAD_USER_INPUT"
    assert len(await backslashes.sql("select id from attacked.notes")) == 2


async def test_what_is_written_is_what_was_sent(backslashes: Target) -> None:
    texts = [text for text in MALICE if "\x00" not in text]
    create = "mutation ($t: String!) { createNote(input: {note: {body: $t, label: $t, tags: [$t]}}) { note { id } } }"
    for text in texts:
        await backslashes.data(create, {"t": text})
    rows = await backslashes.sql("select body, label, tags[1] from attacked.notes where id > 2 order by id")
    await backslashes.sql("delete from attacked.notes where id > 2")
    assert rows == [(text, text, text) for text in texts]


async def test_names(backslashes: Target) -> None:
    """Aliases come back; all other names are the schema's or refused."""
    for text in MALICE:
        for query in (
            f"{{ {text}: notes {{ totalCount }} }}",
            f"{{ notes(orderBy: [{{ {text}: ASC }}]) {{ totalCount }} }}",
            f"{{ notes(filter: {{ {text}: {{ eq: 1 }} }}) {{ totalCount }} }}",
            f"query ({text}: Int) {{ who }}",
        ):
            reply = await backslashes.reply(query)
            assert "data" not in reply.body, query
            assert reply.code in ("GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED")
        reply = await backslashes.api.reply(
            "query A { who } query B { who }", operation_name=text, role="attacked_member"
        )
        assert reply.code == "OPERATION_NAME"
    assert await backslashes.data("{ d_r_o_p: who }") == {"d_r_o_p": "attacked_member"}


async def test_claims_and_headers(backslashes: Target) -> None:
    for text in MALICE:
        if "\x00" in text:
            continue  # no token holds one: see tests/auth/test_tokens.py
        claims: Any = {"sub": 1, text: text, "role": "attacked_member"}
        caller = Caller("attacked_member", json.dumps(claims), headers=json.dumps({"x-tenant": text}))
        answer = await backslashes.api.gateway.engine.execute(
            "{ claims header notes { nodes { id } } }", context=RequestContext(caller), variables={}
        )
        data = json.loads(answer.body)["data"]
        assert data["header"] == text
        assert data["claims"] == claims
        assert data["notes"] == {"nodes": [{"id": 1}]}
    assert len(await backslashes.sql("select id from attacked.notes")) == 2
