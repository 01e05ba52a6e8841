"""sdl/accounts.graphql: what the owner of an account does to it with their password: db/functions/accounts.sql."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

import orjson
from tartiflette import Resolver

from gatepost.engine.handwritten import Context, Row
from gatepost.errors import BadInput, GatepostError, Unauthenticated
from resolvers.attempts import ask, digest, is_text, take_turn
from resolvers.auth import COOKIE

logger = logging.getLogger("threads.accounts")

PATIENCE = 5.0
"""Seconds that `deleteAccount` waits until nothing is left; the rest goes after its answer."""
TRIES = 5
"""How often a part of an erasure is tried that collides with what others do."""

Arguments = dict[str, dict[str, Any]]
_erasures: set[asyncio.Task[None]] = set()
"""Those at work: the event loop itself holds a task only weakly."""


@dataclass(frozen=True, slots=True)
class _Owner:
    """Who proved with the password that an account is theirs, and the hash that it was verified against."""

    user_id: int
    password_hash: str
    session_id: str | None


@Resolver("Mutation.changePassword")
async def change_password(parent: None, arguments: Arguments, context: Context, info: object) -> dict[str, object]:
    given = arguments["input"]
    owner = await _owner(context, given["currentPassword"])
    new_hash = await context.passwords.hash(given["newPassword"])
    sql = "select private.change_password($1, $2, $3, $4) as done"
    await _do(context, sql, owner.user_id, owner.password_hash, new_hash, owner.session_id)
    return {"user": Row("User", {"id": owner.user_id})}


@Resolver("Mutation.changeEmail")
async def change_email(parent: None, arguments: Arguments, context: Context, info: object) -> dict[str, object]:
    given = arguments["input"]
    email = given.get("email") or None
    if email is not None and not is_text(email):
        raise BadInput("That holds a character that is no text.", extensions={"field": "email"})
    owner = await _owner(context, given["password"])
    if email is not None:
        # It tells whether another account has the address.
        await take_turn(context, "change_email", digest(f"user {owner.user_id}"))
    sql = "select private.change_email($1, $2, $3) as done"
    await _do(context, sql, owner.user_id, owner.password_hash, email)
    return {"user": Row("User", {"id": owner.user_id})}


@Resolver("Mutation.deactivateAccount")
async def deactivate_account(parent: None, arguments: Arguments, context: Context, info: object) -> dict[str, object]:
    owner = await _owner(context, arguments["input"]["password"])
    await _do(context, "select private.deactivate_account($1, $2) as done", owner.user_id, owner.password_hash)
    _forget_cookie(context)
    return {"deactivated": True}


@Resolver("Mutation.deleteAccount")
async def delete_account(parent: None, arguments: Arguments, context: Context, info: object) -> dict[str, object]:
    owner = await _owner(context, arguments["input"]["password"])
    await _do(context, "select private.delete_account($1, $2) as done", owner.user_id, owner.password_hash)
    _forget_cookie(context)
    task = asyncio.create_task(_erase(context))
    _erasures.add(task)
    task.add_done_callback(_erasures.discard)
    await asyncio.wait({task}, timeout=PATIENCE)
    return {"deleted": True}


async def _owner(context: Context, password: str) -> _Owner:
    """Whoever is logged in, with the right password. Raises NOT_LOGGED_IN, INVALID_CREDENTIALS, TOO_MANY_ATTEMPTS."""
    claims = orjson.loads(context.caller.claims)
    subject = str(claims.get("sub", ""))
    if context.caller.role == context.settings.anonymous_role or not subject.isdecimal():
        raise _not_logged_in()
    user_id = int(subject)
    account = digest(f"user {user_id}")  # which is no username
    await take_turn(context, "log_in", account)
    [found] = await ask(context, "select private.find_password_hash($1) as hash", user_id)
    verdict = await context.passwords.verify(password, found["hash"])
    if found["hash"] is None:
        raise _not_logged_in()
    if not verdict.right:
        raise _wrong_password()
    await ask(context, "select private.forget_turns('log_in', $1)", account)
    return _Owner(user_id, found["hash"], claims.get("sid"))


async def _do(context: Context, sql: str, *values: object) -> None:
    """Does what was asked for, unless the password was changed since it was verified."""
    [row] = await ask(context, sql, *values)
    if not row["done"]:
        raise _wrong_password()


async def _erase(context: Context) -> None:
    """Takes away what deleted accounts leave, part after part; the next deletion goes on where one broke off."""
    tries = 0
    more = True
    while more:
        try:
            [row] = await ask(context, "select private.erase() as more")
        except GatepostError as error:
            tries += 1
            if tries == TRIES:
                logger.warning("a deleted account is not erased yet: %s", error.message)
                return
            await asyncio.sleep(tries / 10)
        else:
            tries = 0
            more = row["more"]


def _forget_cookie(context: Context) -> None:
    if context.cookie(COOKIE) is not None:
        context.set_cookie(COOKIE, "", 0)


def _not_logged_in() -> Unauthenticated:
    return Unauthenticated("You need to log in first.", code="NOT_LOGGED_IN")


def _wrong_password() -> Unauthenticated:
    return Unauthenticated("The password is wrong.", code="INVALID_CREDENTIALS")
