"""Upserts: the key on which rows meet, what is taken from the new row, and rows that the caller may not see."""

from __future__ import annotations

from tests.writing.conftest import Desk

UPSERT = """mutation ($person: PersonInput!, $update: [PersonColumn!]) {
              upsertPerson(input: {person: $person, onConflict: email, update: $update}) {
                person { id name visits } } }"""


async def test_a_new_row_and_one_that_is_there(desk: Desk) -> None:
    new = {"name": "Cyd", "email": "cyd@example.org"}
    assert (await desk.data(UPSERT, {"person": new}))["upsertPerson"]["person"] == {
        "id": "3",
        "name": "Cyd",
        "visits": 0,
    }
    again = {"name": "Cyd C", "email": "cyd@example.org"}
    assert (await desk.data(UPSERT, {"person": again}))["upsertPerson"]["person"]["name"] == "Cyd C"
    assert await desk.sql("select count(*) from desk.people") == [3]


async def test_what_is_taken(desk: Desk) -> None:
    person = {"name": "Countess", "email": "ada@example.org"}
    kept = await desk.data(UPSERT, {"person": person, "update": []})
    assert kept["upsertPerson"]["person"] == {"id": "1", "name": "Ada", "visits": 0}
    taken = await desk.data(UPSERT, {"person": person, "update": ["name"]})
    assert taken["upsertPerson"]["person"] == {"id": "1", "name": "Countess", "visits": 0}
    lacking = await desk.reply(
        """mutation { upsertNote(input: {note: {authorId: 1, slug: "one"}, onConflict: slug, update: [title]}) {
             note { id } } }"""
    )
    assert lacking.code == "BAD_USER_INPUT"


async def test_the_keys_are_those_that_a_new_row_can_have(untouched_desk: Desk) -> None:
    data = await untouched_desk.data(
        """{ note: __type(name: "NoteKey") { enumValues { name } }
             seat: __type(name: "OddSeatKey") { enumValues { name } } }"""
    )
    assert data == {"note": {"enumValues": [{"name": "slug"}]}, "seat": {"enumValues": [{"name": "rowNoAndPatch"}]}}


async def test_a_row_of_somebody_else_is_neither_changed_nor_shown(desk: Desk) -> None:
    for slug in ("three", "four"):  # Bob's: one for all, one hidden
        for update in ("", ", update: [title]"):
            reply = await desk.reply(
                f"""mutation {{ upsertNote(input: {{
                      note: {{authorId: 1, slug: "{slug}", title: "Mine"}}, onConflict: slug{update}}}) {{
                      note {{ id title }} }} }}"""
            )
            assert (reply.code, reply.body["data"]) == ("FORBIDDEN", None)
    data = await desk.data(
        """mutation { upsertNote(input: {
             note: {authorId: 1, slug: "four", title: "Mine"}, onConflict: slug, update: []}) {
             note { id title } } }"""
    )
    assert data == {"upsertNote": {"note": None}}
    assert (await desk.note(3), await desk.note(4)) == (("three", "Three", 0), ("four", "Four", 0))
