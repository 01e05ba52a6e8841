"""Changes: by key and by filter, operators, and rows that the caller may not change or not see."""

from __future__ import annotations

import asyncio

import pytest

from tests.writing.conftest import Desk, Members


async def test_by_each_key_also_one_that_the_patch_changes(desk: Desk) -> None:
    data = await desk.data(
        """mutation { updateNote(input: {id: 1, patch: {title: "New"}}) { note { title comments { totalCount } } }
                      updateNoteBySlug(input: {slug: "two", patch: {slug: "zwei", body: null}}) {
                        note { id slug } query { note(id: 2) { slug } } } }"""
    )
    assert data == {
        "updateNote": {"note": {"title": "New", "comments": {"totalCount": 2}}},
        "updateNoteBySlug": {"note": {"id": "2", "slug": "zwei"}, "query": {"note": {"slug": "zwei"}}},
    }


async def test_rows_that_are_missing_hidden_or_of_others_are_told_alike(untouched_desk: Desk) -> None:
    asked = 'mutation ($id: BigInt!) { updateNote(input: {id: $id, patch: {title: "Mine"}}) { note { title } } }'
    answers = [
        (await untouched_desk.reply(asked, {"id": id_})).text for id_ in (99, 4, 3)
    ]  # no row, Bob's private, Bob's public
    assert answers[0] == answers[1] == answers[2]
    assert '"NOT_FOUND"' in answers[0]
    assert (await untouched_desk.note(3), await untouched_desk.note(4)) == (("three", "Three", 0), ("four", "Four", 0))


async def test_a_field_that_finds_nothing_undoes_those_before_it(desk: Desk) -> None:
    reply = await desk.reply(
        """mutation { a: updateNote(input: {id: 1, patch: {title: "A"}}) { note { id } }
                      b: updateNote(input: {id: 99, patch: {title: "B"}}) { note { id } } }"""
    )
    assert (reply.code, reply.errors[0]["path"]) == ("NOT_FOUND", ["b"])
    assert await desk.note(1) == ("one", "One", 0)


async def test_a_row_cannot_be_given_away(untouched_desk: Desk) -> None:
    reply = await untouched_desk.reply("mutation { updateNote(input: {id: 1, patch: {authorId: 2}}) { __typename } }")
    assert reply.code == "FORBIDDEN"


async def test_by_filter_only_what_the_caller_may_change_is_changed_and_counted(desk: Desk) -> None:
    data = await desk.data(
        """mutation { updateNotes(input: {filter: {title: {ne: ""}}, patch: {title: "T"}, atMost: 2}) {
             notes { slug title } count } }"""
    )
    assert data["updateNotes"] == {
        "notes": [{"slug": "one", "title": "T"}, {"slug": "two", "title": "T"}],
        "count": 2,
    }
    assert await desk.sql("select title from desk.notes where author_id = 2 order by id") == ["Three", "Four"]


async def test_by_filter_a_hidden_column_of_others_is_not_probed(desk: Desk) -> None:
    data = await desk.data(
        'mutation { updateNotes(input: {filter: {body: {eq: "fourth"}}, patch: {title: "T"}}) { count notes { id } } }'
    )
    assert data["updateNotes"] == {"count": 0, "notes": []}


async def test_more_rows_than_at_most_change_nothing(desk: Desk) -> None:
    reply = await desk.reply(
        """mutation { updateNote(input: {id: 1, patch: {stars: 1}}) { __typename }
                      updateNotes(input: {filter: {id: {gt: 0}}, patch: {title: "T"}, atMost: 1}) { notes { id } } }"""
    )
    assert reply.code == "TOO_MANY_ROWS"
    assert reply.errors[0]["extensions"] == {"code": "TOO_MANY_ROWS", "count": 2}
    assert (await desk.note(1), await desk.note(2)) == (("one", "One", 0), ("two", "Two", 0))


@pytest.mark.parametrize(
    "filter_",
    [
        None,
        {},
        {"id": {}},
        {"id": {"eq": None}},
        {"and": [{}, {"or": [{"id": {"eq": 1}}, {}]}]},
        {"comments": {"every": {}}},
        {"comments": None},
    ],
)
async def test_a_filter_of_every_row_has_to_be_meant(desk: Desk, filter_: object) -> None:
    asked = """mutation ($filter: NoteFilter, $all: Boolean) {
                 updateNotes(input: {filter: $filter, all: $all, patch: {title: "T"}}) { count } }"""
    for all_ in (None, False):
        reply = await desk.reply(asked, {"filter": filter_, "all": all_})
        assert reply.code == "BAD_USER_INPUT"
    assert await desk.note(1) == ("one", "One", 0)
    assert await desk.data(asked, {"filter": filter_, "all": True}) == {"updateNotes": {"count": 2}}


async def test_operators(desk: Desk) -> None:
    data = await desk.data(
        """mutation { updateNote(input: {id: 1, patch: {title: "T"}, increment: {stars: 3},
             append: {tags: ["y", "z"], data: {b: 2}}}) { note { title stars tags data } } }"""
    )
    assert data["updateNote"]["note"] == {"title": "T", "stars": 3, "tags": ["y", "z"], "data": {"b": 2}}
    data = await desk.data(
        """mutation { updateNote(input: {id: 1, increment: {stars: -1}, prepend: {tags: "x"},
             setAt: {data: [{path: ["b"], value: {c: [1, 2]}}, {path: ["b", "c", "0"], value: null}]}}) {
               note { stars tags data } } }"""
    )
    assert data["updateNote"]["note"] == {"stars": 2, "tags": ["x", "y", "z"], "data": {"b": {"c": [None, 2]}}}
    assert (
        await desk.reply("mutation { updateNote(input: {id: 1, increment: {stars: -9}}) { __typename } }")
    ).code == "CHECK_VIOLATION"


@pytest.mark.parametrize("changes", ["", "patch: {}", "increment: {}", "patch: {stars: 1}, increment: {stars: 1}"])
async def test_changes_that_make_no_sense(untouched_desk: Desk, changes: str) -> None:
    reply = await untouched_desk.reply(f"mutation {{ updateNote(input: {{id: 1, {changes}}}) {{ __typename }} }}")
    assert reply.code == "BAD_USER_INPUT"


async def test_one_plan_serves_other_values(desk: Desk) -> None:
    asked = """mutation ($n: Int!, $v: Int) {
                 updateNotes(input: {filter: {id: {gt: 0}}, atMost: $n, patch: {stars: $v}}) { count } }"""
    assert (await desk.reply(asked, {"n": 1, "v": 5})).code == "TOO_MANY_ROWS"
    assert await desk.data(asked, {"n": 2, "v": 6}) == {"updateNotes": {"count": 2}}
    assert await desk.note(1) == ("one", "One", 6)


async def test_a_filter_beside_the_key_guards_what_was_read(club: Members) -> None:
    asked = """mutation ($version: Int) {
                 updateBook(input: {id: 1, filter: {version: {eq: $version}}, patch: {title: "T"},
                                    increment: {version: 1}}) { book { version } } }"""
    assert await club.data(asked, {"version": 1}) == {"updateBook": {"book": {"version": 2}}}
    assert (await club.reply(asked, {"version": 1})).code == "NOT_FOUND"
    assert await club.data(asked, {"version": None}) == {"updateBook": {"book": {"version": 3}}}  # no condition
    for filter_, code in (("{stock: {gt: 99}}", "NOT_FOUND"), ('{copies: {some: {state: {eq: "none"}}}}', "NOT_FOUND")):
        reply = await club.reply(f"mutation {{ deleteBook(input: {{id: 1, filter: {filter_}}}) {{ __typename }} }}")
        assert reply.code == code


async def test_of_those_who_read_one_version_one_writes(club: Members) -> None:
    asked = """mutation { updateBook(input: {id: 1, filter: {version: {eq: 1}}, increment: {version: 1, stock: 1}}) {
                 book { version } } }"""
    codes = [reply.body.get("errors") for reply in await asyncio.gather(*(club.reply(asked) for _ in range(8)))]
    assert sum(errors is None for errors in codes) == 1
    assert await club.sql("select stock, version from club.books where id = 1") == [(6, 2)]


async def test_what_is_taken_out(club: Members) -> None:
    await club.sql("insert into club.bags (counts) values ('{1,2,3,2}')")

    async def bag(changes: str) -> dict[str, object]:
        data = await club.data(
            f"mutation {{ updateBags(input: {{all: true, {changes}}}) {{ bags {{ things counts data }} }} }}"
        )
        found: dict[str, object] = data["updateBags"]["bags"][0]
        return found

    assert await bag('remove: {things: ["a", "z"], counts: [2], data: ["a", "z"]}') == {
        "things": ["b", None],
        "counts": [1, 3],
        "data": {"b": {"c": [1, 2]}},
    }
    assert await bag('remove: {things: [null]}, removeAt: {data: ["b", "c", "0"]}') == {
        "things": ["b", None],
        "counts": [1, 3],
        "data": {"b": {"c": [2]}},
    }
    assert (await bag("remove: {counts: [1, 3]}"))["counts"] == []
    await club.sql("update club.bags set counts = null, data = '7'")
    assert (await bag("remove: {counts: [1]}"))["counts"] is None
    reply = await club.reply('mutation { updateBags(input: {all: true, remove: {data: ["a"]}}) { count } }')
    assert reply.code == "BAD_USER_INPUT"  # a number has no keys
