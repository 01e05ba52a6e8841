"""Somebody of whom there is something in every table, for what happens to all that is theirs."""

from __future__ import annotations

from dataclasses import dataclass

from .conftest import Connection, Town

CANARY = "canary"
"""In all that they wrote, and in nothing that others wrote."""
EMAIL = f"{CANARY}@{CANARY}.example"
FILLED = tuple(
    """
    accounts blocks bookmarks drafts follow_requests follows likes media mentions muted_words mutes notification_actors
    notification_preferences notifications poll_votes polls reports reposts sessions suspensions text_entities
    thread_edits thread_hashtags threads users
    """.split()
)
"""The tables of the schema threads in which there is something of theirs."""


@dataclass
class Life:
    """Who they are, and their session; who answered them; and some of their threads."""

    id: int
    session: Connection
    friend_id: int
    friend: Connection
    lonely: int
    """A thread that nobody answered."""
    answered: int
    answer: int
    quoted: int
    quote: int


async def write(session: Connection, body: str, quoted_id: int | None = None) -> int:
    statement = "select t.id from threads.create_thread($1, quoted_id => $2) as t"
    thread_id = await session.fetchval(statement, body, quoted_id)
    assert isinstance(thread_id, int)
    return thread_id


async def reply(session: Connection, thread_id: int, body: str) -> int:
    reply_id = await session.fetchval("select t.id from threads.reply_to_thread($1, $2) as t", thread_id, body)
    assert isinstance(reply_id, int)
    return reply_id


async def ask(session: Connection, body: str, first: str) -> int:
    """A thread with a poll."""
    async with session.transaction():
        thread_id = await write(session, body)
        await session.execute(
            "select threads.add_poll($1, row(array[$2, 'another'], 60)::threads.new_poll)", thread_id, first
        )
    return thread_id


async def live(town: Town) -> Life:
    """Has somebody do everything that can be done, and others answer."""
    superuser, auth = await town.superuser(), await town.role("threads_auth")
    canary = await auth.fetchval(
        "select user_id from private.create_account($1, 'Canary Bird', 'a hash', $2)", CANARY, EMAIL
    )
    session = await town.member(canary)
    await auth.execute(
        "select private.open_session($1, sha256('token'), interval '1 hour', 'Canary 1.0', '192.0.2.1')", canary
    )
    grace = await town.sign_up("grace")
    friend = await town.member(grace)
    for name in ("linus", "paula", "mallory", "bella", "rita"):
        await town.sign_up(name)
    await session.execute("""
        select threads.update_profile(
          bio => 'a canary', link => 'https://canary.example', avatar_url => 'https://canary.example/a.png'
        )
    """)
    await superuser.execute("update threads.users set is_private = true where username in ('paula', 'canary')")
    hello = await write(friend, "hello")
    media = "array[row('https://canary.example/1.png', 'a canary', 'image', 10, 10)::threads.media_item]"
    lonely = await write(session, "canary, alone #canarytag @grace https://canary.example")
    await session.execute(f"select threads.edit_thread($1, 'canary, once more #canarytag @grace', {media})", lonely)
    await session.execute("select threads.pin_thread($1)", lonely)
    await ask(session, "which canary?", "canary")
    await reply(session, hello, "a canary replies")
    await write(session, "a canary quotes", quoted_id=hello)
    for verb in ("like", "repost", "bookmark"):
        await session.execute(f"select threads.{verb}_thread($1)", hello)
    poll = await ask(friend, "tea or coffee?", "tea")
    await session.execute("select threads.vote_in_poll($1, 1)", poll)
    await session.execute("insert into threads.drafts (body) values ('a canary to be')")
    for verb, name in (("follow", "grace"), ("follow", "paula"), ("block", "bella"), ("mute", "mallory")):
        await session.execute(f"select threads.{verb}_user($1)", name)
    await session.execute("select threads.mute_word('canaryword')")
    await session.execute("select threads.report_user('linus', 'spam', 'says a canary')")
    await session.execute("select threads.update_notification_preferences(likes => 'nobody')")
    await session.execute("select threads.change_username('canary_2')")
    await session.execute("select threads.change_username($1)", CANARY)
    await friend.execute("select threads.follow_user($1)", CANARY)
    await session.execute("select threads.approve_follow_request('grace')")
    await (await town.member(await superuser.fetchval("select id from threads.users where username = 'rita'"))).execute(
        "select threads.follow_user($1)", CANARY
    )
    answered = await write(session, "who answers a canary, @grace?")
    answer = await reply(friend, answered, "I do")
    quoted = await write(session, "who quotes a canary?")
    # Only what is public can be quoted, as this was.
    quote = await superuser.fetchval(
        "insert into threads.threads (author_id, body, quoted_id) values ($1, 'this', $2) returning id", grace, quoted
    )
    await friend.execute("select threads.report_thread($1, 'spam', '')", quoted)
    for thread in (lonely, answered, quoted):
        await friend.execute("select threads.like_thread($1)", thread)
    await superuser.execute(
        "insert into threads.suspensions (user_id, reason, lifted_at) values ($1, 'A test.', now())", canary
    )
    await superuser.execute("insert into private.moderators (user_id) values ($1)", canary)
    return Life(canary, session, grace, friend, lonely, answered, answer, quoted, quote)
