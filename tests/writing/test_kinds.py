"""Tables and views of every kind, rows of defaults alone, and triggers that skip, refuse or change rows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.api import sql
from tests.writing.conftest import CLUB, CreateDatabase, Members, served


async def test_rows_of_defaults_alone(club: Members) -> None:
    data = await club.data(
        """mutation { createShelf(input: {shelf: {}}) { shelf { id name } }
                      createShelves(input: {shelves: [{}, {name: "X"}, {}, {}]}) { count shelves { name } }
                      createBag(input: {bag: {}}) { bag { price } } }"""
    )
    assert data == {
        "createShelf": {"shelf": {"id": "101", "name": "New"}},
        "createShelves": {"count": 4, "shelves": [{"name": "New"}, {"name": "X"}, {"name": "New"}, {"name": "New"}]},
        "createBag": {"bag": {"price": "1.50"}},
    }
    data = await club.data(
        'mutation { createBook(input: {book: {title: "B", shelf: {create: {}}}}) { book { shelf { name } } } }'
    )
    assert data["createBook"]["book"]["shelf"]["name"] == "New"


async def test_identity_by_default_is_given_or_not(club: Members) -> None:
    data = await club.data(
        """mutation { a: createTag(input: {tag: {id: 50, label: "a"}}) { tag { id } }
                      b: createTag(input: {tag: {label: "b"}}) { tag { id } } }"""
    )
    assert data == {"a": {"tag": {"id": "50"}}, "b": {"tag": {"id": "101"}}}


async def test_a_trigger_skips_a_row(club: Members) -> None:
    data = await club.data(
        """mutation { createGuarded(input: {guarded: {text: "skip"}}) {
               guarded { id } query { guardeds { totalCount } } }
             createGuardeds(input: {guardeds: [{text: "a"}, {text: "skip"}, {text: "b"}]}) {
               count guardeds { text } } }"""
    )
    assert data == {
        "createGuarded": {"guarded": None, "query": {"guardeds": {"totalCount": 1}}},
        "createGuardeds": {"count": 2, "guardeds": [{"text": "a"}, {"text": "b"}]},
    }
    reply = await club.reply('mutation { updateGuarded(input: {id: 1, patch: {text: "skip"}}) { guarded { id } } }')
    assert reply.code == "NOT_FOUND"


async def test_a_trigger_raises_a_rule_or_changes_the_row(club: Members) -> None:
    reply = await club.reply('mutation { createGuarded(input: {guarded: {text: "bad"}}) { guarded { id } } }')
    assert reply.errors[0]["message"] == "Mind your words."
    assert reply.errors[0]["extensions"] == {"code": "BAD_WORDS", "field": "text"}
    data = await club.data('mutation { updateGuarded(input: {id: 1, patch: {text: "LOUD"}}) { guarded { text } } }')
    assert data["updateGuarded"]["guarded"] == {"text": "loud"}


async def test_a_view_with_a_check(club: Members) -> None:
    data = await club.data(
        """mutation { createCheap(input: {cheap: {title: "C", stock: 1}}) { cheap { title stock } }
                      updateCheap(input: {id: 1, patch: {stock: 2}}) { before { stock } cheap { stock } } }"""
    )
    assert data == {
        "createCheap": {"cheap": {"title": "C", "stock": 1}},
        "updateCheap": {"before": {"stock": 5}, "cheap": {"stock": 2}},
    }
    for asked in (
        'createCheap(input: {cheap: {title: "C", stock: 10}}) { __typename }',
        "updateCheap(input: {id: 1, patch: {stock: 10}}) { __typename }",
    ):
        assert (await club.reply(f"mutation {{ {asked} }}")).code == "CHECK_VIOLATION"
    # Two costs more than the view shows, and Three is Bob's.
    for id_ in (2, 3):
        reply = await club.reply(f"mutation {{ deleteCheap(input: {{id: {id_}}}) {{ __typename }} }}")
        assert reply.code == "NOT_FOUND"


async def test_a_view_that_triggers_write(club: Members) -> None:
    data = await club.data(
        """mutation { createShout(input: {shout: {text: "new"}}) { shout { id text } }
                      updateShout(input: {id: 1, patch: {text: "other"}}) { before { text } shout { text } }
                      deleteShout(input: {id: 2}) { shout { text } } }"""
    )
    assert data == {
        "createShout": {"shout": {"id": 2, "text": "NEW"}},
        "updateShout": {"before": {"text": "FIRST"}, "shout": {"text": "OTHER"}},
        "deleteShout": {"shout": {"text": "NEW"}},
    }


async def test_partitions(club: Members) -> None:
    data = await club.data(
        """mutation { createEvents(input: {events: [{id: 2, year: 2024}, {id: 3, year: 2025, text: "Fair"}]}) {
                        events { id year text } }
                      updateEvent(input: {id: 1, year: 2024, patch: {year: 2025}}) {
                        before { year text } event { id year text } }
                      upsertEvent(input: {event: {id: 1, year: 2025, text: "Ball"}, onConflict: idAndYear}) {
                        event { text } }
                      updateEvents(input: {filter: {year: {eq: 2025}}, patch: {text: "All"}}) { count before { text } }
                      deleteEvents(input: {filter: {year: {eq: 2024}}}) { count } }"""
    )
    data["updateEvents"]["before"].sort(key=lambda event: event["text"])
    assert data == {
        "createEvents": {
            "events": [{"id": 2, "year": 2024, "text": "Something"}, {"id": 3, "year": 2025, "text": "Fair"}]
        },
        "updateEvent": {"before": {"year": 2024, "text": "Feast"}, "event": {"id": 1, "year": 2025, "text": "Feast"}},
        "upsertEvent": {"event": {"text": "Ball"}},
        "updateEvents": {"count": 2, "before": [{"text": "Ball"}, {"text": "Fair"}]},
        "deleteEvents": {"count": 1},
    }
    reply = await club.reply("mutation { createEvent(input: {event: {id: 1, year: 1999}}) { __typename } }")
    assert reply.code == "CHECK_VIOLATION"


async def test_without_a_key_by_filter_alone(club: Members) -> None:
    data = await club.data(
        """mutation { createBags(input: {bags: [{price: "1"}, {price: "2"}]}) { count }
                      updateBags(input: {filter: {price: {eq: "2.00"}}, increment: {price: "0.5"}}) {
                        count bags { price } }
                      deleteBags(input: {filter: {price: {lt: "2"}}}) { count } }"""
    )
    assert data == {
        "createBags": {"count": 2},
        "updateBags": {"count": 1, "bags": [{"price": "2.50"}]},
        "deleteBags": {"count": 1},
    }
    names = await club.data("{ __schema { mutationType { fields { name } } } }")
    assert not {"updateBag", "deleteBag", "upsertBag"} & {
        field["name"] for field in names["__schema"]["mutationType"]["fields"]
    }


@pytest.fixture
async def far_club(create_database: CreateDatabase) -> AsyncIterator[Members]:
    """A club with a table of another server, which is the same one."""
    url = await create_database(CLUB, user="club_gateway")
    parts = urlsplit(url)
    name = parts.path.lstrip("/")
    host = parts.hostname or parse_qs(parts.query)["host"][0]
    await sql(url, "create extension postgres_fdw")
    port = parts.port or parse_qs(parts.query).get("port", ["5432"])[0]
    await sql(
        url,
        f"create server near foreign data wrapper postgres_fdw options (host '{host}', port '{port}', dbname '{name}')",
    )
    await sql(
        url,
        "create user mapping for public server near options (user 'postgres', password_required 'false')",
    )
    await sql(
        url,
        """create foreign table club.far_tags (id bigint options (column_name 'id'), label text)
           server near options (schema_name 'club', table_name 'tags')""",
    )
    await sql(url, "comment on foreign table club.far_tags is '@primaryKey id'")
    await sql(url, "grant select, insert, update, delete on club.far_tags to club_member")
    async with served(url, "club") as api:
        yield Members(api, "club_member")


async def test_a_foreign_table(far_club: Members) -> None:
    data = await far_club.data(
        """mutation { createFarTag(input: {farTag: {id: 7, label: "far"}}) { farTag { id label } }
                      updateFarTag(input: {id: 7, patch: {label: "near"}}) { before { label } farTag { label } }
                      deleteFarTags(input: {filter: {id: {gte: 7}}, atMost: 1}) { farTags { label } count } }"""
    )
    assert data == {
        "createFarTag": {"farTag": {"id": "7", "label": "far"}},
        "updateFarTag": {"before": {"label": "far"}, "farTag": {"label": "near"}},
        "deleteFarTags": {"farTags": [{"label": "near"}], "count": 1},
    }
