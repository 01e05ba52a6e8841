"""Upserts: the key on which rows meet, what is taken from the new row, and rows that the caller may not see."""

from __future__ import annotations

import asyncio

from tests.writing.conftest import Desk, Members

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


async def test_no_key_that_is_deferrable_partial_or_of_an_expression(club: Members) -> None:
    data = await club.data('{ __type(name: "KeyKey") { enumValues { name } } }')
    assert sorted(value["name"] for value in data["__type"]["enumValues"]) == ["a", "b", "bAndA", "id"]
    asked = """mutation ($on: KeyKey!, $key: KeyInput!, $update: [KeyColumn!]) {
                 upsertKey(input: {key: $key, onConflict: $on, update: $update}) { key { id a b hits } } }"""
    row = {"id": 1, "a": "a1", "b": "b1", "hits": 1}
    for times, on in enumerate(("a", "b", "bAndA"), start=1):
        given = {"a": "a1", "b": "b1", "hits": times}
        assert (await club.data(asked, {"on": on, "key": given}))["upsertKey"]["key"] == {**row, "hits": times}
    reply = await club.reply(asked, {"on": "a", "key": {"a": "a2", "b": "b1"}})  # another key is taken
    assert reply.errors[0]["extensions"] == {"code": "UNIQUE_VIOLATION", "constraint": "keys_b", "fields": ["b"]}


async def test_a_key_that_is_left_to_its_default_or_null_meets_no_other(club: Members) -> None:
    data = await club.data(
        """mutation { upsertKey(input: {key: {a: "x", b: "y"}, onConflict: id, update: []}) { key { id a } } }"""
    )
    assert data["upsertKey"]["key"] == {"id": 101, "a": "x"}


async def test_a_trigger_has_changed_the_key(club: Members) -> None:
    asked = """mutation { upsertGuarded(input: {guarded: {text: "FIRST"}, onConflict: text, update: [%s]}) {
                 guarded { id text } } }"""
    assert await club.data(asked % "text") == {"upsertGuarded": {"guarded": {"id": 1, "text": "first"}}}


async def test_a_row_that_is_hidden_from_its_author(club: Members) -> None:
    asked = """mutation { upsertCode(input: {code: {code: "%s", hidden: %s, seen: 5}, onConflict: code, update: [%s]}) {
                 code { code } } }"""
    # Postgres wants the new row to be one that its author may see, and the one that is there, if it is to change.
    for code, hidden, update in (("new", "true", "seen"), ("shut", "false", "seen"), ("open", "true", "hidden")):
        assert (await club.reply(asked % (code, hidden, update))).code == "FORBIDDEN"
    assert await club.data(asked % ("shut", "false", "")) == {"upsertCode": {"code": None}}
    assert await club.data(asked % ("open", "false", "")) == {"upsertCode": {"code": {"code": "open"}}}
    assert await club.sql("select * from club.codes order by code") == [("open", False, 0), ("shut", True, 0)]


async def test_many_at_once_make_one_row_that_all_of_them_see(club: Members) -> None:
    asked = """mutation ($code: CodeInput!, $update: [CodeColumn!]) {
                 upsertCode(input: {code: $code, onConflict: code, update: $update}) { code { code seen } } }"""
    for code, update in (("taken", ["seen"]), ("kept", [])):
        calls = (club.data(asked, {"code": {"code": code, "seen": n}, "update": update}) for n in range(1, 41))
        answers = [answer["upsertCode"]["code"] for answer in await asyncio.gather(*calls)]
        [(seen, rows)] = await club.sql("select min(seen), count(*) from club.codes where code = $1", code)
        assert rows == 1
        assert {answer["code"] for answer in answers} == {code}
        if not update:
            assert {answer["seen"] for answer in answers} == {seen}
