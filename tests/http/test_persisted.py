"""Documents that are asked by an id: trusted ones of the operator, and those that callers sent before."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from gatepost.engine import documents
from gatepost.errors import SetUpError
from gatepost.http import persisted
from tests.api import SHOP, SHOP_SETTINGS, CreateDatabase, opened, sql

GRAPHQL = "application/graphql-response+json"
FEED = "query Feed { hello }"
LIKES = "query Likes {\n  hello\n}\n"
UNKNOWN = "0" * 64


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def by_digest(text: str | None, hash_: str) -> dict[str, Any]:
    body: dict[str, Any] = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash_}}}
    return body if text is None else {"query": text, **body}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One document in Apollo's form, one in Relay's under an MD5, and one as a file."""
    operations = [{"id": digest(FEED), "name": "Feed", "type": "query", "body": FEED}]
    manifest = {"format": "apollo-persisted-query-manifest", "version": 1, "operations": operations}
    (tmp_path / "apollo.json").write_text(json.dumps(manifest))
    (tmp_path / "relay.json").write_text(json.dumps({"53ca67f9": "query Relay { hello }"}))
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "likes.graphql").write_text(LIKES)
    return tmp_path


async def asked(server: Any, body: object, accept: str = "application/json") -> tuple[int, str]:
    """The status, and the document that the engine got or the code of the error."""
    before = len(server.engine.asked)
    async with server.post(body, headers={"Accept": accept}) as response:
        answer = await response.json()
        if "errors" in answer:
            assert len(server.engine.asked) == before
            (error,) = answer["errors"]
            return response.status, error["extensions"]["code"]
    return response.status, server.engine.asked[-1]["query"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (by_digest(None, digest(FEED)), FEED),
        (by_digest(FEED, digest(FEED)), FEED),
        (by_digest(None, digest(LIKES)), LIKES),
        (by_digest(None, digest(FEED).upper()), FEED),
        ({"documentId": digest(FEED)}, FEED),
        ({"documentId": f"sha256:{digest(FEED)}"}, FEED),
        ({"documentId": "53ca67f9"}, "query Relay { hello }"),
        ({"doc_id": "53ca67f9"}, "query Relay { hello }"),
        ({"id": "53ca67f9"}, "query Relay { hello }"),
        ({"id": digest("query Relay { hello }")}, "query Relay { hello }"),
        ({"query": FEED}, FEED),
    ],
)
async def test_trusted_documents_are_asked_by_their_ids(
    serving: Any, folder: Path, body: dict[str, Any], text: str
) -> None:
    for only in (False, True):
        async with serving(trusted_documents=folder, trusted_documents_only=only) as server:
            assert await asked(server, {**body, "variables": {"a": 1}}) == (200, text)
            assert server.engine.asked[-1]["variables"] == {"a": 1}


async def test_trusted_documents_are_asked_by_get(serving: Any, folder: Path) -> None:
    async with serving(trusted_documents=folder) as server:
        extensions = json.dumps(by_digest(None, digest(FEED))["extensions"])
        for parameters in ({"extensions": extensions}, {"documentId": digest(FEED)}):
            async with server.get(parameters) as response:
                assert response.status == 200
        assert [each["query"] for each in server.engine.asked] == [FEED, FEED]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"query": "{ other }"}, 403, "DOCUMENT_NOT_TRUSTED"),
        ({"query": FEED + " "}, 403, "DOCUMENT_NOT_TRUSTED"),
        ({"query": "{ other }", "documentId": digest(FEED)}, 403, "DOCUMENT_NOT_TRUSTED"),
        (by_digest("{ other }", digest("{ other }")), 403, "DOCUMENT_NOT_TRUSTED"),
        (by_digest("{ other }", digest(FEED)), 400, "BAD_REQUEST"),
        (by_digest(None, UNKNOWN), 400, "PERSISTED_QUERY_NOT_FOUND"),
        ({"documentId": UNKNOWN}, 400, "DOCUMENT_NOT_FOUND"),
        ({"documentId": ["x"]}, 400, "DOCUMENT_NOT_FOUND"),
        ({"documentId": None}, 400, "BAD_REQUEST"),
        ({"query": ""}, 403, "DOCUMENT_NOT_TRUSTED"),
    ],
)
async def test_nothing_else_is_asked_where_only_trusted_documents_are(
    serving: Any, folder: Path, body: dict[str, Any], status: int, code: str
) -> None:
    settings = {"trusted_documents": folder, "trusted_documents_only": True, "automatic_persisted_queries": True}
    async with serving(**settings) as server:
        for _ in range(2):
            assert await asked(server, body, GRAPHQL) == (status, code)


async def test_a_document_is_kept_for_those_who_ask_by_its_digest(serving: Any) -> None:
    async with serving(automatic_persisted_queries=True) as server:
        short, full = by_digest(None, digest(FEED)), by_digest(FEED, digest(FEED))
        # Apollo's clients take 200 for the answer of a server that understood them.
        assert await asked(server, short) == (200, "PERSISTED_QUERY_NOT_FOUND")
        assert await asked(server, short, GRAPHQL) == (400, "PERSISTED_QUERY_NOT_FOUND")
        assert await asked(server, full) == (200, FEED)
        assert await asked(server, short) == (200, FEED)
        async with server.post(by_digest(None, UNKNOWN)) as response:
            assert (await response.json())["errors"][0]["message"] == "PersistedQueryNotFound"


@pytest.mark.parametrize(
    ("extension", "query"),
    [
        ({"version": 1, "sha256Hash": digest(LIKES)}, FEED),
        ({"version": 1, "sha256Hash": ""}, FEED),
        ({"version": 1, "sha256Hash": 5}, FEED),
        ({"version": 1}, FEED),
        ({"version": 2, "sha256Hash": digest(FEED)}, FEED),
        ({"sha256Hash": digest(FEED)}, FEED),
        ("x", FEED),
    ],
)
async def test_a_digest_that_is_not_the_documents_is_refused_and_not_kept(
    serving: Any, extension: object, query: str
) -> None:
    async with serving(automatic_persisted_queries=True) as server:
        body = {"query": query, "extensions": {"persistedQuery": extension}}
        assert await asked(server, body) == (400, "BAD_REQUEST")
        for text in (FEED, LIKES):
            assert await asked(server, by_digest(None, digest(text))) == (200, "PERSISTED_QUERY_NOT_FOUND")


async def test_what_is_kept_has_a_bound(serving: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persisted, "ROOM", 3_000)
    texts = [f"query Q{number} {{ hello }} #{'x' * 500}" for number in range(10)]
    async with serving(automatic_persisted_queries=True, max_query_bytes=1_000) as server:
        for text in texts:
            assert await asked(server, by_digest(text, digest(text))) == (200, text)
            assert await asked(server, by_digest(None, digest(texts[0]))) == (200, texts[0])
        kept = [text for text in texts if (await asked(server, by_digest(None, digest(text))))[1] == text]
        assert kept == [texts[0], *texts[-3:]]
        long = "{ hello } #" + "x" * 1_000
        await asked(server, by_digest(long, digest(long)))
        assert await asked(server, by_digest(None, digest(long))) == (200, "PERSISTED_QUERY_NOT_FOUND")


async def test_where_nothing_is_kept_clients_are_told_to_stop_asking(server: Any) -> None:
    assert await asked(server, by_digest(None, digest(FEED))) == (200, "PERSISTED_QUERY_NOT_SUPPORTED")
    async with server.post(by_digest(None, UNKNOWN)) as response:
        assert (await response.json())["errors"][0]["message"] == "PersistedQueryNotSupported"
    assert await asked(server, by_digest(FEED, digest(FEED))) == (200, FEED)
    assert await asked(server, by_digest(None, digest(FEED))) == (200, "PERSISTED_QUERY_NOT_SUPPORTED")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", "["),
        ("a.json", "[]"),
        ("a.json", '{"a": 1}'),
        ("a.json", '{"format": "apollo-persisted-query-manifest", "version": 2, "operations": []}'),
        ("a.json", '{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [1]}'),
        ("a.json", '{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": "a"}]}'),
        ("a.json", json.dumps({UNKNOWN: FEED})),
        ("b.json", json.dumps({"53ca67f9": "query Another { hello }"})),
    ],
)
def test_a_file_that_cannot_be_trusted_is_named(folder: Path, name: str, content: str) -> None:
    (folder / name).write_text(content)
    with pytest.raises(SetUpError, match=rf"{'relay' if name == 'b.json' else name[0]}\.json: "):
        documents.collected(documents.in_files(folder))


def test_a_file_alone_will_do(folder: Path) -> None:
    assert documents.collected(documents.in_files(folder / "apollo.json")).get(digest(FEED)) == FEED
    with pytest.raises(SetUpError, match="nowhere"):
        documents.in_files(folder / "nowhere")


async def test_a_reload_reads_the_files_again(create_database: CreateDatabase, folder: Path) -> None:
    url = await create_database(SHOP, user="shop_gateway")
    async with opened(url, **SHOP_SETTINGS, trusted_documents=folder) as api:
        (folder / "deeper" / "likes.graphql").unlink()
        (folder / "new.graphql").write_text("{ __typename }")
        assert api.gateway.documents.get(digest(LIKES)) == LIKES
        await api.gateway.reload()
        assert api.gateway.documents.get(digest(LIKES)) is None
        assert api.gateway.documents.get(digest("{ __typename }")) == "{ __typename }"
        (folder / "new.graphql").write_bytes(b"\xff")
        with pytest.raises(SetUpError, match="new"):
            await api.gateway.reload()
        assert api.gateway.documents.get(digest("{ __typename }")) == "{ __typename }"


TABLE = """
create schema documents;
create table documents."Trusted" (id varchar(80) primary key, document text);
insert into documents."Trusted" values ('likes', 'query Likes { __typename }'), ('none', null);
grant usage on schema documents to shop_gateway;
"""


async def test_a_table_holds_documents_too(create_database: CreateDatabase, folder: Path) -> None:
    url = await create_database(SHOP, TABLE, user="shop_gateway")
    settings = {**SHOP_SETTINGS, "trusted_documents": folder, "trusted_documents_table": "documents.Trusted"}
    with pytest.raises(SetUpError, match="trusted_documents_table: permission denied"):
        async with opened(url, **settings):
            pass
    await sql(url, 'grant select on documents."Trusted" to shop_gateway')
    async with opened(url, **settings) as api:
        documents = api.gateway.documents
        assert documents.get("likes") == documents.get(digest("query Likes { __typename }"))
        assert documents.get("likes") == "query Likes { __typename }"
        assert documents.get("none") is None
        assert documents.get(digest(FEED)) == FEED
        await sql(url, """insert into documents."Trusted" values ('new', '{ a }'), ('53ca67f9', '{ b }')""")
        with pytest.raises(SetUpError, match=r"documents\.Trusted: 53ca67f9"):
            await api.gateway.reload()
        await sql(url, """delete from documents."Trusted" where id = '53ca67f9'""")
        await api.gateway.reload()
        assert api.gateway.documents.get("new") == "{ a }"
