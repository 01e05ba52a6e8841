"""A table that others inherit from: its rows are theirs too, and its keys hold for its own alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.api import Api, CreateDatabase, opened

FILES = """
create table files (id int primary key, name text not null);
create table pictures (width int) inherits (files);
create table notes (id int primary key, file_id int not null references files);
insert into files values (1, 'one'), (2, 'two');
insert into pictures values (2, 'two', 640), (2, 'two', 640), (3, 'three', 480);
insert into notes values (1, 2), (2, 1);
"""
WHO = "postgres"


@pytest.fixture
async def files(create_database: CreateDatabase) -> AsyncIterator[Api]:
    async with opened(await create_database(FILES), anonymous_role="postgres") as api:
        yield api


async def test_a_key_that_several_rows_have_finds_one(files: Api) -> None:
    asked = "{ file(id: 2) { nodeId name } notes(orderBy: [{file: {name: DESC}}]) { nodes { id file { name } } } }"
    data = await files.data(asked, role=WHO)
    assert data["file"]["name"] == "two"
    assert data["notes"]["nodes"] == [{"id": 1, "file": {"name": "two"}}, {"id": 2, "file": {"name": "one"}}]
    node = "query ($id: ID!) { node(nodeId: $id) { ... on File { name } } }"
    assert await files.data(node, {"id": data["file"]["nodeId"]}, role=WHO) == {"node": {"name": "two"}}


async def test_each_row_is_on_one_page(files: Api) -> None:
    pages: list[Any] = []
    after = None
    while len(pages) < 9:
        asked = "query ($a: String) { files(first: 1, after: $a) { nodes { id } pageInfo { hasNextPage endCursor } } }"
        page = (await files.data(asked, {"a": after}, role=WHO))["files"]
        pages += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert pages == [1, 2, 2, 2, 3]


async def test_a_new_row_whose_key_another_table_has(files: Api) -> None:
    asked = 'mutation { createFile(input: {file: {id: 3, name: "three"}}) { file { id name } } }'
    assert await files.data(asked, role=WHO) == {"createFile": {"file": {"id": 3, "name": "three"}}}
    asked = 'mutation { updateFile(input: {id: 2, patch: {name: "2"}}) { file { name } } }'
    assert await files.data(asked, role=WHO) == {"updateFile": {"file": {"name": "2"}}}
    assert await files.sql("select name from files where id = 2") == ["2", "2", "2"]
