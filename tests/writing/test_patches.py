"""Rows written with a patch: what the row refers to, and what refers to it, all in one statement or none."""

from __future__ import annotations

import pytest

from tests.writing.conftest import Members


async def _copies(club: Members) -> list[tuple[object, ...]]:
    return await club.sql("select id, book_id, state from club.copies order by id")


async def test_rows_that_refer_to_it(club: Members) -> None:
    data = await club.data(
        """mutation { updateBook(input: {id: 1, patch: {title: "Uno", copies: {
             create: [{state: "new"}, {state: "old"}], connect: [{id: 3}], disconnect: [{id: 1}],
             update: [{id: 2, patch: {state: "mended"}}]}}}) {
               book { title copies(orderBy: {id: ASC}) { nodes { id state } } } } }"""
    )
    assert data["updateBook"]["book"] == {
        "title": "Uno",
        "copies": {
            "nodes": [
                {"id": "2", "state": "mended"},
                {"id": "3", "state": "lost"},
                {"id": "101", "state": "new"},
                {"id": "102", "state": "old"},
            ]
        },
    }
    assert (await _copies(club))[0] == (1, None, "good")


async def test_nothing_of_the_row_itself_need_change(club: Members) -> None:
    data = await club.data(
        """mutation { updateBook(input: {id: 1, patch: {copies: {delete: [{id: 1}, {id: 2}]}}}) {
             before { copies { totalCount } } book { copies { totalCount } } } }"""
    )
    assert data["updateBook"] == {"before": {"copies": {"totalCount": 2}}, "book": {"copies": {"totalCount": 0}}}
    reply = await club.reply(
        'mutation { updateBook(input: {id: 3, patch: {copies: {create: [{state: "x"}]}}}) { __typename } }'
    )
    assert reply.code == "NOT_FOUND"  # Bob's, which Ada may see and not change


async def test_what_is_unique_is_free_again(club: Members) -> None:
    await club.data(
        """mutation { updateBook(input: {id: 1, patch: {copies: {
             delete: [{id: 1}], disconnect: [{id: 2}], create: [{state: "good"}, {state: "torn"}]}}}) {
               __typename } }"""
    )
    assert await _copies(club) == [
        (2, None, "torn"),
        (3, None, "lost"),
        (4, 3, "good"),
        (101, 1, "good"),
        (102, 1, "torn"),
    ]
    await club.data(
        """mutation { updateBook(input: {id: 1, patch: {
             cover: {delete: true, create: {colour: "red"}}}}) { __typename } }"""
    )
    assert await club.sql("select book_id, colour from club.covers") == [(1, "red")]


async def test_what_it_refers_to(club: Members) -> None:
    asked = (
        "mutation ($patch: BookPatch!) { updateBook(input: {id: 1, patch: $patch}) { book { author { id name } } } }"
    )

    async def author(patch: dict[str, object]) -> object:
        return (await club.data(asked, {"patch": {"author": patch}}))["updateBook"]["book"]["author"]

    assert await author({"update": {"name": "Countess"}}) == {"id": "1", "name": "Countess"}
    assert await author({"connect": {"id": 2}}) == {"id": "2", "name": "Bob"}
    assert await author({"create": {"name": "Cyd"}}) == {"id": "101", "name": "Cyd"}
    assert await author({"delete": True}) is None
    assert await author({"connect": {"id": 1}}) == {"id": "1", "name": "Countess"}
    assert await author({"disconnect": True}) is None
    assert await club.sql("select name from club.authors order by id") == ["Countess", "Bob"]


async def test_levels(club: Members) -> None:
    data = await club.data(
        """mutation { updateAuthor(input: {id: 1, patch: {books: {update: [
             {id: 2, patch: {prequel: {update: {title: "Uno", cover: {update: {colour: "blue"}}}},
                             copies: {create: [{state: "new"}]}, tags: {create: [{label: "long"}]}}}]}}}) {
               author { books(orderBy: {id: ASC}) { nodes { title cover { colour } copies { totalCount }
                 tags { nodes { label } } } } } } }"""
    )
    assert data["updateAuthor"]["author"]["books"]["nodes"] == [
        {
            "title": "Uno",
            "cover": {"colour": "blue"},
            "copies": {"totalCount": 2},
            "tags": {"nodes": [{"label": "fun"}, {"label": "sad"}]},
        },
        {"title": "Two", "cover": None, "copies": {"totalCount": 1}, "tags": {"nodes": [{"label": "long"}]}},
    ]


async def test_several_columns_of_which_one_may_be_null(club: Members) -> None:
    asked = "mutation ($patch: BedPatch!) { updateBed(input: {id: 1, patch: $patch}) { bed { house number } } }"
    rooms: list[tuple[dict[str, object], dict[str, object]]] = [
        ({"connect": {"house": 1, "number": 2}}, {"house": 1, "number": 2}),
        ({"disconnect": True}, {"house": 1, "number": None}),
        ({"create": {"house": 3, "number": 4}}, {"house": 3, "number": 4}),
    ]
    for room, bed in rooms:
        assert (await club.data(asked, {"patch": {"room": room}}))["updateBed"]["bed"] == bed


async def test_all_that_pass_a_filter(club: Members) -> None:
    data = await club.data(
        """mutation { updateBooks(input: {filter: {id: {in: [1, 2]}}, patch: {
             author: {create: {name: "Both"}}, copies: {create: [{state: "new"}]}, tags: {connect: [{id: 3}]}}}) {
               count books { author { name } copies { totalCount } tags { totalCount } } } }"""
    )
    assert data["updateBooks"]["count"] == 2
    assert sorted(
        (book["author"]["name"], book["copies"]["totalCount"], book["tags"]["totalCount"])
        for book in data["updateBooks"]["books"]
    ) == [("Both", 1, 1), ("Both", 3, 3)]
    for patch in ("copies: {connect: [{id: 3}]}", "author: {delete: true}"):
        reply = await club.reply(
            f"mutation {{ updateBooks(input: {{filter: {{id: {{eq: 1}}}}, patch: {{{patch}}}}}) {{ count }} }}"
        )
        assert reply.code == "BAD_USER_INPUT"
    data = await club.data(
        "mutation { updateBooks(input: {filter: {id: {eq: 99}}, patch: {copies: {delete: [{id: 1}]}}}) { count } }"
    )
    assert data == {"updateBooks": {"count": 0}}


@pytest.mark.parametrize(
    ("patch", "code"),
    [
        ('copies: {update: [{id: 4, patch: {state: "mine"}}]}', "NOT_FOUND"),  # of another book
        ("copies: {delete: [{id: 1}, {id: 4}]}", "NOT_FOUND"),
        ("copies: {disconnect: [{id: 3}]}", "NOT_FOUND"),
        ("copies: {connect: [{id: 99}]}", "NOT_FOUND"),
        ('copies: {delete: [{id: 1}], update: [{id: 1, patch: {state: "x"}}]}', "NOT_FOUND"),  # the same row twice
        ("copies: {delete: [{id: 1}, {id: 1}]}", "NOT_FOUND"),
        ("author: {connect: {id: 99}}", "NOT_FOUND"),
        ("author: {delete: true}", "FOREIGN_KEY_VIOLATION"),  # another book refers to it
        ("author: {connect: {id: 1}, disconnect: true}", "GRAPHQL_VALIDATION_FAILED"),
        ("author: {connect: {id: 1}, disconnect: false}", "GRAPHQL_VALIDATION_FAILED"),
        ("author: {connect: {id: 1}}, authorId: 2", "BAD_USER_INPUT"),
        ('prequel: {update: {title: "x"}}', "NOT_FOUND"),  # it is the sequel of none
        ("prequel: {connect: {id: 4}}", "NOT_FOUND"),  # it cannot be seen
        ("sequels: {connect: [{id: 3}]}", "NOT_FOUND"),  # somebody else's
        ("sequels: {update: [{id: 2, patch: {}}]}", "BAD_USER_INPUT"),
        ("author: {}", "GRAPHQL_VALIDATION_FAILED"),
        ("author: {disconnect: false}", "BAD_USER_INPUT"),
        ("author: null", "BAD_USER_INPUT"),
        ("copies: {create: null}", "BAD_USER_INPUT"),
        ("tags: {connect: [{id: 99}]}", "NOT_FOUND"),
        ("tags: {disconnect: [{id: 1}, {id: 3}]}", "NOT_FOUND"),
    ],
)
async def test_all_or_nothing(untouched_club: Members, patch: str, code: str) -> None:
    everything = """select (select jsonb_agg(b order by id) from club.books as b),
                           (select jsonb_agg(c order by id) from club.copies as c),
                           (select jsonb_agg(t) from club.book_tags as t)"""
    before = await untouched_club.sql(everything)
    reply = await untouched_club.reply(
        f"mutation {{ updateBook(input: {{id: 1, patch: {{{patch}}}}}) {{ __typename }} }}"
    )
    assert reply.code == code
    assert await untouched_club.sql(everything) == before


async def test_a_row_that_is_its_own_neighbour_is_changed_once_or_not_at_all(club: Members) -> None:
    await club.sql("update club.books set sequel_of = 1 where id = 1")
    reply = await club.reply(
        """mutation { updateBook(input: {id: 1, patch: {
             title: "A", sequels: {update: [{id: 1, patch: {title: "B"}}]}}}) { __typename } }"""
    )
    assert reply.code == "NOT_FOUND"
    assert await club.sql("select title from club.books where id = 1") == ["One"]


async def test_parts_as_variables_of_their_own_types(club: Members) -> None:
    data = await club.data(
        """mutation ($copies: BookCopiesNestedPatch, $new: BookCopiesNested, $key: AuthorConnect!,
                     $fix: [CopyNestedUpdate!]) {
             updateBook(input: {id: 1, patch: {copies: $copies}}) { book { copies { totalCount } } }
             createBook(input: {book: {title: "B", copies: $new, author: {connect: $key}}}) { book { author { name } } }
             again: updateBook(input: {id: 1, patch: {copies: {update: $fix}}}) { __typename } }""",
        {
            "copies": {"delete": [{"id": "1"}]},
            "new": {"create": [{"state": "x"}]},
            "key": {"id": "2"},
            "fix": [{"id": "2", "patch": {"state": "fixed"}}],
        },
    )
    assert data["updateBook"]["book"]["copies"]["totalCount"] == 1
    assert data["createBook"]["book"]["author"]["name"] == "Bob"
    assert await club.sql("select state from club.copies where id = 2") == ["fixed"]


async def test_a_role_is_offered_what_its_grants_allow(untouched_club: Members) -> None:
    asked = """{ book: __type(name: "BookPatch") { inputFields { name } }
                 new: __type(name: "BookInput") { inputFields { name } }
                 copies: __type(name: "BookCopiesNestedPatch") { inputFields { name } }
                 tags: __type(name: "BookTagsNestedPatch") { inputFields { name } }
                 fresh: __type(name: "BookCopiesNested") { inputFields { name } } }"""
    data = await untouched_club.api.data(asked, role="club_clerk")
    names = {key: [field["name"] for field in type_["inputFields"]] for key, type_ in data.items()}
    assert names == {
        "book": ["stock", "bookTags", "copies", "tags"],
        "new": ["title", "owner", "bookTags", "copies", "tags"],
        "copies": ["create", "update"],  # to connect, disconnect and delete it has no grant
        "tags": ["connect"],
        "fresh": ["create"],
    }


async def test_a_role_does_what_its_grants_allow(club: Members) -> None:
    data = await club.api.data(
        """mutation { updateBook(input: {id: 4, increment: {stock: 1}, patch: {
             copies: {create: [{state: "new"}]}, tags: {connect: [{id: 1}]}}}) {
               before { stock } book { stock copies { totalCount } } }
             createBook(input: {book: {title: "N", tags: {connect: [{id: 1}, {id: 2}]}}}) { book { title } } }""",
        role="club_clerk",
    )
    assert data == {
        "updateBook": {"before": {"stock": 1}, "book": {"stock": 2, "copies": {"totalCount": 1}}},
        "createBook": {"book": {"title": "N"}},
    }
