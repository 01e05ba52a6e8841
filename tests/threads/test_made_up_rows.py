"""Functions that anybody may call in psql, with rows that they make up: these tell nothing of what is not seen."""

from __future__ import annotations

import json
import re
from typing import Any

import asyncpg
import pytest

from .conftest import Connection, Town
from .test_hidden_or_missing import _HIDDEN, _HIDDEN_THREADS, come

# Each function that members and moderators may call, with its arguments' names, types and, of rows, columns.
_FUNCTIONS = """
    select
      p.oid::regproc::text as name,
      array(
        select json_build_object('name', p.proargnames[a.place], 'type', a.type::regtype::text, 'columns', (
                 select json_agg(json_build_object('name', c.attname, 'type', c.atttypid::regtype::text))
                   from pg_attribute as c
                  where c.attrelid = t.typrelid
                    and c.attnum > 0
                    and not c.attisdropped
               ))::text
          from unnest(p.proargtypes) with ordinality as a (type, place)
          join pg_type as t on t.oid = a.type
         order by a.place
      ) as arguments
      from pg_proc as p
     where p.pronamespace = 'threads'::regnamespace
       and has_function_privilege('threads_moderator', p.oid, 'execute')
     order by 1
"""
# That a username is taken, everybody may know; and whom one blocks, one knows.
_MEANT = {
    "blocks the viewer": {"change_username"},
    "is blocked": {
        "block_user",
        "blocks_avatar_url",
        "blocks_display_name",
        "blocks_username",
        "change_username",
        "find_blocked_id",
        "my_data",
        "unblock_user",
    },
    "is deactivated": {"change_username"},
}
# What moderators hide, they see.
_ASKED = [("member", hidden) for hidden in _HIDDEN_THREADS] + [
    ("moderator", hidden) for hidden in [*_HIDDEN, "is private"]
]


def value_of(name: str, type_: str, user_id: int, thread_id: int, username: str) -> str | None:
    """What a column or argument of this name and type holds, to name one user and one thread of theirs."""
    of_users = ("user", "author", "follower", "blocked", "muted", "requester", "target", "actor")
    values = {
        "bigint": str(user_id if name.startswith(of_users) else thread_id),
        "boolean": "false",
        "integer": "1",
        "text": username,
        "threads.reply_control": "mentioned",
        "timestamp with time zone": "2026-01-01" if name == "created_at" else None,
    }
    return values.get(type_)


def row_of(argument: Any, user_id: int, thread_id: int, username: str) -> str:
    """A row that names them, as JSON."""
    row = {c["name"]: value_of(c["name"], c["type"], user_id, thread_id, username) for c in argument["columns"]}
    return json.dumps(row | {"id": user_id if argument["type"] == "threads.users" else thread_id})


async def answer(session: Connection, function: Any, user_id: int, thread_id: int, username: str) -> str:
    """What the function returns, or says, with all that names whom it was asked about taken out."""
    named = user_id, thread_id, username
    shown, given = [], list[str | None]()
    for place, text in enumerate(function["arguments"], 1):
        argument = json.loads(text)
        if argument["columns"] is None:
            shown.append(f"${place}::text::{argument['type']}")
            given.append(value_of(argument["name"], argument["type"], *named))
        else:
            shown.append(f"json_populate_record(null::{argument['type']}, ${place}::text::json)")
            given.append(row_of(argument, *named))
    change = session.transaction()
    await change.start()
    try:
        rows = await session.fetch(f"select to_json({function['name']}({', '.join(shown)}))::text", *given)
        said = " ".join(str(row[0]) for row in rows)
    except asyncpg.PostgresError as error:
        said = f"{type(error).__name__} {error} {error.as_dict()}"
    finally:
        await change.rollback()
    for name, word in ((username, "NAME"), (str(user_id), "USER"), (str(thread_id), "THREAD")):
        said = said.replace(name, word)
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+", "TIME", said)


@pytest.mark.parametrize(("writer", "hidden"), _ASKED)
async def test_made_up_rows(town: Town, writer: str, hidden: str) -> None:
    superuser = await town.superuser()
    # Sequences are not to tell the one from the other.
    await superuser.execute("select setval('threads.users_id_seq', 100000), setval('threads.threads_id_seq', 500000)")
    viewer, ada = await come(town, writer)
    other = await town.sign_up("mallory")
    mallory = await town.member(other)
    thread = await mallory.fetchval(
        "select id from threads.create_thread('Which, #mallory?', poll => row(array['a', 'b'], 60))"
    )
    await mallory.execute("select threads.like_thread($1)", thread)
    await superuser.execute("insert into private.thread_count_changes values ($1, 3, 3, 3, 3)", thread)
    await superuser.execute("insert into private.user_count_changes values ($1, 3, 3, 3)", other)
    await superuser.execute(_HIDDEN_THREADS[hidden], other, viewer)
    functions = await superuser.fetch(_FUNCTIONS)
    assert len(functions) > 90
    # A private account is seen, and so is whose thread a moderator hid: of them, the thread is what is not.
    missing = (other, 799_999, "mallory") if hidden not in _HIDDEN else (899_999, 799_999, "nobody7")
    telling = set()
    async with superuser.transaction():
        await superuser.execute("select from threads.threads where id = $1 for update", thread)
        if hidden in _HIDDEN:
            await superuser.execute("select from threads.users where id = $1 for update", other)
        for function in functions:
            told = await answer(ada, function, other, thread, "mallory")
            if told != await answer(ada, function, *missing):
                telling.add(function["name"].removeprefix("threads."))
    assert telling == _MEANT.get(hidden, set())
