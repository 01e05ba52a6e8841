"""Search: what is found and in which order, and that nothing is found of what a policy hides, nor told by a count."""

from __future__ import annotations

import asyncpg
import pytest

from .conftest import Breaks, Connection, Town

FIND = "select array_agg(t.body order by t.id desc) from threads.search_threads($1) as t"
TOP = "select array_agg(t.body) from threads.search_top_threads($1) as t"


async def write(session: Connection, body: str) -> int:
    thread = await session.fetchval("select t.id from threads.create_thread($1) as t", body)
    assert isinstance(thread, int)
    return thread


async def find(session: Connection, query: str) -> list[str]:
    found: list[str] = await session.fetchval(FIND, query) or []
    return found


async def users(session: Connection, query: str) -> list[str]:
    return [row["username"] for row in await session.fetch("select username from threads.search_users($1)", query)]


FOUND: dict[str, list[str]] = {
    "baking": ["Bake the RYE bread slowly", "Baking a rye bread"],
    "rye bread": ["bread of rye", "Bake the RYE bread slowly", "Baking a rye bread"],
    '"rye bread"': ["Bake the RYE bread slowly", "Baking a rye bread"],
    "rye -bake": ["#rye is a hashtag", "bread of rye"],
    'bread -"rye bread"': ["bread of rye"],
    '"rye bread" -slowly': ["Baking a rye bread"],
    'rye -"rye bread" -hashtag': ["bread of rye"],
    '"bread of" or "a hashtag"': ["#rye is a hashtag", "bread of rye"],
    "кофе or -rye": ["Черный кофе"],
    "from:ada -slowly": ["bread of rye", "Baking a rye bread"],
    "slowly or кофе": ["Черный кофе", "Bake the RYE bread slowly"],
    "the": ["Bake the RYE bread slowly"],
    "from:grace": ["Черный кофе", "#rye is a hashtag"],
    "from:@Grace hashtag": ["#rye is a hashtag"],
    "from:grace bread": [],
    "from:nobody bread": [],
    "#rye": ["#rye is a hashtag"],
    "#RYE #hashtag": [],
    "#rye or #bread": ["#rye is a hashtag", "bread of rye", "Bake the RYE bread slowly", "Baking a rye bread"],
    "-bread": ["Черный кофе", "#rye is a hashtag"],
    "": [],
    "   ": [],
    '"': [],
    # What only the index has, and what is no search.
    "10 0": [],
    "'10 0'": [],
    '"from 1"': [],
    "':* & | ! <-> (": [],
}


MANY = """
    set session_replication_role = replica;
    insert into threads.users (username, display_name)
    select 'user_' || n, 'User ' || n from generate_series(1, 3) as n;
    -- Ids leave gaps, so that windows of all sizes are looked through.
    insert into threads.threads (id, author_id, body) overriding system value
    select n * 31 + n / 500 * 20000, (select min(id) from threads.users) + n % 3,
           concat_ws(' ', 'always', case when n % 2 = 0 then 'often often' end, case when n % 3 = 0 then 'some' end,
                     case when n % 5 = 0 then 'often' end, case when n % 601 = 0 then 'seldom' end)
      from generate_series(1, 3000) as n;
    set session_replication_role = default;
"""
PAGES = """
    with recursive page (ids) as (
      select array(select t.id from threads.search_threads($1, 40) as t)
       union all
      select array(select t.id from threads.search_threads($1, 40, p.ids[cardinality(p.ids)]) as t)
        from page as p
       where cardinality(p.ids) = 40
    )
    select array(select id from page as p cross join lateral unnest(p.ids) as id)
"""
NAIVE = """
    select array(
      select t.id
        from threads.threads as t
       where to_tsvector('private.words', t.body) @@ websearch_to_tsquery('private.words', $1)
       order by t.id desc
    )
"""


SEARCHES = (
    "always",
    "seldom",
    "nowhere",
    "often some",
    "some -often",
    "-often",
    "-always",
    '"often some"',
    '"some often"',
    '"often often often"',
    '"always often" -some',
    '-"often some"',
    'some -"some often"',
    'seldom or "some often"',
    "seldom or -always",
)


async def test_pages_of_a_search_are_what_has_the_words_newest_first(town: Town) -> None:
    superuser, anybody = await town.superuser(), await town.anonymous()
    await superuser.execute(MANY)
    expected = {query: await superuser.fetchval(NAIVE, query) for query in SEARCHES}
    assert {query: await anybody.fetchval(PAGES, query) for query in SEARCHES} == expected
    assert [query for query, found in expected.items() if not found] == ["nowhere", "-always"]


async def test_threads_are_found_by_words_phrases_authors_and_hashtags(town: Town) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    for session, body in (
        (ada, "Baking a rye bread"),
        (ada, "Bake the RYE bread slowly"),
        (ada, "bread of rye"),
        (grace, "#rye is a hashtag"),
        (grace, "Черный кофе"),
    ):
        await write(session, body)
    for viewer in (ada, await town.anonymous()):
        assert {query: await find(viewer, query) for query in FOUND} == FOUND


async def test_a_number_behind_a_hash_is_a_word(town: Town) -> None:
    ada = await town.join("ada")
    await write(ada, "Hello #2024")
    assert await find(ada, "#2024") == ["Hello #2024"]


async def test_a_page_is_what_it_is_told_from_where_it_is_told(town: Town) -> None:
    ada = await town.join("ada")
    ids = [await write(ada, f"bread {number}") for number in range(5)]
    found = "select array_agg(t.id) from threads.search_threads('bread', $1, $2) as t"
    assert await ada.fetchval(found, 2, None) == [ids[4], ids[3]]
    assert await ada.fetchval(found, 2, ids[3]) == [ids[2], ids[1]]
    assert await ada.fetchval(found, 2, ids[0]) is None
    assert await ada.fetchval(found, None, ids[2]) == [ids[1], ids[0]]


SPREAD = """
    insert into threads.users (username, display_name) values ('ada', 'Ada');
    set session_replication_role = replica;
    insert into threads.threads (id, author_id, body) overriding system value
    select n * n * n, 1, 'often ' || case when n % 7 = 0 then 'seldom' else '' end from generate_series(1, 150) as n;
    set session_replication_role = default;
"""


async def test_what_is_far_apart_is_found_in_order_and_once(town: Town) -> None:
    """Over windows of all sizes: ids up to 3,375,000."""
    superuser = await town.superuser()
    await superuser.execute(SPREAD)
    ada = await town.member(1)
    found = "select array_agg(t.id) from threads.search_threads($1, $2, $3) as t"
    for query, step in (("often", 1), ("seldom", 7), ("from:ada seldom", 7), ('"often seldom"', 7)):
        wanted = sorted((n**3 for n in range(step, 151, step)), reverse=True)
        assert await ada.fetchval(found, query, None, None) == wanted
        pages: list[int] = []
        while page := await ada.fetchval(found, query, 4, pages[-1] if pages else None):
            pages += page
        assert pages == wanted


HIDE = {
    "a private account": "update threads.users set is_private = true where id = 1",
    "a block": "insert into threads.blocks values (1, 2)",
    "a block the other way": "insert into threads.blocks values (2, 1)",
    "a deactivated account": "update threads.users set deactivated_at = now() where id = 1",
    "a moderator": "update threads.threads set hidden_at = now()",
}


@pytest.mark.parametrize("hide", HIDE)
async def test_what_is_hidden_is_not_found_by_any_search(town: Town, hide: str) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    await write(ada, "a secret #recipe")
    await (await town.superuser()).execute(HIDE[hide])
    for query in ("secret", '"a secret"', "from:ada", "from:ada secret", "#recipe", "-nothing", "secret or recipe"):
        assert await find(grace, query) == []
        assert await grace.fetchval(TOP, query) is None
    assert await grace.fetch("select * from threads.search_hashtags('rec')") == []


@pytest.mark.parametrize("hide", ["a block", "a block the other way", "a deactivated account"])
async def test_whom_one_does_not_see_one_does_not_find(town: Town, hide: str) -> None:
    await town.join("ada")
    grace = await town.join("grace")
    assert (await users(grace, "ad"), await users(grace, "adda")) == (["ada"], ["ada"])
    await (await town.superuser()).execute(HIDE[hide])
    assert (await users(grace, "ad"), await users(grace, "adda")) == ([], [])


async def test_followers_find_what_a_private_account_writes(town: Town) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    await write(ada, "a secret")
    await grace.execute("select threads.follow_user('ada')")
    await ada.execute("update threads.users set is_private = true where id = threads.viewer_id()")
    linus = await town.join("linus")
    for query in ("secret", "from:ada", "from:ada secret"):
        assert [await find(session, query) for session in (ada, grace, linus)] == [["a secret"], ["a secret"], []]


async def test_what_is_deleted_or_edited_away_is_not_found(town: Town) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    gone, changed = await write(ada, "first recipe"), await write(ada, "second recipe")
    await grace.execute("select threads.reply_to_thread($1, 'hm')", gone)
    await ada.execute("select threads.delete_thread($1)", gone)
    await ada.execute("select threads.edit_thread($1, 'nothing')", changed)
    for session in (ada, grace):
        assert await find(session, "recipe") == []
    assert await find(grace, "from:ada") == ["nothing"]


async def test_what_is_muted_is_left_out_for_who_mutes_it(town: Town) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    await write(ada, "fresh bread")
    await write(grace, "stale bread")
    await grace.execute("select threads.mute_word('stale')")
    assert (await find(grace, "bread"), await find(ada, "bread")) == (["fresh bread"], ["stale bread", "fresh bread"])
    await grace.execute("select threads.mute_user('ada')")
    assert (await find(grace, "bread"), await grace.fetchval(TOP, "bread")) == ([], None)


async def test_hidden_matches_are_looked_up_by_nobody_but_the_search(town: Town) -> None:
    """The functions that see all have no name for those who do not."""
    for session in (await town.join("ada"), await town.anonymous(), await town.connect()):
        for call in (
            "private.search_step('secret', null, 10)",
            "private.similar_users('ada')",
            "private.public_uses('recipe')",
            "private.search_document(1, 1, 'x')",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await session.execute(f"select {call}")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await session.execute("select extensions.similarity('a', 'b')")


async def test_the_statistics_of_the_index_tell_no_words(town: Town) -> None:
    ada = await town.join("ada")
    for number in range(5):
        await write(ada, f"secret {number}")
    superuser = await town.superuser()
    await superuser.execute("analyze threads.threads")
    told = "select count(*) from pg_stats where tablename = 'threads_search_idx'"
    assert [await session.fetchval(told) for session in (superuser, ada, await town.anonymous())] == [1, 0, 0]


async def test_what_the_search_calls_shows_no_more_than_the_search(town: Town) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    await write(ada, "a secret")
    await ada.execute("update threads.users set is_private = true where id = threads.viewer_id()")
    for statement in (
        "select count(*) from threads.matching_threads('secret', null, '{}', '{}', null, null, null)",
        "select count(*) from threads.matching_threads('secret', 1, '{}', '{}', null, null, null)",
        "select count(*) from threads.matching_threads('-nothing', 1, '{}', '{}', null, null, null)",
        "select count(*) from threads.best_matching_threads('secret', null, '{}', '{}', null)",
    ):
        assert (await grace.fetchval(statement), await ada.fetchval(statement)) == (0, 1)
    assert await grace.fetchval("select threads.searched_author('from:ada')") == 0
    assert await grace.fetchval("select threads.searched_author('from:nobody')") == 0


async def test_the_best_come_first(town: Town) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    liked = await write(ada, "bread, liked")
    await write(ada, "bread, new")
    await grace.execute("select threads.like_thread($1)", liked)
    await ada.execute("select threads.like_thread($1)", liked)
    assert await ada.fetchval(TOP, "bread") == ["bread, liked", "bread, new"]


async def test_a_search_has_a_length(town: Town, breaks: Breaks) -> None:
    ada = await town.join("ada")
    for name in ("search_threads", "search_top_threads"):
        with breaks("search_too_long", "at most 200", "query"):
            await ada.execute(f"select threads.{name}($1)", "x" * 201)
    assert await users(ada, "x" * 10_000) == []
    assert await ada.fetch("select * from threads.search_hashtags($1)", "x" * 10_000) == []


PARTS = (
    ("Baking rye bread.", "bakes bread", ["[Baking]", " rye ", "[bread]", "."]),
    ("<b>bread</b> & <script>", "bread", ["<b>", "[bread]", "</b> & <script>"]),
    ("\ue000bread\ue001", "bread", ["\ue000", "[bread]", "\ue001"]),
    ("no bread", "-bread", ["no bread"]),
    ("no bread", "", ["no bread"]),
    ("good morning, good night", '"good morning" -night', ["[good]", " ", "[morning]", ", ", "[good]", " night"]),
    ("#rye_bread 42 КОФЕ", "breads 42 кофе", ["#rye_", "[bread]", " ", "[42]", " ", "[КОФЕ]"]),
    ("ada writes", "from:ada writes", ["ada ", "[writes]"]),
)


async def test_what_was_searched_for_is_marked_and_the_text_is_whole(town: Town) -> None:
    ada = await town.join("ada")
    for body, query, parts in PARTS:
        rows = await ada.fetch(
            "select p.* from threads.threads as t, unnest(threads.threads_highlights(t, $2)) as p where t.id = $1",
            await write(ada, body),
            query,
        )
        assert "".join(row["text"] for row in rows) == body
        assert [f"[{row['text']}]" if row["is_match"] else row["text"] for row in rows] == parts


async def test_users_are_found_by_how_their_name_begins_then_by_what_is_like_it(town: Town) -> None:
    for name, shown in (("ada", "Ada Lovelace"), ("adam", "Adam"), ("grace", "Grace Hopper"), ("love", "L. O. Ve")):
        await (await town.superuser()).execute(
            "insert into threads.users (username, display_name) values ($1, $2)", name, shown
        )
    viewer = await town.anonymous()
    assert await users(viewer, "ada") == ["ada", "adam"]
    assert await users(viewer, "@Ad") == ["ada", "adam"]
    assert await users(viewer, "lovelacce") == ["ada"]
    assert await users(viewer, "hoper") == ["grace"]
    assert await users(viewer, "grase") == ["grace"]
    assert (await users(viewer, "love"))[0] == "love"
    for nothing in ("", " ", "@", "%", "_", "zzz"):
        assert await users(viewer, nothing) == [], nothing


async def test_hashtags_are_found_by_how_they_begin_and_counted_where_all_see_them(town: Town) -> None:
    ada, grace = await town.join("ada"), await town.join("grace")
    for session, body in ((ada, "#Bread #baking"), (ada, "#bread"), (grace, "#bread"), (grace, "#Brot")):
        await write(session, body)
    await grace.execute("update threads.users set is_private = true where id = threads.viewer_id()")
    found = "select h.name, threads.hashtags_thread_count(h) from threads.search_hashtags($1) as h order by 1"
    assert [tuple(row) for row in await ada.fetch(found, "#BR")] == [("bread", 2)]
    assert [tuple(row) for row in await grace.fetch(found, "br")] == [("bread", 2), ("brot", 0)]
    assert await ada.fetch(found, "") == []
    assert await ada.fetchval("select threads.hashtags_thread_count(row('brot')::threads.hashtags)") is None
