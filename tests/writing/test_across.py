"""Rows beyond a junction table: created, connected and parted from without a word of the table between."""

from __future__ import annotations

from tests.writing.conftest import Desk, Members


async def _tags(club: Members, book: int) -> list[str]:
    return await club.sql(
        "select label from club.book_tags join club.tags on id = tag_id where book_id = $1 order by label", book
    )


async def test_with_a_new_row(club: Members) -> None:
    data = await club.data(
        """mutation { createBook(input: {book: {title: "New", tags: {
             create: [{label: "long"}, {label: "dry"}], connect: [{id: 1}]}}}) {
               book { id tags(orderBy: {label: ASC}) { nodes { label } edges { added } } } } }"""
    )
    book = data["createBook"]["book"]
    assert [tag["label"] for tag in book["tags"]["nodes"]] == ["dry", "fun", "long"]
    assert {edge["added"] for edge in book["tags"]["edges"]} == {"2024-01-01"}


async def test_from_either_side_several_levels_down(club: Members) -> None:
    await club.data(
        """mutation { createTag(input: {tag: {label: "both", books: {connect: [{id: 1}], create: [
             {title: "Inner", author: {connect: {id: 2}}, tags: {connect: [{id: 2}]}}]}}}) { __typename } }"""
    )
    assert await _tags(club, 1) == ["both", "fun", "sad"]
    assert await _tags(club, 101) == ["both", "sad"]


async def test_with_a_patch(club: Members) -> None:
    data = await club.data(
        """mutation { updateBook(input: {id: 1, patch: {tags: {
             create: [{label: "long"}], connect: [{id: 3}, {id: 1}], disconnect: [{id: 2}]}}}) {
               before { tags { totalCount } } book { tags { totalCount } } } }"""
    )
    assert data["updateBook"] == {"before": {"tags": {"totalCount": 2}}, "book": {"tags": {"totalCount": 3}}}
    assert await _tags(club, 1) == ["fun", "long", "old"]
    assert await club.sql("select count(*) from club.tags") == [4]


async def test_a_hidden_row_is_not_connected(club: Members) -> None:
    reply = await club.reply(
        'mutation { createTag(input: {tag: {label: "x", books: {connect: [{id: 4}]}}}) { __typename } }'
    )
    assert reply.code == "NOT_FOUND"
    assert await club.sql("select count(*) from club.tags") == [3]


async def test_a_junction_that_takes_more_is_written_by_its_rows(untouched_desk: Desk) -> None:
    data = await untouched_desk.data('{ __type(name: "CommentInput") { inputFields { name } } }')
    assert [field["name"] for field in data["__type"]["inputFields"]] == ["id", "noteId", "text", "note"]
