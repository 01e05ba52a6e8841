"""Broken constraints: which fields of the input they are about, and never a value."""

from __future__ import annotations

import pytest

from tests.writing.conftest import Desk


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
