"""Rows written with a new one: what it refers to, and what refers to it, created or connected, in one statement."""

from __future__ import annotations

import pytest

from tests.writing.conftest import Desk, Members


async def test_rows_that_refer_to_the_new_one(desk: Desk) -> None:
    data = await desk.data(
        """mutation { createNote(input: {note: {authorId: 1, slug: "n", comments: {
             create: [{text: "a"}, {text: "b"}], connect: [{id: 3}]}}}) {
               note { comments { nodes { id text } } } } }"""
    )
    assert data["createNote"]["note"]["comments"]["nodes"] == [
        {"id": "3", "text": "Well"},
        {"id": "4", "text": "a"},
        {"id": "5", "text": "b"},
    ]
    assert await desk.sql("select count(*) from desk.comments where note_id = 5") == [3]


async def test_what_the_new_row_refers_to_several_levels_up(desk: Desk) -> None:
    data = await desk.data(
        """mutation { createComment(input: {comment: {
             text: "c", note: {create: {slug: "n", author: {connect: {id: 1}}}}}}) {
             comment { text note { slug author { name } } } } }"""
    )
    assert data["createComment"]["comment"] == {"text": "c", "note": {"slug": "n", "author": {"name": "Ada"}}}


async def test_what_the_new_row_refers_to_with_others_that_refer_to_it(desk: Desk) -> None:
    data = await desk.data(
        """mutation { createComment(input: {comment: {
             text: "c", note: {create: {authorId: 1, slug: "n", comments: {create: [{text: "d"}]}}}}}) {
             comment { text note { slug comments { nodes { text } } } } } }"""
    )
    note = data["createComment"]["comment"]["note"]
    assert (note["slug"], sorted(comment["text"] for comment in note["comments"]["nodes"])) == ("n", ["c", "d"])


async def test_many_rows_each_with_its_own(desk: Desk) -> None:
    data = await desk.data(
        """mutation { createNotes(input: {notes: [
             {authorId: 1, slug: "a", comments: {create: [{text: "1"}, {text: "2"}]}},
             {authorId: 1, slug: "b"},
             {authorId: 1, slug: "c"},
             {author: {connect: {id: 1}}, slug: "d", comments: {create: [{text: "3"}]}}]}) {
               count notes { slug comments { nodes { text } } } } }"""
    )
    assert data["createNotes"]["count"] == 4
    assert [
        (note["slug"], [comment["text"] for comment in note["comments"]["nodes"]])
        for note in data["createNotes"]["notes"]
    ] == [("a", ["1", "2"]), ("b", []), ("c", []), ("d", ["3"])]


async def test_an_upsert_with_rows_that_refer_to_it(desk: Desk) -> None:
    data = await desk.data(
        """mutation { upsertNote(input: {onConflict: slug, update: [title],
             note: {authorId: 1, slug: "one", title: "Uno", comments: {create: [{text: "new"}]}}}) {
               note { id title comments { totalCount } } } }"""
    )
    assert data["upsertNote"]["note"] == {"id": "1", "title": "Uno", "comments": {"totalCount": 3}}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        # Bob's private note cannot be told from one that is not there.
        ('createComment(input: {comment: {text: "x", note: {connect: {id: 4}}}}) { __typename }', "NOT_FOUND"),
        ('createComment(input: {comment: {text: "x", note: {connect: {id: 99}}}}) { __typename }', "NOT_FOUND"),
        (
            'createNote(input: {note: {authorId: 1, slug: "n", comments: {connect: [{id: 1}, {id: 99}]}}}) '
            "{ __typename }",
            "NOT_FOUND",
        ),
        # A policy stops the inner row, so the outer one goes too.
        (
            'createComment(input: {comment: {text: "x", note: {create: {authorId: 2, slug: "n"}}}}) { __typename }',
            "FORBIDDEN",
        ),
        # Ada cannot write a note in the name of somebody new.
        ('createPerson(input: {person: {name: "P", notes: {create: [{slug: "n"}]}}}) { __typename }', "FORBIDDEN"),
        ('createComment(input: {comment: {text: "x", note: {}}}) { __typename }', "GRAPHQL_VALIDATION_FAILED"),
        (
            'createComment(input: {comment: {text: "x", noteId: 1, note: {connect: {id: 1}}}}) { __typename }',
            "BAD_USER_INPUT",
        ),
        (
            'createNote(input: {note: {authorId: 1, slug: "n", comments: {create: [{text: "x", noteId: 1}]}}}) '
            "{ __typename }",
            "BAD_USER_INPUT",
        ),
        ('createComment(input: {comment: {text: "x"}}) { __typename }', "NOT_NULL_VIOLATION"),
    ],
)
async def test_all_or_nothing(untouched_desk: Desk, asked: str, code: str) -> None:
    before = await untouched_desk.sql("select (select count(*) from desk.notes), (select count(*) from desk.comments)")
    reply = await untouched_desk.reply(f"mutation {{ {asked} }}")
    assert reply.code == code
    assert (
        await untouched_desk.sql("select (select count(*) from desk.notes), (select count(*) from desk.comments)")
        == before
    )
    assert await untouched_desk.sql("select note_id from desk.comments where id = 1") == [1]


async def test_how_much_at_once(untouched_club: Members) -> None:
    books = "mutation ($books: [BookInput!]!) { createBooks(input: {books: $books}) { count } }"
    copies = (
        "mutation ($new: [CopyInput!]) { updateBook(input: {id: 1, patch: {copies: {create: $new}}}) { __typename } }"
    )
    nested = {"title": "B", "copies": {"create": [{"state": "x"}]}}
    for asked, variables, limit in (
        (books, {"books": [nested] * 101}, 200),
        (books, {"books": [{"title": "B"}] * 30_001}, 30_000),
        (copies, {"new": [{"state": "x"}] * 30_001}, 30_000),
    ):
        reply = await untouched_club.reply(asked, variables)
        assert reply.errors[0]["extensions"] == {"code": "TOO_COMPLEX", "limit": limit}


async def test_one_plan_serves_other_rows(club: Members) -> None:
    asked = """mutation ($books: [BookInput!]!) { createBooks(input: {books: $books}) {
                 books { title stock copies { nodes { state } } tags { nodes { label } } } } }"""
    for name, tag in (("a", 1), ("b", 2)):
        books = [
            {"title": f"{name}1", "stock": 1},
            {"title": f"{name}2", "stock": 2},
            {"title": f"{name}3", "copies": {"create": [{"state": f"{name}4"}, {"state": f"{name}5"}]}},
            {"title": f"{name}6", "tags": {"connect": [{"id": tag}]}},
        ]
        data = await club.data(asked, {"books": books})
        assert [
            (
                book["title"],
                book["stock"],
                [copy["state"] for copy in book["copies"]["nodes"]],
                [tag["label"] for tag in book["tags"]["nodes"]],
            )
            for book in data["createBooks"]["books"]
        ] == [
            (f"{name}1", 1, [], []),
            (f"{name}2", 2, [], []),
            (f"{name}3", 0, [f"{name}4", f"{name}5"], []),
            (f"{name}6", 0, [], ["fun" if tag == 1 else "sad"]),
        ]


async def test_a_long_chain_of_rows(club: Members) -> None:
    book: dict[str, object] = {"title": "0"}
    for place in range(1, 60):
        book = {"title": str(place), "prequel": {"create": book}}
    asked = "mutation ($book: BookInput!) { createBook(input: {book: $book}) { book { title } } }"
    assert await club.data(asked, {"book": book}) == {"createBook": {"book": {"title": "59"}}}
    chain = """with recursive chain as (
                 select id, sequel_of from club.books where title = '59'
                 union all select b.id, b.sequel_of from chain join club.books as b on b.id = chain.sequel_of)
               select count(*) from chain"""
    assert await club.sql(chain) == [60]
    patch: dict[str, object] = {"title": "end"}
    for _ in range(30):
        patch = {"prequel": {"update": patch}}
    (last,) = await club.sql("select id from club.books where title = '59'")
    asked = "mutation ($id: BigInt!, $patch: BookPatch!) { updateBook(input: {id: $id, patch: $patch}) { __typename } }"
    await club.data(asked, {"id": str(last), "patch": patch})
    assert await club.sql("select count(*) from club.books where title = 'end'") == [1]


async def test_empty_lists_write_nothing(club: Members) -> None:
    nothing: dict[str, list[object]] = {"create": [], "connect": [], "disconnect": [], "update": [], "delete": []}
    asked = (
        "mutation ($patch: BookPatch!) { updateBook(input: {id: 1, patch: $patch}) { book { copies { totalCount } } } }"
    )
    data = await club.data(
        asked, {"patch": {"copies": nothing, "tags": {"create": [], "connect": [], "disconnect": []}}}
    )
    assert data["updateBook"]["book"]["copies"]["totalCount"] == 2
    await club.data(
        'mutation { createBook(input: {book: {title: "B", copies: {create: [], connect: []}}}) { __typename } }'
    )
