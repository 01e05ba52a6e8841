"""The sample data: a town to look at, the same on every run, and as it would be had people done it one by one."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from tests.scripts import DB, SCRIPTS, SEED

from .conftest import Connection, Town

SECONDS = 15
"""Of a processor, for what takes two to three of one that nobody shares."""
FINGERPRINT = """
    select md5(string_agg(digest, '|' order by name))
      from (
             select 'users', string_agg(md5(u::text), '' order by u.id) from threads.users as u
              union all
             select 'threads', string_agg(md5(t::text), '' order by t.id) from threads.threads as t
              union all
             select 'follows', string_agg(md5(f::text), '' order by f.follower_id, f.followee_id)
               from threads.follows as f
              union all
             select 'likes', string_agg(md5(l::text), '' order by l.thread_id, l.user_id) from threads.likes as l
              union all
             select 'entities', string_agg(md5(e::text), '' order by e.thread_id, e.start)
               from threads.text_entities as e
              union all
             select 'media', string_agg(md5(m::text), '' order by m.thread_id, m.position) from threads.media as m
              union all
             select 'votes', string_agg(md5(v::text), '' order by v.thread_id, v.user_id) from threads.poll_votes as v
              union all
             select 'notifications', string_agg(md5(n::text), '' order by n.id) from threads.notifications as n
              union all
             select 'actors', string_agg(md5(a::text), '' order by a.notification_id, a.created_at, a.actor_id)
               from threads.notification_actors as a
              union all
             select 'cases', string_agg(md5(c::text), '' order by c.id) from threads.report_cases as c
           ) as parts (name, digest)
"""


async def rows(session: Connection, statement: str) -> list[tuple[object, ...]]:
    return sorted(map(tuple, await session.fetch(statement)), key=repr)


async def test_the_town_is_believable(seeded_town: Town) -> None:
    superuser = await seeded_town.superuser()
    assert await superuser.fetchval("select count(*) from threads.users") == 200
    threads = await superuser.fetchrow("""
        select count(*),
               count(*) filter (where parent_id is not null) as replies,
               count(*) filter (where quoted_id is not null) as quotes,
               count(*) filter (where deleted_at is not null) as places,
               count(*) filter (where edited_at is not null) as edited,
               count(*) filter (where reply_control <> 'everyone') as controlled,
               max(created_at) - min(created_at) between '360 days' and '366 days' as a_year,
               count(distinct body) filter (where parent_id is null and quoted_id is null and deleted_at is null)
                 = count(*) filter (where parent_id is null and quoted_id is null and deleted_at is null) as unlike
          from threads.threads
    """)
    assert (threads["count"], threads["a_year"], threads["unlike"]) == (5_000, True, True)
    assert 2_000 < threads["replies"] < 2_700
    assert all(threads[kind] > 15 for kind in ("quotes", "places", "edited", "controlled"))
    assert (
        await superuser.fetch("""
          select c.name, c.number
            from (values
                 ('likes', (select count(*) from threads.likes), 15000),
                 ('follows', (select count(*) from threads.follows), 3000),
                 ('reposts', (select count(*) from threads.reposts), 1000),
                 ('bookmarks', (select count(*) from threads.bookmarks), 300),
                 ('mentions', (select count(*) from threads.mentions), 200),
                 ('thread_hashtags', (select count(*) from threads.thread_hashtags), 500),
                 ('media', (select count(*) from threads.media), 500),
                 ('polls', (select count(*) from threads.polls), 30),
                 ('poll_votes', (select count(*) from threads.poll_votes), 1000),
                 ('follow_requests', (select count(*) from threads.follow_requests), 10),
                 ('notifications', (select count(*) from threads.notifications), 3000),
                 ('thread_edits', (select count(*) from threads.thread_edits), 15),
                 ('drafts', (select count(*) from threads.drafts), 3),
                 ('blocks', (select count(*) from threads.blocks), 4),
                 ('mutes', (select count(*) from threads.mutes), 5),
                 ('muted_words', (select count(*) from threads.muted_words), 3),
                 ('reports', (select count(*) from threads.reports), 10)
                 ) as c (name, number, least)
           where c.number < c.least
        """)
        == []
    )
    assert await superuser.fetchval("select count(*) from threads.users where pinned_thread_id is not null") > 5
    assert await superuser.fetchval("select count(*) from threads.threads where hidden_at is not null") == 1
    assert await superuser.fetchval("select count(*) from threads.suspensions where lifted_at is null") == 1
    assert await superuser.fetchval("select count(*) from threads.report_cases where closed_at is null") >= 4


async def test_time_runs_forward(seeded_town: Town) -> None:
    superuser = await seeded_town.superuser()
    late = await superuser.fetch("""
        select 'thread', r.id
          from threads.threads as r
          left join threads.threads as t on t.id in (r.parent_id, r.quoted_id)
          left join threads.users as u on u.id = r.author_id
         where r.created_at < t.created_at or r.created_at < u.created_at or r.created_at > now()
            or r.edited_at > now() or r.deleted_at < r.created_at or r.deleted_at > now()
         union all
        select 'place', p.id
          from threads.threads as p
          join threads.threads as t on p.id in (t.parent_id, t.quoted_id)
         where p.deleted_at < t.created_at
         union all
        select x.what, x.thread_id
          from (
                 select 'like', thread_id, user_id, created_at from threads.likes
                  union all
                 select 'repost', thread_id, user_id, created_at from threads.reposts
                  union all
                 select 'bookmark', thread_id, user_id, created_at from threads.bookmarks
                  union all
                 select 'vote', thread_id, user_id, created_at from threads.poll_votes
               ) as x (what, thread_id, user_id, created_at)
          join threads.threads as t on t.id = x.thread_id
          join threads.users as u on u.id = x.user_id
         where x.created_at < t.created_at or x.created_at < u.created_at or x.created_at > now()
         union all
        select 'follow', f.follower_id
          from threads.follows as f
          join threads.users as u on u.id in (f.follower_id, f.followee_id)
         where f.created_at < u.created_at or f.created_at > now()
         union all
        select 'notification', n.id
          from threads.notifications as n
         where n.read_at < n.latest_at or n.latest_at < n.created_at or n.read_at > now()
         union all
        select 'poll', p.thread_id
          from threads.polls as p
          join threads.threads as t on t.id = p.thread_id
         where p.ends_at not between t.created_at + interval '5 minutes' and t.created_at + interval '7 days'
    """)
    assert late == []


async def test_nobody_did_what_they_may_not(seeded_town: Town) -> None:
    superuser = await seeded_town.superuser()
    wrong = await superuser.fetch("""
        with acts as (
          select 'like' as what, l.user_id, t.author_id
            from threads.likes as l join threads.threads as t on t.id = l.thread_id
           union all
          select 'repost', r.user_id, t.author_id
            from threads.reposts as r join threads.threads as t on t.id = r.thread_id
           union all
          select 'vote', v.user_id, t.author_id
            from threads.poll_votes as v join threads.threads as t on t.id = v.thread_id
           union all
          select 'reply', r.author_id, t.author_id
            from threads.threads as r join threads.threads as t on t.id = r.parent_id
           union all
          select 'quote', q.author_id, t.author_id
            from threads.threads as q join threads.threads as t on t.id = q.quoted_id
        )
        select a.what, a.user_id, a.author_id
          from acts as a
          join threads.users as u on u.id = a.author_id
         where a.user_id <> a.author_id
           and (
                 exists (select from private.walls as w where w.user_id = a.user_id and w.other_id = a.author_id)
                 or u.is_private
                    and not exists (
                          select from threads.follows as f
                           where f.follower_id = a.user_id and f.followee_id = a.author_id
                        )
               )
         union all
        select 'conversation', r.id, null
          from threads.threads as r
          left join threads.threads as p on p.id = r.parent_id
          left join threads.threads as c on c.id = r.root_id
         where r.root_id is distinct from coalesce(p.root_id, p.id)
            or r.parent_id is not null and c.reply_control <> 'everyone'
         union all
        select 'wall', b.blocker_id, b.blocked_id
          from threads.blocks as b
         where not exists (select from private.walls as w where (w.user_id, w.other_id) = (b.blocker_id, b.blocked_id))
            or not exists (select from private.walls as w where (w.other_id, w.user_id) = (b.blocker_id, b.blocked_id))
            or exists (
                 select from threads.follows as f
                  where (f.follower_id, f.followee_id) in ((b.blocker_id, b.blocked_id), (b.blocked_id, b.blocker_id))
               )
    """)
    assert wrong == []


AGAIN = {
    "text": (
        """
        create trigger again after update on threads.threads for each row
        when (new.author_id is not null) execute function private.index_text();
        delete from threads.hashtags;
        delete from threads.mentions;
        """,
        "update threads.threads set has_media = has_media",
        """
        select e.thread_id, e.start, e.length, e.kind::text, e.user_id, e.hashtag, e.url from threads.text_entities as e
         union all
        select m.thread_id, null, null, 'mentioned', m.user_id, null, null from threads.mentions as m
         union all
        select h.thread_id, null, null, h.created_at::text, null, h.hashtag, null from threads.thread_hashtags as h
         union all
        select null, null, null, 'tag', null, h.name, null from threads.hashtags as h
        """,
    ),
    "rank": (
        "create temporary table ranks as select id, heat, ranked_at, has_media from threads.threads",
        """
        update threads.threads set like_count = like_count;
        update threads.threads as t
           set has_media = exists (select from threads.media as m where m.thread_id = t.id);
        """,
        "select id, heat, ranked_at, has_media from threads.threads",
    ),
    "notifications": (
        """
        delete from threads.notifications;
        update threads.notifications set read_at = null;
        """,
        """
        select count(private.notify(t.author_id, 'like', t.id, l.user_id))
          from threads.likes as l
          join threads.threads as t on t.id = l.thread_id;
        select count(private.notify(t.author_id, 'repost', t.id, r.user_id))
          from threads.reposts as r
          join threads.threads as t on t.id = r.thread_id;
        select count(private.notify(p.author_id, 'reply', t.id, t.author_id))
          from threads.threads as t
          join threads.threads as p on p.id = t.parent_id
         where t.deleted_at is null;
        select count(private.notify(q.author_id, 'quote', t.id, t.author_id))
          from threads.threads as t
          join threads.threads as q on q.id = t.quoted_id;
        select count(private.notify(m.user_id, 'mention', t.id, t.author_id))
          from threads.mentions as m
          join threads.threads as t on t.id = m.thread_id;
        select count(
                 case when u.is_private then private.notify(f.follower_id, 'request_accepted', null, f.followee_id)
                   else private.notify(f.followee_id, 'follow', null, f.follower_id)
                 end
               )
          from threads.follows as f
          join threads.users as u on u.id = f.followee_id;
        select count(private.notify(r.target_id, 'follow_request', null, r.requester_id))
          from threads.follow_requests as r;
        """,
        "select a.user_id, a.kind::text, a.thread_id, a.actor_id from threads.notification_actors as a",
    ),
    "polls": (
        "create temporary table votes as table threads.poll_votes",
        """
        delete from threads.poll_votes;
        delete from private.poll_counts;
        insert into threads.poll_votes table votes;
        """,
        "select thread_id, option, slot, votes from private.poll_counts",
    ),
}


@pytest.mark.parametrize("part", AGAIN)
async def test_it_is_what_triggers_would_have_made(seeded_town: Town, part: str) -> None:
    prepare, again, derived = AGAIN[part]
    superuser = await seeded_town.superuser()
    before = await rows(superuser, derived)
    await superuser.execute("begin")
    await superuser.execute(prepare)
    await superuser.execute(again)
    after = await rows(superuser, derived)
    await superuser.execute("rollback")
    assert len(before) > 50
    assert before == after


async def test_no_trigger_is_left_off(seeded_town: Town) -> None:
    superuser = await seeded_town.superuser()
    assert await superuser.fetch("select tgname from pg_trigger where tgenabled = 'D'") == []
    assert await superuser.fetchval("select count(*) from pg_class where relname like 'town%'") == 0


async def test_ada_has_something_to_read(seeded_town: Town) -> None:
    ada = await seeded_town.member(1)
    assert await ada.fetchval("select v.username from threads.viewer() as v") == "ada"
    assert await ada.fetchval("select count(*) from (select from threads.home_feed() limit 30) as f") == 30
    assert await ada.fetchval("select count(*) from (select from threads.notifications limit 30) as n") == 30
    unread = "select c from threads.viewer() as v, threads.users_unread_notification_count(v) as c"
    assert 3 <= await ada.fetchval(unread) <= 100
    assert await ada.fetchval("select count(*) from threads.users where username = 'prize.office'") == 0
    assert await ada.fetchval("select count(*) from threads.bookmarks") > 5
    assert await ada.fetchval("select count(*) from threads.drafts") == 2


async def test_zofia_moderates_and_the_false_prizes_are_stopped(seeded_town: Town) -> None:
    zofia = await seeded_town.role("threads_moderator")
    await zofia.execute(
        """select set_config('request.jwt.claims', '{"sub": "28", "role": "threads_moderator"}', false)"""
    )
    queue = await zofia.fetch("select user_id from threads.report_queue()")
    assert len(queue) == 4
    prizes = await seeded_town.member(199)
    with pytest.raises(asyncpg.RaiseError, match=r"Your account is suspended until .*: Advertising false prizes"):
        await prizes.execute("select threads.create_thread('You may already have won')")


async def loaded(create_database: Callable[..., Awaitable[str]], present: str) -> tuple[Town, float]:
    """A town that is loaded at a time, and how many seconds Postgres worked for it, whatever else the machine does."""
    town = Town(await create_database(*SCRIPTS))
    superuser = await town.superuser()
    status = Path(f"/proc/{await superuser.fetchval('select pg_backend_pid()')}/stat")

    def worked() -> float:
        if not status.exists():  # only Linux tells; elsewhere it is all the time that passes
            return time.monotonic()
        fields = status.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    await superuser.execute(f"set seed.now = '{present}'")
    await superuser.execute("set timezone = 'America/New_York'")
    before = worked()
    await superuser.execute(SEED)
    return town, worked() - before


async def test_it_is_the_same_on_every_run_and_loads_in_seconds(
    seeded_town: Town, create_database: Callable[..., Awaitable[str]]
) -> None:
    superuser = await seeded_town.superuser()
    present = await superuser.fetchval("select max(created_at) + interval '1 minute' from threads.threads")
    again, seconds = await loaded(create_database, present.isoformat())
    fingerprints = [await (await town.superuser()).fetchval(FINGERPRINT) for town in (seeded_town, again)]
    await again.close()
    assert fingerprints[0] == fingerprints[1]
    assert seconds < SECONDS


async def test_everybody_gets_a_password_as_the_seed_says(seeded_town: Town) -> None:
    superuser = await seeded_town.superuser()
    [statement] = [line.lstrip("- ").rstrip(";") for line in (DB / "seed.sql").read_text().splitlines() if "$1" in line]
    await superuser.execute("begin")
    await superuser.execute(statement, "a hash")
    await superuser.execute("set local role threads_auth")
    assert await superuser.fetchval("select password_hash from private.find_credentials('grace')") == "a hash"
    await superuser.execute("rollback")
