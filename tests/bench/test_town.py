"""The big town in small: what its scripts make is what the triggers would have made."""

from __future__ import annotations

import asyncpg
import pytest

from bench import BenchError, town
from tests.scripts import SCRIPTS
from tests.threads.conftest import CreateDatabase
from tests.threads.test_counters import WRONG_COUNTS

_WRONG = {
    "ranks": """
        select t.id
          from threads.threads as t
         where t.heat <> private.heat_of(t.like_count, t.reply_count, t.repost_count, t.quote_count)
            or t.ranked_at <> t.created_at + interval '6 hours' * t.heat
    """,
    "media": """
        select t.id
          from threads.threads as t
         where t.has_media <> exists (select from threads.media as m where m.thread_id = t.id)
    """,
    "conversations": """
        select t.id
          from threads.threads as t
          join threads.threads as p on p.id = t.parent_id
         where t.root_id is distinct from coalesce(p.root_id, p.id)
            or t.created_at <= p.created_at
    """,
    "mentions and hashtags": """
        select e.thread_id
          from threads.text_entities as e
          join threads.threads as t on t.id = e.thread_id
          left join threads.users as u on u.id = e.user_id
         where substr(t.body, e.start + 1, e.length) <> coalesce('@' || u.username, '#' || e.hashtag)
    """,
    "accounts": """
        select u.id
          from threads.users as u
         where not exists (select from threads.accounts as a where a.user_id = u.id)
    """,
    "reposts of private accounts": """
        select r.thread_id
          from threads.reposts as r
          join threads.threads as t on t.id = r.thread_id
          join threads.users as u on u.id = t.author_id
         where u.is_private
    """,
}


async def test_a_small_one(create_database: CreateDatabase) -> None:
    url = await create_database(*SCRIPTS)
    told: list[tuple[str, float]] = []
    await town.build(url, 2_000, lambda what, done: told.append((what, done)))
    assert {what for what, done in told if done == 1} == {what for what, _ in told}
    admin = await asyncpg.connect(url)
    try:
        numbers = await admin.fetchrow(
            """select (select count(*) from threads.threads), (select count(*) from threads.users),
                      (select count(*) from threads.likes) > 2000, (select count(*) from threads.follows) > 1000,
                      (select count(*) from threads.notifications) > 500,
                      (select count(*) from threads.mentions) > 100"""
        )
        assert tuple(numbers) == (2_000, 100, True, True, True, True)
        assert await admin.fetch(WRONG_COUNTS) == []
        for what, sql in _WRONG.items():
            assert await admin.fetch(sql) == [], what
        again = "insert into threads.threads (author_id, body) select 1, 'the next' returning id"
        assert await admin.fetchval(again) == 2_001
    finally:
        await admin.close()
    with pytest.raises(BenchError, match="empty"):
        await town.build(url, 2_000, lambda _what, _done: None)
