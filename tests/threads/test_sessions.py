"""Sessions: who sees them, who ends them, and that nobody writes them but log-in."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import timedelta

import asyncpg
import pytest

from .conftest import Breaks, Connection, Town, claim

LIFETIME = timedelta(days=30)


async def open_session(town: Town, user_id: int, token: str, device: str = "") -> str:
    auth = await town.role("threads_auth")
    session_id = await auth.fetchval(
        "select private.open_session($1, $2, $3, $4, $5)",
        user_id,
        hashlib.sha256(token.encode()).digest(),
        LIFETIME,
        device,
        "192.0.2.1",
    )
    return str(session_id)


async def devices(connection: Connection) -> list[str]:
    rows = await connection.fetch("select s.device from threads.sessions as s order by s.device")
    return [row["device"] for row in rows]


async def test_members_see_their_own_and_nobody_else_sees_any(town: Town) -> None:
    ada, bob = await town.sign_up("ada"), await town.sign_up("bob")
    for device in ("phone", "laptop"):
        await open_session(town, ada, device, device)
    await open_session(town, bob, "tablet", "tablet")
    assert await devices(await town.member(ada)) == ["laptop", "phone"]
    assert await devices(await town.member(bob)) == ["tablet"]
    anonymous = await town.anonymous()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await devices(anonymous)


async def test_the_session_that_asks_is_the_current_one(town: Town) -> None:
    ada = await town.sign_up("ada")
    phone, _ = [await open_session(town, ada, device, device) for device in ("phone", "laptop")]
    member = await town.member(ada)
    await claim(member, sub=str(ada), role="threads_member", sid=phone)
    rows = await member.fetch(
        "select s.device, threads.sessions_is_current(s) as is_current from threads.sessions as s"
    )
    assert {row["device"]: row["is_current"] for row in rows} == {"phone": True, "laptop": False}


async def test_ending_a_session_takes_its_refresh_tokens(town: Town) -> None:
    ada = await town.sign_up("ada")
    phone = await open_session(town, ada, "phone")
    await open_session(town, ada, "laptop")
    member = await town.member(ada)
    assert await member.fetchval("select threads.end_session($1)", phone) is True
    tokens = await (await town.superuser()).fetch("select token_hash from private.refresh_tokens")
    assert [row["token_hash"] for row in tokens] == [hashlib.sha256(b"laptop").digest()]


async def test_nobody_ends_the_session_of_another(town: Town, breaks: Breaks) -> None:
    ada, bob = await town.sign_up("ada"), await town.sign_up("bob")
    phone = await open_session(town, ada, "phone", "phone")
    member = await town.member(bob)
    with breaks("session_unknown", "You have no such session.", "id"):
        await member.fetchval("select threads.end_session($1)", phone)
    assert await member.execute("delete from threads.sessions") == "DELETE 0"
    assert await devices(await town.member(ada)) == ["phone"]
    anonymous = await town.anonymous()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await anonymous.fetchval("select threads.end_session($1)", phone)


async def test_logging_out_everywhere_ends_ones_own_and_no_others(town: Town) -> None:
    ada, bob = await town.sign_up("ada"), await town.sign_up("bob")
    for token in ("phone", "laptop"):
        await open_session(town, ada, token, token)
    await open_session(town, bob, "tablet", "tablet")
    member = await town.member(ada)
    assert await member.fetchval("select threads.log_out_everywhere()") == 2
    assert await devices(member) == []
    assert await devices(await town.member(bob)) == ["tablet"]


@pytest.mark.parametrize(
    "statement",
    [
        "insert into threads.sessions (user_id) values (1)",
        "update threads.sessions set user_id = 1",
        "update threads.sessions set last_used_at = now()",
        "select private.open_session(1, sha256('x'), interval '1 day', '', null)",
        "select private.exchange_refresh_token(sha256('x'), sha256('y'), interval '1 day', null)",
        "select private.forget_turns('log_in', sha256('x'))",
        "select private.find_password_hash(1)",
        "select private.change_password(1, '', 'x', null)",
        "select * from private.attempts",
        "select * from private.refresh_tokens",
    ],
)
async def test_nobody_writes_them_but_log_in(town: Town, statement: str) -> None:
    await town.sign_up("ada")
    for connection in (await town.member(1), await town.anonymous()):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)


async def test_old_sessions_go_when_a_new_one_begins(town: Town) -> None:
    ada = await town.sign_up("ada")
    await open_session(town, ada, "old", "old")
    await open_session(town, ada, "kept", "kept")
    superuser = await town.superuser()
    await superuser.execute(
        "update threads.sessions set last_used_at = now() - interval '31 days' where device = 'old'"
    )
    await superuser.execute(
        "update private.refresh_tokens set expires_at = now() - interval '1 day' where token_hash = sha256('old')"
    )
    await open_session(town, ada, "new", "new")
    assert await devices(await town.member(ada)) == ["kept", "new"]


async def test_only_a_digest_is_kept(town: Town) -> None:
    ada = await town.sign_up("ada")
    auth = await town.role("threads_auth")
    with pytest.raises(asyncpg.CheckViolationError):
        await auth.fetchval("select private.open_session($1, $2, $3, '', null)", ada, b"a token", LIFETIME)


async def test_exchanges_of_one_session_stand_in_line(town: Town) -> None:
    ada = await town.sign_up("ada")
    await open_session(town, ada, "first")
    auth, other = await town.role("threads_auth"), await town.role("threads_auth")
    exchange = "select e.outcome from private.exchange_refresh_token(sha256($1), sha256($2), $3, null) as e"
    async with auth.transaction():
        assert await auth.fetchval(exchange, b"first", b"second", LIFETIME) == "exchanged"
        late = asyncio.create_task(other.fetchval(exchange, b"first", b"third", LIFETIME))
        await asyncio.sleep(0.1)
        assert not late.done()
        assert await auth.fetchval(exchange, b"second", b"fourth", LIFETIME) == "exchanged"
    assert await late == "reused"
    assert await auth.fetchval(exchange, b"fourth", b"fifth", LIFETIME) == "unknown"
