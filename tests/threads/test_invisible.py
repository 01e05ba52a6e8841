"""Whom you do not see is as if they were not there: every answer is the one that is given once they really are not.

Everything in probes.py is asked three times: while all are seen; after two are blocked (one blocks the viewer, the
viewer blocks the other), one is deactivated and one private; and after their rows are deleted past all rules. The
second and the third have to be the same to the letter, and the first another, else the question would be none.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.api import Api, opened
from tests.scripts import SCRIPTS

from .conftest import Connection, CreateDatabase, Town
from .probes import AROUND, BLOCKS, CONTENT, ON_PERSON, ON_THREAD, OWN, PLACES, PROFILE, TYPES, WRITTEN

Answers = dict[tuple[str, str | None], str]
"""By probe and by whom it is about, if anybody."""

HIDDEN = ("mallory", "bella", "dora")
"""Blocks the viewer; is blocked by the viewer; is deactivated."""
PRIVATE = "petra"
OPEN = "oscar"
EVERYBODY = ("ada", "grace", *HIDDEN, PRIVATE, OPEN)

MEMBER = {**PROFILE, **CONTENT, **PLACES}
LISTS = {**AROUND, **OWN}
MUTED = {(label, about) for label in ("by a search", "by a search for the best") for about in ("bella", "dora")}
"""These would find whom the viewer does not mute."""
OWN_BLOCK = {(label, "bella") for label in BLOCKS}
"""Who blocks somebody knows that they do."""
VERBS = {**ON_PERSON, **ON_THREAD, **WRITTEN, **BLOCKS}


async def live(session: Connection, name: str, hello: int) -> dict[str, Any]:
    """Has somebody write, reply, quote, like, follow and so on, and others react; what the probes ask about."""
    ids = {row["username"]: row["id"] for row in await session.fetch("select id, username from threads.users")}
    me, ada, grace = ids[name], ids["ada"], ids["grace"]

    async def write(author: int, body: str, parent: int | None = None, quoted: int | None = None) -> Any:
        return await session.fetchval(
            "insert into threads.threads (author_id, body, parent_id, quoted_id) values ($1, $2, $3, $4) returning id",
            author,
            body,
            parent,
            quoted,
        )

    thread = await write(me, f"{name} writes of #town and #only_{name}")
    found: dict[str, Any] = {
        "name": name,
        "tag": f"only_{name}",
        "mention": f"hello @{name}",
        "id": str(me),
        "thread": str(thread),
        "reply": str(await write(me, f"{name} replies", parent=hello)),
        "quote": str(await write(me, f"{name} quotes", quoted=hello)),
        "answer": str(await write(grace, "an answer", parent=thread)),
        "named": str(await write(grace, f"a word of @{name}")),
    }
    picture = "insert into threads.media (thread_id, position, url) values ($1, 1, $2)"
    await session.execute(picture, thread, f"https://pictures.example/{name}")
    edit = "insert into threads.thread_edits (thread_id, body) values ($1, $2)"
    await session.execute(edit, thread, f"{name} wrote of #village")
    await session.execute("update threads.users set pinned_thread_id = $2 where id = $1", me, thread)
    likes = [(hello, me), (thread, grace), (int(found["reply"]), grace)]
    await session.executemany("insert into threads.likes (thread_id, user_id) values ($1, $2)", likes)
    await session.executemany("insert into threads.reposts (thread_id, user_id) values ($1, $2)", likes)
    # What is between the two of them, a private account does not hide.
    between = [] if name == PRIVATE else [(ada, me), (me, ada)]
    follows = [(me, grace), (grace, me), *between]
    await session.executemany("insert into threads.follows (follower_id, followee_id) values ($1, $2)", follows)
    # Of whom the viewer mutes, nothing is in feeds anyway.
    muted = [] if name == "mallory" else between[:1]
    await session.executemany("insert into threads.mutes (muter_id, muted_id) values ($1, $2)", muted)
    await session.execute("insert into threads.mentions (thread_id, user_id) values ($1, $2)", thread, ada)
    await session.execute("set session_replication_role = replica")  # a public account is not asked
    request = "insert into threads.follow_requests (requester_id, target_id) values ($1, $2)"
    await session.executemany(request, between[1:])
    await session.execute("set session_replication_role = default")
    return found


@dataclass
class Scene:
    """A gateway on a small town, what is known of its people, and what was answered at each time."""

    api: Api
    viewer: int
    hello: int
    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    seen: Answers = field(default_factory=dict)
    hidden: Answers = field(default_factory=dict)
    gone: Answers = field(default_factory=dict)
    rows: dict[str, tuple[set[str], set[str]]] = field(default_factory=dict)
    """Where the ids of the hidden are, and where the viewer finds them in SQL."""

    async def ask(self, probe: str, about: str | None = None, anonymous: bool = False, verb: bool = False) -> str:
        """The whole answer to one probe, errors included."""
        values: Mapping[str, Any] = {"hello": str(self.hello), **self.known.get(about or "", {})}
        used = sorted(set(re.findall(r"\$(\w+)", probe)))
        head = f"({', '.join(f'${name}: {TYPES[name]}' for name in used)})" if used else ""
        query = f"{'mutation' if verb else 'query'}{head} {{ {probe} }}"
        role = "threads_anonymous" if anonymous else "threads_member"
        claims = {} if anonymous else {"sub": str(self.viewer)}
        variables = {name: values[name] for name in used}
        return (await self.api.reply(query, variables, role=role, claims=claims)).text

    async def ask_all(self) -> Answers:
        """As the viewer, of all who are hidden and of lists."""
        answers: Answers = {}
        for label, probe in MEMBER.items():
            for about in HIDDEN:
                answers[label, about] = await self.ask(probe, about)
        for label, probe in CONTENT.items():
            answers[label, PRIVATE] = await self.ask(probe, PRIVATE)
        for label, probe in LISTS.items():
            answers[label, None] = await self.ask(probe)
        for label, probe in AROUND.items():
            answers[f"anonymous: {label}", None] = await self.ask(probe, anonymous=True)
        for label, probe in {**PROFILE, **CONTENT}.items():
            answers[f"anonymous: {label}", "dora"] = await self.ask(probe, "dora", anonymous=True)
        for label, probe in CONTENT.items():
            answers[f"anonymous: {label}", PRIVATE] = await self.ask(probe, PRIVATE, anonymous=True)
        return answers

    async def do_all(self) -> Answers:
        """The verbs, which change nothing where they find nobody."""
        answers: Answers = {}
        for label, probe in VERBS.items():
            for about in HIDDEN:
                if (label, about) not in OWN_BLOCK:
                    answers[label, about] = await self.ask(probe, about, verb=True)
        for label, probe in ON_THREAD.items():
            answers[label, PRIVATE] = await self.ask(probe, PRIVATE, verb=True)
        return answers


COLUMNS = """
    select distinct format('%s.%s', c.conrelid::regclass, a.attname) as name,
           format('select exists (select from %s where %I = $1)', c.conrelid::regclass, a.attname) as query
      from pg_constraint as c
      join pg_attribute as a on a.attrelid = c.conrelid and a.attnum = any (c.conkey)
     where c.contype = 'f'
       and c.confrelid = 'threads.users'::regclass
       and c.connamespace = 'threads'::regnamespace
       and has_column_privilege('threads_member', c.conrelid, a.attnum, 'select')
"""
"""Where members could find the id of a user."""


async def rows_about(session: Connection, columns: list[Any], user_id: int) -> set[str]:
    """The columns in which a session finds the id of a user."""
    return {name for name, query in columns if await session.fetchval(query, user_id)}


NOT_WRITTEN = "delete from threads.threads where body like 'hello @%'"
"""Takes back what was written all the same."""

DELETE = """
    do $$
    declare
      fk record;
    begin
      set local session_replication_role = replica;

      for fk in
        select c.conrelid::regclass as relation, c.confrelid::regclass as target, a.attname as name
          from pg_constraint as c
          join pg_attribute as a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
         where c.contype = 'f'
           and c.confrelid in ('threads.users'::regclass, 'threads.threads'::regclass)
           and c.conrelid <> 'threads.users'::regclass
           and (c.conrelid, c.confrelid) <> ('threads.threads'::regclass, 'threads.threads'::regclass)
         order by c.confrelid = 'threads.threads'::regclass
      loop
        if fk.target = 'threads.users'::regclass then
          execute format('delete from %s where %I = any ($1)', fk.relation, fk.name)
            using current_setting('my.ids')::bigint[];
        else
          execute format(
            'delete from %s as x where not exists (select from threads.threads as t where t.id = coalesce(x.%I, t.id))',
            fk.relation, fk.name
          );
        end if;
      end loop;
      set local session_replication_role = default;
    end
    $$
"""
"""All that refers to the users in my.ids, and then what refers to threads of theirs, but for threads, which keep the
ids of what they reply to and quote."""


def node_id(type_: str, key: str) -> str:
    return base64.b64encode(json.dumps([type_, key]).encode()).decode()


@pytest.fixture(scope="module")
async def scene(create_database: CreateDatabase) -> AsyncIterator[Scene]:
    url = await create_database(*SCRIPTS)
    town = Town(url)
    ids = {name: await town.sign_up(name) for name in EVERYBODY}
    superuser, ada, mallory = await town.superuser(), await town.member(ids["ada"]), await town.member(ids["mallory"])
    hello = await superuser.fetchval(
        "insert into threads.threads (author_id, body) values ($1, 'hello') returning id", ids["ada"]
    )
    known = {name: await live(superuser, name, hello) for name in (*HIDDEN, PRIVATE, OPEN)}
    settings: dict[str, Any] = {
        "schemas": ("threads",),
        "anonymous_role": "threads_anonymous",
        "authenticated_role": "threads_member",
        "jwt_secret": "a secret of the tests that is long enough",
    }
    gateway = url.replace("postgres@", "threads_gateway@")
    async with opened(gateway, **settings) as api:
        scene = Scene(api, ids["ada"], hello, {**known, "never": {"name": "never"}})
        for name, values in known.items():
            values["node"], values["threadNode"] = node_id("User", values["id"]), node_id("Thread", values["thread"])
            for cursor, query in {
                "cursor": "users(filter: { username: { eq: $name } }) { edges { cursor } }",
                "threadCursor": "threads(filter: { id: { eq: $thread } }) { edges { cursor } }",
            }.items():
                answer = json.loads(await scene.ask(query, name))
                values[cursor] = next(iter(answer["data"].values()))["edges"][0]["cursor"]
        scene.seen = await scene.ask_all()

        await mallory.execute("select threads.block_user('ada')")
        await ada.execute("select threads.block_user('bella')")
        await superuser.execute("update threads.users set deactivated_at = now() where username = 'dora'")
        await superuser.execute("update threads.users set is_private = true where username = 'petra'")
        scene.hidden = {**await scene.ask_all(), **await scene.do_all()}
        await superuser.execute(NOT_WRITTEN)

        columns = await superuser.fetch(COLUMNS)
        for name in HIDDEN:
            scene.rows[name] = (
                await rows_about(superuser, columns, ids[name]),
                await rows_about(ada, columns, ids[name]),
            )

        # Who is not logged in sees the two whom only a block hides: so these go later.
        for names in (("dora", PRIVATE), ("mallory", "bella")):
            going = "{" + ",".join(str(ids[name]) for name in names) + "}"
            await superuser.execute("select set_config('my.ids', $1, false)", going)
            await superuser.execute(DELETE)
            await superuser.execute("set session_replication_role = replica")
            await superuser.execute("delete from threads.users where username = any ($1)", [*{*names} & {*HIDDEN}])
            await superuser.execute("set session_replication_role = default")
            answers = {**await scene.ask_all(), **await scene.do_all()}
            await superuser.execute(NOT_WRITTEN)
            scene.gone |= {key: text for key, text in answers.items() if key[0].startswith("anon") == ("dora" in names)}
        yield scene
    await town.close()


ABOUT = [(label, about) for label in {**MEMBER, **VERBS} for about in HIDDEN if (label, about) not in OWN_BLOCK]
ABOUT += [(label, PRIVATE) for label in {**CONTENT, **ON_THREAD}]
ABOUT += [(f"anonymous: {label}", "dora") for label in {**PROFILE, **CONTENT}]
ABOUT += [(f"anonymous: {label}", PRIVATE) for label in CONTENT]
LISTED = [*LISTS, *(f"anonymous: {label}" for label in AROUND)]


@pytest.mark.parametrize(("label", "about"), ABOUT)
def test_whoever_is_hidden_is_as_if_they_were_not_there(scene: Scene, label: str, about: str) -> None:
    assert scene.hidden[label, about] == scene.gone[label, about]


@pytest.mark.parametrize("label", LISTED)
def test_nobody_who_is_hidden_is_in_a_list_or_a_count(scene: Scene, label: str) -> None:
    assert scene.hidden[label, None] == scene.gone[label, None]


OWN_ROWS = {
    "mallory": set(),
    "bella": {"threads.mutes.muted_id", "threads.blocks.blocked_id"},
    "dora": {"threads.mutes.muted_id", "threads.follows.follower_id", "threads.follows.followee_id"},
}
"""What the viewer did, and who followed them before they deactivated their account."""


@pytest.mark.parametrize("name", HIDDEN)
def test_no_row_that_tells_of_who_is_hidden_is_seen_in_sql(scene: Scene, name: str) -> None:
    there, found = scene.rows[name]
    assert there >= {"threads.threads.author_id", "threads.likes.user_id", "threads.reposts.user_id"}
    assert found == OWN_ROWS[name]


def test_each_of_the_questions_finds_who_is_seen(scene: Scene) -> None:
    asked = [key for key in scene.seen if key[0] not in PLACES and key not in MUTED]
    assert [key for key in asked if scene.seen[key] == scene.hidden[key]] == []
    assert [key for key in asked if '"errors"' in scene.seen[key]] == []


@pytest.mark.parametrize("label", VERBS)
async def test_each_of_the_verbs_works_on_who_is_seen(scene: Scene, label: str) -> None:
    answer = await scene.ask(VERBS[label], OPEN, verb=True)
    assert '"errors"' not in answer
    assert label not in WRITTEN or OPEN in answer


@pytest.mark.parametrize("about", HIDDEN)
@pytest.mark.parametrize("label", ON_PERSON)
async def test_who_is_hidden_is_refused_in_the_words_for_who_never_was(scene: Scene, label: str, about: str) -> None:
    never = await scene.ask(ON_PERSON[label], "never", verb=True)
    assert "USER_NOT_FOUND" in never
    assert scene.hidden[label, about].replace(about, "never") == never
