"""New rows: one and many, what their payload reads, and rows that their author may not see."""

from __future__ import annotations

from typing import Any

from tests.writing.conftest import Desk, Members


async def test_the_row_and_anything_else_is_read_after_the_write(desk: Desk) -> None:
    data = await desk.data(
        """mutation ($note: NoteInput!) { createNote(input: {note: $note}) {
             __typename note { id slug title length tags data colour author { name notes { totalCount } } }
             query { notes { totalCount } } } }""",
        {"note": {"authorId": "1", "slug": "new", "body": "four", "tags": ["a", "b,c"], "data": {"x": [1]}}},
    )
    assert data == {
        "createNote": {
            "__typename": "CreateNotePayload",
            "note": {
                "id": "5",
                "slug": "new",
                "title": "Untitled",
                "length": 4,
                "tags": ["a", "b,c"],
                "data": {"x": [1]},
                "colour": None,
                "author": {"name": "Ada", "notes": {"totalCount": 3}},
            },
            "query": {"notes": {"totalCount": 4}},
        }
    }


async def test_null_is_not_the_default(untouched_desk: Desk) -> None:
    asked = 'createNote(input: {note: {authorId: 1, slug: "n", title: null}}) { __typename }'
    reply = await untouched_desk.reply(f"mutation {{ {asked} }}")
    assert reply.code == "NOT_NULL_VIOLATION"
    assert await untouched_desk.sql("select count(*) from desk.notes") == [4]


async def test_a_column_that_may_be_written_and_not_read(desk: Desk) -> None:
    await desk.data('mutation { createNote(input: {note: {authorId: 1, slug: "s", secret: "hush"}}) { note { id } } }')
    assert await desk.sql("select secret from desk.notes where slug = 's'") == ["hush"]


async def test_inputs_hold_what_may_be_written(untouched_desk: Desk) -> None:
    data = await untouched_desk.data(
        """{ new: __type(name: "NoteInput") { inputFields { name type { kind } } }
             patch: __type(name: "NotePatch") { inputFields { name type { kind } } }
             rule: __type(name: "RulePatch") { inputFields { name } } }"""
    )
    new = {field["name"]: field["type"]["kind"] for field in data["new"]["inputFields"]}
    assert {name for name, kind in new.items() if kind == "NON_NULL"} == {"slug"}  # `author` gives authorId
    assert set(new) - {"author", "comments"} == {
        "authorId",
        "slug",
        "title",
        "body",
        "private",
        "colour",
        "stars",
        "tags",
        "data",
        "secret",
    }
    patch = {field["name"]: field["type"]["kind"] for field in data["patch"]["inputFields"]}
    assert set(patch) == set(new)
    assert "NON_NULL" not in patch.values()
    assert {field["name"] for field in data["rule"]["inputFields"]} == {"id", "text"}


async def test_what_is_not_granted_or_tagged_away_has_no_mutation(untouched_desk: Desk) -> None:
    def names(data: Any) -> set[str]:
        return {field["name"] for field in data["__schema"]["mutationType"]["fields"]}

    asked = "{ __schema { mutationType { fields { name } } } }"
    member = names(await untouched_desk.data(asked))
    assert {"updateRule", "updateRules", "createPerson", "createComplaint", "createRedNote"} <= member
    assert not {"createRule", "deleteRule", "deletePerson", "updateComplaint", "updateLetter", "createTotal"} & member
    assert names(await untouched_desk.api.data(asked, role="desk_anonymous")) == {"createComplaint", "createComplaints"}


async def test_a_function_has_the_name_before_a_table(desk: Desk) -> None:
    data = await desk.data(
        """mutation { createTask(input: {text: "a"}) { task { text } }
                      createDeskTask(input: {task: {text: "b"}}) { task { text } } }"""
    )
    assert data == {"createTask": {"task": {"text": "by function: a"}}, "createDeskTask": {"task": {"text": "b"}}}


async def test_a_policy_that_refuses_the_row_undoes_all(untouched_desk: Desk) -> None:
    for note in ('note: {authorId: 2, slug: "x"}', 'note: {authorId: 2, slug: "x", private: true}'):
        reply = await untouched_desk.reply(f"mutation {{ createNote(input: {{{note}}}) {{ note {{ id }} }} }}")
        assert (reply.code, reply.body["data"]) == ("FORBIDDEN", None)
    reply = await untouched_desk.reply(
        """mutation { a: createNote(input: {note: {authorId: 1, slug: "a"}}) { note { id } }
                      b: createNote(input: {note: {authorId: 2, slug: "b"}}) { note { id } } }"""
    )
    assert reply.errors[0]["path"] == ["b"]
    assert await untouched_desk.sql("select count(*) from desk.notes") == [4]


async def test_a_row_that_its_author_may_not_see_is_added_and_not_answered(desk: Desk) -> None:
    sealed = """createLetter(input: {letter: {sender: 1, text: "s", sealed: true}}) {
                letter { id } query { letters { totalCount } } }"""
    open_ = 'createLetter(input: {letter: {sender: 1, text: "open"}}) { letter { text } }'
    assert await desk.data(f"mutation {{ {sealed} }}") == {
        "createLetter": {"letter": None, "query": {"letters": {"totalCount": 0}}}
    }
    data = await desk.data(f"mutation {{ a: {sealed} b: {open_} }}")
    assert (data["a"]["letter"], data["b"]) == (None, {"letter": {"text": "open"}})
    assert await desk.sql("select text, sealed from desk.letters order by id") == [
        ("s", True),
        ("s", True),
        ("open", False),
    ]
    reply = await desk.reply(
        'mutation { createLetter(input: {letter: {sender: 2, text: "forged", sealed: true}}) { letter { id } } }'
    )
    assert reply.code == "FORBIDDEN"
    assert await desk.sql("select count(*) from desk.letters") == [3]


async def test_a_table_that_nobody_may_read(desk: Desk) -> None:
    data = await desk.api.data(
        """mutation { createComplaint(input: {complaint: {text: "loud"}}) { count }
                      createComplaints(input: {complaints: [{text: "hot"}, {text: "cold"}]}) { count } }""",
        role="desk_anonymous",
    )
    assert data == {"createComplaint": {"count": 1}, "createComplaints": {"count": 2}}
    assert await desk.sql("select text from desk.complaints order by id") == ["loud", "hot", "cold"]


async def test_many_rows_keep_their_order_and_each_its_own_defaults(desk: Desk) -> None:
    data = await desk.data(
        """mutation ($notes: [NoteInput!]!) {
             createNotes(input: {notes: $notes}) {
               notes { slug title stars } count query { notes { totalCount } } } }""",
        {
            "notes": [
                {"authorId": 1, "slug": "b", "title": "B"},
                {"authorId": 1, "title": "A", "slug": "a"},
                {"authorId": 1, "slug": "c", "stars": 7},
                {"authorId": 1, "slug": "0", "title": "D"},
            ]
        },
    )
    assert data["createNotes"] == {
        "notes": [
            {"slug": "b", "title": "B", "stars": 0},
            {"slug": "a", "title": "A", "stars": 0},
            {"slug": "c", "title": "Untitled", "stars": 7},
            {"slug": "0", "title": "D", "stars": 0},
        ],
        "count": 4,
        "query": {"notes": {"totalCount": 7}},
    }


async def test_many_rows_are_all_added_or_none(desk: Desk) -> None:
    asked = "mutation ($notes: [NoteInput!]!) { createNotes(input: {notes: $notes}) { count notes { id } } }"
    for last, code in ((("2", "b"), "FORBIDDEN"), (("1", "one"), "UNIQUE_VIOLATION")):
        rows = [("1", "a"), last]
        reply = await desk.reply(asked, {"notes": [{"authorId": author, "slug": slug} for author, slug in rows]})
        assert reply.code == code
    assert await desk.data("mutation { createNotes(input: {notes: []}) { notes { id } count } }") == {
        "createNotes": {"notes": [], "count": 0}
    }
    assert await desk.sql("select count(*) from desk.notes") == [4]


async def test_without_a_key_the_row_is_answered_as_it_was_returned(desk: Desk) -> None:
    data = await desk.data('mutation { createLogs(input: {logs: [{line: "a"}, {line: "b"}]}) { logs { line level } } }')
    assert data["createLogs"]["logs"] == [{"line": "a", "level": 1}, {"line": "b", "level": 1}]


async def test_names_that_need_quoting(desk: Desk) -> None:
    data = await desk.data(
        """mutation { createOddSeat(input: {oddSeat: {rowNo: 2, patch: 3, perCent: "5%"}}) {
                        oddSeat { perCent colonX } }
                      updateOddSeat(input: {rowNo: 1, patchKey: 1, patch: {colonX: "y:z"}}) {
                        oddSeat { colonX patch } } }"""
    )
    assert data == {
        "createOddSeat": {"oddSeat": {"perCent": "5%", "colonX": "c"}},
        "updateOddSeat": {"oddSeat": {"colonX": "y:z", "patch": 1}},
    }


async def test_a_view_that_can_be_written_through(desk: Desk) -> None:
    await desk.data('mutation { createRedNote(input: {redNote: {authorId: 1, slug: "r", title: "R"}}) { __typename } }')
    assert await desk.note(5) == ("r", "R", 0)


async def test_keys_of_another_kind_left_by_an_earlier_field(club: Members) -> None:
    data = await club.data(
        """mutation { a: createCode(input: {code: {code: "text"}}) { code { code } }
                      b: createShelf(input: {shelf: {name: "S"}}) { shelf { name } }
                      c: createBag(input: {bag: {price: "1"}}) { bag { price } }
                      d: createRoom(input: {room: {house: 7, number: 8}}) { room { house number } } }"""
    )
    assert data == {
        "a": {"code": {"code": "text"}},
        "b": {"shelf": {"name": "S"}},
        "c": {"bag": {"price": "1.00"}},
        "d": {"room": {"house": 7, "number": 8}},
    }


async def test_of_many_rows_those_show_that_their_author_may_see(club: Members) -> None:
    data = await club.data(
        """mutation ($codes: [CodeInput!]!) { createCodes(input: {codes: $codes}) {
             count codes { code seen } query { codes { totalCount } } } }""",
        {
            "codes": [
                {"code": "c", "seen": 3},
                {"code": "b", "hidden": True},
                {"code": "a"},
                {"code": "0", "hidden": True, "seen": 1},
                {"code": "1", "hidden": False},
            ]
        },
    )
    assert data["createCodes"] == {
        "count": 5,
        "codes": [{"code": "c", "seen": 3}, {"code": "a", "seen": 0}, {"code": "1", "seen": 0}],
        "query": {"codes": {"totalCount": 4}},
    }
    data = await club.data(
        """mutation { createBooks(input: {books: [{title: "A"}, {title: "B", owner: 0}]}) { count books { title } } }"""
    )
    assert data["createBooks"] == {"count": 2, "books": []}  # Postgres made their keys, and tells none of them
    data = await club.data(
        """mutation { createBooks(input: {books: [{id: 8, title: "C"}, {id: 9, title: "D", owner: 0}]}) {
             count books { id title } } }"""
    )
    assert data["createBooks"] == {"count": 2, "books": [{"id": "8", "title": "C"}]}
