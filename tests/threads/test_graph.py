"""Who follows, asks, blocks and mutes whom, and attempts to do so for another or to learn what others did."""

from __future__ import annotations

import asyncpg
import pytest

from .conftest import Breaks, Connection, Town

FLAGS = """
    select f, r, b, w
      from threads.users as u,
           threads.users_viewer_follows(u) as f,
           threads.users_viewer_has_requested_to_follow(u) as r,
           threads.users_follows_viewer(u) as b,
           threads.users_has_requested_to_follow_viewer(u) as w
     where u.username = $1
"""


async def flags(session: Connection, name: str) -> tuple[bool, bool, bool, bool]:
    """Whether the viewer follows and asks to follow somebody, and whether these follow and ask the viewer."""
    row = await session.fetchrow(FLAGS, name)
    return row["f"], row["r"], row["b"], row["w"]


async def call(session: Connection, verb: str, name: str) -> str | None:
    """The username that a verb on a person returns."""
    username = await session.fetchval(f"select (threads.{verb}($1)).username", name)
    assert username is None or isinstance(username, str)
    return username


async def counts(town: Town, name: str) -> tuple[int, int]:
    """How many follow somebody, and how many they follow."""
    row = await (await town.superuser()).fetchrow(
        """
        select f, g
          from threads.users as u, threads.users_follower_count(u) as f, threads.users_following_count(u) as g
         where u.username = $1
        """,
        name,
    )
    return row["f"], row["g"]


class People:
    """Ada, whose account is private; grace, who may ask; linus, who tries to meddle; and somebody not logged in."""

    def __init__(self, town: Town) -> None:
        self.town = town

    async def settle(self) -> People:
        self.ids = {name: await self.town.sign_up(name) for name in ("ada", "grace", "linus")}
        self.ada, self.grace, self.linus = [await self.town.member(user_id) for user_id in self.ids.values()]
        self.anonymous = await self.town.anonymous()
        await self.ada.execute("update threads.users set is_private = true where username = 'ada'")
        return self


@pytest.fixture
async def people(town: Town) -> People:
    return await People(town).settle()


async def test_a_private_account_is_asked_and_approves(people: People) -> None:
    assert await call(people.grace, "follow_user", "Ada") == "ada"
    assert await call(people.grace, "follow_user", "ada") == "ada"
    assert await flags(people.grace, "ada") == (False, True, False, False)
    assert await flags(people.ada, "grace") == (False, False, False, True)
    assert await counts(people.town, "ada") == (0, 0)
    for _ in range(2):
        assert await call(people.ada, "approve_follow_request", "grace") == "grace"
        assert await flags(people.grace, "ada") == (True, False, False, False)
        assert await flags(people.ada, "grace") == (False, False, True, False)
        assert await counts(people.town, "ada") == (1, 0)
    assert await call(people.grace, "follow_user", "ada") == "ada"
    assert await flags(people.grace, "ada") == (True, False, False, False)


@pytest.mark.parametrize(
    ("who", "verb", "whom"),
    [
        ("grace", "cancel_follow_request", "ada"),
        ("grace", "unfollow_user", "ada"),
        ("ada", "refuse_follow_request", "grace"),
    ],
)
async def test_a_request_is_taken_back_or_refused(people: People, who: str, verb: str, whom: str) -> None:
    await call(people.grace, "follow_user", "ada")
    session = {"ada": people.ada, "grace": people.grace}[who]
    for _ in range(2):
        assert await call(session, verb, whom) == whom
        assert await flags(people.grace, "ada") == (False, False, False, False)
    await call(people.grace, "follow_user", "ada")
    assert await flags(people.grace, "ada") == (False, True, False, False)


async def test_only_who_was_asked_approves_and_only_who_asked_is_approved(people: People, breaks: Breaks) -> None:
    await call(people.grace, "follow_user", "ada")
    for session, name in ((people.linus, "grace"), (people.grace, "ada"), (people.ada, "linus"), (people.ada, "ada")):
        with breaks("follow_request_not_found", "They do not ask to follow you.", "username"):
            await call(session, "approve_follow_request", name)
    insert = "insert into threads.follows (follower_id, followee_id) values ($1, $2)"
    ada, grace, linus = people.ids.values()
    for session, pair in (
        (people.grace, (grace, ada)),
        (people.linus, (grace, ada)),
        (people.ada, (linus, ada)),
        (people.linus, (ada, linus)),
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await session.execute(insert, *pair)
    assert await counts(people.town, "ada") == (0, 0)
    await people.ada.execute(insert, grace, ada)
    assert await flags(people.grace, "ada") == (True, False, False, False)


async def test_nobody_asks_for_another_nor_a_public_account_nor_twice(people: People) -> None:
    insert = "insert into threads.follow_requests (requester_id, target_id) values ($1, $2)"
    ada, grace, linus = people.ids.values()
    for session, pair in (
        (people.linus, (grace, ada)),
        (people.ada, (grace, ada)),
        (people.grace, (grace, linus)),
        (people.grace, (grace, 404)),
        (people.anonymous, (grace, ada)),
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await session.execute(insert, *pair)
    with pytest.raises(asyncpg.CheckViolationError, match="follow_requests_not_oneself"):
        await people.ada.execute(insert, ada, ada)
    await people.grace.execute(insert, grace, ada)
    with pytest.raises(asyncpg.UniqueViolationError, match="follow_requests_pkey"):
        await people.grace.execute(insert, grace, ada)
    await call(people.ada, "approve_follow_request", "grace")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await people.grace.execute(insert, grace, ada)


async def test_a_request_is_seen_by_the_two_and_taken_back_by_nobody_else(people: People) -> None:
    await call(people.grace, "follow_user", "ada")
    for session in (people.linus, people.anonymous):
        assert await session.fetch("select * from threads.follow_requests") == []
    assert await people.linus.execute("delete from threads.follow_requests") == "DELETE 0"
    for session in (people.ada, people.grace):
        assert await session.fetchval("select count(*) from threads.follow_requests") == 1
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
        await people.ada.execute("update threads.follow_requests set requester_id = 3")


async def test_followers_are_removed_by_who_is_followed(people: People) -> None:
    await call(people.grace, "follow_user", "linus")
    assert await people.ada.execute("delete from threads.follows") == "DELETE 0"
    assert await call(people.ada, "remove_follower", "grace") == "grace"
    assert await flags(people.grace, "linus") == (True, False, False, False)
    for _ in range(2):
        assert await call(people.linus, "remove_follower", "grace") == "grace"
        assert await flags(people.grace, "linus") == (False, False, False, False)
        assert await counts(people.town, "linus") == (0, 0)
    await call(people.grace, "follow_user", "linus")
    assert await people.linus.execute("delete from threads.follows") == "DELETE 1"


async def test_an_account_that_becomes_private_keeps_its_followers(people: People) -> None:
    await call(people.grace, "follow_user", "linus")
    await people.linus.execute("update threads.users set is_private = true where username = 'linus'")
    assert await flags(people.grace, "linus") == (True, False, False, False)
    assert await counts(people.town, "linus") == (1, 0)


async def test_an_account_that_becomes_public_accepts_who_asked(people: People) -> None:
    for session in (people.grace, people.linus):
        await call(session, "follow_user", "ada")
    await people.ada.execute("update threads.users set is_private = false where username = 'ada'")
    for session in (people.grace, people.linus):
        assert await flags(session, "ada") == (True, False, False, False)
    assert await counts(people.town, "ada") == (2, 0)
    assert await people.ada.fetch("select * from threads.follow_requests") == []


async def test_a_block_ends_what_was_between_the_two(people: People, breaks: Breaks) -> None:
    await call(people.ada, "follow_user", "grace")
    await call(people.ada, "follow_user", "linus")
    await call(people.grace, "follow_user", "ada")
    for _ in range(2):
        assert await people.grace.fetchval("select (threads.block_user('ADA')).blocked_id") == people.ids["ada"]
    assert await counts(people.town, "ada") == (0, 1)
    assert await counts(people.town, "grace") == (0, 0)
    for session, name in ((people.ada, "grace"), (people.grace, "ada")):
        assert await session.fetchrow(FLAGS, name) is None
        with breaks("user_not_found", f'There is no user "{name}".', "username"):
            await call(session, "follow_user", name)
    assert await call(people.grace, "unblock_user", "Ada") == "ada"
    assert await call(people.grace, "unblock_user", "ada") == "ada"
    assert await flags(people.grace, "ada") == (False, False, False, False)
    assert await flags(people.ada, "grace") == (False, False, False, False)
    assert await counts(people.town, "ada") == (0, 1)


async def test_who_blocks_each_other_see_each_other_when_both_have_unblocked(people: People, breaks: Breaks) -> None:
    # Who is blocked cannot block back, as they see nobody; only two blocks at once end like this.
    ada, grace, _ = people.ids.values()
    await people.ada.execute("select threads.block_user('grace')")
    with breaks("user_not_found", 'There is no user "ada".', "username"):
        await people.grace.execute("select threads.block_user('ada')")
    superuser = await people.town.superuser()
    await superuser.execute("insert into threads.blocks (blocker_id, blocked_id) values ($1, $2)", grace, ada)
    assert await call(people.ada, "unblock_user", "grace") is None
    for session, name in ((people.ada, "grace"), (people.grace, "ada")):
        assert await session.fetchrow(FLAGS, name) is None
    with breaks("user_not_found", 'There is no user "grace".', "username"):
        await call(people.ada, "unblock_user", "grace")
    assert await call(people.grace, "unblock_user", "ada") == "ada"
    assert await flags(people.ada, "grace") == (False, False, False, False)
    assert await superuser.fetch("table private.walls") == []


async def test_nobody_blocks_unblocks_or_mutes_for_another(people: People) -> None:
    ada, grace, linus = people.ids.values()
    await people.ada.execute("select threads.block_user('grace'), threads.mute_user('linus')")
    statements = {
        "insert into threads.blocks (blocker_id, blocked_id) values ($1, $2)": (
            "table threads.blocks",
            "delete from threads.blocks",
            "update threads.blocks set created_at = now()",
        ),
        "insert into threads.mutes (muter_id, muted_id) values ($1, $2)": (
            "table threads.mutes",
            "delete from threads.mutes",
            "update threads.mutes set created_at = now()",
        ),
    }
    for insert, (read, delete, update) in statements.items():
        for session in (people.grace, people.linus, people.anonymous):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await session.execute(insert, ada, linus)
            assert await session.fetch(read) == []
        for session in (people.grace, people.linus):
            assert await session.execute(delete) == "DELETE 0"
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
            await people.ada.execute(update)
        # Nor whom they cannot see.
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await people.grace.execute(insert, grace, ada)


async def test_nobody_blocks_or_mutes_themselves(people: People, breaks: Breaks) -> None:
    with breaks("cannot_block_self", "You cannot block yourself.", "username"):
        await people.ada.execute("select threads.block_user('Ada')")
    with breaks("cannot_mute_self", "You cannot mute yourself.", "username"):
        await people.ada.execute("select threads.mute_user('Ada')")
    for table in ("blocks", "mutes"):
        with pytest.raises(asyncpg.CheckViolationError, match=f"{table}_not_oneself"):
            await people.ada.execute(f"insert into threads.{table} select threads.viewer_id(), threads.viewer_id()")


NAMES = """
    select n, d
      from (select row($1::bigint, $2::bigint, now())::threads.blocks as block) as b,
           threads.blocks_username(b.block) as n,
           threads.blocks_display_name(b.block) as d
"""


async def test_the_names_of_the_blocked_are_for_who_blocks_them(people: People) -> None:
    ada, grace, linus = people.ids.values()
    await people.ada.execute("select threads.block_user('grace')")
    own = await people.ada.fetchrow(NAMES, ada, grace)
    assert tuple(own) == ("grace", "grace")
    # Rows that are made up: of another's block, of one's own that there is not, and of being blocked.
    for session, pair in (
        (people.linus, (ada, grace)),
        (people.linus, (linus, grace)),
        (people.ada, (ada, linus)),
        (people.grace, (grace, ada)),
        (people.grace, (ada, grace)),
        (people.anonymous, (ada, grace)),
    ):
        assert [row["n"] for row in await session.fetch(NAMES, *pair)] in ([], [None])
    for name, session in (("grace", people.linus), ("ada", people.grace)):
        assert await session.fetchval("select threads.find_blocked_id($1)", name) is None
    assert await people.ada.fetchval("select threads.find_blocked_id('grace')") == grace


@pytest.mark.parametrize(
    "statement",
    [
        "select * from private.walls",
        "insert into private.walls (user_id, other_id) values (1, 2)",
        "delete from private.walls",
        "select private.blocked_user(2)",
        "select private.find_blocked('grace')",
        "select private.suggest_users()",
        "select private.hold_pair(1, 2, false)",
        "select private.viewer_follows(1)",
    ],
)
async def test_what_is_private_is_called_by_nobody(people: People, statement: str) -> None:
    for session in (people.ada, people.anonymous):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await session.execute(statement)


async def test_the_muted_are_not_told(people: People) -> None:
    muted = "select m from threads.users as u, threads.users_viewer_has_muted(u) as m where u.username = $1"
    await call(people.ada, "follow_user", "linus")
    for _ in range(2):
        assert await call(people.ada, "mute_user", "Linus") == "linus"
        assert await people.ada.fetchval(muted, "linus")
    assert await flags(people.ada, "linus") == (True, False, False, False)
    for session in (people.linus, people.grace, people.anonymous):
        assert not await session.fetchval(muted, "ada")
        assert not await session.fetchval(muted, "linus")
        assert await session.fetch("select * from threads.mutes") == []
    for _ in range(2):
        assert await call(people.ada, "unmute_user", "linus") == "linus"
        assert not await people.ada.fetchval(muted, "linus")


async def test_who_deactivated_their_account_is_a_stranger(people: People, breaks: Breaks) -> None:
    await people.grace.execute("select threads.follow_user('ada'), threads.block_user('linus')")
    await call(people.ada, "approve_follow_request", "grace")
    await people.ada.execute("select threads.create_thread('for those who follow me')")
    of_ada = "select count(*) from threads.threads where author_id = $1"
    ada, grace, linus = people.ids.values()
    assert await people.grace.fetchval(of_ada, ada) == 1
    superuser = await people.town.superuser()
    await superuser.execute("update threads.users set deactivated_at = now() where id = $1", grace)
    assert await people.grace.fetchval(of_ada, ada) == 0
    for table in ("follows", "follow_requests", "blocks", "mutes", "suggestions"):
        assert await people.grace.fetch(f"table threads.{table}") == []
    assert [row["n"] for row in await people.grace.fetch(NAMES, grace, linus)] in ([], [None])
    assert await people.grace.fetchval("select threads.find_blocked_id('linus')") is None
    with breaks("not_logged_in", "You need to log in first."):
        await call(people.grace, "unblock_user", "linus")
    await superuser.execute("update threads.users set deactivated_at = null where id = $1", grace)
    assert await people.grace.fetchval(of_ada, ada) == 1


VERBS = (
    "follow_user",
    "unfollow_user",
    "cancel_follow_request",
    "approve_follow_request",
    "refuse_follow_request",
    "remove_follower",
    "block_user",
    "unblock_user",
    "mute_user",
    "unmute_user",
)


@pytest.mark.parametrize("verb", VERBS)
async def test_every_verb_wants_a_user_and_a_log_in(people: People, breaks: Breaks, verb: str) -> None:
    with breaks("not_logged_in", "You need to log in first."):
        await people.anonymous.execute(f"select threads.{verb}('ada')")
    for name in ("nobody", "", "a" * 1000):
        with breaks("user_not_found", f'There is no user "{name[:30]}".', "username"):
            await people.ada.execute(f"select threads.{verb}('{name}')")
    with breaks("user_not_found", "There is no user", "username"):
        await people.ada.execute(f"select threads.{verb}(null)")
