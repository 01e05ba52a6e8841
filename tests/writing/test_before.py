"""What rows were before an update: their values, what hung on them, and nothing that the caller may not see."""

from __future__ import annotations

import asyncio

from tests.writing.conftest import Desk, Members


async def test_the_row_before_and_after(club: Members) -> None:
    data = await club.data(
        """mutation { updateBook(input: {id: 1, patch: {title: "Uno", authorId: 2}, increment: {stock: 2}}) {
             before { id title stock author { name books { totalCount } } }
             book { id title stock author { name books { totalCount } } } } }"""
    )
    assert data["updateBook"] == {
        "before": {"id": "1", "title": "One", "stock": 5, "author": {"name": "Ada", "books": {"totalCount": 2}}},
        "book": {"id": "1", "title": "Uno", "stock": 7, "author": {"name": "Bob", "books": {"totalCount": 2}}},
    }


async def test_before_alone_also_where_the_key_changes(club: Members) -> None:
    data = await club.data("mutation { updateCover(input: {bookId: 1, patch: {bookId: 2}}) { before { bookId } } }")
    assert data["updateCover"]["before"] == {"bookId": "1"}
    data = await club.data(
        """mutation { updateCover(input: {bookId: 2, patch: {bookId: 3}}) {
             __typename before { __typename book { title } } cover { bookId } query { covers { totalCount } } } }"""
    )
    assert data["updateCover"] == {
        "__typename": "UpdateCoverPayload",
        "before": {"__typename": "Cover", "book": {"title": "Two"}},
        "cover": {"bookId": "3"},
        "query": {"covers": {"totalCount": 1}},
    }


async def test_many_rows_in_the_same_order(club: Members) -> None:
    data = await club.data(
        """mutation { updateCopies(input: {filter: {id: {lt: 4}}, patch: {bookId: null}, increment: {id: 10}}) {
             count before { id bookId book { title } } copies { id bookId } } }"""
    )
    changed = data["updateCopies"]
    assert changed["count"] == 3
    assert [int(row["id"]) + 10 for row in changed["before"]] == [int(row["id"]) for row in changed["copies"]]
    assert sorted((row["id"], row["bookId"]) for row in changed["before"]) == [("1", "1"), ("2", "1"), ("3", None)]
    assert {row["bookId"] for row in changed["copies"]} == {None}


async def test_rows_of_others_are_neither_changed_nor_among_them(club: Members) -> None:
    data = await club.data(
        'mutation { updateBooks(input: {all: true, patch: {title: "T"}}) { count before { title } } }'
    )
    assert data["updateBooks"]["count"] == 2
    assert sorted(row["title"] for row in data["updateBooks"]["before"]) == ["One", "Two"]
    reply = await club.reply('mutation { updateBook(input: {id: 3, patch: {title: "T"}}) { before { title } } }')
    assert reply.code == "NOT_FOUND"
    assert await club.sql("select title from club.books where id > 2 order by id") == ["Three", "Hidden"]


async def test_no_column_that_may_not_be_read(untouched_desk: Desk) -> None:
    reply = await untouched_desk.reply(
        'mutation { updateNote(input: {id: 1, patch: {secret: "x"}}) { before { secret } } }'
    )
    assert reply.code == "GRAPHQL_VALIDATION_FAILED"
    data = await untouched_desk.data('{ __type(name: "UpdateLogsPayload") { fields { name } } }')
    assert [field["name"] for field in data["__type"]["fields"]] == ["logs", "count", "query"]  # they have no key


async def test_what_was_changed_by_others_meanwhile(club: Members) -> None:
    asked = "mutation { updateBook(input: {id: 1, increment: {stock: 1}}) { before { stock } book { stock } } }"
    answers = await asyncio.gather(*(club.data(asked) for _ in range(12)))
    pairs = sorted(
        (answer["updateBook"]["before"]["stock"], answer["updateBook"]["book"]["stock"]) for answer in answers
    )
    assert pairs == [(stock, stock + 1) for stock in range(5, 17)]
