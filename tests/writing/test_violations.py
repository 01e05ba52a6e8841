"""Broken constraints: which fields of the input they are about, and never a value."""

from __future__ import annotations

import pytest

from tests.writing.conftest import Desk, Members


@pytest.mark.parametrize(
    ("asked", "extensions"),
    [
        (
            'createNote(input: {note: {authorId: 1, slug: "three"}}) { __typename }',
            {"code": "UNIQUE_VIOLATION", "constraint": "notes_slug", "fields": ["slug"]},
        ),
        (
            'createNotes(input: {notes: [{authorId: 1, slug: "n"}, {authorId: 1, slug: "n"}]}) { count }',
            {"code": "UNIQUE_VIOLATION", "constraint": "notes_slug", "fields": ["slug"]},
        ),
        (
            "createOddSeat(input: {oddSeat: {rowNo: 1, patch: 1}}) { __typename }",
            {"code": "UNIQUE_VIOLATION", "constraint": 'Odd "Seats_pkey', "fields": ["rowNo", "patch"]},
        ),
        (
            'createComment(input: {comment: {noteId: 99, text: "?"}}) { comment { id } }',
            {"code": "FOREIGN_KEY_VIOLATION", "constraint": "comments_note_id_fkey", "fields": ["noteId"]},
        ),
        (
            "updateNote(input: {id: 1, patch: {stars: -1}}) { note { id } }",
            {"code": "CHECK_VIOLATION", "constraint": "notes_stars", "fields": ["stars"]},
        ),
        (
            "updateNotes(input: {all: true, patch: {title: null}}) { count }",
            {"code": "NOT_NULL_VIOLATION", "field": "title", "fields": ["title"]},
        ),
        (
            'upsertNote(input: {note: {authorId: 1, slug: "one", stars: -1}, onConflict: slug}) { note { id } }',
            {"code": "CHECK_VIOLATION", "constraint": "notes_stars", "fields": ["stars"]},
        ),
    ],
)
async def test_fields(untouched_desk: Desk, asked: str, extensions: dict[str, object]) -> None:
    reply = await untouched_desk.reply(f"mutation {{ {asked} }}")
    assert reply.errors[0]["extensions"] == extensions
    assert await untouched_desk.sql("select count(*) from desk.notes") == [4]


@pytest.mark.parametrize(
    ("asked", "fields"),
    [
        (
            'createBook(input: {book: {title: "B", copies: {create: [{state: "a"}, {state: "a"}]}}}) { __typename }',
            ["copies", "copies.create.state"],  # the book and the state
        ),
        (
            'createBook(input: {book: {title: "B", author: {create: {name: "Bob"}}}}) { __typename }',
            ["author.create.name"],
        ),
        (
            'createBook(input: {book: {title: "B", tags: {create: [{label: "fun"}]}}}) { __typename }',
            ["tags.create.label"],
        ),
        (
            'createAuthor(input: {author: {name: "N", books: {create: [{title: "B", stock: -1}]}}}) { __typename }',
            ["books.create.stock"],
        ),
        (
            'updateBook(input: {id: 2, patch: {cover: {create: {colour: "red"}}}}) { __typename }',
            ["cover.create.colour"],
        ),
        (
            "updateAuthor(input: {id: 1, patch: {books: {update: [{id: 1, patch: {stock: -1}}]}}}) { __typename }",
            ["books.update.stock"],
        ),
        ("updateBook(input: {id: 1, patch: {authorId: 99}}) { __typename }", ["authorId"]),
        ("updateBook(input: {id: 1, increment: {stock: -9}}) { __typename }", ["stock"]),
        ("createBed(input: {bed: {house: 9, number: 9}}) { __typename }", ["house", "number"]),
    ],
)
async def test_paths_of_nested_rows(untouched_club: Members, asked: str, fields: list[str]) -> None:
    reply = await untouched_club.reply(f"mutation {{ {asked} }}")
    assert reply.errors[0]["extensions"]["fields"] == fields
