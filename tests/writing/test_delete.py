"""Deletions: by key and by filter, answered as the rows were before."""

from __future__ import annotations

from tests.writing.conftest import Desk


async def test_the_row_is_answered_as_it_was_and_the_rest_as_it_is(desk: Desk) -> None:
    data = await desk.data(
        """mutation { deleteNote(input: {id: 1}) {
             note { slug comments { nodes { text } } author { name } }
             query { note(id: 1) { id } comments { totalCount } } } }"""
    )
    assert data["deleteNote"] == {
        "note": {"slug": "one", "comments": {"nodes": [{"text": "Yes"}, {"text": "No"}]}, "author": {"name": "Ada"}},
        "query": {"note": None, "comments": {"totalCount": 1}},
    }
    data = await desk.data('mutation { deleteNoteBySlug(input: {slug: "two"}) { note { id } } }')
    assert data == {"deleteNoteBySlug": {"note": {"id": "2"}}}
    assert await desk.sql("select id from desk.notes order by id") == [3, 4]


async def test_rows_that_are_missing_hidden_or_of_others_are_told_alike(desk: Desk) -> None:
    asked = "mutation ($id: BigInt!) { deleteNote(input: {id: $id}) { note { title } } }"
    answers = [(await desk.reply(asked, {"id": id_})).text for id_ in (99, 4, 3)]
    assert answers[0] == answers[1] == answers[2]
    assert '"NOT_FOUND"' in answers[0]
    assert await desk.sql("select count(*) from desk.notes") == [4]


async def test_by_filter_with_a_bound(desk: Desk) -> None:
    asked = """mutation ($n: Int) {
                 deleteNotes(input: {filter: {slug: {in: ["one", "two", "three", "four"]}}, atMost: $n}) {
                 notes { slug comments { totalCount } } count query { notes { totalCount } } } }"""
    reply = await desk.reply(asked, {"n": 1})
    assert reply.errors[0]["extensions"] == {"code": "TOO_MANY_ROWS", "count": 2}
    data = await desk.data(asked, {"n": 2})
    assert data["deleteNotes"] == {
        "notes": [{"slug": "one", "comments": {"totalCount": 2}}, {"slug": "two", "comments": {"totalCount": 0}}],
        "count": 2,
        "query": {"notes": {"totalCount": 1}},
    }
    assert await desk.sql("select slug from desk.notes order by id") == ["three", "four"]


async def test_every_row_has_to_be_meant(desk: Desk) -> None:
    assert (await desk.reply("mutation { deleteLogs(input: {}) { count } }")).code == "BAD_USER_INPUT"
    await desk.sql("insert into desk.logs values ('a'), ('b')")
    assert await desk.data("mutation { deleteLogs(input: {all: true}) { count } }") == {"deleteLogs": {"count": 2}}
    assert await desk.sql("select count(*) from desk.logs") == [0]
